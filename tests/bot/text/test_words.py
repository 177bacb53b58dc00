"""Word forms and the nearest word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from bot.text.words import bases, nearest

WORD = st.text("abcd", min_size=1, max_size=8)


@given(WORD, st.sets(WORD), st.integers(0, 3))
def test_no_word_is_nearer_than_the_nearest(word: str, words: set[str], max_edits: int) -> None:
    """The result begins with the same letter and is within the edits; equally near words are in alphabetical order."""
    near = sorted(
        (OSA.distance(word, other), other)
        for other in words
        if other[0] == word[0] and OSA.distance(word, other) <= max_edits
    )
    assert nearest(word, words, max_edits) == (near[0][1] if near else "")
    assert nearest(word, {*words, word}, max_edits) == word


@given(st.text("abdeginrst", min_size=1, max_size=10))
def test_a_word_is_a_base_of_its_own(word: str) -> None:
    """Whatever its ending, and no base is empty."""
    assert bases(word)[0] == word
    assert all(bases(word))
