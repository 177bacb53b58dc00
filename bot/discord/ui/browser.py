"""`/layers`: from a layer to a document to a heading to its text, by selects; and the documents of a direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from bot.discord.delivery import acknowledge, form
from bot.discord.format.escape import escape, link, one_line
from bot.discord.format.lengths import CONTENT, OPTION, OPTIONS, length, shortened
from bot.discord.format.message import Message
from bot.discord.format.notices import many
from bot.discord.format.sources import day
from bot.discord.service.admission import where
from bot.discord.service.catalog import Shelf, key
from bot.discord.ui import buttons

if TYPE_CHECKING:
    from bot.discord.client import Interaction
    from bot.discord.service.service import Desk
    from index.types import Document

BEGINNING = "Beginning"
"""What stands before a document's first heading."""

GONE = "That is no longer available here. Use /layers to see what is."

_MANY = 24
"""Options on a page of a long list."""


def overview(shelf: Shelf) -> tuple[Message, discord.ui.View]:
    """List the layers."""
    layers = shelf.layers
    lines = [f"**{escape(name)}** · {many(len(documents), 'document')}" for name, documents in layers.items()]
    text = "\n".join(["The library's topics, from suppliers (upstream) to users (downstream):", *lines])
    return Message(_cut(text)), _view(shelf)


def layer(shelf: Shelf, name: str, page: int = 0) -> tuple[Message, discord.ui.View]:
    """List a layer's documents."""
    documents = shelf.layers.get(name, ())
    view = _view(shelf, name)
    _add(view, "document", key(name), [_document(d) for d in documents], "Choose a document", page)
    return Message(f"**{escape(one_line(name))}** · {many(len(documents), 'document')}"), view


def document(desk: Desk, shelf: Shelf, found: Document, page: int = 0) -> tuple[Message, discord.ui.View]:
    """Show a document's summary and headings."""
    options = [
        discord.SelectOption(label=_cut_option(" › ".join(path) or BEGINNING), value=_key(path))
        for path in shelf.catalogue.sections(found)
    ]
    view = _view(shelf, found.layer)
    _add(view, "heading", key(found.id), options, "Choose a heading", page)
    place = desk.library.link(desk.catalogue.generation)(found.path, "")
    parts = [f"**{link(found.title, place)}**", shortened(one_line(found.summary), 900)]
    if found.reviewed:
        parts.append(f"-# reviewed {day(found.reviewed)}")
    return Message("\n".join(part for part in parts if part)), view


def related(desk: Desk, documents: Sequence[Document], title: str) -> tuple[Message, discord.ui.View]:
    """Documents up or down the value chain, with what each is about."""
    links = desk.library.link(desk.catalogue.generation)
    lines = [f"**{escape(title)}**"]
    for found in documents[:OPTIONS]:
        summary = shortened(one_line(found.summary), 140)
        line = f"• {link(found.title, links(found.path, ''))} ({escape(found.layer)}) {summary}".rstrip()
        if length("\n".join([*lines, line])) > CONTENT:
            break
        lines.append(line)
    view = discord.ui.View(timeout=None)
    options = [_document(d) for d in documents[:OPTIONS]]
    view.add_item(buttons.Choose("document", "related", options, placeholder="Open one"))
    return Message("\n".join(lines)), view


def section(desk: Desk, shelf: Shelf, id: str, headings: Sequence[str]) -> Message:
    """Show the text under a heading."""
    passages = shelf.catalogue.section(id, headings)
    found = shelf.document(id)
    if not passages or found is None:
        return Message(GONE)
    place = desk.library.link(desk.catalogue.generation)(found.path, passages[0].anchor)
    title = shortened(one_line(" › ".join((found.title, *headings))), 200, lambda t: t)
    head = f"**{link(title, place)}**"
    tail = f"-# {escape(found.path)}, line {passages[0].first_line}"
    if found.reviewed:
        tail += f" · reviewed {day(found.reviewed)}"
    room = CONTENT - length(head) - length(tail) - 2
    text = "\n".join(passage.text for passage in passages)
    return Message(f"{head}\n{shortened(text, room, _quoted)}\n{tail}")


async def chosen(interaction: Interaction, act: str, id: str, value: str) -> None:
    """Take a step of browsing."""
    desk = interaction.client.desk
    shelf = desk.shelf(where(interaction))
    if act == "layer":
        name = shelf.layer_by_key(value)
        shown = layer(shelf, name) if name else None
    elif act == "document":
        found = shelf.by_key(value)
        shown = document(desk, shelf, found) if found else None
    else:
        found = shelf.by_key(id)
        paths = shelf.catalogue.sections(found) if found else ()
        at = next((n for n, path in enumerate(paths) if _key(path) == value), None)
        shown = None
        if found and at is not None:
            _, view = document(desk, shelf, found, at // _MANY if len(paths) > OPTIONS else 0)
            shown = section(desk, shelf, found.id, paths[at]), view
    await _show(interaction, shown)


async def turned(interaction: Interaction, to: str) -> None:
    """Show another page of documents or headings: "document:KEY:2"."""
    desk = interaction.client.desk
    shelf = desk.shelf(where(interaction))
    act, id, page = to.split(":")
    if act == "document":
        name = shelf.layer_by_key(id)
        shown = layer(shelf, name, int(page)) if name else None
    else:
        found = shelf.by_key(id)
        shown = document(desk, shelf, found, int(page)) if found else None
    await _show(interaction, shown)


async def _show(interaction: Interaction, shown: tuple[Message, discord.ui.View] | None) -> None:
    message, view = shown or (Message(GONE), discord.ui.View(timeout=None))
    fields = form(message) | {"view": view}
    await acknowledge(lambda: interaction.response.edit_message(**fields))


def _key(path: Sequence[str]) -> str:
    """Return the key of a heading, which a new generation with other headings before it does not change."""
    return key("\n".join(path))


def _view(shelf: Shelf, current: str = "") -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    options = [
        discord.SelectOption(label=_cut_option(name), value=key(name), default=name == current)
        for name in list(shelf.layers)[:OPTIONS]
    ]
    if options:
        view.add_item(buttons.Choose("layer", "all", options, placeholder="Choose a topic", row=0))
    return view


def _add(
    view: discord.ui.View, act: str, id: str, options: list[discord.SelectOption], placeholder: str, page: int
) -> None:
    """Add a select of the options, in pages if there are too many for one."""
    if not options:
        return
    if len(options) <= OPTIONS:
        view.add_item(buttons.Choose(act, id, options, placeholder=placeholder, row=1))
        return
    last = (len(options) - 1) // _MANY
    page = min(page, last)
    part = options[page * _MANY : (page + 1) * _MANY]
    view.add_item(
        buttons.Choose(act, id, part, placeholder=f"{placeholder} ({page + 1} of {last + 1})", row=1)
    )
    if page:
        view.add_item(buttons.Press("page", f"{act}:{id}:{page - 1}", label="Back", row=2))
    if page < last:
        view.add_item(buttons.Press("page", f"{act}:{id}:{page + 1}", label="More", row=2))


def _document(found: Document) -> discord.SelectOption:
    summary = _cut_option(found.summary) if found.summary else None
    return discord.SelectOption(label=_cut_option(found.title), value=key(found.id), description=summary)


def _cut_option(text: str) -> str:
    return shortened(one_line(text), OPTION, lambda t: t) or "…"


def _cut(text: str) -> str:
    return shortened(text, CONTENT, lambda t: t)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in escape(text).split("\n") if line.strip())
