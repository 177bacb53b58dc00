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
    """The sections of a document, one a heading, in order; first the text before any heading, if any.

    A heading that only repeats the document's title at the top (level 1, or the first thing there is) keeps
    its anchor but adds nothing to a path.

    >>> heads = [Head(1, "T", 1), Head(2, "A", 3), Head(3, "B", 5), Head(2, "C", 7)]
    >>> [section.heading.path for section in outline(heads, "T")]
    [(), ('A',), ('A', 'B'), ('C',)]
    """
    sections: list[Section] = []
    heading = Heading((), "", 1)
    blocks: list[Block] = []
    above: list[tuple[int, str]] = []
    taken: dict[str, int] = {}
    fresh = True  # nothing but an imagined heading so far
    for item in items:
        if isinstance(item, Block):
            if fresh and not blocks:
                heading = Heading((), "", item.first_line)
            blocks.append(item)
            continue
        if blocks or not fresh:
            sections.append(Section(heading, tuple(blocks)))
        first = fresh and not blocks
        is_title = item.text == title and (item.level == 1 or first)
        while above and above[-1][0] >= item.level:
            above.pop()
        if not is_title:
            above.append((item.level, item.text))
        anchor = item.anchor or _distinct(slug(item.label or item.text), taken)
        heading, blocks, fresh = Heading(tuple(text for _, text in above), anchor, item.line), [], False
    if blocks or not fresh:
        sections.append(Section(heading, tuple(blocks)))
    return tuple(sections)


def _distinct(anchor: str, taken: dict[str, int]) -> str:
    """The anchor with "-1", "-2" ... where it is taken, as GitHub counts."""
    found = anchor
    while found in taken:
        taken[anchor] += 1
        found = f"{anchor}-{taken[anchor]}"
    taken[found] = 0
    return found
