"""The entities of a library: names, aliases and tickers from titles and front matter.

Front matter lists other names of a document's subject as `aliases`. An alias that is written "NVDA = Nvidia" or
"GM = gross margin" is a short form: a question that contains it is read as if it contained the long form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.text.words import by_letter
from index.text.tokenizer import STOP_WORDS
from index.types import Document

_WORD = re.compile(r"[^\W\d_]+")
_POSSESSIVE = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s\\Z")
_NEVER = re.compile(r"(?!)")
_OVERVIEW = re.compile(
    r"\A\W*(?:(?:please|can you|could you|hi|hey)\W+)*"  # "please ..."
    r"(?:(?:what|who)(?:'s|\N{RIGHT SINGLE QUOTATION MARK}s|\s+is|\s+are)\b"  # "what is ..."
    r"|(?:tell|give|show)\s+(?:me|us)\b"  # "tell me ..."
    r"|(?:an?\s+)?(?:overview|summary|introduction)\b|summari[sz]e\b|explain\b|describe\b|compare\b)?"  # "overview ..."
    r"(?:\s*\b(?:an?|the|about|of|on|to|overview|summary|introduction)\b)*",  # "... of the"
    re.IGNORECASE,
)
"""The beginning of a question that asks for an overview; the rest of the question is the subject."""
_TICKER = re.compile(r"([^()]{3,60}?) \((?:[A-Za-z]+: ?)?([A-Z]{1,5}(?:\.[A-Z])?)\)")
"""A name with its ticker or initials at the beginning of a title: "Norvik Foundry (OSE: NORV)"."""
_FUNCTION_WORDS = frozenset(
    ["a", "about", "an", "are", "for", "in", "is", "of", "on", "s", "that", "the", "this", "to", "what"]
)
"""Words that do not distinguish one heading from another."""


class Section(NamedTuple):
    """A section of a document that a question asks for."""

    document: str = ""
    """The document's id."""
    heading: str = ""
    """The heading, as `plain_heading` writes it."""


