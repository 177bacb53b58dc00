"""What a question asks for, its numbers and its names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.question.model import answers, asks, names, numbers, read


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did TSMC open Arizona?", "date"),
        ("In which quarter did it happen?", "date"),
        ("How much did Meta spend?", "amount"),
        ("How many gigawatts are planned?", "number"),
        ("What share of capex is power?", "number"),
        ("Where are the fabs?", "place"),
        ("Who makes HBM?", "name"),
        ("Why did prices fall?", "reason"),
        ("Explain HBM", "other"),
        ("Who knows why it fell?", "name"),
        ("", "other"),
    ],
)
def test_the_earliest_question_word_says_what_is_asked_for(question: str, kind: str) -> None:
    """Each kind has its words, and the first of several wins."""
    assert asks(question) == kind


@given(st.integers(0, 10**12))
def test_a_whole_number_is_read_back_from_every_way_to_write_it(value: int) -> None:
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
def test_a_decimal_number_is_read_back_without_idle_zeros(whole: int, thousandths: int) -> None:
    """2.50 and 2.5 are one number."""
    text = f"{whole}.{thousandths:03d}"
    assert numbers(f"rose {whole:,}.{thousandths:03d}0 times") == (text.rstrip("0"),)


@given(st.lists(st.integers(0, 9999), unique=True, max_size=6))
def test_plain_numbers_are_read_again_from_their_own_list(values: list[int]) -> None:
    """Reading what was read changes nothing."""
    once = numbers(" and ".join(map(str, values)))
    assert once == tuple(map(str, values)) == numbers(" and ".join(once))


def test_the_digits_of_a_name_are_no_number() -> None:
    """H100 is a name, and so is GPT-5."""
    assert numbers("Does the H100 beat TPU v7?") == ()
    assert names("Does the H100 beat TPU v7?") == ("H100", "TPU", "v7")


def test_the_first_word_is_a_name_only_where_its_form_says_so() -> None:
    """Every sentence begins with a capital."""
    assert names("Rents in Ohio") == ("Ohio",)
    assert names("xAI in Ohio") == ("xAI", "Ohio")
    assert names("HBM and I") == ("HBM",)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    """Numbers and names stand in the text; white space is one blank."""
    question = read(text)
    assert question.text == " ".join(text.split())
    assert all(name in question.text for name in question.names)


@pytest.mark.parametrize("text", ["1,1" * 6_000 + "x", "a" * 20_000, "A-" * 10_000, "in the " * 3_000])
def test_a_long_question_is_read_at_once(text: str) -> None:
    """No pattern takes more than linear time; a quadratic one would outlast the run."""
    assert read(text).text


@pytest.mark.parametrize(
    ("kind", "sentence", "question", "worth"),
    [
        ("date", "It opened in 1998.", "When did it open?", 1.0),
        ("date", "It opened in 1998.", "When in 1998 did it open?", -1.0),
        ("number", "It has 40 units in 2026.", "How many units?", 1.0),
        ("number", "It has units since 2026.", "How many units?", -1.0),
        ("number", "It has forty units.", "How many units?", 1.0),
        ("amount", "It cost $5.", "How much did it cost?", 1.0),
        ("reason", "Rents fell because supply grew.", "Why did rents fall?", 1.0),
        ("reason", "Rents fell.", "Why did rents fall?", -1.0),
        ("place", "It stands in Ohio.", "Where does it stand?", 1.0),
        ("place", "It stands in Ohio.", "Where in Ohio is it?", -1.0),
        ("name", "Makers are SK Hynix and Micron.", "Who makes HBM?", 1.0),
        ("name", "It is made abroad.", "Who makes HBM?", -1.0),
        ("other", "Anything.", "Explain.", 0.0),
    ],
)
def test_a_sentence_answers_with_something_that_the_question_lacks(
    kind: str, sentence: str, question: str, worth: float
) -> None:
    """What the question names already is no answer to it."""
    assert answers(kind, sentence, question) == worth  # type: ignore[arg-type]
