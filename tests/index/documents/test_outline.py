"""Headings give paths from the top and the anchors that GitHub makes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.outline import Body, Head, outline, shorten, slug
from index.types import Block


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("Revenue is real", "revenue-is-real"),
        ("What's 3.5 GW?", "whats-35-gw"),
        ("R&D, capex & debt", "rd-capex--debt"),
        ("The $1.4 trillion question", "the-14-trillion-question"),
        ("snake_case stays", "snake_case-stays"),
        ("Dash \u2013 and \u2014 dash", "dash--and--dash"),
        ("Gr\u00f6\u00dfe \u65e5\u672c\u8a9e", "gr\u00f6\u00dfe-\u65e5\u672c\u8a9e"),
        ("hyphen-ated Word", "hyphen-ated-word"),
        ("1. Numbers 2 (three)", "1-numbers-2-three"),
        ("x\u00b2 and \u2122", "x-and-"),
    ],
)
def test_anchors_are_those_of_github(text: str, anchor: str) -> None:
    """Lower case, no punctuation, hyphens for spaces, letters of all scripts."""
    assert slug(text) == anchor


def test_duplicate_anchors_are_numbered() -> None:
    """The second of two equal headings gets -1, the third -2; a number that is taken is skipped."""
    items = [
        item for text in ("A", "A", "A-1", "A") for item in (Head(2, text, 1), Block("prose", "x", 2, 2))
    ]
    assert [s.heading.anchor for s in outline(items, "T")] == ["a", "a-1", "a-1-1", "a-2"]


def test_an_anchor_set_by_the_file_is_kept() -> None:
    assert outline([Head(2, "A", 1, anchor="mine")], "T")[0].heading.anchor == "mine"


def test_a_path_has_the_nearest_heading_of_each_level_above() -> None:
    """Levels may be skipped."""
    heads = [Head(2, "A", 1), Head(4, "B", 2), Head(3, "C", 3), Head(2, "D", 4)]
    items = [item for head in heads for item in (head, Block("prose", "x", head.line, head.line))]
    assert [s.heading.path for s in outline(items, "T")] == [("A",), ("A", "B"), ("A", "C"), ("D",)]


def test_the_title_is_not_part_of_a_path() -> None:
    """A level-1 heading that repeats the title has an anchor and an empty path."""
    sections = outline(
        [Head(1, "T", 1), Block("prose", "x", 2, 2), Head(2, "A", 3), Block("prose", "y", 4, 4)], "T"
    )
    assert [(s.heading.path, s.heading.anchor) for s in sections] == [((), "t"), (("A",), "a")]


def test_another_level_1_heading_is_part_of_the_path() -> None:
    assert outline([Head(1, "Other", 1), Head(2, "A", 3)], "T")[1].heading.path == ("Other", "A")


def test_headings_with_nothing_below_them_are_text() -> None:
    """Adjacent headings share a section under their parent, with the anchor of the first."""
    items = [Head(1, "T", 1), Head(2, "Risks", 3), Head(3, "Fire", 5), Head(3, "Flood", 7), Head(2, "End", 9)]
    sections = outline(items, "T")
    assert [(s.heading.path, s.heading.anchor, [b.text for b in s.blocks]) for s in sections if s.blocks] == [
        (("Risks",), "fire", ["Fire", "Flood"]),
        ((), "end", ["End"]),
    ]
    assert [s.heading.path for s in sections if not s.blocks][1:] == [
        ("Risks",),
        ("Risks", "Fire"),
        ("Risks", "Flood"),
        ("End",),
    ]


def test_a_document_that_is_only_a_title_is_text() -> None:
    (_, section) = outline([Head(1, "Zanzibar", 1)], "Zanzibar")
    assert section.blocks == (Block("prose", "Zanzibar", 1, 1),)


def test_text_before_any_heading_has_no_path_and_no_anchor() -> None:
    """It is a section of its own, at the line of its first block."""
    first = outline([Block("prose", "x", 7, 7), Head(2, "A", 9)], "T")[0].heading
    assert (first.path, first.anchor, first.line) == ((), "", 7)


def test_a_body_is_named_by_its_heading_or_first_line() -> None:
    assert Body((Block("prose", "word " * 40, 1, 1),)).name() == "word " * 15 + "word\u2026"
    assert Body((Head(2, "A", 1), Head(1, "B", 2))).name() == "B"
    assert Body((), "Own").name() == "Own"
    assert Body(()).name() == ""


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_is_within_the_size(text: str, size: int) -> None:
    """An ellipsis ends it."""
    short = shorten(text, size)
    assert len(short) <= size
    assert short == text or (short.endswith("\u2026") and text.startswith(short[:-1]))
