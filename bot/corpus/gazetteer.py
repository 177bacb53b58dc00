"""The library's own names, and how people write them: short forms, tickers, compounds, slips of the finger. Pure.

A document's front matter lists other names of its subject as `aliases`. One that is written "NVDA = Nvidia" or
"GM = gross margin" is a short form: a question that has it is read as if it had the long form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cache, partial

from index.search.bm25 import STOP_WORDS
from index.types import Document

_WORD = re.compile(r"[^\W\d_]+")
_FISCAL = re.compile(r"\bFY\s?'?(?:20)?(\d\d)\b", re.IGNORECASE)
_PERIOD = re.compile(
    r"\b([QH][1-4])(?:\s*'|\s+|\s*FY\s?)(\d\d)\b(?!\s*(?:%|billion|million|bn|GW|MW))", re.IGNORECASE
)
_ENDING = re.compile(r"(?<=\w\w)(?:ing|ed|er|est|e?s|ly)$")
_NOTHING = re.compile(r"(?!)")
LONGEST = 30
"""Letters of a word that may be a compound or a slip."""
_OVERVIEW = re.compile(
    r"\A\W*(?:(?:please|can you|could you|hi|hey)\W+)*"
    r"(?:(?:what|who)(?:'s|\N{RIGHT SINGLE QUOTATION MARK}s|\s+is|\s+are)\b"
    r"|(?:tell|give|show)\s+(?:me|us)\b|(?:an?\s+)?(?:overview|summary|introduction)\b|summari[sz]e\b|explain\b|describe\b|compare\b)?"
    r"(?:\s*\b(?:an?|the|about|of|on|to|overview|summary|introduction)\b)*",
    re.IGNORECASE,
)
"""How a question begins that asks for all there is on something; what follows is the thing."""
_SMALL = frozenset(
    ["a", "about", "an", "are", "for", "in", "is", "of", "on", "s", "that", "the", "this", "to", "what"]
)
"""Words that do not tell one heading from another."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The names that a library's front matter gives."""

    readings: dict[str, tuple[str, str]] = field(default_factory=dict)
    """A short form in small letters to the short form as it is written, and the long form."""
    names: frozenset[str] = frozenset()
    """The words of titles, aliases and entities, as they are written there."""
    proper: dict[str, str] = field(default_factory=dict)
    """Those that are never written in small letters alone: in small letters, to how they are written."""
    pattern: re.Pattern[str] = _NOTHING
    """Finds the short forms, the longest first."""
    entity: re.Pattern[str] = _NOTHING
    """Finds what has a name of its own, the longest first, with a possessive behind it."""
    titles: dict[str, str] = field(default_factory=dict)
    """The titles, as `_thing` has them, each to the id of the first document that has it."""
    sections: dict[str, str] = field(default_factory=dict)
    """The same with the aliases that are within their titles."""

    def subject(self, question: str) -> str:
        """The id of the document that a question is about as a whole, for it asks for its title and no more; else "".

        >>> names = Gazetteer.of([Document("c", "c.md", "The chips layer"), Document("n", "n.md", "Nvidia")])
        >>> names.subject("Tell me about the chips layer"), names.subject("nvidia?"), names.subject("Nvidia's margin")
        ('c', 'n', '')
        """
        return self.titles.get(_thing(question), "")

    def section(self, question: str) -> tuple[str, str]:
        """The id of the document that a question names, and what it says beside that, as `plain` has it; else "" and "".

        A document is named by its title or an alias within it.

        >>> names = Gazetteer.of([Document("c", "c.md", "CoreWeave and the neoclouds", aliases=("neoclouds", "Nebius"))])
        >>> names.section("the case against neoclouds"), names.section("the case against Nebius")
        (('c', 'case against'), ('', ''))
        """
        asked = f" {_thing(question)} "
        named = max((name for name in self.sections if f" {name} " in asked), key=len, default="")
        return (self.sections[named], plain(asked.replace(f" {named} ", " ", 1))) if named else ("", "")

    def has(self, word: str) -> bool:
        """Whether a word is a name or a short form here, in any case."""
        return word.lower() in self.readings or word.lower() in self.proper

    def mentioned(self, text: str) -> frozenset[str]:
        """The words, in small letters, of the named things in a text; without acronyms, which may be any kind of thing.

        >>> names = Gazetteer.of([Document("b", "b.md", "Bloom Energy", aliases=("GPU",))])
        >>> sorted(names.mentioned("how many GPUs does bloom energy's fuel cell feed"))
        ['bloom', 'energy']
        """
        words = (
            word for match in self.entity.finditer(text) for word in _WORD.findall(match.group().lower())
        )
        return frozenset(word for word in words if any(map(str.islower, self.proper.get(word, ""))))

    def lengthened(self, text: str) -> str:
        """The text with the long form of each short form.

        >>> names = Gazetteer.of([Document("g", "g.md", "Glossary", aliases=("capital expenditure = capital spending",))])
        >>> names.lengthened("Capital expenditure guidance")
        'capital spending guidance'
        """
        return self.pattern.sub(lambda found: self.readings[found.group().lower()][1], text)

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Gazetteer:
        """The names of these documents; a short form that two documents give two meanings is left out."""
        readings: dict[str, tuple[str, str]] = {}
        torn: set[str] = set()
        names: set[str] = set()
        entities: set[str] = set()
        titles: dict[str, str] = {}
        within: dict[str, str] = {}
        for document in documents:
            title = _thing(document.title)
            titles.setdefault(title, document.id)
            aliases = filter(None, map(_thing, document.aliases))
            within |= {alias: document.id for alias in aliases if f" {alias} " in f" {title} "}
            names.update(_WORD.findall(document.title))
            entities.add(document.title)
            for series in document.figures:
                names.update(_WORD.findall(series.entity))
                entities.add(series.entity)
            for alias in document.aliases:
                short, _, long = (part.strip() for part in alias.partition(" = "))
                entities.add(long or short)
                if not long:
                    names.update(_WORD.findall(short))
                    continue
                known = readings.setdefault(short.lower(), (short, long))
                if known[1] != long:
                    torn.add(short.lower())
                if short.isupper() and long[0].isupper():
                    names.update(_WORD.findall(long))
        entities = {name for name in entities if any(c.isupper() for c in name[1:]) or name.istitle()}
        readings = {short: reading for short, reading in readings.items() if short not in torn}
        proper = {
            name.lower(): name
            for name in sorted(names, reverse=True)
            if not name.islower() and name.lower() not in names | STOP_WORDS
        }
        return cls(
            readings,
            frozenset(name for name in names if len(name) >= 4),
            proper,
            _any(readings, r"(?=s?(?![\w&]))"),
            _any(entities, "(?![\\w&])(?:['\N{RIGHT SINGLE QUOTATION MARK}]s?)?"),
            titles,
            within | titles,
        )

    def spelled(self, text: str) -> str:
        """The text with proper names in small letters written as the library writes them.

        >>> Gazetteer(proper={"xai": "xAI"}).spelled("and xai?")
        'and xAI?'
        """
        return _WORD.sub(lambda word: self.proper.get(word.group(), word.group()), text)


