"""Related words: the library's word forms, an embedding per term, and the credit of similar words.

An encoder has read words, not stems. So each term ("anthrop") has a word form, the most frequent word in
lower case that has this term ("anthropic"), and the embedding of that form. All forms are kept with their
counts, so that an incremental build chooses the same form as a full build. Spelling correction searches the
same forms, with their capitals.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from index.search.arrays import HalfPrecisionRows, offsets_of, product
from index.text import tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from index.types import Matrix

MAX_WORD_CHARS = 30
"""Longest word that gets an embedding. Longer tokens are not words, and an encoder may not read them
whole."""

MIN_COSINE = 0.35
"""Cosine above which a word earns credit for another.

Chosen together with `fusion.Weights.related`: 0.35 and 0.7 maximise recall@1 and recall@5 on 354 answerable
questions of tests/gold/paraphrased, of the grid 0.25, 0.35, 0.45, 0.55 by 0.4, 0.5, 0.7, 1. The gain on other
questions is in tests/benchmarks/README.md, "Related words". An encoder with another range of cosines may need
another value.
"""


class Words:
    """The word forms of the library with their counts, and the embedding of each term of a `Lexical`."""

    __slots__ = ("_rows", "arrays", "rows")

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Wrap arrays as `ARRAYS` describes them; they may be memory-mapped."""
        self.arrays = arrays
        self.rows: NDArray[np.float16] = arrays["rows"]
        """The embedding of each term, by term id; all zeros for a term without a word form."""
        self._rows = HalfPrecisionRows(self.rows)

    def rows_of(self, terms: NDArray[np.int64]) -> Matrix:
        """Return the embeddings of the terms with these ids, shape (terms, dimension)."""
        return self._rows[terms]

    def counted(self) -> Counter[str]:
        """Return every word form, with its capitals, and how often the passages have it."""
        ends, letters = self.arrays["ends"].tolist(), self.arrays["letters"].tobytes()
        forms = [letters[start:stop].decode() for start, stop in pairwise(ends)]
        return Counter(dict(zip(forms, self.arrays["counts"].tolist(), strict=True)))


ARRAYS = {
    "letters": np.uint8,  # the word forms in UTF-8, sorted, without separators
    "ends": np.int64,  # forms + 1: where each form starts in `letters`
    "counts": np.int32,  # occurrences of each form in the passages
    "rows": np.float16,  # terms x dimension, by the term ids of the lexical index
}
"""The arrays of a `Words` and their types."""


def count(texts: Iterable[str]) -> Counter[str]:
    """Return the words of the texts that can have an embedding, with their capitals, and how often they occur.

    >>> sorted(count(["Chips, a chip", "the chip of 2026, an H100"]).items())
    [('Chips', 1), ('chip', 2)]
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(tokenizer.tokens(text))
    return Counter({word: number for word, number in counts.items() if is_word(word)})


def is_word(word: str) -> bool:
    """Return whether a word can have an embedding: it has no digit and at most `MAX_WORD_CHARS` characters.

    Words with digits must match exactly: 2025 earns no credit for 2026.

    >>> is_word("chip"), is_word("h100")
    (True, False)
    """
    return len(word) <= MAX_WORD_CHARS and not any(map(str.isdecimal, word))


def forms(counts: Mapping[str, int]) -> dict[str, str]:
    """Return the word form of each term: the most frequent word in lower case, ties by code point.

    >>> sorted(forms({"Chip": 1, "chip": 1, "chips": 2, "making": 3, "makes": 1}).items())
    [('chip', 'chip'), ('make', 'making')]
    """
    lower_counts: Counter[str] = Counter()
    for word, number in counts.items():
        lower_counts[tokenizer.fold_case(word)] += number
    words = sorted(lower_counts, key=lambda word: (-lower_counts[word], word))
    best: dict[str, str] = {}
    for word, term in zip(words, tokenizer.stem(words), strict=True):
        best.setdefault(term, word)
    return best


def build(counts: Mapping[str, int], rows: NDArray[np.float16]) -> Words:
    """Build the `Words` of a library from the count of each word form and the embedding of each term."""
    words = sorted(counts)
    letters = [word.encode() for word in words]
    return Words(
        {
            "letters": np.frombuffer(b"".join(letters), np.uint8),
            "ends": offsets_of([len(word) for word in letters]),
            "counts": np.array([counts[word] for word in words], np.int32),
            "rows": rows,
        }
    )


def credit(asked: Matrix, rows: Matrix, places: NDArray[np.int64], offsets: NDArray[np.int64]) -> Matrix:
    """Return how similar each of n passages is to each of m words, from 0 to 1, shape (m, n).

    The most similar word of a passage decides. Its cosine is scaled linearly from `MIN_COSINE`, which gives
    0, to 1.

    Args:
        asked: The embeddings of the m words, shape (m, dimension).
        rows: The embeddings of all words of the passages.
        places: The rows in `rows` of each passage's words, one passage after the other.
        offsets: n + 1 offsets: where each passage starts in `places`.

    >>> rows = np.eye(3, dtype=np.float32)
    >>> credit(rows[:1], rows, np.array([0, 1, 2]), np.array([0, 2, 2, 3])).tolist()
    [[1.0, 0.0, 0.0]]
    """
    earned = np.zeros((len(asked), len(offsets) - 1), np.float32)
    filled = np.flatnonzero(np.diff(offsets))
    if len(filled) and len(asked):
        nearest = np.maximum.reduceat(product(asked, rows)[:, places], offsets[filled], axis=1)
        earned[:, filled] = np.clip((nearest - MIN_COSINE) / (1 - MIN_COSINE), 0, 1)
    return earned
