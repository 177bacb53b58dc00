"""The parser of HTML pages, based on the standard library's `html.parser`.

`html.parser` gives the line of each tag and never refuses a malformed page. A block ends wherever another block
begins, so missing end tags do no harm. Every word that a browser shows is kept, except menus (`nav`), unless the
page has nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from html.parser import HTMLParser

from index.documents.formats.html.sec_filing import read_filing
from index.documents.formats.html.table import MAX_SPAN, Cell, Row, Table, read_table
from index.documents.formats.transcript import read_transcript
from index.documents.inline import code, inline
from index.documents.outline import Body, Head, Place
from index.text.sentences import list_lead
from index.text.table_row import is_unit
from index.types import PAGE_ANCHOR, Block, Kind

_DROPPED = frozenset(
    ["script", "style", "template", "noscript", "iframe", "nav", "object", "svg", "ix:header", "ix:hidden"]
)
"""Elements whose text is dropped: a browser does not show it, or it is a menu. Labels (`text`) of `svg` are kept."""
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_ROWS = {"table", "tbody", "tfoot", "thead", "tr"}
_CELLS = {"td", "th"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
"""Elements without an end tag."""
_BREAKING = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frameset",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "noframes",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "select",
        "summary",
        "text",
        "textarea",
        "title",
        "ul",
    ]
) | (_DROPPED | _HEADINGS | _ROWS | _CELLS)
"""Elements that begin and end a block."""
_MALFORMED_DECLARATION = re.compile(r"<!\[(?!(?:cdata|if|else|endif)\b)", re.IGNORECASE)
"""A declaration such as "<![foo", but not "<![CDATA[" or "<![endif]"."""
_TAG = re.compile(r"</?\s*([a-z][\w-]*)", re.IGNORECASE)  # "<p class=a>", "</p>"


def parse(text: str, first_line: int = 1) -> Body:
    """Return the headings and blocks of an HTML page or fragment whose first line is `first_line` of its file.

    >>> [item.text for item in parse("<h1>A</h1><p>B <b>c</b><ul><li>d").items]
    ['A', 'B c', 'd']
    """
    dropped = set(_DROPPED)
    obeys_style = True
    while True:
        reader = _Reader(first_line, dropped, obeys_style=obeys_style)
        reader.feed(_closed(text))
        reader.close()
        unclosed = reader.end()
        if unclosed in dropped - {"script", "style"}:
            dropped.remove(unclosed)  # the element hides the rest of the page
        elif unclosed and unclosed not in dropped and obeys_style:
            obeys_style = False
        elif not reader.items and reader.has_menu:
            dropped.remove("nav")
        else:
            return read_transcript(read_filing(Body(tuple(reader.items), reader.title, tuple(reader.links))))


def breaks_words(tag: str) -> bool:
    """Return whether a tag separates the words on both sides of it.

    >>> breaks_words("<br/>"), breaks_words("</DIV>"), breaks_words("<b>")
    (True, True, False)
    """
    found = _TAG.match(tag)
    return found is not None and (found[1].lower() == "br" or found[1].lower() in _BREAKING)


def _closed(text: str) -> str:
    """Return the page with unclosed tags, unclosed comments and malformed declarations escaped as text.

    For each unclosed tag or comment, the parser would search the rest of the page again; a malformed declaration
    makes it raise an error.

    >>> _closed("<p>1 < 2")
    '<p>1 &lt; 2'
    """
    text = _MALFORMED_DECLARATION.sub("&lt;![", text)
    end = text.rfind(">") + 1
    text = text[:end] + text[end:].replace("<", "&lt;")
    end = text.rfind("-->") + 1
    return text[:end] + text[end:].replace("<!--", "&lt;!--")


def _attribute(attrs: Sequence[tuple[str, str | None]], name: str) -> str:
    """Return the value of an attribute, or "" if the tag does not have it."""
    return next((value for key, value in attrs if key == name and value), "")


def _is_hidden(attrs: Sequence[tuple[str, str | None]]) -> bool:
    """Return whether a browser hides the element: `hidden`, or `style="display: none"`."""
    style = _attribute(attrs, "style").replace(" ", "").lower()
    return "display:none" in style or any(name == "hidden" for name, _ in attrs)


def _span(attrs: Sequence[tuple[str, str | None]], name: str) -> int:
    """Return the number of columns or rows that a cell spans; 1 if the attribute is missing or malformed."""
    value = _attribute(attrs, name)
    return min(max(int(value), 1), MAX_SPAN) if value.isascii() and value.isdigit() else 1


class _Reader(HTMLParser):
    """An HTML parser that collects text until a block ends, then adds it as a heading, a table cell or a block."""

    def __init__(self, first_line: int, dropped: Collection[str], *, obeys_style: bool = True) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[Head | Block] = []
        self.links: list[Place] = []
        self.title = ""
        self.has_menu = False
        self._dropped_tags = dropped
        self._obeys_style = obeys_style
        self._shift = first_line - 1
        self._raw: list[str] = []  # the text since the last block ended
        self._line = self._last = 0  # the first and last line of that text; 0 before its first word
        self._tag = ""  # the open heading, title or pre element
        self._id = ""  # the id of the open heading
        self._dropped = ""  # the open element whose text is dropped
        self._depth = 0  # the number of open elements with that name
        self._in_label = False  # in a text element of an svg element
        self._page = ""  # the id of the page of a converted PDF file: "page=2"
        self._leads: list[str] = []  # the lead-ins of the open lists, the innermost last
        self._tables: list[Table] = []  # the open tables, the innermost last

    def end(self) -> str:
        """Add the open block and tables; returns the dropped element that was never closed, or ""."""
        while self._tables:
            self._end_table()
        self._end_block()
        return self._dropped

    def _current_line(self) -> int:
        return self.getpos()[0] + self._shift

    @property
    def _in_cell(self) -> bool:
        return bool(self._tables) and self._tables[-1].in_cell

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, or note an image or a link."""
        if self._dropped:
            self._depth += tag == self._dropped
            if self._dropped == "svg" and tag == "text":
                self._in_label = True
                self._break("text", attrs)
            return
        if tag in self._dropped_tags or (self._obeys_style and tag not in _VOID and _is_hidden(attrs)):
            self._dropped, self._depth = tag, 1
            self.has_menu = self.has_menu or tag == "nav"
            self._space()
            return
        if tag == "br":
            self._space()
        elif tag == "img":
            self._space()
            self.handle_data(_attribute(attrs, "alt"))
            self._space()
        elif tag == "a":
            target = _attribute(attrs, "href")
            if target:
                self.links.append(Place(target, self._current_line()))
        if tag in _CELLS and self._tables:
            self._begin_cell(tag, attrs)
        elif tag in _BREAKING:
            self._break(tag, attrs)

    def _space(self) -> None:
        self._raw.append(" ")

    def _begin_cell(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_cell()
        self._end_block()  # text between cells
        table = self._tables[-1]
        if not table.rows:
            self._begin_row()
        row = table.rows[-1]
        row.is_header = row.is_header and tag == "th"
        row.cells.append(Cell(_span(attrs, "colspan"), _span(attrs, "rowspan")))
        row.last_line = self._current_line()
        table.in_cell = True

    def _begin_row(self) -> None:
        line = self._current_line()
        self._tables[-1].rows.append(Row(line, line))

    def _break(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin the block of a tag; inside a table cell, only tags of the table begin a block."""
        if self._in_cell and tag not in _ROWS:
            self._space()
            return
        if tag == "table":
            is_nested = self._in_cell
            self._end_cell()
            self._end_block()
            if self._tables:
                self._tables[-1].in_cell = is_nested  # the outer cell continues after the inner table
            self._tables.append(Table())
            return
        self._end_cell()
        self._end_block()
        if tag == "div" and PAGE_ANCHOR.fullmatch(_attribute(attrs, "id")):
            self._page = _attribute(attrs, "id")
        if tag in {"ul", "ol"}:
            last = self.items[-1] if self.items else None
            before = last.text if isinstance(last, Block) and last.kind in {"prose", "item"} else ""
            self._leads.append(list_lead(self._leads, before))
        elif tag == "tr" and self._tables:
            self._begin_row()
        elif tag in _HEADINGS or tag in {"title", "pre"}:
            self._tag = tag
            self._id = _attribute(attrs, "id")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin the block of a self-closing tag; "<svg/>" must not hide the rest of the page."""
        if tag not in self._dropped_tags:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """End a block, a table cell or a dropped element."""
        if self._dropped:
            if tag == self._dropped:
                self._depth -= 1
                if not self._depth:
                    self._dropped = ""
            elif self._in_label and tag == "text":
                self._in_label = False
                self._end_block_or_space()
            return
        if tag in _CELLS:
            self._end_cell()
            self._end_block_or_space()
        elif tag == "table":
            self._end_table()
        elif tag in _BREAKING:
            self._end_block_or_space()
            if tag in {"ul", "ol"} and self._leads and not self._in_cell:
                self._leads.pop()

    def _end_block_or_space(self) -> None:
        """End the block; inside a table cell, add a space instead."""
        if self._in_cell:
            self._space()
        else:
            self._end_block()

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if (self._dropped and not self._in_label) or not data:
            return
        if not self._line and data.strip():
            blank = len(data) - len(data.lstrip())
            self._line = self._current_line() + data[:blank].count("\n")
            data = data[blank:]
        if self._line:
            self._raw.append(data.replace("\x00", ""))
            self._last = self._current_line() + data.rstrip().count("\n")

    def _end_cell(self) -> None:
        """Add the collected text to the open cell, if there is one."""
        if self._in_cell:
            table = self._tables[-1]
            row = table.rows[-1]
            # A cell that goes on after a table inside it has text already.
            row.cells[-1].text = f"{row.cells[-1].text} {inline(''.join(self._raw)).text}".strip()
            row.last_line = max(row.last_line, self._last)
            self._raw, self._line, table.in_cell = [], 0, False

    def _end_table(self) -> None:
        """Add the rows of the innermost table; the lead of each row is the table's header."""
        self._end_cell()
        self._end_block()
        rows = [row for row in self._tables.pop().rows if row.has_text] if self._tables else []
        before = self.items[-1] if self.items else None
        unit = before.text if isinstance(before, Block) and is_unit(before.text) else ""
        heads, texts = read_table(rows, unit)
        for row, text in zip(rows[len(rows) - len(texts) :], texts, strict=True):
            self._add(Block("row", text, row.first_line, row.last_line, lead=heads))

    def _end_block(self) -> None:
        """Add the collected text as the page's title, a heading or a block."""
        line, last, tag = self._line, self._last, self._tag
        found = code("".join(self._raw)) if tag == "pre" else inline("".join(self._raw))
        self._raw, self._line, self._tag = [], 0, ""
        if not found.text:
            return
        if tag == "title" and not self.title:
            self.title = found.text
        elif tag in _HEADINGS:
            self.items.append(Head(int(tag[1]), found.text, line, anchor=self._id))
        else:
            kind: Kind = "code" if tag == "pre" else "item" if self._leads else "prose"
            lead = self._leads[-1] if kind == "item" else ""
            self._add(Block(kind, found.text, line, max(line, last), lead=lead, breaks=found.breaks))

    def _add(self, block: Block) -> None:
        self.items.append(replace(block, anchor=self._page) if self._page else block)
