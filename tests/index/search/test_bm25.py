from __future__ import annotations

from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search.bm25 import ARRAYS, EMPTY, Lexical, build, idf, merge, top
from index.text.tokenizer import terms

WORDS = st.sampled_from(
    ["gpu", "power", "xai", "revenue", "2026", "3.5", "memory", "Zürich", "the", "margins"]
)
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), max_size=8)


def test_a_question_without_terms_scores_nothing() -> None:
    bm25, coverage = build(["power", "it is"]).scores([])
    assert bm25.tolist() == coverage.tolist() == [0, 0]


def test_bm25_follows_the_published_formula() -> None:
    index = build(["gpu gpu power", "power", "memory price margin"])
    expected = log(1 + (3 - 1 + 0.5) / (1 + 0.5)) * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / (7 / 3)))
    bm25, _ = index.scores(["gpu"])
    assert bm25.tolist() == pytest.approx([expected, 0, 0], rel=1e-6)
    assert index.df("power") == 2
    assert index.df("nowhere") == 0


def test_a_repeated_term_of_a_question_counts_once() -> None:
    index = build(["gpu power", "power"])
    for once, twice in zip(
        index.scores(["gpu", "power"]), index.scores(["gpu", "gpu", "power"]), strict=True
    ):
        assert once.tolist() == twice.tolist()


@given(texts=TEXTS, question=st.lists(WORDS, max_size=6).map(" ".join))
def test_coverage_is_the_idf_share_of_the_question(texts: list[str], question: str) -> None:
    index = build(texts)
    asked = set(terms(question))
    n = len(texts)
    weights = {}
    for term in asked:
        df = sum(term in terms(text) for text in texts)
        weights[term] = log(1 + (n - df + 0.5) / (df + 0.5))
        assert index.idf(term) == pytest.approx(weights[term])
    total = sum(weights.values())
    expected = [sum(weights[t] for t in asked & set(terms(text))) / total if total else 0 for text in texts]
    _, coverage = index.scores(terms(question))
    assert coverage.tolist() == pytest.approx(expected, abs=1e-6)
    assert ((coverage >= 0) & (coverage <= 1)).all()


@given(before=TEXTS, added=TEXTS, old_sentences=TEXTS, new_sentences=TEXTS, data=st.data())
def test_merging_gives_the_same_index_as_building(
    before: list[str],
    added: list[str],
    old_sentences: list[str],
    new_sentences: list[str],
    data: st.DataObject,
) -> None:
    """Passages and sentences may be kept, dropped, repeated and added, in any order."""

    def origins(old: list[str], new: list[str]) -> list[int]:
        kept = data.draw(st.lists(st.integers(0, len(old) - 1), max_size=8)) if old else []
        return data.draw(st.permutations([*kept, *(~i for i in range(len(new)))]))

    rows, sentence_rows = origins(before, added), origins(old_sentences, new_sentences)
    merged = merge(
        build(before, old_sentences),
        np.array(rows, np.int64),
        {i: Counter(terms(text)) for i, text in enumerate(added)},
        np.array(sentence_rows, np.int64),
        [set(terms(text)) for text in new_sentences],
    )
    built = build(
        [before[row] if row >= 0 else added[~row] for row in rows],
        [old_sentences[row] if row >= 0 else new_sentences[~row] for row in sentence_rows],
    )
    for name, type_ in ARRAYS.items():
        assert merged.arrays[name].dtype == type_
        assert np.array_equal(merged.arrays[name], built.arrays[name]), name


@given(texts=TEXTS, sentences=TEXTS, question=st.lists(WORDS, max_size=6).map(" ".join), data=st.data())
def test_shared_terms_are_those_in_both_question_and_sentence(
    texts: list[str], sentences: list[str], question: str, data: st.DataObject
) -> None:
    index = build(texts, sentences)
    places = data.draw(st.lists(st.integers(0, len(sentences) - 1), max_size=8)) if sentences else []
    asked = terms(question)
    expected = [set(asked) & set(terms(sentences[place])) for place in places]
    assert index.shared(asked, np.array(places, np.int64)) == expected


@given(texts=TEXTS)
def test_terms_are_sorted_and_their_postings_complete(texts: list[str]) -> None:
    index = build(texts)
    listed = index.terms_of(np.arange(index.size))
    assert listed == sorted({term for text in texts for term in terms(text)})
    for id, term in enumerate(listed):
        assert index.id(term) == id
        expected = [row for row, text in enumerate(texts) if term in terms(text)]
        assert index.passages(term).tolist() == expected
        bm25, _ = index.scores([term])
        assert np.flatnonzero(bm25 > 0).tolist() == expected


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=20), st.integers(0, 25))
def test_top_returns_the_highest_positive_scores_with_ties_by_row(scores: list[float], k: int) -> None:
    expected = sorted(
        (row for row, score in enumerate(scores) if score > 0), key=lambda row: (-scores[row], row)
    )
    assert top(np.array(scores, np.float32), k).tolist() == expected[:k]


def test_a_count_above_16_bits_is_capped() -> None:
    index = merge(EMPTY, np.array([-1]), {0: {"gpu": 70_000}}, np.empty(0, np.int64), [])
    assert index.arrays["counts"].tolist() == [65_535]


def test_the_saved_arrays_make_the_same_index() -> None:
    index = build(["gpu power", "memory"])
    again = Lexical(index.arrays)
    assert (again.count, again.size) == (2, 3)
    assert again.scores(["memori"])[0].tolist() == index.scores(["memori"])[0].tolist()
    assert idf(1, 2) == again.idf("memori")
