r"""The syntax of other tools in Markdown, as rules of markdown-it: the marks go, and what the page shows stays.

| tool | syntax |
| --- | --- |
| Obsidian | `[[page\|words]]`, `![[picture.png]]`, `> [!note] Title`, `==words==`, `^id`, `%% hidden %%`, `key:: value` |
| Docusaurus, MDX | `:::note Title`, `import`, `export`, `<Component title="…">`, `{/* hidden */}`, `{#anchor}` |
| MkDocs Material | `!!! note "Title"`, `??? note`, `=== "Tab"`, `{: .class }` |
| Jekyll, Hugo | `{% tag %}`, `{{ value }}`, `{{< shortcode title="…" >}}`, `{% comment %}…{% endcomment %}` |

The rules emit paragraphs, so that the reader of tokens needs no rule of its own. A value that the tool would fill in
becomes "…", because a quotation must not hide that words are missing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from index.documents.formats.markdown.tags import (
    ATTRIBUTES,
    COMPONENT,
    HIDDEN,
    HIDDEN_START,
    SHORTCODE,
    STRING,
    VALUE,
    shown_by_shortcodes,
    shown_words,
    tag_end,
)

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_HIDDEN_LINES = 2_000
"""The most lines of a comment or an export; the search for its end is bounded by this."""

QUERIES = frozenset({"dataview", "dataviewjs", "tasks", "query", "base", "bases"})
"""The languages of code fences that a tool replaces by the result of a query."""

_WIKILINK = re.compile(r"(!?)\[\[([^\[\]\n|]{1,300})(?:\|([^\[\]\n]{0,300}))?\]\]")  # "[[Plants/Osan|Osan]]"
_SIZE = re.compile(r"\d+(?:x\d+)?")  # the width of an embedded picture: "![[a.png|300x200]]"
_ANCHOR = re.compile(r"\s*\{:?\s*#([\w-]+)[^{}]*\}\s*$")  # the end of "## Costs {#costs}"
_BLOCK_ID = re.compile(r"(?:^|\s)\^(?=[\w-]*[A-Za-z])[A-Za-z0-9-]+\s*$")  # the end of "Sold out. ^sold-out"
_CALLOUT = re.compile(r"\[!([\w-]+)(?:\|[^\]\n]*)?\][+-]?[ \t]*([^\n]*)(?:\n|$)")  # "[!note]- Title"
_TASK = re.compile(r"\[[ xX/\-]\][ \t]+")  # "[ ] Read the report"
_FIELD = re.compile(r"^([^\W\d][\w /\-]{0,40})::[ \t]+(?=\S)", re.MULTILINE)  # "Revenue:: 4 billion"
_ROUND_FIELD = re.compile(r"\(([^\W\d][\w /\-]{0,40})::[ \t]+(?=[^()\n]*\))")  # "(due:: May)"
_SQUARE_FIELD = re.compile(r"\[([^\W\d][\w /\-]{0,40})::[ \t]+([^\[\]\n]*)\]")  # "[due:: May]"
_FENCE = re.compile(r"(:{3,})[ \t]*(?:\{?[.]?([A-Za-z][\w-]*)\}?)?[ \t]*(.*?)[ \t]*:*$")  # ":::tip[Title]"
_ADMONITION = re.compile(
    r"(?:!!!|\?\?\?\+?)[ \t]+[A-Za-z][\w \t-]*?(?:[ \t]+\"(?P<title>[^\"]*)\")?[ \t]*$"  # '!!! note "Title"'
    r"|===[!+]?[ \t]+[\"'](?P<tab>[^\"']*)[\"'][ \t]*$"  # '=== "Linux"'
)
_IMPORT = re.compile(
    r"""import\s+(?:[\w$*{][\w\s,{}*$]*?\s+from\s+)?(["'])[^"'\n]+\1\s*;?[ \t]*$""", re.MULTILINE
)
_EXPORT = re.compile(
    r"export\s+(?:default|const|let|var|function|async|class)\b[^\n]*[={(]"
)  # export const a = 1
_HIGHLIGHT = re.compile(r"\{(?:%-?|\{[<%])\s*highlight\b[^{}]*[%>]\}{1,2}\s*$")  # {% highlight ruby %}
_END_HIGHLIGHT = re.compile(r"\{(?:%-?\s*end|\{[<%]\s*/\s*)highlight\s*-?[%>]\}{1,2}\s*$")


def install(parser: MarkdownIt) -> None:
    """Add the rules to a parser."""
    over: Any = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    block = parser.block.ruler
    block.before("fence", "hidden", _hidden_block, over)
    block.before("fence", "highlight", _highlight, over)
    block.before("fence", "shortcodes", _shortcode_lines, over)
    block.before("fence", "container", _container, over)
    block.before("fence", "admonition", _admonition, over)
    block.before("html_block", "component", _component, over)
    block.before("fence", "module", _module, {"alt": []})
    parser.core.ruler.before("inline", "dialects", _blocks)
    inline = parser.inline.ruler
    inline.before("link", "wikilink", _wikilink)
    inline.before("link", "inline_field", _inline_field)
    inline.before("emphasis", "highlighted", _highlighted)
    inline.before("emphasis", "hidden", _hidden_inline)
    inline.before("emphasis", "shortcode", _shortcode_inline)
    inline.before("html_inline", "component_tag", _component_inline)


def _line(state: Any, number: int) -> str:
    """Return a line without its indentation."""
    text: str = state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
    return text


def _paragraph(state: Any, text: str, start: int, end: int) -> None:
    """Add a paragraph of the lines from `start` up to `end`, unless it is empty."""
    if text.strip():
        state.push("paragraph_open", "p", 1).map = [start, end]
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = text.strip(), [start, end], []
        state.push("paragraph_close", "p", -1)


def _hidden_block(state: Any, start: int, end: int, silent: bool) -> bool:
    """Skip a comment that begins a line and ends with a line (block rule of markdown-it)."""
    if state.is_code_block(start) or not HIDDEN_START.match(_line(state, start)):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    last = min(end, start + MAX_HIDDEN_LINES) - 1
    found = HIDDEN.match(state.src, begin, state.eMarks[last])
    if not found:
        return False
    after = next(number for number in range(start, last + 1) if state.eMarks[number] >= found.end())
    if state.src[found.end() : state.eMarks[after]].strip():
        return False
    if not silent:
        state.line = after + 1
    return True


def _highlight(state: Any, start: int, end: int, silent: bool) -> bool:
    """Parse code between the tags `highlight` of Liquid or Hugo (block rule of markdown-it)."""
    if state.is_code_block(start) or not _HIGHLIGHT.match(_line(state, start)):
        return False
    limit = min(end, start + MAX_HIDDEN_LINES)
    last = next((n for n in range(start + 1, limit) if _END_HIGHLIGHT.match(_line(state, n))), None)
    if last is None:
        return False
    if not silent:
        token = state.push("fence", "code", 0)
        token.content = state.getLines(start + 1, last, state.blkIndent, True)
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _shortcode_lines(state: Any, start: int, _end: int, silent: bool) -> bool:
    """Parse a line of shortcodes alone as what they show (block rule of markdown-it)."""
    text = _line(state, start)
    if state.is_code_block(start) or not text.startswith("{"):
        return False
    rest = ATTRIBUTES.sub("", SHORTCODE.sub("", text))
    if rest.strip():
        return False
    if not silent:
        _paragraph(state, shown_by_shortcodes(text), start, start + 1)
        state.line = start + 1
    return True


def _container(state: Any, start: int, _end: int, silent: bool) -> bool:
    """Parse a line `:::note Title` as its title, and `:::` as nothing (block rule of markdown-it)."""
    text = _line(state, start)
    if state.is_code_block(start) or not text.startswith(":::"):
        return False
    found = _FENCE.fullmatch(text.rstrip())
    if not found:
        return False
    if not silent:
        _paragraph(state, _container_title(found[3]), start, start + 1)
        state.line = start + 1
    return True


def _container_title(rest: str) -> str:
    """Return the title in the rest of a line `:::note`: "[Title]", '{title="Title"}' or plain words.

    >>> _container_title("[Hard limit]{#id}"), _container_title("Hard limit"), _container_title('{title="A"}')
    ('Hard limit', 'Hard limit', 'A')
    """
    if found := re.match(r"\[(.*)\]", rest):
        return found[1]
    return " ".join(shown_words(rest)) if rest.startswith("{") else rest


def _admonition(state: Any, start: int, end: int, silent: bool) -> bool:
    """Parse `!!! note "Title"` or `=== "Tab"` with the indented text below it (block rule of markdown-it)."""
    text = _line(state, start)
    found = _ADMONITION.match(text) if text[:3] in {"!!!", "???", "==="} else None
    if not found or state.is_code_block(start):
        return False
    if silent:
        return True
    indent = state.sCount[start] + 4
    last = start + 1
    while last < end and (state.isEmpty(last) or state.sCount[last] >= indent):
        last += 1
    _paragraph(state, found["title"] or found["tab"] or "", start, start + 1)
    before, state.blkIndent, line_max = state.blkIndent, indent, state.lineMax
    state.lineMax = last
    state.md.block.tokenize(state, start + 1, last)
    state.blkIndent, state.lineMax, state.line = before, line_max, last
    return True


def _module(state: Any, start: int, end: int, silent: bool) -> bool:
    """Skip imports and exports of MDX up to the next blank line (block rule of markdown-it)."""
    text = _line(state, start)
    if silent or state.sCount[start] or not text.startswith(("import ", "export ")):
        return False
    last = start
    while last < end and not state.isEmpty(last):
        last += 1
    part = state.src[state.bMarks[start] : state.eMarks[last - 1]]
    if _EXPORT.match(part):
        # The code of an export may have blank lines while a bracket is open.
        while last < min(end, start + MAX_HIDDEN_LINES) and _open_brackets(part) > 0:
            last += 1
            part = state.src[state.bMarks[start] : state.eMarks[last - 1]]
        if _open_brackets(part) > 0:
            return False
    elif found := _IMPORT.match(part):
        last = start + found[0].rstrip("\n").count("\n") + 1
    else:
        return False
    state.line = last
    return True


def _open_brackets(code: str) -> int:
    return sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))


