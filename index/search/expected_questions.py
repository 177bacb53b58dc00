"""The score of expected questions: the similarity of a question to the questions that editors expect for a section.

A section without expected questions must not rank below sections that have some. So the cosine of a section counts
relative to an average section with the same score by passage, sentences and words, which is read from a straight line
through the candidates that have questions. Nothing is added to the score of a section without expected questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from index.search.arrays import HalfPrecisionRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.types import Vector


def nearest_questions(vector: Vector, rows: HalfPrecisionRows, spans: NDArray[np.int64]) -> Vector:
    """Return for each of n passages the highest cosine to an expected question of its section, shape (n,).

    NaN stands for a section without expected questions.

    Args:
        vector: The embedding of the question.
        rows: The embeddings of the expected questions.
        spans: For each passage its first question and the question after its last, shape (n, 2).
    """
    nearest = np.full(len(spans), np.nan, np.float32)
    has = np.flatnonzero(spans[:, 0] < spans[:, 1])
    if len(has):
        lengths = spans[has, 1] - spans[has, 0]
        ends = np.cumsum(lengths)
        cosines = rows[np.repeat(spans[has, 0] - (ends - lengths), lengths) + np.arange(ends[-1])] @ vector
        nearest[has] = np.maximum.reduceat(cosines, ends - lengths)
    return nearest


def relative(nearest: Vector, scores: Vector) -> Vector:
    """Return the cosines relative to those of average sections, and 0 for sections without questions.

    >>> relative(np.array([0.9, 0.5, np.nan]), np.array([0.5, 0.5, 0.5])).round(2).tolist()
    [0.2, -0.2, 0.0]
    """
    has = ~np.isnan(nearest)
    found: Vector = np.zeros_like(nearest)
    found[has] = nearest[has] - _line(scores[has], nearest[has])
    return found


_MIN_SPREAD = 1e-6
"""The smallest sum of squared differences of scores through which a line is drawn."""


def _line(scores: Vector, nearest: Vector) -> Vector:
    """Return the values of a least-squares line through (score, cosine) at these scores."""
    centred = scores - scores.mean()
    spread = float(centred @ centred)
    slope = float(centred @ nearest) / spread if spread > _MIN_SPREAD else 0.0
    line: Vector = nearest.mean() + np.float32(slope) * centred
    return line
