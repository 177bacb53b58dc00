"""The manifest of a generation, and the check of its files against it.

    manifest.json      encoder, counts, and size and sha256 of every other file; written last
    files.json         the files of the library: path, size, time, sha256, problems
    documents.jsonl    one document per line, ordered by path
    passages.jsonl     one passage per line, in document order
    questions.jsonl    the expected questions of one document per line
    passages.faiss     the embedding of each passage (see index.search.vectors)
    *.npy              sentence embeddings, offsets, keys, the lexical index, word forms (see `ARRAYS`)

The last eight digits of a generation's id are a hash of its manifest, so every changed byte is detected.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import GenerationError, WriteError
from index.files import atomic_write, shared_mode
from index.search import bm25, related_words
from index.types import PENDING, EncoderId, Manifest, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMAT = 7
"""Version of the files and of their content. Raise it when documents are parsed or chunked differently."""

MANIFEST = "manifest.json"

ARRAYS: dict[str, Any] = {
    "document-lines": np.int64,  # documents + 1: where each line of documents.jsonl starts
    "document-rows": np.int64,  # documents + 1: the first passage of each document
    "passage-lines": np.int64,  # passages + 1: where each line of passages.jsonl starts
    "passage-sentences": np.int64,  # passages + 1: the first sentence of each passage
    "passage-keys": np.uint8,  # passages x 16: a hash of the text that was encoded
    "sentence-keys": np.uint8,  # sentences x 16
    "sentences": np.float16,  # sentences x dimension
    "question-lines": np.int64,  # documents + 1: where each line of questions.jsonl starts
    "document-questions": np.int64,  # documents + 1: the first expected question of each document
    "passage-questions": np.int64,  # passages x 2: first question of the passage's section, and after the last
    "question-keys": np.uint8,  # expected questions x 16
    "question-rows": np.float16,  # expected questions x dimension
    **{f"lexical-{name}": type_ for name, type_ in bm25.ARRAYS.items()},
    **{f"word-{name}": type_ for name, type_ in related_words.ARRAYS.items()},
}
"""The arrays of a generation and their types; each array is a file."""

FILES = frozenset(
    [
        "files.json",
        "documents.jsonl",
        "passages.jsonl",
        "questions.jsonl",
        "passages.faiss",
        *(f"{name}.npy" for name in ARRAYS),
    ]
)
"""All files of a generation except its manifest."""

_MIN_STAMPED_BYTES = 32 << 20
"""Size from which a verified file is not hashed again until its size, time or inode changes."""

KEY_BYTES = 16
"""Bytes of a text's key (see index.store.writer)."""

NEXT_STEP = "run: strata build"
"""The next step in messages about a damaged index."""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """A file of the library at the time when it was read."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    reader: str = ""
    """The converter that read the file (see sandbox.reader_of), or `PENDING`; empty for text."""
    problems: tuple[Problem, ...] = ()

    @property
    def is_unread(self) -> bool:
        """True if the file's newest version could not be read."""
        return any(problem.fatal for problem in self.problems)

    @property
    def may_be_read_now(self) -> bool:
        """True if the converter that failed to read the file has been replaced since."""
        from index.documents.formats.pdf_word.sandbox import reader_of

        if not self.is_unread or self.reader in {"", PENDING}:
            return False
        return reader_of(PurePosixPath(self.path).suffix.lower()) != self.reader

    def record(self) -> list[Any]:
        """Return the stamp as a JSON list; empty fields at its end are left out."""
        listed: list[Any] = [self.path, self.size, self.mtime_ns, self.sha256]
        if self.reader or self.problems:
            listed += [self.reader, [[p.line, p.message, p.fatal] for p in self.problems]]
        return listed

    @classmethod
    def of(cls, listed: Sequence[Any]) -> FileStamp:
        """Return the stamp for a list that `record` returned.

        >>> stamp = FileStamp("a.pdf", 3, 5, "f0", "pdfminer.six 1", (Problem("a.pdf", 1, "is locked"),))
        >>> FileStamp.of(stamp.record()) == stamp
        True
        """
        path, size, mtime_ns, sha256, *rest = listed
        reader, problems = rest or ("", ())
        return cls(
            path, size, mtime_ns, sha256, reader, tuple(Problem(path, *problem) for problem in problems)
        )


