"""Metrics: values calculated by hand, and properties that always hold."""

from __future__ import annotations

from math import isnan, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation import statistics

rankings = st.lists(st.integers(0, 20), unique=True, max_size=12)
items = st.sets(st.integers(0, 20), min_size=1, max_size=6)
confidences = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5000001, 0.9, 1.0]), min_size=1, max_size=30)


def test_recall_counts_parts_and_not_alternatives() -> None:
    """The first part has two alternatives in the ranking, the second part is at rank 4."""
    parts = [{1, 2}, {4}]
    assert [statistics.recall([1, 2, 3, 4], parts, k) for k in (1, 3, 4)] == [0.5, 0.5, 1.0]


def test_ndcg_of_relevant_items_at_ranks_2_and_4() -> None:
    """(1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/2): the third relevant item is missing."""
    gained, ideal = 1 / log2(3) + 1 / log2(5), 1 + 1 / log2(3) + 1 / 2
    assert statistics.ndcg([9, 1, 8, 2], {1, 2, 3}, 10) == pytest.approx(gained / ideal)
    assert statistics.ndcg([9, 1, 8, 2], {1, 2, 3}, 2) == pytest.approx(1 / log2(3) / (1 + 1 / log2(3)))


@given(rankings, items, st.integers(1, 12))
def test_ranking_measures_lie_between_0_and_1(ranked: list[int], relevant: set[int], k: int) -> None:
    """They are 1 if all relevant items come first."""
    ideal = [*relevant, *(item for item in ranked if item not in relevant)]
    for value, best in (
        (statistics.recall(ranked, [relevant], k), statistics.recall(ideal, [relevant], k)),
        (statistics.reciprocal_rank(ranked, relevant), statistics.reciprocal_rank(ideal, relevant)),
        (statistics.ndcg(ranked, relevant, k), statistics.ndcg(ideal, relevant, k)),
    ):
        assert 0 <= value <= best
        assert best == pytest.approx(1)


@given(rankings, st.lists(items, min_size=1, max_size=4))
def test_recall_grows_with_k(ranked: list[int], parts: list[set[int]]) -> None:
    found = [statistics.recall(ranked, parts, k) for k in range(13)]
    assert found == sorted(found)


def test_auroc_counts_ties_as_half_a_win() -> None:
    """Of the six pairs of (0.9, 0.5, 0.2) and (0.5, 0.1), four are won, one is lost, one is tied."""
    scores = np.array([0.9, 0.5, 0.2, 0.5, 0.1])
    positive = np.array([True, True, True, False, False])
    assert statistics.aurocs(scores, positive, ~positive, statistics.draws(5, times=0))[0] == pytest.approx(
        4.5 / 6
    )


@given(confidences, st.data())
def test_auroc_equals_the_share_of_won_pairs_in_every_resample(
    scores: list[float], data: st.DataObject
) -> None:
    """A question counts as often as it was drawn; a resample without one of the classes has nan."""
    kinds = st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))
    positive = np.array(data.draw(kinds))
    drawn = statistics.draws(len(scores), times=5)
    found = statistics.aurocs(np.array(scores), positive, ~positive, drawn)
    for value, counts in zip(found, drawn, strict=True):
        pairs = [
            ((a > b) + (a == b) / 2, n * m)
            for a, n, is_positive in zip(scores, counts, positive, strict=True)
            for b, m, other in zip(scores, counts, positive, strict=True)
            if is_positive and not other
        ]
        total = sum(weight for _, weight in pairs)
        assert isnan(value) if not total else value == pytest.approx(sum(w * n for w, n in pairs) / total)


@given(confidences, st.integers(0, 3))
def test_an_interval_is_reproducible_and_within_the_extremes(scores: list[float], seed: int) -> None:
    values, ones = np.array(scores), np.ones(len(scores))
    drawn = statistics.ratios(values, ones, statistics.draws(len(scores), times=200, seed=seed))
    found = statistics.estimate(drawn, len(scores))
    assert found.value == pytest.approx(float(np.mean(values)))
    assert min(scores) - 1e-9 <= found.low <= found.high <= max(scores) + 1e-9
    assert found == statistics.estimate(
        statistics.ratios(values, ones, statistics.draws(len(scores), times=200, seed=seed)), len(scores)
    )


