"""Compiled rerankers: a question and passages to scores, on ONNX Runtime and `tokenizers` alone.

A compiled reranker is a folder that `index.models.compiler` wrote from a cross-encoder: the files of a compiled encoder (see
`index.models.encoder`) with a graph whose one output is a score for each pair of texts.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.models.encoder import (
    BATCH_TOKENS,
    GRAPH,
    TOKENIZER,
    Description,
    batches,
    cores,
    open_session,
    unusable,
    verified,
)

if TYPE_CHECKING:
    from index.types import Hit, Vector


class CompiledReranker:
    """A cross-encoder on ONNX Runtime. Tokenizer and session load at the first question; thread-safe."""

    def __init__(self, folder: Path, description: Description, threads: int) -> None:
        self.folder = folder
        self.description = description
        self.threads = threads
        self._loading = threading.Lock()
        self._opened: tuple[Any, Any] | None = None

    def scores(self, question: str, texts: Sequence[str]) -> Vector:
        """The model's own score of each text, shape (n,), in the order given: higher is better.

        Of a pair that is longer than the model reads, the end of the longer text is not read.
        """
        import numpy as np

        scores = np.empty(len(texts), np.float32)
        if not texts:
            return scores
        tokenizer, session = self._open()
        # A terminal hands on bytes that are no text as lone surrogates, which no tokenizer takes.
        asked = question.encode(errors="replace").decode()
        encoded = tokenizer.encode_batch([(asked, text) for text in texts])
        wanted = {given.name for given in session.get_inputs()}
        for batch in batches([len(pair.ids) for pair in encoded], BATCH_TOKENS):
            pairs = [encoded[position] for position in batch]
            ids = np.full((len(pairs), max(len(pair.ids) for pair in pairs)), self.description.pad, np.int64)
            mask, types = np.zeros_like(ids), np.zeros_like(ids)
            for row, pair in enumerate(pairs):
                ids[row, : len(pair.ids)] = pair.ids
                mask[row, : len(pair.ids)] = 1
                types[row, : len(pair.ids)] = pair.type_ids
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
            given = {name: values for name, values in inputs.items() if name in wanted}
            scores[batch] = session.run(None, given)[0]
        return scores

    def _open(self) -> tuple[Any, Any]:
        with self._loading:
            if self._opened is None:
                from tokenizers import Tokenizer

                path = self.folder / TOKENIZER
                try:
                    tokenizer = Tokenizer.from_file(str(path))
                except Exception as error:  # tokenizers raises nothing narrower
                    raise unusable(path, error) from error
                self._opened = (tokenizer, open_session(self.folder / GRAPH, self.threads))
            return self._opened


def load(folder: Path, *, threads: int | None = None) -> CompiledReranker:
    """The compiled reranker in a folder, its manifest, sizes and hashes checked; `threads` as for an encoder.

    Raises EncoderError where the folder is missing, damaged, of another version or no reranker's.
    """
    return CompiledReranker(folder, verified(folder, "reranker"), threads or cores())


def rerank(hits: Sequence[Hit], scores: Sequence[float]) -> tuple[Hit, ...]:
    """The hits in the order of a reranker's scores of the first of them; of equal ones the better hit comes first.

    The fused scores are dealt out anew, the highest to the first: what is calibrated on their scale, sentence choice
    and abstention, goes on meaning what it did, and the reranker decides which passage has which. The hits behind
    those that were scored stay as they are.

    >>> from index.types import Document, Hit, Passage
    >>> passage, document = Passage("a", (), "", 1, 1, "", ()), Document("a", "a.md", "A")
    >>> hits = [Hit(rank, 9 - rank, document, passage, 1 / rank, 0, 0, 0, 0, (), ()) for rank in (1, 2, 3)]
    >>> [(hit.rank, hit.row, round(hit.score, 2), hit.reranked) for hit in rerank(hits, [-2.5, 7.0])]
    [(1, 7, 1.0, 7.0), (2, 8, 0.5, -2.5), (3, 6, 0.33, None)]
    """
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    scored = [
        replace(hits[place], rank=hits[rank].rank, score=hits[rank].score, reranked=float(scores[place]))
        for rank, place in enumerate(order)
    ]
    return (*scored, *hits[len(scored) :])
