"""Periods: how they are written, and which statement answers for which question."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.periods import Period, matches, periods, resolve_relative_year

PERIODS = st.one_of(
    st.builds(Period, st.just("year"), st.integers(1990, 2040), st.just(0), st.booleans()),
    st.builds(Period, st.just("half"), st.integers(1990, 2040), st.integers(1, 2), st.booleans()),
    st.builds(Period, st.just("quarter"), st.integers(1990, 2040), st.integers(1, 4), st.booleans()),
    st.builds(Period, st.just("month"), st.integers(1990, 2040), st.integers(1, 12)),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("in Q1 2026 and H2 2025", ["the first quarter of 2026", "the second half of 2025"]),
        ("2026Q2, 2025-H1", ["the second quarter of 2026", "the first half of 2025"]),
        ("the third quarter of fiscal 2027", ["the third quarter of fiscal 2027"]),
        ("the quarter to March 2026", ["the first quarter of 2026"]),
        ("the quarter ended July 2025", ["July 2025"]),
        ("the March quarter of 2026", ["the first quarter of 2026"]),
        ("January to March 2026", ["the first quarter of 2026"]),
        ("January to June 2026", ["the first half of 2026"]),
        ("between April and October 2025", ["April 2025", "October 2025"]),
        ("Sept 2025, May 7, 2026", ["September 2025", "May 2026"]),
        ("in 2024, FY2026", ["2024", "fiscal 2026"]),
        ("it may rise 2,026 GW by $2026", []),
        ("an H100, a 2025 MW plant", []),
    ],
)
def test_periods_are_read_as_people_write_them(text: str, names: list[str]) -> None:
    assert [str(period) for period in periods(text)] == names


@given(PERIODS)
def test_the_written_form_of_a_period_is_read_as_that_period(period: Period) -> None:
    assert periods(f"in {period}") == (period,)


@given(PERIODS)
def test_a_period_matches_itself(period: Period) -> None:
    assert matches(period, period)


@given(PERIODS, PERIODS)
def test_periods_more_than_a_year_apart_do_not_match(one: Period, other: Period) -> None:
    assert abs(one.year - other.year) <= 1 or not matches(one, other)


def test_a_year_has_the_months_from_january_to_december() -> None:
    assert [month % 12 + 1 for month in Period("year", 2026).months] == list(range(1, 13))


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("capex this year?", "capex in 2026?"),
        ("What was spent so far this year", "What was spent so far in 2026"),
        ("last year's margin", "2025's margin"),
        ("Compared with last year, what rose?", "Compared with 2025, what rose?"),
        ("this year against last year", "this year against last year"),
        ("last year (2025)", "last year (2025)"),
        ("growth this year-on-year", "growth this year-on-year"),
        ("next year", "next year"),
        ("the last years", "the last years"),
    ],
)
def test_a_relative_year_is_resolved_unless_it_is_compared_or_a_year_is_named(
    question: str, read: str
) -> None:
    text, notes = resolve_relative_year(question, date(2026, 11, 27))
    assert text == read
    assert bool(notes) is (text != question)


def test_a_decade_is_not_a_year() -> None:
    assert periods("the play of the 1970's and the 1980s") == ()
    assert periods("2025's margin") == (Period("year", 2025),)
