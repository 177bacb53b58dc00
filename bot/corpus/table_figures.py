"""The figures that tables state: each value with the entity, the metric, the unit and the date that its heads name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.corpus.columns import (
    Column,
    Value,
    as_of,
    named_period,
    read_columns,
    read_value,
    scaled,
    split_unit,
    written,
)
from bot.corpus.figure_store import (
    Figure,
    Place,
    Terms,
    basis_of,
    comparable,
    entity_names,
    read_metric,
    status_of,
)
from index.types import Point

if TYPE_CHECKING:
    from bot.corpus.tables import DataTable, Row

_FLOW = re.compile(
    r"\b(?:revenues?|sales|turnover|spend(?:ing)?|expenditures?|capex|costs?|income|profits?|loss(?:es)?|earnings|ebitda?"
    r"|cash flow|burn|orders|bookings|umsatz|gewinn|chiffre d'affaires|ingresos|ricavi|receita)\b",
    re.IGNORECASE,
)
"""A metric that is measured over a time, unlike a balance or a price."""

_SHARE = re.compile(r"\b(?:margin|share|growth|ratio|rate|yield|multiple)s?\b", re.IGNORECASE)
_YEAR_TO = re.compile(
    r"\b(?:fiscal year|(?:the )?(?:twelve months|year) (?:to|ended|ending))\b", re.IGNORECASE
)  # "Year to June 2026"
_QUARTER = re.compile(r"\bquarters?\b|\bQ[1-4]\b|\d-Q[1-4]", re.IGNORECASE)  # "Quarter ended", "2026-Q2"
_MONTH = re.compile(r"\bmonths?\b", re.IGNORECASE)

_VAGUE = re.compile(r"\b(?:by|latest|between|since|until|from|before|after)\b", re.IGNORECASE)
"""A word with which a sentence above a table gives no date of its values: "the latest by October 2026"."""

IsEntity = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A value of a table with what its heads say."""

    row: Row
    value: Value
    entity: str
    metric: str
    unit: str
    date: str
    date_text: str
    """The head and the cell that the date is from, which name the time that is covered."""
    kind_of_entity: str = ""


def table_figures(table: DataTable, terms: Terms, is_entity: IsEntity) -> Iterator[Figure]:
    """Yield the figures of a table whose entity, metric and date its heads and cells name.

    Args:
        table: The table.
        terms: A function from a text to its terms.
        is_entity: A function that returns whether a name is of an entity that the library knows.
    """
    published = {source.id: source.published for source in table.document.sources}
    for cell in _cells(table, is_entity):
        basis = basis_of_period(f"{cell.metric}, {cell.unit}", cell.date, cell.date_text)
        name = f"{cell.metric} ({basis})" if basis else cell.metric
        metric = read_metric(name, cell.unit, terms)
        if not metric.core:
            continue
        value, unit = scaled(cell.value, cell.unit)
        sentence = cell.row.sentence
        source = max(sentence.sources, key=lambda source: published.get(source, ""), default="")
        point = Point(cell.date, value, source)
        yield Figure(
            cell.entity,
            entity_names(cell.entity),
            name,
            metric,
            cell.unit or unit,
            point,
            status_of(metric, point, published.get(point.source, "")),
            comparable(value, unit),
            table.document.id,
            Place(cell.row.row, sentence.start, cell.value.text, cell.value.has_unit),
            cell.kind_of_entity,
        )


def basis_of_period(metric: str, date: str, date_text: str) -> str:
    """Return the time that a metric is measured over if its name does not say it: the time that its date covers.

    Args:
        metric: The name of the metric, with its unit.
        date: The date as front matter writes it.
        date_text: The text that the date is from.

    >>> basis_of_period("revenue", "2026-07", "Quarter ended July 2026"), basis_of_period("backlog", "2026-07", "July 2026")
    ('quarter', '')
    """
    if basis_of(metric) or not _FLOW.search(metric) or _SHARE.search(metric):
        return ""
    if _YEAR_TO.search(date_text):
        return "fiscal year"
    if _QUARTER.search(f"{date_text} {date}"):
        return "quarter"
    if re.fullmatch(r"\d{4}", date):
        return "year"
    return "month" if _MONTH.search(date_text) else ""


