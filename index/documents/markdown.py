"""Parse Markdown into headings and blocks: CommonMark, tables, strikethrough and footnotes.

Every word that a reader of the rendered page sees is kept, except struck-out words and the header of a table
column that holds footnote references alone. Titles of links and images become text of their own below their
paragraph, and so do definitions that no footnote reference or link uses.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from index.documents import html
from index.documents.inline import MARK, inline
from index.documents.outline import Body, Definition, Head, Place
from index.text.sentences import lead_in
from index.types import Block, Kind, Mark

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST = 20_000
"""Characters of a paragraph that are looked through for emphasis and links: the time for hostile ones grows
with the square of their length. A longer paragraph, which no person writes, is taken as it stands."""

_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")
_ADDRESS = frozenset("/.#?@:")
"""Marks of which the target of a link has at least one: "page.md", "#part", "mailto:ann"."""
_SCRIPT = re.compile(r"<(script|style)\b", re.IGNORECASE)
_DEFINITION = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*")


def parse(text: str, first_line: int = 1, sources: Collection[str] | None = None) -> Body:
    r"""Return the headings and blocks of Markdown whose first line is `first_line` of its file.

    Emphasis, links and HTML keep their words; struck-out words and footnote references are removed. If `sources`
    are given, all other footnotes are text: their definitions become blocks, and references without a
    definition stay as they are written.

    >>> block = parse("# A\n\nB *c* [d](e.md).[^s]").items[1]
    >>> block.text, block.first_line, block.marks
    ('B c d.', 3, (Mark(offset=6, source='s'),))
    """
    environment: dict[str, Any] = {}
    tokens = _parser().parse(text, environment)
    defined = {token.meta["id"] for token in tokens if token.type == "footnote"}
    lines = text.split("\n")
    walk = _Walk(first_line, lines, None if sources is None else defined.union(sources))
    walk.blocks(tokens)
    loose = _unused(environment, lines, first_line)
    loose += [] if sources is None else walk.notes(sources)
    items = sorted([*walk.items, *loose], key=_line) if loose else walk.items
    return Body(tuple(items), "", tuple(walk.links), tuple(walk.references), tuple(walk.definitions))


def _line(item: Head | Block) -> int:
    return item.line if isinstance(item, Head) else item.first_line


def _unused(environment: dict[str, Any], lines: Sequence[str], first_line: int) -> list[Block]:
    """Return the link definitions that are not links ("[Wifi]: kumquat") as text, and the titles of the others."""
    blocks: list[Block] = []
    for reference in (*environment.get("references", {}).values(), *environment.get("duplicate_refs", ())):
        start, end = reference["map"]
        is_link = not reference["href"] or not _ADDRESS.isdisjoint(reference["href"])
        raw = reference["title"] if is_link else " ".join(lines[start:end])
        text = inline(raw.replace(MARK, "")).text
        if text:
            span = start + first_line, max(start + first_line, end + first_line - 1)
            blocks.append(Block("prose", text, *span))
    return blocks


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.block.ruler.before("table", "deep", _deep)
    parser.block.ruler.before("reference", "footnote", _footnote, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.at("inline", _inlines)
    parser.inline.ruler.before("link", "footnote_reference", _reference)
    return parser


def _deep(state: Any, start: int, end: int, silent: bool) -> bool:
    """Read what is nested too deeply for markdown-it, which would leave it out, as one paragraph."""
    if silent or state.level < state.md.options.maxNesting - 2:
        return False
    state.push("paragraph_open", "p", 1).map = [start, end]
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, end, state.blkIndent, False).strip()
    token.map, token.children = [start, end], []
    state.push("paragraph_close", "p", -1)
    state.line = end
    return True


def _inlines(state: Any) -> None:
    """markdown-it's core rule that parses what stands in a block, but for what is too long."""
    from markdown_it.token import Token

    for token in state.tokens:
        if token.type == "inline" and len(token.content) > LONGEST:
            token.children.append(Token("text", "", 0, content=token.content))
        elif token.type == "inline":
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _footnote(state: Any, start: int, end: int, silent: bool) -> bool:
    """markdown-it's block rule for `[^id]: text`: to the first blank line or the next definition."""
    if state.is_code_block(start):
        return False
    lines = [state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]]
    found = _DEFINITION.match(lines[0])
    if not found:
        return False
    if silent:
        return True
    line = start + 1
    while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        more = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        if _DEFINITION.match(more):
            break
        lines.append(more)
        line += 1
    token = state.push("footnote", "", 0)
    token.map = [start, line]
    token.meta = {"id": found[1]}
    token.content = " ".join([lines[0][found.end() :], *lines[1:]]).strip()
    state.line = line
    return True


