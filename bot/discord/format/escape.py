"""Escaping of texts from documents and people, so that no markdown, mention, link, emoji or invitation is active."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

_SPECIAL = re.compile(r"[\\`*_~|<>@#\[\]]")
"""Characters that begin or end markdown, mentions, custom emoji, timestamps and masked links anywhere in a line."""

_LINE_START = re.compile(r"(?m)^(\s*)([-+]|\d+(?=\.\s)|\d+(?=\)\s))")
"""Characters that begin a list or small print at the start of a line: "- ", "-# ", "1. ", "1) "."""

_EMOJI = re.compile(r":(?=[^\s:]+:)")
"""The colon that opens an emoji's name: ":fire:"."""

_ADDRESS = re.compile(r"(?i):/|\w\.[a-z]{2,}[\\/:?#]")
"""The part of a word that makes Discord's client show an address, even without a scheme: "discord.gg/x"."""

_UNSEEN = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Characters without width, which change the direction of the text or split a word invisibly."""

_INVITING = (
    "discord.gg",
    "discord.com",
    "discordapp.com",
    "discord.new",
    "discord.gift",
    "dsc.gg",
    "invite.gg",
)
"""Hosts whose addresses Discord shows as invitations, gifts or templates."""

_INVITE = re.compile(
    r"(?i)(?<![\w-])((?:ptb\.|canary\.|www\.)?(?:" + "|".join(map(re.escape, _INVITING)) + r"))(?=\\?[/:?#])"
)

_NAMED = re.compile(r"<a?:(\w{2,32}):\d+>|</([-\w ]{1,100}):\d+>")
"""A server's own emoji ("<:hbm:678>"), or a command ("</ask:123>"): the name is kept."""

_UNNAMED = re.compile(r"<(?:@[!&]?|#|id:)\w+>|<t:-?\d+(?::\w)?>")
"""A person ("<@123>"), role, channel ("<#45>") or time ("<t:1700000000>"), which has no readable name."""

_BRACKETED = re.compile(r"<(https?://[^\s>]+)>")
"""An address in angle brackets, which Discord shows without a preview."""

_JOINER = "\u2060"
"""A character without width, which keeps clients from finding an invitation in the raw or the rendered text."""


def escape(text: str) -> str:
    r"""Return a text with a backslash before everything that Discord would not show as plain text.

    >>> escape("**bold** <@123> [x](https://evil.example) :fire:")
    '\\*\\*bold\\*\\* \\<\\@123\\> \\[x\\](https\\:\\/\\/evil.example) \\:fire:'
    >>> escape("join discord.gg/abc")
    'join discord.gg\u2060\\/abc'
    >>> escape("- 9.5 GW, 3:1")
    '\\- 9.5 GW, 3:1'
    """
    text = clean(text)
    marked: set[int] = {m.start() for m in _SPECIAL.finditer(text)}
    marked.update(m.start() for m in _EMOJI.finditer(text))
    for word in re.finditer(r"\S+", text):
        if _ADDRESS.search(word.group()):
            marked.update(word.start() + at for at, char in enumerate(word.group()) if char in ":/")
    for match in _LINE_START.finditer(text):
        marked.add(match.end() if match.group(2).isdigit() else match.start(2))
    escaped = "".join(f"\\{char}" if at in marked else char for at, char in enumerate(text))
    return _INVITE.sub(rf"\1{_JOINER}", escaped)


def unescape(text: str) -> str:
    r"""Undo `escape`.

    >>> unescape(escape("a_b <@1> https://x.example/"))
    'a_b <@1> https://x.example/'
    """
    return re.sub(
        r"\\([^\w\s])|\\(_)", lambda m: m.group(1) or m.group(2), text.replace(_JOINER, "")
    )  # "\\*", "\\_"


def clean(text: str) -> str:
    r"""Return a text without control characters and characters without width; line breaks are kept.

    >>> clean("a\x00b\u202ec\nd")
    'a bc\nd'
    """
    kept = []
    for char in text.replace("\r\n", "\n"):
        if char in _UNSEEN:
            continue
        control = char != "\n" and unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
        kept.append(" " if control else char)
    return "".join(kept)


def plain(text: str) -> str:
    """Return a text without Discord's own marks, whose ids would be read as figures.

    >>> plain("<@123> what does <#45> say of <:hbm:678>?"), plain("is <https://example.org> right?")
    ('what does say of hbm?', 'is https://example.org right?')
    """
    text = _BRACKETED.sub(r"\1", text)
    text = _NAMED.sub(lambda m: m[1] or f"/{m[2]}", text)
    return " ".join(_UNNAMED.sub(" ", text).split())


def one_line(text: str) -> str:
    r"""Return the cleaned text on one line, without space at its ends.

    >>> one_line(" a\n  b ")
    'a b'
    """
    return " ".join(clean(text).split())


def address(url: str) -> str:
    """Return an https address that can be put into `<…>`; empty if it is invalid or leads to an invitation.

    >>> address("https://example.org/a(b)?q=<x>")
    'https://example.org/a%28b%29?q=%3Cx%3E'
    >>> address("http://example.org"), address("https://a@b.example"), address("https://discord.gg/x")
    ('', '', '')
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() != "https" or not re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+\.?", host):
        return ""
    plain_host = host.rstrip(".")
    if "@" in parts.netloc or any(plain_host == bad or plain_host.endswith(f".{bad}") for bad in _INVITING):
        return ""
    if any(unicodedata.category(char) in {"Cc", "Cs"} or char.isspace() for char in url.strip()):
        return ""
    return quote(url.strip(), safe="%/:?#@!$&'*+,;=~-._")


def link(label: str, url: str) -> str:
    r"""Link a label to an address; the label alone if the address is invalid.

    >>> link("Nvidia › [Q3]", "https://example.org/n")
    '[Nvidia › \\[Q3\\]](<https://example.org/n>)'
    """
    shown, target = escape(one_line(label)), address(url)
    return f"[{shown}](<{target}>)" if target and shown else shown
