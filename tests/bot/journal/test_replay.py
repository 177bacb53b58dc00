"""A reply of the journal, made again from its generation."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from bot.cli.main import cli
from bot.cli.output import terminal
from bot.errors import ReplayError
from bot.journal.journal import Journal
from bot.journal.replay import replay, save, saved
from index.build.builder import build
from tests.bot.library import opened

if TYPE_CHECKING:
    from pathlib import Path

    from bot.library import Library

TODAY = date(2026, 3, 1)
ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"
UNKNOWN = "Which bakery in Lisbon sells the best croissants?"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return opened(tmp_path, base_url="https://library.example")


@pytest.mark.parametrize("question", [ASKED, UNKNOWN])
def test_a_reply_is_the_same_byte_for_byte_after_the_library_has_changed(
    library: Library, tmp_path: Path, question: str
) -> None:
    """From its own generation it says what it said, stale badge included, though a newer one answers otherwise."""
    reply = library.ask(question, today=TODAY)
    journal = Journal(tmp_path / "journal.sqlite")
    journal.add(reply, today=TODAY)
    file = library.settings.content / "models" / "anthropic.md"
    file.write_text(file.read_text(encoding="utf-8").replace("$9 billion", "$14 billion"), encoding="utf-8")
    build(library.settings.content, library.store, library.encoder)
    record = journal.record(reply.id)
    assert record is not None
    again = replay(record, library.store, library.settings)
    assert terminal(again, 80) == terminal(reply, 80)
    unscored = tuple(
        replace(quote, score=0.0) for quote in reply.quotes
    )  # exact scores would tell the question
    assert record.reply(question) == replace(reply, quotes=unscored, confidence=round(reply.confidence, 1))
    journal.close()


def test_a_generation_that_is_gone_is_told(library: Library, tmp_path: Path) -> None:
    """The message names the generation and the setting that keeps more."""
    reply = library.ask(ASKED, today=TODAY)
    journal = Journal(tmp_path / "journal.sqlite")
    journal.add(reply, today=TODAY)
    record = journal.record(reply.id)
    assert record is not None
    journal.close()
    library.generation.close()
    for file in (library.store.generations / reply.generation).iterdir():
        file.unlink()
    (library.store.generations / reply.generation).rmdir()
    with pytest.raises(ReplayError, match="raise keep"):
        replay(record, library.store, library.settings)


def test_another_base_address_is_told(library: Library, tmp_path: Path) -> None:
    """A reply whose links would be others is not passed off as the same."""
    reply = library.ask(ASKED, today=TODAY)
    journal = Journal(tmp_path / "journal.sqlite")
    journal.add(reply, today=TODAY)
    record = journal.record(reply.id)
    assert record is not None
    journal.close()
    with pytest.raises(ReplayError, match="base_url"):
        replay(record, library.store, replace(library.settings, base_url="https://other.example"))


def test_a_near_heading_that_its_generation_lacks_is_told(library: Library, tmp_path: Path) -> None:
    """What an abstention names as near is read from the generation like its quotations."""
    reply = library.ask(UNKNOWN, today=TODAY)
    journal = Journal(tmp_path / "journal.sqlite")
    journal.add(reply, today=TODAY)
    record = journal.record(reply.id)
    assert record is not None
    journal.close()
    assert record.nearest
    for changed in ({"title": "Another"}, {"headings": ("No such",)}, {"first_line": 99}, {"document": "x"}):
        wrong = replace(record, nearest=(replace(record.nearest[0], **changed), *record.nearest[1:]))
        with pytest.raises(ReplayError, match="cannot be shown"):
            replay(wrong, library.store, library.settings)


def test_the_terminal_reads_the_journal(library: Library, tmp_path: Path) -> None:
    """`strata gaps`, `strata journal export` and `strata replay` read what the bot wrote."""
    reply = library.ask(ASKED, today=TODAY)
    journal = Journal(tmp_path / "journal.sqlite")
    journal.add(reply, today=TODAY)
    journal.report("A-1", 7, "Who\x1b bakes?", "Anthropic › Revenue", 5)
    settings = tmp_path / "strata.yaml"
    settings.write_text(
        "content: content\nindex: index\nbase_url: https://library.example\ndiscord: {journal: journal.sqlite}\n",
        encoding="utf-8",
    )
    words = ["--settings", str(settings)]
    runner = CliRunner()
    assert "   1  Who  bakes?  nearest: Anthropic › Revenue" in runner.invoke(cli, ["gaps", *words]).output
    exported = runner.invoke(cli, ["journal", "export", *words]).output
    assert {json.loads(line)["table"] for line in exported.splitlines()} == {"replies", "asks", "gaps"}
    assert (
        "Anthropic's revenue run rate was $9 billion"
        in runner.invoke(cli, ["replay", reply.id, *words]).output
    )
    missing = runner.invoke(cli, ["replay", "A-nothing", *words])
    assert missing.exit_code == 1
    assert "there is no reply A-nothing" in missing.output
    journal.close()


def test_a_reply_that_ask_saved_is_shown_again(library: Library, tmp_path: Path) -> None:
    """The id that it is saved under leads to the same text, its file is private, and it holds no question."""
    reply = save(library.ask(ASKED, today=TODAY), tmp_path / "index", TODAY, ())
    again = saved(reply.id, tmp_path / "index")
    assert again is not None
    assert terminal(replay(again, library.store, library.settings), 80) == terminal(reply, 80)
    file = tmp_path / "index/replies" / f"{reply.id}.json"
    assert file.stat().st_mode & 0o077 == 0
    assert ASKED not in file.read_text(encoding="utf-8")
    assert saved("A-0123456789ab", tmp_path / "index") is None
    assert saved("../CURRENT", tmp_path / "index") is None
    file.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(ReplayError, match="cannot be read"):
        saved(reply.id, tmp_path / "index")
