"""YAML becomes a tree of nodes as written, or one error with its line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.yaml_nodes import List, Mapping, Scalar, UnreadableError, compose


def test_values_stay_as_they_are_written() -> None:
    """No word becomes a boolean, a date or a number."""
    assert compose("a: [NO, 2026-04-06,\n 010]\nb: 'x'") == Mapping(
        (
            (
                Scalar("a", plain=True, line=1),
                List(
                    (
                        Scalar("NO", plain=True, line=1),
                        Scalar("2026-04-06", plain=True, line=1),
                        Scalar("010", plain=True, line=2),
                    ),
                    1,
                ),
            ),
            (Scalar("b", plain=True, line=3), Scalar("x", plain=False, line=3)),
        ),
        1,
    )


def test_an_empty_text_is_an_empty_mapping() -> None:
    assert compose("# only a comment") == Mapping((), 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: b\nc: [", 2), ("a: *b", 1), ("a: !!set {b}", 1), ("\n? [a]\n: b", 2), ("a: \x01", 1)],
)
def test_an_error_has_its_line(text: str, line: int) -> None:
    with pytest.raises(UnreadableError) as caught:
        compose(text)
    assert caught.value.line == line


@given(st.text(alphabet="ab:-[]{},&*!|>'\"#?%@ \n\t\\0", max_size=60))
def test_any_text_is_a_tree_or_an_error(text: str) -> None:
    lines = text.count("\n") + 1
    with suppress(UnreadableError):
        assert 1 <= compose(text).line <= lines
