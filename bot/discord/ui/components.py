"""The base classes of buttons and selects, and the handling of a press.

The state of a component is in its custom id, so that it works after a restart of the bot.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import discord

from bot.discord.context import Interaction, defer, held_back, tell, where
from bot.discord.delivery import LostError
from bot.discord.format import notices
from bot.discord.format.lengths import LABEL, OPTION, shortened

if TYPE_CHECKING:
    from bot.discord.format.message import Change
    from bot.types import Reply

log = logging.getLogger(__name__)

REPLY_IDS = r"(?P<id>[\w+-]{1,80})"
"""The id of a reply, or the ids of a comparison with a plus sign between them."""

KEY = r"(?P<id>[\w-]{0,60})"
"""The key of a document, a word such as "all", or the id of a reply."""

NEVER = r"(?!)(?P<id>)"
"""The template of base classes, which matches no custom id."""

UNSAVED = "I couldn't save that just now. Please try again later."
GONE = "I no longer have that answer. Please ask again."
HIDDEN = "That isn't shown in this channel: it is limited to other topics."


class _Component:
    """A component that handles its own presses. Each press is answered once, to the person who pressed."""

    act: ClassVar[str]
    """The name in metrics and in the log."""
    saves: ClassVar[bool] = False
    """True if a press stores something."""

    async def press(self, interaction: Interaction) -> None:
        """Run the action of the component."""
        raise NotImplementedError

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Handle a press."""
        await guarded(interaction, self.act, self.press, saves=self.saves)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the component that was pressed."""
        del interaction, item
        return cls(match["id"])  # type: ignore[call-arg]  # the classes below take the id


class Button(_Component, discord.ui.DynamicItem[discord.ui.Button[Any]], template=NEVER):
    """A button with the custom id "s:ACT:ID"."""

    text: ClassVar[str] = ""
    emoji: ClassVar[str | None] = None
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, id: str, *, row: int | None = None) -> None:
        self.target = id
        super().__init__(
            discord.ui.Button(
                label=self.text or None,
                emoji=self.emoji,
                custom_id=f"s:{self.act}:{id}",
                style=self.style,
                row=row,
            )
        )


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


class Select(_Component, discord.ui.DynamicItem[discord.ui.Select[Any]], template=NEVER):
    """A select with the custom id "s:ACT:ID"."""

    def __init__(
        self,
        id: str,
        options: Sequence[discord.SelectOption] = (),
        *,
        placeholder: str = "",
        row: int | None = None,
    ) -> None:
        self.target = id
        super().__init__(
            discord.ui.Select(
                custom_id=f"s:{self.act}:{id}",
                placeholder=placeholder[:OPTION] or None,
                options=list(options),
                row=row,
            )
        )

    async def press(self, interaction: Interaction) -> None:
        """Handle the chosen option."""
        data: dict[str, Any] = dict(interaction.data or {})
        values = data.get("values") or [""]
        await self.choose(interaction, str(values[0]))

    async def choose(self, interaction: Interaction, value: str) -> None:
        """Show the option that was chosen."""
        raise NotImplementedError


async def guarded(
    interaction: Interaction,
    act: str,
    press: Callable[[Interaction], Awaitable[None]],
    *,
    saves: bool = False,
) -> None:
    """Handle a press once, within the rate limit; log errors and tell the person.

    Args:
        interaction: The press.
        act: The name of the action in metrics and in the log.
        press: The function that answers the press.
        saves: True if the press stores something.
    """
    services = interaction.client.services
    services.metrics.presses.labels(act=act).inc()
    # The gateway may send an interaction again after a resume.
    if not services.repeats.events.add(interaction.id, services.clock()):
        return
    with services.tasks.working():
        try:
            if not await held_back(interaction):
                await press(interaction)
        except LostError as lost:
            log.warning("%s", lost)
            services.metrics.faults.labels(kind="lost").inc()
        except discord.NotFound:
            services.metrics.faults.labels(kind="deleted").inc()
        except Exception as fault:  # noqa: BLE001  # the person must get an answer to every press
            told = services.errors.report(f"the button {act}", kind="press")
            if isinstance(fault, sqlite3.Error):
                told = UNSAVED if saves else notices.AWAY
            with contextlib.suppress(LostError, discord.HTTPException, discord.InteractionResponded):
                await tell(interaction, told)


def label(text: str, most: int = LABEL) -> str:
    """Return a text on one line, cut to the length of a label."""
    return shortened(" ".join(text.split()), most, lambda text: text)


async def find(interaction: Interaction, ids: str) -> list[Reply]:
    """Return the replies with these ids, separated by "+"; empty if any of them is unknown."""
    answers = interaction.client.services.answers
    found = [await answers.find(id) for id in ids.split("+")]
    replies = [reply for reply in found if reply is not None]
    return replies if len(replies) == len(found) else []


def is_hidden(interaction: Interaction, replies: Sequence[Reply]) -> bool:
    """Return whether a reply quotes a topic that the channel does not show."""
    return any(map(interaction.client.services.questions.shelf(where(interaction)).hides, replies))


async def changes_of(interaction: Interaction, replies: Sequence[Reply]) -> list[tuple[Change, ...]]:
    """Return the changes of each reply: the quotations that the current generation no longer contains."""
    services = interaction.client.services
    return [await services.threads.read(services.index.catalogue.changes, reply) for reply in replies]
