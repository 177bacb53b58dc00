"""Markdown becomes headings and blocks of plain text with exact lines and footnotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.markdown import parse
from index.documents.markdown_parser import MAX_PARSED_CHARS
from index.documents.outline import Definition, Head, Place
from index.types import Block, Mark


def blocks(text: str) -> list[Block]:
    """The blocks of a text, without its headings."""
    return [item for item in parse(text).items if isinstance(item, Block)]


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("*One* **two** __three__ ***four***", "One two three four"),
        ("[words](a.md) and <https://a.example/x>", "words and https://a.example/x"),
        ("[words][ref]\n\n[ref]: https://a.example", "words"),
        ("![a *chart*](c.png) follows", "a chart follows"),
        ("code `a  b` stays", "code a b stays"),
        ("a <b>bold</b><br>word<!-- x -->", "a bold word"),
        ("a<script>alert(1)</script> b", "a b"),
        ("AT&amp;T &copy; \\*not\\*", "AT&T \u00a9 *not*"),
        ("soft\nbreak  \nhard\\\nbreak", "soft break hard break"),
        ("~~struck~~ out", "out"),
        ("e&#x301;", "\u00e9"),
        ("a NUL \x00 b", "a NUL \ufffd b"),
        ("5 * 3 * 2 and snake_case_word", "5 * 3 * 2 and snake_case_word"),
        ("> quoted\n> words", "quoted words"),
        ("not a [^ note] or [x^2]", "not a [^ note] or [x^2]"),
    ],
)
def test_only_words_are_left(markdown: str, plain: str) -> None:
    """Markup leaves, what a reader sees stays, on one line."""
    assert [block.text for block in blocks(markdown)] == [plain]


def test_footnotes_leave_marks() -> None:
    """A reference leaves the text and marks the place after what it supports."""
    (block,) = blocks("It rose.[^a] It fell[^b], then stood [^c].")
    assert block.text == "It rose. It fell, then stood."
    assert block.marks == (Mark(8, "a"), Mark(16, "b"), Mark(28, "c"))


def test_a_footnote_in_code_is_code() -> None:
    """What stands in backticks is no reference."""
    (block,) = blocks("write `[^id]`")
    assert (block.text, block.marks) == ("write [^id]", ())


def test_a_footnote_within_emphasis_and_links_is_found() -> None:
    """References count wherever they stand."""
    (block,) = blocks("**It rose.[^a]** [It fell.[^b]](x.md)")
    assert [mark.source for mark in block.marks] == ["a", "b"]


def test_definitions_are_no_text() -> None:
    """Definitions are kept apart, with their lines, even below a paragraph and over two lines."""
    body = parse("Text.[^a]\n[^a]: One\n  more\n[^b]: https://b.example\n\nText.", 5)
    assert [item.text for item in body.items if isinstance(item, Block)] == ["Text.", "Text."]
    assert body.definitions == (Definition("a", "One more", 6, 7), Definition("b", "https://b.example", 8, 8))
    assert body.references == (Place("a", 5),)


def test_an_address_alone_is_no_link_definition_of_a_footnote() -> None:
    """`[^a]: https://…` is a footnote though Markdown alone would read a link's definition."""
    body = parse("It rose.[^a]\n\n[^a]: https://a.example")
    assert body.references == (Place("a", 1),)
    assert body.links == ()


def test_lines_count_from_the_first_line_given() -> None:
    """Blocks know the file's lines that they stand on."""
    found = parse("# A\n\none\ntwo\n\n- three\n- four\n  five\n", 10).items
    assert [(i.first_line, i.last_line) for i in found if isinstance(i, Block)] == [
        (12, 13),
        (15, 15),
        (16, 17),
    ]
    assert found[0] == Head(1, "A", 10, "A")


def test_breaks_tell_the_line_within_a_paragraph() -> None:
    """A paragraph on three lines knows where the second and third begin."""
    (block,) = blocks("one two\nthree *four*\nfive")
    assert [block.text[at:] for at in block.breaks] == ["three four five", "five"]


def test_links_know_their_targets_and_lines() -> None:
    """A link's line is its own and not its paragraph's."""
    body = parse("see\n[a](b.md#c) and [d](<e f.md>)")
    assert body.links == (Place("b.md#c", 2), Place("e%20f.md", 2))


def test_both_kinds_of_headings_are_found() -> None:
    """A line under a text and a hash before it make headings; their markup leaves."""
    heads = parse("A *b*\n=====\n\n### C `d` [e](f.md)[^g] ###\n").items
    assert heads == (Head(1, "A b", 1, "A b"), Head(3, "C d e", 4, "C d e"))


