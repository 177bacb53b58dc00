"""What a generation's folder holds, and whether it still holds exactly that.

    manifest.json      what the generation is; size and sha256 of every other file; written last
    files.json         the library's files as they were read: path, size, time, sha256, problems
    documents.jsonl    one document a line, in path order
    passages.jsonl     one passage a line, in document order
    passages.faiss     a row for each passage (see index.search.vectors)
    *.npy              the row of each sentence, offsets, keys, the lexical index, written words (see `ARRAYS`)

The last eight digits of a generation's id are a hash of its manifest, so that no byte can change unseen.
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

FORMAT = 5
"""Of the files here and of what is in them: raise it when documents are read or chunked in another way."""

MANIFEST = "manifest.json"

ARRAYS: dict[str, Any] = {
    "document-lines": np.int64,  # documents + 1: where each begins in documents.jsonl
    "document-rows": np.int64,  # documents + 1: the first passage of each
    "passage-lines": np.int64,  # passages + 1: where each begins in passages.jsonl
    "passage-sentences": np.int64,  # passages + 1: the first sentence of each
    "passage-keys": np.uint8,  # passages x 16: a hash of exactly what was encoded
    "sentence-keys": np.uint8,  # sentences x 16
    "sentences": np.float16,  # sentences x dimension
    **{f"lexical-{name}": type_ for name, type_ in bm25.ARRAYS.items()},
    **{f"word-{name}": type_ for name, type_ in related_words.ARRAYS.items()},
}
"""The arrays of a generation and their types: each is a file."""

FILES = frozenset(
    ["files.json", "documents.jsonl", "passages.jsonl", "passages.faiss", *(f"{name}.npy" for name in ARRAYS)]
)
"""All files of a generation but its manifest."""

_STAMPED_FROM = 32 << 20
"""Bytes from which a file that was found whole is not read again until its size, time or inode changes."""

KEY_BYTES = 16
"""Of the key of a text (see index.store.writer)."""

MEND = "run: strata build"


@dataclass(frozen=True, slots=True)
class FileStamp:
    """A file of the library as it was when it was read."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    reader: str = ""
    """The converter that read it (see conversion.reader), or `PENDING`; empty for text."""
    problems: tuple[Problem, ...] = ()

    @property
    def is_unread(self) -> bool:
        """Whether the file, or its newest version, is left out of the index."""
        return any(problem.fatal for problem in self.problems)

    @property
    def may_be_read_now(self) -> bool:
        """Whether the converter that could not read the file is another one now."""
        from index.documents.conversion import reader

        if not self.is_unread or self.reader in {"", PENDING}:
            return False
        return reader(PurePosixPath(self.path).suffix.lower()) != self.reader

    def record(self) -> list[Any]:
        """Return the stamp as JSON; what is empty is left out."""
        listed: list[Any] = [self.path, self.size, self.mtime_ns, self.sha256]
        if self.reader or self.problems:
            listed += [self.reader, [[p.line, p.message, p.fatal] for p in self.problems]]
        return listed

    @classmethod
    def of(cls, listed: Sequence[Any]) -> FileStamp:
        """Return the stamp that `record` returned.

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
    """The manifest in these bytes; raises GenerationError unless they are exactly what was written."""
    damaged = GenerationError(f"{folder / MANIFEST} is damaged; {MEND}")
    try:
        record = json.loads(raw)
        found = record["format"]
        if found != FORMAT:
            raise GenerationError(
                f"{folder} has format {found}, not {FORMAT}: another version of Strata made it; {MEND}"
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
    """The manifest with the id that its time and its other fields give it."""
    blank = replace(manifest, id="")
    digest = hashlib.sha256(manifest_bytes(blank)).hexdigest()[:8]
    time = "".join(c for c in manifest.created if c not in "-:.")
    return replace(manifest, id=f"{time}-{digest}")


def manifest_bytes(manifest: Manifest) -> bytes:
    """The manifest as it is written."""
    return json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode()


def check(folder: Path, manifest: Manifest) -> None:
    """Raise GenerationError unless every file is the one that was written."""
    seen = _Seen(folder)
    for name, (size, sha256) in sorted(manifest.files.items()):
        path = folder / name
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_size != size:
                    raise GenerationError(f"{path} has {status.st_size} bytes, not {size}; {MEND}")
                if seen.whole(name, status):
                    continue
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    raise GenerationError(f"{path} is damaged: its sha256 is not the one written; {MEND}")
                seen.add(name, status)
        except OSError as error:
            raise GenerationError(f"{path} cannot be read ({error.strerror}); {MEND}") from error
    seen.keep()


class _Seen:
    """Which large files were found whole before: kept in a file beside the generation's folder."""

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

    def whole(self, name: str, status: os.stat_result) -> bool:
        """Whether the file is large and was found whole as it is."""
        return status.st_size >= _STAMPED_FROM and self._stamps.get(name) == _stamp(status)

    def add(self, name: str, status: os.stat_result) -> None:
        """Note that the file is whole."""
        if status.st_size >= _STAMPED_FROM:
            self._stamps[name] = _stamp(status)
            self._changed = True

    def keep(self) -> None:
        """Write the notes, if there are new ones; without them large files are hashed each time."""
        if self._changed:
            with contextlib.suppress(WriteError, OSError):
                mode = shared_mode(self._path.parent)
                atomic_write(self._path, json.dumps(self._stamps).encode(), mode)


def seen_path(folder: Path) -> Path:
    """Where it is noted which large files of a generation were found whole."""
    return folder.with_name(f".{folder.name}.seen")


def _stamp(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_mtime_ns, status.st_ino]
