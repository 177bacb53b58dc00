"""Tests of adding a question to a question file: the file stays readable, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.expected_questions import parse, plain
from index.documents.question_insertion import insert
from index.types import Document, Heading

DOCUMENT = Document(
    "d", "d.md", "D", headings=(Heading(("Team",), "team", 3), Heading(("Money",), "money", 9))
)
ANSWERING = {"", "team", "money"}


def questions(text: str) -> dict[str, str]:
    """Return the questions of a file, with their anchors; the file has no problems."""
    found = parse("d.questions.yaml", text.encode(), DOCUMENT, ANSWERING)
    assert found.problems == ()
    return {question.text: question.anchor for question in found.questions}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "Team:\n- Who?\n",
        "Team:\n  - Who?   # asked often\n  - 'Since when?'\nMoney:\n  - How much?\n",
        "Team: [Who?, Since when?]\nMoney: [How much?]",
        "Team: []\n",
        "Team: [Who?,]\n",
        "Team:\n- >-\n  Who runs\n  it?\n\n\nMoney:\n- How much?\n",
        "Money:\n- How much?",
        '"": [What is it?]\n',
    ],
)
def test_a_question_is_added_and_the_rest_stays(text: str) -> None:
    """In lists of either style, with comments, and for a heading without a list."""
    added = insert(text, "Team", 'Who is "the boss": Ann?')
    assert questions(added) == questions(text) | {'Who is "the boss": Ann?': "team"}
    assert all(line in added for line in text.split("\n") if "#" in line)
    assert added.endswith("\n") or not text.endswith("\n")


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40).filter(str.strip))
def test_any_text_is_written_as_one_question(question: str) -> None:
    """Colons, quotation marks, hash marks and braces have no meaning inside it."""
    text = insert("Team:\n- Who?\n", "Team", question)
    assert questions(text)[plain(question)] == "team"
