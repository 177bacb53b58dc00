"""Spelling correction: aliases, tickers, compounds and typos become the library's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.question.unknown_words import is_english
from bot.text.periods import with_full_years
from bot.text.words import MAX_WORD_LETTERS, contains, nearest
from index.text.tokenizer import STOP_WORDS

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus

MIN_TYPO_LETTERS = 5
"""A shorter word is never corrected: too many short words are one edit apart."""
MIN_PART_LETTERS = 4
"""Letters of the shortest part of a compound: "data" + "center"."""
LONG_WORD_LETTERS = 8
"""From this length on, two edits are allowed instead of one."""

ABBREVIATIONS = {
    "CEO": ("chief executive officer",),
    "CFO": ("chief financial officer", "finance chief"),
    "COO": ("chief operating officer",),
    "CTO": ("chief technology officer",),
    "CIO": ("chief information officer",),
    "capex": ("capital expenditure", "capital spending"),
    "opex": ("operating expenses",),
    "EPS": ("earnings per share",),
    "FCF": ("free cash flow",),
}
"""Abbreviations of every library of finance, each with the words that documents may have instead."""

_WORD = re.compile(
    r"(?P<identifier>`[^`]+`"  # "`retry count`"
    r"|(?<!\w)--?\w[\w-]*"  # "--dry-run", "-v"
    r"|\w*(?:_|\d[^\W\d]|[^\W\d]\d)\w*"  # "max_queue", "e2210", "4o"
    r"|\w+(?:(?:\.|::|/)\w+)+(?=\W|$))"  # "client.open", "std::move", "a/b.yaml"
    r"|[^\W\d_]+"
)
_PLAIN_WORD = re.compile(r"[^\W\d_]+")
_SPELLINGS = (
    (re.compile(r"(?<=[iy])s(?=(?:e[ds]?|ers?|ing|ations?)$)"), "z"),  # "organised", "analyse"
    (re.compile(r"(?<=[iy])z(?=(?:e[ds]?|ers?|ing|ations?)$)"), "s"),  # "organized"
    (re.compile(r"our(?=s?$)"), "or"),  # "labour"
    (re.compile(r"or(?=s?$)"), "our"),  # "labor"
    (re.compile(r"ll(?=(?:ed|ing|ers?)$)"), "l"),  # "modelling"
    (re.compile(r"(?<=[aeiou])l(?=(?:ed|ing|ers?)$)"), "ll"),  # "modeling"
)
"""British and American spellings of a word, each with its replacement in the other."""


def correct(text: str, corpus: Corpus) -> tuple[str, tuple[str, ...]]:
    """Return a question in the library's own words, and notes on the names that were read as others.

    A short form becomes its long form, "FY26" becomes "fiscal 2026", a compound that the library lacks becomes its two parts,
    and an unknown word becomes the nearest name of the library (within one edit, two from `LONG_WORD_LETTERS` letters) or the
    nearest word of the library (within one edit). "nvdias" becomes "Nvidia's". A word of the English dictionary is never
    replaced by another word, even if the library lacks it: "dividends" is not a typo of "divides". It only takes the
    library's spelling: "annualised" becomes "annualized", or becomes part of a long form of two words: "gros margin". A word with
    a capital inside the question may still be a misspelled name. Identifiers such as `max_queue`, E2210 or --dry-run stay as they are.
    """
    notes: list[str] = []
    text = _lengthened(with_full_years(text), corpus, notes)
    text = _without_abbreviations(text, corpus, notes)
    text = _WORD.sub(partial(_respelled, corpus=corpus, notes=notes), text)
    for typo, name in _misspelled_pairs(text, corpus):
        text = text.replace(typo, name)
        notes.append(f"read as: {name}")
    return text, tuple(dict.fromkeys(notes))


def _lengthened(text: str, corpus: Corpus, notes: list[str]) -> str:
    """Return a text with each short form of the library as its long form, and add a note on each to `notes`."""
    is_in_question = cache(partial(contains, text))

    def lengthen(match: re.Match[str]) -> str:
        found = match.group()
        short, long = corpus.gazetteer.readings[found.lower()]
        is_word = found.lower() in STOP_WORDS or (
            corpus.has_words(found.lower()) and corpus.is_common_word(found.lower())
        )
        if is_word and short.isupper() and short.isalpha() and found != short:
            return found  # "now" in lower case is the word and not the ticker NOW
        if is_in_question(long):
            return found
        if not contains(long, found):
            notes.append(f"read as: {long} ({short})")
        return long

    return corpus.gazetteer.short_form.sub(lengthen, text)


def _without_abbreviations(text: str, corpus: Corpus, notes: list[str]) -> str:
    """Return a text with the `ABBREVIATIONS` that the library lacks in its own words, and add a note on each to `notes`."""
    for short, long_forms in ABBREVIATIONS.items():
        if contains(text, short) and not corpus.has_words(short):
            for long in filter(corpus.has_words, long_forms):
                text = re.sub(rf"\b{short}\b", long, text, flags=re.IGNORECASE)
                notes.append(f"read as: {long} ({short})")
                break
    return text


def _respelled(match: re.Match[str], corpus: Corpus, notes: list[str]) -> str:
    """Return the word or the identifier of a match in the library's spelling, and add a note to `notes` if it was a typo."""
    word = match.group()
    is_word = match.lastgroup != "identifier" and MIN_TYPO_LETTERS <= len(word) <= MAX_WORD_LETTERS
    if not is_word or corpus.has_words(word):
        return word
    for cut in range(MIN_PART_LETTERS, len(word) - MIN_PART_LETTERS + 1):
        if corpus.has_words(word[:cut]) and corpus.has_words(word[cut:]):
            return f"{word[:cut]} {word[cut:]}"
    may_be_name = word[0].isupper() and match.start() > 0  # the dictionary has misspelled names: "Micheal"
    if corpus.is_common_inflection(word) or (not may_be_name and is_english(word.lower())):
        return _in_library_spelling(word, corpus)
    if name := _possessive(word, corpus):
        notes.append(f"read as: {name}")
        return f"{name}'s"
    near = _nearest(word, corpus)
    if not near or near in STOP_WORDS or near.lower() == word.lower():
        return word
    notes.append(f"read as: {near}")
    return near


