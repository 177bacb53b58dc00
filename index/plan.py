"""What a build has to do: which files are as they were, which are new, which can't be read."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index import documents
from index.chunking import chunk
from index.conversion import CONVERTED
from index.errors import EncoderError
from index.listing import read, scan
from index.manifest import FileStamp
from index.types import Document, Passage, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from index.generation import Generation
    from index.types import Encoder


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

    @property
    def content(self) -> str:
        """sha256 over the paths and hashes of all files."""
        listed = "".join(f"{file.path}\0{file.sha256}\n" for file in self.files)
        return hashlib.sha256(listed.encode()).hexdigest()


def plan(
    content: Path,
    encoder: Encoder,
    previous: Generation | None,
    *,
    reuse: bool,
    note: Callable[[str], object] | None = None,
) -> Plan:
    """What has to be done for the library's folder.

    Args:
        content: The library's folder.
        encoder: Counts the word pieces of passages; gets ready to encode as soon as a file has changed.
        previous: The generation before, if this encoder made it. A file that cannot be read any more keeps
            the document it has there.
        reuse: Whether files that have not changed keep theirs too.
        note: Called with a line before a PDF or Word file is converted, which may take seconds.

    Raises:
        ContentError: the folder is missing.
        EncoderError: the encoder reads too few word pieces for a passage.
    """
    read_ns = time.time_ns()
    listing = scan(content)
    known = {} if previous is None else {d.path: Kept(i, d) for i, d in enumerate(previous.documents)}
    files: list[FileStamp] = []
    parts: list[Kept | Made] = []
    problems = list(listing.problems)
    for found in listing.files:
        kept = known.get(found.path)
        data = read(content / found.path)
        sha256 = "" if data is None else hashlib.sha256(data).hexdigest()
        files.append(FileStamp(found.path, found.size, found.mtime_ns, sha256))
        if reuse and kept is not None and kept.document.sha256 == sha256:
            parts.append(kept)
            continue
        encoder.warm()
        if note is not None and Path(found.path).suffix.lower() in CONVERTED:
            note(f"converting {found.path!r}")  # quoted, because a name may hold control characters
        parsed = documents.read(content, found.path) if data is None else documents.parse(found.path, data)
        problems.extend(parsed.problems)
        if not parsed.is_fatal:
            parts.append(Made(parsed.document, _chunk(parsed, encoder)))
    _keep_last_good(parts, problems, known)
    parts.sort(key=lambda part: part.document.path)
    problems.extend(documents.check_links(content, [part.document for part in parts]))
    problems.sort(key=lambda problem: (problem.path, problem.line))
    return Plan(read_ns, tuple(files), tuple(parts), tuple(problems))


def _chunk(parsed: documents.Parsed, encoder: Encoder) -> tuple[Passage, ...]:
    try:
        return chunk(parsed.document, parsed.sections, encoder.count, encoder.id.max_tokens)
    except ValueError as error:
        raise EncoderError(
            f"the encoder {encoder.id.name} reads too little: {error}; choose another"
        ) from error


def _keep_last_good(parts: list[Kept | Made], problems: list[Problem], known: Mapping[str, Kept]) -> None:
    """Add what the generation before has of files that cannot be read now, and say so."""
    ids = {part.document.id for part in parts}
    for path in dict.fromkeys(problem.path for problem in problems if problem.fatal):
        kept = known.get(path)
        if kept is not None and kept.document.id not in ids:
            parts.append(kept)
            ids.add(kept.document.id)
            problems.append(
                Problem(path, 1, "until this is mended, its last good version serves", fatal=False)
            )
