"""The probability that the library answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.confidence import HITS, USUAL, Evidence, Weights, probability, weigh
from bot.library import Library
from bot.question.model import read
from index.retriever import Retriever
from tests.bot.library import opened

SHARE = st.floats(0, 1)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return opened(tmp_path_factory.mktemp("library"))


def evidence(library: Library, text: str) -> Evidence:
    question, retriever = read(text), Retriever(library.generation, library.encoder)
    return weigh(question, retriever.retrieve(question.text, 5).hits, retriever)


@given(SHARE, SHARE, SHARE, SHARE, SHARE)
def test_more_evidence_is_never_less_probable(
    a: float, b: float, numbers: float, named: float, unknown: float
) -> None:
    """The probability rises with the score and its lead over the other hits, and falls with names that no document has."""
    low, high = sorted((a, b))
    p = [probability(Evidence(score, numbers, named, unknown), Weights()) for score in (low, high)]
    assert 0 < p[0] <= p[1] < 1
    q = [probability(Evidence(a, numbers, named, share), Weights()) for share in (low, high)]
    assert q[0] >= q[1]
    r = [probability(Evidence(a, numbers, named, unknown, lead), Weights()) for lead in (low, high)]
    assert r[0] <= r[1]


def test_a_hit_that_stands_out_counts_for_more(library: Library) -> None:
    """By the mean cosine of the ten best; with fewer hits nothing is told by it."""
    retriever = Retriever(library.generation, library.encoder)
    hits = retriever.retrieve("What is Anthropic's revenue run rate?", 1).hits
    others = tuple(replace(hits[0], dense=0.1) for _ in range(HITS - 1))
    question = read("What is Anthropic's revenue run rate?")
    assert weigh(question, (*hits, *others), retriever).prominence == pytest.approx(
        0.9 * (hits[0].dense - 0.1)
    )
    assert weigh(question, (*hits, *others[1:]), retriever).prominence == USUAL


def test_nothing_found_is_no_evidence(library: Library) -> None:
    """Without hits every share is against the answer."""
    retriever = Retriever(library.generation, library.encoder)
    assert weigh(read("Anthropic"), (), retriever) == Evidence(0.0, 0.0, 0.0, 1.0)


def test_a_number_that_the_best_passage_lacks_speaks_against_it(library: Library) -> None:
    """The share of the question's numbers counts; a question without numbers loses nothing."""
    assert evidence(library, "What was Anthropic's revenue run rate in December 2025?").numbers == 1.0
    assert evidence(library, "What was Anthropic's revenue run rate in December 2019?").numbers == 0.0
    assert evidence(library, "What is Anthropic's revenue run rate?").numbers == 1.0


def test_a_name_that_no_document_has_speaks_against_the_answer(library: Library) -> None:
    """Known names stand in the document of the best passage, unknown ones nowhere."""
    known = evidence(library, "What is the revenue run rate of Anthropic?")
    assert (known.named, known.unknown) == (1.0, 0.0)
    made_up = evidence(library, "What is the revenue run rate of Zorblatt?")
    assert (made_up.named, made_up.unknown) == (0.0, 1.0)


def test_the_wrong_year_is_less_probable(tmp_path: Path) -> None:
    """The same question of a year that the passage has not is judged lower."""
    library = opened(tmp_path)
    right, wrong = (
        library.ask(f"What was Anthropic's revenue run rate at the end of December {year}?").confidence
        for year in (2025, 2019)
    )
    assert wrong < right
