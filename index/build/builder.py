"""The one place that sequences read, chunk, encode what changed, save.

What a build takes over from the generation before: a file with the same bytes keeps its document, passages
and rows untouched; a text of a changed file keeps its row where exactly this text was encoded before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index.build.assembly import assemble
from index.build.plan import Converter, Kept, plan
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
    """What a build did."""

    generation: str
    """The id of the generation that serves now."""
    documents: int
    passages: int
    sentences: int
    reused: int
    """Passages whose rows were taken over."""
    encoded: int
    """Passages that were encoded."""
    removed: int
    """Passages of the generation before that are gone."""
    texts: int
    """Texts that were encoded, each once: of passages and of sentences, and single words."""
    unchanged: bool
    """Nothing had changed: the generation before goes on serving."""
    seconds: float
    problems: tuple[Problem, ...]
    """What is wrong in the library; a fatal one kept a file, or its newest version, out."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """How many files have each suffix that Strata does not read."""


def build(
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
        store: Where generations are kept.
        encoder: What makes rows; another one than before encodes everything again.
        full: Read and encode everything again.
        progress: Called before and after each file that is converted, and after each batch that was encoded.
        keep: How many generations are kept.
        wait: Seconds to wait for another build to end.
        conversion_seconds: Seconds for converting all new PDF and Word files together; the files that take
            longer are left to the next build without this limit. None: each file has its own limit.

    Raises:
        ContentError: No document can be read.
        LockedError: Another build is running.
        IndexFault: The index cannot be written. In all three cases the generation before goes on serving.
    """
    began = time.perf_counter()
    if not store.folder.exists():
        scan(content)  # a folder that cannot be read leaves no index folder behind
    with store.lock(wait) as writer:
        writer.record(content)
        current = _current(store)
        previous = current if current is not None and current.manifest.encoder == encoder.id else None
        try:
            ids = {} if current is None else {d.path: d.id for d in current.documents}
            converter = Converter(conversion_seconds, progress)
            planned = plan(content, encoder, previous, reuse=not full, ids=ids, converter=converter)
            if not planned.parts:
                raise ContentError(_nothing(content, planned))
            if previous is not None and not full and _is_up_to_date(content, previous, planned):
                report = _report(previous.manifest, planned)
                return replace(report, unchanged=True, seconds=time.perf_counter() - began)
            assembled = assemble(
                planned, encoder, previous, reuse=not full, commit=commit_of(content), progress=progress
            )
            with writer.write(assembled.draft) as written:
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
    """The generation that serves; None where none can be read, for then everything is built anew."""
    try:
        return store.current()
    except (NoGenerationError, GenerationError):
        return None


def _is_up_to_date(content: Path, generation: Generation, planned: Plan) -> bool:
    """Return whether there is nothing to write, not even the commit of what was not committed before."""
    manifest = generation.manifest
    if generation.warning or planned.content != manifest.content or planned.unlisted != generation.unlisted:
        return False
    if not all(isinstance(part, Kept) for part in planned.parts) or len(planned.parts) != manifest.documents:
        return False  # what could not be read before can be read now
    before = generation.files
    for stamp in planned.files:
        if (stamp.reader, stamp.problems) != (before[stamp.path].reader, before[stamp.path].problems):
            return False
    return bool(manifest.commit) or not commit_of(content)


def _report(manifest: Manifest, planned: Plan) -> Report:
    """What a generation holds; as if all of it had been taken over."""
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
    )


def _nothing(content: Path, planned: Plan) -> str:
    """Why there is no document."""
    if not planned.problems:
        return f"{content} has no documents; put Markdown, text or HTML files there"
    first, *others = [problem for problem in planned.problems if problem.fatal]
    more = f" (and {len(others)} more problems; run: strata check)" if others else ""
    return f"no document in {content} can be read: {first}{more}"
