"""The table that answers a question for rows of a table in the library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.answer.citations import Span
from bot.corpus.columns import as_of, read_value, split_unit
from bot.corpus.figure_store import comparable
from bot.question.sets.record_question import RecordQuestion, record_question
from bot.text.quantities import Measure, normal, quantities
from bot.types import Quote, Table, TableRow

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.corpus.tables import Row
    from bot.question.question import Question

MAX_ROWS = 14
"""The most rows of a table, so that a message has room for their sources."""

MAX_CELL = 60
"""Characters of the longest cell that is shown whole beside its row's name."""


_PREFIX = re.compile(r"\s*(?:about|nearly|almost|over|more than|at least|up to|around)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the library with the parts that a reply shows."""

    label: str
    value: str
    """The cell, verbatim."""
    unit: str
    date: str
    period: str
    """The cell that names the time of the value: "Quarter to June 2026"; empty without such a cell."""
    amount: Measure | None
    """The value in its base unit and the unit; None if the cell has no value in the unit of the column."""
    span: Span


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """The rows of a table before their citations are numbered."""

    title: str
    records: tuple[Record, ...]
    remarks: tuple[str, ...]
    compared: int
    """The number of rows with a value, before limits."""
    labels: tuple[str, ...]
    """The names of all rows that the question means, before limits."""

    @property
    def has_one_time(self) -> bool:
        """Return whether all values are of a quarter, or none is."""
        return len({"quarter" in record.period.lower() for record in self.records}) < 2

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks beside the table: none, the table has its own."""
        return ()

    @property
    def spans(self) -> list[Span]:
        """The rows to quote, in order."""
        return [record.span for record in self.records]

    def table(self, quotes: Sequence[Quote]) -> Table:
        """Return the table with the citation number of each row."""
        numbers = {(quote.row, quote.start): quote.citation for quote in quotes}
        rows = [
            TableRow(record.label, record.value, record.unit, record.date, "reported", number)
            for record in self.records
            if (number := numbers.get((record.span.row, record.span.start)))
        ]
        return Table(self.title, tuple(rows), self.remarks)


def draft_records(
    question: Question, corpus: Corpus, today: date, layers: Collection[str] = ()
) -> RecordDraft | None:
    """Return the rows that answer a question, or None if the question asks for no rows or the library has none.

    Args:
        question: The question.
        corpus: The generation that answers.
        today: The day that "last quarter" refers to.
        layers: The layers to answer from; all if empty.
    """
    asked = record_question(question, corpus, today)
    if asked is None or (layers and asked.table.document.layer not in layers):
        return None
    arranged = asked.arrangement
    unit = _unit(asked)
    records = [_record(row, asked, unit) for row in asked.rows]
    valued = [record for record in records if record.amount is not None]
    is_ordered = _is_ordered(asked)
    kept = valued if is_ordered else records
    if arranged.limits:
        if any(limit.amount[1] not in {unit, "", "times"} for limit in arranged.limits):
            return None
        kept = [
            one for one in kept if one.amount and all(limit.holds(one.amount[0]) for limit in arranged.limits)
        ]
    if is_ordered:
        kept.sort(key=lambda one: one.amount[0] if one.amount else 0, reverse=arranged.order == "descending")
    is_filtered = bool(arranged.limits or asked.filters) or arranged.is_count or arranged.is_negated
    fewest = 1 if is_filtered or asked.is_one else 2
    if len(kept) < fewest or (asked.is_one and len(valued) < 2):
        return None
    most = min(asked.most or MAX_ROWS, MAX_ROWS)
    remarks = tuple(_remarks(asked, records, kept, most))
    labels = tuple(record.label for record in records)
    return RecordDraft(_title(asked), tuple(kept[:most]), remarks, len(valued), labels)


def _unit(asked: RecordQuestion) -> str:
    """Return the unit in which most values of the asked column are, in base form: "$", "w", "%"."""
    if asked.value is None:
        return ""
    units = Counter(
        measure[1]
        for row in asked.rows
        for measure in _measures(_cell(row, asked.value.number), asked.value.unit)
    )
    if limits := asked.arrangement.limits:
        wanted = limits[0].amount[1]
        if wanted in units:
            return wanted
    return units.most_common(1)[0][0] if units else ""


def _measures(cell: str, unit: str) -> list[Measure]:
    """Return the values of a cell in base units; the unit of the head counts for a value without its own."""
    found = [comparable(float(one.value), one.unit or unit) for one in quantities(cell) if one.unit]
    value = read_value(cell)
    if value is not None and not value.has_unit:
        return [comparable(float(value.amount[0]), unit)]
    if value is not None:
        sign = -1 if value.amount[0] < 0 and found and found[0][0] > 0 else 1
        return [(found[0][0] * sign, found[0][1]), *found[1:]] if found else []
    bare = [one for one in quantities(cell) if not one.unit]
    if not found and bare and _PREFIX.fullmatch(normal(cell)[: bare[0].start]):  # "about 50, derived"
        return [comparable(float(bare[0].value), unit)]
    return found


def _record(row: Row, asked: RecordQuestion, unit: str) -> Record:
    column = asked.value
    cell = _cell(row, column.number) if column else _other_cell(row, asked)
    amount = None
    if column is not None:
        amount = next((one for one in _measures(cell, column.unit) if one[1] == unit), None)
    has_unit = any(one.unit for one in quantities(cell))
    shown = cell if len(cell) <= MAX_CELL or column is None else _first_value(cell)
    document = asked.table.document
    sentence = row.sentence
    return Record(
        _cell(row, asked.label.number),
        shown,
        column.unit if column and amount and not has_unit else "",
        _date(row, asked, cell),
        next((_cell(row, one.number) for one in asked.columns if one.role == "date"), ""),
        amount,
        Span(document, row.passage, row.row, sentence.start, sentence.end, sentence.lead),
    )


def _first_value(cell: str) -> str:
    """Return a long cell up to its first comma or semicolon."""
    return cell.split(";", maxsplit=1)[0].split(", ", maxsplit=1)[0]


def _other_cell(row: Row, asked: RecordQuestion) -> str:
    """Return the cell behind the label in a table without values."""
    others = [
        column
        for column in asked.columns
        if column.number != asked.label.number and column.role in {"text", "value", "measure"}
    ]
    behind = [column for column in others if column.number > asked.label.number] or others
    return _cell(row, behind[0].number) if behind else ""


def _date(row: Row, asked: RecordQuestion, cell: str) -> str:
    value = read_value(cell)
    if value is not None and (date := as_of(value.note)):
        return date
    if asked.value is not None and asked.value.date:
        return asked.value.date
    dates = [as_of(_cell(row, column.number)) for column in asked.columns if column.role == "date"]
    values = (read_value(_cell(row, column.number)) for column in asked.columns if column.role == "value")
    notes = (as_of(value.note) for value in values if value is not None)
    return next(filter(None, (*dates, *notes)), "")


def _cell(row: Row, number: int) -> str:
    return row.cells[number] if number < len(row.cells) else ""


def _title(asked: RecordQuestion) -> str:
    """Return the names of the shown columns, and the cells that all rows share."""
    table = asked.table
    value = split_unit(table.heads[asked.value.number])[0] if asked.value else ""
    name = " by ".join(filter(None, (table.heads[asked.label.number], value)))
    return f"{name} ({', '.join(asked.filters)})" if asked.filters else name


def _remarks(
    asked: RecordQuestion, records: Sequence[Record], kept: Sequence[Record], most: int
) -> list[str]:
    """Return the count, the rows without a value, and the rows beyond the table."""
    remarks = []
    if asked.arrangement.is_count or asked.arrangement.limits:
        remarks.append(f"{len(kept)} of {len(asked.table.rows)} rows of the table")
    if asked.value is not None and len(kept) < len(records):
        without = [record.label for record in records if record.amount is None]
        if without and _is_ordered(asked):
            remarks.append(f"not comparable: {', '.join(without)}")
    periods = {record.label: record.period for record in kept[:most] if record.period}
    if len({"quarter" in period.lower() for period in periods.values()}) > 1:
        remarks.append(
            f"over different times: {'; '.join(f'{name}: {time}' for name, time in periods.items())}"
        )
    if rest := kept[most:]:
        names = ", ".join(record.label for record in rest)
        remarks.append(f"compared with: {names}" if most == 1 else f"{len(rest)} more: {names}")
    return remarks


def _is_ordered(asked: RecordQuestion) -> bool:
    """Return whether rows without a value are left out, because the question orders or limits the values."""
    return asked.arrangement.is_ranked or bool(asked.arrangement.most) or bool(asked.arrangement.limits)
