"""Discord's Markdown, as far as answers need it: what becomes a link, a mention or a format, what stays text.

Pure. It serves the picture of an answer, and tests that a document's or a person's text stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a message: its kind, its text or its parts, and a link's address (`quiet`: no preview).

    Kinds of lines: paragraph, heading1 to heading3, small, quote, item, block (of code). Kinds within a line:
    text, code, link, user, role, channel, everyone, emoji, time, bold, italic, underline, strike, spoiler.
    """

    kind: str
    text: str = ""
    parts: tuple[Node, ...] = ()
    url: str = ""
    quiet: bool = False


_LEAVES = (
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("code", re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)),
    ("quiet", re.compile(r"<((?:https?|discord)://[^\s>]+)>")),
    (
        "masked",
        re.compile(
            r"\[((?:\\.|[^\[\]\\])+)\]\(\s*(<?)(https?://[^\s<>()]+(?:\([^\s()]*\))?[^\s<>()]*)>?\s*\)"
        ),
    ),
    ("link", re.compile(r"https?://[^\s<]+[^<.,:;\"')\]\s*_~|]")),
    ("user", re.compile(r"<@!?(\d+)>")),
    ("role", re.compile(r"<@&(\d+)>")),
    ("channel", re.compile(r"<#(\d+)>")),
    ("everyone", re.compile(r"@(?:everyone|here)\b")),
    ("emoji", re.compile(r"<a?:(\w+):\d+>")),
    ("time", re.compile(r"<t:(-?\d+)(?::[a-zA-Z])?>")),
)
_SPANS = (
    ("bold", re.compile(r"\*\*(?=\S)((?:\\.|[^\\])+?)\*\*(?!\*)", re.DOTALL)),
    ("underline", re.compile(r"__(?=\S)((?:\\.|[^\\])+?)__(?!_)", re.DOTALL)),
    ("italic", re.compile(r"\*(?=[^\s*])((?:\\.|[^\\*])+?)(?<!\s)\*(?!\*)", re.DOTALL)),
    ("italic", re.compile(r"(?<!\w)_(?=[^\s_])((?:\\.|[^\\_])+?)_(?!\w)", re.DOTALL)),
    ("strike", re.compile(r"~~((?:\\.|[^\\])+?)~~", re.DOTALL)),
    ("spoiler", re.compile(r"\|\|((?:\\.|[^\\])+?)\|\|", re.DOTALL)),
)
_LINES = (
    ("quote", re.compile(r">(?: |$)(.*)")),
    ("heading1", re.compile(r"# +(.+)")),
    ("heading2", re.compile(r"## +(.+)")),
    ("heading3", re.compile(r"### +(.+)")),
    ("small", re.compile(r"-# +(.+)")),
    ("item", re.compile(r" *[-*] +(.+)")),
    ("item", re.compile(r" *(\d+\. +.+)")),
)
_INVITE = re.compile(r"(?:discord\.gg|discord(?:app)?\.com/invite)/[\w-]+")


def parse(text: str) -> list[Node]:
    """The lines of a text.

    >>> [node.kind for node in parse("# A\\n> b\\n-# c\\nd")]
    ['heading1', 'quote', 'small', 'paragraph']
    """
    nodes: list[Node] = []
    for number, piece in enumerate(re.split(r"```(?:\w*\n)?(.*?)```\n?", text, flags=re.DOTALL)):
        if number % 2:
            nodes.append(Node("block", piece))
        elif piece:
            nodes += _lines(piece)
    return nodes


def _lines(text: str) -> list[Node]:
    nodes = []
    lines = text.removesuffix("\n").split("\n")
    for number, line in enumerate(lines):
        if line.startswith(">>> "):
            rest = "\n".join([line[4:], *lines[number + 1 :]])
            nodes.append(Node("quote", parts=tuple(inline(rest))))
            break
        for kind, pattern in _LINES:
            if found := pattern.fullmatch(line):
                nodes.append(Node(kind, parts=tuple(inline(found[1]))))
                break
        else:
            nodes.append(Node("paragraph", parts=tuple(inline(line))))
    return nodes


