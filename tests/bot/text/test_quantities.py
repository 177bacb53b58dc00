"""Quantities: equal and different measures."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.quantities import quantities


def measures(text: str) -> list[tuple[Decimal, str]]:
    """Values and units in order."""
    return [quantity.measure for quantity in quantities(text)]


@pytest.mark.parametrize(
    "same",
    [
        (
            "$30B",
            "$30 billion",
            "$30bn",
            "US$30 billion",
            "30 billion dollars",
            "USD 30 billion",
            "$30,000 million",
            "$30b",
        ),
        ("92%", "92 percent", "92 per cent", "92.0 %"),
        ("3.5 GW", "3.5GW", "3.5 gigawatts", "3.50 gigawatt"),
        ("18 months", "18-month", "eighteen months"),
        ("thirty-five", "35", "thirty five"),
        ("two hundred and fifty", "250"),
        ("10x", "10 times"),
        ("-5%", "\N{MINUS SIGN}5 %"),
        ("doubled", "twice", "doubling"),
        ("5 percentage points", "5 pp"),
    ],
)
def test_notations_of_a_quantity_have_the_same_measure(same: tuple[str, ...]) -> None:
    assert len({tuple(measures(text)) for text in same}) == 1
    assert len(measures(same[0])) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$30B", "30%"),
        ("$30B", "€30B"),
        ("$30B", "$30M"),
        ("$30 billion", "30 billion"),
        ("3 GW", "3 GWh"),
        ("3 months", "3 years"),
        ("5%", "-5%"),
        ("5%", "5 percentage points"),
        ("doubled", "tripled"),
        ("1,577", "1.577"),
    ],
)
def test_value_scale_sign_and_unit_tell_quantities_apart(one: str, other: str) -> None:
    assert measures(one) != measures(other)


@pytest.mark.parametrize("text", ["1.000.000", "1,57", "12,34,567"])
def test_an_ambiguous_number_is_not_read_in_part(text: str) -> None:
    """Grounding then finds digits that belong to no quantity, and refuses them."""
    assert measures(text) == []


@given(st.integers(0, 10**9), st.sampled_from(["", "thousand", "million", "billion", "trillion"]))
def test_a_whole_number_is_read_with_and_without_commas(value: int, scale: str) -> None:
    """Both notations have the same measure."""
    plain, comma = f"{value} {scale}".strip(), f"{value:,} {scale}".strip()
    factor = {"": 0, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}[scale]
    assert measures(plain) == measures(comma) == [(Decimal(value) * 10**factor, "")]


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    """The offsets are in order, and no quantity is empty."""
    found = quantities(text)
    assert [q.start for q in found] == sorted(q.start for q in found)
    assert all(q.start < q.end for q in found)


def test_long_numbers_are_exact() -> None:
    """Two numbers that differ in the last of forty digits are different."""
    long = "1" * 39
    (one,), (other,) = quantities(f"{long}2 GW"), quantities(f"{long}3 GW")
    assert (str(one.value), str(other.value)) == (f"{long}2", f"{long}3")
