"""Lexical search: BM25 scores and the coverage of a question's terms.

A `Lexical` holds the terms of n passages and of their sentences, and the passages of each term (the
postings). A question therefore reads no text and only the postings of its own terms, and the next generation
can take over the terms of unchanged passages. All data is in flat arrays, so an index of any size opens in a
millisecond.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from functools import lru_cache
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from index.search.arrays import flat_positions, offsets_of
from index.text import tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

K1 = 1.2
B = 0.75
"""The usual parameters of BM25 (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework")."""

_CACHED_TERMS = 1 << 14
"""Terms whose ids are cached: about 2 MB."""

_MAX_COUNT = int(np.iinfo(np.uint16).max)


class Lexical:
    """The terms of n passages and of their sentences, and the passages of each term.

    Terms have ids in the order of their UTF-8 bytes. Threads may share an instance.
    """

    __slots__ = ("_arrays", "_ends", "_id", "_impacts", "_passages", "_postings", "_vocabulary")

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Wrap arrays as `ARRAYS` describes them; they may be memory-mapped."""
        self._arrays = dict(arrays)
        self._vocabulary = arrays["vocabulary"]
        self._ends = arrays["ends"]
        self._postings = arrays["postings"]
        self._passages = arrays["passages"]
        self._impacts = arrays["impacts"]
        self._id = _id_lookup(self._vocabulary, self._ends)

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The arrays to save, by the names in `ARRAYS`."""
        return self._arrays

    @property
    def count(self) -> int:
        """Number of passages."""
        return len(self._arrays["offsets"]) - 1

    @property
    def size(self) -> int:
        """Number of distinct terms."""
        return len(self._ends) - 1

    def terms_of(self, ids: NDArray[np.int64]) -> list[str]:
        """Return the terms with these ids, in the order of the ids."""
        vocabulary = self._vocabulary.tobytes()
        spans = zip(self._ends[ids].tolist(), self._ends[ids + 1].tolist(), strict=True)
        return [vocabulary[start:stop].decode() for start, stop in spans]

    def id(self, term: str) -> int | None:
        """Return the id of a term, or None if no passage and no sentence has it."""
        return self._id(term)

    def ids_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the term ids of these passages, one passage after the other, and the offset of each passage."""
        offsets = self._arrays["offsets"]
        return self._arrays["terms"][flat_positions(offsets, rows)], offsets_of(
            offsets[rows + 1] - offsets[rows]
        )

    def df(self, term: str) -> int:
        """Return the number of passages that have a term (its document frequency)."""
        start, stop = self._span(term)
        return stop - start

    def passages(self, term: str) -> NDArray[np.int32]:
        """Return the rows of the passages that have a term, ascending."""
        start, stop = self._span(term)
        rows: NDArray[np.int32] = self._passages[start:stop]
        return rows

    def idf(self, term: str) -> float:
        """Return the inverse document frequency of a term; see `idf`."""
        return idf(self.df(term), self.count)

    def scores(self, terms: Iterable[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return BM25 and coverage of each passage, n numbers each, in one pass over the postings.

        Coverage is the share of the question's distinct terms that the passage has, weighted by IDF: from 0
        to 1, and 0 for a question without terms. A term that no passage has counts with a document frequency
        of 0.
        """
        bm25 = np.zeros(self.count, np.float32)
        coverage = np.zeros(self.count, np.float32)
        total = 0.0
        for term in dict.fromkeys(terms):
            start, stop = self._span(term)
            weight = idf(stop - start, self.count)
            total += weight
            if start < stop:
                rows = self._passages[start:stop]
                bm25[rows] += self._impacts[start:stop]
                coverage[rows] += np.float32(weight)
        if total:
            coverage /= np.float32(total)
        return bm25, np.minimum(coverage, np.float32(1.0), out=coverage)

    def shared(self, terms: Iterable[str], sentences: NDArray[np.int64]) -> list[frozenset[str]]:
        """Return which of these terms each sentence or its lead has; sentences are numbered across the library."""
        terms_by_id = {id: term for term in terms if (id := self._id(term)) is not None}
        offsets = self._arrays["sentence-offsets"]
        ids = self._arrays["sentence-terms"][flat_positions(offsets, sentences)]
        owners = np.repeat(np.arange(len(sentences)), offsets[sentences + 1] - offsets[sentences])
        found: list[list[str]] = [[] for _ in sentences]
        is_wanted = np.zeros(self.size, np.bool_)
        is_wanted[list(terms_by_id)] = True
        matches = is_wanted[ids]
        for owner, id in zip(owners[matches].tolist(), ids[matches].tolist(), strict=True):
            found[owner].append(terms_by_id[id])
        return [frozenset(terms) for terms in found]

    def _span(self, term: str) -> tuple[int, int]:
        """Return where a term's postings start and end; both are 0 if no passage has the term."""
        id = self._id(term)
        return (0, 0) if id is None else (int(self._postings[id]), int(self._postings[id + 1]))


def _id_lookup(vocabulary: NDArray[np.uint8], ends: NDArray[np.int64]) -> Callable[[str], int | None]:
    """Return a function from a term to its id or None, with a cache: a question looks up each term several times."""

    def term_bytes(id: int) -> bytes:
        return vocabulary[ends[id] : ends[id + 1]].tobytes()

    @lru_cache(_CACHED_TERMS)
    def find(term: str) -> int | None:
        wanted = term.encode()
        id = bisect_left(range(len(ends) - 1), wanted, key=term_bytes)
        return id if id < len(ends) - 1 and term_bytes(id) == wanted else None

    return find


ARRAYS = {
    "offsets": np.int64,  # n + 1: where each passage's terms start
    "terms": np.int32,  # term ids, ascending within a passage
    "counts": np.uint16,  # occurrences of each term in the passage, at most 65,535
    "sentence-offsets": np.int64,  # sentences + 1: where each sentence's terms start
    "sentence-terms": np.int32,  # term ids, ascending within a sentence
    "vocabulary": np.uint8,  # the terms in UTF-8, sorted, without separators
    "ends": np.int64,  # terms + 1: where each term starts in `vocabulary`
    "postings": np.int64,  # terms + 1: where each term's passages start
    "passages": np.int32,  # passage rows, ascending within a term
    "impacts": np.float32,  # what the term adds to the BM25 score of the passage
}
"""The arrays of a `Lexical` and their types."""

EMPTY = Lexical(
    {
        name: np.zeros(1 if name in ("offsets", "sentence-offsets", "ends", "postings") else 0, type_)
        for name, type_ in ARRAYS.items()
    }
)
"""The index of a library without passages."""


def idf(df: int, count: int) -> float:
    """Return the inverse document frequency of a term in `df` of `count` passages; rarer terms get higher values.

    This is ln(1 + (count - df + 0.5) / (df + 0.5)), which is never negative.

    >>> round(idf(0, 1000), 3), round(idf(1000, 1000), 4)
    (7.602, 0.0005)
    """
    return log(1 + (count - df + 0.5) / (df + 0.5))


def top(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the rows of the `k` highest scores above zero, highest first, ties by row.

    >>> top(np.array([0.0, 2.0, 1.0, 2.0, 1.0], np.float32), 3).tolist()
    [1, 3, 2]
    """
    if k <= 0:
        return np.empty(0, np.int64)
    rows = np.flatnonzero(scores > 0)
    if k < len(rows):
        positive = scores[rows]
        rows = rows[positive >= np.partition(positive, -k)[-k]]
    return rows[np.argsort(-scores[rows], kind="stable")][:k]


def build(texts: Iterable[str], sentences: Iterable[str] = ()) -> Lexical:
    """Build the index of passages with these texts, and of these sentences, each with its lead."""
    term_counts = {i: Counter(tokenizer.terms(text)) for i, text in enumerate(texts)}
    sentence_terms = [set(tokenizer.terms(text)) for text in sentences]
    return merge(
        EMPTY, ~np.arange(len(term_counts)), term_counts, ~np.arange(len(sentence_terms)), sentence_terms
    )


def merge(
    previous: Lexical,
    rows: NDArray[np.int64],
    term_counts: Mapping[int, Mapping[str, int]],
    sentence_rows: NDArray[np.int64],
    sentence_terms: Sequence[Collection[str]],
) -> Lexical:
    """Build the index of passages and sentences from a previous index and new terms.

    Args:
        previous: The index of the unchanged passages and sentences.
        rows: For each passage its row in `previous`, or ~i for `term_counts[i]`.
        term_counts: The terms of the new passages and how often each occurs there.
        sentence_rows: For each sentence its row in `previous`, or ~i for `sentence_terms[i]`.
        sentence_terms: The distinct terms of the new sentences.
    """
    old = previous.arrays
    used = np.union1d(
        old["terms"][flat_positions(old["offsets"], rows[rows >= 0])],
        old["sentence-terms"][flat_positions(old["sentence-offsets"], sentence_rows[sentence_rows >= 0])],
    )
    used_terms = previous.terms_of(used)
    # Sorted by code point, which is the order of the UTF-8 bytes, too.
    vocabulary = sorted(set(used_terms).union(*term_counts.values(), *sentence_terms))
    ids = {term: id for id, term in enumerate(vocabulary)}
    new_ids = np.zeros(previous.size, np.int32)
    new_ids[used] = [ids[term] for term in used_terms]

    listed = {
        i: sorted((ids[term], min(count, _MAX_COUNT)) for term, count in counts.items())
        for i, counts in term_counts.items()
    }
    new_terms = {i: [id for id, _ in pairs] for i, pairs in listed.items()}
    new_counts = {i: [count for _, count in pairs] for i, pairs in listed.items()}
    new_sentences = {i: sorted(ids[term] for term in terms) for i, terms in enumerate(sentence_terms)}
    offsets, merged_terms = _merge_ragged(rows, old["offsets"], new_ids[old["terms"]], new_terms)
    _, merged_counts = _merge_ragged(rows, old["offsets"], old["counts"], new_counts)
    sentence_offsets, merged_sentences = _merge_ragged(
        sentence_rows, old["sentence-offsets"], new_ids[old["sentence-terms"]], new_sentences
    )
    return _with_postings(
        {
            "offsets": offsets,
            "terms": merged_terms,
            "counts": merged_counts,
            "sentence-offsets": sentence_offsets,
            "sentence-terms": merged_sentences,
        },
        [term.encode() for term in vocabulary],
    )


def _merge_ragged(
    rows: NDArray[np.int64],
    old_offsets: NDArray[np.int64],
    old_values: NDArray[Any],
    new: Mapping[int, Sequence[int]],
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the offsets and values of a ragged list (see index.search.arrays) with rows of an old list and new rows.

    Args:
        rows: For each row its place in the old list, or ~i for `new[i]`.
        old_offsets: The offsets of the old list.
        old_values: The flat array of the old list; the result has its type.
        new: The new rows.
    """
    is_old = rows >= 0
    added = [new[i] for i in (~rows[~is_old]).tolist()]
    lengths = np.empty(len(rows), np.int64)
    lengths[is_old] = np.diff(old_offsets)[rows[is_old]]
    lengths[~is_old] = [len(values) for values in added]
    offsets = offsets_of(lengths)
    merged = np.empty(offsets[-1], old_values.dtype)
    merged[flat_positions(offsets, np.flatnonzero(is_old))] = old_values[
        flat_positions(old_offsets, rows[is_old])
    ]
    merged[flat_positions(offsets, np.flatnonzero(~is_old))] = [value for values in added for value in values]
    return offsets, merged


def _with_postings(passage_terms: Mapping[str, NDArray[Any]], vocabulary: list[bytes]) -> Lexical:
    """Return the complete index, given the arrays of the terms of each passage and sentence, and the sorted terms."""
    offsets, term_ids, counts = passage_terms["offsets"], passage_terms["terms"], passage_terms["counts"]
    count = len(offsets) - 1
    order = np.argsort(term_ids, kind="stable")
    passages = np.repeat(np.arange(count, dtype=np.int32), np.diff(offsets))[order]
    df = np.bincount(term_ids, minlength=len(vocabulary))
    sizes = np.bincount(passages, counts[order], minlength=count)
    relative_sizes = sizes / sizes.mean() if sizes.any() else sizes
    tf = counts[order].astype(np.float64)
    weights = np.log1p((count - df + 0.5) / (df + 0.5))
    impacts = np.repeat(weights, df) * tf * (K1 + 1) / (tf + K1 * (1 - B + B * relative_sizes[passages]))
    arrays: dict[str, NDArray[Any]] = {
        **passage_terms,
        "vocabulary": np.frombuffer(b"".join(vocabulary), np.uint8),
        "ends": offsets_of([len(term) for term in vocabulary]),
        "postings": offsets_of(df),
        "passages": passages,
        "impacts": impacts.astype(np.float32),
    }
    return Lexical(arrays)
