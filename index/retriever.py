"""Retrieval: from a question to ranked passages, with every score that ranked them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from index.lookup import ASKING, Match, look_up
from index.models.reranker import rerank
from index.search import bm25
from index.search.arrays import flat_positions
from index.search.expected_questions import nearest_questions, relative
from index.search.fusion import Weights, fuse, order
from index.search.question_terms import question_terms
from index.search.related_words import credit, is_word
from index.text import tokenizer
from index.types import Hit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.store.generation import Generation
    from index.types import Encoder, Reranker, Vector

CANDIDATES = 50
"""Passages that the vector search and the lexical search each contribute to fusion.

Fusing the scores of all passages ranked no better on the development sets of the weights.
"""

CACHED_QUESTIONS = 32
"""Texts whose embeddings are cached: more than the sentences of the messages that are answered at one
time."""

RELATED_CANDIDATES = 20
"""Best passages by the score without related words, among which related words are searched.

Searching in 30 passages, or in all, gave the same recall at 1, 5 and 10 on the questions of tests/gold.
"""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The result of a retrieval."""

    vector: Vector
    """The embedding of the question."""
    weights: Mapping[str, float]
    """The question's distinct terms and their IDF."""
    hits: tuple[Hit, ...]
    """Best first."""

    def coverage(self, terms: Iterable[str]) -> float:
        """Return the IDF share of the question's terms that are in `terms`, from 0 to 1; 0 for a question without terms."""
        total = sum(self.weights.values())
        have = terms if isinstance(terms, (set, frozenset)) else set(terms)
        found = sum([weight for term, weight in self.weights.items() if term in have])
        return found / total if total else 0.0


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The passages that compete for a question, n in row order, and their scores."""

    rows: NDArray[np.int64]
    dense: Vector
    """Cosine of the question and each passage."""
    sentence_cosines: Vector
    """Cosines of the question and each sentence, one passage after the other."""
    sentence_ends: NDArray[np.int64]
    """Where each passage's sentences end in `sentence_cosines`."""
    sentence_counts: NDArray[np.int64]
    sentence: Vector
    """The highest sentence cosine of each passage."""
    coverage: Vector
    scores: Vector
    """The fused scores with what expected questions add."""
    expected: Vector
    """What expected questions add to each score."""
    question: Vector
    """Cosine of the question and the nearest expected question of each passage's section; NaN without such questions."""
    exact: Mapping[int, Match]
    """What an exact look-up found, by row."""


