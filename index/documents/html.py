"""Parse HTML into headings and blocks, with the standard library's parser.

`html.parser` gives the line of each tag, needs no installation and never refuses a malformed page; a block
here ends wherever any other block begins, so missing end tags do no harm. Every word that a browser shows is
kept, except a page's menus (`nav`), unless the page has nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html.parser import HTMLParser

from index.documents.inline import inline
from index.documents.outline import Body, Head, Place
from index.text.sentences import lead_in
from index.types import Block, Kind

_DROPPED = frozenset(["script", "style", "template", "noscript", "iframe", "nav", "object", "svg"])
"""Elements whose text a browser does not show, menus, and pictures, of which only the labels (`text`) are kept."""
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_ROWS = {"table", "tbody", "tfoot", "thead", "tr"}
_CELLS = {"td", "th"}
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
_MARKED_SECTION = re.compile(r"<!\[(?!(?:cdata|if|else|endif)\b)", re.IGNORECASE)
_TAG = re.compile(r"</?\s*([a-z][\w-]*)", re.IGNORECASE)


def parse(text: str, first_line: int = 1) -> Body:
    """Return the headings and blocks of an HTML page or fragment whose first line is `first_line` of its file.

    >>> [item.text for item in parse("<h1>A</h1><p>B <b>c</b><ul><li>d").items]
    ['A', 'B c', 'd']
    """
    dropped = set(_DROPPED)
    while True:
        reader = _Reader(first_line, dropped)
        reader.feed(_closed(text))
        reader.close()
        unclosed = reader.end()
        if unclosed in dropped - {"script", "style"}:
            dropped.remove(unclosed)  # it would hide the rest of the page
        elif not reader.items and reader.has_menu:
            dropped.remove("nav")
        else:
            return Body(tuple(reader.items), reader.title, tuple(reader.links))


def breaks_words(tag: str) -> bool:
    """Return whether a tag separates the words on both sides of it.

    >>> breaks_words("<br/>"), breaks_words("</DIV>"), breaks_words("<b>")
    (True, True, False)
    """
    found = _TAG.match(tag)
    return found is not None and (found[1].lower() == "br" or found[1].lower() in _BREAKING)


def _closed(text: str) -> str:
    """Return the page with tags and comments that never end, and malformed declarations, turned into text.

    The parser would search the rest of the page anew for each of them, or refuse the page.

    >>> _closed("<p>1 < 2")
    '<p>1 &lt; 2'
    """
    text = _MARKED_SECTION.sub("&lt;![", text)
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


class _Table:
    """The rows of a table that is open: whether all cells are th, first and last line, cells."""

    def __init__(self) -> None:
        self.rows: list[tuple[bool, int, int, list[str]]] = []
        self.in_cell = False


class _Reader(HTMLParser):
    """Collects text until a block ends, then keeps it as a heading, a cell or a block."""

    def __init__(self, first_line: int, dropped: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[Head | Block] = []
        self.links: list[Place] = []
        self.title = ""
        self.has_menu = False
        self._drops = dropped
        self._shift = first_line - 1
        self._raw: list[str] = []
        self._line = self._last = 0
        self._tag = ""  # the heading, title or pre that is open
        self._id = ""
        self._dropped = ""
        self._depth = 0
        self._label = False  # in the text of a picture
        self._leads: list[str] = []
        self._tables: list[_Table] = []  # the innermost last

    def end(self) -> str:
        """Keep what is still open; returns the dropped element that was never closed, or ""."""
        while self._tables:
            self._end_table()
        self._flush()
        return self._dropped

    def _here(self) -> int:
        return self.getpos()[0] + self._shift

    @property
    def _in_cell(self) -> bool:
        return bool(self._tables) and self._tables[-1].in_cell

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropped:
            self._depth += tag == self._dropped
            if self._dropped == "svg" and tag == "text":
                self._label = True
                self._break("text", attrs)
            return
        if tag in self._drops:
            self._dropped, self._depth = tag, 1
            self.has_menu = self.has_menu or tag == "nav"
            self._space()
            return
        if tag == "br":
            self._space()
        elif tag == "img":
            self._space()
            self.handle_data(next((v for k, v in attrs if k == "alt" and v), ""))
            self._space()
        elif tag == "a":
            target = next((v for k, v in attrs if k == "href" and v), "")
            if target:
                self.links.append(Place(target, self._here()))
        if tag in _CELLS and self._tables:
            self._begin_cell(tag)
        elif tag in _BREAKING:
            self._break(tag, attrs)

    def _space(self) -> None:
        self._raw.append(" ")

    def _begin_cell(self, tag: str) -> None:
        self._end_cell()
        self._flush()  # text that stands between cells
        table = self._tables[-1]
        if not table.rows:
            table.rows.append((True, self._here(), self._here(), []))
        heads, first, _, cells = table.rows[-1]
        table.rows[-1] = (heads and tag == "th", first, self._here(), cells)
        table.in_cell = True

    def _break(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._in_cell and tag not in _ROWS:
            self._space()
            return
        if tag == "table":
            inside = self._in_cell
            self._end_cell()
            self._flush()
            if self._tables:
                self._tables[-1].in_cell = inside  # the outer cell goes on behind the inner table
            self._tables.append(_Table())
            return
        self._end_cell()
        self._flush()
        if tag in {"ul", "ol"}:
            last = self.items[-1] if self.items else None
            led = lead_in(last.text) if isinstance(last, Block) and last.kind in {"prose", "item"} else ""
            self._leads.append(led or (self._leads[-1] if self._leads else ""))
        elif tag == "tr" and self._tables:
            self._tables[-1].rows.append((True, self._here(), self._here(), []))
        elif tag in _HEADINGS or tag in {"title", "pre"}:
            self._tag = tag
            self._id = next((v for k, v in attrs if k == "id" and v), "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML knows no self-closing tags but those that never close; "<svg/>" alone must not swallow the
        # rest.
        if tag not in self._drops:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag == self._dropped:
                self._depth -= 1
                if not self._depth:
                    self._dropped = ""
            elif self._label and tag == "text":
                self._label = False
                self._flush_or_space()
            return
        if tag in _CELLS:
            self._end_cell()
            self._flush_or_space()
        elif tag == "table":
            self._end_table()
        elif tag in _BREAKING:
            self._flush_or_space()
            if tag in {"ul", "ol"} and self._leads and not self._in_cell:
                self._leads.pop()

    def _flush_or_space(self) -> None:
        if self._in_cell:
            self._space()
        else:
            self._flush()

    def handle_data(self, data: str) -> None:
        if (self._dropped and not self._label) or not data:
            return
        if not self._line and data.strip():
            blank = len(data) - len(data.lstrip())
            self._line = self._here() + data[:blank].count("\n")
            data = data[blank:]
        if self._line:
            self._raw.append(data.replace("\x00", ""))
            self._last = self._here() + data.rstrip().count("\n")

    def _end_cell(self) -> None:
        if self._in_cell:
            table = self._tables[-1]
            heads, first, last, cells = table.rows[-1]
            cells.append(inline("".join(self._raw)).text)
            table.rows[-1] = (heads, first, max(last, self._last), cells)
            self._raw, self._line, table.in_cell = [], 0, False

    def _end_table(self) -> None:
        """Keep the rows of the innermost table; the first is the header if all of its cells say so."""
        self._end_cell()
        self._flush()
        rows = [row for row in self._tables.pop().rows if any(row[3])] if self._tables else []
        lead = ""
        if len(rows) > 1 and rows[0][0]:
            lead = _row(rows.pop(0)[3])
        for _, first, last, cells in rows:
            self.items.append(Block("row", _row(cells), first, last, lead=lead))

    def _flush(self) -> None:
        """Keep what was read since the last block ended."""
        line, last, tag = self._line, self._last, self._tag
        found = inline("".join(self._raw))
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
            self.items.append(Block(kind, found.text, line, max(line, last), lead=lead, breaks=found.breaks))
