"""Transcripts of calls and interviews: who speaks, in which role, and the question that an answer is to.

A line that names a speaker becomes the lead of everything that the speaker says: "Tor Vik -- Chief Financial Officer ›". In an
answer to an analyst, the question comes first in the lead. The line stays as text of its own where it first tells a role.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.documents.outline import Body, Head
from index.text import sentences
from index.types import LEAD_SEPARATOR, Block

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

MIN_TURNS = 3
"""The fewest lines that name a speaker in a transcript."""
MAX_LINE_CHARS = 120
"""The longest line that names a speaker."""
MAX_QUESTION_CHARS = 240
"""The longest part of a question that is repeated with its answer, about 60 tokens."""
SEARCHED = 12
"""The number of items at the top in which the kind of document is named."""

_NAME = r"[^\W\d_a-z][\w.'\u2019-]*(?: (?:[^\W\d_a-z][\w.'\u2019-]*|de|da|van|von|der|bin)){0,4}"  # "Eline Haug", "J. van Dam"
_ROLE = re.compile(
    r"\b(?:officer|president|chair(?:man|woman|person)?|director|treasurer|founder|head|partner|secretary|manager|counsel"  # "Chief Financial Officer"
    r"|analysts?|investor relations|operator|moderator|host|interviewer|senator|representative|professor"  # "Analyst", "Operator"
    r"|[CE][EFIOT]O|CTO|CIO|S?[EV]VP|VP|IR)\b",  # "CFO", "SVP"
    re.IGNORECASE,
)  # "Chief Financial Officer", "CFO", "Fjord Securities -- Analyst"
_WITH_ROLE = re.compile(
    rf"(?:[QA] ?[-–—] ?)?({_NAME})(?: ?(?:--|[–—|]) ?| - |, | \()(.+?)\)?:?"
)  # "Eline Haug -- Chief Executive Officer", "Eline Haug, CEO:", "Eline Haug (CEO)"
_NO_ROLE = re.compile(rf"(?:[QA] ?[-–—] ?)?({_NAME}):?")  # "Eline Haug", "Q - Sam Lind", "Operator"
_CONDUCTING = re.compile(r"(?:operator|moderator|coordinator|host)\b.*", re.IGNORECASE)
"""A speaker who gives others the floor."""
_ASKING = re.compile(r"\banalysts?\b|^(?:Q|interviewer|question)\b", re.IGNORECASE)
_INLINE = re.compile(rf"({_NAME}|Q|A): (?=\S)")  # "Eline Haug: Revenue rose.", "Q: Why?"
_SESSION = re.compile(
    r"(?:prepared (?:remarks|comments)|presentation|(?:questions?|q)[ -]?(?:and|&)[ -]?(?:answers?|a)(?:[ -]session)?)[:.]?",
    re.IGNORECASE,
)  # "Prepared Remarks:", "Questions and Answers"
_ANNOUNCED = re.compile(rf"question (?:today )?(?:comes|is coming|is) from (?:the line of )?({_NAME})")
"""The operator's announcement of an analyst: "Our next question comes from the line of Sam Lind with Fjord"."""
_LABELS = frozenset({"Q", "A"})
"""Marks of questions and answers, which are not shown as speakers."""
_KIND = re.compile(
    r"\b(?:transcript|(?:earnings|conference|results) call|interview|hearing|podcast|q&a)\b",
    re.IGNORECASE,  # "Q2 2026 Earnings Call", "Interview"
)


@dataclass(frozen=True, slots=True)
class _Speakers:
    """The speakers of a transcript; empty for any other text."""

    lines: dict[str, str]
    """Each name in lower case, with the line that gives its role, or with the name."""
    asking: frozenset[str] = frozenset()
    """The lines of those who ask."""

    def line(self, text: str) -> str:
        """Return the line that names a speaker with the role, if a text is such a line; else ""."""
        name = _name(text, self.asking) if len(text) <= MAX_LINE_CHARS else ""
        if name.lower() not in self.lines:
            return ""
        return text.rstrip(":") if _WITH_ROLE.fullmatch(text) else self.lines[name.lower()]

    def asks(self, line: str) -> bool:
        """Return whether the speaker of a line asks questions: an analyst or an interviewer."""
        return line in self.asking or bool(_ASKING.search(line)) or _name(line, self.asking) in self.asking

    def inline(self, text: str) -> str:
        """Return the line of the speaker whose name, with a colon, a text begins with; else ""."""
        found = _INLINE.match(text)
        return self.lines.get(found[1].lower(), "") if found else ""


def speaker_lines(lines: Sequence[str]) -> frozenset[int]:
    """Return the places of the lines of a plain text that name a speaker or begin a session; an empty set for any other text."""
    speakers = _speakers(lines)
    if not speakers.lines:
        return frozenset()
    return frozenset(
        place
        for place, line in enumerate(lines)
        if speakers.line(line.strip()) or _SESSION.fullmatch(line.strip())
    )


def read_transcript(body: Body) -> Body:
    """Return the body of a transcript with the speaker as the lead of each turn, or any other body as it is.

    >>> lines = ["Call transcript", "Ann Lee -- CFO", "Cash rose.", "Bo Ray -- Analyst", "Why?", "Ann Lee -- CFO", "Sales."]
    >>> found = read_transcript(Body(tuple(Block("prose", text, 1, 1) for text in lines)))
    >>> [(item.lead, item.text) for item in found.items if item.lead]
    [('Ann Lee -- CFO ›', 'Cash rose.'), ('Bo Ray -- Analyst ›', 'Why?'), ('Why? › Ann Lee -- CFO ›', 'Sales.')]
    """
    speakers = _speakers([item.text for item in body.items])
    if not speakers.lines:
        return body
    return replace(body, items=tuple(_items(body.items, speakers)))


