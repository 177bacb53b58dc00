"""Markdown into headings and blocks: markdown-it-py reads CommonMark, tables, strikethrough and footnotes."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from index import html
from index.inline import MARK, inline
from index.outline import Body, Definition, Head, Place
from index.sentences import lead_in
from index.types import Block, Kind, Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST = 20_000
"""Characters of a paragraph that are looked through for emphasis and links: the time for hostile ones grows
with the square of their length. A longer paragraph, which no person writes, is taken as it stands."""

_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")
_DEFINITION = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*")


def parse(text: str, first_line: int = 1) -> Body:
    r"""The headings and blocks of Markdown whose first line is `first_line` of its file.

    Emphasis, links and HTML leave their words; struck-out words, footnote references and definitions leave
    the text.

    >>> block = parse("# A\n\nB *c* [d](e.md).[^s]").items[1]
    >>> block.text, block.first_line, block.marks
    ('B c d.', 3, (Mark(offset=6, source='s'),))
    """
    walk = _Walk(first_line)
    walk.blocks(_parser().parse(text))
    return Body(tuple(walk.items), "", tuple(walk.links), tuple(walk.references), tuple(walk.definitions))


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.block.ruler.before("reference", "footnote", _footnote, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.at("inline", _inlines)
    parser.inline.ruler.before("link", "footnote_reference", _reference)
    return parser


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

    def __init__(self, first_line: int) -> None:
        self.items: list[Head | Block] = []
        self.links: list[Place] = []
        self.references: list[Place] = []
        self.definitions: list[Definition] = []
        self._first = first_line

    def blocks(self, tokens: Sequence[Token]) -> None:
        """Turn all tokens into items."""
        leads: list[str] = []
        before = ""  # the paragraph directly before, which may lead into a list
        at = 0
        while at < len(tokens):
            token = tokens[at]
            span = self._span(token)
            match token.type:
                case "heading_open":
                    self._heading(token, tokens[at + 1])
                case "inline" if tokens[at - 1].type == "paragraph_open":
                    text, ids = self._inline(token)
                    found = inline(text, ids)
                    if found.text:
                        kind: Kind = "item" if leads else "prose"
                        lead = leads[-1] if leads else ""
                        self.items.append(Block(kind, found.text, *span, found.marks, lead, found.breaks))
                        before = found.text
                case "bullet_list_open" | "ordered_list_open":
                    leads.append(lead_in(before) or (leads[-1] if leads else ""))
                case "bullet_list_close" | "ordered_list_close":
                    leads.pop()
                case "fence" | "code_block":
                    found = inline(token.content.replace(MARK, ""))
                    if found.text:
                        self.items.append(Block("code", found.text, *span, breaks=found.breaks))
                case "html_block":
                    page = html.parse(token.content, span[0])
                    self.items.extend(page.items)
                    self.links.extend(page.links)
                case "table_open":
                    at = self._table(tokens, at)
                case "footnote":
                    self.definitions.append(Definition(token.meta["id"], token.content, *span))
                case _:
                    pass
            if token.type not in {"inline", "paragraph_open", "paragraph_close"} and token.nesting >= 0:
                before = "" if not token.type.endswith("list_open") else before
            at += 1

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

    def _inline(self, token: Token) -> tuple[str, list[str]]:
        """The raw text of an inline token, with MARK for each footnote reference, and their ids."""
        raw: list[str] = []
        ids: list[str] = []
        line = self._span(token)[0]
        skipping = ""  # struck-out words, scripts
        for child in token.children or ():
            kind = child.type
            if skipping:
                if kind == "s_close" or (
                    kind == "html_inline" and child.content.lower().startswith(f"</{skipping}")
                ):
                    skipping = ""
            elif kind in {"text", "code_inline"}:
                raw.append(child.content.replace(MARK, ""))
            elif kind in {"softbreak", "hardbreak"}:
                raw.append("\n")
            elif kind == "image":
                raw.append(self._inline(child)[0].replace(MARK, ""))
            elif kind == "footnote_reference":
                raw.append(MARK)
                ids.append(child.meta["id"])
                self.references.append(Place(child.meta["id"], line))
            elif kind == "link_open":
                self.links.append(Place(str(child.attrGet("href") or ""), line))
            elif kind == "s_open":
                skipping = "s"
            elif kind == "html_inline":
                tag = child.content.lower()
                skipping = next((name for name in ("script", "style") if tag.startswith(f"<{name}")), "")
                raw.append(" " if tag.startswith("<br") else "")
            line += kind in {"softbreak", "hardbreak"}
        return "".join(raw), ids

    def _table(self, tokens: Sequence[Token], at: int) -> int:
        """Keep a table's rows, without columns of footnotes alone; returns the index of its last token."""
        rows: list[tuple[tuple[int, int], list[tuple[str, list[str]]]]] = []
        while tokens[at].type != "table_close":
            if tokens[at].type == "tr_open":
                rows.append((self._span(tokens[at]), []))
            elif tokens[at].type == "inline":
                rows[-1][1].append(self._inline(tokens[at]))
            at += 1
        header = [inline(*cell).text for cell in rows[0][1]]
        body = [(span, [inline(*cell) for cell in cells]) for span, cells in rows[1:]]
        kept = {
            column
            for column, name in enumerate(header)
            if any(cells[column].text for _, cells in body)
            or (name and not any(cells[column].marks for _, cells in body))
        }
        lead = " | ".join(name for column, name in enumerate(header) if column in kept).strip(" |")
        if not body and lead:
            self.items.append(Block("row", lead, *rows[0][0]))
        for span, cells in body:
            text = ""
            marks: list[Mark] = []
            for column, cell in enumerate(cells):
                if column in kept:
                    text += (" | " if text else "") + cell.text
                marks.extend(Mark(len(text), mark.source) for mark in cell.marks)
            text = text.rstrip(" |")
            if text:
                placed = tuple(Mark(min(mark.offset, len(text)), mark.source) for mark in marks)
                self.items.append(Block("row", text, *span, placed, lead))
        return at
