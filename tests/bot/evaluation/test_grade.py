"""Sentences that state the same figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.grade import entails, figures

GOLD = "Nvidia booked a $4.5 billion charge on H20 stock in the quarter ended April 2025."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$30bn", {(30e9, "$")}),
        ("30 billion dollars", {(30e9, "$")}),
        ("USD and 2.6 million", {(2.6e6, "")}),
        ("1,577 GW and 5 GWh", {(1577.0, "gw"), (5.0, "gwh")}),
        ("92%, 3 percent and 4 per cent", {(92.0, "%"), (3.0, "%"), (4.0, "%")}),
        ("in 2026, not 2,026", {(2026.0, "year"), (2026.0, "")}),
        ("June 2026 | 4 | -23%", {(2026.0, "year"), (4.0, ""), (-23.0, "%")}),
        ("€5k, £1.25", {(5000.0, "€"), (1.25, "£")}),
        ("no figure", set()),
    ],
)
def test_figures_have_a_scaled_value_and_a_unit(text: str, found: set[tuple[float, str]]) -> None:
    assert figures(text) == found


@pytest.mark.parametrize(
    ("quotation", "context", "is_entailing"),
    [
        (GOLD, "", True),
        ("It charged $4.5bn for H20 chips in April 2025.", "Nvidia", True),
        ("It charged $4.5bn for H20 chips in April 2025.", "AMD", False),  # another name
        ("Nvidia charged $4.5bn for H20 chips in April 2026.", "", False),  # another year
        ("Nvidia charged $4.5 million for H20 chips in April 2025.", "", False),  # another scale
        ("Nvidia charged 4.5 billion yuan for H20 chips in April 2025.", "", False),  # another unit
        ("Nvidia charged $4.5bn in April 2025.", "", False),  # fewer names
    ],
)
def test_a_sentence_entails_a_figure_with_its_unit_year_and_names(
    quotation: str, context: str, is_entailing: bool
) -> None:
    assert entails(quotation, context, GOLD) is is_entailing


def test_a_sentence_without_a_figure_but_a_year_entails_nothing() -> None:
    assert not entails("Nvidia grew in 2025.", "", "Nvidia grew in 2025.")


@given(st.text("0123456789$%.,abGW illion", max_size=40), st.text(" xyz.", max_size=10))
def test_a_sentence_with_a_figure_entails_itself_and_figures_are_finite(text: str, more: str) -> None:
    found = figures(text)
    assert all(value >= 0 and value < float("inf") for value, _ in found)
    if any(unit != "year" for _, unit in found):
        assert entails(text, more, text)
