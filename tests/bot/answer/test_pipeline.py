"""From a question to a reply, on the pure side of the library."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer.objections import CLOSEST
from bot.answer.pipeline import Outcome, answer, reply_id
from bot.answer.policy import Policy
from bot.errors import QuestionError
from bot.library import Library
from bot.types import NOT_COVERED_TEXT, Abstention, Answer
from tests.bot.library import opened

ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return opened(tmp_path_factory.mktemp("library"))


def outcome(library: Library, text: str, **policy: float) -> Outcome:
    return answer(text, library.corpus, Policy(**policy), date(2026, 11, 24))  # type: ignore[arg-type]


def test_the_threshold_alone_decides_between_answer_and_abstention(library: Library) -> None:
    """The same question has the same confidence either way."""
    low, high = outcome(library, ASKED, threshold=0.0).reply, outcome(library, ASKED, threshold=1.0).reply
    assert isinstance(low, Answer)
    assert isinstance(high, Abstention)
    assert low.confidence == high.confidence
    assert low.id == high.id


def test_an_abstention_names_each_of_the_nearest_headings_once(library: Library) -> None:
    """At most as many as the policy allows, and no heading twice."""
    reply = outcome(library, ASKED, threshold=1.0, nearest=2, closest=1.0).reply
    assert isinstance(reply, Abstention)
    places = [citation.place for citation in reply.nearest]
    assert places[0] == "Anthropic › Revenue"
    assert len(places) == len(set(places)) == 2


def test_an_abstention_with_some_confidence_shows_the_closest_passage(library: Library) -> None:
    """It says that it found no clear answer, quotes what an answer would begin with, and names other headings."""
    reply = outcome(library, ASKED, threshold=1.0, closest=0.1).reply
    answered = outcome(library, ASKED, threshold=0.0).reply
    assert isinstance(reply, Abstention)
    assert reply.message == CLOSEST
    assert reply.quotes == answered.quotes[:1]
    assert "Anthropic › Revenue" not in [citation.place for citation in reply.nearest]
    far = outcome(library, ASKED, threshold=1.0, closest=1.0).reply
    assert isinstance(far, Abstention)
    assert (far.message, far.quotes) == (NOT_COVERED_TEXT, ())


@pytest.mark.parametrize("sentences", [1, 2, 4])
def test_an_answer_has_at_most_as_many_quotations_as_allowed(library: Library, sentences: int) -> None:
    """The policy's number is a limit."""
    reply = outcome(library, ASKED, sentences=sentences, margin=100.0).reply
    assert 1 <= len(reply.quotes) <= sentences


@settings(max_examples=60)
@given(st.text(st.characters(), max_size=60))
def test_any_question_gets_a_reply_that_can_be_written(library: Library, text: str) -> None:
    """Half characters (of bytes that were not UTF-8) and marks of any script are read like others."""
    try:
        reply = outcome(library, text, threshold=0.0).reply
    except QuestionError:
        assert not text.strip()
        return
    assert reply.question.encode()
    assert 0 <= reply.confidence <= 1
    for quote in reply.quotes:
        assert library.generation.passage(quote.row).text[quote.start : quote.end] == quote.text
    assert {quote.citation for quote in reply.quotes} == {citation.number for citation in reply.citations}


def test_an_id_depends_on_generation_question_and_layers_alone() -> None:
    """The order of the layers does not matter."""
    assert reply_id("g", "q", ("a", "b")) == reply_id("g", "q", ("b", "a"))
    assert (
        len(
            {
                reply_id("g", "q", ()),
                reply_id("h", "q", ()),
                reply_id("g", "r", ()),
                reply_id("g", "q", ("a",)),
            }
        )
        == 4
    )
