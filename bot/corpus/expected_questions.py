"""The expected questions of a library with the rank of their sections, and the sections without any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.documents.expected_questions import heading_name, question_path
from index.search.fusion import Weights

if TYPE_CHECKING:
    from index.store.generation import Generation
    from index.types import Document, Matrix

_BLOCK = 256
"""Questions that are compared with all sentences at one time."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An expected question with the rank of its section by meaning alone, without the expected questions themselves."""

    path: str
    """The question file."""
    line: int
    document: str
    heading: str
    text: str
    rank: int
    """The number of sections that are at least as near, the question's own included: 1 is best."""
    nearest: str
    """The nearest section, as "document > heading"."""


def ranked(generation: Generation, document: str = "") -> Iterator[Ranked]:
    """Yield the expected questions of a document, or of all documents if it is empty, in order."""
    places = [p for p, found in enumerate(generation.documents) if document in ("", found.id, found.path)]
    sections = _sections(generation)
    names = list(sections)
    starts = np.array([rows[0] for rows in sections.values()], np.int64)
    for place in places:
        found = generation.document(place)
        questions = generation.expected_questions(place)
        first = int(generation.document_questions[place])
        for start in range(0, len(questions), _BLOCK):
            block = questions[start : start + _BLOCK]
            rows = generation.question_rows[np.arange(first + start, first + start + len(block))]
            scores = np.maximum.reduceat(_scores(generation, rows), starts, axis=1)
            for question, row in zip(block, scores, strict=True):
                own = row[names.index((place, question.anchor))]
                best_place, best_anchor = names[int(row.argmax())]
                best = generation.document(best_place)
                yield Ranked(
                    question_path(found.path),
                    question.line,
                    found.id,
                    heading_name(found, question.anchor),
                    question.text,
                    int((row >= own).sum()),
                    f"{best.id} > {heading_name(best, best_anchor)}".removesuffix(" > "),
                )


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A section without expected questions."""

    document: Document
    line: int
    heading: str
    """The name that a question file uses for the section."""
    text: str
    """The text of the section's passages."""


def uncovered(generation: Generation) -> Iterator[Uncovered]:
    """Yield the sections without expected questions."""
    for (place, anchor), rows in _sections(generation).items():
        first, stop = generation.passage_questions[rows[0]].tolist()
        if first == stop:
            document = generation.document(place)
            passages = [generation.passage(row) for row in rows]
            yield Uncovered(
                document,
                passages[0].first_line,
                heading_name(document, anchor),
                "\n".join(passage.text for passage in passages),
            )


def _sections(generation: Generation) -> dict[tuple[int, str], list[int]]:
    """Return the passages of each section, by the place of its document and its anchor, in the order of passages."""
    found: dict[tuple[int, str], list[int]] = {}
    places = generation.places_of(np.arange(generation.manifest.passages)).tolist()
    for row, place in enumerate(places):
        found.setdefault((place, generation.passage(row).anchor), []).append(row)
    return found


def _scores(generation: Generation, questions: Matrix) -> Matrix:
    """Return the score by meaning of each question and passage, shape (questions, passages)."""
    weights = Weights()
    dense = questions @ generation.vectors.rows().T
    sentences, counts = generation.sentences_of(np.arange(generation.manifest.passages))
    best: Matrix = np.maximum.reduceat(questions @ sentences.T, np.cumsum(counts) - counts, axis=1)
    scores: Matrix = np.float32(weights.dense) * dense + np.float32(weights.sentence) * best
    return scores
