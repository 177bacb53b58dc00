"""The library browser of `/layers`: layers, documents, headings, sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import discord

from bot.discord.context import Interaction, where
from bot.discord.delivery import acknowledge, form
from bot.discord.format.escape import escape, link, one_line
from bot.discord.format.lengths import CONTENT, OPTION, OPTIONS, length, shortened
from bot.discord.format.message import Message
from bot.discord.format.notices import many
from bot.discord.format.sources import day
from bot.discord.service.catalog import Shelf, key
from bot.discord.ui.components import KEY, Button, Select

if TYPE_CHECKING:
    from bot.discord.service.live_index import LiveIndex
    from index.types import Document

BEGINNING = "Beginning"
"""The name of the text before the first heading of a document."""

GONE = "That is no longer available here. Use /layers to see what is."

_PAGE_OPTIONS = 24
"""Options on a page of a long list."""

Options: TypeAlias = "list[discord.SelectOption]"


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
    _add(view, DocumentSelect, key(name), [_document(d) for d in documents], "Choose a document", page)
    return Message(f"**{escape(one_line(name))}** · {many(len(documents), 'document')}"), view


def document(
    index: LiveIndex, shelf: Shelf, found: Document, page: int = 0
) -> tuple[Message, discord.ui.View]:
    """Show a document's summary and headings."""
    options = [
        discord.SelectOption(label=_cut_option(" › ".join(path) or BEGINNING), value=_key(path))
        for path in shelf.catalogue.sections(found)
    ]
    view = _view(shelf, found.layer)
    _add(view, HeadingSelect, key(found.id), options, "Choose a heading", page)
    place = index.library.link(index.catalogue.generation)(found.path, "")
    parts = [f"**{link(found.title, place)}**", shortened(one_line(found.summary), 900)]
    if found.reviewed:
        parts.append(f"-# reviewed {day(found.reviewed)}")
    return Message("\n".join(part for part in parts if part)), view


def related(index: LiveIndex, documents: Sequence[Document], title: str) -> tuple[Message, discord.ui.View]:
    """List related documents with their summaries."""
    links = index.library.link(index.catalogue.generation)
    lines = [f"**{escape(title)}**"]
    for found in documents[:OPTIONS]:
        summary = shortened(one_line(found.summary), 140)
        line = f"• {link(found.title, links(found.path, ''))} ({escape(found.layer)}) {summary}".rstrip()
        if length("\n".join([*lines, line])) > CONTENT:
            break
        lines.append(line)
    view = discord.ui.View(timeout=None)
    options = [_document(d) for d in documents[:OPTIONS]]
    view.add_item(DocumentSelect("related", options, placeholder="Open one"))
    return Message("\n".join(lines)), view


def section(index: LiveIndex, shelf: Shelf, id: str, headings: Sequence[str]) -> Message:
    """Show the text under a heading."""
    passages = shelf.catalogue.section(id, headings)
    found = shelf.document(id)
    if not passages or found is None:
        return Message(GONE)
    place = index.library.link(index.catalogue.generation)(found.path, passages[0].anchor)
    title = shortened(one_line(" › ".join((found.title, *headings))), 200, lambda t: t)
    head = f"**{link(title, place)}**"
    tail = f"-# {escape(found.path)}, line {passages[0].first_line}"
    if found.reviewed:
        tail += f" · reviewed {day(found.reviewed)}"
    room = CONTENT - length(head) - length(tail) - 2
    text = "\n".join(passage.text for passage in passages)
    return Message(f"{head}\n{shortened(text, room, _quoted)}\n{tail}")


class LayerSelect(Select, template=rf"s:layer:{KEY}"):
    """A select of layers, which shows the documents of the chosen layer."""

    act = "layer"

    async def choose(self, interaction: Interaction, value: str) -> None:
        """Show the layer whose name has the key `value`."""
        shelf = interaction.client.services.questions.shelf(where(interaction))
        name = shelf.layer_by_key(value)
        await _show(interaction, layer(shelf, name) if name else None)


class DocumentSelect(Select, template=rf"s:document:{KEY}"):
    """A select of documents, which shows the summary and the headings of the chosen document."""

    act = "document"

    async def choose(self, interaction: Interaction, value: str) -> None:
        """Show the document whose id has this key."""
        services = interaction.client.services
        shelf = services.questions.shelf(where(interaction))
        found = shelf.by_key(value)
        await _show(interaction, document(services.index, shelf, found) if found else None)


class HeadingSelect(Select, template=rf"s:heading:{KEY}"):
    """A select of the headings of a document, which shows the text under the chosen heading."""

    act = "heading"

    async def choose(self, interaction: Interaction, value: str) -> None:
        """Show the section whose heading has this key."""
        services = interaction.client.services
        shelf = services.questions.shelf(where(interaction))
        found = shelf.by_key(self.target)
        paths = shelf.catalogue.sections(found) if found else ()
        at = next((n for n, path in enumerate(paths) if _key(path) == value), None)
        shown = None
        if found and at is not None:
            # The select stays on the page of the chosen heading, so that the reader can go on from there.
            page = at // _PAGE_OPTIONS if len(paths) > OPTIONS else 0
            _, view = document(services.index, shelf, found, page)
            shown = section(services.index, shelf, found.id, paths[at]), view
        await _show(interaction, shown)


class PageButton(Button, template=r"s:page:(?P<id>\w+:\w{1,40}:\d{1,4})"):
    """A button to another page of documents or headings; the custom id is "s:page:document:KEY:2"."""

    act = "page"

    def __init__(self, id: str, *, text: str = "", row: int | None = None) -> None:
        self.text = text  # type: ignore[misc]  # Back or More
        super().__init__(id, row=row)

    async def press(self, interaction: Interaction) -> None:
        """Show the page."""
        services = interaction.client.services
        shelf = services.questions.shelf(where(interaction))
        act, id, page = self.target.split(":")
        if act == "document":
            name = shelf.layer_by_key(id)
            shown = layer(shelf, name, int(page)) if name else None
        else:
            found = shelf.by_key(id)
            shown = document(services.index, shelf, found, int(page)) if found else None
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
        view.add_item(LayerSelect("all", options, placeholder="Choose a topic", row=0))
    return view


def _add(
    view: discord.ui.View, select: type[Select], id: str, options: Options, placeholder: str, page: int
) -> None:
    """Add a select of the options, in pages if there are too many for one."""
    if not options:
        return
    if len(options) <= OPTIONS:
        view.add_item(select(id, options, placeholder=placeholder, row=1))
        return
    last = (len(options) - 1) // _PAGE_OPTIONS
    page = min(page, last)
    part = options[page * _PAGE_OPTIONS : (page + 1) * _PAGE_OPTIONS]
    view.add_item(select(id, part, placeholder=f"{placeholder} ({page + 1} of {last + 1})", row=1))
    if page:
        view.add_item(PageButton(f"{select.act}:{id}:{page - 1}", text="Back", row=2))
    if page < last:
        view.add_item(PageButton(f"{select.act}:{id}:{page + 1}", text="More", row=2))


def _document(found: Document) -> discord.SelectOption:
    summary = _cut_option(found.summary) if found.summary else None
    return discord.SelectOption(label=_cut_option(found.title), value=key(found.id), description=summary)


def _cut_option(text: str) -> str:
    return shortened(one_line(text), OPTION, lambda t: t) or "…"


def _cut(text: str) -> str:
    return shortened(text, CONTENT, lambda t: t)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in escape(text).split("\n") if line.strip())
