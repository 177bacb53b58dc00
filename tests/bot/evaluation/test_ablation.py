"""Policies without a part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answer.confidence import Weights
from bot.answer.policy import Policy
from bot.evaluation.ablation import Ablation, parts, without
from bot.question.analysis import Steps
from tests.bot.evaluation.graded import SIX, record


def test_the_parts_are_the_switches_and_weights_of_the_policy() -> None:
    """A switch that is off, a weight of 0, a constant and a limit are not parts."""
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
def test_leaving_a_part_out_leaves_the_others_in(name: str) -> None:
    changed = without(Policy(), name)
    assert set(parts(Policy())) - set(parts(changed)) == {name}


def test_the_other_weights_of_a_score_are_scaled_to_the_old_sum() -> None:
    """The weight of related words is not in the sum and is not scaled."""
    full = Policy().ranking
    assert sum(without(Policy(), "ranking.coverage").ranking.parts.values()) == pytest.approx(1)
    assert without(Policy(), "ranking.coverage").ranking.related == full.related
    assert without(Policy(), "ranking.related").ranking == replace(full, related=0.0)


def test_the_differences_without_a_part() -> None:
    """Without the part, a1 is found second and the near miss has the highest confidence: AUROC falls from 6/8 to 4/8."""
    worse = (
        replace(SIX[0], ranking=record("", 0, rank=2).ranking),
        *SIX[1:4],
        replace(SIX[4], confidence=0.95),
        SIX[5],
    )
    found = Ablation(SIX, {"x": worse}, answering=0.75)
    changes = {column.name: column.change.value for column in found.differences(worse)}
    assert changes == {
        "recall@5": 0, "nDCG@10": pytest.approx(-0.5 / 4), "sentence@1": 0, "sentence@3": 0,
        "AUROC": pytest.approx(4 / 8 - 6 / 8), "abstained at 0.75": 0,
    }  # fmt: skip
    head, full, row = found.table().text().splitlines()[1:4]
    assert head.split()[:3] == ["part", "recall@5", "nDCG@10"]
    assert full.split()[:2] == ["(nothing)", "0.750"]
    assert row.split()[0] == "x"
    assert set(found.json()) == {"x"}
