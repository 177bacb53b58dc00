"""A journal that is busy, full or away: answers and presses go on, and nothing is shown twice."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bot.discord.context import Services
from bot.discord.service.storage import Storage
from bot.errors import JournalError
from bot.journal.journal import Journal
from tests.bot.discord.scene import ORDER, RUN_RATE, UNKNOWN, Scene, staged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

NEW = "Anthropic's revenue run rate was $14 billion at the end of December 2025."


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path) as made:
        yield made


@contextmanager
def locked(scene: Scene) -> Iterator[None]:
    """Another connection is in the middle of writing, as `sqlite3 journal.sqlite` in a terminal may be."""
    with closing(sqlite3.connect(scene.journal.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def quiet(scene: Scene) -> None:
    """Wait until everything is noted."""
    await scene.standin.until(lambda: not scene.services.threads._writes)


async def test_presses_and_commands_are_answered_while_the_journal_is_locked(scene: Scene) -> None:
    """Whatever reads does not wait for the lock; whatever writes is acknowledged in time, and done afterwards."""
    answer = await scene.ask(scene.ada)
    await quiet(scene)
    with locked(scene):
        assert RUN_RATE in (await (await scene.standin.press(answer, "Sources", scene.bob)).answer()).plain
        assert (
            "unanswered" in (await _command(scene, "gaps")).content
            or "No unanswered" in (await _command(scene, "gaps")).content
        )
        assert "Questions: 1" in (await _command(scene, "stats")).content
        waiting = [
            await scene.standin.press(answer, "Notify me of changes", scene.bob),
            await scene.standin.press(answer, "👍", scene.bob),
            await scene.standin.slash(scene.root, scene.channel, "settings server", {"daily": 7}),
        ]
        for one in waiting:
            assert await one.acknowledgement() < 1.0
        assert scene.services.admission.preferences == {}
    assert [bool((await one.answer()).content) for one in waiting] == [True] * 3
    assert len(scene.journal.watches()) == 1
    assert scene.services.admission.preferences == {(scene.guild.id, 0): {"daily": 7}}


async def _command(scene: Scene, name: str) -> Any:
    return await (await scene.standin.slash(scene.root, scene.channel, name)).answer()


async def test_a_press_does_not_wait_for_a_long_write(scene: Scene) -> None:
    """Ten people's /forget-me in a large journal hold up no button that only reads."""
    answer = await scene.ask(scene.ada)
    await quiet(scene)
    free = threading.Event()
    busy = asyncio.ensure_future(scene.services.threads.write(free.wait))
    try:
        assert RUN_RATE in (await (await scene.standin.press(answer, "Sources", scene.bob)).answer()).plain
    finally:
        free.set()
        await busy


async def test_a_form_comes_at_once_and_its_vote_later(scene: Scene) -> None:
    """👎 opens its form without a look into the journal; sending it is acknowledged first."""
    answer = await scene.ask(scene.ada)
    await quiet(scene)
    with locked(scene):
        form = await scene.standin.press(answer, "👎", scene.bob)
        assert await form.acknowledgement() < 1.0
        sent = await scene.standin.submit_modal(form, {"why": "Too old."})
        assert await sent.acknowledgement() < 1.0
    assert "Thanks for the feedback" in (await sent.answer()).content
    assert scene.journal.votes(await _only(scene)) == (0, 1)


async def _only(scene: Scene) -> str:
    (row,) = [row for row in scene.journal.export() if row["table"] == "replies"]
    return str(row["id"])


async def test_a_reply_to_a_message_is_answered_while_the_journal_is_broken(scene: Scene) -> None:
    """Who is followed is looked up in the journal; a mention is answered without it."""
    answer = await scene.ask(scene.ada)
    await quiet(scene)
    scene.journal._reader.close()
    said = await scene.standin.say(
        scene.bob, scene.channel, f"{scene.standin.bot.mention} {UNKNOWN}", reply_to=answer
    )
    assert (await scene.standin.reply(said)).content


