"""Words that look like names."""

from __future__ import annotations

from bot.text.names import names


def test_letters_with_digits_are_a_name() -> None:
    """Product names mix them."""
    assert names("Does the H100 beat TPU v7?") == ("H100", "TPU", "v7")


def test_the_first_word_is_a_name_only_if_its_form_shows_it() -> None:
    """Every sentence begins with a capital."""
    assert names("Rents in Ohio") == ("Ohio",)
    assert names("xAI in Ohio") == ("xAI", "Ohio")
    assert names("HBM and I") == ("HBM",)