def parse(raw: bytes, folder: Path, id: str) -> Manifest:
    """Return the manifest in these bytes; raises GenerationError unless they are exactly the bytes that were written.

    Args:
        raw: The content of manifest.json.
        folder: The generation's folder, for messages.
        id: The id that the manifest must have.
    """
    damaged = GenerationError(f"{folder / MANIFEST} is damaged; {NEXT_STEP}")
    try:
        record = json.loads(raw)
        found = record["format"]
        if found != FORMAT:
            raise GenerationError(
                f"{folder} has format {found}, not {FORMAT}: another version of Strata wrote it; {NEXT_STEP}"
            )
        record["encoder"] = EncoderId(**record["encoder"])
        record["files"] = {name: (size, sha256) for name, (size, sha256) in record["files"].items()}
        manifest = Manifest(**record)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise damaged from None
    sealed = seal(manifest)
    if (
        manifest.id != id
        or sealed != manifest
        or manifest_bytes(sealed) != raw
        or manifest.files.keys() != FILES
    ):
        raise damaged
    return manifest


def seal(manifest: Manifest) -> Manifest:
    """Return the manifest with its id: the time of writing and a hash of the other fields."""
    blank = replace(manifest, id="")
    digest = hashlib.sha256(manifest_bytes(blank)).hexdigest()[:8]
    time = "".join(c for c in manifest.created if c not in "-:.")
    return replace(manifest, id=f"{time}-{digest}")


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the content of manifest.json."""
    return json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode()


def check(folder: Path, manifest: Manifest) -> None:
    """Raise GenerationError unless every file has the size and sha256 of the manifest."""
    verified = _VerifiedFiles(folder)
    for name, (size, sha256) in sorted(manifest.files.items()):
        path = folder / name
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_size != size:
                    raise GenerationError(f"{path} has {status.st_size} bytes, not {size}; {NEXT_STEP}")
                if verified.has(name, status):
                    continue
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    raise GenerationError(
                        f"{path} is damaged: its sha256 differs from the manifest; {NEXT_STEP}"
                    )
                verified.add(name, status)
        except OSError as error:
            raise GenerationError(f"{path} cannot be read ({error.strerror}); {NEXT_STEP}") from error
    verified.save()


class _VerifiedFiles:
    """The large files that were verified before, noted in a file beside the generation's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = seen_path(folder)
        self._stamps: dict[str, list[int]] = {}
        self._changed = False
        try:
            stamps = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return
        if isinstance(stamps, dict):
            self._stamps = stamps

    def has(self, name: str, status: os.stat_result) -> bool:
        """Return True if a large file was verified and has not changed since."""
        return status.st_size >= _MIN_STAMPED_BYTES and self._stamps.get(name) == _stamp(status)

    def add(self, name: str, status: os.stat_result) -> None:
        """Note that a file was verified."""
        if status.st_size >= _MIN_STAMPED_BYTES:
            self._stamps[name] = _stamp(status)
            self._changed = True

    def save(self) -> None:
        """Write the notes if they changed. In a read-only folder they are lost, and large files are hashed each time."""
        if self._changed:
            with contextlib.suppress(WriteError, OSError):
                mode = shared_mode(self._path.parent)
                atomic_write(self._path, json.dumps(self._stamps).encode(), mode)


def seen_path(folder: Path) -> Path:
    """Return the path of the notes about a generation's verified large files."""
    return folder.with_name(f".{folder.name}.seen")


def _stamp(status: os.stat_result) -> list[int]:
    """Return size, time and inode of a file: they change when the file is written or replaced."""
    return [status.st_size, status.st_mtime_ns, status.st_ino]
