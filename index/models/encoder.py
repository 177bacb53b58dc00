"""The compiled encoder: from text to unit rows with ONNX Runtime and `tokenizers`, without torch.

`index.models.bundle` describes its folder, which `index.models.compiler` writes or `index.models.archive`
installs.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import threading
from typing import TYPE_CHECKING, Any

from index.errors import EncoderError, WriteError
from index.files import atomic_write
from index.models.bundle import GRAPH, TOKENIZER, WORDS, verified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from index.models.bundle import Description
    from index.types import Matrix, Vector

BATCH_TOKENS = 1024
"""Tokens per batch, padding included: with 512 the fastest on two cores of the powers of two from 256 to
8,192, for the passages and sentences of tests/benchmarks/encode.py."""


class CompiledEncoder:
    """An encoder on ONNX Runtime. Tokenizer and session load at first use. Threads may share an instance."""

    def __init__(self, folder: Path, description: Description, threads: int) -> None:
        self.folder = folder
        self.description = description
        self.threads = threads
        self.id = description.id
        self._loading_tokenizer = threading.Lock()
        self._loading_session = threading.Lock()
        self._tokenizer: Any = None
        self._session: Any = None
        self._words: Any = None

    def warm(self) -> None:
        """Start loading the session in another thread, unless it is already loading, and return at once.

        The session takes longer to load than the tokenizer, so both load at the same time.
        """
        if self._session is None and not self._loading_session.locked():
            # Imported in this thread, because concurrent imports can see a partly initialised module.
            import onnxruntime  # noqa: F401

            threading.Thread(target=self._preload_session, name="encoder").start()

    def count(self, text: str) -> int:
        """Return the number of tokens of a passage, with the document prompt and the model's special tokens."""
        return len(self._open_tokenizer().encode(self.description.document_prompt + text))

    def encode_fixed(self, texts: tuple[str, ...]) -> Matrix:
        """Return the unit rows of texts that are the same in every process, from a file beside the encoder's folder.

        The file is written at the first call; where it cannot be written, each process encodes the texts again.
        """
        import numpy as np

        digest = hashlib.sha256("\n".join((self.id.sha256, *texts)).encode()).hexdigest()
        file = self.folder.with_name(f"{self.folder.name}.{digest[:16]}.npy")
        with contextlib.suppress(OSError, ValueError):
            kept: Matrix = np.load(file, allow_pickle=False)
            if kept.shape == (len(texts), self.id.dimension):
                return kept
        rows = self.encode(texts)
        data = io.BytesIO()
        np.save(data, rows)
        with contextlib.suppress(WriteError):
            atomic_write(file, data.getvalue())
        return rows

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Matrix:
        """Return the unit rows of passages or sentences in the order given, shape (n, dimension).

        Texts of similar length share a batch. `progress(n)` is called after each batch with the number of its
        texts. Raises EncoderError for a text above `max_tokens`: passages are never truncated silently.
        """
        import numpy as np

        rows = np.empty((len(texts), self.id.dimension), np.float32)
        if not texts:
            return rows
        self.warm()
        prompt = self.description.document_prompt
        encoded = self._open_tokenizer().encode_batch_fast([prompt + text for text in texts])
        tokens = [one.ids for one in encoded]
        for text, ids in zip(texts, tokens, strict=True):
            if len(ids) > self.id.max_tokens:
                raise EncoderError(
                    f'a text has {len(ids)} tokens, and {self.id.name} reads {self.id.max_tokens}; split it: "{text[:60]}"'
                )
        for batch in batches([len(ids) for ids in tokens], BATCH_TOKENS):
            rows[batch] = self._run([tokens[position] for position in batch])
            if progress:
                progress(len(batch))
        return rows

    def encode_question(self, question: str) -> Vector:
        """Return the unit row of a question with the query prompt; a question above `max_tokens` is truncated."""
        self.warm()
        tokenizer = self._open_tokenizer()
        # A terminal passes invalid UTF-8 as lone surrogates, which tokenizers reject.
        text = (self.description.query_prompt + question).encode(errors="replace").decode()
        encoded = tokenizer.encode(text)
        if len(encoded) > self.id.max_tokens:
            encoded = tokenizer.encode(text, add_special_tokens=False)
            encoded.truncate(self.id.max_tokens - tokenizer.num_special_tokens_to_add(is_pair=False))
            encoded = tokenizer.post_process(encoded)
        row: Vector = self._run([encoded.ids])[0]
        return row

    @property
    def has_word_rows(self) -> bool:
        """True if there is a table with the embeddings of whole words (see index.models.word_table)."""
        return WORDS in self.description.files

    def is_word(self, text: str) -> bool:
        """Return True if the word is a single token."""
        return self._token(text.lower()) is not None

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """Return the embeddings of words in lower case, shape (n, dimension); 0 for words that the tokenizer splits.

        They are read from the table of words, or encoded if there is no table.
        """
        import numpy as np

        rows = np.zeros((len(words), self.id.dimension), np.float32)
        whole = [
            place for place, word in enumerate(words) if _is_plain(word) and self._token(word) is not None
        ]
        if not self.has_word_rows:
            # Rounded as in the table, so that scores do not depend on it.
            rows[whole] = self.encode([words[place] for place in whole]).astype(np.float16)
            return rows
        if self._words is None:
            try:
                self._words = np.load(self.folder / WORDS, mmap_mode="r")
            except (OSError, ValueError) as error:
                raise unusable(self.folder / WORDS, error) from error
        for place in whole:
            token = self._token(words[place])
            if token is not None and token < len(self._words):
                rows[place] = self._words[token]
        return rows

    def whole_words(self) -> dict[str, int]:
        """Return the words that are single tokens, have three or more letters and are in lower case, with their token ids."""
        tokens = self._open_tokenizer().get_vocab()
        plain = {token.removeprefix("\u2581").removeprefix("\u0120") for token in tokens}
        words = sorted(filter(_is_plain, plain))
        return {word: token for word in words if (token := self._token(word)) is not None}

    def _token(self, word: str) -> int | None:
        """Return the id of a word's only token, or None if the tokenizer splits the word."""
        token_id = self._open_tokenizer().token_to_id
        # BERT writes a word as it is, SentencePiece with U+2581 and GPT with U+0120 before it.
        found = (token_id(mark + word) for mark in ("", "\u2581", "\u0120"))
        token: int | None = next((token for token in found if token is not None), None)
        return token

    def _run(self, tokens: Sequence[Sequence[int]]) -> Matrix:
        """Return the unit rows of lists of token ids, padded to the longest list."""
        import numpy as np

        session = self._open_session()
        ids = np.full((len(tokens), max(map(len, tokens))), self.description.pad, np.int64)
        mask = np.zeros_like(ids)
        for row, values in enumerate(tokens):
            ids[row, : len(values)] = values
            mask[row, : len(values)] = 1
        rows: Matrix = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return rows

    def _open_tokenizer(self) -> Any:
        """Return the tokenizer, loaded at the first call; raises EncoderError."""
        with self._loading_tokenizer:
            if self._tokenizer is None:
                from tokenizers import Tokenizer

                try:
                    self._tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
                except Exception as error:  # tokenizers raises nothing narrower
                    raise unusable(self.folder / TOKENIZER, error) from error
            return self._tokenizer

    def _open_session(self) -> Any:
        """Return the ONNX Runtime session, loaded at the first call; raises EncoderError."""
        with self._loading_session:
            if self._session is None:
                self._session = open_session(self.folder / GRAPH, self.threads)
            return self._session

    def _preload_session(self) -> None:
        """Load the session; an error is raised again when the session is used."""
        with contextlib.suppress(EncoderError):
            self._open_session()


