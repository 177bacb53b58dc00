"""Tests of question files: what is read, and the message for each faulty entry."""

from __future__ import annotations

import pytest

from index.documents.expected_questions import heading_name, parse
from index.types import Document, Heading

DOCUMENT = Document(
    "xai",
    "xai.md",
    "xAI",
    headings=(
        Heading(("Funding",), "funding", 5),
        Heading(("2025",), "2025", 9),
        Heading(("2025", "Margin"), "margin", 11),
        Heading(("2026",), "2026", 15),
        Heading(("2026", "Margin"), "margin-1", 17),
    ),
)
ANSWERING = {"", "funding", "margin", "margin-1"}


def test_reads_the_questions_of_headings_paths_and_the_text_before_the_first_heading() -> None:
    """Text, path and the empty name each lead to the anchor of their section."""
    text = '"":\n- Who makes Grok?\nFunding:\n- "How much? And when?"\n2026 > Margin: [is it profitable]\n'
    parsed = parse("xai.questions.yaml", text.encode(), DOCUMENT, ANSWERING)
    assert not parsed.problems
    assert [(question.anchor, question.text, question.line) for question in parsed.questions] == [
        ("", "Who makes Grok?", 2),
        ("funding", "How much? And when?", 4),
        ("margin-1", "is it profitable", 5),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("Funding:\n- a?\nTeam: [who?]\n", 3, 'the document has no heading "Team"'),
        ("Funding:\n- a?\nMargin: [high?]\n", 3, 'several headings are called "Margin"; write the path'),
        ("Funding:\n- a?\n'2025':\n- b?\n", 3, 'the section "2025" has no text of its own'),
        ("Funding:\n- a?\n'': who\n", 3, "the questions must be a list"),
        ("Funding:\n- a?\n- b: c\n", 3, "a question must be a text"),
        ("Funding:\n- a?\n- ''\n", 3, "a question is empty"),
        ("Funding:\n- a?\n- A?\n", 3, 'the question "A?" is repeated'),
        (f"Funding:\n- a?\n- {'b' * 301}\n", 3, "more than 300 characters"),
    ],
)
def test_a_faulty_entry_is_a_problem_with_its_line_and_the_rest_is_read(
    text: str, line: int, message: str
) -> None:
    """One entry never costs the others, and no problem is fatal."""
    parsed = parse("xai.questions.yaml", text.encode(), DOCUMENT, ANSWERING)
    (problem,) = parsed.problems
    assert (problem.line, problem.fatal) == (line, False)
    assert message in problem.message
    assert "a?" in [question.text for question in parsed.questions]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"Funding: [a?\n", "is not YAML"),
        (b"- a?\n", "must map headings"),
        (b"Funding: &a [x?]\n'': *a\n", "repeats a value"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(data: bytes | None, message: str) -> None:
    """A damaged file has no questions and a message."""
    parsed = parse("xai.questions.yaml", data, DOCUMENT, ANSWERING)
    (problem,) = parsed.problems
    assert not parsed.questions
    assert not problem.fatal
    assert message in problem.message


def test_an_empty_file_has_no_questions_and_no_problem() -> None:
    """An editor may create the file first."""
    assert parse("xai.questions.yaml", b"", DOCUMENT, ANSWERING).questions == ()


def test_names_a_section_as_its_file_must() -> None:
    """The name of each section is read back as the same section."""
    for anchor in ("", "funding", "margin", "margin-1"):
        name = heading_name(DOCUMENT, anchor)
        parsed = parse("q", f"{name!r}: [a?]".encode(), DOCUMENT, ANSWERING)
        assert [question.anchor for question in parsed.questions] == [anchor]


def test_the_empty_name_is_the_text_under_the_title() -> None:
    """A document without front matter starts with its title as a heading."""
    document = Document("xai", "xai.md", "xAI", headings=(Heading((), "xai", 1),))
    parsed = parse("xai.questions.yaml", b'"": [Who makes Grok?]', document, {"xai"})
    assert [question.anchor for question in parsed.questions] == ["xai"]
