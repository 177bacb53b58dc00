"""Parse plain text into headings and blocks, guided by the shape of its lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.documents.inline import inline
from index.documents.outline import Body, Head
from index.text.sentences import lead_in
from index.types import Block, Kind

WRAPPED = 120
"""Characters: if no line is longer, blank lines separate paragraphs; otherwise each line is a paragraph."""
LONGEST_HEADING = 80
MOST_WORDS = 12
MOST_IN_A_ROW = 2
"""Headings directly below each other, such as a chapter and its first section; more short lines are a list."""

_BULLET = re.compile(r"\s*[-*•\u2013]\s+")
_ORDINAL = re.compile(r"\s*(\d{1,3})[.)]\s+")
_NUMBERED = re.compile(r"\d+(?:\.\d+)*\.?\s+(?=[A-Z])")
_RULE = re.compile(r"\s*(=+|-+|_+|\*+)\s*")
_HASHES = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_VALUE = re.compile(
    r"[^\W\d][^:\d]*:\s+\S"  # "Attendees: Ann Lee", but not "Part 2: Costs"
    r"|@|://"  # an email address, a link
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SENTENCE_END = re.compile(r"[.!?\u2026][)\]\"'\u2019\u201d]*$")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    number: int
    after_blank: bool


def parse(text: str) -> Body:
    r"""Return the headings and blocks of plain text. Every word of the text is in one of them.

    A heading is a short line without end punctuation that stands alone or in title case and has running text
    or a list below it. Other short lines, as in a wine list or an address book, are text. All headings have
    one level, except the title (the first line) and headings marked with # or underlined as in Markdown.

    >>> parse("On Power\n\nGrids are full.\n- One").items[0]
    Head(level=1, text='On Power', line=1, label='', anchor='')
    """
    lines = _lines(text)
    wrapped = all(len(line.text) <= WRAPPED for line in lines)
    reader = _Reader()
    for line, level in zip(lines, _levels(lines, wrapped), strict=True):
        if level:
            reader.heading(level, line)
        elif not _RULE.fullmatch(line.text):
            reader.line(line, wrapped)
    reader.close()
    return Body(tuple(reader.items))


class _Reader:
    """Collects lines into paragraphs and list items."""

    def __init__(self) -> None:
        self.items: list[Head | Block] = []
        self._paragraph: list[_Line] = []
        self._in_item = False
        self._ordinal = 0  # of the last numbered item
        self._lead = ""

    def heading(self, level: int, line: _Line) -> None:
        """Add a heading; the list above it ends."""
        self.close()
        marked = _HASHES.fullmatch(line.text)
        self.items.append(Head(level, inline(marked[2] if marked else line.text).text, line.number))
        self._in_item, self._ordinal, self._lead = False, 0, ""

    def line(self, line: _Line, wrapped: bool) -> None:
        """Add a line to the paragraph or item above it, or begin a new one."""
        begins_item = self._begins_item(line.text)
        indented = self._in_item and line.text[:1].isspace()
        if begins_item or line.after_blank or not (wrapped or indented):
            self.close()
            self._in_item = begins_item or indented
        self._paragraph.append(line)

    def _begins_item(self, text: str) -> bool:
        """Return whether a line has a bullet or the next number of its list.

        A line that begins with any other number ("1984. It was ...", "45. Ask ...") is text, and the number stays.
        """
        if _BULLET.match(text):
            return True
        found = _ORDINAL.match(text)
        if not found or int(found[1]) not in {1, self._ordinal + 1}:
            return False
        self._ordinal = int(found[1])
        return True

    def close(self) -> None:
        """Keep the paragraph or item that was collected."""
        if not self._paragraph:
            return
        raw = "\n".join(line.text for line in self._paragraph)
        if self._in_item:
            mark = _BULLET.match(raw) or _ORDINAL.match(raw)
            raw = raw[mark.end() :] if mark else raw
        found = inline(raw.replace("\x00", ""))
        if not self._in_item:
            self._lead = lead_in(found.text)
        if found.text:
            first, last = self._paragraph[0].number, self._paragraph[-1].number
            kind: Kind = "item" if self._in_item else "prose"
            lead = self._lead if self._in_item else ""
            self.items.append(Block(kind, found.text, first, last, lead=lead, breaks=found.breaks))
        self._paragraph.clear()


def _lines(text: str) -> list[_Line]:
    """Return the lines that are not blank, with their numbers."""
    found = []
    blank = True
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            found.append(_Line(line.rstrip(), number, blank))
        blank = not line.strip()
    return found


def _levels(lines: list[_Line], wrapped: bool) -> list[int]:
    """Return the heading level of each line: 1 for the title, 2 for other headings by shape, 0 for text."""
    levels = [_marked_level(lines, at) for at in range(len(lines))]
    shaped = [not level and _has_shape(lines, at, wrapped) for at, level in enumerate(levels)]
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and shaped[end]:
            end += 1
        if end > at:
            most = MOST_IN_A_ROW + (at == 0)
            if end < len(lines) and end - at <= most and _heads(lines, end - 1, wrapped, levels):
                levels[at:end] = [2] * (end - at)
                levels[at] = 1 if at == 0 else 2
        at = end + 1
    return levels


def _marked_level(lines: list[_Line], at: int) -> int:
    """Return the level of a heading that is marked with # or underlined; 0 for any other line."""
    marked = _HASHES.fullmatch(lines[at].text)
    if marked and marked[2]:
        return len(marked[1])
    below = lines[at + 1] if at + 1 < len(lines) else None
    if below and not below.after_blank and _RULE.fullmatch(below.text) and _is_short(lines[at].text):
        return 1 if at == 0 else 2
    return 0


