"""What people say beside their question, on a library on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import Library
from bot.question.offtopic import NEAR, without_asides
from tests.bot.library import opened

if TYPE_CHECKING:
    from index.types import Vector

TODAY = date(2026, 1, 20)
QUESTION = "What was Anthropic's revenue run rate at the end of December 2025?"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two documents."""
    return opened(tmp_path)


def read(library: Library, message: str) -> str:
    """The question as it was read."""
    return library.ask(message, today=TODAY).question


def test_what_is_not_about_the_library_is_left_out(library: Library) -> None:
    """So that a story around a question gives the reply that the question alone gives."""
    message = f"Sorry, newcomer here. My uncle argues about it constantly! {QUESTION} Cheers everybody."
    assert read(library, message) == QUESTION
    assert library.ask(message, today=TODAY) == library.ask(QUESTION, today=TODAY)


def test_what_is_left_of_a_message_is_not_encoded_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence that was looked up may be all of the question."""
    encoded: list[str] = []
    encode = library.encoder.encode_question

    def noted(text: str) -> Vector:
        encoded.append(text)
        return encode(text)

    monkeypatch.setattr(library.encoder, "encode_question", noted)
    story, question = (
        "My uncle argues about it constantly!",
        "What was the revenue run rate at the end of December?",
    )
    assert read(library, f"{story} {question}") == question
    assert sorted(encoded) == [story, question]


def test_what_names_a_thing_or_a_number_stays(library: Library) -> None:
    """It may be what the question is about."""
    message = "Anthropic, please. Quickly, 2025! What was the revenue run rate at the end of December?"
    assert read(library, message) == message


def test_a_bare_question_stays(library: Library) -> None:
    """It says what is wanted of the sentence before it."""
    message = "Turbine makers sold out their slots. Why?"
    assert read(library, message) == message


def test_a_message_about_nothing_stays_whole(library: Library) -> None:
    """There is nothing to tell its question by."""
    message = "Yesterday was lovely and warm everywhere! Did somebody bring enough sandwiches today?"
    assert read(library, message) == message


def test_it_can_be_switched_off(library: Library) -> None:
    """For measuring what it is worth."""
    plain = library.but(policy=replace(library.policy, asides=False))
    message = f"Sorry, newcomer here. {QUESTION}"
    assert (read(library, message), read(plain, message)) == (QUESTION, message)


@given(st.lists(st.text("ab1.?! ", max_size=9), max_size=12).map(" ".join), st.integers(0, 9))
def test_only_whole_sentences_are_left_out(text: str, seed: int) -> None:
    """What is left stands in the message in the same order, and something is left."""
    left = without_asides(text, lambda sentence: NEAR if hash((sentence, seed)) % 2 else 0, lambda _: False)
    words = iter(text.split())
    assert all(word in words for word in left.split())
    assert bool(left.split()) == bool(text.split())


def test_nothing_is_encoded_where_all_of_a_message_stays() -> None:
    """The encoder takes longer than all the rest of a reply."""

    def unasked(sentence: str) -> float:
        raise AssertionError(f"{sentence} was encoded without need")

    message = "Anthropic made 9 billion in 2025. And what did it make in 2026?"
    assert without_asides(message, unasked, lambda _: False) == message
