"""Scores of one question combined into one rank: pure, bounded, comparable between questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.types import Vector


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each score counts; the first three sum to 1, so that a total lies in [-1, 1].

    Chosen on the development halves of eight public question sets for the mean nDCG@10 of evidence passages,
    and better than plain dense ranking by 0.078 on the halves that chose nothing. `strata eval` shows
    what each is worth on a library of one's own.
    """

    dense: float = 0.25
    sentence: float = 0.45
    coverage: float = 0.30
    related: float = 0.7
    """What a term that a passage lacks counts at most in its coverage, by the nearest word that stands there; 0 is nothing.

    Chosen together with `index.search.related_words.NEAR`, which see.
    """

    @property
    def parts(self) -> dict[str, float]:
        """The weights of the three scores, by name."""
        return {"dense": self.dense, "sentence": self.sentence, "coverage": self.coverage}


def fuse(dense: Vector, sentence: Vector, coverage: Vector, weights: Weights) -> Vector:
    """The weighted sum of three scores, each of shape (n,).

    >>> import numpy as np
    >>> fuse(np.array([1.0]), np.array([0.5]), np.array([0.0]), Weights()).round(3).tolist()
    [0.475]
    """
    fused: Vector = weights.dense * dense + weights.sentence * sentence + weights.coverage * coverage
    return fused


def order(scores: Vector, k: int) -> list[int]:
    """Positions of the k highest scores, best first; of equal ones the earlier first.

    >>> import numpy as np
    >>> order(np.array([0.2, 0.9, 0.2, 0.5]), 3)
    [1, 3, 0]
    """
    import numpy as np

    return [int(i) for i in np.argsort(-scores, kind="stable")[:k]]
