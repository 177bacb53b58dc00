"""Normalisation of raw text to one line, with the offsets of footnotes and line breaks."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from index.documents.inline import MARK, inline
from index.types import Mark


def test_white_space_of_every_kind_becomes_one_space() -> None:
    """Tabs, no-break spaces and line breaks are spaces, and the ends are trimmed."""
    assert inline(" a\t\u00a0b\n\u2028c ").text == "a b c"


def test_text_is_composed() -> None:
    """A letter and its accent become one character."""
    assert inline("Zu\u0308rich").text == "Z\u00fcrich"


def test_invisible_characters_are_removed() -> None:
    """Bidirectional overrides, soft hyphens and zero-width spaces cannot hide in a quotation."""
    assert inline("rev\u00ade\u200bnue \u202egnirud\u202c").text == "revenue gnirud"


def test_zero_width_joiners_are_kept() -> None:
    """They combine several emoji into one picture."""
    assert inline("\U0001f469\u200d\U0001f4bb").text == "\U0001f469\u200d\U0001f4bb"


def test_a_space_before_a_footnote_is_removed_with_it() -> None:
    """Neither a space before a full stop nor a double space is left."""
    assert inline(f"rose {MARK}. Fell {MARK} then", ["a", "b"]).text == "rose. Fell then"


def test_words_on_both_sides_of_a_footnote_stay_separate() -> None:
    """A space on one side of the footnote is enough."""
    assert inline(f"one {MARK}two", ["a"]).text == "one two"


def test_the_offset_of_a_mark_is_the_end_of_the_words_before_it() -> None:
    found = inline(f"It rose.{MARK}{MARK} It fell {MARK}", ["a", "b", "c"])
    assert found.marks == (Mark(8, "a"), Mark(8, "b"), Mark(16, "c"))


def test_breaks_are_the_offsets_of_the_next_lines() -> None:
    found = inline("one\ntwo\n\nthree")
    assert [found.text[at:] for at in found.breaks] == ["two three", "three", "three"]


@given(st.text(), st.integers(0, 3))
def test_any_text_becomes_one_composed_line(raw: str, marks: int) -> None:
    """The offsets are within the text and in order."""
    raw = raw.replace(MARK, "") + MARK * marks
    found = inline(raw, ["s"] * marks)
    assert found.text == " ".join(found.text.split())
    assert unicodedata.is_normalized("NFC", found.text)
    assert len(found.marks) == marks
    for offsets in ([mark.offset for mark in found.marks], list(found.breaks)):
        assert offsets == sorted(offsets)
        assert all(0 <= offset <= len(found.text) for offset in offsets)
