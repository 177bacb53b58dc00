"""Written words, their rows, and the credit that a word gets for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build.builder import build
from index.retriever import Retriever
from index.search import bm25
from index.search.arrays import offsets_of
from index.search.fusion import Weights
from index.search.related_words import LONGEST, NEAR, count, credit, forms
from index.store.store import Store
from tests.bagofwords import DIMENSION, BagOfWords, bucket
from tests.index.drafts import write_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from index.store.generation import Generation
    from index.types import Matrix

OFF = Weights(related=0.0)


class Synonyms(BagOfWords):
    """Reads "sales" and "takings" as "revenue" wherever it stands alone."""

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Matrix:
        """As its own encoder does."""
        rows = super().encode(texts, progress)
        for row, text in zip(rows, texts, strict=True):
            if text in ("sales", "takings"):
                row[:] = 0
                row[bucket("revenue")] = 1
        return rows

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """The same rows, made by another: a question has nothing encoded."""
        return Synonyms().encode(words)


class Speechless(Synonyms):
    """Has no word whole."""

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """Nothing but 0."""
        return np.zeros((len(words), DIMENSION), np.float32)


@pytest.fixture
def generation(tmp_path: Path) -> Iterator[Generation]:
    """Three documents: the first two say one thing in two words."""
    texts = {
        "a.md": "# Alpha\n\nRevenue of the maker.\n",
        "b.md": "# Beta\n\nSales of the turbines.\n",
        "c.md": "# Gamma\n\nMemory in 2025, of the maker.\n",
    }
    build(write_library(tmp_path / "content", texts), Store(tmp_path / "index"), Synonyms())
    with Store(tmp_path / "index").current() as found:
        yield found


def coverage(retriever: Retriever, question: str) -> dict[str, float]:
    """The coverage of each hit, by its document."""
    return {hit.document.id: hit.coverage for hit in retriever.retrieve(question).hits}


def test_a_term_is_written_as_the_passages_write_it_most_often(generation: Generation) -> None:
    """Each term without a digit has the row of its written form; every form is counted, title included."""
    counted = generation.words.counted()
    assert counted["maker"] == 2
    assert counted["Alpha"] == 1
    assert "2025" not in counted
    terms = generation.lexical.terms_of(np.arange(generation.lexical.size))
    written = forms(counted)
    assert set(written) == {term for term in terms if term != "2025"}
    wanted = Synonyms().encode([written.get(term, "") for term in terms])
    wanted[terms.index("2025")] = 0
    assert np.array_equal(generation.words.rows, wanted.astype(np.float16))


def test_what_is_no_word_has_no_form() -> None:
    """Nothing with a digit in it, and nothing that an encoder may not read whole."""
    assert set(count([f"GPT-4o costs {'x' * LONGEST} {'x' * (LONGEST + 1)}"])) == {
        "GPT",
        "costs",
        "x" * LONGEST,
    }


def test_a_near_word_covers_a_term_in_part(generation: Generation) -> None:
    """One in the library's words or in the question's own: 0.7 of its share, and what stands there the whole of it."""
    retriever = Retriever(generation, Synonyms())
    for question, other in (("revenue turbines", 0.7), ("takings turbines", 0.7)):
        terms = bm25.terms(question)
        shares = [generation.lexical.idf(term) / sum(map(generation.lexical.idf, terms)) for term in terms]
        found = coverage(retriever, question)
        assert found["b"] == pytest.approx(shares[1] + other * shares[0], abs=1e-4)
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
def test_credit_only_adds_to_what_stands_there(generation: Generation, question: str) -> None:
    """Coverage is at most 1, and at least what it is without credit; the ranking goes by it."""
    with_credit = Retriever(generation, Synonyms()).retrieve(question)
    plain = coverage(Retriever(generation, Synonyms(), OFF), question)
    assert all(plain[hit.document.id] <= hit.coverage <= 1 for hit in with_credit.hits)
    scores = [hit.score for hit in with_credit.hits]
    assert scores == sorted(scores, reverse=True)
    for hit in with_credit.hits:
        fused = 0.25 * hit.dense + 0.45 * hit.sentence + 0.30 * hit.coverage
        assert hit.score == pytest.approx(fused, abs=1e-6)


def test_a_year_is_no_credit_for_another(generation: Generation) -> None:
    """Neither in the question nor in the passage."""
    assert coverage(Retriever(generation, Synonyms()), "2026") == dict.fromkeys("abc", 0.0)


def test_without_credit_no_word_is_encoded(generation: Generation) -> None:
    """And coverage is the share that stands in the passage."""
    encoder = Synonyms()
    found = coverage(Retriever(generation, encoder, OFF), "takings of the maker")
    assert encoder.encoded == []
    rows = generation.lexical.coverage(bm25.terms("takings of the maker")).tolist()
    assert found == dict(zip("abc", rows, strict=True))


def test_a_word_that_the_library_lacks_has_the_encoders_row(generation: Generation) -> None:
    """As the question writes it, in small letters, made beforehand; a word that the encoder lacks too earns nothing."""
    encoder = Synonyms()
    found = coverage(Retriever(generation, encoder), "Takings?")
    assert encoder.encoded == []
    assert found["a"] > 0
    assert set(coverage(Retriever(generation, Speechless()), "Takings?").values()) == {0.0}


@given(
    st.integers(0, 3),
    st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=5),
    st.integers(0, 999),
)
def test_the_nearest_word_decides(asked: int, passages: list[list[int]], seed: int) -> None:
    """Credit is that of the best pair, 0 to 1, and 0 for a passage without words."""
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
            assert found[i, j] == pytest.approx(min(1.0, max(0.0, (nearest - NEAR) / (1 - NEAR))), abs=1e-5)