async def test_presses_are_limited(tmp_path: Path) -> None:
    """After so many in a minute a person is told to wait; others are not, and questions count for themselves."""
    async with staged(tmp_path, presses=2) as scene:
        answer = await scene.ask(scene.ada)
        for _ in range(2):
            assert (
                RUN_RATE in (await (await scene.standin.press(answer, "Sources", scene.bob)).answer()).plain
            )
        told = await (await scene.standin.press(answer, "Sources", scene.bob)).answer()
        assert "going too fast" in told.content
        for name in ("layers", "forget-me", "about"):
            asked = await scene.standin.slash(scene.bob, scene.channel, name)
            assert "going too fast" in (await asked.answer()).content
        assert RUN_RATE in (await (await scene.standin.press(answer, "Sources", scene.ada)).answer()).plain
        assert (await scene.ask(scene.bob, UNKNOWN)).content


async def _changed(scene: Scene) -> Any:
    """An answer that Bob watches, whose source has changed by a generation that serves now; the answer."""
    answer = await scene.ask(scene.ada)
    watched = await scene.standin.press(answer, "Notify me of changes", scene.bob)
    await watched.answer()
    await quiet(scene)
    return answer


def _edits(scene: Scene) -> int:
    return len(scene.standin.requests_to("PATCH /channels/*/messages/*"))


def _direct(scene: Scene) -> list[Any]:
    return [
        m
        for m in scene.standin.messages.values()
        if m.author is scene.standin.bot and m.channel.guild is None
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "PRAGMA query_only = ON",
        "CREATE TRIGGER full BEFORE UPDATE ON posts BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        "CREATE TRIGGER full BEFORE UPDATE ON watches BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    ],
)
async def test_nothing_is_edited_or_sent_twice_while_the_journal_takes_nothing(
    tmp_path: Path, broken: str
) -> None:
    """Neither where the journal refuses everything nor where it fails after the edit or the message."""
    async with staged(tmp_path, again=0.05) as scene:
        answer = await _changed(scene)
        scene.journal._db.execute(broken)
        scene.change("models/anthropic.md", RUN_RATE, NEW)
        await scene.services.index.rebuild()
        await asyncio.sleep(1.0)
        assert _edits(scene) <= 1
        assert len(_direct(scene)) <= 1
        assert ("query_only" in broken) == (not _edits(scene))
        scene.journal._db.execute("PRAGMA query_only = OFF")
        scene.journal._db.execute("DROP TRIGGER IF EXISTS full")
        await scene.standin.until(lambda: all(w.told for w in scene.journal.watches()), 10.0)
        await scene.standin.until(lambda: all(p.changed for p in scene.journal.posts()), 10.0)
        assert NEW in answer.plain
        assert (_edits(scene), len(_direct(scene))) == (1, 1)
        await scene.standin.until(lambda: not scene.services.corrections.shown, 10.0)  # after the journal


