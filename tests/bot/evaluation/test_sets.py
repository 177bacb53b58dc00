"""Grades of replies to questions for sets: all entries right, none wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import GoldError
from bot.evaluation import gold, sets
from bot.types import Abstention, Answer, Citation, Quote, Table, TableRow

FILE = """- id: s-1
  question: rank the labs by revenue
  today: 2026-12-01
  shape: rank
  entries:
    - {entity: Acme, value: "$65 billion", date: 2026-07, document: labs}
    - {entity: "Bolt, group", value: "about $50 billion", date: 2026-09, document: labs}
  acceptable:
    - {entity: Crux, value: "$1 billion"}
- id: s-2
  question: rank the labs by staff
  today: 2026-12-01
  shape: rank
  entries: []
"""


@pytest.fixture
def questions(tmp_path: Path) -> tuple[sets.GoldSet, ...]:
    file = tmp_path / "sets.yaml"
    file.write_text(FILE)
    return sets.read(file)


def answer(*rows: tuple[str, str]) -> Answer:
    """Return an answer with a table of names and values, each quoted."""
    text = "; ".join(f"{name} {value}" for name, value in rows)
    place = Citation(1, "labs", "Labs", (), "labs.md", 1, 1, "", None, False, ())
    table = Table("revenue", tuple(TableRow(name, value, "", "2026", "reported", 1) for name, value in rows))
    return Answer("A-1", "q", "g", 1.0, (Quote(text, 1, 0, 0, len(text)),), (place,), (), table)


def test_a_set_is_right_if_every_entry_is_shown_and_no_other(questions: tuple[sets.GoldSet, ...]) -> None:
    first, _ = questions
    both = ("Acme", "$65 billion"), ("Bolt", "$50 billion")
    assert sets.grade(answer(*both), first).is_right
    assert sets.grade(answer(*both, ("Crux", "$1 billion")), first).is_right
    missing = sets.grade(answer(both[0]), first)
    assert (missing.is_right, missing.missing) == (False, ("Bolt, group about $50 billion",))
    wrong = sets.grade(answer(*both, ("Dyne", "$7 billion")), first)
    assert (wrong.is_right, wrong.wrong, wrong.foreign) == (False, ("Dyne $7 billion",), ())


def test_a_value_of_another_entity_is_told_apart(questions: tuple[sets.GoldSet, ...]) -> None:
    found = sets.grade(answer(("Acme", "$65 billion"), ("Dyne", "$50 billion")), questions[0])
    assert found.foreign == ("Dyne $50 billion",)


def test_a_set_that_the_library_does_not_have_needs_an_abstention(
    questions: tuple[sets.GoldSet, ...],
) -> None:
    _, empty = questions
    assert sets.grade(Abstention("A-1", "q", "g", 0.1, "not covered", ""), empty).is_right
    assert not sets.grade(answer(("Acme", "$65 billion")), empty).is_right


def test_files_of_sets_are_left_out_of_the_other_gold_questions(tmp_path: Path) -> None:
    (tmp_path / "sets.yaml").write_text(FILE)
    (tmp_path / "other.yaml").write_text("- {id: a, question: What?, kind: near miss, places: []}\n")
    assert [question.id for question in gold.read(tmp_path)] == ["a"]
    assert sets.set_files(tmp_path) == [tmp_path / "sets.yaml"]


def test_an_unknown_key_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "sets.yaml"
    file.write_text(FILE.replace("shape: rank", "form: rank"))
    with pytest.raises(GoldError, match="s-1: a question has the keys"):
        sets.read(file)
