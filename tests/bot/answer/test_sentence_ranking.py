"""Answer sentence selection."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.sentence_ranking import PASSAGES, Candidate, Weights, choose, is_about_other, rank_sentences
from bot.corpus.corpus import Corpus
from bot.question.analysis import facts
from index.types import Document, Hit, Passage, Sentence, Series
from tests.bot.library import corpus, opened


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Two documents."""
    return opened(tmp_path_factory.mktemp("library")).corpus


@pytest.fixture(scope="module")
def rivals(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A document on each of two companies."""
    documents = {f"{name}.md": f"# {name}\n\n{name} trains models.\n" for name in ("Cohere", "OpenAI")}
    return corpus(tmp_path_factory.mktemp("rivals"), documents)


def candidate(text: str, score: float) -> Candidate:
    """A sentence of its own passage in a document about nothing."""
    passage = Passage("a", (), "", 1, 1, text, (Sentence(0, len(text), 1),))
    hit = Hit(1, 0, Document("a", "a.md", "A"), passage, 0.5, 0.5, 0.5, 0.5, 1.0, (0.5,), (frozenset(),))
    return Candidate(hit, 0, 0.5, 0.5, 0.5, 0.0, 0.0, score)


def chosen(
    library: Corpus,
    ranked: list[Candidate],
    needed: list[Candidate] | None = None,
    *,
    question: str = "What?",
    most: int = 3,
    margin: float = 2.0,
) -> list[Candidate]:
    """The chosen sentences for a question."""
    return choose(ranked, facts(question, library), library, needed or [], most=most, margin=margin)


def test_every_sentence_of_the_passages_is_ranked_best_first(library: Corpus) -> None:
    """The sentence that answers comes first, and coverage is that of the sentence's own terms."""
    question = facts("How many production slots are sold out through 2028?", library)
    retrieved = library.retrieve(question.text, 10)
    hits = retrieved.hits[:PASSAGES]
    found = rank_sentences(question, hits, retrieved, library, Weights())
    assert found[0].text == "Turbine makers sold out their production slots through 2028."
    assert len(found) == sum(len(hit.passage.sentences) for hit in hits)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert all(0 <= c.coverage <= c.context <= 1 + 1e-6 for c in found)
    for one in found:
        lead = one.hit.passage.sentences[one.position].lead
        terms = library.terms(f"{lead} {one.text}" if lead else one.text)
        assert one.coverage == retrieved.coverage(terms)


def test_without_passages_there_is_nothing_to_choose(library: Corpus) -> None:
    """Neither a ranking nor a choice fails."""
    question = facts("What?", library)
    assert rank_sentences(question, (), library.retrieve("What?", 5), library, Weights()) == []
    assert chosen(library, []) == []


def test_a_repetition_is_left_out(library: Corpus) -> None:
    """Four fifths of the shorter sentence's terms make a repetition."""
    ranked = [
        candidate("slots are sold out through 2028", 9.0),
        candidate("the slots are sold out through 2028", 8.9),
        candidate("prices tripled in a year", 8.8),
    ]
    assert [c.score for c in chosen(library, ranked)] == [9.0, 8.8]


@given(
    st.lists(st.tuples(st.text("abcdef ", min_size=1, max_size=12), st.floats(-9, 9)), max_size=12),
    st.integers(1, 4),
    st.floats(0, 5),
)
def test_the_best_is_always_chosen_and_nothing_below_the_margin(
    library: Corpus, sentences: list[tuple[str, float]], most: int, margin: float
) -> None:
    """At most as many as asked for, in order, the best among them."""
    ranked = sorted((candidate(text, score) for text, score in sentences), key=lambda c: -c.score)
    found = chosen(library, ranked, most=most, margin=margin)
    assert len(found) <= most
    assert found[:1] == ranked[:1]
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert all(c.score >= found[0].score - margin for c in found)


def test_a_needed_sentence_comes_second_whatever_its_score(library: Corpus) -> None:
    """An entity that a question names beside another has its sentence."""
    ranked = [
        candidate("slots are sold out", 9.0),
        candidate("prices tripled", 8.8),
        candidate("orders fell", 1.0),
    ]
    found = chosen(library, ranked, ranked[2:])
    assert [c.text for c in found] == ["slots are sold out", "orders fell", "prices tripled"]


def test_a_sentence_about_another_entity_is_left_out(rivals: Corpus) -> None:
    """Unless every sentence is, or it is needed."""
    ranked = [
        candidate("OpenAI grew fast", 9.0),
        candidate("Cohere grew", 8.8),
        candidate("prices tripled", 8.7),
    ]
    asked = "How fast did Cohere grow?"
    assert chosen(rivals, ranked, question=asked) == ranked[1:]
    assert chosen(rivals, ranked, ranked[:1], question=asked) == [ranked[1], ranked[0], ranked[2]]
    assert chosen(rivals, ranked[:1], question=asked) == ranked[:1]


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
def test_a_sentence_is_about_another_entity_if_it_or_its_document_names_one(
    rivals: Corpus, title: str, text: str, other: bool
) -> None:
    """A document about a topic belongs to no entity."""
    figures = (Series(title, "revenue", "USD", ()),) if title != "Rivals" else ()
    one = candidate(text, 1.0)
    hit = replace(one.hit, document=Document("a", "a.md", title, figures=figures))
    one = replace(one, hit=hit)
    asked = facts("How fast did Cohere grow?", rivals)
    assert is_about_other(one, asked, rivals) is other
    maker = replace(hit.document, aliases=("Cohere",))
    assert not is_about_other(replace(one, hit=replace(hit, document=maker)), asked, rivals)
    assert not is_about_other(one, facts("How fast did it grow?", rivals), rivals)