NO_SECTION = Section()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The entities that titles and front matter name."""

    readings: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Each short form in lower case, with the short form as written and its long form."""
    names: frozenset[str] = frozenset()
    """The words of titles, aliases and entities, as written there."""
    proper: dict[str, str] = field(default_factory=dict)
    """The names that are never written in lower case alone: in lower case, to how they are written."""
    short_form: re.Pattern[str] = _NEVER
    """Finds the short forms, the longest first."""
    entity: re.Pattern[str] = _NEVER
    """Finds the entities, the longest first, each with a possessive behind it."""
    titles: dict[str, str] = field(default_factory=dict)
    """Each title, without an overview's opening words, to the id of the first document with that title."""
    sections: dict[str, str] = field(default_factory=dict)
    """The same, with the aliases that are part of their document's title."""

    def subject(self, question: str) -> str:
        """Return the id of the document whose title is all that a question asks for, or "".

        >>> names = Gazetteer.of([Document("c", "c.md", "The chips layer"), Document("n", "n.md", "Nvidia")])
        >>> names.subject("Tell me about the chips layer"), names.subject("nvidia?"), names.subject("Nvidia's margin")
        ('c', 'n', '')
        """
        return self.titles.get(_subject(question), "")

    def section(self, question: str) -> Section:
        """Return the document that a question names by title, or by an alias within the title, and the rest as a heading.

        >>> names = Gazetteer.of([Document("c", "c.md", "CoreWeave and the neoclouds", aliases=("neoclouds", "Nebius"))])
        >>> names.section("the case against neoclouds")
        Section(document='c', heading='case against')
        >>> names.section("the case against Nebius")
        Section(document='', heading='')
        """
        asked = f" {_subject(question)} "
        named = self.title_in(asked)
        if not named:
            return NO_SECTION
        return Section(self.sections[named], plain_heading(asked.replace(f" {named} ", " ", 1)))

    def title_in(self, text: str) -> str:
        """Return the longest title, or alias within a title, in a text: in lower case, without punctuation; or ""."""
        words = " ".join(re.findall(r"[^\W_]+", text.lower()))
        return max((name for name in self.sections if f" {name} " in f" {words} "), key=len, default="")

    def has(self, word: str) -> bool:
        """Return whether a word is a name or a short form, in any case."""
        return word.lower() in self.readings or word.lower() in self.proper

    def mentioned(self, text: str) -> frozenset[str]:
        """Return the words, in lower case, of the entities in a text; acronyms are left out, for they may be any kind of thing.

        >>> names = Gazetteer.of([Document("b", "b.md", "Bloom Energy", aliases=("GPU",))])
        >>> sorted(names.mentioned("how many GPUs does bloom energy's fuel cell feed"))
        ['bloom', 'energy']
        """
        words = (
            word for match in self.entity.finditer(text) for word in _WORD.findall(match.group().lower())
        )
        return frozenset(word for word in words if any(map(str.islower, self.proper.get(word, ""))))

    def owners(self, text: str) -> frozenset[str]:
        """Return the words, in lower case, of the entities in a text that are in the possessive.

        >>> names = Gazetteer.of([Document("b", "b.md", "Bloom Energy"), Document("o", "o.md", "OpenAI")])
        >>> sorted(names.owners("What share of Bloom Energy's backlog is OpenAI?"))
        ['bloom', 'energy']
        """
        found = (match.group().lower() for match in self.entity.finditer(text))
        return frozenset(
            word for name in found if _POSSESSIVE.search(name) for word in _WORD.findall(name)[:-1]
        )

    def lengthened(self, text: str) -> str:
        """Return the text with each short form replaced by its long form.

        >>> names = Gazetteer.of([Document("g", "g.md", "Glossary", aliases=("capital expenditure = capital spending",))])
        >>> names.lengthened("Capital expenditure guidance")
        'capital spending guidance'
        """
        return self.short_form.sub(lambda found: self.readings[found.group().lower()][1], text)

    def capitalised(self, text: str) -> str:
        """Return the text with lower-case proper names written as the library writes them.

        >>> Gazetteer(proper={"xai": "xAI"}).capitalised("and xai?")
        'and xAI?'
        """
        return _WORD.sub(lambda word: self.proper.get(word.group(), word.group()), text)

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Gazetteer:
        """Return the gazetteer of some documents; a short form with two different long forms is left out."""
        readings: dict[str, tuple[str, str]] = {}
        ambiguous: set[str] = set()
        names: set[str] = set()
        entities: set[str] = set()
        titles: dict[str, str] = {}
        within: dict[str, str] = {}
        for document in documents:
            title = _subject(document.title)
            titles.setdefault(title, document.id)
            other_names = (*document.aliases, *_tickers(document.title))
            aliases = filter(None, map(_subject, document.aliases))
            within |= {alias: document.id for alias in aliases if f" {alias} " in f" {title} "}
            names.update(_WORD.findall(document.title))
            entities.add(document.title)
            for series in document.figures:
                names.update(_WORD.findall(series.entity))
                entities.add(series.entity)
            for alias in other_names:
                short, _, long = (part.strip() for part in alias.partition(" = "))
                entities.add(long or short)
                if not long:
                    names.update(_WORD.findall(short))
                    continue
                known = readings.setdefault(short.lower(), (short, long))
                if known[1] != long:
                    ambiguous.add(short.lower())
                if short.isupper() and long[0].isupper():
                    names.update(_WORD.findall(long))
        entities = {name for name in entities if any(c.isupper() for c in name[1:]) or name.istitle()}
        readings = {short: reading for short, reading in readings.items() if short not in ambiguous}
        proper = {
            name.lower(): name
            for name in sorted(names, reverse=True)
            if not name.islower() and name.lower() not in names | STOP_WORDS
        }
        return cls(
            readings,
            frozenset(name for name in names if len(name) >= 4),
            proper,
            any_of(readings, r"(?=s?(?![\w&]))"),
            any_of(entities, "(?![\\w&])(?:['\N{RIGHT SINGLE QUOTATION MARK}]s?)?"),
            titles,
            within | titles,
        )


def _tickers(title: str) -> tuple[str, ...]:
    """Return the short form that a title has in parentheses behind its long form, as an alias.

    >>> _tickers("Norvik Foundry (OSE: NORV) Q2 2026 Earnings Call"), _tickers("The grid (part 2)")
    (('NORV = Norvik Foundry',), ())
    """
    found = _TICKER.match(title)
    return (f"{found[2]} = {found[1]}",) if found else ()


def plain_heading(heading: str) -> str:
    """Return the distinctive words of a heading, each once, in lower case.

    >>> plain_heading("What would change this view"), plain_heading("The case against")
    ('would change view', 'case against')
    >>> plain_heading("case against against the")
    'case against'
    """
    words = (word for word in re.findall(r"[^\W_]+", heading.lower()) if word not in _FUNCTION_WORDS)
    return " ".join(dict.fromkeys(words))


def _subject(text: str) -> str:
    """Return a title, or what a question asks an overview of, in lower case without the opening words."""
    return " ".join(re.findall(r"[^\W_]+", _OVERVIEW.sub("", text, count=1).lower()))


def any_of(words: Iterable[str], behind: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the words in any case, the longest first, where `behind` follows.

    Words with the same first letter share one alternative, so that each position of a text is compared with a few letters
    and not with every word.
    """
    groups = by_letter(sorted(filter(None, words), key=lambda word: (-len(word), word)))
    either = "|".join(
        f"{re.escape(group[0][0])}(?:{'|'.join(re.escape(word[1:]) for word in group)})"
        for group in groups.values()
    )
    return re.compile(rf"(?<![\w&])(?:{either}){behind}", re.IGNORECASE) if either else _NEVER
