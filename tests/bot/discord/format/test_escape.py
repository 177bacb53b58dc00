"""Nothing that a text says is more than text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.format.escape import address, clean, escape, link, one_line, unescape
from tests.standin import markdown

HOSTILE = [
    "@everyone and @here",
    "<@1> <@!1> <@&2> <#3> </ask:4> <t:1:R> <:a:5> <a:b:6> <id:home>",
    "[click](https://evil.example) [x](<https://evil.example>)",
    "https://evil.example HTTPS://EVIL.example http://e.example/a_b <https://evil.example>",
    "discord.gg/abc https://discord.com/invite/abc discordapp.com/invite/abc",
    "# h\n## h\n### h\n-# s\n> q\n>>> q\n- i\n* i\n1. i",
    "**b** *i* __u__ _i_ ~~s~~ ||s|| `c` ```py\nc```",
    ":fire: :thumbsup::skin-tone-2:",
    "\\*not\\*",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_only_text(text: str) -> None:
    """Mentions, links, invitations, markdown and emoji are shown as they are written."""
    shown = escape(text)
    assert not markdown.links(shown)
    assert not markdown.invites(shown)
    assert not markdown.formats(shown)
    assert markdown.plain(shown).replace("\u2060", "") == text


@given(st.text(st.characters(codec="utf-8")))
def test_escaping_loses_nothing(text: str) -> None:
    """What was escaped reads as the cleaned text."""
    assert unescape(escape(text)) == clean(text)


@given(st.text("ab \n\\*_~`|<>@#[]()/:.-+1dgit!&?", max_size=40))
def test_no_mixture_comes_alive(text: str) -> None:
    """No combination of marks becomes markdown, a link or a mention."""
    shown = escape(text)
    assert not markdown.links(shown)
    assert not markdown.formats(shown)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "javascript:alert(1)",
        "https://user@example.org",
        "https://discord.gg/x",
        "https://www.discord.com/invite/x",
        "https://exa mple.org",
        "https://example.org/\nx",
        "https://[::1",
        "https://localhost",
        "//example.org",
        "",
    ],
)
def test_what_is_no_plain_https_address_is_no_link(url: str) -> None:
    """Other schemes, hidden names, invitations and broken addresses are not linked."""
    assert address(url) == ""
    assert link("label", url) == "label"


def test_an_address_cannot_end_its_brackets() -> None:
    """A ">" or ")" in an address is encoded."""
    assert link("x", "https://example.org/>)[y](https://evil.example") == (
        "[x](<https://example.org/%3E%29%5By%5D%28https://evil.example>)"
    )


def test_characters_that_turn_text_are_left_out() -> None:
    """A right-to-left override cannot dress an address as another one."""
    assert clean("a\u202eb\u200bc\x07d") == "abc d"
    assert one_line("a\r\nb\u2028c") == "a b c"
