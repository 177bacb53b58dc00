"""The buttons 👍 and 👎, and the form that asks what was wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.context import Interaction, acknowledging, defer, tell
from bot.discord.delivery import acknowledge
from bot.discord.format.lengths import MODAL_TITLE
from bot.discord.ui.components import GONE, REPLY_IDS, Button, ReplyButton, find, guarded

if TYPE_CHECKING:
    from bot.types import Reply

FORM = re.compile(rf"s:why:{REPLY_IDS}")
"""The custom id of the form."""

_MAX_REASON_CHARS = 1_000


class GoodButton(ReplyButton, template=rf"s:good:{REPLY_IDS}"):
    """The button 👍, which stores a vote for an answer."""

    act, emoji, saves = "good", "👍", True

    async def show(self, interaction: Interaction, replies: Sequence[Reply]) -> None:
        """Store the vote."""
        await _vote(interaction, replies, 1)
        await tell(interaction, "Thanks for the feedback!")


class BadButton(Button, template=rf"s:bad:{REPLY_IDS}"):
    """The button 👎, which stores a vote against an answer and asks for the reason."""

    act, emoji, saves = "bad", "👎", True

    async def press(self, interaction: Interaction) -> None:
        """Open the form, then store the vote: a form cannot be opened after a deferral."""
        form = FeedbackForm(self.target)
        with acknowledging(interaction):
            await acknowledge(lambda: interaction.response.send_modal(form))
        form.stop()  # `submitted` recognises the form by its custom id, so discord.py need not wait for it
        await _vote(interaction, await find(interaction, self.target), -1)


class FeedbackForm(discord.ui.Modal):
    """The form that asks what was wrong with an answer."""

    def __init__(self, id: str) -> None:
        super().__init__(
            title="What was wrong with this answer?"[:MODAL_TITLE], custom_id=f"s:why:{id}", timeout=900.0
        )
        self.add_item(
            discord.ui.Label(
                text="What is wrong, or missing?",
                description="Optional and anonymous.",
                component=discord.ui.TextInput(
                    custom_id="why",
                    style=discord.TextStyle.paragraph,
                    required=False,
                    max_length=_MAX_REASON_CHARS,
                ),
            )
        )


async def submitted(interaction: Interaction, id: str) -> None:
    """Handle the form, which may have been opened before a restart."""

    async def save(interaction: Interaction) -> None:
        data: dict[str, Any] = dict(interaction.data or {})
        reason = field(data.get("components") or [], "why").strip()[:_MAX_REASON_CHARS]
        await defer(interaction)
        replies = await find(interaction, id)
        await _vote(interaction, replies, -1, reason)
        await tell(interaction, "Thanks for the feedback! /forget-me deletes it." if replies else GONE)

    await guarded(interaction, "why", save, saves=True)


def field(components: list[dict[str, Any]], custom_id: str) -> str:
    """Return the text of a field of a form.

    >>> field([{"type": 18, "component": {"custom_id": "why", "value": "x"}}], "why")
    'x'
    """
    for part in components:
        if part.get("custom_id") == custom_id:
            return str(part.get("value") or "")
        inner = [*(part.get("components") or ()), *([part["component"]] if part.get("component") else ())]
        if found := field(inner, custom_id):
            return found
    return ""


async def _vote(interaction: Interaction, replies: Sequence[Reply], value: int, reason: str = "") -> None:
    services = interaction.client.services
    await services.answers.save(*replies)
    for reply in replies:
        await services.feedback.vote(reply, interaction.user.id, value, reason)
