"""The probability that the library answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.confidence import (
    HITS,
    NO_FEATURES,
    TYPICAL_PROMINENCE,
    TYPICAL_QUESTION,
    TYPICAL_QUESTION_LEAD,
    Features,
    Weights,
    features,
    probability,
)
from bot.answer.evidence import gather
from bot.answer.policy import Policy
from bot.library import Library
from bot.question.analysis import facts
from tests.bot.library import opened

SHARE = st.floats(0, 1)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return opened(tmp_path_factory.mktemp("library"))


def of(library: Library, text: str) -> Features:
    """The features of the best passage for a question, and of the best sentence."""
    corpus = library.corpus
    question = facts(text, corpus)
    evidence = gather(question, corpus, Policy(), (), 5)
    return features(question, evidence.hits, evidence.ranked, corpus)


@given(SHARE, SHARE, SHARE, SHARE, SHARE)
def test_more_evidence_is_never_less_probable(
    a: float, b: float, numbers: float, named: float, unknown: float
) -> None:
    """The probability rises with the score and its lead over the other hits, and falls with names that no document has."""
    low, high = sorted((a, b))
    p = [probability(Features(score, numbers, named, unknown), Weights()) for score in (low, high)]
    assert 0 < p[0] <= p[1] < 1
    q = [probability(Features(a, numbers, named, share), Weights()) for share in (low, high)]
    assert q[0] >= q[1]
    r = [probability(Features(a, numbers, named, unknown, lead), Weights()) for lead in (low, high)]
    assert r[0] <= r[1]


def test_a_hit_that_stands_out_counts_for_more(library: Library) -> None:
    """By the mean cosine of the ten best; with fewer hits nothing is told by it."""
    corpus = library.corpus
    question = facts("What is Anthropic's revenue run rate?", corpus)
    evidence = gather(question, corpus, Policy(), (), 1)
    hits = evidence.hits[:1]
    others = tuple(replace(hits[0], dense=0.1) for _ in range(HITS - 1))
    prominence = features(question, (*hits, *others), evidence.ranked, corpus).prominence
    assert prominence == pytest.approx(0.9 * (hits[0].dense - 0.1))
    assert features(question, (*hits, *others[1:]), evidence.ranked, corpus).prominence == TYPICAL_PROMINENCE


def test_without_passages_there_are_no_features(library: Library) -> None:
    """Without hits every share is against the answer."""
    assert features(facts("Anthropic", library.corpus), (), (), library.corpus) == NO_FEATURES


def test_a_number_that_the_best_passage_lacks_speaks_against_it(library: Library) -> None:
    """The share of the question's numbers counts; a question without numbers loses nothing."""
    assert of(library, "What was Anthropic's revenue run rate in December 2025?").numbers == 1.0
    assert of(library, "What was Anthropic's revenue run rate in December 2019?").numbers == 0.0
    assert of(library, "What is Anthropic's revenue run rate?").numbers == 1.0


def test_a_name_that_no_document_has_speaks_against_the_answer(library: Library) -> None:
    """Known names stand in the document of the best passage, unknown ones nowhere."""
    known = of(library, "What is the revenue run rate of Anthropic?")
    assert (known.named, known.unknown) == (1.0, 0.0)
    made_up = of(library, "What is the revenue run rate of Zorblatt?")
    assert (made_up.named, made_up.unknown) == (0.0, 1.0)


def test_the_wrong_year_is_less_probable(tmp_path: Path) -> None:
    """The same question of a year that the passage has not is judged lower."""
    library = opened(tmp_path)
    right, wrong = (
        library.ask(f"What was Anthropic's revenue run rate at the end of December {year}?").confidence
        for year in (2025, 2019)
    )
    assert wrong < right


def test_the_attribute_is_what_a_question_asks_for_beside_the_entity(library: Library) -> None:
    """Terms that the passage covers count by how rare they are; the entity's own name does not count."""
    asked = of(library, "What is the revenue run rate of Anthropic?")
    assert asked.attribute > 0
    assert of(library, "Anthropic").attribute == 0.0
    assert of(library, "What is the zorblatt of Anthropic?").attribute == 0.0


def test_an_entity_counts_if_the_sentence_itself_names_it(library: Library) -> None:
    """A question without entities loses nothing."""
    assert of(library, "What was Anthropic's revenue run rate?").entity == 1.0
    assert of(library, "What was the revenue run rate?").entity == 1.0


def test_sections_without_expected_questions_are_typical(library: Library) -> None:
    """A library without expected questions is judged neither better nor worse for it."""
    found = of(library, "What was Anthropic's revenue run rate?")
    assert (found.question, found.question_lead) == (TYPICAL_QUESTION, TYPICAL_QUESTION_LEAD)
