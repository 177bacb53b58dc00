"""The columns of a table: which hold names, measures, dates, units and values. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.corpus.figures import fiscal_months
from bot.text.periods import MONTH, YEAR, Period, periods
from bot.text.quantities import Measure, normal, quantities

Role = Literal["text", "measure", "date", "unit", "value"]

MIN_SHARE = 0.6
"""The smallest share of a column's cells that must be dates, or units, for the column to be of that kind."""

MIN_VALUE_SHARE = 0.5
"""The smallest share of a column's cells that must be values: some cells say "not reported"."""

_DATE_HEADS = re.compile(
    r"\b(?:dates?|months?|quarters?|years?|periods?|when|as of|end of|reported|agreed|made in|ended"  # "As of"
    r"|datum|monat|quartal|jahr|zeitraum|stand"  # German
    r"|mois|trimestre|ann[ée]e|p[ée]riode|fecha|mes|a[ñn]o|periodo|per[ií]odo"  # French, Spanish
    r"|data|mese|anno|m[êe]s|ano)\b",  # Italian, Portuguese
    re.IGNORECASE,
)
_MEASURE_HEADS = re.compile(
    r"\b(?:measures?|metrics?|indicators?|items?|line items?|kennzahl(?:en)?|indicateurs?|indicador(?:es)?|indicatori?)\b",
    re.IGNORECASE,
)  # "Measure", "Kennzahl"
_UNIT_HEADS = re.compile(r"(?:units?|einheit|unit[ée]|unidad|unit[àa])", re.IGNORECASE)  # "Unit"
_GENERIC = re.compile(
    r"(?:the |latest )?(?:values?|figures?|amounts?|totals?|sizes?|numbers?|levels?|wert|betrag|valeur|montant|valor|importe)",
    re.IGNORECASE,
)  # "Value", a head that names no metric
_DATE_WORDS = re.compile(
    r"\b(?:quarter(?:ly)?|weeks?|years?|months?|half|the|in|to|of|end(?:ed|ing)?|start|early|late|mid|about|by|since|for|fiscal|calendar"
    r"|financial|FY|three|six|nine|twelve|first|second|third|fourth)\b|[\s,.()-]|\b\d{1,2}\b",
    re.IGNORECASE,
)
"""Words that may stand beside the period of a date: "Quarter ended", "13", "Early"."""
_PERIOD_TEXT = re.compile(rf"(?:{MONTH}|{YEAR}|Q[1-4]|H[12])", re.IGNORECASE)
_ABOUT = r"(?:about|around|nearly|almost|over|more than|less than|at least|at most|up to|under|roughly|approximately|ca\.|[~<>≥≤])"
_VALUE_START = re.compile(
    rf"(?:{_ABOUT}\s*)?(?:minus\s+|[-\N{{MINUS SIGN}}(])?(?:US|C|A|HK)?[$€£¥]?\s?", re.IGNORECASE
)
_MINUS = re.compile(r"minus|[-\N{MINUS SIGN}(]", re.IGNORECASE)
_AFTER_VALUE = re.compile(
    r"\s*(?P<plus>\+)?\s*(?P<words>(?:[^\W\d]+[\w/-]*\s?){0,4})\)?\s*(?P<note>\([^()]*\))?", re.UNICODE
)  # " of revenue", " a year (July 2026)"
_CODES = re.compile(r"\b(?:USD|EUR|GBP|JPY|KRW|CNY|RMB|CHF|TWD|INR)\b|[$€£¥%]|\bpercent\b", re.IGNORECASE)
_UNIT_INSIDE = re.compile(r"\s*\((?P<unit>[^()]*)\)\s*\Z")  # "Revenue (USD billion)"
_UNIT_BEHIND = re.compile(r"\s*,\s*(?P<unit>[^,]*(?:,\s*annuali[sz]ed)?)\s*\Z")  # "Revenue, USD billion"
_BARE_UNIT = re.compile(
    r"(?:USD|EUR|GBP|JPY|KRW|US\$|[$€£])\s*(?:thousand|million|billion|trillion|[mb]n?)?\b.*"  # "USD billion a year"
    r"|(?:thousand|million|billion|trillion)\b.*|%|percent\b.*|[kMGT]Wh?\b.*",  # "million", "GW"
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column with what its head says about its cells."""

    number: int
    role: Role
    name: str
    """The head without unit and date; "" for a head such as "Value"."""
    unit: str = ""
    """The unit in the head: "USD billion"; "" if the cells have their own."""
    date: str = ""
    """The date in the head, as `as_of`: "2026-Q2"."""


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a cell."""

    text: str
    """The value, verbatim: "more than $20 billion"."""
    amount: Measure
    has_unit: bool
    note: str = ""
    """The text in parentheses behind the value: "July 2026"."""


def read_columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Column, ...]:
    """Return the columns of a table that have any text in their cells.

    >>> found = read_columns(["Company", "As of", "Revenue (USD billion)"], [["Acme", "June 2026", "3.5"], ["Bolt", "2025", "2"]])
    >>> [(column.role, column.name, column.unit) for column in found]
    [('text', 'Company', ''), ('date', 'As of', ''), ('value', 'Revenue', 'USD billion')]
    """
    found = []
    for number, head in enumerate(heads):
        column = [cell for row in rows if number < len(row) and (cell := row[number])]
        if column:
            found.append(_column(number, head, column))
    return tuple(found)


