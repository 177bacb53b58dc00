"""Markdown becomes headings and blocks of plain text with exact lines and footnotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.formats.markdown.commonmark import MAX_PARSED_CHARS
from index.documents.formats.markdown.parser import parse
from index.documents.outline import Definition, Head, Place
from index.types import Block, Mark


def blocks(text: str) -> list[Block]:
    """Return the blocks of a text without its headings."""
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
def test_markup_is_removed_and_visible_words_stay(markdown: str, plain: str) -> None:
    assert [block.text for block in blocks(markdown)] == [plain]


def test_a_footnote_reference_becomes_a_mark() -> None:
    """The mark is after the words that the footnote supports."""
    (block,) = blocks("It rose.[^a] It fell[^b], then stood [^c].")
    assert block.text == "It rose. It fell, then stood."
    assert block.marks == (Mark(8, "a"), Mark(16, "b"), Mark(28, "c"))


def test_a_footnote_in_code_is_code() -> None:
    (block,) = blocks("write `[^id]`")
    assert (block.text, block.marks) == ("write [^id]", ())


def test_a_footnote_within_emphasis_and_links_is_found() -> None:
    (block,) = blocks("**It rose.[^a]** [It fell.[^b]](x.md)")
    assert [mark.source for mark in block.marks] == ["a", "b"]


def test_definitions_of_footnotes_are_not_text() -> None:
    """Even directly below a paragraph or over two lines."""
    body = parse("Text.[^a]\n[^a]: One\n  more\n[^b]: https://b.example\n\nText.", 5)
    assert [item.text for item in body.items if isinstance(item, Block)] == ["Text.", "Text."]
    assert body.definitions == (Definition("a", "One more", 6, 7), Definition("b", "https://b.example", 8, 8))
    assert body.references == (Place("a", 5),)


def test_a_footnote_definition_with_an_address_is_not_a_link_definition() -> None:
    """Plain CommonMark would read `[^a]: https://…` as a link definition."""
    body = parse("It rose.[^a]\n\n[^a]: https://a.example")
    assert body.references == (Place("a", 1),)
    assert body.links == ()


def test_lines_count_from_the_first_line_given() -> None:
    found = parse("# A\n\none\ntwo\n\n- three\n- four\n  five\n", 10).items
    assert [(i.first_line, i.last_line) for i in found if isinstance(i, Block)] == [
        (12, 13),
        (15, 15),
        (16, 17),
    ]
    assert found[0] == Head(1, "A", 10, "A")


def test_breaks_give_the_line_within_a_paragraph() -> None:
    (block,) = blocks("one two\nthree *four*\nfive")
    assert [block.text[at:] for at in block.breaks] == ["three four five", "five"]


def test_links_have_their_targets_and_lines() -> None:
    """The line of a link is its own, not that of its paragraph."""
    body = parse("see\n[a](b.md#c) and [d](<e f.md>)")
    assert body.links == (Place("b.md#c", 2), Place("e%20f.md", 2))


def test_underlined_and_hashed_headings_are_found() -> None:
    heads = parse("A *b*\n=====\n\n### C `d` [e](f.md)[^g] ###\n").items
    assert heads == (Head(1, "A b", 1, "A b"), Head(3, "C d e", 4, "C d e"))


def test_a_heading_without_words_is_left_out() -> None:
    assert parse("##\n\ntext").items[0] == Block("prose", "text", 3, 3)


def test_a_code_fence_is_one_block_without_headings() -> None:
    assert parse("```sh\n# run\nmake\n```").items == (Block("code", "# run\nmake", 2, 4, breaks=(6,)),)


def test_an_unclosed_fence_ends_with_the_file() -> None:
    assert [block.kind for block in blocks("a\n\n```\nb\n\nc")] == ["prose", "code"]


def test_the_lead_of_an_item_is_the_sentence_before_the_list() -> None:
    """Only if the sentence ends with a colon."""
    found = blocks("Costs fall. Three things matter:\n\n- power\n- chips\n\nNo colon.\n\n1. one")
    assert [(b.kind, b.text, b.lead) for b in found[1:]] == [
        ("item", "power", "Three things matter:"),
        ("item", "chips", "Three things matter:"),
        ("prose", "No colon.", ""),
        ("item", "one", ""),
    ]


def test_nested_items_have_the_items_above_them_as_their_lead() -> None:
    """An item that ends with a colon leads into its own list alone."""
    found = blocks(
        "Layers:\n\n- chips\n  - Nvidia\n- energy, by source:\n  1. gas\n\n     more gas\n- models"
    )
    assert [(b.text, b.lead) for b in found[1:]] == [
        ("chips", "Layers:"),
        ("Nvidia", "Layers: chips ›"),
        ("energy, by source:", "Layers:"),
        ("gas", "energy, by source:"),
        ("more gas", "energy, by source:"),
        ("models", "Layers:"),
    ]


def test_an_empty_first_cell_keeps_later_cells_below_their_heads() -> None:
    """Neither the header's empty corner nor a row's empty first cell is dropped."""
    found = blocks("| | Q1 | Q2 |\n|---|---|---|\n| Boards | 2 | 3 |\n| | 4 | |\n")
    assert [(b.lead, b.text) for b in found] == [("| Q1 | Q2", "Boards | 2 | 3"), ("| Q1 | Q2", "| 4")]


def test_a_heading_separates_a_lead_from_a_list() -> None:
    found = blocks("Things:\n\n## H\n\n- a")
    assert found[1].lead == ""


TABLE = """| Quarter | Revenue | Source |
|---|--:|---|
| Q1 | 14.5 | [^a] |
| Q2 | **18.4** \\| up | [^b] [^c] |
"""


def test_a_row_has_the_header_as_its_lead_and_no_column_of_footnotes() -> None:
    """Its footnotes become marks."""
    assert blocks(TABLE) == [
        Block("row", "Q1 | 14.5", 3, 3, (Mark(9, "a"),), "Quarter | Revenue"),
        Block("row", "Q2 | 18.4 | up", 4, 4, (Mark(14, "b"), Mark(14, "c")), "Quarter | Revenue"),
    ]


def test_a_footnote_in_a_cell_of_words_marks_the_cell() -> None:
    """A column with words stays, and so does its header."""
    (row,) = blocks("| A | Note |\n|---|---|\n| 1[^a] | ok |")
    assert (row.text, row.marks, row.lead) == ("1 | ok", (Mark(1, "a"),), "A | Note")


def test_a_table_without_rows_is_its_header() -> None:
    assert blocks("| A | B |\n|---|---|\n") == [Block("row", "A | B", 1, 1)]


def test_a_block_of_html_is_parsed_as_html() -> None:
    assert blocks("a\n\n<div>\n<p>b <i>c</i></p>\n</div>\n\nd")[1] == Block("prose", "b c", 4, 4)


def test_an_enormous_paragraph_keeps_its_markup() -> None:
    """Hostile markup would take time with the square of its length."""
    (block,) = blocks("![" * MAX_PARSED_CHARS)
    assert block.text == "![" * MAX_PARSED_CHARS


@given(st.text(alphabet="ab *_`[]()^:!<>&#|-\\~\n.1 \t", max_size=200))
def test_items_of_any_markdown_are_in_order_on_lines_of_the_file(text: str) -> None:
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
