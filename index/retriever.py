"""A question in, ranked passages out, with every score kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from index.models.reranker import rerank
from index.search import bm25 as lexical
from index.search.arrays import places
from index.search.fusion import Weights, fuse, order
from index.search.related_words import credit, is_word
from index.types import Hit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.store.generation import Generation
    from index.types import Encoder, Reranker, Vector

CANDIDATES = 50
"""Passages that each of the two searches, by cosine and by BM25, puts up for the full score.

Scoring the sentences of every passage ranked no better on the development sets of the weights.
"""

CACHED_ROWS = 32
"""Texts whose rows are cached: more than the sentences of the messages that are answered at one time."""

RELATED = 20
"""Passages, the best by the plain score, in which words related to the question's are looked for.

Looking in 30, or in all, gave the same recall at 1, 5 and 10 on the questions of tests/gold.
"""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What a question retrieved."""

    vector: Vector
    """The question's unit row."""
    weights: Mapping[str, float]
    """The question's distinct terms and the IDF of each."""
    hits: tuple[Hit, ...]
    """Best first."""

    def coverage(self, terms: Iterable[str]) -> float:
        """The IDF share of the question's terms that are among these: 0 to 1, and 0 where it has none."""
        total = sum(self.weights.values())
        have = terms if isinstance(terms, (set, frozenset)) else set(terms)
        found = sum([weight for term, weight in self.weights.items() if term in have])
        return found / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Retriever:
    """Ranks the passages of one generation. Safe to use from several threads."""

    generation: Generation
    encoder: Encoder
    weights: Weights = field(default_factory=Weights)
    reranker: Reranker | None = None
    reranked: int = 10
    """How many of the best passages the reranker scores, where there is one."""
    _row: Callable[[str], Vector] = field(init=False, repr=False, compare=False)
    """Encodes a text as a question; recent texts are cached, because a message's sentence may be its whole question."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_row", lru_cache(CACHED_ROWS)(self.encoder.encode_question))

    def retrieve(
        self, question: str, k: int = 10, layers: Collection[str] = (), also: Collection[int] = ()
    ) -> Retrieved:
        """The k best passages for a question, of documents in these layers (in any, where none is given).

        Behind them come those of the rows `also` that are not among them.

        Candidates are the best by cosine and the best by BM25; the sentences of those alone are looked at. A term that
        one of the `RELATED` best lacks is covered in part by the word there that is nearest to it. Of equal scores the
        earlier row comes first.
        """
        generation = self.generation
        vector = self._row(question)
        words = lexical.words(question)
        terms: dict[str, str] = {}
        for term, word in zip(lexical.stems(words), words, strict=True):
            terms.setdefault(term, word)
        weights = {term: generation.lexical.idf(term) for term in terms}
        bm25, coverage = generation.lexical.scores(terms)
        allowed = self._rows_of(layers) if layers else None
        if allowed is not None:
            bm25 = np.where(allowed, bm25, np.float32(0))
        near, _ = generation.vectors.search(vector, CANDIDATES, allowed)
        worded = lexical.top(bm25, CANDIDATES)
        rows = np.array(sorted({*near.tolist(), *worded.tolist(), *also}), np.int64)
        if not len(rows):
            return Retrieved(vector, weights, ())
        dense = generation.vectors.cosines(vector, rows)
        sentence_rows, lengths = generation.sentences_of(rows)
        cosines = sentence_rows @ vector
        ends = np.cumsum(lengths)
        best = np.maximum.reduceat(cosines, ends - lengths)
        covered = coverage[rows]
        scores = fuse(dense, best, covered, self.weights)
        if self.weights.related and self.weights.coverage:
            looked = order(scores, RELATED)
            added = self._related(terms, weights, rows[looked])
            covered[looked] = np.minimum(covered[looked] + added, np.float32(1))
            scores = fuse(dense, best, covered, self.weights)
        best_places = order(scores, max(k, self.reranked) if self.reranker else k)
        best_places += [
            place for place in np.searchsorted(rows, sorted(also)).tolist() if place not in best_places
        ]
        best_rows = rows[best_places]
        shared = iter(generation.lexical.shared(terms, places(generation.passage_sentences, best_rows)))
        documents = generation.places_of(best_rows).tolist()
        hits = []
        for rank, (place, row, document) in enumerate(
            zip(best_places, best_rows.tolist(), documents, strict=True), start=1
        ):
            hits.append(
                Hit(
                    rank=rank,
                    row=row,
                    document=generation.document(document),
                    passage=generation.passage(row),
                    score=float(scores[place]),
                    dense=float(dense[place]),
                    sentence=float(best[place]),
                    coverage=float(covered[place]),
                    bm25=float(bm25[row]),
                    sentence_cosines=tuple(cosines[ends[place] - lengths[place] : ends[place]].tolist()),
                    sentence_terms=tuple(islice(shared, int(lengths[place]))),
                )
            )
        ranked = self._reranked(question, hits)
        return Retrieved(vector, weights, (*ranked[:k], *(hit for hit in ranked[k:] if hit.row in also)))

    def _related(
        self, said: Mapping[str, str], weights: Mapping[str, float], rows: NDArray[np.int64]
    ) -> Vector:
        """What words that are near to those of the question add to the coverage of these passages, of shape (n,).

        `said` has the question's terms, each as the question writes it, and `weights` their IDF.
        """
        generation = self.generation
        ids = {
            term: id
            for term in said
            if generation.lexical.df(term) and (id := generation.lexical.id(term)) is not None
        }
        unknown = [term for term, word in said.items() if term not in ids and is_word(word)]
        asked = np.concatenate(
            [
                generation.words.rows_of(np.array([*ids.values()], np.int64)),
                self.encoder.word_rows([said[term] for term in unknown]),
            ]
        )
        stand, offsets = generation.lexical.ids_of(rows)
        place = np.zeros(generation.lexical.size, np.int64)
        place[stand] = 1
        distinct = np.flatnonzero(place)  # NumPy's `unique` takes four times as long
        place[distinct] = np.arange(len(distinct))
        earned = credit(asked, generation.words.rows_of(distinct), place[stand], offsets)
        owners = np.repeat(np.arange(len(rows)), np.diff(offsets))
        for one, id in zip(earned, ids.values(), strict=False):
            one[owners[stand == id]] = 0  # what stands there counts in full already
        idf = np.array([weights[term] for term in (*ids, *unknown)], np.float32)
        total = sum(weights.values())
        added: Vector = self.weights.related * (idf @ earned) / np.float32(total or 1)
        return added

    def nearest(self, text: str) -> float:
        """The cosine of a text, read as a question, and the passage nearest to it; -1 where there is none."""
        cosines: Vector
        _, cosines = self.generation.vectors.search(self._row(text), 1)
        return float(cosines[0]) if len(cosines) else -1.0

    def _reranked(self, question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        if self.reranker is None:
            return tuple(hits)
        from index.encoded_text import passage_text

        texts = [passage_text(hit.document.title, hit.passage) for hit in hits[: self.reranked]]
        return rerank(hits, self.reranker.scores(question, texts).tolist())

    def _rows_of(self, layers: Collection[str]) -> NDArray[np.bool_]:
        """Which passages are of documents in these layers: n truth values."""
        wanted = [document.layer in layers for document in self.generation.documents]
        return np.repeat(np.array(wanted, bool), np.diff(self.generation.document_rows))
