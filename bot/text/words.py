"""Word forms and the nearest word: what spelling correction needs."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_WORD_LETTERS = 30
"""A longer word is neither a compound nor a typo."""

_ENDING = re.compile(
    r"(?<=\w\w)(?:ing|ed|er|est|e?s|ly)$"
)  # "selling", "fell-ed", "larger", "largest", "prices", "sharply"


def contains(text: str, words: str) -> bool:
    """Return whether a text contains these words as whole words, in any case.

    >>> contains("Anthropic Claude", "claude"), contains("Anthropic", "Anth")
    (True, False)
    """
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE))


def bases(word: str) -> tuple[str, ...]:
    """Return the word and the possible base forms that remain without its ending.

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
    """Group words by their first letter in lower case: `nearest` compares only words that begin alike.

    >>> by_letter(["Nvidia", "net", "Micron"])
    {'n': ('Nvidia', 'net'), 'm': ('Micron',)}
    """
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[0].lower(), []).append(word)
    return {letter: tuple(group) for letter, group in groups.items()}


def nearest(word: str, words: Iterable[str], max_edits: int) -> str:
    """Return the closest of the words that begin with the same letter, or "" if none is within `max_edits`.

    An edit inserts, deletes or changes a letter, or swaps two neighbours (optimal string alignment distance). Of equally
    close words the first in the alphabet is returned.

    >>> nearest("nvidai", {"Nvidia", "Micron"}, 1), nearest("cohere", {"Oracle"}, 2)
    ('Nvidia', '')
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    lowered = word.lower()
    alike = {
        near: near.lower()
        for near in words
        if near[:1].lower() == lowered[0] and abs(len(near) - len(word)) <= max_edits
    }
    found = process.extract(lowered, alike, scorer=OSA.distance, score_cutoff=max_edits, limit=None)
    return min(((distance, near) for _, distance, near in found), default=(0, ""))[1]
