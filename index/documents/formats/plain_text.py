"""The parser of plain text, which finds headings and lists by the shape of the lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.documents.formats.transcript import read_transcript, speaker_lines
from index.documents.inline import inline
from index.documents.outline import Body, Head
from index.text.sentences import lead_in
from index.types import Block, Kind

MAX_WRAPPED_CHARS = 120
"""If no line is longer, the text is wrapped and blank lines separate paragraphs; else each line is a paragraph."""
MAX_HEADING_CHARS = 80
MAX_HEADING_WORDS = 12
MAX_ADJACENT_HEADINGS = 2
"""The most headings directly below each other, such as a chapter and its first section; more are a list."""

_BULLET = re.compile(r"\s*[-*•\u2013]\s+")  # "- ", "  • "
_ORDINAL = re.compile(r"\s*(\d{1,3})[.)]\s+")  # "1. ", "12) "
_HEADING_NUMBER = re.compile(r"\d+(?:\.\d+)*\.?\s+(?=[A-Z])")  # the number of "2.1 Power Demand"
_RULE = re.compile(r"\s*(=+|-+|_+|\*+)\s*")  # "=====", "---", "___", "***"
_HASHES = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")  # "## Costs ##"
_VALUE = re.compile(
    r"[^\W\d][^:\d]*:\s+\S"  # "Attendees: Ann Lee", but not "Part 2: Costs"
    r"|@"  # "ann@lee.example"
    r"|://"  # "https://lee.example"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")  # "2026"
_SENTENCE_END = re.compile(r"[.!?\u2026][)\]\"'\u2019\u201d]*$")  # ".", '?"', "…)"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not blank, with its number (from 1) and whether a blank line is directly above."""

    text: str
    number: int
    after_blank: bool


def parse(text: str) -> Body:
    r"""Return the headings and blocks of plain text, which together have every word of the text.

    A heading is a short line without end punctuation that has running text or a list below it and is either in
    title case or between blank lines. Other short lines, as in a wine list or an address book, are text. All
    headings have level 2, except the title (the first line) and headings marked with # or underlined.

    >>> parse("On Power\n\nGrids are full.\n- One").items[0]
    Head(level=1, text='On Power', line=1, label='', anchor='')
    """
    lines = _lines(text)
    wrapped = all(len(line.text) <= MAX_WRAPPED_CHARS for line in lines)
    spoken = speaker_lines([line.text for line in lines])
    reader = _Reader()
    for place, (line, level) in enumerate(zip(lines, _levels(lines, wrapped, spoken), strict=True)):
        if place in spoken:
            reader.alone(line)
        elif level:
            reader.heading(level, line)
        elif not _RULE.fullmatch(line.text):
            reader.line(line, wrapped)
    reader.close()
    return read_transcript(Body(tuple(reader.items)))


class _Reader:
    """A reader that collects lines into paragraphs and list items."""

    def __init__(self) -> None:
        self.items: list[Head | Block] = []
        self._paragraph: list[_Line] = []
        self._in_item = False
        self._ordinal = 0  # the number of the last numbered item
        self._lead = ""  # the lead-in of the current list

    def heading(self, level: int, line: _Line) -> None:
        """Add a heading and end the list above it."""
        self.close()
        marked = _HASHES.fullmatch(line.text)
        self.items.append(Head(level, inline(marked[2] if marked else line.text).text, line.number))
        self._in_item, self._ordinal, self._lead = False, 0, ""

    def alone(self, line: _Line) -> None:
        """Add a line as a paragraph of its own."""
        self.close()
        self._in_item, self._ordinal, self._lead = False, 0, ""
        self._paragraph.append(line)
        self.close()

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

        A line that begins with another number ("1984. It was ...", "45. Ask ...") is text and keeps its number.
        """
        if _BULLET.match(text):
            return True
        found = _ORDINAL.match(text)
        if not found or int(found[1]) not in {1, self._ordinal + 1}:
            return False
        self._ordinal = int(found[1])
        return True

    def close(self) -> None:
        """Add the collected paragraph or item."""
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


def _levels(lines: list[_Line], wrapped: bool, spoken: frozenset[int]) -> list[int]:
    """Return the heading level of each line: 1 for the title, 2 for other headings by shape, 0 for text.

    Lines that name a speaker, at the places `spoken`, are as good as headings: the line above them has no text below it.
    """
    levels = [2 if at in spoken else _marked_level(lines, at) for at in range(len(lines))]
    if spoken and not levels[0] and _is_short(lines[0].text):
        levels[0] = 1
    shaped = [not level and _has_shape(lines, at, wrapped) for at, level in enumerate(levels)]
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and shaped[end]:
            end += 1
        if end > at:
            limit = MAX_ADJACENT_HEADINGS + (at == 0)
            if end < len(lines) and end - at <= limit and _has_content_below(lines, end - 1, wrapped, levels):
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
    """Return whether a line looks like a heading: short, without a value, and alone or in title case."""
    line = lines[at]
    below = lines[at + 1] if at + 1 < len(lines) else None
    if not below or not _is_short(line.text) or _VALUE.search(line.text):
        return False
    is_title = _is_title_case(line.text)
    words = _YEAR.sub("", _HEADING_NUMBER.sub("", line.text.strip()))
    if not is_title and (any(map(str.isdigit, words)) or words.lstrip()[:1].islower()):
        return False
    is_alone = line.after_blank and below.after_blank
    if wrapped and not is_alone:
        # A short line below may continue a wrapped title. A long line is text directly below the title.
        return at == 0 and is_title and len(below.text) > MAX_HEADING_CHARS
    return is_alone or is_title


def _has_content_below(lines: list[_Line], at: int, wrapped: bool, levels: list[int]) -> bool:
    """Return whether the text below a line can belong to a heading.

    Such text is a list, a paragraph too long for a heading, a sentence over several lines or, below a line in
    title case, any sentence.

    Args:
        lines: The lines that are not blank.
        at: The index of the line.
        wrapped: Whether blank lines separate paragraphs (see `MAX_WRAPPED_CHARS`).
        levels: The heading levels found so far.
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
    if len(paragraph) > MAX_HEADING_CHARS or paragraph.endswith(":"):
        return True
    return bool(_SENTENCE_END.search(paragraph)) and (end > at + 2 or _is_title_case(lines[at].text))


def _begins_list(text: str) -> bool:
    """Return whether a line has a bullet or the number 1."""
    ordinal = _ORDINAL.match(text)
    return bool(_BULLET.match(text)) or (ordinal is not None and int(ordinal[1]) == 1)


def _is_short(text: str) -> bool:
    """Return whether a line is short enough for a heading, and neither ends like a sentence nor is a list item."""
    text = text.strip()
    return (
        len(text) <= MAX_HEADING_CHARS
        and len(text.split()) <= MAX_HEADING_WORDS
        and text[-1] not in ".,;:!…"
        and any(c.isalpha() for c in text)
        and (not (_BULLET.match(text) or _ORDINAL.match(text)) or bool(_HEADING_NUMBER.match(text)))
    )


def _is_title_case(text: str) -> bool:
    """Return whether the first word is capitalised, and at least 60 % of the words that a title capitalises."""
    words = [
        word for word in re.findall(r"[^\W\d_][\w'\u2019-]*", text) if len(word) > 3 or word[0].isupper()
    ]
    capitals = sum(word[0].isupper() for word in words)
    return bool(words) and words[0][0].isupper() and capitals >= 0.6 * len(words)