def _column(number: int, head: str, cells: Sequence[str]) -> Column:
    if _UNIT_HEADS.fullmatch(head) and _share(cells, is_unit) >= MIN_SHARE:
        return Column(number, "unit", head)
    if _DATE_HEADS.search(head) and _share(cells, lambda cell: bool(as_of(cell))) >= MIN_SHARE:
        return Column(number, "date", head)
    name, unit = split_unit(head)
    date = as_of(name)
    if _is_value_column(number, cells):
        return Column(number, "value", "" if date or _GENERIC.fullmatch(name) else name, unit, date)
    if number == 0 and _share(cells, lambda cell: bool(as_of(cell))) >= MIN_SHARE:
        return Column(number, "date", head)
    is_measure = bool(_MEASURE_HEADS.search(head))
    return Column(number, "measure" if is_measure else "text", head)


def _is_value_column(number: int, cells: Sequence[str]) -> bool:
    """Return whether most cells are values; years in the first column are names or dates."""
    if number == 0 and _share(cells, lambda cell: bool(_PERIOD_TEXT.fullmatch(cell))) >= MIN_SHARE:
        return False
    return _share(cells, lambda cell: read_value(cell) is not None) >= MIN_VALUE_SHARE


def as_of(text: str, fiscal_year_ends: int = 0) -> str:
    """Return the date of a cell or a head as front matter writes it, or "" if the text says more than a date.

    A fiscal period is the month in which it ends; without the month in which the fiscal year ends it is no date.

    >>> as_of("Quarter ended July 2026"), as_of("Q2 2026"), as_of("Start of 2025"), as_of("Year to June 2026")
    ('2026-07', '2026-Q2', '2025', '2026-06')
    >>> as_of("July 2026 contract"), as_of("13 May 2026"), as_of("Q1 fiscal 2027"), as_of("Q1 fiscal 2027", 6)
    ('', '2026-05', '', '2026-09')
    """
    found = named_period(text)
    if found is None or (found.fiscal and not fiscal_year_ends):
        return ""
    if _PERIOD_TEXT.sub(" ", _DATE_WORDS.sub(" ", text)).strip():
        return ""
    if not found.fiscal:
        return written(found)
    last = fiscal_months(found, fiscal_year_ends)[-1]
    return f"{last // 12}-{last % 12 + 1:02}"


def named_period(text: str) -> Period | None:
    """Return the only period that a text names, or None."""
    found = periods(text)
    return found[0] if len(found) == 1 else None


def written(period: Period) -> str:
    """Return a period as front matter writes it.

    >>> written(Period("quarter", 2026, 2)), written(Period("month", 2026, 5))
    ('2026-Q2', '2026-05')
    """
    if period.kind == "year":
        return str(period.year)
    part = f"{period.part:02}" if period.kind == "month" else f"{period.kind[0].upper()}{period.part}"
    return f"{period.year}-{part}"


def read_value(text: str) -> Value | None:
    """Return the value of a cell, or None if the cell is not a value with at most a few words behind it.

    >>> found = read_value("more than $20 billion (July 2026)")
    >>> found.text, str(found.amount[0]), found.amount[1], found.note
    ('more than $20 billion', '20000000000', '$', 'July 2026')
    >>> read_value("4 years to 6 years"), read_value("three plants"), read_value("V4-Pro")
    (None, None, None)
    """
    plain = normal(text)
    if len(plain) != len(text) or not any(map(str.isdigit, plain)):
        return None
    start = _VALUE_START.match(plain)
    found = quantities(plain)
    if not start or not found or found[0].start != start.end():
        return None
    first = found[0]
    behind = _AFTER_VALUE.fullmatch(plain, first.end)
    if not behind:
        return None
    sign = -1 if _MINUS.search(start.group()) and first.value > 0 else 1
    note = (behind["note"] or "").strip("()")
    return Value(text[: first.end].strip("( "), (first.value * sign, first.unit), bool(first.unit), note)


def split_unit(head: str) -> tuple[str, str]:
    """Return the name and the unit of a head.

    >>> split_unit("Revenue, USD billion"), split_unit("Price (USD per million tokens)"), split_unit("GW")
    (('Revenue', 'USD billion'), ('Price', 'USD per million tokens'), ('', 'GW'))
    >>> split_unit("Revenue (restated)"), split_unit("April 2026, USD billion annualized")
    (('Revenue (restated)', ''), ('April 2026', 'USD billion annualized'))
    """
    if _BARE_UNIT.fullmatch(head):
        return "", head
    for pattern in (_UNIT_INSIDE, _UNIT_BEHIND):
        if (found := pattern.search(head)) and is_unit(found["unit"].strip()):
            return head[: found.start()], found["unit"].strip()
    return head, ""


def is_unit(text: str) -> bool:
    """Return whether a text is a unit.

    >>> is_unit("USD billion"), is_unit("MW"), is_unit("GAAP")
    (True, True, False)
    """
    if any(map(str.isdigit, text)):
        return False
    return bool(_CODES.search(text) or _BARE_UNIT.fullmatch(text))


def scaled(value: Value, unit: str) -> tuple[float, str]:
    """Return a value with the unit that applies to it, for `figure_store.comparable`: its own, or else the given one."""
    if value.has_unit:
        return float(value.amount[0]), value.amount[1]
    return float(Decimal(value.amount[0])), unit


def _share(cells: Sequence[str], is_match: Callable[[str], bool]) -> float:
    """Return the share of cells for which a function is true."""
    return sum(map(is_match, cells)) / len(cells) if cells else 0.0
