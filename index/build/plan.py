"""Plan a build: which files are unchanged, which are new, which cannot be read."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from index.chunker import chunk
from index.documents import conversion, loader
from index.documents.folder import assign_ids, read, scan
from index.errors import EncoderError
from index.store.manifest import FileStamp
from index.types import PENDING, Document, Passage, Problem, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from index.documents.folder import Found
    from index.store.generation import Generation
    from index.types import Encoder, Progress


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that is taken over as it is."""

    place: int
    """In the generation before."""
    document: Document


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was read and chunked."""

    document: Document
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next generation will hold, before anything is encoded."""

    read_ns: int
    """When the files were listed."""
    files: tuple[FileStamp, ...]
    """All files that were listed, by path."""
    parts: tuple[Kept | Made, ...]
    """The documents, by path."""
    problems: tuple[Problem, ...]
    unlisted: tuple[Problem, ...] = ()
    """The files that could not even be listed."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """How many files have each suffix that is not supported."""

    @property
    def content(self) -> str:
        """sha256 over the paths and hashes of all files."""
        listed = "".join(f"{file.path}\0{file.sha256}\n" for file in self.files)
        return hashlib.sha256(listed.encode()).hexdigest()


class Converter:
    """Converts PDF and Word files, tells the progress, and stops when the time for all of them is up."""

    def __init__(self, seconds: float | None = None, progress: Progress | None = None) -> None:
        """`seconds` is the time on the clock for all files together; None leaves each its own limit."""
        self.is_limited = seconds is not None
        self._seconds = float("inf") if seconds is None else seconds
        self._progress = progress

    def to_html(self, path: str, data: bytes, suffix: str) -> str:
        """Convert a file (see conversion.to_html)."""
        began = time.monotonic()
        doing = visible(f"converting {path}")
        if self._progress is not None:
            self._progress(0, 1, doing)
        try:
            return conversion.to_html(data, suffix, min(self._seconds, conversion.MAX_SECONDS))
        finally:
            self._seconds -= time.monotonic() - began
            if self._progress is not None:
                self._progress(1, 1, doing)

    def parse(self, path: str, data: bytes, before: FileStamp | None) -> loader.Parsed:
        """Parse a file; one that could not be converted `before`, by the same converter, is not tried again."""
        suffix = PurePosixPath(path).suffix.lower()
        if before is not None and before.is_unread and conversion.is_converted(suffix):
            is_same = before.sha256 == hashlib.sha256(data).hexdigest()
            again = not self.is_limited if before.reader == PENDING else before.may_be_read_now
            if is_same and not again:
                return loader.Parsed(
                    Document(path, path, path), problems=before.problems, reader=before.reader
                )
        return loader.parse(path, data, lambda data, suffix: self.to_html(path, data, suffix))


def plan(
    content: Path,
    encoder: Encoder,
    previous: Generation | None,
    *,
    reuse: bool,
    ids: Mapping[str, str] | None = None,
    converter: Converter | None = None,
) -> Plan:
    """Return what has to be done for the library's folder.

    Args:
        content: The library's folder.
        encoder: Counts the word pieces of passages; gets ready to encode as soon as a file has changed.
        previous: The generation before, if this encoder made it. A file that cannot be read any more keeps
            the document it has there.
        reuse: Whether files that have not changed keep theirs too.
        ids: The ids that documents have already, by path.
        converter: Converts PDF and Word files.

    Raises:
        ContentError: the folder is missing.
        EncoderError: the encoder reads too few word pieces for a passage.
    """
    read_ns = time.time_ns()
    listing = scan(content)
    known = {} if previous is None else {d.path: Kept(i, d) for i, d in enumerate(previous.documents)}
    stamps = previous.files if previous is not None and reuse else {}
    converter = converter or Converter()
    files: list[FileStamp] = []
    parts: list[Kept | Made] = []
    problems = list(listing.problems)
    for found in listing.files:
        kept = known.get(found.path)
        data = read(content / found.path)
        sha256 = "" if data is None else hashlib.sha256(data).hexdigest()
        if reuse and kept is not None and kept.document.sha256 == sha256:
            stamp = stamps.get(found.path)
            stamp = stamp if stamp is not None and stamp.sha256 == sha256 else None
            parts.append(kept)
            files.append(
                _stamp(found, sha256, stamp.reader, stamp.problems) if stamp else _stamp(found, sha256)
            )
            continue
        before = stamps.get(found.path)
        if data is None:
            parsed = loader.read(content, found.path)
        else:
            parsed = converter.parse(found.path, data, before)
        files.append(_stamp(found, sha256, parsed.reader, parsed.problems))
        if not parsed.is_fatal:
            encoder.warm()
            parts.append(Made(parsed.document, _chunk(parsed, encoder)))
    problems.extend(problem for stamp in files for problem in stamp.problems)
    _keep_last_good(parts, problems, known)
    parts = _with_ids(parts, ids or {})
    parts.sort(key=lambda part: part.document.path)
    problems.extend(loader.check_links(content, [part.document for part in parts]))
    problems.sort(key=lambda problem: (problem.path, problem.line))
    return Plan(
        read_ns, tuple(files), tuple(parts), tuple(problems), listing.problems, dict(listing.passed_over)
    )


def _stamp(found: Found, sha256: str, reader: str = "", problems: tuple[Problem, ...] = ()) -> FileStamp:
    return FileStamp(found.path, found.size, found.mtime_ns, sha256, reader, problems)


def _with_ids(parts: list[Kept | Made], known: Mapping[str, str]) -> list[Kept | Made]:
    """Return the documents with their ids; those that are kept have theirs."""
    known = {**known, **{part.document.path: part.document.id for part in parts if isinstance(part, Kept)}}
    ids = assign_ids([part.document.path for part in parts], known)
    return [
        part if part.document.id == ids[part.document.path] else _renamed(part, ids[part.document.path])
        for part in parts
    ]


def _renamed(part: Kept | Made, id: str) -> Kept | Made:
    document = replace(part.document, id=id)
    if isinstance(part, Kept):
        return replace(part, document=document)
    return Made(document, tuple(replace(passage, document=id) for passage in part.passages))


def _chunk(parsed: loader.Parsed, encoder: Encoder) -> tuple[Passage, ...]:
    try:
        return chunk(parsed.document, parsed.sections, encoder.count, encoder.id.max_tokens)
    except ValueError as error:
        raise EncoderError(
            f"the encoder {encoder.id.name} reads too little: {error}; choose another"
        ) from error


def _keep_last_good(parts: list[Kept | Made], problems: list[Problem], known: Mapping[str, Kept]) -> None:
    """Add what the generation before has of files that cannot be read now, and a note that says so."""
    for path in dict.fromkeys(problem.path for problem in problems if problem.fatal):
        kept = known.get(path)
        if kept is not None:
            parts.append(kept)
            problems.append(
                Problem(path, 1, "until this is fixed, its last good version is used", fatal=False)
            )
