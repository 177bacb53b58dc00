"""Headings and blocks in reading order become sections with heading paths and anchors."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.types import Block, Heading, Section

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Head:
    """A heading as a parser finds it: level from 1, plain text, line (from 1)."""

    level: int
    text: str
    line: int
    label: str = ""
    """What its anchor is made of, where that is not its text."""
    anchor: str = ""
    """Its anchor, where the file gives one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something a body names, a link's target or a footnote's id, and its line (from 1)."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Definition:
    """A footnote's definition in a body: `[^id]: text`."""

    id: str
    text: str
    line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Body:
    """What a parser finds in a file: headings and blocks in order, and what the library's rules look at."""

    items: tuple[Head | Block, ...]
    title: str = ""
    """The title that the file gives itself, outside of its text."""
    links: tuple[Place, ...] = ()
    references: tuple[Place, ...] = ()
    definitions: tuple[Definition, ...] = ()

    def name(self) -> str:
        """A title for it: its own, else its first level-1 heading, else its first line; "" for an empty body.

        >>> Body((Head(2, "A", 1), Head(1, "B", 3))).name()
        'B'
        """
        if self.title:
            return self.title
        for item in self.items:
            if isinstance(item, Head) and item.level == 1:
                return item.text
        return shorten(self.items[0].text, TITLE) if self.items else ""


TITLE = 80
"""Characters of a first line that stand for a title."""


def shorten(text: str, size: int) -> str:
    """The text, or its first words and an ellipsis in at most `size` characters (at least 1).

    >>> shorten("one two three", 9)
    'one two…'
    """
    if len(text) <= size:
        return text
    cut = text[: size - 1]
    words = cut if text[size - 1].isspace() else cut.rpartition(" ")[0]
    return (words.rstrip() or cut) + "…"


def slug(text: str) -> str:
    """The anchor that GitHub makes of a heading, before duplicates are told apart.

    >>> slug("What's 3.5 GW? R&D, Größe")
    'whats-35-gw-rd-größe'
    """
    kept = (c for c in text.strip().lower() if c in "- " or unicodedata.category(c) in _WORD)
    return "".join(kept).replace(" ", "-")


_WORD = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"}


def outline(items: Iterable[Head | Block], title: str) -> tuple[Section, ...]:
    """Return the sections of a document in order: first the text before any heading, then one for each heading.

    A heading that only repeats the document's title at the top (level 1, or the first thing there is) keeps
    its anchor but adds nothing to a path. A heading with neither text nor headings below it is text itself,
    so that it can be found and quoted: a section under the heading above holds it.

    >>> heads = [Head(1, "T", 1), Head(2, "A", 3), Head(3, "B", 5), Block("prose", "b", 6, 6), Head(2, "C", 7)]
    >>> [(s.heading.path, [b.text for b in s.blocks]) for s in outline(heads, "T")][2:]
    [(('A', 'B'), ['b']), (('C',), []), ((), ['C'])]
    """
    parts = _parts(items)
    sections: list[Section] = []
    above: list[tuple[int, str]] = []
    taken: dict[str, int] = {}
    waiting = False  # the last section holds headings, which the next one may join
    for number, (head, blocks) in enumerate(parts):
        if head is None:
            sections.append(Section(Heading((), "", blocks[0].first_line), tuple(blocks)))
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
        is_last = below is None or below.level <= head.level
        bare = not blocks and is_last and not is_title
        if bare and waiting and sections[-1].heading.path == parents:
            last = sections.pop()
            sections.append(Section(heading, ()))
            sections.append(Section(last.heading, (*last.blocks, _block(head))))
            continue
        sections.append(Section(heading, tuple(blocks)))
        if bare:
            sections.append(Section(Heading(parents, anchor, head.line), (_block(head),)))
        waiting = bare
    if sections and not any(section.blocks for section in sections):  # nothing but the title
        head = next(head for head, _ in parts if head is not None)
        sections.append(Section(Heading((), sections[0].heading.anchor, head.line), (_block(head),)))
    return tuple(sections)


def _parts(items: Iterable[Head | Block]) -> list[tuple[Head | None, list[Block]]]:
    """Return each heading with the blocks directly below it; None stands for the start of the document."""
    parts: list[tuple[Head | None, list[Block]]] = []
    for item in items:
        if isinstance(item, Head):
            parts.append((item, []))
        else:
            if not parts:
                parts.append((None, []))
            parts[-1][1].append(item)
    return parts


def _block(head: Head) -> Block:
    return Block("prose", head.text, head.line, head.line)


def _distinct(anchor: str, taken: dict[str, int]) -> str:
    """The anchor with "-1", "-2" ... where it is taken, as GitHub counts."""
    found = anchor
    while found in taken:
        taken[anchor] += 1
        found = f"{anchor}-{taken[anchor]}"
    taken[found] = 0
    return found
