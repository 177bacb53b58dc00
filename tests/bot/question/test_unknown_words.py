"""Names in small letters told from rare words, in text and on a library on disk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.library import Library
from bot.question.unknown_words import is_english, strangers
from bot.types import Abstention, Answer
from tests.bot.library import opened

TODAY = date(2026, 1, 20)


def nothing(_: str) -> bool:
    """What knows no word."""
    return False


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two documents."""
    return opened(tmp_path)


@pytest.mark.parametrize("word", ["pricier", "amortisation", "gigabyte", "bankrolling"])
def test_rare_words_are_english(word: str) -> None:
    """Inflected and in British spelling too."""
    assert is_english(word)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("how much is tencent planning to spend", ["tencent"]),
        ("how does qualcomms card compare with trainium on price", ["qualcomms"]),
        ("do datacentres use tenstorrent cards", ["tenstorrent"]),
        ("foxconn revenue", ["foxconn"]),
        ("tencent", ["tencent"]),
        ("when does it start recieving chips, and what happend", []),
        ("pls tell me, imho it is lower btw", []),
        ("wie hoch war der umsatz von zhipu im letzten jahr", []),
        ("How much did Tencent spend?", []),
        ("what is " + "z" * 19_000 + " and tencent", ["tencent"]),
        ("who owns " + " ".join(f"zorbl{letter}tt" for letter in "abcdefghijk"), []),
    ],
)
def test_strangers_are_names_and_not_slips(text: str, found: list[str]) -> None:
    """Nor abbreviations, nor another language, nor what begins with a capital, nor made of two words of the library."""
    assert (
        strangers(text, {"trainium", "data", "centres", "tens"}.__contains__, nothing, lambda _: ()) == found
    )


def test_a_word_like_one_of_the_library_is_a_slip() -> None:
    """Though the dictionary has neither."""
    assert strangers("what did trainuim cost in the end", nothing, nothing, lambda _: ["Trainium"]) == []
    assert strangers("what did trainuim cost in the end", nothing, nothing, lambda _: ()) == ["trainuim"]


def test_a_strange_name_in_small_letters_is_told(library: Library) -> None:
    """And one that the library has is answered."""
    reply = library.ask("what was tencent's revenue run rate at the end of december 2025?", today=TODAY)
    assert isinstance(reply, Abstention)
    assert reply.message == "The library does not answer this: tencent is in no document."
    asked = "what was anthropic's revenue run rate at the end of december 2025?"
    assert isinstance(library.ask(asked, today=TODAY), Answer)
