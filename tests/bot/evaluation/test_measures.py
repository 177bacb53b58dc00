"""What is counted, over records made by hand."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import pytest

from bot.evaluation.grade import Shown
from bot.evaluation.measures import MEASURES, abstained_at, measure, threshold_answering
from tests.bot.evaluation.records import SIX, record


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
def test_measures_by_hand(name: str, value: float, n: int) -> None:
    """Each measure of the six records."""
    found = measure(name).estimate(SIX)
    assert (found.value, found.n) == (pytest.approx(value), n)
    assert found.low <= found.value <= found.high


def test_an_unanswerable_question_is_of_no_ranking() -> None:
    """What cannot be found is not counted as not found, and nothing is counted where nothing is."""
    assert isnan(measure("recall@5").estimate(SIX[4:]).value)
    assert all(isnan(m.estimate([]).value) for m in MEASURES)


def test_a_threshold_for_a_share_of_the_answerable() -> None:
    """Three of four are answered at 0.6, and then u1 is too; at 0.75 it is not."""
    assert threshold_answering(SIX, 0.75) == 0.6
    assert abstained_at(0.6).estimate(SIX).value == 0.5
    assert abstained_at(0.6, "near miss").estimate(SIX).value == 0.0
    assert abstained_at(0.75, "near miss").estimate(SIX).value == 1.0


def test_what_is_quoted_beside_an_abstention_keeps_the_promises_too() -> None:
    """A quotation there that is not verbatim, does not open or has a loose figure counts as one in an answer does."""
    beside = Shown("a", "H", "S.", False, False, is_verbatim=False, opens=False, numbers=2, unsupported=1)
    abstained = replace(SIX[5], beside=(beside,), nearest=(True, False), loose=2)
    assert (
        measure("verbatim").estimate([abstained]).value == 1 / 2
    )  # of what it would have quoted, and of this
    assert measure("links open").estimate([abstained]).value == 2 / 4
    assert measure("unsupported numbers").estimate([abstained]).value == 3


def test_what_is_abstained_on_at_any_threshold_is_so_at_0() -> None:
    """A rule that abstains has confidence 0, and no threshold answers it."""
    ruled = record("u3", 0.0, rank=-1, threshold=0.0, reason="advice")
    assert abstained_at(0.0).estimate([ruled]).value == 1.0