@dataclass(frozen=True, slots=True)
class Retriever:
    """The ranking of the passages of one generation. Threads may share an instance."""

    generation: Generation
    encoder: Encoder
    weights: Weights = field(default_factory=Weights)
    reranker: Reranker | None = None
    reranked: int = 10
    """How many of the best passages the reranker scores, if there is a reranker."""
    _embed: Callable[[str], Vector] = field(init=False, repr=False, compare=False)
    """Encodes a question, with a cache: one sentence of a message may be the whole question."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_embed", lru_cache(CACHED_QUESTIONS)(self._encoded))

    def _encoded(self, question: str) -> Vector:
        return self.encoder.encode_question(question)

    def retrieve(
        self,
        question: str,
        k: int = 10,
        layers: Collection[str] = (),
        also: Collection[int] = (),
        *,
        language: str = "en",
    ) -> Retrieved:
        """Return the k best passages for a question, best first; of equal scores the lower row first.

        The best passages by cosine and the best by BM25 are candidates, and the fused score ranks them. In
        the best `RELATED_CANDIDATES`, a term that a passage lacks is covered in part by the most similar word
        there.

        Args:
            question: The question in natural language.
            k: How many passages to return.
            layers: The layers whose documents are searched; all layers if empty.
            also: Rows of passages that are appended if they are not among the k best.
            language: The language of the question, which decides on its stop words and stems.
        """
        vector = self._embed(question)
        words = tokenizer.words(question, language)
        word_of: dict[str, str] = {}
        for term, word in zip(
            question_terms(words, language, self.generation.lexical.df), words, strict=True
        ):
            if term not in ASKING or self.generation.lexical.df(term):
                word_of.setdefault(term, word)
        weights = {term: self.generation.lexical.idf(term) for term in word_of}
        bm25_scores, coverage = self.generation.lexical.scores(word_of)
        allowed = self._rows_of(layers) if layers else None
        if allowed is not None:
            bm25_scores = np.where(allowed, bm25_scores, np.float32(0))
        nearest, _ = self.generation.vectors.search(vector, CANDIDATES, allowed)
        lexical_best = bm25.top(bm25_scores, CANDIDATES)
        exact = look_up(self.generation, word_of, weights, language) if self.weights.exact else {}
        found = [row for row in exact if allowed is None or allowed[row]]
        rows = np.array(sorted({*nearest.tolist(), *lexical_best.tolist(), *found, *also}), np.int64)
        if not len(rows):
            return Retrieved(vector, weights, ())
        candidates = self._score(vector, rows, coverage[rows], word_of, weights, exact)
        best = order(candidates.scores, max(k, self.reranked) if self.reranker else k)
        best += [place for place in np.searchsorted(rows, sorted(also)).tolist() if place not in best]
        ranked = self._rerank(question, self._hits(candidates, best, bm25_scores, word_of))
        return Retrieved(vector, weights, (*ranked[:k], *(hit for hit in ranked[k:] if hit.row in also)))

    def _score(
        self,
        vector: Vector,
        rows: NDArray[np.int64],
        coverage: Vector,
        word_of: Mapping[str, str],
        weights: Mapping[str, float],
        exact: Mapping[int, Match],
    ) -> _Candidates:
        """Score the candidates in these rows.

        Args:
            vector: The embedding of the question.
            rows: The n candidates, ascending.
            coverage: The coverage of each candidate by exact terms; related words are added to it in place.
            word_of: The question's terms, each with its word in the question.
            weights: The IDF of each term.
            exact: What an exact look-up found, by row.
        """
        dense = self.generation.vectors.cosines(vector, rows)
        sentence_rows, counts = self.generation.sentences_of(rows)
        cosines = sentence_rows @ vector
        ends = np.cumsum(counts)
        sentence = np.maximum.reduceat(cosines, ends - counts)
        scores = fuse(dense, sentence, coverage, self.weights)
        if self.weights.related and self.weights.coverage:
            best = order(scores, RELATED_CANDIDATES)
            added = self._related_coverage(word_of, weights, rows[best])
            coverage[best] = np.minimum(coverage[best] + added, np.float32(1))
            scores = fuse(dense, sentence, coverage, self.weights)
        nearest, expected = self._expected(vector, rows, scores)
        shares = np.array([exact[row].share if row in exact else 0.0 for row in rows.tolist()], np.float32)
        total = scores + expected + np.float32(self.weights.exact) * shares
        return _Candidates(
            rows, dense, cosines, ends, counts, sentence, coverage, total, expected, nearest, exact
        )

    def _expected(self, vector: Vector, rows: NDArray[np.int64], scores: Vector) -> tuple[Vector, Vector]:
        """Return the cosine to the nearest expected question of their sections, and what it adds, for n passages.

        Both have the shape (n,). The cosine is NaN for a section without expected questions.

        Args:
            vector: The embedding of the question.
            rows: The passages.
            scores: Their fused scores.
        """
        nearest = nearest_questions(
            vector, self.generation.question_rows, self.generation.passage_questions[rows]
        )
        if not self.weights.expected or np.isnan(nearest).all():
            return nearest, np.zeros(len(rows), np.float32)
        added: Vector = np.float32(self.weights.expected) * relative(nearest, scores)
        return nearest, added

    def _hits(
        self, candidates: _Candidates, best: Sequence[int], bm25_scores: Vector, terms: Iterable[str]
    ) -> list[Hit]:
        """Return the candidates at these places as hits, in the order given.

        Args:
            candidates: The scored candidates.
            best: Places in `candidates`.
            bm25_scores: The BM25 score of each passage of the generation.
            terms: The question's terms.
        """
        generation = self.generation
        best_rows = candidates.rows[best]
        sentences = flat_positions(generation.passage_sentences, best_rows)
        shared = iter(generation.lexical.shared(terms, sentences))
        documents = generation.places_of(best_rows).tolist()
        hits = []
        for rank, (place, row, document) in enumerate(
            zip(best, best_rows.tolist(), documents, strict=True), start=1
        ):
            end, count = int(candidates.sentence_ends[place]), int(candidates.sentence_counts[place])
            hits.append(
                Hit(
                    rank=rank,
                    row=row,
                    document=generation.document(document),
                    passage=generation.passage(row),
                    score=float(candidates.scores[place]),
                    dense=float(candidates.dense[place]),
                    sentence=float(candidates.sentence[place]),
                    coverage=float(candidates.coverage[place]),
                    expected=float(candidates.expected[place]),
                    question=None
                    if np.isnan(candidates.question[place])
                    else float(candidates.question[place]),
                    bm25=float(bm25_scores[row]),
                    sentence_cosines=tuple(candidates.sentence_cosines[end - count : end].tolist()),
                    sentence_terms=tuple(islice(shared, count)),
                    exact=candidates.exact[row].sentences if row in candidates.exact else (),
                )
            )
        return hits

    def _related_coverage(
        self, word_of: Mapping[str, str], weights: Mapping[str, float], rows: NDArray[np.int64]
    ) -> Vector:
        """Return what related words add to the coverage of n passages, shape (n,).

        Args:
            word_of: The question's terms, each with its word in the question.
            weights: The IDF of each term.
            rows: The passages.
        """
        lexical = self.generation.lexical
        ids = {term: id for term in word_of if lexical.df(term) and (id := lexical.id(term)) is not None}
        unknown = [term for term, word in word_of.items() if term not in ids and is_word(word)]
        asked = np.concatenate(
            [
                self.generation.words.rows_of(np.array([*ids.values()], np.int64)),
                self.encoder.word_rows([word_of[term] for term in unknown]),
            ]
        )
        passage_terms, offsets = lexical.ids_of(rows)
        place = np.zeros(lexical.size, np.int64)
        place[passage_terms] = 1
        distinct = np.flatnonzero(place)  # NumPy's `unique` takes four times as long
        place[distinct] = np.arange(len(distinct))
        earned = credit(asked, self.generation.words.rows_of(distinct), place[passage_terms], offsets)
        owners = np.repeat(np.arange(len(rows)), np.diff(offsets))
        for term_credit, id in zip(earned, ids.values(), strict=False):
            term_credit[owners[passage_terms == id]] = (
                0  # the passage has the term itself, which counts in full
            )
        idf = np.array([weights[term] for term in (*ids, *unknown)], np.float32)
        total = sum(weights.values())
        added: Vector = self.weights.related * (idf @ earned) / np.float32(total or 1)
        return added

    def embedding(self, text: str) -> Vector:
        """Return the embedding of a text, encoded as a question."""
        return self._embed(text)

    def nearest(self, text: str) -> float:
        """Return the highest cosine of a text, encoded as a question, and a passage; -1 if there are no passages."""
        cosines: Vector
        _, cosines = self.generation.vectors.search(self._embed(text), 1)
        return float(cosines[0]) if len(cosines) else -1.0

    def _rerank(self, question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """Return the hits with the first `reranked` of them reordered, if there is a reranker."""
        if self.reranker is None:
            return tuple(hits)
        from index.encoded_text import passage_text

        texts = [passage_text(hit.document.title, hit.passage) for hit in hits[: self.reranked]]
        return rerank(hits, self.reranker.scores(question, texts).tolist())

    def _rows_of(self, layers: Collection[str]) -> NDArray[np.bool_]:
        """Return a boolean per passage: True if its document is in one of these layers."""
        is_wanted = [document.layer in layers for document in self.generation.documents]
        return np.repeat(np.array(is_wanted, bool), np.diff(self.generation.document_rows))
