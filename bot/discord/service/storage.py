"""The bot's own journal: opened once Discord has named the application, and again and again while that fails.

The bot answers without a journal while the disk is full or another process keeps the file locked.
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

    from bot.discord.service.service import Desk

log = logging.getLogger(__name__)

AGAIN = 10.0
"""Seconds between two attempts to open a journal that cannot be used now."""


class Storage:
    """Gives the desk its journal, and holds the lock that keeps other processes from writing to it."""

    def __init__(self, desk: Desk, chosen: Path | None, library: str, again: float = AGAIN) -> None:
        """Prepare to open a journal.

        Args:
            desk: gets the journal.
            chosen: the file that the settings name, if they do.
            library: the library's name in the default path.
            again: seconds between two attempts.
        """
        self._desk = desk
        self._chosen = chosen
        self._library = library
        self._again = again
        self._application = 0
        self._lock: file.Lock | None = None
        self._journal: Journal | None = None

    async def open(self, application: int) -> None:
        """Open the journal of an application, unless it is open; without one if it cannot be used now.

        Raises:
            JournalError: it is another application's, another process uses it, or it is damaged.
        """
        self._application = application
        if self._journal is None:
            await self._try()

    async def run(self) -> None:
        """Try again, until cancelled, while there is no journal."""
        while True:
            await asyncio.sleep(self._again)
            if self._application and self._journal is None:
                try:
                    await self._try()
                except JournalError as fault:
                    log.error("%s (the bot goes on without a journal)", fault)  # noqa: TRY400

    def close(self) -> None:
        """Close the journal, and let another process have it."""
        if self._journal is not None:
            self._journal.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _try(self) -> None:
        desk = self._desk
        path = self._chosen or file.default(self._application, self._library)
        try:
            self._journal = await desk.noted(self._opened, path)
        except JournalAwayError as fault:
            if str(fault) != desk.without_journal:
                log.error("%s; the bot answers without a journal meanwhile", fault)  # noqa: TRY400
                desk.admission.preferences = await desk.noted(_preferences, path)
            desk.without_journal = str(fault)
        else:
            desk.take_journal(self._journal)
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
    """Read what servers have set from a journal that cannot be opened as usual; nothing if that fails too."""
    try:
        rows = file.read_without_writing(path, "SELECT server, channel, value FROM preferences")
        return {(server, channel): json.loads(value) for server, channel, value in rows}
    except (OSError, sqlite3.Error, ValueError) as fault:
        log.warning("the settings of servers cannot be read from %s (%s); the defaults apply", path, fault)
        return {}
