"""An encoder whose neighbours can be foreseen: texts are near when they share words."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from index.errors import EncoderError
from index.types import EncoderId

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from index.types import Matrix, Vector

DIMENSION = 256
BATCH = 32


class BagOfWords:
    """Counts words in 256 buckets and scales the counts to length 1.

    The bucket of a word comes from a hash that is the same in every process; a text without words gets one.
    `encoded` keeps every text that was encoded, in order, so that a test can say what was encoded again.
    """

    def __init__(self, name: str = "bag-of-words", max_tokens: int = 256) -> None:
        self.id = EncoderId(name, hashlib.sha256(name.encode()).hexdigest(), DIMENSION, max_tokens)
        self.encoded: list[str] = []
        self.warmed = False

    def warm(self) -> None:
        """There is nothing to load."""
        self.warmed = True

    def count(self, text: str) -> int:
        """The words of the text, a start mark and an end mark."""
        return len(words(text)) + 2

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Matrix:
        """Unit rows in the order given; raises EncoderError for a text above the limit."""
        for text in texts:
            if self.count(text) > self.id.max_tokens:
                raise EncoderError(f"a text of {self.count(text)} tokens is above {self.id.max_tokens}")
        self.encoded.extend(texts)
        rows = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in words(text) or [""]:
                row[bucket(word)] += 1
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        if progress:
            for start in range(0, len(texts), BATCH):
                progress(len(texts[start : start + BATCH]))
        return rows

    def encode_question(self, question: str) -> Vector:
        """The unit row of a question; one above the limit is cut there."""
        row = np.zeros(DIMENSION, np.float32)
        for word in words(question)[: self.id.max_tokens - 2] or [""]:
            row[bucket(word)] += 1
        return row / np.linalg.norm(row)

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """A row for each word: it has all of them whole."""
        return np.array([self.encode_question(word) for word in words], np.float32).reshape(-1, DIMENSION)

    def is_word(self, text: str) -> bool:
        """Only a single letter is ordinary: what the library lacks is unknown."""
        return len(text) == 1


def words(text: str) -> list[str]:
    """Lower-case runs of letters and digits.

    >>> words("Anthropic's 9 GW")
    ['anthropic', 's', '9', 'gw']
    """
    return re.findall(r"\w+", text.lower())


def bucket(word: str) -> int:
    """Where a word is counted: 0 to 255, the same in every process.

    >>> bucket("gpu") == bucket("gpu")
    True
    """
    return hashlib.blake2b(word.encode(), digest_size=1).digest()[0]
