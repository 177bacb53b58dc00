"""Comparisons of records with known measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.evaluation.comparison import Comparison, kind_of_reply
from tests.bot.evaluation.graded import SIX, record

NOW = (
    record("a1", 0.4, rank=1, right=(True,)),  # right → abstained
    record("a2", 0.8, rank=2, right=(False, True), style="full"),  # unchanged
    record("a3", 0.6, rank=1, right=(True,), kind="date", text="New."),  # wrong → right, another sentence
    record("a4", 0.3, rank=4, right=(True,), kind="date"),
    record(
        "u1", 0.7, rank=-1, right=(False,), kind="near miss", document="b"
    ),  # wrong, from another document
    record("u2", 0.1, rank=-1, right=(False,), kind="false premise", contrary=True),
)


def test_changes_are_listed_by_question_with_the_worse_ones_first() -> None:
    changes = Comparison("old", "new", SIX, NOW, 0.75).changes()
    assert [(c.after.gold.id, c.what, c.verdict) for c in changes] == [
        ("a1", "answered → abstained", "worse"),
        ("a3", "other sentence", "better"),
        ("u1", "other document", "other"),
    ]
    assert changes[0].summaries(80) == ("right: a: a1 0", "abstained: not covered")
    assert changes[1].summaries(80) == ("wrong: a: a3 0", "right: a: New.")


def test_between_two_right_answers_the_one_with_the_right_sentence_first_is_better() -> None:
    late, soon = (record("a", 0.9, rank=1, right=right) for right in ((False, True), (True, False)))
    soon = replace(soon, shown=(late.shown[1], late.shown[0]))
    for before, after, verdict in ((late, soon, "better"), (soon, late, "worse")):
        (change,) = Comparison("old", "new", (before,), (after,), 0.9).changes()
        assert change.verdict == verdict


def test_the_interval_of_a_difference_comes_from_pairs() -> None:
    found = {d.name: d for d in Comparison("old", "new", SIX, NOW, 0.75).differences()}
    rise = found["recall@1"]
    assert (rise.before, rise.after, rise.change.value, rise.change.n) == (0.25, 0.5, 0.25, 4)
    assert (rise.change.low, rise.change.high) == (0.0, pytest.approx(0.75, abs=0.26))
    assert found["answered"].change.value == -0.25
    assert found["recall@10"].change.value == pytest.approx(0.25)
    assert found["verbatim"].change == replace(found["verbatim"].change, value=0, low=0, high=0)


def test_a_system_does_not_differ_from_itself() -> None:
    same = Comparison("old", "old", SIX, SIX, 0.75)
    assert same.changes() == ()
    assert all((d.change.value, d.change.low, d.change.high) == (0, 0, 0) for d in same.differences())
    assert "0 of 6 replies changed" in same.text()


def test_a_question_that_only_one_system_can_answer_is_left_out() -> None:
    """The older system has no place for a1, does not have u2, and has a3 as unanswerable."""
    old = (
        replace(SIX[0], ranking=None),
        SIX[1],
        replace(SIX[2], gold=replace(SIX[2].gold, places=())),
        *SIX[3:5],
    )
    compared = Comparison("old", "new", old, NOW, 0.75)
    assert [pair[1].gold.id for pair in compared.pairs] == ["a2", "a4", "u1"]
    assert "3 questions are left out" in compared.text()


def test_the_page_escapes_markup_and_is_short_enough_for_a_comment() -> None:
    """A comment on GitHub takes 65,536 characters, and would notify whoever a document mentions."""
    many = [f"q{n}" for n in range(200)]
    before = tuple(
        record(id, 0.9, rank=1, right=(True,), text="@everyone | <b>\n" + "x" * 300) for id in many
    )
    after = tuple(record(id, 0.1, rank=1, right=(True,)) for id in many)
    page = Comparison("old", "new", before, after, 0.9).markdown()
    assert "@everyone" not in page
    assert "<b>" not in page
    assert "… and 140 more" in page
    assert len(page) < 40_000


def test_an_abstention_on_an_unanswerable_question_is_silent() -> None:
    assert [kind_of_reply(r) for r in SIX] == ["right", "right", "wrong", "abstained", "wrong", "silent"]
