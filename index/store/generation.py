"""A generation: one complete, immutable index on disk, opened for reading."""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import re
import threading
import weakref
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from index.errors import GenerationError
from index.search import bm25, related_words, vectors
from index.search.arrays import HalfPrecisionRows, flat_positions
from index.search.bm25 import Lexical
from index.search.related_words import Words
from index.store import records
from index.store.manifest import ARRAYS, KEY_BYTES, MANIFEST, NEXT_STEP, FileStamp, check, parse
from index.types import ExpectedQuestion, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from index.search.vectors import Vectors
    from index.types import Document, Manifest, Matrix, Passage

_WORD = re.compile(r"[^\W_]+")

_MIN_MAPPED_BYTES = 1 << 16
"""Bytes from which an array is memory-mapped instead of read."""

_CACHED_RECORDS = 4096
"""Passages, and documents, that are cached in decoded form: about 3 KB each."""


class Generation:
    """A read-only view of one generation. Threads may share an instance.

    An open generation holds a shared lock on its manifest, so no other process removes its folder. The system
    releases the lock when the process ends.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        arrays: Mapping[str, NDArray[Any]],
        lock: int,
        damage: str = "",
    ) -> None:
        """Map the files of a folder that `read` has checked. Afterwards the folder may be moved or removed.

        Args:
            folder: The generation's folder.
            manifest: The generation's manifest.
            arrays: The arrays of the folder by name.
            lock: The descriptor of the locked manifest, closed with the generation.
            damage: What is wrong with the current generation, if this generation serves in its place.
        """
        self.manifest = manifest
        self.warning = f"{damage} (meanwhile the index of {manifest.created} serves)" if damage else ""
        """The reason why this generation serves instead of the current generation; empty for the current
        generation."""
        self.lexical = Lexical({name: arrays[f"lexical-{name}"] for name in bm25.ARRAYS})
        self.words = Words({name: arrays[f"word-{name}"] for name in related_words.ARRAYS})
        self.document_rows = arrays["document-rows"]
        """documents + 1: the row of each document's first passage."""
        self.passage_sentences = arrays["passage-sentences"]
        """passages + 1: the row of each passage's first sentence."""
        self.passage_keys = arrays["passage-keys"]
        self.sentence_keys = arrays["sentence-keys"]
        self.sentences: NDArray[np.float16] = arrays["sentences"]
        """The embedding of each sentence."""
        self._sentence_rows = HalfPrecisionRows(self.sentences)
        self.document_questions = arrays["document-questions"]
        """documents + 1: the first expected question of each document."""
        self.passage_questions = arrays["passage-questions"]
        """passages x 2: the first expected question of the passage's section, and the question after the last."""
        self.question_keys = arrays["question-keys"]
        self.questions: NDArray[np.float16] = arrays["question-rows"]
        """The embedding of each expected question."""
        self.question_rows = HalfPrecisionRows(self.questions)
        """The same in single precision."""
        self.question_lines = LinesFile(folder / "questions.jsonl", arrays["question-lines"])
        self.document_lines = LinesFile(folder / "documents.jsonl", arrays["document-lines"])
        self.passage_lines = LinesFile(folder / "passages.jsonl", arrays["passage-lines"])
        self.read_ns, self.files, self.question_files, self.unlisted = _files_of(folder / "files.json")
        self._vectors_file = np.memmap(folder / "passages.faiss", np.uint8, "r")
        self._vectors: Vectors | None = None
        self._opening = threading.Lock()
        self._document, self._passage = _decoders(self.document_lines, self.passage_lines, self.document_rows)
        self._close = weakref.finalize(self, os.close, lock)

    @property
    def id(self) -> str:
        """The generation's id. Ids sort by the time of writing."""
        return self.manifest.id

    @cached_property
    def described(self) -> frozenset[str]:
        """The words of the documents' metadata, in lower case.

        Metadata are file names, titles, headings, summaries, aliases, figures and sources.
        """
        words: set[str] = set()
        for document in self.documents:
            words.update(_WORD.findall(" ".join(_metadata_texts(document)).lower()))
        return frozenset(words)

    @property
    def unread(self) -> tuple[str, ...]:
        """Paths of the files whose newest version could not be read, sorted."""
        unread = [path for path, stamp in self.files.items() if stamp.is_unread]
        return tuple(sorted({*unread, *(problem.path for problem in self.unlisted)}))

    @property
    def vectors(self) -> Vectors:
        """The embeddings of the passages. The first access imports FAISS."""
        with self._opening:
            if self._vectors is None:
                self._vectors = vectors.read(self._vectors_file, self.manifest.recall)
            return self._vectors

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents, ordered by path."""
        return tuple(self.document(place) for place in range(self.manifest.documents))

    def document(self, place: int) -> Document:
        """Return the document at a place in `documents`, from 0."""
        return self._document(place)

    def places_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of each passage's document."""
        return np.searchsorted(self.document_rows, rows, side="right") - 1

    def document_of(self, row: int) -> Document:
        """Return the document of the passage in this row."""
        return self._document(int(np.searchsorted(self.document_rows, row, side="right")) - 1)

    def passage(self, row: int) -> Passage:
        """Return the passage in this row; raises IndexError if there is no such row."""
        return self._passage(row)

    def sentences_of(self, rows: NDArray[np.int64]) -> tuple[Matrix, NDArray[np.int64]]:
        """Return the embeddings of these passages' sentences, one passage after the other, and the sentences per passage."""
        rows = np.asarray(rows, np.int64)
        lengths = self.passage_sentences[rows + 1] - self.passage_sentences[rows]
        return self._sentence_rows[flat_positions(self.passage_sentences, rows)], lengths

    def expected_questions(self, place: int) -> tuple[ExpectedQuestion, ...]:
        """Return the expected questions of the document at a place, in the order of their rows."""
        return tuple(ExpectedQuestion(*listed) for listed in json.loads(self.question_lines[place]))

    def close(self) -> None:
        """Release the lock on the folder. Mapped data stays valid. Garbage collection closes a generation, too."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _metadata_texts(document: Document) -> Iterator[str]:
    """Yield the texts of a document's metadata."""
    yield from (document.path, document.title, document.layer, document.summary, *document.aliases)
    yield from (*document.authors, *document.tags)
    for heading in document.headings:
        yield from heading.path
    for source in document.sources:
        yield from (source.id, source.publisher, source.title, source.url)
    for series in document.figures:
        yield from (series.entity, series.metric, series.unit)


