"""The plan of a build: unchanged documents, new or changed documents, and problems."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from index.build.expected_questions import ExpectedPlan, PlannedDocument, plan_questions
from index.chunker import chunk
from index.documents import loader
from index.documents.folder import assign_ids, read, scan
from index.documents.formats.pdf_word.sandbox import MAX_SECONDS, is_converted, to_html
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
class UnchangedDocument:
    """An unchanged document of the previous generation."""

    place: int
    """The document's place in the previous generation."""
    document: Document


@dataclass(frozen=True, slots=True)
class ChunkedDocument:
    """A new or changed document, chunked."""

    document: Document
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The content of the next generation before anything is encoded."""

    read_ns: int
    """When the files were listed, in nanoseconds since 1970."""
    files: tuple[FileStamp, ...]
    """All listed files, ordered by path."""
    parts: tuple[UnchangedDocument | ChunkedDocument, ...]
    """The documents, ordered by path."""
    problems: tuple[Problem, ...]
    unlisted: tuple[Problem, ...] = ()
    """Problems of files that could not be listed."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """The number of files for each suffix that is not supported."""
    ignored: int = 0
    """The number of files and folders that .strataignore or .gitignore leaves out."""
    expected: ExpectedPlan = field(default_factory=ExpectedPlan)
    """The questions that editors expect."""

    @property
    def content(self) -> str:
        """The sha256 of the paths and hashes of all files, question files included."""
        listed = "".join(f"{file.path}\0{file.sha256}\n" for file in (*self.files, *self.expected.files))
        return hashlib.sha256(listed.encode()).hexdigest()


class Converter:
    """A converter for PDF and Word files, with progress and a time limit for all files together."""

    def __init__(self, seconds: float | None = None, progress: Progress | None = None) -> None:
        """Set the time limit for all files together; with None each file has its own limit."""
        self.is_limited = seconds is not None
        self._seconds = float("inf") if seconds is None else seconds
        self._progress = progress

    def to_html(self, path: str, data: bytes, suffix: str) -> str:
        """Convert a file to HTML; see pdf_word.sandbox.to_html."""
        began = time.monotonic()
        doing = visible(f"converting {path}")
        if self._progress is not None:
            self._progress(0, 1, doing)
        try:
            return to_html(data, suffix, min(self._seconds, MAX_SECONDS))
        finally:
            self._seconds -= time.monotonic() - began
            if self._progress is not None:
                self._progress(1, 1, doing)

    def parse(self, path: str, data: bytes, before: FileStamp | None) -> loader.Parsed:
        """Parse a file.

        A file that the same converter failed to convert before is not converted again.

        Args:
            path: The path below the library's folder.
            data: The content of the file.
            before: The file in the previous generation.
        """
        suffix = PurePosixPath(path).suffix.lower()
        if before is not None and before.is_unread and is_converted(suffix):
            is_same = before.sha256 == hashlib.sha256(data).hexdigest()
            again = not self.is_limited if before.reader == PENDING else before.may_be_read_now
            if is_same and not again:
                return loader.Parsed(
                    Document(path, path, path), problems=before.problems, reader=before.reader
                )
        return loader.parse(path, data, lambda data, suffix: self.to_html(path, data, suffix))


@dataclass(slots=True)
class _Reading:
    """The files of the library, read one by one, and the documents in them."""

    content: Path
    encoder: Encoder
    known: Mapping[str, UnchangedDocument]
    """The documents by path that may be kept if their file is unchanged."""
    stamps: Mapping[str, FileStamp]
    """The files of the previous generation by path."""
    converter: Converter
    files: list[FileStamp] = field(default_factory=list)
    parts: list[UnchangedDocument | ChunkedDocument] = field(default_factory=list)

    def add(self, found: Found) -> None:
        """Read a file, and chunk its document if it is new or has changed."""
        kept, before = self.known.get(found.path), self.stamps.get(found.path)
        data = read(self.content / found.path)
        sha256 = "" if data is None else hashlib.sha256(data).hexdigest()
        if kept is not None and kept.document.sha256 == sha256:
            is_same = before is not None and before.sha256 == sha256
            self.parts.append(kept)
            self.files.append(_stamp(found, sha256, before if is_same else None))
            return
        if data is None:
            parsed = loader.read(self.content, found.path)
        else:
            parsed = self.converter.parse(found.path, data, before)
        self.files.append(_stamp(found, sha256, parsed))
        if not parsed.is_fatal:
            # The encoder loads in another thread while further files are read.
            self.encoder.warm()
            self.parts.append(ChunkedDocument(parsed.document, _chunk(parsed, self.encoder)))


def plan(
    content: Path,
    encoder: Encoder,
    previous: Generation | None,
    *,
    reuse: bool,
    ids: Mapping[str, str] | None = None,
    converter: Converter | None = None,
) -> Plan:
    """Return the plan for the library's folder.

    Args:
        content: The library's folder.
        encoder: Counts the tokens of passages. It starts loading as soon as a changed file is found.
        previous: The previous generation, if this encoder made it. A file that has become unreadable keeps its
            document from there.
        reuse: Whether unchanged files keep their documents, too.
        ids: The existing ids of documents, by path.
        converter: Converts PDF and Word files.

    Raises:
        ContentError: The folder is missing.
        EncoderError: The encoder reads too few tokens for a passage.
    """
    read_ns = time.time_ns()
    listing = scan(content)
    known = (
        {}
        if previous is None
        else {d.path: UnchangedDocument(i, d) for i, d in enumerate(previous.documents)}
    )
    stamps = previous.files if previous is not None and reuse else {}
    reading = _Reading(content, encoder, known if reuse else {}, stamps, converter or Converter())
    for found in listing.files:
        reading.add(found)
    files, parts = reading.files, reading.parts
    problems = list(listing.problems)
    problems.extend(problem for stamp in files for problem in stamp.problems)
    # A typo in a file must not take its document out of the index.
    _keep_last_good(parts, problems, known)
    parts = _with_ids(parts, ids or {})
    parts.sort(key=lambda part: part.document.path)
    problems.extend(loader.check_links(content, [part.document for part in parts]))
    expected = plan_questions(
        content, listing.questions, [_planned(part) for part in parts], encoder, previous
    )
    problems.extend(problem for stamp in expected.files for problem in stamp.problems)
    problems.sort(key=lambda problem: (problem.path, problem.line))
    return Plan(
        read_ns,
        tuple(files),
        tuple(parts),
        tuple(problems),
        listing.problems,
        listing.passed_over,
        listing.ignored,
        expected,
    )


def _planned(part: UnchangedDocument | ChunkedDocument) -> PlannedDocument:
    """Return the facts about a document that its expected questions need."""
    if isinstance(part, UnchangedDocument):
        return PlannedDocument(part.document, None, part.place)
    return PlannedDocument(part.document, tuple(passage.anchor for passage in part.passages))


def _stamp(found: Found, sha256: str, read: FileStamp | loader.Parsed | None) -> FileStamp:
    """Return the stamp of a file, with the reader and the problems of `read`."""
    reader, problems = (read.reader, read.problems) if read is not None else ("", ())
    return FileStamp(found.path, found.size, found.mtime_ns, sha256, reader, problems)


def _with_ids(
    parts: list[UnchangedDocument | ChunkedDocument], known: Mapping[str, str]
) -> list[UnchangedDocument | ChunkedDocument]:
    """Return the documents with their final ids; unchanged documents keep their ids."""
    known = {
        **known,
        **{part.document.path: part.document.id for part in parts if isinstance(part, UnchangedDocument)},
    }
    ids = assign_ids([part.document.path for part in parts], known)
    return [
        part if part.document.id == ids[part.document.path] else _renamed(part, ids[part.document.path])
        for part in parts
    ]


def _renamed(part: UnchangedDocument | ChunkedDocument, id: str) -> UnchangedDocument | ChunkedDocument:
    """Return the document and its passages with another id."""
    document = replace(part.document, id=id)
    if isinstance(part, UnchangedDocument):
        return replace(part, document=document)
    return ChunkedDocument(document, tuple(replace(passage, document=id) for passage in part.passages))


def _chunk(parsed: loader.Parsed, encoder: Encoder) -> tuple[Passage, ...]:
    """Return the passages of a parsed document; raises EncoderError if the encoder reads too few tokens."""
    try:
        return chunk(parsed.document, parsed.sections, encoder.count, encoder.id.max_tokens)
    except ValueError as error:
        raise EncoderError(
            f"the encoder {encoder.id.name} reads too little: {error}; choose another"
        ) from error


def _keep_last_good(
    parts: list[UnchangedDocument | ChunkedDocument],
    problems: list[Problem],
    known: Mapping[str, UnchangedDocument],
) -> None:
    """Add the previous version of each document that cannot be read now, and a problem that says so.

    Args:
        parts: The documents; extended in place.
        problems: The problems; extended in place.
        known: The documents of the previous generation by path.
    """
    for path in dict.fromkeys(problem.path for problem in problems if problem.fatal):
        kept = known.get(path)
        if kept is not None:
            parts.append(kept)
            problems.append(
                Problem(path, 1, "until this is fixed, its last good version is used", fatal=False)
            )
