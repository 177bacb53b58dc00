"""The opening of the journal, once the id of the application is known, with retries while it fails.

The bot answers without a journal while the disk is full or another process holds the lock.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from typing import TYPE_CHECKING

from bot.errors import JournalAwayError, JournalError
from bot.journal import file
from bot.journal.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from bot.discord.service.admission import Admission
    from bot.discord.service.journal_access import JournalAccess

log = logging.getLogger(__name__)

_FIRST_RETRY, LONGEST_RETRY = 0.5, 10.0
"""Seconds between two attempts to open a journal: each pause is twice as long as the one before."""


class Storage:
    """The journal's file while it is opened, and the lock that keeps other processes from writing to it."""

    def __init__(
        self,
        access: JournalAccess,
        admission: Admission,
        chosen: Path | None,
        library: str,
        again: float = LONGEST_RETRY,
    ) -> None:
        """Prepare to open a journal.

        Args:
            access: Receives the open journal.
            admission: Receives the settings of servers.
            chosen: The file that the settings name, or None.
            library: The name of the library in the default path.
            again: The longest pause between two attempts, in seconds.
        """
        self._access = access
        self._admission = admission
        self._chosen = chosen
        self._library = library
        self._again = again
        self._application = 0
        self._lock: file.Lock | None = None
        self._journal: Journal | None = None

    async def open(self, application: int) -> None:
        """Open the journal of an application, unless it is open. If the file is not usable now, `run` retries.

        Raises:
            JournalError: The file belongs to another application, is used by another process, or is damaged.
        """
        self._application = application
        if self._journal is None:
            await self._try()

    async def run(self) -> None:
        """Retry until the journal is open."""
        pause = _FIRST_RETRY
        while True:
            await asyncio.sleep(min(pause, self._again))
            if self._application and self._journal is None:
                pause *= 2
                try:
                    await self._try()
                except JournalError as fault:
                    log.error("%s (the bot goes on without a journal)", fault)  # noqa: TRY400

    def close(self) -> None:
        """Close the journal and release its lock."""
        if self._journal is not None:
            self._journal.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _try(self) -> None:
        access = self._access
        path = self._chosen or file.default(self._application, self._library)
        try:
            self._journal = await access.threads.write(self._opened, path)
        except JournalAwayError as fault:
            if str(fault) != access.problem:
                log.error("%s; the bot answers without a journal meanwhile", fault)  # noqa: TRY400
                # Without its settings, the bot might answer in channels where an administrator has switched it
                # off.
                self._admission.preferences = await access.threads.write(_preferences, path)
            access.problem = str(fault)
        else:
            self._admission.load(self._journal)
            access.connect(self._journal)
            log.info("journal %s", path)

    def _opened(self, path: Path) -> Journal:
        if not path.exists() and self._chosen is None:
            for other in file.others(path, self._application):
                log.warning(
                    "this bot begins a new journal, but there is %s already; to go on with that one, stop the bot and run: "
                    "strata journal move '%s' '%s'",
                    other,
                    other,
                    path,
                )
        try:
            self._lock = self._lock or file.Lock(path)
            journal = Journal(path)
        except OSError as fault:
            raise file.unusable(path, fault) from fault
        try:
            journal.claim(self._application)
        except (JournalError, sqlite3.Error) as fault:
            journal.close()
            if isinstance(fault, JournalError):
                raise
            raise file.unusable(path, fault) from fault
        return journal


def _preferences(path: Path) -> dict[tuple[int, int], dict[str, object]]:
    """Return the settings of servers from a journal that cannot be opened for writing; empty if that fails too."""
    try:
        rows = file.read_without_writing(path, "SELECT server, channel, value FROM preferences")
        return {(server, channel): json.loads(value) for server, channel, value in rows}
    except (OSError, sqlite3.Error, ValueError) as fault:
        log.warning("the settings of servers cannot be read from %s (%s); the defaults apply", path, fault)
        return {}
