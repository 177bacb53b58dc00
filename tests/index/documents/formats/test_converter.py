"""Lines of PDF pages become headings, paragraphs and tables, without starting a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.documents import loader
from index.documents.formats.pdf_word import converter
from index.documents.formats.pdf_word.converter import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

LETTER = 5.0


def column(*texts: str, x: float = 50, box: int = 0, top: float = 700) -> list[Line]:
    """Return lines below each other in letters of equal width."""
    return [
        Line(text, x, top - 14 * number, LETTER * len(text), 11, 11, bold=False, box=box)
        for number, text in enumerate(texts)
    ]


def elements(lines: Sequence[Line], page: int = 1) -> list[str]:
    return list(converter._elements(lines, {}, page))


def test_two_columns_of_text_are_read_one_after_the_other() -> None:
    left = column(
        "The mine at Orla will close in", "March, because the ore is too poor to", "pay for the pumps."
    )
    right = column(
        "Its owner says that the pumps cost",
        "nine million kroner a year, more than",
        "the ore is worth.",
        x=320,
        box=1,
    )
    assert elements([*left, *right]) == [
        "<p>The mine at Orla will close in March, because the ore is too poor to pay for the pumps.</p>",
        "<p>Its owner says that the pumps cost nine million kroner a year, more than the ore is worth.</p>",
    ]


def test_short_cells_side_by_side_are_a_table() -> None:
    left, right = (
        column("Pump", "North shaft", "Deep gallery of the old mine"),
        column("Cost", "4", "5", x=320, box=1),
    )
    assert elements([*left, *right])[0].startswith(
        "<table><tr><th>Pump</th><th>Cost</th></tr><tr><td>North shaft</td>"
    )


def test_a_line_that_ends_early_above_a_paragraph_is_a_heading() -> None:
    lines = column(
        "Plan of the mine for 2027", "The mine at Orla will close in March, because", "the ore is poor."
    )
    assert elements(lines) == [
        '<h1 id="page=1">Plan of the mine for 2027</h1>',
        "<p>The mine at Orla will close in March, because the ore is poor.</p>",
    ]


def test_a_sentence_that_ends_early_ends_its_paragraph() -> None:
    lines = column("The ore is poor.", "The mine at Orla will close in March, because", "of that.")
    assert elements(lines) == [
        "<p>The ore is poor.</p>",
        "<p>The mine at Orla will close in March, because of that.</p>",
    ]


def test_page_numbers_and_repeated_lines_are_left_out() -> None:
    pages = [
        column("Annual plan 2027", f"Text {word}.", f"Page {number}") for number, word in enumerate("abcd", 1)
    ]
    kept = [[line.text for line in page] for page in converter._without_running_lines(pages)]
    assert kept == [["Annual plan 2027", "Text a."], ["Text b."], ["Text c."], ["Text d."]]


HTML = """<div id="page=1"><h1 id="page=1">Plan</h1><p>Ore is poor.</p></div>
<div id="page=2"><p>The pumps stop in March.</p><table><tr><td>Pump</td><td>4</td></tr></table>
<h2 id="page=2">Costs</h2><p>Nine million.</p></div><div id="page=3"><p>Ten in 2028.</p></div>"""


def test_a_comment_of_the_converter_is_a_warning() -> None:
    html = "<!--2 pages of 9 without text: run text recognition (OCR) on the file-->\n<p>Ore is poor.</p>"
    parsed = loader.parse("plan.pdf", b"%PDF", convert=lambda *_: html)
    assert [str(problem) for problem in parsed.problems] == [
        "plan.pdf:1: 2 pages of 9 without text: run text recognition (OCR) on the file"
    ]
    assert not parsed.is_fatal


def test_each_page_is_a_section_whose_anchor_opens_the_page() -> None:
    parsed = loader.parse("plan.pdf", b"%PDF", convert=lambda *_: HTML)
    found = [(s.heading.path, s.heading.anchor, [b.text for b in s.blocks]) for s in parsed.sections]
    assert found == [
        ((), "page=1", ["Ore is poor."]),
        ((), "page=2", ["The pumps stop in March.", "Pump | 4"]),
        (("Costs",), "page=2", ["Nine million."]),
        (("Costs",), "page=3", ["Ten in 2028."]),
    ]
    assert [(h.path, h.anchor) for h in parsed.document.headings] == [((), "page=1"), (("Costs",), "page=2")]
