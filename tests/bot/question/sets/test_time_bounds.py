"""The bounds in time that a question sets."""

from __future__ import annotations

from datetime import date

import pytest

from bot.question.sets.time_bounds import time_bounds

TODAY = date(2026, 12, 1)


def month(year: int, number: int) -> int:
    """Return a month as bounds count it."""
    return year * 12 + number - 1


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("since June 2026", month(2026, 6), None),
        ("since the end of June 2026", month(2026, 6), None),
        ("since September", month(2026, 9), None),
        ("after 2025", month(2026, 1), None),
        ("before 2026", None, month(2025, 12)),
        ("until Q1 2026", None, month(2026, 3)),
        ("between 1 July and 31 August 2026", month(2026, 7), month(2026, 8)),
        ("from Q1 2025 to Q2 2026", month(2025, 1), month(2026, 6)),
        ("last quarter", month(2026, 7), month(2026, 9)),
        ("last week", month(2026, 11), month(2026, 11)),
        ("yesterday", month(2026, 11), month(2026, 11)),
        ("in fiscal 2026", month(2025, 7), month(2026, 6)),
        ("since Q1 of fiscal 2027", month(2026, 7), None),
        ("of the labs", None, None),
    ],
)
def test_bounds_are_read_against_today_and_the_fiscal_year(
    text: str, first: int | None, last: int | None
) -> None:
    bounds, rest = time_bounds(f"revenue {text}", TODAY, year_ends=6)
    assert (bounds.first, bounds.last) == (first, last)
    assert rest.split() == (["revenue"] if (first, last) != (None, None) else ["revenue", *text.split()])
