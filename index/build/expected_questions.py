"""The expected questions of the next generation: which are new, which are copied, and the passages that they belong to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from index.documents import expected_questions
from index.documents.expected_questions import QuestionFile, owners, question_path
from index.documents.folder import read
from index.search.arrays import offsets_of
from index.store.manifest import FileStamp
from index.store.writer import ExpectedDraft, Lines
from index.types import ExpectedQuestion, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.documents.folder import Found
    from index.store.generation import Generation
    from index.types import Document, Encoder


@dataclass(frozen=True, slots=True)
class CopiedQuestions:
    """The questions of an unchanged document with an unchanged question file, or without such a file."""

    place: int
    """The document's place in the previous generation."""


@dataclass(frozen=True, slots=True)
class ReadQuestions:
    """Questions read from a file, ordered by section, or none."""

    questions: tuple[ExpectedQuestion, ...]
    anchors: tuple[str, ...]
    """The anchor of each passage of the document."""


DocumentQuestions = CopiedQuestions | ReadQuestions


@dataclass(frozen=True, slots=True)
class ExpectedPlan:
    """The expected questions of all documents, in their order, and the question files."""

    parts: tuple[DocumentQuestions, ...] = ()
    """For each document of the plan its questions."""
    files: tuple[FileStamp, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedDocument:
    """A document of the plan, as far as its expected questions need it."""

    document: Document
    anchors: tuple[str, ...] | None
    """The anchor of each passage; None for a document that is copied from the previous generation."""
    place: int = -1
    """The place in the previous generation of a copied document."""


def plan_questions(
    content: Path,
    found: Sequence[Found],
    documents: Sequence[PlannedDocument],
    encoder: Encoder,
    previous: Generation | None,
) -> ExpectedPlan:
    """Return the expected questions of the documents. Only changed files are parsed.

    Args:
        content: The library's folder.
        found: The question files.
        documents: All documents of the plan, in order.
        encoder: Counts the tokens of questions.
        previous: The previous generation, if this encoder made it.
    """
    before = {} if previous is None else _stamps_by_document(previous)
    belongs = owners([planned.document.path for planned in documents])
    data = {file.path: read(content / file.path) for file in found}
    hashes = {path: "" if raw is None else hashlib.sha256(raw).hexdigest() for path, raw in data.items()}
    problems: dict[str, tuple[Problem, ...]] = {}
    parts: list[DocumentQuestions] = []
    for planned in documents:
        path = question_path(planned.document.path)
        if path not in data or belongs[path] != planned.document.path:
            path = ""
        was = before.get(planned.document.path)
        if planned.anchors is None and (was.sha256 if was else "") == hashes.get(path, ""):
            parts.append(CopiedQuestions(planned.place))
            if was is not None:
                problems[path] = was.problems
            continue
        anchors = planned.anchors if planned.anchors is not None else _anchors(previous, planned.place)
        parsed = QuestionFile()
        if path:
            parsed = expected_questions.parse(path, data[path], planned.document, set(anchors))
            parsed = _within(parsed, path, encoder)
        problems[path] = parsed.problems
        parts.append(ReadQuestions(_by_section(parsed.questions, anchors), anchors))
    return ExpectedPlan(
        tuple(parts),
        tuple(
            FileStamp(file.path, file.size, file.mtime_ns, hashes[file.path], "", problems[file.path])
            if file.path in problems
            else FileStamp(file.path, file.size, file.mtime_ns, hashes[file.path], "", _orphan(file.path))
            for file in found
        ),
    )


def _stamps_by_document(previous: Generation) -> dict[str, FileStamp]:
    """Return the question file of each document of a generation that had one, by the document's path."""
    belongs = owners([document.path for document in previous.documents])
    return {belongs[path]: stamp for path, stamp in previous.question_files.items() if path in belongs}


def _orphan(path: str) -> tuple[Problem, ...]:
    """Return the problem of a question file without a document."""
    message = "there is no document with this name beside the file; rename the file or delete it"
    return (Problem(path, 1, message, fatal=False),)


def _anchors(previous: Generation | None, place: int) -> tuple[str, ...]:
    """Return the anchor of each passage of a document of the previous generation."""
    assert previous is not None, "a copied document is in the previous generation"
    first, stop = previous.document_rows[place : place + 2].tolist()
    return tuple(previous.passage(row).anchor for row in range(first, stop))


def _within(parsed: QuestionFile, path: str, encoder: Encoder) -> QuestionFile:
    """Return the questions that the encoder can read in full, with a problem for each other question."""
    kept = []
    problems = list(parsed.problems)
    for question in parsed.questions:
        if encoder.count(question.text) <= encoder.id.max_tokens:
            kept.append(question)
        else:
            message = "a question is longer than the encoder reads; shorten it"
            problems.append(Problem(path, question.line, message, fatal=False))
    return replace(parsed, questions=tuple(kept), problems=tuple(problems))


def _by_section(
    questions: Sequence[ExpectedQuestion], anchors: Sequence[str]
) -> tuple[ExpectedQuestion, ...]:
    """Return the questions in the order of their sections' first passages."""
    order = {anchor: place for place, anchor in reversed([*enumerate(anchors)])}
    return tuple(sorted(questions, key=lambda question: order[question.anchor]))


def spans(questions: Sequence[ExpectedQuestion], anchors: Sequence[str]) -> NDArray[np.int64]:
    """Return for each passage the first question of its section and the question after the last, shape (passages, 2).

    >>> asked = [ExpectedQuestion("Who?", "team", 1), ExpectedQuestion("When?", "team", 2)]
    >>> spans(asked, ["", "team", "team"]).tolist()
    [[0, 0], [0, 2], [0, 2]]
    """
    found: dict[str, tuple[int, int]] = {}
    for place, question in enumerate(questions):
        first, _ = found.get(question.anchor, (place, place))
        found[question.anchor] = (first, place + 1)
    return np.array([found.get(anchor, (0, 0)) for anchor in anchors], np.int64).reshape(-1, 2)


def texts(plan: ExpectedPlan, previous: Generation | None) -> list[range | Sequence[str]]:
    """Return for each document the texts of its questions, or their rows in the previous generation."""
    parts: list[range | Sequence[str]] = []
    for part in plan.parts:
        if isinstance(part, ReadQuestions):
            parts.append([question.text for question in part.questions])
        else:
            assert previous is not None, "a copied document is in the previous generation"
            parts.append(range(*previous.document_questions[part.place : part.place + 2].tolist()))
    return parts


def draft(
    plan: ExpectedPlan,
    previous: Generation | None,
    keys: NDArray[np.uint8],
    rows: NDArray[np.float16],
    passage_counts: Sequence[int],
) -> ExpectedDraft:
    """Return the expected questions as they are written.

    Args:
        plan: The questions of each document.
        previous: The previous generation.
        keys: The key of each question.
        rows: The embedding of each question.
        passage_counts: Passages of each document.
    """
    lines: list[bytes | memoryview] = []
    counts = []
    passage_spans = [np.empty((0, 2), np.int64)]
    start = 0
    parts = plan.parts or (ReadQuestions((), ()),) * len(passage_counts)
    for part, passages in zip(parts, passage_counts, strict=True):
        if isinstance(part, CopiedQuestions):
            assert previous is not None, "a copied document is in the previous generation"
            lines.append(previous.question_lines.span(part.place, part.place + 1))
            first, stop = previous.document_questions[part.place : part.place + 2].tolist()
            first_row, stop_row = previous.document_rows[part.place : part.place + 2].tolist()
            found = previous.passage_questions[first_row:stop_row]
            has = (found[:, :1] < found[:, 1:]).astype(np.int64)
            passage_spans.append((found + (start - first)) * has)
            count = stop - first
        else:
            lines.append(line_of(part.questions))
            found = spans(part.questions, part.anchors or ("\0",) * passages)
            has = (found[:, :1] < found[:, 1:]).astype(np.int64)
            passage_spans.append((found + start) * has)
            count = len(part.questions)
        counts.append(count)
        start += count
    return ExpectedDraft(
        lines=Lines(lines, offsets_of([len(line) for line in lines])),
        documents=offsets_of(counts),
        passages=np.concatenate(passage_spans),
        keys=keys,
        rows=rows,
        files=plan.files,
    )


def line_of(questions: Sequence[ExpectedQuestion]) -> bytes:
    """Return the questions of a document as one line of JSON with its newline."""
    listed = [[question.text, question.anchor, question.line] for question in questions]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
