"""The parser of Markdown: CommonMark, tables, strikethrough and footnotes.

Every word of the rendered page is kept, except struck-out words and the header of a table column that has only
footnote references. The titles of links and images become text of their own below their paragraph, and so do
definitions that no footnote reference or link uses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from index.documents.formats.html import parser as html
from index.documents.formats.markdown.commonmark import parser
from index.documents.formats.transcript import read_transcript
from index.documents.inline import MARK, Inline, code, inline
from index.documents.outline import Body, Definition, Head, Place
from index.text.sentences import list_lead
from index.types import Block, Kind, Mark

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from markdown_it.token import Token

    _Row = tuple[tuple[int, int], list[Inline]]
    """The first and last line of a table row, and its cells."""

_ADDRESS_CHARS = frozenset("/.#?@:")
"""The target of a link has at least one of these: "page.md", "#part", "mailto:ann"."""
_SCRIPT_TAG = re.compile(r"<(script|style)\b", re.IGNORECASE)  # "<style media='print'>", but not "<stylish>"


_KEEP_LEAD_IN = frozenset(
    ["inline", "paragraph_open", "paragraph_close", "bullet_list_open", "ordered_list_open"]
)
"""The tokens between a paragraph and the first item of a list that the paragraph leads into."""


def parse(
    text: str, first_line: int = 1, sources: Collection[str] | None = None, *, is_mdx: bool = False
) -> Body:
    r"""Return the headings and blocks of Markdown whose first line is `first_line` of its file.

    Emphasis, links and HTML keep their words; struck-out words and footnote references are removed.

    Args:
        text: Markdown without its front matter.
        first_line: The line of the file at which `text` begins.
        sources: The ids of the document's sources. If they are given, all other footnotes are text: their
            definitions become blocks, and references without a definition stay as they are written, except numbers.
        is_mdx: Whether indented text is text, as in MDX, and not code.

    >>> block = parse("# A\n\nB *c* [d](e.md).[^s]").items[1]
    >>> block.text, block.first_line, block.marks
    ('B c d.', 3, (Mark(offset=6, source='s'),))
    """
    environment: dict[str, Any] = {}
    tokens = parser(is_mdx=is_mdx).parse(text, environment)
    defined = {token.meta["id"] for token in tokens if token.type == "footnote"}
    lines = text.split("\n")
    reader = _TokenReader(first_line, lines, None if sources is None else defined.union(sources))
    reader.read(tokens)
    more = _link_definition_text(environment, lines, first_line)
    more += [] if sources is None else reader.footnote_text(sources)
    items = sorted([*reader.items, *more], key=_first_line) if more else reader.items
    return read_transcript(
        Body(tuple(items), "", tuple(reader.links), tuple(reader.references), tuple(reader.definitions))
    )


def _first_line(item: Head | Block) -> int:
    return item.line if isinstance(item, Head) else item.first_line


def _link_definition_text(environment: dict[str, Any], lines: Sequence[str], first_line: int) -> list[Block]:
    """Return the titles of link definitions as text, and all of a definition whose target is no address.

    "[Wifi]: kumquat" is a link definition in Markdown's grammar, but a note to its author.
    """
    blocks: list[Block] = []
    for reference in (*environment.get("references", {}).values(), *environment.get("duplicate_refs", ())):
        start, end = reference["map"]
        is_link = not reference["href"] or not _ADDRESS_CHARS.isdisjoint(reference["href"])
        raw = reference["title"] if is_link else " ".join(lines[start:end])
        text = inline(raw.replace(MARK, "")).text
        if text:
            span = start + first_line, max(start + first_line, end + first_line - 1)
            blocks.append(Block("prose", text, *span))
    return blocks


class _TokenReader:
    """A reader that turns the tokens of one text into headings, blocks, links and footnotes."""

    def __init__(self, first_line: int, lines: Sequence[str], footnotes: Collection[str] | None) -> None:
        """Create a reader.

        Args:
            first_line: The line of the file at which the text begins.
            lines: The lines of the text.
            footnotes: The ids of footnotes with a source or a definition; None if any id is a footnote.
        """
        self.items: list[Head | Block] = []
        self.links: list[Place] = []
        self.references: list[Place] = []
        self.definitions: list[Definition] = []
        self._first = first_line
        self._lines = lines
        self._footnotes = footnotes
        self._titles: list[str] = []  # titles of links and images in the current paragraph, heading or table
        self._leads: list[str] = []  # the lead-ins of the open lists, the innermost last
        self._before = ""  # the paragraph directly before, which may lead into a list
        self._keeps_numbers = False  # in a list that begins above 1, such as "1984. It was ..."
        self._number = ""  # the number of the current item, until its first paragraph has taken it

    def read(self, tokens: Sequence[Token]) -> None:
        """Read all tokens of a text."""
        at = 0
        while at < len(tokens):
            token = tokens[at]
            match token.type:
                case "heading_open":
                    self._heading(token, tokens[at + 1])
                case "inline" if tokens[at - 1].type == "paragraph_open":
                    self._paragraph(token)
                case "fence" | "code_block":
                    self._code(token)
                case "html_block":
                    self._html(token)
                case "table_open":
                    at = self._table(tokens, at)
                    self._add_titles(token)
                case "footnote":
                    self.definitions.append(Definition(token.meta["id"], token.content, *self._span(token)))
                case "bullet_list_open" | "ordered_list_open":
                    self._leads.append(list_lead(self._leads, self._before))
                    self._keeps_numbers = int(token.attrGet("start") or 0) > 1
                case "bullet_list_close" | "ordered_list_close":
                    self._leads.pop()
                    self._keeps_numbers = False
                case "list_item_open":
                    self._number = f"{token.info}{token.markup}" if self._keeps_numbers and token.info else ""
                case "list_item_close" if self._number:  # an item without text
                    span = self._span(tokens[at - 1])
                    self.items.append(Block("item", self._number, *span, lead=self._leads[-1]))
                    self._number = ""
                case _:
                    pass
            if token.nesting >= 0 and token.type not in _KEEP_LEAD_IN:
                self._before = ""
            at += 1

    def _paragraph(self, token: Token) -> None:
        """Add the paragraph of an inline token."""
        text, ids = self._inline(token)
        if self._number:
            text = f"{self._number} {text}"
            self._number = ""
        found = inline(text, ids)
        if found.text:
            kind: Kind = "item" if self._leads else "prose"
            lead = self._leads[-1] if self._leads else ""
            span = self._span(token)
            self.items.append(Block(kind, found.text, *span, found.marks, lead, found.breaks))
            self._before = found.text
        self._add_titles(token)

    def _code(self, token: Token) -> None:
        """Add a block of code, without its fences."""
        found = code(token.content)
        if found.text:
            first, last = self._span(token)
            blank = token.content[: len(token.content) - len(token.content.lstrip("\n"))]
            is_fenced = token.type == "fence" and bool(token.markup)
            first = min(first + is_fenced + len(blank), last)
            self.items.append(Block("code", found.text, first, last, breaks=found.breaks))

    def _html(self, token: Token) -> None:
        """Add the headings, blocks and links of a block of HTML."""
        span = self._span(token)
        page = html.parse(token.content, span[0])
        if page.title:
            self.items.append(Block("prose", page.title, *span))
        self.items.extend(page.items)
        self.links.extend(page.links)

    def _add_titles(self, token: Token) -> None:
        """Add the titles of the links and images in the block that begins with a token."""
        if self._titles:
            titles = [inline(title).text for title in dict.fromkeys(self._titles)]
            span = self._span(token)
            self.items.extend(Block("prose", title, *span) for title in titles if title)
            self._titles.clear()

    def footnote_text(self, sources: Collection[str]) -> list[Block]:
        """Return the definitions of the footnotes that are not sources as text."""
        blocks: list[Block] = []
        for note in self.definitions:
            if note.id not in sources:
                (token,) = parser().parseInline(note.text)
                text = inline(self._inline(token)[0].replace(MARK, "")).text
                titles = [inline(title).text for title in self._titles]
                self._titles.clear()
                lines = note.line, note.last_line
                blocks.extend(Block("prose", words, *lines) for words in (text, *titles) if words)
        return blocks

    def _span(self, token: Token) -> tuple[int, int]:
        """Return the first and the last line of a token in the file."""
        start, end = token.map or (0, 1)
        return start + self._first, max(start + self._first, end + self._first - 1)

    def _heading(self, opening: Token, content: Token) -> None:
        """Add the heading of an opening token and the inline token after it."""
        raw, ids = self._inline(content)
        text = inline(raw, ids).text
        if text:
            label = "".join(c.content for c in content.children or () if c.type in {"text", "code_inline"})
            anchor = str(content.meta.get("anchor", ""))
            self.items.append(Head(int(opening.tag[1]), text, self._span(opening)[0], label, anchor))
        self._add_titles(opening)

    def _inline(self, token: Token) -> tuple[str, list[str]]:
        """Return the raw text of an inline token, with MARK for each footnote reference, and their ids."""
        raw: list[str] = []
        ids: list[str] = []
        line = self._span(token)[0]
        children = token.children or ()
        struck = 0  # the number of open strikethroughs
        script = ""  # the name of the open script or style element
        for number, child in enumerate(children):
            kind = child.type
            if kind in {"s_open", "s_close"}:
                struck += child.nesting
            elif kind == "html_inline" and script:
                script = "" if child.content.lower().startswith(f"</{script}") else script
            elif script or struck:
                pass
            elif kind in {"text", "text_special", "code_inline"}:
                raw.append(child.content.replace(MARK, ""))
            elif kind in {"softbreak", "hardbreak"}:
                raw.append("\n")
            elif kind == "image":
                raw.append(self._inline(child)[0].replace(MARK, ""))
                self._add_title(child)
            elif kind == "footnote_reference":
                self.references.append(Place(child.meta["id"], line))
                if self._footnotes is None or child.meta["id"] in self._footnotes:
                    raw.append(MARK)
                    ids.append(child.meta["id"])
                elif not child.meta["id"].isdecimal():  # "[^a-z]" is text, but "[^2]" has lost its note
                    raw.append(f"[^{child.meta['id']}]")
            elif kind == "link_open":
                self.links.append(Place(str(child.attrGet("href") or ""), line))
                self._add_title(child)
            elif kind == "html_inline":
                script = _script_name(child.content, children[number + 1 :])
                raw.append(_tag_text(child.content))
            line += kind in {"softbreak", "hardbreak"}
        return "".join(raw), ids

    def _add_title(self, token: Token) -> None:
        """Remember the title of a link or an image."""
        title = token.attrGet("title")
        if title:
            self._titles.append(str(title))

    def _table(self, tokens: Sequence[Token], at: int) -> int:
        """Add the rows of the table that begins at an index; returns the index of its last token."""
        rows: list[_Row] = []
        # In a quotation or list, the lines of the file have more than the row, so cells beyond the header's stay out.
        is_outermost = tokens[at].level == 0
        while tokens[at].type != "table_close":
            if tokens[at].type == "tr_open":
                rows.append((self._span(tokens[at]), []))
            elif tokens[at].type == "inline":
                rows[-1][1].append(inline(*self._inline(tokens[at])))
            elif tokens[at].type == "tr_close" and is_outermost:
                rows[-1][1].extend(self._more_cells(rows[-1][0][0], len(rows[-1][1])))
            at += 1
        self.items.extend(_table_blocks(rows[0], rows[1:]))
        return at

    def _more_cells(self, line: int, count: int) -> list[Inline]:
        """Return the cells of a row beyond its first `count` cells; markdown-it drops cells without a header."""
        from markdown_it.rules_block.table import escapedSplit

        row = self._lines[line - self._first].strip()
        if row.count("|") - row.startswith("|") - row.endswith("|") < count:
            return []
        cells: list[str] = escapedSplit(row)
        if cells and not cells[0]:
            cells.pop(0)
        return [inline(cell.replace(MARK, "")) for cell in cells[count:]]


def _table_blocks(header_row: _Row, body: Sequence[_Row]) -> list[Block]:
    """Return the rows of a table as blocks, without columns that have only footnote references.

    The header is the lead of each row. A table without other rows is its header.
    """
    header_span, cells = header_row
    header = [cell.text for cell in cells]
    kept = {
        column
        for column, name in enumerate(header)
        if any(column < len(cells) and cells[column].text for _, cells in body)
        or (name and not any(column < len(cells) and cells[column].marks for _, cells in body))
    }
    lead = " | ".join(name for column, name in enumerate(header) if column in kept).rstrip(" |").lstrip()
    if not body and lead:
        return [Block("row", lead, *header_span)]
    blocks: list[Block] = []
    for span, cells in body:
        text = ""
        marks: list[Mark] = []
        is_first = True
        for column, cell in enumerate(cells):
            if column in kept or column >= len(header):
                # An empty first cell leaves its border, "| b", so that later cells stay below their heads.
                text += cell.text if is_first else " | " + cell.text if text else "| " + cell.text
                is_first = False
            marks.extend(Mark(len(text), mark.source) for mark in cell.marks)
        text = text.rstrip(" |")
        if text:
            placed = tuple(Mark(min(mark.offset, len(text)), mark.source) for mark in marks)
            blocks.append(Block("row", text, *span, placed, lead))
    return blocks


def _script_name(tag: str, following: Sequence[Token]) -> str:
    """Return "script" or "style" if the tag opens such an element and a later token closes it; else ""."""
    found = _SCRIPT_TAG.match(tag)
    name = found[1].lower() if found else ""
    ends = (t.content.lower().startswith(f"</{name}") for t in following if t.type == "html_inline")
    return name if name and any(ends) else ""


def _tag_text(tag: str) -> str:
    """Return the text that replaces an HTML tag in a paragraph: an image's alt text, or a space for a block."""
    if tag.lower().startswith("<img"):
        return f" {' '.join(item.text for item in html.parse(tag).items)} "
    return " " if html.breaks_words(tag) else ""