def plain(heading: str) -> str:
    """What tells a heading from others, in small letters and without what is said twice.

    >>> plain("What would change this view"), plain("The case against"), plain("case against against the")
    ('would change view', 'case against', 'case against')
    """
    words = (word for word in re.findall(r"[^\W_]+", heading.lower()) if word not in _SMALL)
    return " ".join(dict.fromkeys(words))


def _thing(text: str) -> str:
    """What a question asks for all there is on, or what a title names: in small letters, without what begins it."""
    return " ".join(re.findall(r"[^\W_]+", _OVERVIEW.sub("", text, count=1).lower()))


def _any(words: Iterable[str], behind: str) -> re.Pattern[str]:
    """Finds any of these words in any case, the longest first, where `behind` follows.

    Words that begin alike are one alternative, so that a place in a text is compared with a few letters, not with every word.
    """
    alike = by_letter(sorted(filter(None, words), key=lambda word: (-len(word), word)))
    either = "|".join(
        f"{re.escape(some[0][0])}(?:{'|'.join(re.escape(word[1:]) for word in some)})"
        for some in alike.values()
    )
    return re.compile(rf"(?<![\w&])(?:{either}){behind}", re.IGNORECASE) if either else _NOTHING


def normalise(
    text: str,
    gazetteer: Gazetteer,
    known: Callable[[str], bool],
    ordinary: Callable[[str], bool],
    vocabulary: Callable[[str], Collection[str]],
) -> tuple[str, tuple[str, ...]]:
    """The question in the library's own words, and notes on what was read as something else.

    A short form gives way to the long one, "FY26" to "fiscal 2026", a compound that the library does not have to its
    two parts that it has, and a word that nobody has to the nearest name of the library (within one edit, two from
    eight letters) or to its nearest word (within one). `known` tells whether the library's text has a word, `ordinary` whether the language has it, and
    `vocabulary` gives the library's words that begin with a letter, which are asked for only where a word is neither.

    >>> names = Gazetteer.of([Document("n", "n.md", "Nvidia", aliases=("NVDA = Nvidia", "Anthropic"))])
    >>> library = {"data", "center", "sales", "vs"}
    >>> normalise("nvda datacenter sales vs antropic", names, library.__contains__, lambda _: False, lambda _: library)
    ('Nvidia data center sales vs Anthropic', ('read as: Nvidia (NVDA)', 'read as: Anthropic'))
    """
    notes: list[str] = []
    text = _FISCAL.sub(r"fiscal 20\1", _PERIOD.sub(r"\1 20\2", text))

    said = cache(partial(stands, text=text))

    def lengthened(match: re.Match[str]) -> str:
        found = match.group()
        short, long = gazetteer.readings[found.lower()]
        plain = found.lower()
        is_word = plain in STOP_WORDS or (known(plain) and ordinary(plain))
        if is_word and short.isupper() and short.isalpha() and found != short:
            return found
        if said(long):
            return found
        if not stands(found, long):
            notes.append(f"read as: {long} ({short})")
        return long

    def mended(match: re.Match[str]) -> str:
        word = match.group()
        if not 5 <= len(word) <= LONGEST or known(word):
            return word
        for cut in range(4, len(word) - 3):
            if known(word[:cut]) and known(word[cut:]):
                return f"{word[:cut]} {word[cut:]}"
        if any(map(ordinary, bases(word))):
            return word
        near = nearest(word, gazetteer.names, 2 if len(word) >= 8 else 1)
        if not near and word.islower():
            near = nearest(word, vocabulary(word.lower()[0]), 1)
        elif not near and word.istitle():
            capitalised = [name for name in vocabulary(word.lower()[0]) if name[0].isupper()]
            near = nearest(word, capitalised, 2 if len(word) >= 8 else 1)
        if not near or near in STOP_WORDS or near.lower() == word.lower():
            return word
        notes.append(f"read as: {near}")
        return near

    read = _WORD.sub(mended, gazetteer.pattern.sub(lengthened, text))
    return read, tuple(dict.fromkeys(notes))


