"""The library's own names in people's own spelling."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.gazetteer import Gazetteer, edits, normalise
from index.types import Document

WORD = st.text("abcd", max_size=8)
NAMES = Gazetteer({"NVDA": "Nvidia"}, frozenset({"Anthropic", "Nvidia"}))


def test_an_abbreviation_that_two_documents_claim_is_nobodys() -> None:
    """It cannot be told which one is meant."""
    found = Gazetteer.of(
        [
            Document("a", "a.md", "Alpha", aliases=("AAA", "XYZ")),
            Document("b", "b.md", "Beta", aliases=("XYZ", "Lower")),
        ]
    )
    assert found.tickers == {"AAA": "Alpha"}
    assert {"Alpha", "Beta", "Lower"} <= found.words


def test_words_that_the_library_has_stay_as_they_are() -> None:
    """Nothing is read as something else without need."""
    assert normalise("Nvidia data", NAMES, lambda _: True) == ("Nvidia data", ())


def test_an_unknown_word_far_from_every_name_stays() -> None:
    """Only a slip of the finger is mended."""
    assert normalise("Zorblatt sales", NAMES, {"sales"}.__contains__) == ("Zorblatt sales", ())


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    """A note is made for what is read as another name."""
    meant, notes = normalise(text, NAMES, lambda word: len(word) < 4)
    assert meant == text or notes or len(meant) > len(text)


@given(WORD, WORD, st.integers(0, 3))
def test_edits_are_a_distance_up_to_the_most(a: str, b: str, most: int) -> None:
    """The same either way, nothing for equal words, and never above one more than the most."""
    found = edits(a, b, most)
    assert found == edits(b, a, most) <= most + 1
    assert (found == 0) == (a == b)
    assert found == min(edits(a, b, 9), most + 1)