def _reference(state: Any, silent: bool) -> bool:
    """markdown-it's inline rule for `[^id]`."""
    if state.src[state.pos] != "[":
        return False
    found = _REFERENCE.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("footnote_reference", "", 0).meta = {"id": found[1]}
    state.pos = found.end()
    return True


class _Walk:
    """One pass over markdown-it's tokens."""

    def __init__(self, first_line: int, lines: Sequence[str], footnotes: Collection[str] | None) -> None:
        """`lines` are those of the text; `footnotes` are the ids that something explains, or None for any id."""
        self.items: list[Head | Block] = []
        self.links: list[Place] = []
        self.references: list[Place] = []
        self.definitions: list[Definition] = []
        self._first = first_line
        self._lines = lines
        self._footnotes = footnotes
        self._titles: list[str] = []  # of links and images in the inline text at hand
        self._leads: list[str] = []  # of the lists that are open
        self._before = ""  # the paragraph directly before, which may lead into a list
        self._numbered = False  # in a list whose numbers say more than the order: "1984. It was ..."
        self._number = ""  # of the item at hand, until its first paragraph has it

    def blocks(self, tokens: Sequence[Token]) -> None:
        """Turn all tokens into items."""
        at = 0
        while at < len(tokens):
            token = tokens[at]
            span = self._span(token)
            match token.type:
                case "heading_open":
                    self._heading(token, tokens[at + 1])
                case "inline" if tokens[at - 1].type == "paragraph_open":
                    self._paragraph(token, span)
                case "fence" | "code_block":
                    found = inline(token.content.replace(MARK, ""))
                    if found.text:
                        self.items.append(Block("code", found.text, *span, breaks=found.breaks))
                case "html_block":
                    page = html.parse(token.content, span[0])
                    if page.title:
                        self.items.append(Block("prose", page.title, *span))
                    self.items.extend(page.items)
                    self.links.extend(page.links)
                case "table_open":
                    at = self._table(tokens, at)
                    self._add_titles(span)
                case "footnote":
                    self.definitions.append(Definition(token.meta["id"], token.content, *span))
                case _:
                    self._list(token, self._span(tokens[at - 1]))
            if token.type not in {"inline", "paragraph_open", "paragraph_close"} and token.nesting >= 0:
                self._before = "" if not token.type.endswith("list_open") else self._before
            at += 1

    def _paragraph(self, token: Token, span: tuple[int, int]) -> None:
        text, ids = self._inline(token)
        found = inline(f"{self._number} {text}", ids)
        self._number = ""
        if found.text:
            kind: Kind = "item" if self._leads else "prose"
            lead = self._leads[-1] if self._leads else ""
            self.items.append(Block(kind, found.text, *span, found.marks, lead, found.breaks))
            self._before = found.text
        self._add_titles(span)

    def _list(self, token: Token, span: tuple[int, int]) -> None:
        """Begin or end a list or an item; `span` is that of the token before, for an item without text."""
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._leads.append(lead_in(self._before) or (self._leads[-1] if self._leads else ""))
                self._numbered = int(token.attrGet("start") or 0) > 1
            case "bullet_list_close" | "ordered_list_close":
                self._leads.pop()
                self._numbered = False
            case "list_item_open":
                self._number = f"{token.info}{token.markup}" if self._numbered and token.info else ""
            case "list_item_close" if self._number:
                self.items.append(Block("item", self._number, *span, lead=self._leads[-1]))
                self._number = ""
            case _:
                pass

    def _add_titles(self, span: tuple[int, int]) -> None:
        """Add the titles of the links and images that were just read."""
        titles = [inline(title).text for title in dict.fromkeys(self._titles)]
        self.items.extend(Block("prose", title, *span) for title in titles if title)
        self._titles.clear()

    def notes(self, sources: Collection[str]) -> list[Block]:
        """Return the footnotes that are not sources as text."""
        blocks: list[Block] = []
        for note in self.definitions:
            if note.id not in sources:
                (token,) = _parser().parseInline(note.text)
                text = inline(self._inline(token)[0].replace(MARK, "")).text
                titles = [inline(title).text for title in self._titles]
                self._titles.clear()
                lines = note.line, note.last_line
                blocks.extend(Block("prose", words, *lines) for words in (text, *titles) if words)
        return blocks

    def _span(self, token: Token) -> tuple[int, int]:
        """First and last line in the file."""
        start, end = token.map or (0, 1)
        return start + self._first, max(start + self._first, end + self._first - 1)

    def _heading(self, opening: Token, content: Token) -> None:
        raw, ids = self._inline(content)
        text = inline(raw, ids).text
        if text:
            label = "".join(c.content for c in content.children or () if c.type in {"text", "code_inline"})
            self.items.append(Head(int(opening.tag[1]), text, self._span(opening)[0], label))
        self._add_titles(self._span(opening))

    def _inline(self, token: Token) -> tuple[str, list[str]]:
        """Return the raw text of an inline token, with MARK for each footnote reference, and their ids."""
        raw: list[str] = []
        ids: list[str] = []
        line = self._span(token)[0]
        children = token.children or ()
        struck = 0
        script = ""  # the script or style that is open
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
                self._titles.append(str(child.attrGet("title") or ""))
            elif kind == "footnote_reference":
                self.references.append(Place(child.meta["id"], line))
                if self._footnotes is None or child.meta["id"] in self._footnotes:
                    raw.append(MARK)
                    ids.append(child.meta["id"])
                else:
                    raw.append(f"[^{child.meta['id']}]")
            elif kind == "link_open":
                self.links.append(Place(str(child.attrGet("href") or ""), line))
                self._titles.append(str(child.attrGet("title") or ""))
            elif kind == "html_inline":
                script = _script(child.content, children[number + 1 :])
                raw.append(_shown(child.content))
            line += kind in {"softbreak", "hardbreak"}
        return "".join(raw), ids

    def _table(self, tokens: Sequence[Token], at: int) -> int:
        """Keep a table's rows, without columns of footnotes alone; returns the index of its last token."""
        rows: list[tuple[tuple[int, int], list[tuple[str, list[str]]]]] = []
        is_outermost = tokens[at].level == 0
        while tokens[at].type != "table_close":
            if tokens[at].type == "tr_open":
                rows.append((self._span(tokens[at]), []))
            elif tokens[at].type == "inline":
                rows[-1][1].append(self._inline(tokens[at]))
            elif tokens[at].type == "tr_close" and is_outermost:
                rows[-1][1].extend(self._more_cells(rows[-1][0][0], len(rows[-1][1])))
            at += 1
        header = [inline(*cell).text for cell in rows[0][1]]
        body = [(span, [inline(*cell) for cell in cells]) for span, cells in rows[1:]]
        kept = {
            column
            for column, name in enumerate(header)
            if any(column < len(cells) and cells[column].text for _, cells in body)
            or (name and not any(column < len(cells) and cells[column].marks for _, cells in body))
        }
        lead = " | ".join(name for column, name in enumerate(header) if column in kept).strip(" |")
        if not body and lead:
            self.items.append(Block("row", lead, *rows[0][0]))
        for span, cells in body:
            text = ""
            marks: list[Mark] = []
            for column, cell in enumerate(cells):
                if column in kept or column >= len(header):
                    text += (" | " if text else "") + cell.text
                marks.extend(Mark(len(text), mark.source) for mark in cell.marks)
            text = text.rstrip(" |")
            if text:
                placed = tuple(Mark(min(mark.offset, len(text)), mark.source) for mark in marks)
                self.items.append(Block("row", text, *span, placed, lead))
        return at

    def _more_cells(self, line: int, count: int) -> list[tuple[str, list[str]]]:
        """Return the cells of a row beyond those of its header, which markdown-it leaves out."""
        from markdown_it.rules_block.table import escapedSplit

        cells: list[str] = escapedSplit(self._lines[line - self._first].strip())
        if cells and not cells[0]:
            cells.pop(0)
        return [(cell.strip().replace(MARK, ""), []) for cell in cells[count:]]


def _script(tag: str, following: Sequence[Token]) -> str:
    """Return "script" or "style" if a tag opens one that is closed later in the paragraph; else ""."""
    found = _SCRIPT.match(tag)
    name = found[1].lower() if found else ""
    ends = (t.content.lower().startswith(f"</{name}") for t in following if t.type == "html_inline")
    return name if name and any(ends) else ""


def _shown(tag: str) -> str:
    """Return what an HTML tag inside a paragraph shows: an image its alt text, a block a space."""
    if tag.lower().startswith("<img"):
        return f" {' '.join(item.text for item in html.parse(tag).items)} "
    return " " if html.breaks_words(tag) else ""