def _component(state: Any, start: int, end: int, silent: bool) -> bool:
    """Parse a line of component tags alone as what they show (block rule of markdown-it)."""
    if not COMPONENT.match(_line(state, start)):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    limit = state.eMarks[min(end, start + 50) - 1]
    shown: list[str] = []
    at = begin
    while True:
        close = tag_end(state.src, at, limit)
        if close < 0:
            return False
        shown += shown_words(state.src[at:close])
        while close < limit and state.src[close] in " \t":
            close += 1
        if close >= limit or state.src[close] == "\n":
            break
        at = close
    if not silent:
        last = start + state.src.count("\n", begin, close)
        _paragraph(state, "\n".join(shown), start, last + 1)
        state.line = last + 1
    return True


def _blocks(state: Any) -> None:
    """Take the marks of blocks off: callouts, tasks, fields, ids and anchors (core rule of markdown-it)."""
    tokens: list[Token] = []
    for number, token in enumerate(state.tokens):
        if token.type == "fence" and token.info.strip().split(" ")[0].lower() in QUERIES:
            continue
        tokens.append(token)
        if token.type != "inline":
            continue
        before = [before.type for before in state.tokens[max(0, number - 2) : number]]
        content = token.content
        if before[-1:] == ["heading_open"]:
            if found := _ANCHOR.search(content):
                token.content = content[: found.start()]
                token.meta["anchor"] = found[1]
            continue
        if before == ["list_item_open", "paragraph_open"]:
            content = _TASK.sub("", content, count=1) if _TASK.match(content) else content
        if "::" in content:
            content = _ROUND_FIELD.sub(r"(\1: ", _FIELD.sub(r"\1: ", content))
        if "^" in content:
            content = _BLOCK_ID.sub("", content)
        token.content = content
        if before == ["blockquote_open", "paragraph_open"] and content.startswith("[!"):
            _split_callout(tokens, token)
    state.tokens = tokens


