"""Files become documents or problems; a bad file does not affect the others."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.loader import check_links, parse, read
from index.types import Block, Document, Heading, Mark

GOOD = """---
title: Anthropic
sources:
  - {id: a-2026, publisher: A, title: T, url: "https://a.example/x", published: "2026-04"}
---
Anthropic makes Claude.

## Revenue is real

It was $30 billion.[^a-2026]
"""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    (tmp_path / "a.md").chmod(0)
    assert "Permission denied" in read(tmp_path, "a.md").problems[0].message


def test_a_file_deleted_after_the_listing_is_a_problem(tmp_path: Path) -> None:
    assert "the file has been deleted" in read(tmp_path, "a.md").problems[0].message


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", 1, "binary"),
        (b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0\xb8\0", 1, "binary"),
        (b"", 1, "has no text"),
        (b"   \n\n", 1, "has no text"),
    ],
)
def test_a_file_without_readable_text_is_refused(data: bytes, line: int, words: str) -> None:
    """The message says why and on which line."""
    (problem,) = parse("a.md", data).problems
    assert problem.line == line
    assert words in problem.message
    assert problem.fatal


@pytest.mark.parametrize(
    "data",
    [
        "Z\u00fcrich \u2026".encode("utf-8-sig"),
        "Z\u00fcrich \u2026".encode("utf-16"),
        "Zu\u0308rich \u2026".encode(),
    ],
)
def test_utf8_and_utf16_give_the_same_composed_text(data: bytes) -> None:
    assert parse("a.txt", data).sections[0].blocks[0].text == "Z\u00fcrich \u2026"


def test_the_declared_encoding_of_an_html_page_is_used() -> None:
    page = '<meta charset="windows-1252"><p>5 \u20ac'.encode("cp1252")
    assert parse("a.html", page).sections[0].blocks[0].text == "5 \u20ac"


def test_a_valid_file_becomes_a_document() -> None:
    parsed = parse("models/anthropic.md", GOOD.encode())
    assert parsed.problems == ()
    document = parsed.document
    assert (document.id, document.path, document.title) == (
        "models/anthropic",
        "models/anthropic.md",
        "Anthropic",
    )
    assert document.headings == (Heading(("Revenue is real",), "revenue-is-real", 8),)
    assert document.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    assert [section.heading.line for section in parsed.sections] == [6, 8]
    assert parsed.sections[1].blocks == (
        Block("prose", "It was $30 billion.", 10, 10, (Mark(19, "a-2026"),)),
    )


def test_line_ends_of_windows_and_old_macs_change_no_line_number() -> None:
    windows = parse("a.md", GOOD.replace("\n", "\r\n").encode())
    assert windows.sections == parse("a.md", GOOD.encode()).sections
    assert parse("a.md", GOOD.replace("\n", "\r").encode()).sections == windows.sections


def test_all_problems_of_a_file_are_reported_by_line() -> None:
    """Problems of the front matter and of the body."""
    bad = GOOD.replace("title: Anthropic", "reviewed: soon").replace("[^a-2026]", "[^b] [^c]")
    parsed = parse("a.md", bad.encode())
    assert not parsed.is_fatal
    assert [(p.line, p.message.split(";")[0]) for p in parsed.problems] == [
        (2, "the front matter has no title"),
        (2, 'reviewed is not a day: "soon"'),
        (10, 'the footnote "b" has no source'),
        (10, 'the footnote "c" has no source'),
    ]


def test_a_bad_file_does_not_affect_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\0")
    (tmp_path / "b.md").write_text("\n")
    (tmp_path / "c.md").write_text(GOOD)
    assert [read(tmp_path, path).is_fatal for path in ("a.md", "b.md", "c.md")] == [True, True, False]


@pytest.mark.parametrize(
    ("path", "text", "title"),
    [
        ("a.md", "intro\n\n## Two\n\n# One\n\ntext", "One"),
        ("a.md", "Just a line. And more.", "Just a line. And more."),
        ("a.md", "---\n\nA rule above.\n", "A rule above."),
        ("the-models_layer.md", "---\nlayer: x\n---\ntext", "The models layer"),
        ("a.md", "---\nlayer: x\n---\ntext\n\n## Two\n\ntext", "Two"),
        ("a.md", "---\nlayer: x\n---\n## Two\n\ntext\n\n# One\n\ntext", "One"),
        ("2026-06-14 visit.md", "---\ntags: daily\n---\ntext", "2026-06-14 visit"),
        ("a.txt", "The Title\n\nText that follows here.", "The Title"),
        ("a.html", "<title>Page</title><h1>Head</h1><p>x", "Page"),
        ("a.htm", "<h2>Sub</h2><h1>Head</h1><p>x", "Head"),
    ],
)
def test_a_title_without_front_matter_is_the_first_heading_or_line(path: str, text: str, title: str) -> None:
    """With a front matter but no title, it is the first heading or the name of the file."""
    assert parse(path, text.encode()).document.title == title


def test_broken_metadata_costs_no_text() -> None:
    """The problem is a warning that names the line."""
    for text in ("---\nbad: [\n---\nThe text.", "+++\nbad = [\n+++\nThe text.", "---\nbad: [\n\nThe text."):
        parsed = parse("a.md", text.encode())
        assert [block.text for section in parsed.sections for block in section.blocks] == ["The text."]
        assert not parsed.is_fatal
        assert all(1 <= problem.line <= 3 for problem in parsed.problems)
        assert parsed.problems


def test_a_footnote_without_a_note_is_dropped_from_the_quotation() -> None:
    parsed = parse("a.md", b"---\ntags: x\n---\nText.[^1] More.[^2] See [^a-z].\n\n[^1]: A note.\n")
    texts = [block.text for section in parsed.sections for block in section.blocks]
    assert texts == ["Text. More. See [^a-z].", "A note."]
    assert parsed.problems == ()


def test_footnotes_without_front_matter_are_text() -> None:
    parsed = parse("a.md", b"Text.[^1]\n\n[^1]: A note.")
    assert parsed.problems == ()
    assert parsed.sections[0].blocks == (Block("prose", "Text.", 1, 1), Block("prose", "A note.", 3, 3))


def test_related_documents_must_exist(tmp_path: Path) -> None:
    """The problem is not fatal."""
    text = "---\ntitle: A\nrelated:\n  - b\n  - models/gone\n---\ntext"
    (tmp_path / "a.md").write_text(text)
    documents = [parse("a.md", text.encode()).document, Document("b", "b.md", "B")]
    (problem,) = check_links(tmp_path, documents)
    assert str(problem).startswith('a.md:5: related has "models/gone", which is no document of the library')
    assert not problem.fatal


@given(st.binary(max_size=300), st.sampled_from([".md", ".txt", ".html"]))
def test_any_bytes_become_a_document_with_text_or_a_fatal_problem(data: bytes, suffix: str) -> None:
    parsed = parse("a" + suffix, data)
    assert parsed.is_fatal or any(section.blocks for section in parsed.sections)


@given(st.text(max_size=300), st.text(max_size=300))
def test_problems_and_blocks_of_any_file_have_lines_of_the_file(matter: str, body: str) -> None:
    text = f"---\n{matter}\n---\n{body}"
    parsed = parse("a.md", text.encode())
    lines = len(text.splitlines()) + 1
    assert all(1 <= problem.line <= lines for problem in parsed.problems)
    assert all(1 <= b.first_line <= b.last_line <= lines for s in parsed.sections for b in s.blocks)
