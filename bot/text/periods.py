"""The periods that a text names, and whether one stands for another: pure.

A period is a year, a half, a quarter, a month or a fiscal part of a year. "The quarter to March 2026" is the first
quarter of 2026, and "January to March 2026" is so too; a fiscal quarter is kept apart from a calendar one, for each
company begins its year when it likes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_REMEMBERED = 1 << 13
"""Texts whose periods are remembered, about 3 MB: the sentences of often found passages are read for every question."""

Kind = Literal["year", "half", "quarter", "month"]

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_YEAR = r"(?:19|20)\d\d"
_MONTH = rf"(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' if name[3:] else name for name in MONTHS)}|Sept)"
_FISCAL = r"(?:(?:fiscal(?:\s+year)?|FY)\s*)?"
_BEFORE = r"(?:\s+|\s+of\s+|\s+in\s+|,\s*|-)"

_PATTERN = re.compile(
    rf"\b(?P<ended>quarters?\s+(?:to|ended|ending|through|that ended)(?:\s+in)?\s+)(?P<end>{_MONTH})\s+(?P<endyear>{_YEAR})\b"
    rf"|\b(?P<named>{_MONTH})\s+quarter(?:{_BEFORE}(?:the\s+)?(?P<namedyear>{_YEAR}))?\b"
    rf"|\b(?P<from>{_MONTH})\s+(?:to|through|and|until|[-–])\s+(?P<to>{_MONTH})\s+(?P<toyear>{_YEAR})\b"
    rf"|\b(?:Q(?P<q>[1-4])|(?P<qword>first|second|third|fourth)[\s-]quarter|H(?P<h>[12])|(?P<hword>first|second)\s+half)"
    rf"{_BEFORE}(?:the\s+)?(?:calendar\s+)?{_FISCAL}(?P<partyear>{_YEAR})\b"
    rf"|\b(?P<backyear>{_YEAR})[\s-]?(?:Q(?P<backq>[1-4])|H(?P<backh>[12]))\b"
    rf"|\b(?P<month>{_MONTH})\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?,)?\s+(?P<monthyear>{_YEAR})\b"
    rf"|(?<![\d.,$€£-])\b{_FISCAL}(?P<year>{_YEAR})\b(?!(?<=0)['\u2019]s)(?![\d.,]*\d|\s*(?:%|percent|GW|MW|W\b))",
    re.IGNORECASE,
)


_BEFORE_YEAR = re.compile(
    r"(?:^|\b(?:in|for|of|to|by|from|since|until|than|with|against|over|during|versus|vs|and|or|before|after|earlier|early|late|about))\W*\Z",
    re.IGNORECASE,
)
"""What a year may stand behind as it is; elsewhere it takes an "in"."""
_RELATIVE = re.compile(r"\b(last|this) (?:calendar )?year\b(?!-| over| on | round)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """One stretch of time; `part` counts from 1 within the year, and is 0 for a whole year."""

    kind: Kind
    year: int
    part: int = 0
    fiscal: bool = False

    def __str__(self) -> str:
        """As a reader would write it: "the second quarter of fiscal 2026"."""
        year = f"fiscal {self.year}" if self.fiscal else str(self.year)
        if self.kind == "year":
            return year
        if self.kind == "month":
            return f"{MONTHS[self.part - 1]} {year}"
        return f"the {('first', 'second', 'third', 'fourth')[self.part - 1]} {self.kind} of {year}"

    @property
    def months(self) -> range:
        """The calendar months that it covers, counted from year 0, as if a fiscal year were a calendar one."""
        size = {"year": 12, "half": 6, "quarter": 3, "month": 1}[self.kind]
        start = self.year * 12 + size * max(0, self.part - 1)
        return range(start, start + size)


@lru_cache(_REMEMBERED)
def periods(text: str) -> tuple[Period, ...]:
    """The periods in a text, each once, in order.

    >>> [str(p) for p in periods("up from $9B at the end of 2025 to $30B in April 2026, in the quarter to March 2026")]
    ['2025', 'April 2026', 'the first quarter of 2026']
    >>> [str(p) for p in periods("Q3 FY2027, FY 2026, 2026 H1 and May 7, 2026; $2026, 2026 GW")]
    ['the third quarter of fiscal 2027', 'fiscal 2026', 'the first half of 2026', 'May 2026']
    """
    return tuple(dict.fromkeys(period for match in _PATTERN.finditer(text) for period in _of(match)))


def dated(text: str, today: date) -> tuple[str, tuple[str, ...]]:
    """A question with the year in place of "this year" or "last year", and a note on what was so read.

    One that has both compares them, and one that has a year says itself which it means.

    >>> dated("What did Meta spend this year?", date(2026, 11, 27))
    ('What did Meta spend in 2026?', ('read as: 2026 (this year)',))
    >>> dated("How large was last year's spending?", date(2026, 11, 27))[0]
    "How large was 2025's spending?"
    """
    said = {match[1].lower() for match in _RELATIVE.finditer(text)}
    if len(said) != 1 or periods(text):
        return text, ()
    (word,) = said
    number = today.year - ("this", "last").index(word)

    def year(match: re.Match[str]) -> str:
        start, end = match.span()
        owns = text.startswith(("'s", "\N{RIGHT SINGLE QUOTATION MARK}s"), end)
        stands = _BEFORE_YEAR.search(text, max(0, start - 16), start)
        return str(number) if owns or stands else f"in {number}"

    return _RELATIVE.sub(year, text), (f"read as: {number} ({word} year)",)


def _of(match: re.Match[str]) -> tuple[Period, ...]:
    found = match.groupdict()
    fiscal = "f" in match.group().lower() and bool(re.search("fiscal|FY", match.group(), re.IGNORECASE))
    if found["ended"]:
        return (_quarter_to(found["end"], int(found["endyear"])),)
    if found["named"]:
        return (_quarter_to(found["named"], int(found["namedyear"])),) if found["namedyear"] else ()
    if found["from"]:
        year, first, last = int(found["toyear"]), _month(found["from"]), _month(found["to"])
        if (last - first, first % 3) == (2, 1):
            return (Period("quarter", year, last // 3),)
        if (last - first, first % 6) == (5, 1):
            return (Period("half", year, last // 6),)
        return (Period("month", year, first), Period("month", year, last))
    if part := found["partyear"] or found["backyear"]:
        if quarter := found["q"] or found["qword"] or found["backq"]:
            return (Period("quarter", int(part), _count(quarter), fiscal),)
        half = found["h"] or found["hword"] or found["backh"]
        return (Period("half", int(part), _count(str(half)), fiscal),)
    if found["month"]:
        return (Period("month", int(found["monthyear"]), _month(found["month"])),)
    return (Period("year", int(found["year"]), fiscal=fiscal),)


def _quarter_to(month: str, year: int) -> Period:
    """The quarter that ends in a month: a calendar quarter, or the fiscal quarter of some company."""
    last = _month(month)
    return Period("quarter", year, last // 3) if last % 3 == 0 else Period("month", year, last)


def _month(name: str) -> int:
    return next(
        number for number, month in enumerate(MONTHS, start=1) if month[:3].lower() == name[:3].lower()
    )


def _count(word: str) -> int:
    return _ORDINALS.get(word.lower()) or int(word)


def meets(asked: Period, told: Period) -> bool:
    """Whether a statement on `told` may answer a question on `asked`.

    The same period may, and so may one within it; but of a quarter's months only the one that ends it, for what is
    said of another month is no figure of the quarter. What a text says of the whole year may answer for its end. A
    company's fiscal quarter may be any quarter of that year or the one before.

    >>> q1 = Period("quarter", 2026, 1)
    >>> meets(q1, Period("month", 2026, 3)), meets(q1, Period("month", 2026, 2)), meets(Period("year", 2026), q1)
    (True, False, True)
    >>> meets(q1, Period("year", 2026)), meets(Period("month", 2026, 2), q1), meets(q1, Period("quarter", 2025, 1))
    (False, True, False)
    """
    if asked.kind == "year":
        return told.year == asked.year
    if asked.fiscal != told.fiscal and told.kind != "year":
        return told.year in {asked.year, asked.year - 1} if asked.fiscal else told.year == asked.year
    if told.kind == "year":
        return told.year == asked.year and asked.months[-1] == told.months[-1]
    if (asked.kind, told.kind) == ("quarter", "month"):
        return asked.months[-1] == told.months[-1]
    return bool(set(asked.months) & set(told.months))
