"""Numbers, in plain form."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.text.numbers import numbers


@given(st.integers(0, 10**12))
def test_a_whole_number_is_read_in_every_notation(value: int) -> None:
    """Thousands separators, currency and a unit make no difference."""
    for text in (
        f"{value}",
        f"{value:,}",
        f"${value:,}",
        f"up {value}%",
        f"about {value:,} units.",
        f"{value}GW",
    ):
        assert numbers(text) == (str(value),)


@given(st.integers(0, 10**6), st.integers(1, 999))
def test_a_decimal_number_is_read_without_trailing_zeros(whole: int, thousandths: int) -> None:
    """2.50 and 2.5 are the same number."""
    text = f"{whole}.{thousandths:03d}"
    assert numbers(f"rose {whole:,}.{thousandths:03d}0 times") == (text.rstrip("0"),)


@given(st.lists(st.integers(0, 9999), unique=True, max_size=6))
def test_plain_numbers_are_read_again_from_their_own_list(values: list[int]) -> None:
    """Reading what was read changes nothing."""
    once = numbers(" and ".join(map(str, values)))
    assert once == tuple(map(str, values)) == numbers(" and ".join(once))


def test_the_digits_of_a_name_are_not_a_number() -> None:
    """H100 and TPU v7 are names."""
    assert numbers("Does the H100 beat TPU v7?") == ()
