"""HTML becomes headings and blocks, however badly it is written."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.documents.formats.html.parser import parse
from index.documents.outline import Head, Place
from index.types import Block

PAGE = """<!doctype html>
<html><head><title>The page</title><style>p { color: red }</style></head>
<body>
<nav><a href="/">Home</a></nav>
<h1 id="top">The <em>heading</em></h1>
<p>One &amp; two<br>three
four <a href="b.html#c">five</a>.</p>
<script>var x = "<p>no</p>";</script>
<p>Things:
<ul><li>six<li>seven <ol><li>eight</ol></ul>
<table>
<thead><tr><th>A</th><th>B</th></tr></thead>
<tr><td>1</td><td><p>2</p><p>3</p></td></tr>
</table>
<pre>a
b</pre>
</body></html>
"""


def test_a_page_becomes_headings_and_blocks() -> None:
    """Paragraphs, items, rows and code keep their order, lines and leads; menus and scripts are dropped."""
    body = parse(PAGE)
    assert body.title == "The page"
    assert body.links == (Place("b.html#c", 7),)
    assert body.items == (
        Head(1, "The heading", 5, anchor="top"),
        Block("prose", "One & two three four five.", 6, 7, breaks=(16,)),
        Block("prose", "Things:", 9, 9),
        Block("item", "six", 10, 10, lead="Things:"),
        Block("item", "seven", 10, 10, lead="Things:"),
        Block("item", "eight", 10, 10, lead="Things: seven ›"),
        Block("row", "1 | 2 3", 13, 13, lead="A | B"),
        Block("code", "a\nb", 15, 16, breaks=(2,)),
    )


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("<p>one<p>two", ["one", "two"]),
        ("one<div>two</div>three", ["one", "two", "three"]),
        ("<b>one", ["one"]),
        ("</p></div>one</table></td>", ["one"]),
        ("<svg/>one", ["one"]),
        ("<table><tr><td>one", ["one"]),
        ("<td>one</td>", ["one"]),
        ("<table><td>one<td>two<tr><td>three</table>", ["one | two", "three"]),
        ("<table><tr><th>one</th><td>two</td></tr></table>", ["one | two"]),
        ("<table><tr><td><table><tr><td>in</td></tr></table></td></tr></table>", ["in"]),
        ("1 < 2 <", ["1 < 2 <"]),
        ("one<!-- never closed", ["one<!-- never closed"]),
        ("<img alt='a chart'> shows", ["a chart shows"]),
        ("<template><p>no</p></template>one", ["one"]),
        ("", []),
    ],
)
def test_malformed_markup_keeps_its_words(page: str, texts: list[str]) -> None:
    assert [item.text for item in parse(page).items] == texts


def test_unclosed_tags_and_comments_take_no_quadratic_time() -> None:
    assert parse("<a " * 100_000).items
    assert parse("<!--" * 100_000 + " >").items


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<td>",
                "<tr>",
                "<table>",
                "</table>",
                "<ul>",
                "<li>",
                "</ul>",
                "<h2>",
                "</h2>",
                "<script>",
                "</script>",
                "a",
                "\n",
                "<",
                "<!--",
                "-->",
                "&amp;",
                " ",
            ]
        )
    )
)
@example(["<table>", "a", "<td>", "<td>", "<td>"])
def test_items_of_any_page_have_text_on_lines_of_the_file(parts: list[str]) -> None:
    page = "".join(parts)
    for item in parse(page).items:
        assert item.text == " ".join(item.text.split()) != ""
        assert 1 <= (item.line if isinstance(item, Head) else item.first_line) <= page.count("\n") + 1
