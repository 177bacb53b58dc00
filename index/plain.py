"""Plain text into headings and blocks: what is a heading is told by its shape."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.inline import inline
from index.outline import Body, Head
from index.sentences import lead_in
from index.types import Block

WRAPPED = 120
"""Characters: where no line is longer, blank lines part paragraphs; otherwise each line is a paragraph."""
LONGEST_HEADING = 80
MOST_WORDS = 12

_ITEM = re.compile(r"\s*(?:[-*•\u2013]|\d{1,3}[.)])\s+")
_NUMBERED = re.compile(r"\d+(?:\.\d+)*\.?\s+(?=[A-Z])")
_RULE = re.compile(r"\s*(=+|-+|_+|\*+)\s*")
_HASHES = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    number: int
    after_blank: bool


def parse(text: str) -> Body:
    r"""The headings and blocks of plain text; a heading-like first line is the title.

    A heading is a short line without end punctuation that stands alone or in title case, and has text below
    it. All are of one level, but those that are marked with # as Markdown's are.

    >>> parse("On Power\n\nGrids are full.\n- One").items[0]
    Head(level=1, text='On Power', line=1, label='', anchor='')
    """
    lines = _lines(text)
    wrapped = all(len(line.text) <= WRAPPED for line in lines)
    items: list[Head | Block] = []
    paragraph: list[_Line] = []
    in_item = False
    lead = ""

    def close() -> None:
        nonlocal lead
        if not paragraph:
            return
        raw = "\n".join(line.text for line in paragraph)
        if in_item:
            raw = _ITEM.sub("", raw, count=1)
        found = inline(raw.replace("\x00", ""))
        if not in_item:
            lead = lead_in(found.text)
        if found.text:
            items.append(
                Block(
                    "item" if in_item else "prose",
                    found.text,
                    paragraph[0].number,
                    paragraph[-1].number,
                    lead=lead if in_item else "",
                    breaks=found.breaks,
                )
            )
        paragraph.clear()

    for at, line in enumerate(lines):
        if _RULE.fullmatch(line.text):
            continue
        level = _heading_level(lines, at, wrapped, first=not items and not paragraph)
        if level:
            close()
            marked = _HASHES.fullmatch(line.text)
            items.append(Head(level, inline(marked[2] if marked else line.text).text, line.number))
            in_item, lead = False, ""
            continue
        begins_item = bool(_ITEM.match(line.text))
        if begins_item or line.after_blank or not (wrapped or (in_item and line.text[:1].isspace())):
            close()
            in_item = begins_item or (in_item and line.text[:1].isspace())
        paragraph.append(line)
    close()
    return Body(tuple(items))


def _lines(text: str) -> list[_Line]:
    """The lines that hold something, with their numbers."""
    found = []
    blank = True
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            found.append(_Line(line.rstrip(), number, blank))
        blank = not line.strip()
    return found


def _heading_level(lines: list[_Line], at: int, wrapped: bool, first: bool) -> int:
    """The level of the heading that a line is: 1 the title, 2 any other by shape; 0 for none."""
    line = lines[at]
    marked = _HASHES.fullmatch(line.text)
    if marked and marked[2]:
        return len(marked[1])
    below = lines[at + 1] if at + 1 < len(lines) else None
    if not below or not _short(line.text):
        return 0
    if _RULE.fullmatch(below.text) and not below.after_blank:
        return 1 if first else 2
    alone = line.after_blank and below.after_blank
    if wrapped and not alone:
        # The second line of a title's own paragraph would be text; a title that text follows at once is fine.
        return 1 if first and _is_title_case(line.text) and len(below.text) > LONGEST_HEADING else 0
    if not (alone or _is_title_case(line.text)):
        return 0
    return 1 if first else 2


def _short(text: str) -> bool:
    """Whether a line is of a heading's size and ends as one."""
    text = text.strip()
    return (
        len(text) <= LONGEST_HEADING
        and len(text.split()) <= MOST_WORDS
        and text[-1] not in ".,;:!…"
        and any(c.isalpha() for c in text)
        and (not _ITEM.match(text) or bool(_NUMBERED.match(text)))
    )


def _is_title_case(text: str) -> bool:
    """Whether most of the words that could be capitalised are."""
    words = [
        word for word in re.findall(r"[^\W\d_][\w'\u2019-]*", text) if len(word) > 3 or word[0].isupper()
    ]
    capitals = sum(word[0].isupper() for word in words)
    return bool(words) and words[0][0].isupper() and capitals >= 0.6 * len(words)
