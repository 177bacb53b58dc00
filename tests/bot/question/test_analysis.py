"""The analysis of a question."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.corpus.corpus import Corpus
from bot.errors import QuestionError
from bot.question.analysis import MAX_QUESTION_CHARS, analyse, facts
from tests.bot.library import opened

TODAY = date(2026, 1, 20)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Two documents."""
    return opened(tmp_path_factory.mktemp("library")).corpus


def test_every_fact_of_a_question_is_a_field(library: Corpus) -> None:
    """Later stages read fields and never the text again."""
    found = analyse("Sorry, I am new. Why did ANTH's revenue fall to 9 billion last year?", library, TODAY)
    assert found.text == "Why did Anthropic's revenue fall to 9 billion in 2025?"
    assert (found.intent, found.answer_type) == ("question", "reason")
    assert (found.names, found.numbers) == (("Anthropic",), ("9", "2025"))
    assert [str(period) for period in found.periods] == ["2025"]
    assert found.entities == {"anthropic"}
    assert found.premise.poles == {("direction", 1)}
    assert found.notes == ("read as: Anthropic (ANTH)", "read as: 2025 (last year)")


@given(st.text(max_size=200))
def test_any_text_has_facts(library: Corpus, text: str) -> None:
    """Names are in the text; white space is one blank."""
    question = facts(text, library)
    assert question.text == " ".join(text.split())
    assert all(name in question.text for name in question.names)


@pytest.mark.parametrize("text", ["1,1" * 6_000 + "x", "a" * 20_000, "A-" * 10_000, "in the " * 2_800])
def test_a_long_question_is_read_in_linear_time(library: Corpus, text: str) -> None:
    """A quadratic pattern would outlast the run."""
    assert analyse(text[:MAX_QUESTION_CHARS], library, TODAY).text


def test_an_empty_or_endless_question_is_refused(library: Corpus) -> None:
    """The message says what to do, or how long the question was."""
    with pytest.raises(QuestionError, match="is empty; ask something"):
        analyse(" \n", library, TODAY)
    with pytest.raises(QuestionError, match="20,001 characters"):
        analyse("x" * (MAX_QUESTION_CHARS + 1), library, TODAY)
