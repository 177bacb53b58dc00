"""The library's own names in people's own spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.corpus.gazetteer import Gazetteer, bases, nearest, normalise
from index.types import Document, Series

WORD = st.text("abcd", min_size=1, max_size=8)
DOCUMENTS = [
    Document("n", "n.md", "Nvidia", aliases=("NVDA = Nvidia", "Jensen Huang = Nvidia", "CUDA")),
    Document(
        "s",
        "s.md",
        "Software",
        aliases=("NOW = ServiceNow", "GM = gross margin", "Q1 = first quarter", "ARR = recurring revenue"),
    ),
    Document("a", "a.md", "Anthropic", aliases=("Claude = Anthropic Claude",)),
]
NAMES = Gazetteer.of(DOCUMENTS)
LIBRARY = frozenset(
    ["sales", "now", "growth", "in", "revenue", "data", "center", "annualized", "the", "earns", "arr", "2026"]
)
ENGLISH = frozenset(["what", "stuck", "fat", "with", "now"])


def read(text: str) -> tuple[str, tuple[str, ...]]:
    """The text as this library reads it."""
    return normalise(
        text, NAMES, lambda word: word.lower() in LIBRARY, ENGLISH.__contains__, lambda _: LIBRARY
    )


@pytest.mark.parametrize(
    ("text", "meant", "notes"),
    [
        ("nvda sales", "Nvidia sales", ("read as: Nvidia (NVDA)",)),
        ("NVDA's sales", "Nvidia's sales", ("read as: Nvidia (NVDA)",)),
        ("what jensen huang earns", "what Nvidia earns", ("read as: Nvidia (Jensen Huang)",)),
        ("gm in q1 26", "gross margin in first quarter 2026", ("read as: gross margin (GM)", "read as: first quarter (Q1)")),
        ("arr growth", "recurring revenue growth", ("read as: recurring revenue (ARR)",)),
        ("revenue in FY26", "revenue in fiscal 2026", ()),
        ("Claude revenue", "Anthropic Claude revenue", ()),
        ("datacenter growth", "data center growth", ()),
        ("antropic growth", "Anthropic growth", ("read as: Anthropic",)),
        ("annualised revenue", "annualized revenue", ("read as: annualized",)),
    ],
)  # fmt: skip
def test_people_write_as_they_please(text: str, meant: str, notes: tuple[str, ...]) -> None:
    """Short forms, periods, compounds and slips are read in the library's words, and said where it matters."""
    assert read(text) == (meant, notes)


@pytest.mark.parametrize(
    "text",
    [
        "Nvidia data",
        "growth now",  # NOW is ServiceNow in capitals alone
        "Nvidia (NVDA) sales",
        "Zorblatt sales",
        "stuck with fatter sales",
        "AT&NVDA&T",
    ],
)
def test_what_needs_no_reading_stays(text: str) -> None:
    """Words of the library and of the language, names far from every other, and what stands there in full already."""
    assert read(text) == (text, ())


def test_capitals_tell_a_ticker_from_a_word() -> None:
    """A short form that is a word of the library in small letters is meant where it stands in capitals."""
    assert read("NOW growth")[0] == "ServiceNow growth"


def test_a_short_form_with_two_meanings_is_nobodys() -> None:
    """It cannot be told which one is meant; two documents that agree are no quarrel."""
    found = Gazetteer.of(
        [
            Document("a", "a.md", "Alpha", aliases=("AAA = Alpha", "XYZ = Alpha")),
            Document("b", "b.md", "Beta", aliases=("XYZ = Beta", "AAA = Alpha", "Lower")),
        ]
    )
    assert found.readings == {"aaa": ("AAA", "Alpha")}
    assert {"Alpha", "Beta", "Lower"} <= found.names


def test_figures_name_their_entities() -> None:
    """A slip in the name of a series is mended as well."""
    found = Gazetteer.of([Document("a", "a.md", "A", figures=(Series("Cerebras", "revenue", "USD", ()),))])
    assert "Cerebras" in found.names


def test_a_slip_of_a_word_that_says_nothing_is_left_alone() -> None:
    """It is not taken for the word with a meaning that is as near, and there is nothing to tell."""
    words = frozenset(["tier", "their"])
    assert normalise(
        "how fast is thier growth", NAMES, LIBRARY.__contains__, ENGLISH.__contains__, lambda _: words
    ) == (
        "how fast is thier growth",
        (),
    )


def test_the_librarys_words_are_read_only_for_a_slip() -> None:
    """They are not looked at for anything else."""

    def unread(letter: str) -> frozenset[str]:
        raise AssertionError(f"{letter} read without need")

    assert normalise("stuck with NVDA", NAMES, LIBRARY.__contains__, ENGLISH.__contains__, unread)[1]


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    """A note is made for what is read as another name."""
    meant, notes = read(text)
    assert meant == text or notes or len(meant) >= len(text) or "FY" in text.upper()


@given(WORD, st.sets(WORD), st.integers(0, 3))
def test_the_nearest_word_is_among_the_words(word: str, words: set[str], most: int) -> None:
    """A word that is there is its own nearest."""
    found = nearest(word, words, most)
    assert found in words | {""}
    assert nearest(word, {*words, word}, most) == word


@given(st.text("abdeginrst", min_size=1, max_size=10))
def test_a_word_is_a_base_of_its_own(word: str) -> None:
    """Whatever its ending."""
    assert bases(word)[0] == word
    assert all(bases(word))


def test_a_word_without_end_is_not_taken_apart() -> None:
    """However long it is, the library is asked for none of its parts."""
    looked: list[str] = []

    def known(word: str) -> bool:
        looked.append(word)
        return False

    text = "é" * 10_000
    assert normalise(text, NAMES, known, lambda _: False, lambda _: ()) == (text, ())
    assert looked == []
