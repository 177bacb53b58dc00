"""The lexicon's table."""

from __future__ import annotations

from collections import Counter

from bot.text.lexicon import (
    CALENDAR_WORDS,
    NUMBER_WORDS,
    lemmas,
    negations,
    poles_by_word,
)


def test_each_word_of_an_axis_is_on_one_side() -> None:
    for reader in ("q", "s", "g"):
        for word, poles in poles_by_word(reader).items():  # type: ignore[arg-type]
            assert not any((axis, 1 - side) in poles for axis, side in poles), word


def test_each_form_has_one_row_per_axis() -> None:
    counted = Counter((lemma.axis, form) for lemma in lemmas() for form in lemma.forms)
    # "lower" is a verb (direction) and a comparative (order, level), but never in two rows of one axis.
    assert [row for row, count in counted.items() if count > 1] == []


def test_rows_name_known_readers_and_have_forms_in_lower_case() -> None:
    for lemma in lemmas():
        assert lemma.readers in {"qsg", "sg", "s", "g"}, lemma
        assert lemma.forms
        assert all(form == form.lower() for form in lemma.forms)


def test_composed_sentences_are_read_for_every_word_that_a_question_presumes() -> None:
    assert poles_by_word("q").keys() <= poles_by_word("s").keys() & poles_by_word("g").keys()
    assert negations("s") <= negations("g")


def test_months_and_weekdays_are_calendar_words() -> None:
    assert {"january", "sept", "monday"} <= CALENDAR_WORDS
    assert "today" not in CALENDAR_WORDS


def test_number_words_have_their_value() -> None:
    assert [NUMBER_WORDS[word] for word in ("zero", "nineteen", "ninety", "dozen")] == [0, 19, 90, 12]
