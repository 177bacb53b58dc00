"""Ranking metrics, calibration metrics and bootstrap intervals.

A statistic of a sample of questions is a ratio of two sums (a mean, for example) or an AUROC. Its interval comes from
the percentile bootstrap (Efron and Tibshirani, 1993): the questions are drawn again with replacement, and the statistic
is computed for each resample. `draws` returns how often each question is drawn. Its row 0 is the sample itself, so every
function returns the statistic and its bootstrap values in one array. Two systems that answered the same questions are
compared on the same resamples: the difference of their arrays is a paired bootstrap.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import ceil, isnan, log2
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

RESAMPLES = 1000
"""The number of resamples behind an interval."""

CONFIDENCE_LEVEL = 0.95
"""The share of the resamples inside an interval."""


def recall(ranked: Sequence[int], parts: Sequence[Collection[int]], k: int) -> float:
    """Return recall@k: the share of a question's parts that one of the first k items answers.

    The items of one part are alternatives.

    >>> recall([7, 3, 5], [{3, 4}, {9}], 2)
    0.5
    """
    first = set(ranked[:k])
    return sum(not first.isdisjoint(part) for part in parts) / len(parts)


def reciprocal_rank(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """Return 1 / the rank of the first relevant item; 0 without a relevant item.

    >>> reciprocal_rank([7, 3, 5], {3, 5})
    0.5
    """
    return next((1 / rank for rank, item in enumerate(ranked, start=1) if item in relevant), 0.0)


def ndcg(ranked: Sequence[int], relevant: Collection[int], k: int) -> float:
    """Return nDCG@k with a gain of 1 for each relevant item and a discount of log2(rank + 1).

    The ideal ranking has all relevant items first (Järvelin and Kekäläinen, 2002). Ranked items must be distinct.

    >>> ndcg([7, 3], {3}, 10) == 1 / log2(3)
    True
    """
    gained = sum(1 / log2(rank + 1) for rank, item in enumerate(ranked[:k], start=1) if item in relevant)
    ideal = sum(1 / log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))
    return gained / ideal if ideal else 0.0


@lru_cache(64)
def draws(n: int, times: int = RESAMPLES, seed: int = 0) -> Numbers:
    """Return how often each of n questions is drawn: shape (times + 1, n), each row sums to n, and row 0 is all ones.

    >>> draws(2, times=3)[0].tolist(), draws(5, times=3).sum(axis=1).tolist()
    ([1.0, 1.0], [5.0, 5.0, 5.0, 5.0])
    """
    drawn = np.ones((times + 1, n))
    if n:
        # Counts instead of lists of questions: each statistic of all resamples is one matrix product.
        drawn[1:] = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=times)
    drawn.flags.writeable = False  # the cache returns the same array to every caller
    return drawn


def ratios(numerators: Numbers, denominators: Numbers, drawn: Numbers) -> Numbers:
    """Return the sum of the numerators over the sum of the denominators, both of shape (n,), for each resample.

    A resample whose denominators sum to 0 has nan.

    >>> ratios(np.array([1.0, 0.0, 5.0]), np.array([1.0, 1.0, 0.0]), draws(3, times=0)).tolist()
    [3.0]
    """
    above, below = drawn @ numerators, drawn @ denominators
    shares: Numbers = np.divide(above, below, out=np.full(len(drawn), np.nan), where=below > 0)
    return shares


def aurocs(
    scores: Numbers, positive: NDArray[np.bool_], negative: NDArray[np.bool_], drawn: Numbers
) -> Numbers:
    """Return the probability that a positive question scores above a negative one, for each resample.

    A tie counts as half. A resample without a positive or without a negative question has nan.

    Args:
        scores: Scores of shape (n,).
        positive: True for the positive questions, shape (n,).
        negative: True for the negative questions, shape (n,). A question that is neither does not count.
        drawn: The resamples, of `draws`.

    >>> yes = np.array([True, True, False])
    >>> aurocs(np.array([0.9, 0.3, 0.5]), yes, ~yes, draws(3, times=0)).tolist()
    [0.5]
    """
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] > ordered[:-1]])) if len(order) else order
    ours, theirs = (
        np.add.reduceat(drawn[:, order] * kind[order], starts, axis=1) for kind in (positive, negative)
    )
    # Sorted by score, the negatives below a positive are a running sum; equal scores count half.
    below = np.cumsum(theirs, axis=1) - theirs / 2
    pairs = ours.sum(axis=1) * theirs.sum(axis=1)
    wins = (ours * below).sum(axis=1)
    chances: Numbers = np.divide(wins, pairs, out=np.full(len(drawn), np.nan), where=pairs > 0)
    return chances


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic, its interval and its number of questions; nan without questions."""

    value: float
    low: float
    high: float
    n: int

    @property
    def is_clear(self) -> bool:
        """Return True if the interval excludes 0, so that a difference is clear."""
        return self.low > 0 or self.high < 0

    def json(self) -> dict[str, float | int | None]:
        """Return the estimate in the JSON form.

        >>> Estimate(float("nan"), 0.0, 0.5, 0).json()
        {'value': None, 'low': 0.0, 'high': 0.5, 'n': 0}
        """
        return {key: json_number(value) for key, value in asdict(self).items()}


