"""A conversation at a prompt, without a terminal."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.conversation import converse

if TYPE_CHECKING:
    import pytest


def said(monkeypatch: pytest.MonkeyPatch, typed: str, sources: str) -> list[str]:
    """Return what a conversation prints for some lines."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    printed: list[str] = []
    converse(
        lambda q: f"reply to {q}",
        lambda q, before: f"{before} {q}",
        Path("none"),
        printed.append,
        lambda: sources,
    )
    return printed


def test_sources_shows_all_sources_of_the_last_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word is neither a question nor a follow-up."""
    printed = said(monkeypatch, "HBM?\nSources\nprice?\n", "[1] HBM")
    assert printed == ["reply to HBM?\n", "[1] HBM\n", "(read as: HBM? price?)", "reply to HBM? price?\n"]


def test_without_sources_the_word_is_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first reply, and after a reply without citations, there is nothing to show."""
    assert said(monkeypatch, "sources\n", "") == ["reply to sources\n"]
