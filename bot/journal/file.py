"""The files of journals: where they are, how they are opened, and which process may write to one.

A journal belongs to an application and a library. By default its folder is named after both:

    ~/.local/share/strata/123456789012345678-content-1a2b3c4d/journal.sqlite
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from bot.errors import JournalAwayError, JournalError

NAME = "journal.sqlite"

_AWAY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
"""SQLite's primary codes of temporary errors: another process writes, or the disk is full or does not respond."""

_LITTLE = 256 * 1024
"""Free space in bytes below which a disk counts as full, because SQLite reports some full disks as I/O errors."""

_LOCK_TRIES_WITHIN = 10.0
"""Seconds that SQLite waits for another process to finish writing."""


def folder() -> Path:
    """Return the folder of all journals that have no path of their own."""
    import platformdirs

    return Path(platformdirs.user_data_dir("strata"))


def default(application: int, library: str) -> Path:
    """Return the journal of an application that answers from a library ("content-1a2b3c4d")."""
    return folder() / f"{application}-{library}" / NAME


def earlier() -> Path:
    """Return the journal that all bots shared up to version 0.1, whether it exists or not."""
    return folder() / NAME


def find(library: str) -> Path:
    """Return the only existing journal, or the only one of this library.

    Raises:
        JournalError: There is no journal, or there are several, which the message lists.
    """
    found = sorted(folder().glob(f"*/{NAME}"))
    if earlier().is_file():
        found.append(earlier())
    own = [path for path in found if path.parent.name.endswith(f"-{library}")]
    if len(found) == 1 or len(own) == 1:
        return (own or found)[0]
    if not found:
        raise JournalError(
            f"there is no journal in {folder()}; the bot writes one, or name a file: --journal FILE"
        )
    names = "".join(f"\n  {path}" for path in found)
    raise JournalError(f"there are several journals; choose one with --journal FILE:{names}")


def others(path: Path, application: int) -> list[Path]:
    """Return other journals of an application, which it may have meant to continue instead of a new one at `path`."""
    beside = [other for other in sorted(folder().glob(f"{application}-*/{NAME}")) if other != path]
    return beside + [earlier()] * earlier().is_file()


def obstacle(path: Path) -> str:
    """Return why a file cannot be created; empty if the permissions allow it."""
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    if not parent.is_dir():
        return f"{parent} is not a folder"
    return "" if os.access(parent, os.W_OK | os.X_OK) else f"{parent} is not writable"


def connect(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """Return two connections to a journal's file, one for writing and one for reading; create the file if it is missing.

    Raises:
        OSError: The folder or the file cannot be created.
        sqlite3.Error: The file is not a database, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(0o600)  # SQLite gives the write-ahead log the same mode
    with contextlib.ExitStack() as opened:
        both = []
        for pragmas in (
            # WAL lets `strata gaps` read while the bot writes; secure_delete overwrites what /forget-me erases.
            ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"),
            ("query_only = ON",),
        ):
            db = sqlite3.connect(
                path, timeout=_LOCK_TRIES_WITHIN, isolation_level=None, check_same_thread=False
            )
            opened.callback(db.close)
            for pragma in pragmas:
                db.execute(f"PRAGMA {pragma}")
            both.append(db)
        opened.pop_all()
    return both[0], both[1]


def read_without_writing(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query, even on a full disk; only the process that holds the lock may call it.

    With exclusive access, SQLite keeps the index of its write-ahead log in memory and writes no file.
    """
    if not path.is_file():
        return []
    with contextlib.closing(sqlite3.connect(path, timeout=1.0)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        return db.execute(query).fetchall()


def unusable(path: Path, fault: OSError | sqlite3.Error) -> JournalError:
    """Return the error for a journal that cannot be opened: a JournalAwayError if the cause is temporary."""
    why = reason(path, fault)
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if why == FULL or code in _AWAY or getattr(fault, "errno", None) == errno.EIO:
        return JournalAwayError(f"{path} cannot be used now: {why}")
    return JournalError(f"{path} cannot be opened as a journal ({why}); move it away")


FULL = "the disk is full"


def reason(path: Path, fault: BaseException) -> str:
    """Return what is wrong with a journal's file, in a few words."""
    codes = (getattr(fault, "errno", None), getattr(fault, "sqlite_errorcode", 0) & 0xFF)
    if codes[0] in (errno.ENOSPC, errno.EDQUOT) or codes[1] == sqlite3.SQLITE_FULL:
        return FULL
    if codes[1] in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        with contextlib.suppress(OSError):
            if shutil.disk_usage(path.parent).free < _LITTLE:
                return FULL
    return str(fault)


def copy(source: Path, to: Path) -> None:
    """Write a consistent copy of a journal to a new file, even while a bot writes to the journal.

    Raises:
        JournalError: `to` exists or cannot be written, or the journal cannot be read.
    """
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.touch(0o600, exist_ok=False)
        with (
            contextlib.closing(sqlite3.connect(source)) as db,
            contextlib.closing(sqlite3.connect(to)) as new,
        ):
            db.execute("PRAGMA query_only = ON")
            db.backup(new)
    except FileExistsError:
        raise JournalError(f"{to} exists already; name a new file") from None
    except (OSError, sqlite3.Error) as fault:
        raise JournalError(f"{source} cannot be copied to {to}: {reason(to, fault)}") from fault


def move(source: Path, to: Path) -> None:
    """Move a journal, its write-ahead log included, to a new file.

    Raises:
        JournalError: A bot uses the journal, the file is not a journal, or `to` exists or cannot be written.
    """
    if to.exists():
        raise JournalError(f"{to} exists already; name a new file")
    lock = Lock(source)
    try:
        with contextlib.closing(sqlite3.connect(source, timeout=_LOCK_TRIES_WITHIN)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute(
                "PRAGMA journal_mode = DELETE"
            )  # fails while another process reads; leaves no log behind
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, to)
        to.chmod(0o600)
    except (OSError, sqlite3.Error) as fault:
        raise JournalError(f"{source} cannot be moved to {to}: {reason(to, fault)}") from fault
    finally:
        lock.release()
    # The lock file is removed last: a bot that starts meanwhile still finds the lock taken.
    source.with_name(f"{source.name}.lock").unlink(missing_ok=True)


class Lock:
    """A lock that allows one process to write to a journal. The system releases it when the process ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock of a journal.

        Raises:
            JournalError: Another process holds the lock.
            OSError: The lock file beside the journal cannot be written.
        """
        import fcntl

        real = path.resolve()
        real.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(
            real.with_name(f"{real.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 20, 0).decode(errors="replace")
            os.close(self._file)
            who = f"process {holder}" if holder.isdigit() else "another process"
            raise JournalError(
                f"{path} is in use by {who}: stop that bot, or set discord.journal to a file of this bot's own"
            ) from None
        with contextlib.suppress(OSError):  # on a full disk the lock works without the number of its process
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Release the lock."""
        os.close(self._file)
