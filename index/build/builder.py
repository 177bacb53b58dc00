"""The steps of a build: read, chunk, encode what changed, write.

An unchanged file keeps its document, passages and embeddings. A passage or sentence of a changed file keeps
its embedding if exactly the same text was encoded for the previous generation. The library's embedding file, if it
has one, gives those of texts that are new here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index.build import embedding_file
from index.build.assembly import assemble
from index.build.plan import Converter, UnchangedDocument, plan
from index.documents.folder import scan
from index.errors import ContentError, GenerationError, NoGenerationError
from index.repository.commit import commit_of
from index.types import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from index.build.plan import Plan
    from index.store.generation import Generation
    from index.store.store import Store
    from index.types import Encoder, Manifest, Problem

__all__ = ["Progress", "Report", "build"]


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a build."""

    generation: str
    """The id of the current generation."""
    documents: int
    passages: int
    sentences: int
    reused: int
    """Passages whose embeddings were copied, from the previous generation or from the embedding file."""
    encoded: int
    """Passages that were encoded."""
    removed: int
    """Passages of the previous generation that are not in the current generation."""
    texts: int
    """Distinct texts that were encoded: passages, sentences and single words."""
    unchanged: bool
    """True if nothing had changed, so that no generation was written."""
    seconds: float
    problems: tuple[Problem, ...]
    """Problems of the library's files; a fatal problem kept a file's newest version out of the index."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """The number of files for each suffix that is not supported."""
    ignored: int = 0
    """The number of files and folders that .strataignore or .gitignore leaves out."""


def build(  # more than six parameters: the options of strata build, each with a default
    content: Path,
    store: Store,
    encoder: Encoder,
    *,
    full: bool = False,
    progress: Progress | None = None,
    keep: int = 3,
    wait: float = 0.0,
    conversion_seconds: float | None = None,
) -> Report:
    """Bring the index up to date with the library's folder.

    Args:
        content: The library's folder.
        store: The index folder.
        encoder: The encoder. If it is not the encoder of the previous generation, everything is encoded again.
        full: Read and encode everything again, whatever a previous generation and the embedding file have.
        progress: Called before and after each converted file, and after each encoded batch.
        keep: Number of generations to keep.
        wait: Seconds to wait for another build to end.
        conversion_seconds: Time limit for converting all new PDF and Word files together. Files that do not fit are left
            to the next build without this limit. None gives each file its own limit.

    Raises:
        ContentError: No document can be read.
        LockedError: Another build is running.
        IndexFault: The index cannot be written.

    After an error the previous generation stays current.
    """
    began = time.perf_counter()
    if not store.folder.exists():
        scan(content)  # raise for an unreadable library before an index folder is created
    with store.lock(wait) as writer:
        writer.record(content)
        current = _current(store)
        previous = current if current is not None and current.manifest.encoder == encoder.id else None
        try:
            ids = {} if current is None else {d.path: d.id for d in current.documents}
            converter = Converter(conversion_seconds, progress)
            planned = plan(content, encoder, previous, reuse=not full, ids=ids, converter=converter)
            if not planned.parts:
                raise ContentError(_no_documents_message(content, planned))
            if previous is not None and not full and _is_up_to_date(content, previous, planned):
                report = _report(previous.manifest, planned)
                return replace(report, unchanged=True, seconds=time.perf_counter() - began)
            # After the first build the previous generation has the embeddings, and an edit need not read the file.
            is_first = previous is None and not full
            embeddings, problems = embedding_file.read(content, encoder.id) if is_first else (None, ())
            planned = replace(planned, problems=(*planned.problems, *problems))
            assembled = assemble(
                planned, encoder, previous, reuse=not full, embeddings=embeddings, progress=progress
            )
            # The report is read from the generation on disk, which has been verified.
            with writer.write(replace(assembled.draft, commit=commit_of(content))) as written:
                report = _report(written.manifest, planned)
        finally:
            if current is not None:
                current.close()
        writer.prune(keep)
    return replace(
        report,
        reused=assembled.reused,
        encoded=report.passages - assembled.reused,
        removed=assembled.removed,
        texts=assembled.texts,
        seconds=time.perf_counter() - began,
    )


def _current(store: Store) -> Generation | None:
    """Return the current generation, or None if no generation can be read and everything must be built."""
    try:
        return store.current()
    except (NoGenerationError, GenerationError):
        return None


def _is_up_to_date(content: Path, generation: Generation, planned: Plan) -> bool:
    """Return True if a new generation would equal the current one, including the id of the git commit."""
    manifest = generation.manifest
    if generation.warning or planned.content != manifest.content or planned.unlisted != generation.unlisted:
        return False
    if (
        not all(isinstance(part, UnchangedDocument) for part in planned.parts)
        or len(planned.parts) != manifest.documents
    ):
        return False  # a document was added or removed, or became readable
    before = generation.files
    for stamp in planned.files:
        if (stamp.reader, stamp.problems) != (before[stamp.path].reader, before[stamp.path].problems):
            return False
    return bool(manifest.commit) or not commit_of(content)


def _report(manifest: Manifest, planned: Plan) -> Report:
    """Return the report for a generation with all passages copied."""
    return Report(
        generation=manifest.id,
        documents=manifest.documents,
        passages=manifest.passages,
        sentences=manifest.sentences,
        reused=manifest.passages,
        encoded=0,
        removed=0,
        texts=0,
        unchanged=False,
        seconds=0.0,
        problems=planned.problems,
        passed_over=planned.passed_over,
        ignored=planned.ignored,
    )


def _no_documents_message(content: Path, planned: Plan) -> str:
    """Return the error message for a library without readable documents."""
    if not planned.problems:
        return f"{content} has no documents; put Markdown, text or HTML files there"
    first, *others = [problem for problem in planned.problems if problem.fatal]
    more = f" (and {len(others)} more problems; run: strata check)" if others else ""
    return f"no document in {content} can be read: {first}{more}"
