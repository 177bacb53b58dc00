"""Buttons and selects. What they do is told by their custom ids, so that they work after a restart.

What a press does is imported when it is pressed: it shows buttons again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord

from bot.chat.catalogue import Catalogue
from bot.chat.lengths import LABEL, MODAL_TITLE, OPTION, OPTIONS, shortened
from bot.types import Abstention, Reply

_BUTTON = r"s:(?P<act>sources|up|down|good|bad|watch|post|gap):(?P<id>[\w-]{1,80})"
_SELECT = r"s:(?P<act>nearest|layer|document|heading):(?P<id>[\w-]{0,60})"
_PAGE = r"s:page:(?P<act>document|heading):(?P<id>\w{1,40}):(?P<page>\d{1,4})"

WHY = re.compile(r"s:why:(?P<id>[\w-]{1,80})")
"""The custom id of the form that asks why an answer was no good."""


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_BUTTON):
    """A button under a reply."""

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
        self.act = act
        self.id_ = id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        del interaction, item
        return cls(match["act"], match["id"], label=match["act"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says."""
        from bot.chat.pressing import pressed

        await pressed(interaction, self.act, self.id_)


class Choose(discord.ui.DynamicItem[discord.ui.Select[Any]], template=_SELECT):
    """A select: the nearest headings of an abstention, or a step of browsing."""

    def __init__(
        self,
        act: str,
        id: str,
        options: Sequence[discord.SelectOption],
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
        self.act = act
        self.id_ = id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The select that was used."""
        del interaction, item
        return cls(match["act"], match["id"], [discord.SelectOption(label="-")])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show what was chosen."""
        data: dict[str, Any] = dict(interaction.data or {})
        values = data.get("values") or [""]
        from bot.chat.pressing import chosen

        await chosen(interaction, self.act, self.id_, str(values[0]))


class Page(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_PAGE):
    """A button that turns the options of a select over."""

    def __init__(self, act: str, id: str, page: int, *, label: str = "…", row: int | None = None) -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"s:page:{act}:{id}:{page}", row=row))
        self.act, self.id_, self.page = act, id, page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """The button that was pressed."""
        del interaction, item
        return cls(match["act"], match["id"], int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show that page."""
        from bot.chat.pressing import turned

        await turned(interaction, self.act, self.id_, self.page)


ITEMS = (Press, Choose, Page)
"""What the client has to know to take presses."""


def under(reply: Reply, catalogue: Catalogue, *, private: bool = False) -> discord.ui.View:
    """The buttons and the select under a reply."""
    view = discord.ui.View(timeout=None)
    if isinstance(reply, Abstention):
        options = [
            discord.SelectOption(label=_label(c.place, OPTION) or "…", value=str(n))
            for n, c in enumerate(reply.nearest[:OPTIONS])
        ]
        if options:
            view.add_item(
                Choose("nearest", reply.id, options, placeholder="What the library does have", row=0)
            )
        view.add_item(Press("gap", reply.id, label="Report this gap", row=1))
        if reply.quotes:
            view.add_item(Press("sources", reply.id, label="Sources", row=1))
    else:
        view.add_item(Press("sources", reply.id, label="Sources", row=0))
        view.add_item(Press("good", reply.id, emoji="👍", row=0))
        view.add_item(Press("bad", reply.id, emoji="👎", row=0))
        cited = [c.document for c in reply.citations]
        if catalogue.related(cited, "up"):
            view.add_item(Press("up", reply.id, label="Upstream", row=1))
        if catalogue.related(cited, "down"):
            view.add_item(Press("down", reply.id, label="Downstream", row=1))
        view.add_item(Press("watch", reply.id, label="Watch", row=1))
    if private:
        view.add_item(Press("post", reply.id, label="Post here", row=1))
    return view


class Why(discord.ui.Modal):
    """Asks why an answer was no good. Its submission is read by its custom id, so it survives a restart."""

    def __init__(self, id: str) -> None:
        super().__init__(title="What was wrong?"[:MODAL_TITLE], custom_id=f"s:why:{id}", timeout=900.0)
        self.add_item(
            discord.ui.Label(
                text="What should it have said?",
                description="Optional. It is stored without your name.",
                component=discord.ui.TextInput(
                    custom_id="why", style=discord.TextStyle.paragraph, required=False, max_length=1_000
                ),
            )
        )


def _label(text: str, most: int = LABEL) -> str:
    return shortened(" ".join(text.split()), most, lambda t: t)