def _misspelled_pairs(text: str, corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Yield each two words that are one edit from a long form, if the library lacks the first word, with the long form."""
    words = _PLAIN_WORD.findall(text)
    pairs = [f"{word} {following}" for word, following in pairwise(words) if not corpus.has_words(word)]
    if pairs:
        long_forms = {long for _, long in corpus.gazetteer.readings.values() if long.count(" ") == 1}
        for pair in pairs:
            name = nearest(pair, long_forms, 1)
            if name and name.lower() != pair.lower() and len(pair) >= LONG_WORD_LETTERS:
                yield pair, name


def _in_library_spelling(word: str, corpus: Corpus) -> str:
    """Return a word in the other of the British and American spellings if the library has it, else the word itself."""
    spellings = (pattern.sub(letters, word) for pattern, letters in _SPELLINGS)
    return next((one for one in spellings if one != word and corpus.has_words(one)), word)


def _possessive(word: str, corpus: Corpus) -> str:
    """Return the name that a typo with a possessive "s" and no apostrophe most likely means ("nvdias"), or ""."""
    base = word.removesuffix("s")
    if base == word or len(base) < MIN_TYPO_LETTERS:
        return ""
    return nearest(base, corpus.gazetteer.names, 1)


def _nearest(word: str, corpus: Corpus) -> str:
    """Return the name or the word of the library that a typo most likely means, or ""."""
    max_edits = 2 if len(word) >= LONG_WORD_LETTERS else 1
    if near := nearest(word, corpus.gazetteer.names, max_edits):
        return near
    if word.islower():
        return nearest(word, corpus.words_like(word), 1)
    if word.istitle():
        capitalised = [name for name in corpus.words_like(word) if name[0].isupper()]
        return nearest(word, capitalised, max_edits)
    return ""
