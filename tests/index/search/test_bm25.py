"""Terms, BM25 and coverage."""

from __future__ import annotations

from collections import Counter
from math import log
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search import bm25 as lexical
from index.search.bm25 import ARRAYS, EMPTY, Lexical, build, merge, terms, top

WORDS = st.sampled_from(
    ["gpu", "power", "xai", "revenue", "2026", "3.5", "memory", "Zürich", "the", "margins"]
)
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), max_size=8)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$30B", "30 billion"),
        ("$30bn", "$30 Billion"),
        ("1.5M users", "1.5 million users"),
        ("40%", "40 percent"),
        ("3.5GW", "3.5 GW"),
        ("3nm", "3 nm"),
        ("1,250,000", "1250000"),
        ("run-rate", "run rate"),
        ("GPT-5", "gpt 5"),
        ("GPUs", "gpu"),
        ("gpus", "GPU"),
        ("LLMs", "llm"),
        ("VCs", "VC"),
        ("Anthropic's", "Anthropic"),
        ("Anthropic\N{RIGHT SINGLE QUOTATION MARK}s", "Anthropic"),
        ("U.S. exports", "US exports"),
        ("A.I.", "AI"),
        ("Zürich", "zurich"),
        ("\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT SIX}", "26"),
        ("companies", "company"),
        ("2027E", "2027 estimates"),
        ("WHAT IS THE RUN RATE", "run rate"),
    ],
)
def test_one_thing_written_in_two_ways_gives_the_same_terms(one: str, other: str) -> None:
    """Figures, plurals, acronyms and marks are folded."""
    assert terms(one) == terms(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("US", "us"), ("IT spending", "it spending"), ("GPT-4", "GPT-4o"), ("3.5", "35"), ("H100", "H200")],
)
def test_different_things_keep_different_terms(one: str, other: str) -> None:
    """Acronyms are no pronouns, and versions no amounts."""
    assert terms(one) != terms(other)


def test_a_question_of_stop_words_has_no_terms() -> None:
    """What is left of it covers nothing."""
    assert terms("What is it that they do, and why?") == []
    bm25, coverage = build(["power", "it is"]).scores([])
    assert bm25.tolist() == coverage.tolist() == [0, 0]


@given(st.text(max_size=200))
def test_any_text_has_terms(text: str) -> None:
    """Terms are never empty, and the same again for the same text."""
    found = terms(text)
    assert all(found)
    assert found == terms(text)


def test_threads_do_not_share_a_stemmer() -> None:
    """Eight threads find the same terms as one."""
    text = "Margins of accelerator makers were rising across several quarters. " * 20
    expected = terms(text)
    found: list[list[str]] = []
    threads = [Thread(target=lambda: found.extend(terms(text) for _ in range(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 160


def test_bm25_is_that_of_the_books() -> None:
    """The score of one passage, worked out by hand."""
    index = build(["gpu gpu power", "power", "memory price margin"])
    expected = log(1 + (3 - 1 + 0.5) / (1 + 0.5)) * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / (7 / 3)))
    assert index.bm25(["gpu"]).tolist() == pytest.approx([expected, 0, 0], rel=1e-6)
    assert index.df("power") == 2
    assert index.df("nowhere") == 0


def test_a_term_asked_twice_counts_once() -> None:
    """The distinct terms of a question score."""
    index = build(["gpu power", "power"])
    assert index.bm25(["gpu", "gpu"]).tolist() == index.bm25(["gpu"]).tolist()
    assert index.coverage(["gpu", "gpu", "power"]).tolist() == index.coverage(["gpu", "power"]).tolist()


@given(texts=TEXTS, question=st.lists(WORDS, max_size=6).map(" ".join))
def test_coverage_is_the_idf_share_of_the_question(texts: list[str], question: str) -> None:
    """The arrays give what the definition gives, between 0 and 1; so does the share of any text."""
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
    coverage = index.coverage(terms(question))
    assert coverage.tolist() == pytest.approx(expected, abs=1e-6)
    assert ((coverage >= 0) & (coverage <= 1)).all()
    for text, share in zip(texts, expected, strict=True):
        assert index.coverage_of(terms(question), terms(text)) == pytest.approx(share, abs=1e-6)


@given(before=TEXTS, added=TEXTS, said=TEXTS, saying=TEXTS, data=st.data())
def test_merging_is_building_anew(
    before: list[str], added: list[str], said: list[str], saying: list[str], data: st.DataObject
) -> None:
    """Passages and sentences taken over, dropped, repeated and added give the index that their texts would give."""

    def origins(old: list[str], new: list[str]) -> list[int]:
        kept = data.draw(st.lists(st.integers(0, len(old) - 1), max_size=8)) if old else []
        return data.draw(st.permutations([*kept, *(~i for i in range(len(new)))]))

    rows, sentence_rows = origins(before, added), origins(said, saying)
    merged = merge(
        build(before, said),
        np.array(rows, np.int64),
        {i: Counter(terms(text)) for i, text in enumerate(added)},
        np.array(sentence_rows, np.int64),
        [set(terms(text)) for text in saying],
    )
    anew = build(
        [before[row] if row >= 0 else added[~row] for row in rows],
        [said[row] if row >= 0 else saying[~row] for row in sentence_rows],
    )
    for name, type_ in ARRAYS.items():
        assert merged.arrays[name].dtype == type_
        assert np.array_equal(merged.arrays[name], anew.arrays[name]), name


@given(texts=TEXTS, sentences=TEXTS, question=st.lists(WORDS, max_size=6).map(" ".join), data=st.data())
def test_what_a_sentence_shares_with_a_question_is_what_both_say(
    texts: list[str], sentences: list[str], question: str, data: st.DataObject
) -> None:
    """The stored terms of a sentence give what its words would, in whatever order sentences are asked for."""
    index = build(texts, sentences)
    places = data.draw(st.lists(st.integers(0, len(sentences) - 1), max_size=8)) if sentences else []
    asked = terms(question)
    expected = [set(asked) & set(terms(sentences[place])) for place in places]
    assert index.shared(asked, np.array(places, np.int64)) == expected


@given(texts=TEXTS)
def test_terms_are_sorted_and_found_again(texts: list[str]) -> None:
    """Every term of a text has its id, and every passage that has a term is among its postings."""
    index = build(texts)
    listed = [index.term(id) for id in range(index.size)]
    assert listed == sorted({term for text in texts for term in terms(text)})
    for term in listed:
        rows = np.flatnonzero(index.bm25([term]) > 0)
        assert rows.tolist() == [row for row, text in enumerate(texts) if term in terms(text)]


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=20), st.integers(0, 25))
def test_top_is_sorting(scores: list[float], k: int) -> None:
    """The highest first, equal ones by row, and none that scores nothing."""
    expected = sorted(
        (row for row, score in enumerate(scores) if score > 0), key=lambda row: (-scores[row], row)
    )
    assert top(np.array(scores, np.float32), k).tolist() == expected[:k]


def test_a_count_above_what_fits_is_capped() -> None:
    """A word that stands 70,000 times in a passage does not wrap round."""
    index = merge(EMPTY, np.array([-1]), {0: {"gpu": 70_000}}, np.empty(0, np.int64), [])
    assert index.search.arrays["counts"].tolist() == [65_535]


def test_the_arrays_are_the_index() -> None:
    """What `arrays` gives makes the same index again."""
    index = build(["gpu power", "memory"])
    again = Lexical(index.search.arrays)
    assert (again.count, again.size) == (2, 3)
    assert again.bm25(["memori"]).tolist() == index.bm25(["memori"]).tolist()
    assert lexical.idf(1, 2) == again.idf("memori")
