"""Two systems compared, over records made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.evaluation.comparison import Comparison, came_of
from tests.bot.evaluation.records import SIX, record

NOW = (
    record("a1", 0.4, rank=1, right=(True,)),  # right → abstained
    record("a2", 0.8, rank=2, right=(False, True), style="full"),  # as it was
    record("a3", 0.6, rank=1, right=(True,), kind="date", text="New."),  # wrong → right, another sentence
    record("a4", 0.3, rank=4, right=(True,), kind="date"),
    record(
        "u1", 0.7, rank=-1, right=(False,), kind="near miss", document="b"
    ),  # wrong, from another document
    record("u2", 0.1, rank=-1, right=(False,), kind="false premise", contrary=True),
)


def test_changes_are_told_question_by_question_the_worse_first() -> None:
    """What happened, and whether it is better."""
    changes = Comparison("old", "new", SIX, NOW, 0.75).changes()
    assert [(c.after.gold.id, c.what, c.verdict) for c in changes] == [
        ("a1", "answered → abstained", "worse"),
        ("a3", "other sentence", "better"),
        ("u1", "other document", "other"),
    ]
    assert changes[0].told(80) == ("right: a: a1 0", "abstained: not covered")
    assert changes[1].told(80) == ("wrong: a: a3 0", "right: a: New.")


def test_of_two_right_replies_the_one_that_answers_first_is_better() -> None:
    """The right sentence came second, and now it comes first."""
    late, soon = (record("a", 0.9, rank=1, right=right) for right in ((False, True), (True, False)))
    soon = replace(soon, shown=(late.shown[1], late.shown[0]))
    for before, after, verdict in ((late, soon, "better"), (soon, late, "worse")):
        (change,) = Comparison("old", "new", (before,), (after,), 0.9).changes()
        assert change.verdict == verdict


def test_differences_are_of_pairs() -> None:
    """Recall@1 rises by one question in four; the interval is that of the four differences."""
    found = {d.name: d for d in Comparison("old", "new", SIX, NOW, 0.75).differences()}
    rise = found["recall@1"]
    assert (rise.before, rise.after, rise.change.value, rise.change.n) == (0.25, 0.5, 0.25, 4)
    assert (rise.change.low, rise.change.high) == (0.0, pytest.approx(0.75, abs=0.26))
    assert found["answered"].change.value == -0.25
    assert found["recall@10"].change.value == pytest.approx(0.25)
    assert found["verbatim"].change == replace(found["verbatim"].change, value=0, low=0, high=0)


def test_a_system_does_not_differ_from_itself() -> None:
    """Nothing changed, and every interval is a point."""
    same = Comparison("old", "old", SIX, SIX, 0.75)
    assert same.changes() == ()
    assert all((d.change.value, d.change.low, d.change.high) == (0, 0, 0) for d in same.differences())
    assert "0 of 6 replies changed" in same.text()


def test_a_question_that_only_one_of_them_can_answer_is_left_out() -> None:
    """The older one had no place for a1, did not know u2, and took a3 for unanswerable."""
    old = (
        replace(SIX[0], ranking=None),
        SIX[1],
        replace(SIX[2], gold=replace(SIX[2].gold, places=())),
        *SIX[3:5],
    )
    compared = Comparison("old", "new", old, NOW, 0.75)
    assert [pair[1].gold.id for pair in compared.pairs] == ["a2", "a4", "u1"]
    assert "3 questions are left out" in compared.text()


def test_the_page_shows_no_markup_of_a_document_and_has_an_end() -> None:
    """A pull request's comment takes neither a mention nor a row of its own, nor more than 65,536 characters."""
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


def test_what_comes_of_a_reply() -> None:
    """An abstention is silence where nothing answers."""
    assert [came_of(r) for r in SIX] == ["right", "right", "wrong", "abstained", "wrong", "silent"]
