"""Names in small letters told from rare words, in text and on a library on disk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.corpus.corpus import Corpus
from bot.library import Library
from bot.question.unknown_words import is_english, unknown_words
from bot.types import Abstention, Answer
from tests.bot.library import corpus, opened

TODAY = date(2026, 1, 20)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two documents."""
    return opened(tmp_path)


@pytest.fixture(scope="module")
def chips(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A document of a few words."""
    return corpus(tmp_path_factory.mktemp("chips"), {"a.md": "Trainium data centres, tens.\n"})


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
def test_unknown_words_are_names(chips: Corpus, text: str, found: list[str]) -> None:
    """And not typos, abbreviations, another language, capitalised words, or compounds of two words of the library."""
    assert unknown_words(text, chips) == found


def test_a_typo_of_a_word_of_the_library_is_known(tmp_path: Path, chips: Corpus) -> None:
    """Though the dictionary has neither."""
    text = "what did trainuim cost in the end"
    assert unknown_words(text, chips) == []
    assert unknown_words(text, corpus(tmp_path, {"a.md": "Words.\n"})) == ["trainuim"]


def test_an_unknown_lower_case_name_is_named(library: Library) -> None:
    """And one that the library has is answered."""
    reply = library.ask("what was tencent's revenue run rate at the end of december 2025?", today=TODAY)
    assert isinstance(reply, Abstention)
    assert reply.message == "I couldn't find tencent anywhere in the library."
    asked = "what was anthropic's revenue run rate at the end of december 2025?"
    assert isinstance(library.ask(asked, today=TODAY), Answer)