def _has_shape(lines: list[_Line], at: int, wrapped: bool) -> bool:
    """Return whether a line looks like a heading: short, no value in it, alone or in title case."""
    line = lines[at]
    below = lines[at + 1] if at + 1 < len(lines) else None
    if not below or not _is_short(line.text) or _VALUE.search(line.text):
        return False
    strong = _is_title_case(line.text)
    words = _YEAR.sub("", _NUMBERED.sub("", line.text.strip()))
    if not strong and (any(map(str.isdigit, words)) or words.lstrip()[:1].islower()):
        return False
    alone = line.after_blank and below.after_blank
    if wrapped and not alone:
        # The second line of a title's own paragraph would be text; a title that text follows at once is fine.
        return at == 0 and strong and len(below.text) > LONGEST_HEADING
    return alone or strong


def _heads(lines: list[_Line], at: int, wrapped: bool, levels: list[int]) -> bool:
    """Return whether there is something below a line that it can be the heading of.

    That is a list, a paragraph too long for a heading, a sentence over several lines or, below a line in
    title case, any sentence.
    """
    first = lines[at + 1]
    if levels[at + 1] or _RULE.fullmatch(first.text):
        return False
    if _begins_list(first.text):
        return True
    end = at + 2
    while wrapped and end < len(lines) and not (lines[end].after_blank or _begins_list(lines[end].text)):
        end += 1
    paragraph = " ".join(line.text.strip() for line in lines[at + 1 : end])
    if len(paragraph) > LONGEST_HEADING or paragraph.endswith(":"):
        return True
    return bool(_SENTENCE_END.search(paragraph)) and (end > at + 2 or _is_title_case(lines[at].text))


def _begins_list(text: str) -> bool:
    ordinal = _ORDINAL.match(text)
    return bool(_BULLET.match(text)) or (ordinal is not None and int(ordinal[1]) == 1)


def _is_short(text: str) -> bool:
    """Return whether a line has the size and the end of a heading."""
    text = text.strip()
    return (
        len(text) <= LONGEST_HEADING
        and len(text.split()) <= MOST_WORDS
        and text[-1] not in ".,;:!…"
        and any(c.isalpha() for c in text)
        and (not (_BULLET.match(text) or _ORDINAL.match(text)) or bool(_NUMBERED.match(text)))
    )


def _is_title_case(text: str) -> bool:
    """Return whether most words that a title capitalises are capitalised."""
    words = [
        word for word in re.findall(r"[^\W\d_][\w'\u2019-]*", text) if len(word) > 3 or word[0].isupper()
    ]
    capitals = sum(word[0].isupper() for word in words)
    return bool(words) and words[0][0].isupper() and capitals >= 0.6 * len(words)
