"""The weights of the confidence, fitted to graded gold questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from bot.answer.confidence import Weights, probability
from bot.evaluation.grade import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SIGNS = {
    "question": 1,
    "question_lead": 1,
    "cosine": 1,
    "margin": 1,
    "entity": 1,
    "attribute": 1,
    "kind": 1,
}
"""The features that are fitted, with the sign of their weight: more evidence is never less probable. 0 leaves the sign open.

The other features of the best passage gained nothing beside them (bot/evaluation/README.md, "Calibrate").
"""

MIN_QUESTIONS = 100
"""The fewest questions with right answers, and with wrong answers, to fit weights to."""
FOLDS = 5
"""The parts of the questions that are held out in turn."""
RIDGE = 2.0
"""The penalty on the squares of standardised weights."""
_STEPS = 25


def fit(records: Sequence[Record]) -> Weights | None:
    """Return the weights that predict best which answers are right; None with too few questions.

    Questions on which Strata abstains at every threshold are left out.
    """
    used = [record for record in records if record.features is not None and record.confidence > 0]
    right = np.array([record.is_right for record in used], float)
    if min(right.sum(), len(right) - right.sum()) < MIN_QUESTIONS:
        return None
    values = np.array([[getattr(record.features, name) for name in SIGNS] for record in used])
    weights, bias = logistic(values, right, np.array([*SIGNS.values()]))
    zeros = dict.fromkeys(asdict(Weights()), 0.0)
    return Weights(**zeros | dict(zip(SIGNS, weights.tolist(), strict=True)) | {"bias": bias})


def held_out(records: Sequence[Record]) -> dict[str, float]:
    """Return the confidence of each question under weights that were fitted to the other folds, by the question's id."""
    found = {}
    for fold in range(FOLDS):
        weights = fit([record for record in records if _fold(record) != fold])
        for record in records:
            if weights is not None and _fold(record) == fold and record.features is not None:
                found[record.gold.id] = probability(record.features, weights) if record.confidence else 0.0
    return found


def _fold(record: Record) -> int:
    return sha256(record.gold.id.encode()).digest()[1] % FOLDS


def logistic(values: Numbers, right: Numbers, signs: Numbers) -> tuple[Numbers, float]:
    """Return the weights and the bias of a logistic model with a ridge penalty, fitted by Newton's method.

    A weight of the wrong sign is set to 0, the worst first, and the others are fitted again.

    Args:
        values: The features of n questions, shape (n, k).
        right: 1 for a right answer, else 0, shape (n,).
        signs: The sign of each weight, or 0, shape (k,).

    >>> x = np.array([[0.0, 3.0], [1.0, 2.0], [2.0, 1.0], [3.0, 0.0]])
    >>> weights, _ = logistic(x, np.array([0.0, 0.0, 1.0, 1.0]), np.array([1, 1]))
    >>> bool(weights[0] > 0), float(weights[1])
    (True, 0.0)
    """
    mean, spread = values.mean(axis=0), values.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    standard = np.column_stack([(values - mean) / spread, np.ones(len(values))])
    free = np.ones(standard.shape[1], bool)
    signs = np.append(signs, 0)
    while True:
        found = _newton(standard, right, free)
        wrong = found * signs
        if wrong.min() >= 0:
            break
        free[wrong.argmin()] = False
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ mean)


def _newton(standard: Numbers, right: Numbers, free: NDArray[np.bool_]) -> Numbers:
    """Return the weights of standardised features; weights that are not free stay 0. The last column is the bias."""
    used = standard[:, free]
    penalty = np.eye(used.shape[1]) * RIDGE
    penalty[-1, -1] = 0.0
    weights = np.zeros(used.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-used @ weights))
        slope = used.T @ (chance - right) + penalty @ weights
        curvature = (used.T * (chance * (1 - chance))) @ used + penalty
        weights = weights - np.linalg.solve(curvature, slope)
    found = np.zeros(standard.shape[1])
    found[free] = weights
    return found
