"""Filings with the SEC: made up, in the form in which EDGAR publishes them."""

from __future__ import annotations

from index.documents.formats.html.parser import parse
from index.documents.outline import Head
from index.text.table_row import labelled
from index.types import Block

PAGE = """<html><head><title>ald-20260331</title></head><body>
<div style="display: none"><ix:header><ix:hidden>0000123456 FY 2026</ix:hidden></ix:header></div>
<div>FORM 10-Q</div><div>Aldermere Valves Corp.</div><div>Table of Contents</div>
<table><tr><td>Item 1A.</td><td>Risk Factors</td><td>7</td></tr></table>
<div>2</div>
<div>Item 1A. Risk Factors</div>
<div>One plant casts every valve.</div>
<div>(In thousands)</div>
<table>
<tr><td colspan="2"></td><td colspan="6">Three Months Ended March 31,</td></tr>
<tr><td colspan="2"></td><td colspan="3">2026</td><td colspan="3">2025</td></tr>
<tr><td colspan="2">Valves</td><td>$</td><td>7,115</td><td></td><td>$</td><td>6,020</td><td></td></tr>
<tr><td colspan="2">Net loss</td><td></td><td>(310</td><td>)</td><td></td><td>(95</td><td>)</td></tr>
</table></body></html>"""


def test_a_filing_has_its_company_as_title_and_its_items_as_headings() -> None:
    """Hidden facts, the table of contents and page numbers are not text."""
    body = parse(PAGE)
    assert body.title == "Aldermere Valves Corp. 10-Q"
    assert [item.text for item in body.items if isinstance(item, Head)] == ["Item 1A. Risk Factors"]
    assert [item.text for item in body.items if isinstance(item, Block) and item.kind == "prose"] == [
        "FORM 10-Q", "Aldermere Valves Corp.", "One plant casts every valve.", "(In thousands)"
    ]  # fmt: skip


def test_a_figure_has_its_sign_its_year_and_its_unit() -> None:
    rows = [item for item in parse(PAGE).items if isinstance(item, Block) and item.kind == "row"]
    months = "Three Months Ended March 31,"
    assert [labelled(row.lead, row.text) for row in rows] == [
        f"Valves · {months} 2026: $7,115 · {months} 2025: $6,020 (In thousands)",
        f"Net loss · {months} 2026: (310) · {months} 2025: (95) (In thousands)",
    ]


def test_a_page_that_hides_an_element_without_an_end_loses_nothing() -> None:
    """A browser would hide the rest of the page; a reader of a broken page wants it."""
    assert [item.text for item in parse('<p>a</p><div style="display:none">b<p>c').items] == ["a", "b", "c"]


def test_a_cell_over_several_rows_names_each_of_them() -> None:
    page = "<table><tr><th>Site</th><th>Year</th><th>MW</th></tr><tr><td rowspan=2>Lund</td><td>2025</td><td>40</td></tr><tr><td>2026</td><td>90</td></tr></table>"
    rows = [item for item in parse(page).items if isinstance(item, Block)]
    assert [labelled(row.lead, row.text) for row in rows] == [
        "Lund · Year: 2025 · MW: 40",
        "Lund · Year: 2026 · MW: 90",
    ]
