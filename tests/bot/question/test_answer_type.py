"""The type of answer that a question asks for."""

from __future__ import annotations

import pytest

from bot.question.answer_type import answer_type, type_match


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did TSMC open Arizona?", "date"),
        ("In which quarter did it happen?", "date"),
        ("How much did Meta spend?", "amount"),
        ("How many gigawatts are planned?", "number"),
        ("What share of capex is power?", "number"),
        ("Where are the fabs?", "place"),
        ("Who makes HBM?", "name"),
        ("Why did prices fall?", "reason"),
        ("Explain HBM", "other"),
        ("Who knows why it fell?", "name"),
        ("", "other"),
    ],
)
def test_the_earliest_question_word_says_what_is_asked_for(question: str, kind: str) -> None:
    """Each kind has its words, and the first of several wins."""
    assert answer_type(question) == kind


@pytest.mark.parametrize(
    ("kind", "sentence", "question", "worth"),
    [
        ("date", "It opened in 1998.", "When did it open?", 1.0),
        ("date", "It opened in 1998.", "When in 1998 did it open?", -1.0),
        ("number", "It has 40 units in 2026.", "How many units?", 1.0),
        ("number", "It has units since 2026.", "How many units?", -1.0),
        ("number", "It has forty units.", "How many units?", 1.0),
        ("amount", "It cost $5.", "How much did it cost?", 1.0),
        ("reason", "Rents fell because supply grew.", "Why did rents fall?", 1.0),
        ("reason", "Rents fell.", "Why did rents fall?", -1.0),
        ("place", "It stands in Ohio.", "Where does it stand?", 1.0),
        ("place", "It stands in Ohio.", "Where in Ohio is it?", -1.0),
        ("name", "Makers are SK Hynix and Micron.", "Who makes HBM?", 1.0),
        ("name", "It is made abroad.", "Who makes HBM?", -1.0),
        ("other", "Anything.", "Explain.", 0.0),
    ],
)
def test_a_sentence_answers_with_something_that_the_question_lacks(
    kind: str, sentence: str, question: str, worth: float
) -> None:
    """What the question names already is no answer to it."""
    assert type_match(kind, sentence, question) == worth  # type: ignore[arg-type]
