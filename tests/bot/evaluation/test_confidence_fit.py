"""The weights of the confidence, fitted to graded questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.answer.confidence import Features, Weights, probability
from bot.evaluation.confidence_fit import MIN_QUESTIONS, SIGNS, fit, held_out, logistic
from bot.evaluation.gold import Gold
from bot.evaluation.grade import Record, Shown
from bot.evaluation.report import Report

RIGHT = Shown("a", "", "x", True, True, True, True, 0, 0)


def record(number: int, *, is_right: bool, cosine: float, confidence: float = 0.5) -> Record:
    """Return a graded question whose lead sentence has a cosine."""
    shown = RIGHT if is_right else replace(RIGHT, is_place=False, is_entailing=False)
    return Record(
        Gold(f"q-{number}", "Q?", "claim"), None, confidence, 0.4, "", (shown,), 0.0, 0.0, False, (), (), 0,
        Features(0.5, 1.0, 1.0, 0.0, cosine=cosine),
    )  # fmt: skip


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Return questions whose answers are right more often the higher the cosine."""
    drawn = np.random.default_rng(0).uniform(0, 1, (4 * MIN_QUESTIONS, 2)).tolist()
    return [record(n, is_right=chance < cosine, cosine=cosine) for n, (cosine, chance) in enumerate(drawn)]


def test_a_fitted_confidence_is_the_share_of_right_answers(records: list[Record]) -> None:
    """It grows with the feature that tells right answers from wrong ones; features that say nothing have no weight."""
    weights = fit(records)
    assert weights is not None
    assert weights.cosine > 2
    assert weights.score == weights.question == weights.kind == 0.0
    confidences = [probability(r.features, weights) for r in records if r.features]
    assert np.mean(confidences) == pytest.approx(np.mean([r.is_right for r in records]), abs=0.01)


def test_too_few_questions_keep_the_weights(records: list[Record]) -> None:
    """Neither questions on which Strata always abstains nor tables count."""
    assert fit(records[:MIN_QUESTIONS]) is None
    assert fit([replace(r, confidence=0.0) for r in records]) is None
    assert fit([replace(r, features=None) for r in records]) is None
    assert Report("a", tuple(records[:MIN_QUESTIONS]), 0.9).calibrated(0.2).weights is None


def test_a_calibration_has_weights_and_the_shares_of_held_out_questions(records: list[Record]) -> None:
    """A question that is abstained on at every threshold stays so."""
    always = replace(record(999, is_right=False, cosine=0.9), confidence=0.0)
    found = Report("a", (*records, always), 0.9).calibrated(0.2)
    assert found.weights == fit(records)
    shares = dict(found.points)
    assert shares[0.7] < shares[0.0]
    assert held_out([*records, always])["q-999"] == 0.0


def test_a_weight_of_the_wrong_sign_is_left_out() -> None:
    """More evidence is never less probable, whatever the questions say."""
    values = np.array([[0.0], [1.0]] * 50)
    right = np.array([1.0, 0.0] * 50)
    weights, bias = logistic(values, right, np.array([1]))
    assert (weights.tolist(), bias) == ([0.0], 0.0)
    assert logistic(values, right, np.array([0]))[0][0] < 0


def test_the_fitted_features_are_features_with_a_weight() -> None:
    """A typo in the list would fit nothing."""
    assert set(SIGNS) <= set(Weights.__dataclass_fields__) & set(Features.__dataclass_fields__)
