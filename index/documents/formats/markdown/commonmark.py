"""The CommonMark parser of Markdown documents: markdown-it with tables, strikethrough, footnotes and limits.

The limits keep the time and the nesting of hostile text in bounds without losing its words.

The plugins of mdit-py-plugins do not replace these rules: a footnote reference without a definition is text to them, although
front matter may define it; an admonition without a title gets one that the document does not have; tabs, attributes of headings
and front matter other than YAML are not parsed.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_PARSED_CHARS = 20_000
"""The longest paragraph that is parsed for emphasis and links, because the time for hostile text grows with the
square of its length. A longer paragraph, which no person writes, becomes text with its markup."""

MAX_NESTING = 18
"""The levels of quotations and lists that are parsed; markdown-it leaves out text from level 20 on."""

_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")  # "[^nvidia-2026]"
_DEFINITION = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*")  # "[^nvidia-2026]: Nvidia, ..."


@functools.cache
def parser(*, is_mdx: bool = False) -> MarkdownIt:
    """Return the parser with Strata's own rules; it holds no state between texts. MDX has no indented code."""
    from markdown_it import MarkdownIt

    from index.documents.formats.markdown import dialects

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    if is_mdx:
        parser.disable("code")  # components indent their text
    parser.block.ruler.before("table", "deep_nesting", _deep_nesting)
    parser.block.ruler.before("reference", "footnote", _footnote, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.at("inline", _inline_markup)
    parser.inline.ruler.before("link", "footnote_reference", _footnote_reference)
    dialects.install(parser)
    return parser


def _deep_nesting(state: Any, start: int, end: int, silent: bool) -> bool:
    """Parse text at `MAX_NESTING` or deeper as one paragraph (block rule of markdown-it)."""
    if silent or state.level < MAX_NESTING:
        return False
    state.push("paragraph_open", "p", 1).map = [start, end]
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, end, state.blkIndent, False).strip()
    token.map, token.children = [start, end], []
    state.push("paragraph_close", "p", -1)
    state.line = end
    return True


def _inline_markup(state: Any) -> None:
    """Parse the markup in each block of up to `MAX_PARSED_CHARS` characters (core rule of markdown-it)."""
    from markdown_it.token import Token

    for token in state.tokens:
        if token.type == "inline" and len(token.content) > MAX_PARSED_CHARS:
            token.children.append(Token("text", "", 0, content=token.content))
        elif token.type == "inline":
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _footnote(state: Any, start: int, end: int, silent: bool) -> bool:
    """Parse `[^id]: text` up to a blank line or the next definition (block rule of markdown-it)."""
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


def _footnote_reference(state: Any, silent: bool) -> bool:
    """Parse `[^id]` (inline rule of markdown-it)."""
    if state.src[state.pos] != "[":
        return False
    found = _REFERENCE.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("footnote_reference", "", 0).meta = {"id": found[1]}
    state.pos = found.end()
    return True
