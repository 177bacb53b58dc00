"""HTML into headings and blocks, with the standard library's parser.

`html.parser` gives the line of each tag, needs no installation and never refuses a malformed page; a block
here ends wherever any other block begins, so missing end tags do no harm. A page's menus (`nav`) are left
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser

from index.inline import inline
from index.outline import Body, Head, Place
from index.sentences import lead_in
from index.types import Block, Kind

_DROPPED = {
    "script",
    "style",
    "template",
    "noscript",
    "svg",
    "math",
    "iframe",
    "nav",
    "object",
    "select",
    "textarea",
}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_ROWS = {"table", "tbody", "tfoot", "thead", "tr"}
_BREAKING = {
    *(
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
    ),
    *(
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "head",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
    ),
    *("pre", "section", "summary", "title", "ul", "caption"),
    *_HEADINGS,
    *_ROWS,
}


def parse(text: str, first_line: int = 1) -> Body:
    """The headings and blocks of an HTML page or fragment whose first line is `first_line` of its file.

    >>> [item.text for item in parse("<h1>A</h1><p>B <b>c</b><ul><li>d").items]
    ['A', 'B c', 'd']
    """
    reader = _Reader(first_line)
    reader.feed(_closed(text))
    reader.close()
    reader.flush()
    reader.end_table()
    return Body(tuple(reader.items), reader.title, tuple(reader.links))


def _closed(text: str) -> str:
    """The page with every < that no > follows, and every comment that never ends, made harmless.

    The parser would search the rest of the page anew for each of them.

    >>> _closed("<p>1 < 2")
    '<p>1 &lt; 2'
    """
    end = text.rfind(">") + 1
    text = text[:end] + text[end:].replace("<", "&lt;")
    end = text.rfind("-->") + 1
    return text[:end] + text[end:].replace("<!--", "&lt;!--")


def _row(cells: Sequence[str]) -> str:
    """A table row on one line, with single spaces where cells are empty.

    >>> _row(["a", "", "b", ""])
    'a | | b |'
    """
    return " ".join(" | ".join(cells).split())


class _Reader(HTMLParser):
    """Collects text until a block ends, then keeps it as a heading, a cell or a block."""

    def __init__(self, first_line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[Head | Block] = []
        self.links: list[Place] = []
        self.title = ""
        self._shift = first_line - 1
        self._raw: list[str] = []
        self._line = self._last = 0
        self._tag = ""  # the heading, title or pre that is open
        self._id = ""
        self._dropped = ""
        self._depth = 0
        self._leads: list[str] = []
        self._rows: list[tuple[bool, int, int, list[str]]] | None = (
            None  # all cells are th, first, last line, cells
        )
        self._in_cell = False

    def _here(self) -> int:
        return self.getpos()[0] + self._shift

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropped:
            self._depth += tag == self._dropped
            return
        if tag in _DROPPED:
            self._dropped, self._depth = tag, 1
            return
        if tag == "br":
            self._raw.append(" ")
        elif tag == "img":
            self.handle_data(next((v for k, v in attrs if k == "alt" and v), ""))
        elif tag == "a":
            target = next((v for k, v in attrs if k == "href" and v), "")
            if target:
                self.links.append(Place(target, self._here()))
        if tag in {"td", "th"} and self._rows is not None:
            self._end_cell()
            if not self._rows:
                self._rows.append((True, self._here(), self._here(), []))
            heads, first, _, cells = self._rows[-1]
            self._rows[-1] = (heads and tag == "th", first, self._here(), cells)
            self._in_cell = True
        elif tag in _BREAKING:
            self._break(tag, attrs)

    def _break(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._in_cell and tag not in _ROWS:
            self._raw.append(" ")
            return
        self._end_cell()
        self.flush()
        if tag in {"ul", "ol"}:
            last = self.items[-1] if self.items else None
            led = lead_in(last.text) if isinstance(last, Block) and last.kind in {"prose", "item"} else ""
            self._leads.append(led or (self._leads[-1] if self._leads else ""))
        elif tag == "table":
            self.end_table()
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._rows.append((True, self._here(), self._here(), []))
        elif tag in _HEADINGS or tag in {"title", "pre"}:
            self._tag = tag
            self._id = next((v for k, v in attrs if k == "id" and v), "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML knows no self-closing tags but those that never close; "<svg/>" alone must not swallow the
        # rest.
        if tag not in _DROPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag == self._dropped:
                self._depth -= 1
                if not self._depth:
                    self._dropped = ""
            return
        if tag in {"td", "th"}:
            self._end_cell()
        elif tag == "table":
            self._end_cell()
            self.end_table()
        elif self._in_cell:
            self._raw.append(" " if tag in _BREAKING else "")
        elif tag in _BREAKING:
            self.flush()
            if tag in {"ul", "ol"} and self._leads:
                self._leads.pop()

    def handle_data(self, data: str) -> None:
        if self._dropped or not data:
            return
        if not self._line and data.strip():
            blank = len(data) - len(data.lstrip())
            self._line = self._here() + data[:blank].count("\n")
            data = data[blank:]
        if self._line:
            self._raw.append(data.replace("\x00", ""))
            self._last = self._here() + data.rstrip().count("\n")

    def _end_cell(self) -> None:
        if self._in_cell and self._rows:
            heads, first, last, cells = self._rows[-1]
            cells.append(inline("".join(self._raw)).text)
            self._rows[-1] = (heads, first, max(last, self._last), cells)
            self._raw, self._line, self._in_cell = [], 0, False

    def end_table(self) -> None:
        """Keep the rows that were read; the first is the header if all of its cells say so."""
        rows = [row for row in self._rows or () if any(row[3])]
        self._rows = None
        lead = ""
        if len(rows) > 1 and rows[0][0]:
            lead = _row(rows.pop(0)[3])
        for _, first, last, cells in rows:
            self.items.append(Block("row", _row(cells), first, last, lead=lead))

    def flush(self) -> None:
        """Keep what was read since the last block ended."""
        line, last, tag = self._line, self._last, self._tag
        found = inline("".join(self._raw))
        self._raw, self._line, self._tag = [], 0, ""
        if not found.text:
            return
        if tag == "title":
            self.title = self.title or found.text
        elif tag in _HEADINGS:
            self.items.append(Head(int(tag[1]), found.text, line, anchor=self._id))
        else:
            kind: Kind = "code" if tag == "pre" else "item" if self._leads else "prose"
            lead = self._leads[-1] if kind == "item" else ""
            self.items.append(Block(kind, found.text, line, max(line, last), lead=lead, breaks=found.breaks))