class LinesFile:
    """A memory-mapped file of lines, read by line number."""

    def __init__(self, path: Path, offsets: NDArray[np.int64]) -> None:
        """Map a file; line i is in the bytes from `offsets[i]` to `offsets[i + 1]`."""
        self.offsets = offsets
        with path.open("rb") as file:
            is_empty = len(offsets) == 1
            self._bytes = memoryview(
                b"" if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            )

    def __getitem__(self, line: int) -> bytes:
        if not 0 <= line < len(self.offsets) - 1:
            raise IndexError(f"there is no line {line}: there are {len(self.offsets) - 1}")
        return bytes(self.span(line, line + 1))

    def span(self, start: int, stop: int) -> memoryview:
        """Return the lines from `start` up to, but not including, `stop`, without copying them."""
        return self._bytes[self.offsets[start] : self.offsets[stop]]


def _decoders(
    document_lines: LinesFile, passage_lines: LinesFile, document_rows: NDArray[np.int64]
) -> tuple[Callable[[int], Document], Callable[[int], Passage]]:
    """Return cached functions that read a document by its place and a passage by its row.

    They hold no reference to the generation, so that garbage collection can close it.
    """

    @lru_cache(_CACHED_RECORDS)
    def document(place: int) -> Document:
        return records.document_of(document_lines[place])

    @lru_cache(_CACHED_RECORDS)
    def passage(row: int) -> Passage:
        line = passage_lines[row]
        place = int(np.searchsorted(document_rows, row, side="right")) - 1
        return records.passage_of(line, document(place).id)

    return document, passage


