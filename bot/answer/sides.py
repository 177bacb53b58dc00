"""The two sides of a question: the sections of a document that make the case for something and the case against it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.answer.sentence_ranking import Candidate
    from bot.corpus.corpus import Corpus
    from index.types import Document, Heading


def sides(document: Document, corpus: Corpus) -> tuple[Heading, ...]:
    """Return the headings of the two sides in a document, or none.

    Sides are two sections in a row, on one level, whose headings share a word that the document's title lacks: "The case that it
    is a bubble" and "The case that it is not a bubble", "Arguments for" and "Arguments against".
    """
    title = set(corpus.terms(document.title))
    levels: dict[tuple[str, ...], list[Heading]] = {}
    for heading in document.headings:
        if heading.path:
            levels.setdefault(heading.path[:-1], []).append(heading)
    for siblings in levels.values():
        words = [set(corpus.terms(heading.path[-1])) - title for heading in siblings]
        if len(siblings) > 2 and len(set.intersection(*words)) > 0:
            continue  # all of them share a word, so it sets no two apart
        for (one, own), (other, others) in pairwise(zip(siblings, words, strict=True)):
            if own & others:
                return one, other
    return ()


def rows_below(document: Document, headings: Sequence[Heading], corpus: Corpus) -> tuple[int, ...]:
    """Return the rows of the passages below some headings of a document."""
    generation = corpus.generation
    place = next(i for i, one in enumerate(generation.documents) if one.id == document.id)
    first, last = generation.document_rows[place : place + 2].tolist()
    paths = [heading.path for heading in headings]
    return tuple(
        row
        for row in range(first, last)
        if any(generation.passage(row).headings[: len(path)] == path for path in paths)
    )


def is_below(candidate: Candidate, heading: Heading) -> bool:
    """Return whether a sentence is in the section of a heading, which is in the sentence's document."""
    return candidate.hit.passage.headings[: len(heading.path)] == heading.path
