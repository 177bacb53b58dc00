"""English words, to tell a name that is written in small letters from a word that is merely rare."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache

from bot.corpus.gazetteer import LONGEST, bases, by_letter, nearest

LEAST = 5
"""Letters of a word that may be a name; shorter ones are too often what people abbreviate in a chat."""
MOST = 8
"""Names that a text may have which nobody knows; one of more is no question in English."""
ENGLISH = 0.6
"""The share of English words, of those that are not strange, from which a text is English; elsewhere every word would be strange."""


@cache
def words() -> frozenset[str]:
    """English words in small letters and their inflections, without names: the 82,834 of symspellpy.

    Read in 30 ms when a question first has a word that nobody knows.
    """
    from importlib.resources import files

    listed = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
    return frozenset(line.split()[0] for line in listed.splitlines() if line.strip())


@cache
def _beginning() -> dict[str, tuple[str, ...]]:
    """The same by their first letter."""
    return by_letter(words())


def is_english(word: str) -> bool:
    """Whether a word in small letters is in the dictionary, inflected or not.

    >>> is_english("pricier"), is_english("qualcomm")
    (True, False)
    """
    return not words().isdisjoint(bases(word))


def strangers(
    text: str,
    known: Callable[[str], bool],
    ordinary: Callable[[str], bool],
    vocabulary: Callable[[str], Collection[str]],
) -> list[str]:
    """The words in small letters of an English text that neither a library nor the dictionary has: mostly names.

    Those that are near to a word of either are slips of the finger and no names, and neither is one made of two English
    words of the library. `known` tells whether the library has a word, `ordinary` whether the encoder has it whole, and
    `vocabulary` gives the library's words that begin with a letter.

    >>> chips = {"data", "centre", "chips"}.__contains__
    >>> strangers("when did tencent recieve chips for its datacentre", chips, lambda _: False, lambda _: ())
    ['tencent']
    """
    small = [word for word in text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split() if word.islower()]
    small = [plain for word in small if (plain := word.strip(",.;:!?()\"'").removesuffix("'s")).isalpha()]
    told = [word for word in dict.fromkeys(small) if LEAST <= len(word) <= LONGEST]
    unknown = [word for word in told if not known(word) and not ordinary(word) and not is_english(word)]
    others = [word for word in small if word.removesuffix("'s") not in unknown]
    if not 0 < len(unknown) <= MOST or sum(map(words().__contains__, others)) < ENGLISH * len(others):
        return []

    def compound(word: str) -> bool:
        cuts = [(word[:cut], word[cut:]) for cut in range(4, len(word) - 3)]
        return any(all(map(known, cut)) and all(map(is_english, cut)) for cut in cuts)

    def slip(word: str) -> bool:
        most = 2 if len(word) >= 8 else 1
        alike = (_beginning().get(word[0], ()), vocabulary(word[0]))
        return any(nearest(word, those, most) for those in alike)

    unknown = [word for word in unknown if any(c in "aeiouy" for c in word)]
    return [word for word in unknown if not compound(word) and not slip(word)]