def test_a_heading_without_words_is_none() -> None:
    """An empty heading changes nothing."""
    assert parse("##\n\ntext").items[0] == Block("prose", "text", 3, 3)


def test_a_fence_is_one_block_and_its_hashes_are_no_headings() -> None:
    """Code stays together, in order, on one line."""
    assert parse("```sh\n# run\nmake\n```").items == (Block("code", "# run make", 1, 4, breaks=(6,)),)


def test_an_open_fence_does_not_swallow_what_came_before() -> None:
    """A fence that is never closed ends with the file."""
    assert [block.kind for block in blocks("a\n\n```\nb\n\nc")] == ["prose", "code"]


def test_items_bring_the_sentence_that_leads_into_their_list() -> None:
    """The last sentence before a list is its items' lead if it ends with a colon."""
    found = blocks("Costs fall. Three things matter:\n\n- power\n- chips\n\nNo colon.\n\n1. one")
    assert [(b.kind, b.text, b.lead) for b in found[1:]] == [
        ("item", "power", "Three things matter:"),
        ("item", "chips", "Three things matter:"),
        ("prose", "No colon.", ""),
        ("item", "one", ""),
    ]


def test_nested_items_are_flattened_in_order_under_the_nearest_lead() -> None:
    """A nested list is led into by its own item, or by what leads into the outer list."""
    found = blocks(
        "Layers:\n\n- chips\n  - Nvidia\n- energy, by source:\n  1. gas\n\n     more gas\n- models"
    )
    assert [(b.text, b.lead) for b in found[1:]] == [
        ("chips", "Layers:"),
        ("Nvidia", "Layers:"),
        ("energy, by source:", "Layers:"),
        ("gas", "energy, by source:"),
        ("more gas", "energy, by source:"),
        ("models", "Layers:"),
    ]


def test_a_heading_between_parts_a_lead_from_a_list() -> None:
    """Only what stands directly before a list leads into it."""
    found = blocks("Things:\n\n## H\n\n- a")
    assert found[1].lead == ""


TABLE = """| Quarter | Revenue | Source |
|---|--:|---|
| Q1 | 14.5 | [^a] |
| Q2 | **18.4** \\| up | [^b] [^c] |
"""


def test_rows_bring_their_header_and_a_column_of_footnotes_vanishes() -> None:
    """Cells are joined; the footnotes of a row are its marks; the header is the rows' lead."""
    assert blocks(TABLE) == [
        Block("row", "Q1 | 14.5", 3, 3, (Mark(9, "a"),), "Quarter | Revenue"),
        Block("row", "Q2 | 18.4 | up", 4, 4, (Mark(14, "b"), Mark(14, "c")), "Quarter | Revenue"),
    ]


def test_a_footnote_in_a_cell_of_words_marks_the_cell() -> None:
    """A column that says something stays, and so does its header."""
    (row,) = blocks("| A | Note |\n|---|---|\n| 1[^a] | ok |")
    assert (row.text, row.marks, row.lead) == ("1 | ok", (Mark(1, "a"),), "A | Note")


def test_a_table_without_rows_is_its_header() -> None:
    """A header alone is still text."""
    assert blocks("| A | B |\n|---|---|\n") == [Block("row", "A | B", 1, 1)]


def test_html_blocks_leave_their_text() -> None:
    """HTML within Markdown is read as HTML, on its lines."""
    assert blocks("a\n\n<div>\n<p>b <i>c</i></p>\n</div>\n\nd")[1] == Block("prose", "b c", 4, 4)


def test_a_paragraph_that_no_person_writes_is_taken_as_it_stands() -> None:
    """Above a size, markup is not looked for, so that hostile text costs no time."""
    (block,) = blocks("![" * MAX_PARSED_CHARS)
    assert block.text == "![" * MAX_PARSED_CHARS


@given(st.text(alphabet="ab *_`[]()^:!<>&#|-\\~\n.1 \t", max_size=200))
def test_any_markdown_is_read(text: str) -> None:
    """Whatever the markup, there are blocks on lines of the file, in order, with marks inside of them."""
    body = parse(text)
    last = 0
    for item in body.items:
        line = item.line if isinstance(item, Head) else item.first_line
        assert last <= line <= text.count("\n") + 1
        last = line
        if isinstance(item, Block):
            assert item.text
            assert "\n" not in item.text
            assert item.first_line <= item.last_line
            assert all(0 <= mark.offset <= len(item.text) for mark in item.marks)
