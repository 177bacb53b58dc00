"""Where journals are, which process may write to one, and how they are copied and moved."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.errors import JournalAwayError, JournalError
from bot.journal import file
from bot.journal.journal import Journal
from tests.bot.discord.replies import answer

if TYPE_CHECKING:
    from pathlib import Path

YEAR = 365 * 86_400.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "strata"


def made(path: Path) -> Path:
    """A journal with one vote."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(Journal(path)) as journal:
        journal.vote("A-1", 1, 1)
    return path


def process(path: Path, then: str) -> subprocess.Popen[str]:
    """A process that holds a journal's lock, says so, and goes on with `then`."""
    program = f"""
import sys, time
from pathlib import Path
from bot.journal.journal import Journal
from bot.journal.file import Lock
lock = Lock(Path(sys.argv[1]))
journal = Journal(Path(sys.argv[1]))
{then}
print("ready", flush=True)
time.sleep(60)
"""
    running = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    return running


def killed(running: subprocess.Popen[str]) -> None:
    """`kill -9`, and wait for its end."""
    running.send_signal(signal.SIGKILL)
    running.communicate()


def test_each_application_and_library_has_a_journal_of_its_own(home: Path) -> None:
    """The folder's name says both."""
    paths = {file.default(a, library) for a in (1, 2) for library in ("cats-1a", "chips-2b")}
    assert len(paths) == 4
    assert home / "1-cats-1a" / "journal.sqlite" in paths


def test_the_only_journal_is_found_and_of_several_this_library_s(home: Path) -> None:
    """One journal is meant without a word; of several, the library's; else they are listed."""
    with pytest.raises(JournalError, match="there is no journal in"):
        file.find("cats-1a")
    first = made(home / "1-chips-2b" / "journal.sqlite")
    assert file.find("cats-1a") == first
    second = made(home / "2-cats-1a" / "journal.sqlite")
    assert file.find("cats-1a") == second
    third = made(home / "3-cats-1a" / "journal.sqlite")
    with pytest.raises(JournalError, match="--journal FILE") as caught:
        file.find("cats-1a")
    assert all(str(path) in str(caught.value) for path in (first, second, third))


def test_the_journal_of_an_earlier_version_is_offered_and_left_alone(home: Path) -> None:
    """It belongs to no application yet, so that nobody takes it without being told to."""
    old = made(home / "journal.sqlite")
    new = file.default(1, "cats-1a")
    assert file.find("cats-1a") == old
    assert file.others(new, 1) == [old]
    beside = made(home / "1-dogs-3c" / "journal.sqlite")
    made(home / "2-dogs-3c" / "journal.sqlite")
    assert file.others(new, 1) == [beside, old]


def test_a_second_process_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    """The message names the process; the system frees the lock of one that was killed."""
    path = tmp_path / "journal.sqlite"
    running = process(path, "")
    try:
        with pytest.raises(JournalError, match=f"in use by process {running.pid}: stop that bot, or set"):
            file.Lock(path)
        (tmp_path / "link.sqlite").symlink_to(path)
        with pytest.raises(JournalError, match="in use by process"):
            file.Lock(tmp_path / "link.sqlite")
    finally:
        killed(running)
    file.Lock(path).release()


def test_a_journal_is_moved_with_what_a_killed_bot_left_in_its_log(tmp_path: Path) -> None:
    """The write-ahead log is part of it; a journal in use stays, and nothing is overwritten."""
    source, to = tmp_path / "old" / "journal.sqlite", tmp_path / "new" / "journal.sqlite"
    source.parent.mkdir()
    running = process(source, 'journal.vote("A-1", 7, 1)')
    with pytest.raises(JournalError, match="in use by process"):
        file.move(source, to)
    killed(running)
    assert source.with_name("journal.sqlite-wal").stat().st_size > 0
    file.move(source, to)
    assert list(source.parent.iterdir()) == []
    assert to.stat().st_mode & 0o777 == 0o600
    with closing(Journal(to)) as journal:
        assert journal.votes("A-1") == (1, 0)
    with pytest.raises(JournalError, match="exists already"):
        file.move(made(source), to)


def test_a_journal_is_copied_while_it_is_written(tmp_path: Path) -> None:
    """The copy has everything that was committed, and mode 0600; an existing file is not overwritten."""
    path, to = made(tmp_path / "journal.sqlite"), tmp_path / "copy.sqlite"
    with closing(Journal(path)) as journal, journal._writing():
        file.copy(path, to)
    with pytest.raises(JournalError, match="exists already"):
        file.copy(path, to)
    with closing(Journal(tmp_path / "copy.sqlite")) as copy:
        assert copy.votes("A-1") == (1, 0)
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_journal_belongs_to_the_first_application_that_claims_it(tmp_path: Path) -> None:
    """Another one is refused, and may not write to its posts and watches."""
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        journal.claim(1)
        journal.claim(1)
        with pytest.raises(
            JournalError, match=r"is the journal of application 1, not of 2: set discord\.journal"
        ):
            journal.claim(2)


def test_a_full_disk_is_told_from_a_damaged_file(tmp_path: Path) -> None:
    """A full disk may pass by itself, and nobody is told to move the file away for it."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    passing = file.unusable(tmp_path / "journal.sqlite", full)
    assert isinstance(passing, JournalAwayError)
    assert str(passing).endswith("cannot be used now: the disk is full")
    with closing(sqlite3.connect(made(tmp_path / "journal.sqlite"))) as db:
        db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as caught:
            db.execute("CREATE TABLE more AS SELECT hex(randomblob(99999))")
    assert file.reason(tmp_path / "journal.sqlite", caught.value) == "the disk is full"
    (tmp_path / "text").write_bytes(b"no journal" * 500)
    with pytest.raises(JournalError, match="move it away") as damaged:
        Journal(tmp_path / "text")
    assert not isinstance(damaged.value, JournalAwayError)


def test_settings_are_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    """What servers have set holds also where the journal cannot be opened as usual."""
    path = made(tmp_path / "journal.sqlite")
    with closing(Journal(path)) as journal:
        journal.prefer(5, 0, {"answers": False})
    rows = file.read_without_writing(path, "SELECT server, value FROM preferences")
    assert rows == [(5, '{"answers": false}')]
    assert not path.with_name("journal.sqlite-shm").exists()
    assert file.read_without_writing(tmp_path / "none.sqlite", "SELECT 1") == []


def test_a_clock_that_jumped_prunes_a_week_and_not_everything(tmp_path: Path) -> None:
    """20 years ahead, a year back, and right again: what is younger than its time stays."""
    now = time.time()
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        journal.add(answer("One."), today=date(2026, 11, 24))
        journal.report("A-7f3c21d9", 1, "Who bakes?")
        journal.posted("A-7f3c21d9", 7, 6)
        for at in (now + 20 * YEAR, now + 20 * YEAR, now - YEAR, now):
            trusted = journal.trusted_time(at)
            assert trusted <= now + 15 * 86_400
            journal.prune(trusted - 365 * 86_400)
        assert journal.record("A-7f3c21d9") is not None
        assert len(journal.gaps()) == len(journal.posts()) == 1
        assert journal.trusted_time(now + 60) == now + 60
