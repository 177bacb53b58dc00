"""The periods that a text names, and which periods answer for which.

A period is a year, a half, a quarter or a month, each of a calendar year or of a fiscal year. "The quarter to March 2026" and
"January to March 2026" are the first quarter of 2026. Fiscal and calendar periods differ, because each company begins its
fiscal year when it likes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from bot.text.lexicon import ORDINALS
from bot.text.numbers import CACHED_TEXTS
from index.text.months import MONTH_NUMBERS, MONTHS

Kind = Literal["year", "half", "quarter", "month"]

YEAR = r"(?:19|20)\d\d"
"""The pattern of a year: "2026"."""
MONTH = rf"(?:{'|'.join(sorted(MONTH_NUMBERS, key=len, reverse=True))})"
"""The pattern of a month, for IGNORECASE: "September", "Sep", "Sept"."""
QUARTER_OR_HALF = r"(?:Q[1-4]|H[12])"
"""The pattern of a quarter or a half in figures: "Q3", "H1"."""

_FISCAL = r"(?:(?:fiscal(?:\s+year)?|FY)\s*)?"  # "fiscal year 2026", "FY2026"
_BEFORE_YEAR = (
    r"(?:\s+|\s+of\s+|\s+in\s+|,\s*|-)"  # "Q3 2026", "Q3 of 2026", "Q3 in 2026", "Q3, 2026", "Q3-2026"
)
_PERIOD = re.compile(
    # "the quarter to March 2026", "the quarter that ended in March 2026"
    r"\b(?P<quarter_to>quarters?\s+(?:to|ended|ending|through|that ended)(?:\s+in)?\s+)"
    rf"(?P<last_month>{MONTH})\s+(?P<last_month_year>{YEAR})\b"
    # "the March quarter of 2026"; without a year it is no period
    rf"|\b(?P<month_of_quarter>{MONTH})\s+quarter(?:{_BEFORE_YEAR}(?:the\s+)?(?P<month_quarter_year>{YEAR}))?\b"
    # "January to March 2026", "April and October 2025"
    rf"|\b(?P<from>{MONTH})\s+(?:to|through|and|until|[-–])\s+(?P<to>{MONTH})\s+(?P<to_year>{YEAR})\b"
    # "Q3 2026", "the third quarter of fiscal 2027", "H1 2026", "the first half of 2026"
    r"|\b(?:Q(?P<q>[1-4])|(?P<q_word>first|second|third|fourth)[\s-]quarter"
    r"|H(?P<h>[12])|(?P<h_word>first|second)\s+half)"  # "H1", "first half"
    rf"{_BEFORE_YEAR}(?:the\s+)?(?:calendar\s+)?{_FISCAL}(?P<part_year>{YEAR})\b"
    # "2026Q2", "2025-H1"
    rf"|\b(?P<year_first>{YEAR})[\s-]?(?:Q(?P<q_last>[1-4])|H(?P<h_last>[12]))\b"
    # "April 2026", "Sept. 2025", "May 7, 2026", "May 7th, 2026"
    rf"|\b(?P<month>{MONTH})\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?,)?\s+(?P<month_year>{YEAR})\b"
    # "2026", "FY2026"; but not "$2026", "2,026", "the 1980's", "2026 GW"
    rf"|(?<![\d.,$€£-])\b{_FISCAL}(?P<year>{YEAR})\b"
    r"(?!(?<=0)['\u2019]s)(?![\d.,]*\d|\s*(?:%|percent|GW|MW|W\b))",
    re.IGNORECASE,
)

_AFTER_PREPOSITION = re.compile(
    r"(?:^"  # "this year against ..."
    r"|\b(?:in|for|of|to|by|from|since|until|than|with|against|over|during|versus|vs|and|or|before|after|earlier|early|late"
    r"|about))\W*\Z",  # "so far in this year"
    re.IGNORECASE,
)
"""The text before a year that needs no "in"."""
_RELATIVE_YEAR = re.compile(
    r"\b(last|this) (?:calendar )?year\b"  # "last year", "this calendar year"
    r"(?!-| over| on | round)",  # but not "this year-on-year"
    re.IGNORECASE,
)
_SHORT_FISCAL_YEAR = re.compile(r"\bFY\s?'?(?:20)?(\d\d)\b", re.IGNORECASE)  # "FY26", "FY 2026"
_SHORT_YEAR = re.compile(
    r"\b([QH][1-4])(?:\s*'|\s+|\s*FY\s?)(\d\d)\b"  # "Q3 26", "H1'26", "Q3 FY26"
    r"(?!\s*(?:%|billion|million|bn|GW|MW))",  # but not "Q3 26%"
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """A year, half, quarter or month."""

    kind: Kind
    year: int
    part: int = 0
    """The half, quarter or month within the year, from 1; 0 for a whole year."""
    fiscal: bool = False

    def __str__(self) -> str:
        """Return the period as people write it: "the second quarter of fiscal 2026"."""
        year = f"fiscal {self.year}" if self.fiscal else str(self.year)
        if self.kind == "year":
            return year
        if self.kind == "month":
            return f"{MONTHS[self.part - 1]} {year}"
        return f"the {list(ORDINALS)[self.part - 1]} {self.kind} of {year}"

    @property
    def months(self) -> range:
        """The calendar months of the period, counted from year 0; a fiscal year counts as the calendar year."""
        size = {"year": 12, "half": 6, "quarter": 3, "month": 1}[self.kind]
        start = self.year * 12 + size * max(0, self.part - 1)
        return range(start, start + size)


@lru_cache(CACHED_TEXTS)
def periods(text: str) -> tuple[Period, ...]:
    """Return the periods in a text, each once, in order.

    >>> [str(p) for p in periods("up from $9B at the end of 2025 to $30B in April 2026, in the quarter to March 2026")]
    ['2025', 'April 2026', 'the first quarter of 2026']
    >>> [str(p) for p in periods("Q3 FY2027, FY 2026, 2026 H1 and May 7, 2026; $2026, 2026 GW")]
    ['the third quarter of fiscal 2027', 'fiscal 2026', 'the first half of 2026', 'May 2026']
    """
    return tuple(dict.fromkeys(period for match in _PERIOD.finditer(text) for period in _read(match)))


def with_full_years(text: str) -> str:
    """Return a text with short years written out.

    >>> with_full_years("FY26 revenue, Q3'25 margin, Q3 26%")
    'fiscal 2026 revenue, Q3 2025 margin, Q3 26%'
    """
    return _SHORT_FISCAL_YEAR.sub(r"fiscal 20\1", _SHORT_YEAR.sub(r"\1 20\2", text))


def resolve_relative_year(text: str, today: date) -> tuple[str, tuple[str, ...]]:
    """Return a question with "this year" or "last year" replaced by the year, and a note that says so.

    A question that has both compares them, and a question that names a period says itself which year it means: both stay as
    they are.

    >>> resolve_relative_year("What did Meta spend this year?", date(2026, 11, 27))
    ('What did Meta spend in 2026?', ('read as: 2026 (this year)',))
    >>> resolve_relative_year("How large was last year's spending?", date(2026, 11, 27))[0]
    "How large was 2025's spending?"
    """
    named = {match[1].lower() for match in _RELATIVE_YEAR.finditer(text)}
    if len(named) != 1 or periods(text):
        return text, ()
    (word,) = named
    number = today.year - ("this", "last").index(word)

    def year(match: re.Match[str]) -> str:
        start, end = match.span()
        is_possessive = text.startswith(("'s", "\N{RIGHT SINGLE QUOTATION MARK}s"), end)
        has_preposition = _AFTER_PREPOSITION.search(text, max(0, start - 16), start)
        return str(number) if is_possessive or has_preposition else f"in {number}"

    return _RELATIVE_YEAR.sub(year, text), (f"read as: {number} ({word} year)",)


def _read(match: re.Match[str]) -> tuple[Period, ...]:
    """Return the period of a match of `_PERIOD`; two for "April and October 2025", none for "the March quarter"."""
    found = match.groupdict()
    if found["quarter_to"]:
        return (_quarter_to(found["last_month"], int(found["last_month_year"])),)
    if found["month_of_quarter"]:
        year = found["month_quarter_year"]
        return (_quarter_to(found["month_of_quarter"], int(year)),) if year else ()
    if found["from"]:
        return _span(_month(found["from"]), _month(found["to"]), int(found["to_year"]))
    if found["month"]:
        return (Period("month", int(found["month_year"]), _month(found["month"])),)
    is_fiscal = bool(re.search("fiscal|FY", match.group(), re.IGNORECASE))  # "fiscal 2027", "FY27"
    if found["year"]:
        return (Period("year", int(found["year"]), fiscal=is_fiscal),)
    year = int(found["part_year"] or found["year_first"])
    if quarter := found["q"] or found["q_word"] or found["q_last"]:
        return (Period("quarter", year, _ordinal(quarter), is_fiscal),)
    return (Period("half", year, _ordinal(found["h"] or found["h_word"] or found["h_last"]), is_fiscal),)


def _span(first: int, last: int, year: int) -> tuple[Period, ...]:
    """Return the quarter or the half from one month to another, else the two months."""
    if (last - first, first % 3) == (2, 1):
        return (Period("quarter", year, last // 3),)
    if (last - first, first % 6) == (5, 1):
        return (Period("half", year, last // 6),)
    return (Period("month", year, first), Period("month", year, last))


def _quarter_to(month: str, year: int) -> Period:
    """Return the calendar quarter that ends in a month; the month itself if some company's fiscal quarter ends there."""
    last = _month(month)
    return Period("quarter", year, last // 3) if last % 3 == 0 else Period("month", year, last)


def _month(name: str) -> int:
    return MONTH_NUMBERS[name.lower()]


def _ordinal(word: str) -> int:
    return ORDINALS.get(word.lower()) or int(word)


def matches(asked: Period, stated: Period) -> bool:
    """Return whether a statement on one period may answer a question on another.

    The same period may, and so may a period within it; of a quarter's months only the last, since a figure of another month is
    no figure of the quarter. A statement on a whole year may answer for the year's end. A company's fiscal quarter may be any
    quarter of that year or of the year before.

    >>> q1 = Period("quarter", 2026, 1)
    >>> matches(q1, Period("month", 2026, 3)), matches(q1, Period("month", 2026, 2)), matches(Period("year", 2026), q1)
    (True, False, True)
    >>> matches(q1, Period("year", 2026)), matches(Period("month", 2026, 2), q1), matches(q1, Period("quarter", 2025, 1))
    (False, True, False)
    """
    if asked.kind == "year":
        return stated.year == asked.year
    if asked.fiscal != stated.fiscal and stated.kind != "year":
        return stated.year in {asked.year, asked.year - 1} if asked.fiscal else stated.year == asked.year
    if stated.kind == "year":
        return stated.year == asked.year and asked.months[-1] == stated.months[-1]
    if (asked.kind, stated.kind) == ("quarter", "month"):
        return asked.months[-1] == stated.months[-1]
    return bool(set(asked.months) & set(stated.months))
