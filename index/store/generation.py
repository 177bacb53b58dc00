"""One complete, immutable index on disk: opened, checked, and read."""

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
from index.search.arrays import Rows, places, single
from index.search.bm25 import Lexical
from index.search.related_words import Words
from index.store import records
from index.store.manifest import ARRAYS, KEY_BYTES, MANIFEST, MEND, FileStamp, check, parse
from index.types import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from index.search.vectors import Vectors
    from index.types import Document, Manifest, Matrix, Passage

_WORD = re.compile(r"[^\W_]+")

_MAPPED_FROM = 1 << 16
"""Bytes from which an array is memory-mapped rather than read."""

_DECODED = 4096
"""Passages that are kept decoded: about 3 KB each."""


class Generation:
    """A read-only view of one generation. Reads from several threads are safe.

    While it is open, no other process removes its folder: a shared lock on its manifest, which the system
    frees when the process ends, says that it is in use.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        arrays: Mapping[str, NDArray[Any]],
        lock: int,
        damage: str = "",
    ) -> None:
        """Map files that were checked (see `read`): from then on, the folder may be moved or removed.

        Args:
            folder: The generation's folder.
            manifest: What the files are.
            arrays: The arrays by name.
            lock: An open file, closed with the generation.
            damage: What is wrong with the current generation, if this one serves in its place.
        """
        self.manifest = manifest
        self.warning = f"{damage} (meanwhile the index of {manifest.created} serves)" if damage else ""
        """Why this generation serves although it is not the current one; empty if it is the current one."""
        self.lexical = Lexical({name: arrays[f"lexical-{name}"] for name in bm25.ARRAYS})
        self.words = Words({name: arrays[f"word-{name}"] for name in related_words.ARRAYS})
        self.document_rows = arrays["document-rows"]
        """The first passage row of each document, and the number of passages."""
        self.passage_sentences = arrays["passage-sentences"]
        """The first sentence of each passage, and the number of sentences."""
        self.passage_keys = arrays["passage-keys"]
        self.sentence_keys = arrays["sentence-keys"]
        self.sentences: NDArray[np.float16] = arrays["sentences"]
        """The row of each sentence."""
        self._sentence_rows = Rows(self.sentences)
        self.document_lines = Text(folder / "documents.jsonl", arrays["document-lines"])
        self.passage_lines = Text(folder / "passages.jsonl", arrays["passage-lines"])
        self.read_ns, self.files, self.unlisted = _files_of(folder / "files.json")
        self._vectors_file = np.memmap(folder / "passages.faiss", np.uint8, "r")
        self._vectors: Vectors | None = None
        self._opening = threading.Lock()
        self._document, self._passage = _decoders(self.document_lines, self.passage_lines, self.document_rows)
        self._close = weakref.finalize(self, os.close, lock)

    @property
    def id(self) -> str:
        """Ids sort by the time of writing."""
        return self.manifest.id

    @cached_property
    def described(self) -> frozenset[str]:
        """The words, in lower case, of all that is known of the documents beside their text.

        These are the words of file names, titles, headings, summaries, aliases, figures and sources.
        """
        related_words: set[str] = set()
        for document in self.documents:
            related_words.update(_WORD.findall(" ".join(_texts(document)).lower()))
        return frozenset(related_words)

    @property
    def unread(self) -> tuple[str, ...]:
        """The paths of files of which the newest version could not be read."""
        unread = [path for path, stamp in self.files.items() if stamp.is_unread]
        return tuple(sorted({*unread, *(problem.path for problem in self.unlisted)}))

    @property
    def vectors(self) -> Vectors:
        """The passages' rows; FAISS is imported when they are first asked for."""
        with self._opening:
            if self._vectors is None:
                self._vectors = vectors.read(self._vectors_file, self.manifest.recall)
            return self._vectors

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents, in path order."""
        return tuple(self.document(place) for place in range(self.manifest.documents))

    def document(self, place: int) -> Document:
        """The document at this place, from 0."""
        return self._document(place)

    def places_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each passage's document."""
        return np.searchsorted(self.document_rows, rows, side="right") - 1

    def document_of(self, row: int) -> Document:
        """The document that this passage is from."""
        return self._document(int(np.searchsorted(self.document_rows, row, side="right")) - 1)

    def passage(self, row: int) -> Passage:
        """The passage in this row; raises IndexError where there is none."""
        return self._passage(row)

    def sentence_rows(self, row: int) -> Matrix:
        """The rows of one passage's sentences, in order: (sentences, dimension)."""
        start, stop = self.passage_sentences[row : row + 2].tolist()
        return single(self.sentences[start:stop])

    def sentences_of(self, rows: NDArray[np.int64]) -> tuple[Matrix, NDArray[np.int64]]:
        """The rows of several passages' sentences, one passage behind the other, and how many each has."""
        rows = np.asarray(rows, np.int64)
        lengths = self.passage_sentences[rows + 1] - self.passage_sentences[rows]
        return self._sentence_rows[places(self.passage_sentences, rows)], lengths

    def close(self) -> None:
        """Let the folder be removed. What was read from it stays valid; garbage collection closes as well."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _texts(document: Document) -> Iterator[str]:
    yield from (document.path, document.title, document.layer, document.summary, *document.aliases)
    for heading in document.headings:
        yield from heading.path
    for source in document.sources:
        yield from (source.id, source.publisher, source.title, source.url)
    for series in document.figures:
        yield from (series.entity, series.metric, series.unit)


class Text:
    """A memory-mapped file of lines, and where each begins."""

    def __init__(self, path: Path, offsets: NDArray[np.int64]) -> None:
        self.offsets = offsets
        with path.open("rb") as file:
            empty = len(offsets) == 1
            self._bytes = memoryview(b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def __getitem__(self, line: int) -> bytes:
        if not 0 <= line < len(self.offsets) - 1:
            raise IndexError(f"there is no line {line}: there are {len(self.offsets) - 1}")
        return bytes(self.span(line, line + 1))

    def span(self, start: int, stop: int) -> memoryview:
        """The lines from `start` to before `stop`, not copied."""
        return self._bytes[self.offsets[start] : self.offsets[stop]]


def _decoders(
    document_lines: Text, passage_lines: Text, document_rows: NDArray[np.int64]
) -> tuple[Callable[[int], Document], Callable[[int], Passage]]:
    """What reads a document by its place and a passage by its row; neither refers to the generation."""

    @lru_cache(_DECODED)
    def document(place: int) -> Document:
        return records.document_of(document_lines[place])

    @lru_cache(_DECODED)
    def passage(row: int) -> Passage:
        line = passage_lines[row]
        place = int(np.searchsorted(document_rows, row, side="right")) - 1
        return records.passage_of(line, document(place).id)

    return document, passage


def read(folder: Path, id: str, damage: str = "") -> Generation:
    """Open the generation in a folder, after every file of it is checked against its manifest.

    Args:
        folder: The generation's folder.
        id: The id that its manifest must have.
        damage: What is wrong with the current generation, if this one serves in its place.

    Raises:
        GenerationError: The generation is damaged, foreign, or being removed.
    """
    try:
        lock = os.open(folder / MANIFEST, os.O_RDONLY)
    except OSError as error:
        raise GenerationError(f"{folder / MANIFEST} cannot be read ({error.strerror}); {MEND}") from error
    try:
        _share(lock, folder)
        manifest = parse(_content(lock, folder), folder, id)
        check(folder, manifest)
        try:
            return Generation(folder, manifest, _load(folder, manifest), lock, damage)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GenerationError(f"{folder} cannot be opened ({error}); {MEND}") from error
    except BaseException:
        os.close(lock)
        raise


def _content(manifest: int, folder: Path) -> bytes:
    """Return what an open manifest holds; raises GenerationError if it cannot be read, a folder for example."""
    try:
        with open(manifest, "rb", closefd=False) as file:
            return file.read()
    except OSError as error:
        raise GenerationError(f"{folder / MANIFEST} cannot be read ({error.strerror}); {MEND}") from error


def _share(lock: int, folder: Path) -> None:
    """Say that the generation is in use."""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise GenerationError(f"{folder} is being removed; ask again") from None
    except OSError:
        return  # a file system without locks: what is open stays readable all the same
    if os.fstat(lock).st_nlink == 0:
        raise GenerationError(f"{folder} was removed; ask again")


def _load(folder: Path, manifest: Manifest) -> dict[str, NDArray[Any]]:
    """The arrays, large ones memory-mapped; raises ValueError where one has not the shape it must have."""
    documents, passages, sentences = manifest.documents, manifest.passages, manifest.sentences
    shapes = {
        "document-lines": (documents + 1,),
        "document-rows": (documents + 1,),
        "passage-lines": (passages + 1,),
        "passage-sentences": (passages + 1,),
        "passage-keys": (passages, KEY_BYTES),
        "sentence-keys": (sentences, KEY_BYTES),
        "sentences": (sentences, manifest.encoder.dimension),
        "lexical-offsets": (passages + 1,),
        "lexical-sentence-offsets": (sentences + 1,),
    }
    arrays: dict[str, NDArray[Any]] = {}
    for name, type_ in ARRAYS.items():
        size, _ = manifest.files[f"{name}.npy"]
        mode: Any = "r" if size >= _MAPPED_FROM else None
        array = np.asarray(np.load(folder / f"{name}.npy", mmap_mode=mode, allow_pickle=False))
        if array.dtype != type_ or shapes.get(name, array.shape) != array.shape:
            raise ValueError(f"{name}.npy holds {array.dtype} of {array.shape}")
        array.flags.writeable = False
        arrays[name] = array
    terms = len(arrays["lexical-ends"]) - 1
    if arrays["word-rows"].shape != (terms, manifest.encoder.dimension):
        raise ValueError(f"word-rows.npy holds {arrays['word-rows'].shape} for {terms} terms")
    return arrays


def _files_of(path: Path) -> tuple[int, dict[str, FileStamp], tuple[Problem, ...]]:
    """Return when the library's files were listed, each as it was read, and what could not be listed."""
    record = json.loads(path.read_bytes())
    stamps = map(FileStamp.of, record["files"])
    unlisted = tuple(Problem(*problem) for problem in record["unlisted"])
    return record["read_ns"], {stamp.path: stamp for stamp in stamps}, unlisted