def test_the_interval_of_a_share_is_about_two_standard_errors_wide() -> None:
    """50 of 100: 0.5 plus and minus 1.96 * sqrt(0.25 / 100) = 0.098."""
    values = np.array([1.0, 0.0] * 50)
    found = statistics.estimate(
        statistics.ratios(values, np.ones(100), statistics.draws(100, times=4000)), 100
    )
    assert (found.low, found.high) == pytest.approx((0.402, 0.598), abs=0.01)


def test_a_ratio_without_questions_is_nan() -> None:
    found = statistics.estimate(statistics.ratios(np.zeros(3), np.zeros(3), statistics.draws(3, times=9)), 0)
    assert isnan(found.value)
    assert isnan(
        statistics.estimate(statistics.ratios(np.zeros(0), np.zeros(0), statistics.draws(0)), 0).value
    )


def test_reliability_bins_and_the_calibration_error() -> None:
    """0.95 and 1 came true, 0.9 did not: a share of 2/3 against a mean confidence of 0.95."""
    bins = statistics.reliability([0.95, 1.0, 0.9, 0.1], [True, True, False, False])
    assert [found.n for found in bins] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert (bins[9].confidence, bins[9].share) == (pytest.approx(0.95), pytest.approx(2 / 3))
    assert statistics.calibration_error(bins) == pytest.approx((1 * 0.1 + 3 * (0.95 - 2 / 3)) / 4)


@given(confidences)
def test_every_question_is_in_one_bin(scores: list[float]) -> None:
    """A certain prediction that comes true has no calibration error."""
    bins = statistics.reliability(scores, [score > 0.5 for score in scores], bins=4)
    assert sum(found.n for found in bins) == len(scores)
    assert all(found.low <= found.confidence <= found.high for found in bins if found.n)
    assert statistics.calibration_error(statistics.reliability([0.0, 1.0], [False, True])) == 0


def test_the_curve_has_one_point_per_distinct_confidence_above_0() -> None:
    """A confidence of 0 is never answered."""
    points = statistics.curve([0.8, 0.8, 0.3, 0.0], [True, False, True, True])
    assert [(p.threshold, p.answered, p.right) for p in points] == [(0.8, 0.5, 0.5), (0.3, 0.75, 2 / 3)]


@given(confidences, st.data())
def test_the_band_of_a_curve_has_an_interval_for_each_of_its_points(
    scores: list[float], data: st.DataObject
) -> None:
    """Without resamples the interval is the point itself; with resamples it is the interval of the ratio."""
    right = data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)))
    points = statistics.curve(scores, right)
    alone = statistics.band(scores, right, statistics.draws(len(scores), times=0))
    assert [pair[0] for pair in alone] == pytest.approx([point.right for point in points])
    drawn = statistics.draws(len(scores), times=40)
    for point, pair in zip(points, statistics.band(scores, right, drawn), strict=True):
        answered = np.array([score >= point.threshold for score in scores], float)
        ratio = statistics.estimate(
            statistics.ratios(answered * np.array(right), answered, drawn), len(scores)
        )
        assert pair == pytest.approx((ratio.low, ratio.high))


@given(confidences, st.floats(0.01, 1))
def test_a_threshold_answers_the_share_that_it_was_chosen_for(scores: list[float], share: float) -> None:
    """The next higher confidence answers less."""
    threshold = statistics.threshold_for(scores, share)
    assert sum(score >= threshold for score in scores) >= share * len(scores) - 1e-6
    assert sum(score > threshold for score in scores) < share * len(scores)


def test_a_share_is_not_rounded_up_by_binary_fractions() -> None:
    """0.92 of 25 is 23, although 0.92 * 25 is a little more in binary."""
    assert statistics.threshold_for([i / 100 for i in range(25)], 0.92) == 0.02