def _split_callout(tokens: list[Token], token: Token) -> None:
    """Split the first paragraph of a callout, whose inline token is the last of `tokens`, into title and text."""
    from markdown_it.token import Token

    found = _CALLOUT.match(token.content)
    if not found:
        return
    title, text = found[2].strip(), token.content[found.end() :]
    start, end = token.map or [0, 1]
    if not (title and text):
        token.content = title or text
        return
    token.content, token.map = title, [start, start + 1]
    opening = Token("paragraph_open", "p", 1, map=[start + 1, end])
    more = Token("inline", "", 0, content=text, map=[start + 1, end], children=[])
    tokens += [Token("paragraph_close", "p", -1), opening, more]


def _text(state: Any, text: str) -> None:
    """Add text to the inline tokens."""
    if text:
        state.push("text", "", 0).content = text


def _wikilink(state: Any, silent: bool) -> bool:
    """Parse `[[page#part|words]]` as its words, and `![[file]]` as its caption (inline rule of markdown-it)."""
    if state.src[state.pos] not in "![":
        return False
    found = _WIKILINK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        is_embed, target, words = found[1], found[2], found[3]
        if is_embed:
            _text(state, "" if not words or _SIZE.fullmatch(words.strip()) else words)
        else:
            _text(state, words or " > ".join(filter(None, map(str.strip, re.split(r"#\^?", target)))))
    state.pos = found.end()
    return True