def _cells(table: DataTable, is_entity: IsEntity) -> Iterator[_Cell]:
    """Yield the values of a table whose entity, metric and date are certain."""
    columns = read_columns(table.heads, [row.cells for row in table.rows])
    if not columns or columns[0].number != 0:
        return
    values = [column for column in columns if column.role == "value"]
    for row in table.rows:
        for column in values:
            if column.number >= len(row.cells) or (value := read_value(row.cells[column.number])) is None:
                continue
            found = _read(table, columns, row, column, is_entity)
            if found is None:
                continue
            entity, metric, kind = found
            date, text = _date(table, columns, row, column, value)
            label, in_label = split_unit(metric)
            unit = column.unit or _cell_of(columns, row, "unit") or in_label
            if date and label and (value.has_unit or unit):
                yield _Cell(row, value, entity, label, unit, date, text, kind)


def _read(
    table: DataTable, columns: Sequence[Column], row: Row, column: Column, is_entity: IsEntity
) -> tuple[str, str, str] | None:
    """Return the entity, the metric and the head that names the entity; None if one of them is not certain."""
    first, label = columns[0], row.cells[0]
    measure = _cell_of(columns, row, "measure")
    match first.role:
        case "text":
            metric = " ".join(filter(None, (measure, column.name)))
            return (label, metric, first.name) if metric and label else None
        case "measure":
            if column.name and is_entity(column.name):
                return column.name, label, ""
            if column.name:
                return None
            return _with_owner(table, label, is_entity)
        case "date":
            if column.name and is_entity(column.name):
                return (column.name, measure, "") if measure else None
            return _with_owner(table, measure or column.name, is_entity)
    return None


def _with_owner(table: DataTable, metric: str, is_entity: IsEntity) -> tuple[str, str, str] | None:
    """Return the entity that a metric begins with and the rest, else the document's subject and the metric.

    The subject counts only in a document without figures in its front matter, where the sentence above the table names no
    other entity: a document on Alphabet may have a table on Google Cloud.
    """
    words = metric.split()
    for size in range(min(4, len(words) - 1), 0, -1):
        if is_entity(" ".join(words[:size])):
            return " ".join(words[:size]), " ".join(words[size:]), ""
    title = table.document.title
    is_subject = is_entity(title) and not table.document.figures
    others = [
        name
        for name in re.findall(r"[A-Z][\w&-]*(?: [A-Z][\w&-]*)*", table.introduction)
        if name.lower() not in title.lower() and is_entity(name)
    ]
    return (title, metric, "") if is_subject and metric and not others else None


def _date(
    table: DataTable, columns: Sequence[Column], row: Row, column: Column, value: Value
) -> tuple[str, str]:
    """Return the date of a value and the text that names it: its own, its head's, its row's, else the table's; or ""."""
    if value.note and (date := as_of(value.note)):
        return date, value.note
    if column.date:
        return column.date, table.heads[column.number]
    label = row.cells[0] if columns[0].role == "measure" else ""
    if (period := named_period(label)) and not period.fiscal:  # "Booked revenue, second quarter of 2026"
        return written(period), label
    for other in columns:
        text = row.cells[other.number] if other.number < len(row.cells) else ""
        if other.role == "date" and (date := as_of(text, _year_end(table))):
            return date, f"{table.heads[other.number]} {text}"
    if value.note or any(other.role == "date" for other in columns) or _VAGUE.search(table.introduction):
        return "", ""
    for text in (table.introduction, table.headings[-1] if table.headings else ""):
        if (period := named_period(text)) and not period.fiscal:
            return written(period), str(period)
    return "", ""


def _year_end(table: DataTable) -> int:
    """Return the month in which the fiscal year of the document's subject ends; 0 for the calendar year, which may be a default."""
    month = table.document.fiscal_year_ends
    return month if month != 12 else 0


def _cell_of(columns: Sequence[Column], row: Row, role: str) -> str:
    """Return the cell of the first column with a role, or ""."""
    for column in columns:
        if column.role == role and column.number < len(row.cells):
            return row.cells[column.number]
    return ""
