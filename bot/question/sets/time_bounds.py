"""The bounds in time that a question sets: since, after, before, until, between, last quarter, yesterday."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.corpus.figures import fiscal_months
from bot.text.periods import MONTH, YEAR, Period, periods
from index.text.months import MONTH_NUMBERS

_POINT = (
    rf"(?:(?:the\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?:(?:Q[1-4]|H[12]|(?:first|second|third|fourth)\s+(?:quarter|half)|{MONTH})"
    rf"(?:\s+(?:of\s+)?(?:fiscal\s+)?{YEAR})|{YEAR}(?:-?(?:Q[1-4]|H[12]))?|{MONTH}))"
)
"""A point in time: "Q3 2025", "June 2026", "2025", "September" of the last twelve months."""

_BETWEEN = re.compile(
    rf"\b(?:between\s+(?P<a>{_POINT})\s+and\s+(?P<b>{_POINT})"  # "between 2024 and June 2026"
    rf"|from\s+(?P<c>{_POINT})\s+(?:to|until|through)\s+(?P<d>{_POINT}))\b",  # "from Q1 2025 to Q2 2026"
    re.IGNORECASE,
)
_SINCE = re.compile(
    rf"\b(?:since|from)\s+(?:the\s+)?(?:(?:end|start|beginning|middle)\s+of\s+)?(?P<point>{_POINT})\b(?:\s+on(?:wards)?)?",
    re.IGNORECASE,
)  # "since June 2026"
_AFTER = re.compile(rf"\b(?:after)\s+(?P<point>{_POINT})\b", re.IGNORECASE)  # "after 2025"
_BEFORE = re.compile(rf"\bbefore\s+(?P<point>{_POINT})\b", re.IGNORECASE)  # "before 2026"
_UNTIL = re.compile(
    rf"\b(?:until|till|through|up to|by|as of)\s+(?:the end of\s+)?(?P<point>{_POINT})\b",  # "until Q1 2026", "as of May 2026"
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(?:in\s+|over\s+)?(?:the\s+)?(?P<word>last|this|past)\s+(?P<unit>week|month|quarter|year)\b|\b(?P<day>yesterday|today)\b",
    re.IGNORECASE,
)  # "last quarter", "this month", "yesterday"
_IN = re.compile(
    rf"\b(?:(?:in|for|of|during)\s+)?(?:calendar\s+|fiscal\s+|FY\s*)?(?P<point>{_POINT})\b", re.IGNORECASE
)  # "in 2026"


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """The first and the last month that count, both included and counted from year 0; None for no bound."""

    first: int | None = None
    last: int | None = None
    whole_year: bool = False
    """Whether the question names a year as its period, so that figures of a year are meant."""
    is_range: bool = False
    """Whether the question asks for what lies before, after or between points in time, and not for a period."""

    def __contains__(self, month: int) -> bool:
        """Return whether a month is within the bounds.

        >>> 24316 in TimeBounds(first=24310), 24316 in TimeBounds(last=24310)
        (True, False)
        """
        return (self.first is None or month >= self.first) and (self.last is None or month <= self.last)


def time_bounds(text: str, today: date, year_ends: int = 12) -> tuple[TimeBounds, str]:
    """Return the bounds that a text sets, and the text without them.

    Args:
        text: The text.
        today: The day that "last quarter" refers to.
        year_ends: The month, from 1, in which the fiscal year of the subject ends, for "fiscal 2026".

    >>> bounds, rest = time_bounds("labs by revenue since June 2026", date(2026, 11, 30))
    >>> bounds.first == 2026 * 12 + 5, rest.split()
    (True, ['labs', 'by', 'revenue'])
    >>> time_bounds("revenue last quarter", date(2026, 11, 30))[0] == TimeBounds(2026 * 12 + 6, 2026 * 12 + 8)
    True
    """
    if found := _BETWEEN.search(text):
        start = _months(found["a"] or found["c"], today, year_ends)
        end = _months(found["b"] or found["d"], today, year_ends)
        return TimeBounds(start[0], end[-1], is_range=True), _cut(text, found)
    if found := _SINCE.search(text):
        return TimeBounds(first=_months(found["point"], today, year_ends)[0], is_range=True), _cut(
            text, found
        )
    if found := _AFTER.search(text):
        return TimeBounds(first=_months(found["point"], today, year_ends)[-1] + 1, is_range=True), _cut(
            text, found
        )
    if found := _BEFORE.search(text):
        return TimeBounds(last=_months(found["point"], today, year_ends)[0] - 1, is_range=True), _cut(
            text, found
        )
    if found := _UNTIL.search(text):
        return TimeBounds(last=_months(found["point"], today, year_ends)[-1], is_range=True), _cut(
            text, found
        )
    if found := _RELATIVE.search(text):
        months = _relative(found, today)
        return TimeBounds(months[0], months[-1], found["unit"] == "year"), _cut(text, found)
    if (found := _IN.search(text)) and periods(found["point"]):
        months = _months(found.group(), today, year_ends)
        return TimeBounds(months[0], months[-1], len(months) == 12), _cut(text, found)
    return TimeBounds(), text


def _months(point: str, today: date, year_ends: int = 12) -> range:
    """Return the months of a point in time; a month without a year is the last one up to today.

    Args:
        point: The point in time, as a question names it.
        today: The day of the question.
        year_ends: The month, from 1, in which a fiscal year ends.

    >>> list(_months("September", date(2026, 11, 30))) == [2026 * 12 + 8]
    True
    >>> list(_months("December", date(2026, 11, 30))) == [2025 * 12 + 11]
    True
    """
    if found := periods(point):
        return fiscal_months(found[0], year_ends)
    month = next(number for name, number in MONTH_NUMBERS.items() if point.lower().rstrip().endswith(name))
    return Period("month", today.year - (month > today.month), month).months


def _relative(found: re.Match[str], today: date) -> range:
    """Return the months of "last quarter", "this year", "yesterday"; a week or a day counts as its month."""
    if found["day"] or found["unit"].lower() == "week":
        back = {"yesterday": 1, "today": 0}.get((found["day"] or "").lower(), 7)
        day = today - timedelta(days=back)
        return Period("month", day.year, day.month).months
    size = {"month": 1, "quarter": 3, "year": 12}[found["unit"].lower()]
    month = today.year * 12 + today.month - 1
    start = month - month % size - (0 if found["word"].lower() == "this" else size)
    return range(start, start + size)


def _cut(text: str, found: re.Match[str]) -> str:
    """Return a text without a match."""
    return f"{text[: found.start()]} {text[found.end() :]}"