def _inline_field(state: Any, silent: bool) -> bool:
    """Parse `[key:: value]` as "key: value" (inline rule of markdown-it)."""
    if state.src[state.pos] != "[":
        return False
    found = _SQUARE_FIELD.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        _text(state, f"{found[1]}: {found[2]}")
    state.pos = found.end()
    return True


def _highlighted(state: Any, silent: bool) -> bool:
    """Parse `==words==` as its words (inline rule of markdown-it)."""
    if not state.src.startswith("==", state.pos) or state.src.startswith("===", state.pos):
        return False
    begin = state.pos + 2
    end = state.src.find("==", begin, state.posMax)
    inside = state.src[begin:end]
    if end < 0 or not inside or inside[0].isspace() or inside[-1].isspace() or "\n\n" in inside:
        return False
    if not silent:
        limit = state.posMax
        state.pos, state.posMax = begin, end
        state.md.inline.tokenize(state)
        state.posMax = limit
    state.pos = end + 2
    return True


def _hidden_inline(state: Any, _silent: bool) -> bool:
    """Skip a comment in a paragraph (inline rule of markdown-it)."""
    if state.src[state.pos] not in "%{":
        return False
    if state.src[state.pos] == "%" and state.pos and not state.src[state.pos - 1].isspace():
        return False
    found = HIDDEN.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    state.pos = found.end()
    return True


def _shortcode_inline(state: Any, silent: bool) -> bool:
    """Parse a shortcode as what it shows, a value as "…", and attributes as nothing (inline rule of markdown-it)."""
    if state.src[state.pos] != "{":
        return False
    for pattern in (SHORTCODE, VALUE, ATTRIBUTES, STRING):
        found = pattern.match(state.src, state.pos, state.posMax)
        if found:
            break
    else:
        return False
    if not silent:
        if pattern is SHORTCODE:
            _text(state, shown_by_shortcodes(found[0]).replace("\n", " "))
        elif pattern is not ATTRIBUTES:
            _text(state, "…" if pattern is VALUE else found[2])
    state.pos = found.end()
    return True


def _component_inline(state: Any, silent: bool) -> bool:
    """Parse the tag of a component in a paragraph as what it shows (inline rule of markdown-it)."""
    if state.src[state.pos] != "<":
        return False
    end = tag_end(state.src, state.pos, state.posMax)
    if end < 0:
        return False
    if not silent:
        _text(state, " ".join(shown_words(state.src[state.pos : end])))
    state.pos = end
    return True