def _is_plain(word: str) -> bool:
    """Return True if a word has three or more letters, all in lower case: only such words have embeddings."""
    return len(word) >= 3 and word.isalpha() and word.islower()


def load(folder: Path, *, threads: int | None = None) -> CompiledEncoder:
    """Load the compiled encoder in a folder, after checking its files (see `bundle.verified`).

    `threads` is the number of threads per call, by default one per core that this process may use. Raises
    EncoderError if the folder is missing, damaged or of another version.
    """
    description = verified(folder, "encoder")
    return CompiledEncoder(folder, description, threads or cores())


def cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Yield the positions of texts in batches, longest texts first.

    A batch has at most `tokens` tokens, padding included, or a single text.

    >>> list(batches([3, 9, 4, 3], 10))
    [[1], [2, 0], [3]]
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > tokens:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def open_session(graph: Path, threads: int) -> Any:
    """Open an ONNX Runtime session for a graph that the compiler has optimised; raises EncoderError."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads save half a millisecond per question, but take the cores from other processes.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no narrower root
        raise unusable(graph, error) from error


def unusable(path: Path, error: Exception) -> EncoderError:
    """Return the error for a file that tokenizers or ONNX Runtime cannot load."""
    reason = " ".join(str(error).split())[:200]
    return EncoderError(
        f"{path} cannot be loaded by the version installed here ({reason}); run: strata compile"
    )
