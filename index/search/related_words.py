"""The library's words as they are written, with a row each, and how near a passage's words come to a question's.

A term is a stem ("anthrop"), and stems are no words that an encoder has read. So each term has a written form, the one
that the library writes most often, in small letters ("anthropic"), and that form's row. Which one is the most frequent
must not depend on how an index came about; so all forms are kept, with their counts, in the letters that they are
written with: slips of the finger are looked for among them.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from index.search import bm25
from index.search.arrays import Rows, offsets_of, products

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from index.types import Matrix

LONGEST = 30
"""Letters of a word that has a row: longer ones are no words, and an encoder may not read them whole."""

NEAR = 0.35
"""The cosine above which one word earns credit for another.

Of 0.25, 0.35, 0.45 and 0.55, each with a weight of 0.4, 0.5, 0.7 and 1 (`fusion.Weights.related`), 0.35 and 0.7 gained most
on 354 answerable questions of tests/gold/paraphrased (recall@1 +0.035, recall@5 +0.023; all sixteen gained something); what
it gains on others is in tests/benchmarks/README.md, "Related words". An encoder whose cosines lie elsewhere may want
another value.
"""


class Words:
    """How each term of a `Lexical` is written, and the row of its most frequent form."""

    __slots__ = ("_rows", "arrays", "rows")

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Over `arrays`, as `ARRAYS` says; they may be memory-mapped."""
        self.arrays = arrays
        self.rows: NDArray[np.float16] = arrays["rows"]
        """A row for each term, by its id; 0 throughout for one with a digit."""
        self._rows = Rows(self.rows)

    def rows_of(self, terms: NDArray[np.int64]) -> Matrix:
        """The rows of these terms, by their ids: (terms, dimension)."""
        return self._rows[terms]

    def counted(self) -> Counter[str]:
        """Every written form that the passages have, and how often."""
        ends, letters = self.arrays["ends"].tolist(), self.arrays["letters"].tobytes()
        written = [letters[start:stop].decode() for start, stop in pairwise(ends)]
        return Counter(dict(zip(written, self.arrays["counts"].tolist(), strict=True)))


ARRAYS = {
    "letters": np.uint8,  # the written forms in UTF-8, sorted, one behind the other
    "ends": np.int64,  # forms + 1: where each begins in `letters`
    "counts": np.int32,  # how often the passages have it
    "rows": np.float16,  # terms x dimension, by the ids of the lexical index
}
"""The arrays of a `Words` and their types."""


def count(texts: Iterable[str]) -> Counter[str]:
    """The words that can have a row, as they are written, and how often the texts have each.

    >>> sorted(count(["Chips, a chip", "the chip of 2026, an H100"]).items())
    [('Chips', 1), ('chip', 2)]
    """
    words: Counter[str] = Counter()
    for text in texts:
        words.update(bm25.written(text))
    return Counter({word: number for word, number in words.items() if is_word(word)})


def is_word(word: str) -> bool:
    """Whether a word can have a row: it has no digit, for 2025 is no credit for 2026, and is no longer than `LONGEST`.

    >>> is_word("chip"), is_word("h100")
    (True, False)
    """
    return len(word) <= LONGEST and not any(map(str.isdecimal, word))


def forms(counted: Mapping[str, int]) -> dict[str, str]:
    """The written form of each term in small letters: the most frequent one.

    Of equally frequent ones it is the first by code point.

    >>> sorted(forms({"Chip": 1, "chip": 1, "chips": 2, "making": 3, "makes": 1}).items())
    [('chip', 'chip'), ('make', 'making')]
    """
    folded: Counter[str] = Counter()
    for word, number in counted.items():
        folded[bm25.folded(word)] += number
    written = sorted(folded, key=lambda word: (-folded[word], word))
    best: dict[str, str] = {}
    for word, term in zip(written, bm25.stems(written), strict=True):
        best.setdefault(term, word)
    return best


def build(counted: Mapping[str, int], rows: NDArray[np.float16]) -> Words:
    """The words of a library: how often each form is written, and the row of each term."""
    written = sorted(counted)
    letters = [word.encode() for word in written]
    return Words(
        {
            "letters": np.frombuffer(b"".join(letters), np.uint8),
            "ends": offsets_of([len(word) for word in letters]),
            "counts": np.array([counted[word] for word in written], np.int32),
            "rows": rows,
        }
    )


def credit(asked: Matrix, rows: Matrix, places: NDArray[np.int64], offsets: NDArray[np.int64]) -> Matrix:
    """How near each of n passages comes to each of m words, 0 to 1: of shape (m, n).

    A passage's nearest word decides: a cosine of `NEAR` or less is worth 0, one of 1 is worth 1, linearly.

    Args:
        asked: The words' rows, (m, dimension).
        rows: The rows of all words that some passage has.
        places: For each passage, one behind the other, where its words stand in `rows`.
        offsets: n + 1: where each passage begins in `places`.

    >>> rows = np.eye(3, dtype=np.float32)
    >>> credit(rows[:1], rows, np.array([0, 1, 2]), np.array([0, 2, 2, 3])).tolist()
    [[1.0, 0.0, 0.0]]
    """
    earned = np.zeros((len(asked), len(offsets) - 1), np.float32)
    filled = np.flatnonzero(np.diff(offsets))
    if len(filled) and len(asked):
        nearest = np.maximum.reduceat(products(asked, rows)[:, places], offsets[filled], axis=1)
        earned[:, filled] = np.clip((nearest - NEAR) / (1 - NEAR), 0, 1)
    return earned
