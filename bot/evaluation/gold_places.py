"""Where the sentences of gold questions stand in a generation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.evaluation.gold import Gold, Place

if TYPE_CHECKING:
    from bot.types import Quote
    from index.store.generation import Generation
    from index.types import Document, Passage


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of a passage: `passage.text[start:end]` of the generation's passage `row`."""

    row: int
    start: int
    end: int

    def is_quoted_by(self, quote: Quote) -> bool:
        """Whether a quotation holds all of it, or is itself a part of it."""
        if quote.row != self.row:
            return False
        return (quote.start <= self.start and self.end <= quote.end) or (
            self.start <= quote.start and quote.end <= self.end
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents of a generation that gold questions quote, by innermost heading."""

    documents: dict[str, Document] = field(default_factory=dict)
    """All of them, by id."""
    passages: dict[tuple[str, str], list[tuple[int, Passage]]] = field(default_factory=dict)
    """Document and innermost heading to rows and passages."""

    @classmethod
    def of(cls, generation: Generation, questions: Iterable[Gold]) -> Shelf:
        """Reads the passages of those documents alone that the questions name."""
        wanted = {place.document for q in questions for place in (*q.places, *q.contrary)}
        shelf = cls({document.id: document for document in generation.documents})
        for number, document in enumerate(generation.documents):
            if document.id not in wanted:
                continue
            first, last = generation.document_rows[number : number + 2]
            for row in range(int(first), int(last)):
                passage = generation.passage(row)
                heading = passage.headings[-1] if passage.headings else ""
                shelf.passages.setdefault((document.id, heading), []).append((row, passage))
        return shelf

    def texts(self) -> dict[str, dict[str, list[str]]]:
        """Document id to innermost heading to texts, as `gold.check` takes them."""
        found: dict[str, dict[str, list[str]]] = {
            id: {"": [], **{heading.path[-1]: [] for heading in document.headings if heading.path}}
            for id, document in self.documents.items()
        }
        for (id, heading), passages in self.passages.items():
            found[id].setdefault(heading, []).extend(passage.text for _, passage in passages)
        return found

    def spots(self, place: Place) -> tuple[Spot, ...]:
        """Where the sentence stands under its heading; nowhere where the generation does not have it."""
        return tuple(
            Spot(row, start, start + len(place.sentence))
            for row, passage in self.passages.get((place.document, place.heading), ())
            if (start := passage.text.find(place.sentence)) >= 0
        )
