"""Which sentences are quoted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.sentences import TOP, Candidate, Weights, candidates, choose, elsewhere
from bot.library import Library
from bot.question.model import read
from index.retriever import Retriever
from index.types import Document, Hit, Passage, Sentence, Series
from tests.bagofwords import words
from tests.bot.library import opened


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return opened(tmp_path_factory.mktemp("library"))


def candidate(text: str, score: float) -> Candidate:
    passage = Passage("a", (), "", 1, 1, text, (Sentence(0, len(text), 1),))
    hit = Hit(1, 0, Document("a", "a.md", "A"), passage, 0.5, 0.5, 0.5, 0.5, 1.0, (0.5,), (frozenset(),))
    return Candidate(hit, 0, 0.5, 0.5, 0.5, 0.0, 0.0, score)


def test_every_sentence_of_the_best_hits_is_a_candidate_best_first(library: Library) -> None:
    """The sentence that answers comes first, and none of the passages' sentences is missing."""
    question = read("How many production slots are sold out through 2028?")
    retriever = Retriever(library.generation, library.encoder)
    retrieved = retriever.retrieve(question.text)
    found = candidates(question, retrieved.hits, retriever.terms, retrieved.coverage, Weights())
    assert found[0].text == "Turbine makers sold out their production slots through 2028."
    assert len(found) == sum(len(hit.passage.sentences) for hit in retrieved.hits[:TOP])
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert all(0 <= c.coverage <= c.context <= 1 + 1e-6 for c in found)
    for one in found:
        lead = one.hit.passage.sentences[one.position].lead
        read_anew = retriever.terms(f"{lead} {one.text}" if lead else one.text)
        assert one.coverage == retrieved.coverage(read_anew)


def test_no_hits_give_no_candidates() -> None:
    """There is nothing to choose from."""
    assert candidates(read("What?"), (), words, lambda _: 0.0, Weights()) == []
    assert choose([], words, 3, 2.0) == []


def test_what_says_the_same_again_is_left_out() -> None:
    """Four fifths of the smaller one's words are a repetition."""
    ranked = [
        candidate("slots are sold out through 2028", 9.0),
        candidate("the slots are sold out through 2028", 8.9),
        candidate("prices tripled in a year", 8.8),
    ]
    assert [c.score for c in choose(ranked, words, 3, 2.0)] == [9.0, 8.8]


@given(
    st.lists(st.tuples(st.text("abcdef ", min_size=1, max_size=12), st.floats(-9, 9)), max_size=12),
    st.integers(1, 4),
    st.floats(0, 5),
)
def test_the_best_is_always_chosen_and_none_below_the_margin(
    given_: list[tuple[str, float]], most: int, margin: float
) -> None:
    """At most as many as asked for, in order, the best among them."""
    ranked = sorted((candidate(text, score) for text, score in given_), key=lambda c: -c.score)
    chosen = choose(ranked, words, most, margin)
    assert len(chosen) <= most
    assert chosen[:1] == ranked[:1]
    assert [c.score for c in chosen] == sorted((c.score for c in chosen), reverse=True)
    assert all(c.score >= chosen[0].score - margin for c in chosen)


def test_what_is_needed_comes_second_whatever_its_score() -> None:
    """A thing that is asked after beside another has its sentence."""
    ranked = [
        candidate("slots are sold out", 9.0),
        candidate("prices tripled", 8.8),
        candidate("orders fell", 1.0),
    ]
    chosen = choose(ranked, str.split, 3, 2.0, ranked[2:])
    assert [c.text for c in chosen] == ["slots are sold out", "orders fell", "prices tripled"]


def test_what_is_on_something_else_is_left_out() -> None:
    """Unless all are, or it is needed."""
    ranked = [
        candidate("OpenAI grew fast", 9.0),
        candidate("Cohere grew", 8.8),
        candidate("prices tripled", 8.7),
    ]

    def other(one: Candidate) -> bool:
        return "OpenAI" in one.text

    assert choose(ranked, str.split, 3, 2.0, (), other) == ranked[1:]
    assert choose(ranked, str.split, 3, 2.0, ranked[:1], other) == [ranked[1], ranked[0], ranked[2]]
    assert choose(ranked[:1], str.split, 3, 2.0, (), other) == ranked[:1]


@pytest.mark.parametrize(
    ("title", "text", "other"),
    [
        ("Rivals", "OpenAI grew fast.", True),
        ("Rivals", "Cohere and OpenAI grew fast.", False),
        ("Cohere", "OpenAI grew fast.", False),
        ("Rivals", "It grew fast.", False),
        ("OpenAI", "It grew fast.", True),
    ],
)
def test_a_sentence_is_elsewhere_where_it_names_another(title: str, text: str, other: bool) -> None:
    """Or stands in another's document, with figures of its own; a topic's document is nobody's."""
    one = candidate(text, 1.0)
    figures = (Series(title, "revenue", "USD", ()),) if title != "Rivals" else ()
    hit = replace(one.hit, document=Document("a", "a.md", title, figures=figures))

    def mentioned(text: str) -> list[str]:
        return [name for name in ("cohere", "openai") if name in text.lower()]

    assert elsewhere(replace(one, hit=hit), ["cohere"], mentioned) is other
    maker = replace(hit.document, aliases=("Cohere",))
    assert not elsewhere(replace(one, hit=replace(hit, document=maker)), ["cohere"], mentioned)
    assert not elsewhere(replace(one, hit=hit), [], mentioned)
