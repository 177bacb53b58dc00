"""Unknown lower-case words: names that neither the library nor an English dictionary has."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bot.text.words import MAX_WORD_LETTERS, bases, by_letter, nearest

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus

MIN_NAME_LETTERS = 5
"""Letters of the shortest word that may be a name; shorter unknown words are mostly chat abbreviations."""
MAX_UNKNOWN_WORDS = 8
"""A text with more unknown words is not a question in English."""
MIN_ENGLISH_SHARE = 0.6
"""The share of English words among the other words that makes a text English; elsewhere every word would be unknown."""


@cache
def english_words() -> frozenset[str]:
    """Return symspellpy's 82,834 English words in lower case, with inflections and without names.

    Reading the list takes 30 ms, so it happens when a question first has an unknown word.
    """
    from importlib.resources import files

    listed = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
    return frozenset(line.split()[0] for line in listed.splitlines() if line.strip())


@cache
def _english_by_letter() -> dict[str, tuple[str, ...]]:
    return by_letter(english_words())


def is_english(word: str) -> bool:
    """Return whether a lower-case word, or one of its base forms, is in the dictionary.

    >>> is_english("pricier"), is_english("qualcomm")
    (True, False)
    """
    return not english_words().isdisjoint(bases(word))


def unknown_words(text: str, corpus: Corpus) -> list[str]:
    """Return the lower-case words of an English text that neither the library nor the dictionary has: mostly names.

    Typos of known words and compounds of two English words of the library are left out.
    """
    lower = [word for word in text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split() if word.islower()]
    lower = [plain for word in lower if (plain := word.strip(",.;:!?()\"'").removesuffix("'s")).isalpha()]
    long = [word for word in dict.fromkeys(lower) if MIN_NAME_LETTERS <= len(word) <= MAX_WORD_LETTERS]
    unknown = [
        word
        for word in long
        if not corpus.knows_name(word) and not corpus.is_common_inflection(word) and not is_english(word)
    ]
    if not 0 < len(unknown) <= MAX_UNKNOWN_WORDS:
        return []
    others = [word for word in lower if word.removesuffix("'s") not in unknown]
    if sum(map(english_words().__contains__, others)) < MIN_ENGLISH_SHARE * len(others):
        return []
    pronounceable = [word for word in unknown if any(c in "aeiouy" for c in word)]
    return [word for word in pronounceable if not _is_compound(word, corpus) and not _is_typo(word, corpus)]


def _is_compound(word: str, corpus: Corpus) -> bool:
    """Return whether a word is two English words of the library written as one."""
    cuts = [(word[:cut], word[cut:]) for cut in range(4, len(word) - 3)]
    return any(all(map(corpus.knows_name, cut)) and all(map(is_english, cut)) for cut in cuts)


def _is_typo(word: str, corpus: Corpus) -> bool:
    """Return whether a word is close to a word of the dictionary or of the library."""
    max_edits = 2 if len(word) >= 8 else 1
    alike = (_english_by_letter().get(word[0], ()), corpus.words_like(word))
    return any(nearest(word, words, max_edits) for words in alike)
