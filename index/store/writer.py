"""A draft: a generation in memory, and the code that writes it to a folder."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from index.files import shared_mode
from index.store.manifest import ARRAYS, FORMAT, KEY_BYTES, MANIFEST, FileStamp, manifest_bytes, seal
from index.types import EncoderId, Manifest, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.search.bm25 import Lexical
    from index.search.related_words import Words
    from index.search.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Lines:
    """Consecutive lines of bytes."""

    chunks: Sequence[bytes | memoryview]
    """The bytes; a chunk may hold several lines."""
    offsets: NDArray[np.int64]
    """n + 1: where each line starts in the joined chunks."""


@dataclass(frozen=True, slots=True)
class RowBlocks:
    """A matrix as a stream of row blocks, which can be read once: only one block is in memory at a time."""

    shape: tuple[int, int]
    blocks: Iterable[NDArray[np.float16]]


@dataclass(frozen=True, slots=True)
class ExpectedDraft:
    """The expected questions of a generation before it is written, n in document order."""

    lines: Lines
    """The questions of one document per line."""
    documents: NDArray[np.int64]
    """documents + 1: the first question of each document."""
    passages: NDArray[np.int64]
    """For each passage the first question of its section and the question after the last."""
    keys: NDArray[np.uint8]
    rows: NDArray[np.float16]
    """The embedding of each question."""
    files: tuple[FileStamp, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of a generation before it is written."""

    encoder: EncoderId
    content: str
    commit: str
    read_ns: int
    """When the library was listed, in nanoseconds since 1970."""
    files: tuple[FileStamp, ...]
    unlisted: tuple[Problem, ...]
    """Problems of files that could not be listed, for example because they are too large."""
    documents: Lines
    document_rows: NDArray[np.int64]
    passages: Lines
    passage_sentences: NDArray[np.int64]
    passage_keys: NDArray[np.uint8]
    sentence_keys: NDArray[np.uint8]
    vectors: Vectors
    sentences: RowBlocks
    lexical: Lexical
    words: Words
    expected: ExpectedDraft


def key(text: str) -> bytes:
    """Return the key of an encoded text: a hash by which the next build finds its embedding."""
    return hashlib.blake2b(text.encode(), digest_size=KEY_BYTES).digest()


def write(folder: Path, draft: Draft, created: str) -> Manifest:
    """Write the files of a generation into an empty folder, sync each file, and return the manifest.

    The manifest is written last. Raises OSError.

    Args:
        folder: An empty folder.
        draft: The generation.
        created: The time of writing in ISO form, in UTC, with microseconds.
    """
    files: dict[str, tuple[int, str]] = {}
    for name, array in _arrays(draft).items():
        with _HashedFile(folder / f"{name}.npy", files) as file:
            np.lib.format.write_array(file, array.astype(ARRAYS[name], copy=False), allow_pickle=False)
    with _HashedFile(folder / "sentences.npy", files) as file:
        _write_blocks(draft.sentences, file)
    with _HashedFile(folder / "passages.faiss", files) as file:
        draft.vectors.save(file.write)
    for name, lines in (
        ("documents.jsonl", draft.documents),
        ("passages.jsonl", draft.passages),
        ("questions.jsonl", draft.expected.lines),
    ):
        with _HashedFile(folder / name, files) as file:
            for chunk in lines.chunks:
                file.write(chunk)
    with _HashedFile(folder / "files.json", files) as file:
        record = {
            "read_ns": draft.read_ns,
            "files": [stamp.record() for stamp in draft.files],
            "questions": [stamp.record() for stamp in draft.expected.files],
            "unlisted": [[p.path, p.line, p.message] for p in draft.unlisted],
        }
        file.write(json.dumps(record, ensure_ascii=False).encode())
    # The manifest is written last: a folder without a manifest is never taken for a generation.
    manifest = seal(
        Manifest(
            format=FORMAT,
            id="",
            created=created,
            encoder=draft.encoder,
            content=draft.content,
            commit=draft.commit,
            documents=len(draft.document_rows) - 1,
            passages=len(draft.passage_sentences) - 1,
            sentences=draft.sentences.shape[0],
            files=dict(sorted(files.items())),
            recall=draft.vectors.recall,
        )
    )
    with _HashedFile(folder / MANIFEST, {}) as file:
        file.write(manifest_bytes(manifest))
    return manifest


def _arrays(draft: Draft) -> dict[str, NDArray[Any]]:
    """Return the arrays of a draft by the names of their files, without `.npy`."""
    return {
        "document-lines": draft.documents.offsets,
        "document-rows": draft.document_rows,
        "passage-lines": draft.passages.offsets,
        "passage-sentences": draft.passage_sentences,
        "passage-keys": draft.passage_keys,
        "sentence-keys": draft.sentence_keys,
        "question-lines": draft.expected.lines.offsets,
        "document-questions": draft.expected.documents,
        "passage-questions": draft.expected.passages,
        "question-keys": draft.expected.keys,
        "question-rows": draft.expected.rows,
        **{f"lexical-{name}": array for name, array in draft.lexical.arrays.items()},
        **{f"word-{name}": array for name, array in draft.words.arrays.items()},
    }


def _write_blocks(rows: RowBlocks, file: _HashedFile) -> None:
    """Write a matrix to a file in NumPy's format."""
    descr = np.lib.format.dtype_to_descr(np.dtype(ARRAYS["sentences"]))
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": rows.shape})
    for block in rows.blocks:
        file.write(block.tobytes())


class _HashedFile:
    """A new file that is hashed while it is written, and synced when it is closed."""

    def __init__(self, path: Path, files: dict[str, tuple[int, str]]) -> None:
        """Create a file; raises FileExistsError.

        When the file is closed, its size and sha256 are added to `files`.
        """
        self._path = path
        self._files = files
        self._hash = hashlib.sha256()
        self._size = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        self._file: BinaryIO = os.fdopen(os.open(path, flags, shared_mode(path.parent)), "wb")

    def write(self, data: bytes | memoryview) -> int:
        """Write data and return its size."""
        self._hash.update(data)
        self._size += len(data)
        return self._file.write(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, type_: type[BaseException] | None, *_: object) -> None:
        with self._file:
            if type_ is None:
                self._file.flush()
                os.fsync(self._file.fileno())
        self._files[self._path.name] = (self._size, self._hash.hexdigest())