def read(folder: Path, id: str, damage: str = "") -> Generation:
    """Check every file of a generation's folder against its manifest, and open the generation.

    Args:
        folder: The generation's folder.
        id: The id that the manifest must have.
        damage: What is wrong with the current generation, if this generation serves in its place.

    Raises:
        GenerationError: The generation is damaged, was written by another version, or is being removed.
    """
    try:
        lock = os.open(folder / MANIFEST, os.O_RDONLY)
    except OSError as error:
        raise GenerationError(
            f"{folder / MANIFEST} cannot be read ({error.strerror}); {NEXT_STEP}"
        ) from error
    try:
        _lock_shared(lock, folder)
        manifest = parse(_content(lock, folder), folder, id)
        check(folder, manifest)
        try:
            return Generation(folder, manifest, _load(folder, manifest), lock, damage)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GenerationError(f"{folder} cannot be opened ({error}); {NEXT_STEP}") from error
    except BaseException:
        os.close(lock)
        raise


def _content(manifest: int, folder: Path) -> bytes:
    """Return the bytes of an open manifest; raises GenerationError if it cannot be read, for example if it is a folder."""
    try:
        with open(manifest, "rb", closefd=False) as file:
            return file.read()
    except OSError as error:
        raise GenerationError(
            f"{folder / MANIFEST} cannot be read ({error.strerror}); {NEXT_STEP}"
        ) from error


def _lock_shared(lock: int, folder: Path) -> None:
    """Lock an open manifest against removal; raises GenerationError if the folder is being removed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise GenerationError(f"{folder} is being removed; ask again") from None
    except OSError:
        return  # a file system without locks: open files stay readable even if they are removed
    if os.fstat(lock).st_nlink == 0:
        raise GenerationError(f"{folder} was removed; ask again")


def _load(folder: Path, manifest: Manifest) -> dict[str, NDArray[Any]]:
    """Return the arrays by name, large ones memory-mapped; raises ValueError if an array has a wrong type or shape."""
    documents, passages, sentences = manifest.documents, manifest.passages, manifest.sentences
    shapes = {
        "document-lines": (documents + 1,),
        "document-rows": (documents + 1,),
        "passage-lines": (passages + 1,),
        "passage-sentences": (passages + 1,),
        "passage-keys": (passages, KEY_BYTES),
        "sentence-keys": (sentences, KEY_BYTES),
        "sentences": (sentences, manifest.encoder.dimension),
        "question-lines": (documents + 1,),
        "document-questions": (documents + 1,),
        "passage-questions": (passages, 2),
        "lexical-offsets": (passages + 1,),
        "lexical-sentence-offsets": (sentences + 1,),
    }
    arrays: dict[str, NDArray[Any]] = {}
    for name, type_ in ARRAYS.items():
        size, _ = manifest.files[f"{name}.npy"]
        mode: Any = "r" if size >= _MIN_MAPPED_BYTES else None
        array = np.asarray(np.load(folder / f"{name}.npy", mmap_mode=mode, allow_pickle=False))
        if array.dtype != type_ or shapes.get(name, array.shape) != array.shape:
            raise ValueError(f"{name}.npy holds {array.dtype} of {array.shape}")
        array.flags.writeable = False
        arrays[name] = array
    questions = len(arrays["question-keys"])
    if arrays["question-rows"].shape != (questions, manifest.encoder.dimension):
        raise ValueError(f"question-rows.npy holds {arrays['question-rows'].shape} for {questions} questions")
    terms = len(arrays["lexical-ends"]) - 1
    if arrays["word-rows"].shape != (terms, manifest.encoder.dimension):
        raise ValueError(f"word-rows.npy holds {arrays['word-rows'].shape} for {terms} terms")
    return arrays


def _files_of(path: Path) -> tuple[int, dict[str, FileStamp], dict[str, FileStamp], tuple[Problem, ...]]:
    """Return the contents of files.json.

    They are the time when the library was listed, the stamps of its documents and of its question files by path,
    and the files that could not be listed.
    """
    record = json.loads(path.read_bytes())
    documents, questions = (
        {stamp.path: stamp for stamp in map(FileStamp.of, record[name])} for name in ("files", "questions")
    )
    return record["read_ns"], documents, questions, tuple(Problem(*problem) for problem in record["unlisted"])