def inline(text: str) -> list[Node]:
    """The pieces of a line.

    >>> [node.kind for node in inline("**a** <https://b.example> `c`")]
    ['bold', 'text', 'link', 'text', 'code']
    >>> inline(chr(92) + "*not bold" + chr(92) + "*")
    [Node(kind='text', text='*not bold*', parts=(), url='', quiet=False)]
    """
    nodes: list[Node] = []
    plain, at = "", 0
    while at < len(text):
        found = _at(text, at)
        if found is None:
            plain, at = plain + text[at], at + 1
            continue
        node, end = found
        if node.kind == "text":
            plain, at = plain + node.text, end
            continue
        if plain:
            nodes.append(Node("text", plain))
        nodes.append(node)
        plain, at = "", end
    return nodes + ([Node("text", plain)] if plain else [])


def _at(text: str, at: int) -> tuple[Node, int] | None:
    """The piece that begins at this place, and where it ends; None for a plain character."""
    for kind, pattern in _LEAVES:
        if found := pattern.match(text, at):
            return _leaf(kind, found), found.end()
    for kind, pattern in _SPANS:
        if found := pattern.match(text, at):
            return Node(kind, parts=tuple(inline(found[1]))), found.end()
    return None


def _leaf(kind: str, found: re.Match[str]) -> Node:
    match kind:
        case "escape":
            return Node("text", found[1])
        case "code":
            return Node("code", found[2].strip())
        case "quiet":
            return Node("link", found[1], url=found[1], quiet=True)
        case "masked":
            return Node("link", parts=tuple(inline(found[1])), url=found[3], quiet=bool(found[2]))
        case "link":
            return Node("link", found[0], url=found[0])
        case "everyone":
            return Node("everyone", found[0])
    return Node(kind, found[1])


def flat(nodes: list[Node] | tuple[Node, ...]) -> list[Node]:
    """All nodes, outer before inner.

    >>> [node.kind for node in flat(inline("**a `b`**"))]
    ['bold', 'text', 'code']
    """
    result = []
    for node in nodes:
        result += [node, *flat(node.parts)]
    return result


def links(text: str, *, previewed: bool = False) -> list[str]:
    """The addresses of all live links; with `previewed` only of those for which Discord shows a preview.

    >>> links("<https://a.example> [b](https://b.example) `https://c.example` https://d.example.")
    ['https://a.example', 'https://b.example', 'https://d.example']
    >>> links("<https://a.example> https://d.example", previewed=True)
    ['https://d.example']
    """
    found = [node for node in flat(parse(text)) if node.kind == "link"]
    return [node.url for node in found if not (previewed and node.quiet)]


def invites(text: str) -> list[str]:
    """Invitations that Discord shows as such, with or without https://, code left out.

    >>> invites("join discord.gg/abc or `discord.gg/code`")
    ['discord.gg/abc']
    """
    return [
        word
        for node in flat(parse(text))
        if node.kind in ("text", "link")
        for word in _INVITE.findall(node.text)
    ]


def formats(text: str) -> set[str]:
    """The kinds of everything that is not plain text, links included.

    >>> sorted(formats("**a** @everyone"))
    ['bold', 'everyone']
    """
    return {node.kind for node in flat(parse(text))} - {"text", "paragraph"}


def plain(text: str) -> str:
    """What a person reads, without marks.

    >>> plain("**Chips** grew[1](https://a.example)" + chr(10) + "-# soon")
    'Chips grew1\\nsoon'
    """
    return "\n".join(_words((node,)) for node in parse(text))


def _words(nodes: tuple[Node, ...]) -> str:
    return "".join(node.text + _words(node.parts) for node in nodes)
