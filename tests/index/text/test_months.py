"""The names of the months, and dates in words."""

from __future__ import annotations

import pytest

from index.text.months import MONTH_NUMBERS, MONTHS, written_date


@pytest.mark.parametrize(
    ("form", "number"), [("january", 1), ("may", 5), ("sep", 9), ("sept", 9), ("december", 12)]
)
def test_months_are_known_by_their_short_forms(form: str, number: int) -> None:
    assert MONTH_NUMBERS[form] == number


def test_each_month_is_written_by_its_name() -> None:
    written = [written_date(f"2026-{number:02}") for number in range(1, 13)]
    assert written == [f"{month} 2026" for month in MONTHS]
