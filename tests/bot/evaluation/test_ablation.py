"""Leaving parts out of a policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answer.confidence import Weights
from bot.answer.policy import Policy
from bot.evaluation.ablation import Ablation, parts, without
from bot.question.analysis import Steps
from tests.bot.evaluation.records import SIX, record


def test_the_parts_are_the_policys_own_switches_and_weights() -> None:
    """What is off, weighs nothing or is a constant cannot be left out; limits are no parts."""
    named = set(parts(Policy()))
    assert {
        "question.spelling",
        "ranking.dense",
        "ranking.related",
        "selection.kind",
        "confidence.unknown",
    } <= named
    assert named.isdisjoint({"confidence.bias", "threshold", "margin", "sentences", "nearest"})
    off = Policy(question=Steps(spelling=False), confidence=Weights(unknown=0.0))
    assert set(parts(Policy())) - set(parts(off)) == {"question.spelling", "confidence.unknown"}


@pytest.mark.parametrize("name", parts(Policy()))
def test_a_policy_without_a_part_lacks_it_alone(name: str) -> None:
    """Every part that is named can be left out, and nothing else goes with it."""
    lacking = without(Policy(), name)
    assert set(parts(Policy())) - set(parts(lacking)) == {name}


def test_what_is_left_of_a_score_is_scaled_to_its_old_sum() -> None:
    """Where one of its parts is left out; credit for related words is no part of the sum, nor scaled with it."""
    whole = Policy().ranking
    assert sum(without(Policy(), "ranking.coverage").ranking.parts.values()) == pytest.approx(1)
    assert without(Policy(), "ranking.coverage").ranking.related == whole.related
    assert without(Policy(), "ranking.related").ranking == replace(whole, related=0.0)


def test_what_a_part_is_worth_by_hand() -> None:
    """Without it a1 is found second and the near miss is above all: recall@5 stays, AUROC falls from 6 to 4 of 8."""
    worse = (
        replace(SIX[0], ranking=record("", 0, rank=2).ranking),
        *SIX[1:4],
        replace(SIX[4], confidence=0.95),
        SIX[5],
    )
    found = Ablation(SIX, {"x": worse}, answering=0.75)
    lost = {column.name: column.change.value for column in found.losses(worse)}
    assert lost == {
        "recall@5": 0, "nDCG@10": pytest.approx(-0.5 / 4), "sentence@1": 0, "sentence@3": 0,
        "AUROC": pytest.approx(4 / 8 - 6 / 8), "abstained at 0.75": 0,
    }  # fmt: skip
    head, whole, row = found.table().text().splitlines()[1:4]
    assert head.split()[:3] == ["part", "recall@5", "nDCG@10"]
    assert whole.split()[:2] == ["(nothing)", "0.750"]
    assert row.split()[0] == "x"
    assert set(found.json()) == {"x"}
