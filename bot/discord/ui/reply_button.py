"""The base of the buttons under a reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.discord.context import Interaction, defer, tell, where
from bot.discord.ui.components import NEVER, Button

if TYPE_CHECKING:
    from bot.discord.format.message import Change
    from bot.types import Reply

GONE = "I no longer have that answer. Please ask again."
HIDDEN = "That isn't shown in this channel: it is limited to other topics."


class ReplyButton(Button, template=NEVER):
    """A button that shows something about one reply, or about the two of a comparison."""

    async def press(self, interaction: Interaction) -> None:
        """Acknowledge the press, then find the replies."""
        await defer(interaction)
        if replies := await find(interaction, self.target):
            await self.show(interaction, replies)
        else:
            await tell(interaction, GONE)

    async def show(self, interaction: Interaction, replies: Sequence[Reply]) -> None:
        """Answer the press."""
        raise NotImplementedError


async def find(interaction: Interaction, ids: str) -> list[Reply]:
    """Return the replies with these ids, separated by "+"; empty if any of them is unknown."""
    answers = interaction.client.services.answers
    found = [await answers.find(id) for id in ids.split("+")]
    replies = [reply for reply in found if reply is not None]
    return replies if len(replies) == len(found) else []


def is_hidden(interaction: Interaction, replies: Sequence[Reply]) -> bool:
    """Tell whether a reply quotes a topic that the channel does not show."""
    return any(map(interaction.client.services.questions.shelf(where(interaction)).hides, replies))


async def changes_of(interaction: Interaction, replies: Sequence[Reply]) -> list[tuple[Change, ...]]:
    """Return the changes of each reply: the quotations that the current generation no longer contains."""
    services = interaction.client.services
    return [await services.threads.read(services.index.catalogue.changes, reply) for reply in replies]
