"""The measures of records, calculated by hand."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import pytest

from bot.evaluation.grade import Shown
from bot.evaluation.measures import MEASURES, abstained_at, measure, threshold_answering
from tests.bot.evaluation.graded import SIX, record


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("recall@1", 1 / 4, 4),
        ("recall@5", 3 / 4, 4),
        ("MRR", (1 + 1 / 2 + 0 + 1 / 4) / 4, 4),
        ("sentence@1", 2 / 4, 4),
        ("sentence@3", 3 / 4, 4),
        ("answered", 3 / 4, 4),
        ("answers right", 2 / 4, 4),  # a1, a2 of a1, a2, a3, u1
        ("citation precision", 2 / 5, 3),  # quotations of a1, a2, a3
        ("abstention precision", 1 / 2, 2),  # u2 of a4, u2
        ("abstention recall", 1 / 2, 2),
        ("AUROC", 6 / 8, 6),  # u1 is above a3 and a4
        ("contrary shown", 1.0, 1),
        ("verbatim", 1.0, 6),
        ("links open", 1.0, 6),
        ("unsupported numbers", 0.0, 6),
    ],
)
def test_each_measure_has_the_value_calculated_by_hand(name: str, value: float, n: int) -> None:
    found = measure(name).estimate(SIX)
    assert (found.value, found.n) == (pytest.approx(value), n)
    assert found.low <= found.value <= found.high


def test_ranking_measures_do_not_count_unanswerable_questions() -> None:
    assert isnan(measure("recall@5").estimate(SIX[4:]).value)
    assert all(isnan(m.estimate([]).value) for m in MEASURES)


def test_the_threshold_that_answers_a_share_of_the_answerable_questions() -> None:
    """At 0.6, three of four answerable questions are answered, and so is the unanswerable u1; at 0.75 u1 is not."""
    assert threshold_answering(SIX, 0.75) == 0.6
    assert abstained_at(0.6).estimate(SIX).value == 0.5
    assert abstained_at(0.6).estimate([SIX[4]]).value == 0.0
    assert abstained_at(0.75).estimate([SIX[4]]).value == 1.0


def test_quotations_of_an_abstention_count_in_the_measures_of_the_promises() -> None:
    beside = Shown("a", "H", "S.", False, False, is_verbatim=False, opens=False, numbers=2, unsupported=1)
    abstained = replace(SIX[5], beside=(beside,), nearest=(True, False), loose=2)
    assert (
        measure("verbatim").estimate([abstained]).value == 1 / 2
    )  # the quotation of the withheld answer, and this one
    assert measure("links open").estimate([abstained]).value == 2 / 4
    assert measure("unsupported numbers").estimate([abstained]).value == 3


def test_an_abstention_by_a_rule_counts_at_a_threshold_of_0() -> None:
    """A rule that abstains sets the confidence to 0."""
    ruled = record("u3", 0.0, rank=-1, threshold=0.0, reason="advice")
    assert abstained_at(0.0).estimate([ruled]).value == 1.0
