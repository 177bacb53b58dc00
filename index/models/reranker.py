"""The compiled reranker: from a question and passages to scores with ONNX Runtime and `tokenizers`, without torch.

A compiled reranker is a cross-encoder in a folder that `index.models.compiler` wrote (see
`index.models.bundle`). The output of its graph is a score for each pair of texts.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.models.bundle import GRAPH, TOKENIZER, Description, verified
from index.models.encoder import BATCH_TOKENS, batches, cores, open_session, unusable

if TYPE_CHECKING:
    from index.types import Hit, Vector


class CompiledReranker:
    """A cross-encoder on ONNX Runtime. Tokenizer and session load at first use. Threads may share an instance."""

    def __init__(self, folder: Path, description: Description, threads: int) -> None:
        self.folder = folder
        self.description = description
        self.threads = threads
        self._loading = threading.Lock()
        self._opened: tuple[Any, Any] | None = None

    def scores(self, question: str, texts: Sequence[str]) -> Vector:
        """Return the model's score of each text for a question, shape (n,), in the order given: higher is better.

        If a pair is longer than the model reads, the longer text is truncated.
        """
        import numpy as np

        scores = np.empty(len(texts), np.float32)
        if not texts:
            return scores
        tokenizer, session = self._open()
        # A terminal passes invalid UTF-8 as lone surrogates, which tokenizers reject.
        valid_question = question.encode(errors="replace").decode()
        encoded = tokenizer.encode_batch([(valid_question, text) for text in texts])
        names = {graph_input.name for graph_input in session.get_inputs()}
        for batch in batches([len(pair.ids) for pair in encoded], BATCH_TOKENS):
            pairs = [encoded[position] for position in batch]
            ids = np.full((len(pairs), max(len(pair.ids) for pair in pairs)), self.description.pad, np.int64)
            mask, types = np.zeros_like(ids), np.zeros_like(ids)
            for row, pair in enumerate(pairs):
                ids[row, : len(pair.ids)] = pair.ids
                mask[row, : len(pair.ids)] = 1
                types[row, : len(pair.ids)] = pair.type_ids
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
            used = {name: values for name, values in inputs.items() if name in names}
            scores[batch] = session.run(None, used)[0]
        return scores

    def _open(self) -> tuple[Any, Any]:
        """Return tokenizer and session, loaded at the first call; raises EncoderError."""
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
    """Load the compiled reranker in a folder, after checking its files (see `bundle.verified`).

    `threads` is the number of threads per call, by default one per core that this process may use. Raises
    EncoderError if the folder is missing, damaged, of another version, or holds an encoder.
    """
    return CompiledReranker(folder, verified(folder, "reranker"), threads or cores())


def rerank(hits: Sequence[Hit], scores: Sequence[float]) -> tuple[Hit, ...]:
    """Return the hits with the first of them, which have a reranker score each, reordered by it; ties keep their order.

    The fused scores are reassigned in the new order, highest first, because sentence selection and abstention
    are calibrated on their scale. Hits without a reranker score stay as they are.

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
