from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build.builder import build
from index.retriever import Retriever
from index.search.arrays import offsets_of
from index.search.fusion import Weights
from index.search.related_words import MAX_WORD_CHARS, MIN_COSINE, count, credit, forms
from index.store.store import Store
from index.text.tokenizer import terms
from tests.bagofwords import DIMENSION, BagOfWords, bucket
from tests.index.drafts import write_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from index.store.generation import Generation
    from index.types import Matrix

OFF = Weights(related=0.0)


class Synonyms(BagOfWords):
    """An encoder that reads "sales" and "takings" as "revenue" if the text is only this word."""

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Matrix:
        rows = super().encode(texts, progress)
        for row, text in zip(rows, texts, strict=True):
            if text in ("sales", "takings"):
                row[:] = 0
                row[bucket("revenue")] = 1
        return rows

    def word_rows(self, words: Sequence[str]) -> Matrix:
        # A second encoder, so that `encoded` shows whether a question had to be encoded.
        return Synonyms().encode(words)


class WithoutWords(Synonyms):
    """An encoder that has no whole words."""

    def word_rows(self, words: Sequence[str]) -> Matrix:
        return np.zeros((len(words), DIMENSION), np.float32)


@pytest.fixture
def generation(tmp_path: Path) -> Iterator[Generation]:
    """Three documents, of which the first two use different words for the same thing."""
    texts = {
        "a.md": "# Alpha\n\nRevenue of the maker.\n",
        "b.md": "# Beta\n\nSales of the turbines.\n",
        "c.md": "# Gamma\n\nMemory in 2025, of the maker.\n",
    }
    build(write_library(tmp_path / "content", texts), Store(tmp_path / "index"), Synonyms())
    with Store(tmp_path / "index").current() as found:
        yield found


def coverage(retriever: Retriever, question: str) -> dict[str, float]:
    """Return the coverage of each hit by its document id."""
    return {hit.document.id: hit.coverage for hit in retriever.retrieve(question).hits}


def test_a_term_has_the_embedding_of_its_most_frequent_form(generation: Generation) -> None:
    """Titles count, too; a term with a digit has no embedding."""
    counted = generation.words.counted()
    assert counted["maker"] == 2
    assert counted["Alpha"] == 1
    assert "2025" not in counted
    all_terms = generation.lexical.terms_of(np.arange(generation.lexical.size))
    word_of = forms(counted)
    assert set(word_of) == {term for term in all_terms if term != "2025"}
    wanted = Synonyms().encode([word_of.get(term, "") for term in all_terms])
    wanted[all_terms.index("2025")] = 0
    assert np.array_equal(generation.words.rows, wanted.astype(np.float16))


def test_tokens_with_digits_and_very_long_tokens_are_not_words() -> None:
    assert set(count([f"GPT-4o costs {'x' * MAX_WORD_CHARS} {'x' * (MAX_WORD_CHARS + 1)}"])) == {
        "GPT",
        "costs",
        "x" * MAX_WORD_CHARS,
    }


def test_a_similar_word_covers_a_term_in_part(generation: Generation) -> None:
    """A synonym counts 0.7 of the term's share, whether the library has the term or not; an exact match counts in full."""
    retriever = Retriever(generation, Synonyms())
    for question in ("revenue turbines", "takings turbines"):
        weights = [generation.lexical.idf(term) for term in terms(question)]
        shares = [weight / sum(weights) for weight in weights]
        found = coverage(retriever, question)
        assert found["b"] == pytest.approx(shares[1] + 0.7 * shares[0], abs=1e-4)
        assert found["c"] == 0
    assert coverage(retriever, "revenue")["a"] == 1


@pytest.mark.parametrize(
    "question",
    [
        "revenue of the maker",
        "takings in 2026",
        "sales memory turbines nowhere",
        "the",
        "2025",
        "?",
        "x" * 99,
    ],
)
def test_credit_only_adds_to_coverage(generation: Generation, question: str) -> None:
    """Coverage stays at most 1, and the hits are ranked by the score with the credit."""
    with_credit = Retriever(generation, Synonyms(), Weights(exact=0)).retrieve(question)
    plain = coverage(Retriever(generation, Synonyms(), OFF), question)
    assert all(plain[hit.document.id] <= hit.coverage <= 1 for hit in with_credit.hits)
    scores = [hit.score for hit in with_credit.hits]
    assert scores == sorted(scores, reverse=True)
    for hit in with_credit.hits:
        fused = 0.25 * hit.dense + 0.45 * hit.sentence + 0.30 * hit.coverage
        assert hit.score == pytest.approx(fused, abs=1e-6)


def test_a_year_earns_no_credit_for_another_year(generation: Generation) -> None:
    assert coverage(Retriever(generation, Synonyms()), "2026") == dict.fromkeys("abc", 0.0)


def test_without_credit_no_word_is_encoded(generation: Generation) -> None:
    encoder = Synonyms()
    found = coverage(Retriever(generation, encoder, OFF), "takings of the maker")
    assert encoder.encoded == []
    _, expected = generation.lexical.scores(terms("takings of the maker"))
    assert found == dict(zip("abc", expected.tolist(), strict=True))


def test_a_word_that_the_library_lacks_has_the_embedding_of_the_encoder(generation: Generation) -> None:
    """The embedding is precomputed for the word in lower case; a word that the encoder lacks, too, earns nothing."""
    encoder = Synonyms()
    found = coverage(Retriever(generation, encoder), "Takings?")
    assert encoder.encoded == []
    assert found["a"] > 0
    assert set(coverage(Retriever(generation, WithoutWords()), "Takings?").values()) == {0.0}


@given(
    st.integers(0, 3),
    st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=5),
    st.integers(0, 999),
)
def test_the_most_similar_word_of_a_passage_decides(asked: int, passages: list[list[int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(6 + asked, 4)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    of, words = rows[6:], rows[:6]
    places = np.array([word for passage in passages for word in passage], np.int64)
    found = credit(of, words, places, offsets_of([len(passage) for passage in passages]))
    assert found.shape == (asked, len(passages))
    for i, one in enumerate(of):
        for j, passage in enumerate(passages):
            nearest = max((float(one @ words[word]) for word in passage), default=-1.0)
            assert found[i, j] == pytest.approx(
                min(1.0, max(0.0, (nearest - MIN_COSINE) / (1 - MIN_COSINE))), abs=1e-5
            )