async def test_a_journal_is_picked_up_when_it_can_be_used_again(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Questions are answered without a journal; the settings of servers apply as soon as the file is free."""
    monkeypatch.setattr("bot.journal.file._LOCK_TRIES_WITHIN", 0.02)
    path = tmp_path / "other" / "journal.sqlite"
    path.parent.mkdir()
    with closing(Journal(path)) as before:
        before.prefer(scene.guild.id, 0, {"answers": False})
    services = Services.open(scene.library, None, scene.services.settings, layers=ORDER)
    storage = Storage(services.journal, services.admission, path, "content-1a", again=0.02)
    running = asyncio.create_task(storage.run())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        await storage.open(1)
        assert "database is locked; the bot answers without a journal meanwhile" in caplog.text
        assert "database is locked" in services.journal.problem
        with pytest.raises(sqlite3.OperationalError, match="there is no journal"):
            _ = services.journal.current
    await scene.standin.until(lambda: not services.journal.problem)
    assert services.admission.preferences == {(scene.guild.id, 0): {"answers": False}}
    services.journal.current.put("x", "y")
    running.cancel()
    storage.close()
    services.close()


async def test_a_second_bot_on_the_same_journal_is_refused(scene: Scene, tmp_path: Path) -> None:
    """Also in the same process, and also by another application once the first has ended."""
    path = tmp_path / "other" / "journal.sqlite"
    first, second = (
        Services.open(scene.library, None, scene.services.settings, layers=ORDER) for _ in range(2)
    )
    holder, late = (Storage(one.journal, one.admission, path, "content-1a") for one in (first, second))
    await holder.open(1)
    await holder.open(1)
    with pytest.raises(JournalError, match="in use by process"):
        await late.open(1)
    holder.close()
    with pytest.raises(JournalError, match="is the journal of application 1, not of 2"):
        await late.open(2)
    late.close()
    for services in (first, second):
        services.close()


@contextmanager
def without_journal(scene: Scene) -> Iterator[Journal]:
    """Take the journal away, as if the disk had been full at the start; it comes back at the end."""
    journal = scene.journal
    scene.services.journal._journal = None
    scene.services.journal.opened.clear()
    yield journal
    scene.services.connect_journal(journal)


async def test_the_buttons_of_an_answer_that_was_made_without_a_journal(scene: Scene) -> None:
    """Reading works at once; what a button stores is refused meanwhile, and later stored with the answer."""
    with without_journal(scene) as journal:
        answer = await scene.ask(scene.ada)
        assert RUN_RATE in (await (await scene.standin.press(answer, "Sources", scene.bob)).answer()).plain
        refused = await scene.standin.press(answer, "Notify me of changes", scene.bob)
        assert "couldn't save" in (await refused.answer()).plain
        asked = await scene.standin.slash(scene.bob, scene.channel, "forget-me")
        assert "can't reach my storage" in (await asked.answer()).plain
    for button in ("Notify me of changes", "👍"):
        await (await scene.standin.press(answer, button, scene.bob)).answer()
    (watch,) = journal.watches()
    assert journal.record(watch.reply) is not None
    assert journal.totals(scene.guild.id).up == journal.totals(scene.guild.id).asked == 1


async def test_an_answer_is_deleted_without_a_journal(scene: Scene) -> None:
    """What everybody sees goes at once, whatever happens to the rest."""
    answer = await scene.ask(scene.ada)
    await quiet(scene)
    with without_journal(scene):
        used = await scene.standin.message_command(scene.ada, answer, "Delete this answer")
        assert "can't reach my storage" in (await used.answer()).plain
        assert answer.deleted


async def test_a_server_that_left_is_erased_when_the_journal_comes_back(tmp_path: Path) -> None:
    """The journal was away while the bot connected."""
    async with staged(tmp_path, ready=False) as scene:
        with without_journal(scene) as journal:
            journal.report("A-1", 1, "Secret?", "", 777)
            journal.report("A-2", 1, "Kept?", "", scene.guild.id)
            await scene.standin.ready()
            await scene.standin.until(lambda: scene.supervisor.ready)
            assert 777 in journal.servers()
        await scene.standin.until(lambda: journal.servers() == {scene.guild.id})


async def test_a_press_that_cannot_share_tells_only_the_one_who_pressed(scene: Scene) -> None:
    """Neither that the channel is limited to other topics now, nor that the journal is away, is shown to everybody."""
    private = await scene.ask(scene.ada, private=True)
    await quiet(scene)
    limited = {"layers": "chips"}
    await (await scene.standin.slash(scene.root, scene.channel, "settings channel", limited)).answer()
    for told in ("limited to other topics", "can't reach my storage"):
        pressed = await scene.standin.press(private, "Share in channel", scene.ada)
        await scene.standin.until(lambda pressed=pressed: pressed.followups)
        (followup,) = pressed.followups
        assert told in followup.plain
        assert followup.ephemeral
        scene.journal._reader.close()
    assert [m for m in scene.standin.messages.values() if not (m.deleted or m.ephemeral)] == []


async def test_people_without_direct_messages_share_a_notice_while_the_journal_fails(tmp_path: Path) -> None:
    """The notice under the answer is not written again for the second person once the journal works."""
    async with staged(tmp_path, again=0.05) as scene:
        answer = await scene.ask(scene.ada)
        for user in (scene.ada, scene.bob):
            user.accepts_direct_messages = False
            await (await scene.standin.press(answer, "Notify me of changes", user)).answer()
        await quiet(scene)
        scene.journal._db.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON watches BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        scene.change("models/anthropic.md", RUN_RATE, NEW)
        await scene.services.index.rebuild()
        await scene.standin.until(lambda: scene.services.corrections.shown)
        scene.journal._db.execute("DROP TRIGGER full")
        await scene.standin.until(lambda: all(w.told for w in scene.journal.watches()))
        written = scene.standin.requests_to(f"POST /channels/{scene.channel.id}/messages")
        assert len(written) == 1
