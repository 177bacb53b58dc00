"""Score fusion: the scores of a passage combined into one number that is comparable between questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.types import Vector


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each score. The first three sum to 1, so a fused score is in [-1, 1].

    The defaults maximise the mean nDCG@10 of evidence passages on the development halves of eight public
    question sets. On the other halves they gain 0.078 over ranking by `dense` alone. `strata eval` measures
    each weight on another library.
    """

    dense: float = 0.25
    sentence: float = 0.45
    coverage: float = 0.30
    related: float = 0.7
    """The highest credit for a question term that a passage lacks, given for the passage's nearest word; 0
    gives no credit.

    Chosen together with `index.search.related_words.MIN_COSINE`.
    """

    expected: float = 0.3
    """The weight of the nearest expected question of a passage's section (see `index.search.expected_questions`)."""

    exact: float = 0.25
    """What a row or an identifier that the question names exactly adds to its passage (see `index.lookup`).

    Chosen so that a row of a table of a hundred similar rows passes the default threshold of confidence.
    """

    @property
    def parts(self) -> dict[str, float]:
        """The weights of the three scores, by name."""
        return {"dense": self.dense, "sentence": self.sentence, "coverage": self.coverage}


def fuse(dense: Vector, sentence: Vector, coverage: Vector, weights: Weights) -> Vector:
    """Return the weighted sum of three scores, each of shape (n,).

    >>> import numpy as np
    >>> fuse(np.array([1.0]), np.array([0.5]), np.array([0.0]), Weights()).round(3).tolist()
    [0.475]
    """
    fused: Vector = weights.dense * dense + weights.sentence * sentence + weights.coverage * coverage
    return fused


def order(scores: Vector, k: int) -> list[int]:
    """Return the positions of the k highest scores, highest first, ties by position.

    >>> import numpy as np
    >>> order(np.array([0.2, 0.9, 0.2, 0.5]), 3)
    [1, 3, 0]
    """
    import numpy as np

    return [int(i) for i in np.argsort(-scores, kind="stable")[:k]]
