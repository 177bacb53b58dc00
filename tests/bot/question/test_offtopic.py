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
from bot.question.analysis import Steps
from bot.question.offtopic import without_offtopic
from tests.bot.library import opened

if TYPE_CHECKING:
    from index.types import Vector

TODAY = date(2026, 1, 20)
QUESTION = "What was Anthropic's revenue run rate at the end of December 2025?"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two documents."""
    return opened(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The same two documents, for many examples."""
    return opened(tmp_path_factory.mktemp("library"))


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
    library = library.replace()
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


def test_the_step_can_be_switched_off(library: Library) -> None:
    """For measuring its worth."""
    policy = replace(library.policy, question=Steps(offtopic=False))
    message = f"Sorry, newcomer here. {QUESTION}"
    assert (read(library, message), read(library.replace(policy=policy), message)) == (QUESTION, message)


@given(
    st.lists(st.sampled_from(["Anthropic", "9", "lovely weather", "turbine makers", "Why"]), max_size=10),
    st.data(),
)
def test_only_whole_sentences_are_left_out(shared: Library, words: list[str], data: st.DataObject) -> None:
    """The rest stands in the message in the same order, and something is left."""
    text = " ".join(f"{word}{data.draw(st.sampled_from('.?!'))}" for word in words)
    left = iter(without_offtopic(text, shared.corpus).split())
    rest = iter(text.split())
    kept = list(left)
    assert all(word in rest for word in kept)
    assert bool(kept) == bool(text.split())


def test_nothing_is_encoded_if_every_sentence_stays(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encoding takes longer than the rest of a reply."""
    message = "Anthropic made 9 billion in 2025. And what did it make in 2026?"
    encoded: list[str] = []
    monkeypatch.setattr(library.encoder, "encode_question", encoded.append)
    assert without_offtopic(message, library.replace().corpus) == message
    assert encoded == []