def json_number(value: float) -> float | None:
    """Return a number as JSON can hold it: None for nan."""
    return None if isnan(value) else value


def estimate(values: Numbers, n: int) -> Estimate:
    """Return the estimate of an array that holds the value of the sample and then those of the resamples.

    >>> estimate(np.array([0.5, 0.25, 0.25, 0.75]), 9)
    Estimate(value=0.5, low=0.25, high=0.725, n=9)
    """
    drawn = values[1:][~np.isnan(values[1:])]
    # Without a single valid resample there is no interval, so both ends are the value itself.
    if not len(drawn):
        return Estimate(float(values[0]), float(values[0]), float(values[0]), n)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2])
    return Estimate(float(values[0]), float(low), float(high), n)


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions with a confidence in [low, high); the last bin includes 1."""

    low: float
    high: float
    n: int
    confidence: float
    """The mean confidence; nan without questions."""
    share: float
    """The share of the questions whose prediction came true; nan without questions."""


def reliability(confidences: Sequence[float], came_true: Sequence[bool], bins: int = 10) -> tuple[Bin, ...]:
    """Return predicted probabilities against the share that came true, in bins of equal width.

    >>> reliability([0.9, 0.7, 0.1], [True, False, False], bins=2)[1]
    Bin(low=0.5, high=1.0, n=2, confidence=0.8, share=0.5)
    """
    found = []
    places = [min(int(confidence * bins), bins - 1) for confidence in confidences]
    for place in range(bins):
        inside = [i for i, other in enumerate(places) if other == place]
        mean = sum(confidences[i] for i in inside) / len(inside) if inside else float("nan")
        share = sum(came_true[i] for i in inside) / len(inside) if inside else float("nan")
        found.append(Bin(place / bins, (place + 1) / bins, len(inside), mean, share))
    return tuple(found)


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: the mean gap of confidence and share, weighted by questions (Guo et al., 2017).

    >>> round(calibration_error(reliability([0.9, 0.7, 0.1], [True, False, False], bins=2)), 3)
    0.233
    """
    n = sum(found.n for found in bins)
    return sum(found.n * abs(found.confidence - found.share) for found in bins if found.n) / n if n else 0.0


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The coverage and the precision of answering every question with at least this confidence."""

    threshold: float
    answered: float
    """The share of all questions that are answered."""
    right: float
    """The share of the answers that are right."""


def curve(confidences: Sequence[float], right: Sequence[bool]) -> tuple[OperatingPoint, ...]:
    """Return coverage against precision: one point for each distinct confidence, the highest first.

    A confidence of 0 means that no threshold answers the question.

    >>> curve([0.9, 0.5, 0.0], [True, False, False])[-1]
    OperatingPoint(threshold=0.5, answered=0.6666666666666666, right=0.5)
    """
    ordered = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    points, good = [], 0
    for count, (confidence, is_right) in enumerate(ordered, start=1):
        good += is_right
        is_last = count == len(ordered) or ordered[count][0] < confidence
        if confidence > 0 and is_last:
            points.append(OperatingPoint(confidence, count / len(ordered), good / count))
    return tuple(points)


def band(
    confidences: Sequence[float], right: Sequence[bool], drawn: Numbers
) -> tuple[tuple[float, float], ...]:
    """Return the interval (low, high) of `right` at each point of `curve`.

    >>> band([0.9, 0.5, 0.0], [True, False, False], draws(3, times=0))
    ((1.0, 1.0), (0.5, 0.5))
    """
    order = np.argsort(-np.asarray(confidences), kind="stable")
    ordered = np.asarray(confidences)[order]
    ends = np.flatnonzero((ordered > 0) & np.append(ordered[1:] < ordered[:-1], True))
    answered = np.cumsum(drawn[:, order], axis=1)[:, ends]
    good = np.cumsum((drawn * np.asarray(right))[:, order], axis=1)[:, ends]
    shares = np.divide(good, answered, out=np.full(answered.shape, np.nan), where=answered > 0)
    found = [estimate(column, len(ordered)) for column in shares.T]
    return tuple((point.low, point.high) for point in found)


def threshold_for(confidences: Sequence[float], share: float) -> float:
    """Return the highest threshold at which at least this share is answered; 0 without confidences.

    >>> threshold_for([0.9, 0.5, 0.4, 0.1], 0.7)
    0.4
    """
    if not confidences:
        return 0.0
    needed = max(1, ceil(share * len(confidences) - 1e-9))  # 0.92 of 25 is 23, though 0.92 * 25 > 23
    return sorted(confidences, reverse=True)[needed - 1]
