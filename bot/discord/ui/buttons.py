"""Buttons and selects. What they do is told by their custom ids, so that they work after a restart.

What a press does is imported when it is pressed: it shows buttons again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord

from bot.discord.format.lengths import LABEL, MODAL_TITLE, OPTION, OPTIONS, shortened
from bot.discord.format.reply import tells_gap
from bot.discord.service.catalog import Shelf
from bot.types import Abstention, Reply

_REPLIES = r"[\w+-]{1,80}"
"""A reply's id, or those of a comparison with a plus sign between them."""
_BUTTON = (
    rf"s:(?P<act>sources|up|down|good|bad|watch|post|gap|page):(?P<id>{_REPLIES}|\w+:\w{{1,40}}:\d{{1,4}})"
)
_SELECT = r"s:(?P<act>nearest|layer|document|heading):(?P<id>[\w-]{0,60})"

WHY = re.compile(rf"s:why:(?P<id>{_REPLIES})")
"""The custom id of the form that asks why an answer was no good."""

_KNOWN = tuple(map(re.compile, (_BUTTON, _SELECT, WHY.pattern)))


def known(custom_id: str) -> bool:
    """Whether a custom id is one that this version gives; what another version gave is not.

    >>> known("s:sources:A-7f3c21d9"), known("s:sources:A-7f3c21d9+A-0badcafe"), known("s:share:A-7f3c21d9")
    (True, True, False)
    """
    return any(pattern.fullmatch(custom_id) for pattern in _KNOWN)


class _Named:
    """Made again from its custom id, "s:ACT:ID"."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the item that was pressed."""
        del interaction, item
        return cls(match["act"], match["id"])  # type: ignore[call-arg]  # of the class that it is mixed into


class Press(_Named, discord.ui.DynamicItem[discord.ui.Button[Any]], template=_BUTTON):
    """A button: under a reply, or one that turns the options of a select over."""

    def __init__(
        self, act: str, id: str, *, label: str = "", emoji: str | None = None, row: int | None = None
    ) -> None:
        super().__init__(
            discord.ui.Button(
                label=_label(label) or None,
                emoji=emoji,
                custom_id=f"s:{act}:{id}",
                style=discord.ButtonStyle.primary if act == "post" else discord.ButtonStyle.secondary,
                row=row,
            )
        )
        self.act, self.id_ = act, id

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says."""
        from bot.discord.ui.actions import pressed

        await pressed(interaction, self.act, self.id_)


class Choose(_Named, discord.ui.DynamicItem[discord.ui.Select[Any]], template=_SELECT):
    """A select: the nearest headings of an abstention, or a step of browsing."""

    def __init__(
        self,
        act: str,
        id: str,
        options: Sequence[discord.SelectOption] = (),
        *,
        placeholder: str = "",
        row: int | None = None,
    ) -> None:
        super().__init__(
            discord.ui.Select(
                custom_id=f"s:{act}:{id}",
                placeholder=placeholder[:OPTION] or None,
                options=list(options),
                row=row,
            )
        )
        self.act, self.id_ = act, id

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show what was chosen."""
        from bot.discord.ui.actions import chosen

        data: dict[str, Any] = dict(interaction.data or {})
        values = data.get("values") or [""]
        await chosen(interaction, self.act, self.id_, str(values[0]))


ITEMS = (Press, Choose)
"""What the client has to know to take presses."""


def under(*replies: Reply, shelf: Shelf, private: bool = False) -> discord.ui.View:
    """Make the buttons and the select under a reply, or under the two of a comparison."""
    view = discord.ui.View(timeout=None)
    id = "+".join(reply.id for reply in replies)
    if len(replies) == 1 and isinstance(replies[0], Abstention) and (nearest := _nearest(replies[0])):
        view.add_item(nearest)
    row = len(view.children)
    if quoting := [reply for reply in replies if reply.quotes]:
        cited = [c.document for reply in quoting for c in reply.citations]
        view.add_item(Press("sources", id, label="Sources", row=row))
        view.add_item(Press("good", id, emoji="👍", row=row))
        view.add_item(Press("bad", id, emoji="👎", row=row))
        view.add_item(Press("watch", id, label="Notify me of changes", row=row))
        row += 1
        if shelf.related(cited, "up"):
            view.add_item(Press("up", id, label="Upstream", row=row))
        if shelf.related(cited, "down"):
            view.add_item(Press("down", id, label="Downstream", row=row))
    if missing := [reply.id for reply in replies if tells_gap(reply)]:
        view.add_item(Press("gap", "+".join(missing), label="Request this topic", row=row))
    if private and (quoting or missing):
        view.add_item(Press("post", id, label="Share in channel", row=row))
    return view


def _nearest(reply: Abstention) -> Choose | None:
    options = [
        discord.SelectOption(label=_label(c.place, OPTION) or "…", value=str(n))
        for n, c in enumerate(reply.nearest[:OPTIONS])
    ]
    return (
        Choose("nearest", reply.id, options, placeholder="Read a related section", row=0) if options else None
    )


class Why(discord.ui.Modal):
    """Asks why an answer was no good. Its submission is read by its custom id, so it survives a restart."""

    def __init__(self, id: str) -> None:
        super().__init__(
            title="What was wrong with this answer?"[:MODAL_TITLE], custom_id=f"s:why:{id}", timeout=900.0
        )
        self.add_item(
            discord.ui.Label(
                text="What is wrong, or missing?",
                description="Optional and anonymous.",
                component=discord.ui.TextInput(
                    custom_id="why", style=discord.TextStyle.paragraph, required=False, max_length=1_000
                ),
            )
        )


def _label(text: str, most: int = LABEL) -> str:
    return shortened(" ".join(text.split()), most, lambda t: t)
