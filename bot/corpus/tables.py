"""The tables of a document, read back from its passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.table_row import cells

if TYPE_CHECKING:
    from index.store.generation import Generation
    from index.types import Document, Passage, Sentence


@dataclass(frozen=True, slots=True)
class Row:
    """A body row of a table with its place."""

    cells: tuple[str, ...]
    row: int
    """The row of its passage in the generation."""
    passage: Passage
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table with a header row."""

    document: Document
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    introduction: str = ""
    """The last sentence before the table in the same section, or ""."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings above the table, from the top."""
        return self.rows[0].passage.headings

    def column(self, number: int) -> tuple[str, ...]:
        """Return the cells of a column, "" for a row that is shorter."""
        return tuple(row.cells[number] if number < len(row.cells) else "" for row in self.rows)


def tables_of(generation: Generation, place: int) -> tuple[DataTable, ...]:
    """Return the tables of the document at a place of the generation, in order; a table without a header row is left out."""
    document = generation.document(place)
    found: list[DataTable] = []
    lead, before, rows = "", "", list[Row]()
    section: tuple[str, ...] = ()

    def close() -> None:
        heads = tuple(cells(lead)) if lead else ()
        if rows and len(heads) > 1:
            found.append(DataTable(document, heads, tuple(rows), before))
        rows.clear()

    for row, passage, sentence in _sentences(generation, place):
        is_row = sentence.kind == "row"
        if rows and not (is_row and sentence.lead == lead and passage.headings == section):
            close()
            before = ""
        if passage.headings != section:
            section, before = passage.headings, ""
        if is_row:
            lead = sentence.lead
            rows.append(Row(tuple(cells(passage.quote(sentence))), row, passage, sentence))
        else:
            before = passage.quote(sentence)
    close()
    return tuple(found)


def without_sources(table: DataTable) -> Sequence[int]:
    """Return the numbers of the columns that have any text."""
    return [number for number in range(len(table.heads)) if any(table.column(number))]


def _sentences(generation: Generation, place: int) -> Iterator[tuple[int, Passage, Sentence]]:
    first, last = generation.document_rows[place : place + 2]
    for row in range(int(first), int(last)):
        passage = generation.passage(row)
        for sentence in passage.sentences:
            yield row, passage, sentence
