"""The library's own names, and how people write them: tickers, compounds, slips of the finger. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from index.types import Document

_TICKER = re.compile(r"[A-Z]{2,5}")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The names that a library's front matter gives."""

    tickers: dict[str, str] = field(default_factory=dict)
    """A ticker or abbreviation, in capitals, to the title of its document."""
    words: frozenset[str] = frozenset()
    """The words of titles, aliases and entities, as they are written there."""

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Gazetteer:
        """The names of these documents; an abbreviation that two documents claim is left out."""
        tickers: dict[str, str] = {}
        claimed: set[str] = set()
        words: set[str] = set()
        for document in documents:
            entities = (series.entity for series in document.figures)
            for name in (document.title, *document.aliases, *entities):
                words.update(word for word in _WORD.findall(name) if len(word) >= 4)
            for alias in document.aliases:
                if _TICKER.fullmatch(alias):
                    claimed |= {alias} & tickers.keys()
                    tickers[alias] = document.title
        return cls({t: title for t, title in tickers.items() if t not in claimed}, frozenset(words))


def normalise(text: str, gazetteer: Gazetteer, known: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """The question in the library's own words, and notes on what was read as something else.

    A ticker gives way to the name of its document, a compound that the library does not have to its two parts that it
    has, and an unknown word to the name within one edit (two from eight letters). `known` tells whether the library's
    text has a word.

    >>> names = Gazetteer({"NVDA": "Nvidia"}, frozenset({"Anthropic", "Nvidia"}))
    >>> normalise("nvda datacenter sales vs antropic", names, {"data", "center", "sales", "vs"}.__contains__)
    ('Nvidia data center sales vs Anthropic', ('read as: Nvidia (NVDA)', 'read as: Anthropic'))
    """
    notes: list[str] = []

    def read(match: re.Match[str]) -> str:
        word = match.group()
        code = word.upper()
        if code in gazetteer.tickers and (word == code or not known(word)):
            title = gazetteer.tickers[code]
            if known(word):
                return f"{title} ({word})" if title.lower() not in text.lower() else word
            notes.append(f"read as: {title} ({code})")
            return title
        if len(word) < 5 or known(word):
            return word
        for cut in range(3, len(word) - 2):
            if known(word[:cut]) and known(word[cut:]):
                return f"{word[:cut]} {word[cut:]}"
        near = _nearest(word, gazetteer.words)
        if near:
            notes.append(f"read as: {near}")
        return near or word

    return _WORD.sub(read, text), tuple(dict.fromkeys(notes))


def _nearest(word: str, names: Iterable[str]) -> str:
    """The name that is closest to a word, if close enough; of equally close ones the first in the alphabet."""
    allowed = 2 if len(word) >= 8 else 1
    lowered = word.lower()
    found = [
        (distance, name)
        for name in names
        if name[0].lower() == lowered[0]
        and abs(len(name) - len(word)) <= allowed
        and (distance := edits(lowered, name.lower(), allowed)) <= allowed
    ]
    return min(found)[1] if found else ""


def edits(a: str, b: str, most: int) -> int:
    """How many letters must be put in, left out, changed or swapped with their neighbour; `most + 1` for more than `most`.

    >>> edits("antropic", "anthropic", 2), edits("nvidai", "nvidia", 2), edits("cohere", "oracle", 2)
    (1, 1, 3)
    """
    before: list[int] = []
    previous: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        before, previous, row = previous, row, [i]
        for j, y in enumerate(b, start=1):
            cost = min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