def stands(words: str, text: str) -> bool:
    """Whether these words stand whole in a text, in any case.

    >>> stands("claude", "Anthropic Claude"), stands("Anth", "Anthropic")
    (True, False)
    """
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE))


def bases(word: str) -> tuple[str, ...]:
    """The word and what may be left of it without its ending, so that an inflected word is known by its base.

    >>> bases("flopping"), bases("fatter"), bases("dared")
    (('flopping', 'flopp', 'flop', 'floppe'), ('fatter', 'fatt', 'fat', 'fatte'), ('dared', 'dar', 'dare'))
    """
    found = _ENDING.search(word)
    if not found:
        return (word,)
    base = word[: found.start()]
    single = (base[:-1],) if base[-1] == base[-2] else ()
    return (word, base, *single, f"{base}e")


def by_letter(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Words by what they begin with, in small letters: `nearest` wants those alone that begin as its word does.

    >>> by_letter(["Nvidia", "net", "Micron"])
    {'n': ('Nvidia', 'net'), 'm': ('Micron',)}
    """
    alike: dict[str, list[str]] = {}
    for word in words:
        alike.setdefault(word[0].lower(), []).append(word)
    return {letter: tuple(found) for letter, found in alike.items()}


def nearest(word: str, words: Iterable[str], most: int) -> str:
    """The word that begins alike and is closest, if it is within `most` edits; else "".

    An edit puts a letter in, leaves one out, changes one or swaps it with its neighbour. Of equally close words the
    first in the alphabet.

    >>> nearest("nvidai", {"Nvidia", "Micron"}, 1), nearest("cohere", {"Oracle"}, 2)
    ('Nvidia', '')
    """
    from rapidfuzz.distance import OSA

    lowered = word.lower()
    least, longest = len(word) - most, len(word) + most
    found = [
        (distance, near)
        for near in words
        if least <= len(near) <= longest
        and near[:1].lower() == lowered[0]
        and (distance := OSA.distance(lowered, near.lower(), score_cutoff=most)) <= most
    ]
    return min(found)[1] if found else ""
