"""The parsed form of a document, `Body`, and its division into sections with heading paths and anchors.

The parsers of all formats (markdown, html, text) return a `Body`; `outline` turns its items into sections.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.types import Block, Heading, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Head:
    """A heading in a file."""

    level: int
    """The level, from 1."""
    text: str
    line: int
    """The line of the file, from 1."""
    label: str = ""
    """The text from which the anchor is made, if it is not `text`."""
    anchor: str = ""
    """The anchor, if the file sets one."""


@dataclass(frozen=True, slots=True)
class Place:
    """The target of a link or the id of a footnote reference, with its line (from 1)."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition of a footnote: `[^id]: text`."""

    id: str
    text: str
    line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Body:
    """The parsed content of a file: headings and blocks in reading order, links and footnotes."""

    items: tuple[Head | Block, ...]
    title: str = ""
    """The title that the file sets outside its text, such as the `title` element of an HTML page."""
    links: tuple[Place, ...] = ()
    references: tuple[Place, ...] = ()
    """The footnote references."""
    definitions: tuple[Definition, ...] = ()

    def name(self) -> str:
        """Return the title, else the first level-1 heading, else the shortened first line; "" for an empty body.

        >>> Body((Head(2, "A", 1), Head(1, "B", 3))).name()
        'B'
        """
        if self.title:
            return self.title
        for item in self.items:
            if isinstance(item, Head) and item.level == 1:
                return item.text
        return shorten(self.items[0].text, MAX_TITLE_CHARS) if self.items else ""


MAX_TITLE_CHARS = 80
"""The longest title that is made from a first line."""


def shorten(text: str, size: int) -> str:
    """Return the text, or its first words and an ellipsis, in at most `size` (1 or more) characters.

    >>> shorten("one two three", 9)
    'one two…'
    """
    if len(text) <= size:
        return text
    cut = text[: size - 1]
    words = cut if text[size - 1].isspace() else cut.rpartition(" ")[0]
    return (words.rstrip() or cut) + "…"


def slug(text: str) -> str:
    """Return the anchor that GitHub gives a heading, before duplicate anchors are numbered.

    >>> slug("What's 3.5 GW? R&D, Größe")
    'whats-35-gw-rd-größe'
    """
    kept = (c for c in text.strip().lower() if c in "- " or unicodedata.category(c) in _ANCHOR_CATEGORIES)
    return "".join(kept).replace(" ", "-")


_ANCHOR_CATEGORIES = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"}
"""The Unicode categories of characters that stay in an anchor: letters, marks, digits and underscores."""


def outline(items: Iterable[Head | Block], title: str) -> tuple[Section, ...]:
    """Return the sections of a document in order: the text before any heading, then a section for each heading.

    A heading that repeats the document's title (on level 1 or as the first item) keeps its anchor but is not part
    of any path. A heading with neither text nor headings below it is also text, so that it can be found and quoted:
    it becomes a block of a section under its parent heading.

    Args:
        items: The headings and blocks in reading order.
        title: The title of the document.

    >>> heads = [Head(1, "T", 1), Head(2, "A", 3), Head(3, "B", 5), Block("prose", "b", 6, 6), Head(2, "C", 7)]
    >>> [(s.heading.path, [b.text for b in s.blocks]) for s in outline(heads, "T")][2:]
    [(('A', 'B'), ['b']), (('C',), []), ((), ['C'])]
    """
    parts = _parts(items)
    sections: list[Section] = []
    above: list[tuple[int, str]] = []  # the level and text of the headings above, from the top
    taken: dict[str, int] = {}
    open_for_headings = (
        False  # the last section holds headings without text, and the next heading may join them
    )
    for number, (head, blocks) in enumerate(parts):
        if head is None:
            sections.extend(_pages(Heading((), "", blocks[0].first_line), blocks))
            continue
        while above and above[-1][0] >= head.level:
            above.pop()
        parents = tuple(text for _, text in above)
        is_title = head.text == title and (head.level == 1 or number == 0)
        if not is_title:
            above.append((head.level, head.text))
        anchor = head.anchor or _distinct(slug(head.label or head.text), taken)
        heading = Heading(tuple(text for _, text in above), anchor, head.line)
        below = parts[number + 1][0] if number + 1 < len(parts) else None
        has_headings_below = below is not None and below.level > head.level
        is_bare = not blocks and not has_headings_below and not is_title
        if is_bare and open_for_headings and sections[-1].heading.path == parents:
            last = sections.pop()
            sections.append(Section(heading, ()))
            sections.append(Section(last.heading, (*last.blocks, _block(head))))
            continue
        sections.extend(_pages(heading, blocks))
        if is_bare:
            sections.append(Section(Heading(parents, anchor, head.line), (_block(head),)))
        open_for_headings = is_bare
    if sections and not any(section.blocks for section in sections):
        sections.append(_title_section(parts, sections[0].heading.anchor))
    return tuple(sections)


def _parts(items: Iterable[Head | Block]) -> list[tuple[Head | None, list[Block]]]:
    """Return each heading with the blocks directly below it; the heading is None for the text before any heading."""
    parts: list[tuple[Head | None, list[Block]]] = []
    for item in items:
        if isinstance(item, Head):
            parts.append((item, []))
        else:
            if not parts:
                parts.append((None, []))
            parts[-1][1].append(item)
    return parts


def _pages(heading: Heading, blocks: Sequence[Block]) -> Iterator[Section]:
    """Yield the section of a heading, or one for each page of a PDF file, with the page as its anchor."""
    part: list[Block] = []
    for block in blocks:
        if block.anchor and block.anchor != heading.anchor:
            if part:
                yield Section(heading, tuple(part))
            heading = Heading(heading.path, block.anchor, block.first_line if part else heading.line)
            part = []
        part.append(block)
    yield Section(heading, tuple(part))


def _title_section(parts: Iterable[tuple[Head | None, list[Block]]], anchor: str) -> Section:
    """Return the section of a document that is only a title."""
    head = next(head for head, _ in parts if head is not None)
    return Section(Heading((), anchor, head.line), (_block(head),))


def _block(head: Head) -> Block:
    """Return a heading as text."""
    return Block("prose", head.text, head.line, head.line)


def _distinct(anchor: str, taken: dict[str, int]) -> str:
    """Return the anchor, with "-1", "-2" and so on if it is taken, as GitHub numbers duplicates."""
    found = anchor
    while found in taken:
        taken[anchor] += 1
        found = f"{anchor}-{taken[anchor]}"
    taken[found] = 0
    return found