def _speakers(texts: Sequence[str]) -> _Speakers:
    """Return the speakers that lines, blocks or headings name.

    A speaker has a role once, is announced by the operator, or begins two paragraphs with the name and a colon. A text is a
    transcript if it says so at the top, has an operator, or marks its questions and answers. A page on a team has none of these.
    """
    announced = frozenset(found[1].rstrip(".") for text in texts for found in _ANNOUNCED.finditer(text))
    lines: dict[str, str] = {}
    for text in texts:
        if len(text) <= MAX_LINE_CHARS and (name := _name(text.strip(), announced)):
            is_conducting = bool(_CONDUCTING.fullmatch(name))
            if is_conducting or name in announced or _WITH_ROLE.fullmatch(text.strip()):
                lines.setdefault(name.lower(), text.strip().rstrip(":"))
    inline = _inline_speakers(texts)
    has_kind = any(map(_KIND.search, texts[:SEARCHED]))
    has_labels = inline.keys() >= _LABELS
    if has_kind or has_labels:
        for name, said in inline.items():
            if len(said) > 1 and (has_kind or name in _LABELS):
                lines.setdefault(name.lower(), name)
    asking = announced.union(
        name for name, said in inline.items() if all(text.endswith("?") for text in said)
    )
    known = _Speakers(lines, asking)
    turns = sum(bool(known.line(text.strip()) or known.inline(text)) for text in texts)
    is_spoken = has_kind or has_labels or any(map(_CONDUCTING.fullmatch, lines))
    return known if is_spoken and turns >= MIN_TURNS and len(lines) > 1 else _Speakers({})


def _inline_speakers(texts: Iterable[str]) -> dict[str, list[str]]:
    """Return the names that begin texts, with a colon behind them, and these texts."""
    inline: dict[str, list[str]] = {}
    for text in texts:
        if found := _INLINE.match(text):
            inline.setdefault(found[1], []).append(text)
    return inline


def _name(text: str, announced: Collection[str] = ()) -> str:
    """Return the name in a line that names a speaker, with a role or without; "" for any other line.

    Args:
        text: The line.
        announced: Names of speakers, whose lines may have a company instead of a role.
    """
    found = _WITH_ROLE.fullmatch(text)
    if found and (found[1] in announced or _ROLE.search(found[2])):
        return found[1]
    alone = _NO_ROLE.fullmatch(text)
    return alone[1] if alone else ""


def _items(items: Iterable[Head | Block], speakers: _Speakers) -> Iterable[Head | Block]:
    """Yield the items with speakers as leads of what they say."""
    turn = _Turn(speakers)
    introduced: set[str] = set()
    silent: Block | None = None  # a line of a speaker who has not said anything yet
    for item in items:
        line = item.line if isinstance(item, Head) else item.first_line
        speaker = speakers.line(item.text)
        is_session = bool(_SESSION.fullmatch(item.text))
        if silent is not None and (speaker or is_session or isinstance(item, Head)):
            yield silent
        silent = None
        if speaker:
            turn = turn.following(speaker)
            block = Block("prose", item.text, line, line)
            if speaker in introduced or not _WITH_ROLE.fullmatch(item.text):
                silent = block
            else:
                introduced.add(speaker)
                yield block
        elif isinstance(item, Head) or is_session:
            turn = _Turn(speakers)
            yield Head(2, item.text.rstrip(":."), line) if is_session else item
        else:
            if speaker := speakers.inline(item.text):
                turn = turn.following(speaker)
            yield replace(item, lead=f"{turn.lead} {item.lead}".strip()) if turn.speaker else item
            turn = turn.saying(item.text)
    if silent is not None:
        yield silent


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one speaker says, and the question that it may answer."""

    speakers: _Speakers
    speaker: str = ""
    question: str = ""
    """The question to which the turn is an answer."""
    asked: str = ""
    """The question that the turn asks."""

    @property
    def lead(self) -> str:
        """The lead of the turn's blocks."""
        speaker = "" if self.speaker in _LABELS else self.speaker
        return " ".join(f"{part} {LEAD_SEPARATOR}" for part in (self.question, speaker) if part)

    def following(self, speaker: str) -> _Turn:
        """Return the next turn, by a speaker."""
        if _CONDUCTING.fullmatch(speaker):
            return _Turn(self.speakers, speaker)
        if self.speakers.asks(speaker):
            return _Turn(self.speakers, speaker, asked=self.asked if speaker == self.speaker else "")
        return _Turn(self.speakers, speaker, question=self.asked or self.question)

    def saying(self, text: str) -> _Turn:
        """Return the turn after a text, whose questions are remembered if the speaker asks them."""
        if not self.speakers.asks(self.speaker):
            return self
        text = _INLINE.sub("", text, count=1)
        asked = [text[start:end] for start, end in sentences.split(text) if text[start:end].endswith("?")]
        while len(" ".join(asked)) > MAX_QUESTION_CHARS:
            asked.pop(0)
        return replace(self, asked=" ".join(asked) or self.asked)
