"""The journal, off the event loop: one thread writes, another one reads."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from bot.journal.journal import Journal

if TYPE_CHECKING:
    from bot.discord.worker_threads import Threads

P = ParamSpec("P")
T = TypeVar("T")


class JournalAccess:
    """The journal once it is open. Until then, every method raises sqlite3.OperationalError, as on a full disk."""

    def __init__(self, threads: Threads) -> None:
        self.threads = threads
        self.opened = asyncio.Event()
        self.problem = "it is not open yet"
        """The reason why there is no journal; empty if there is one."""
        self._journal: Journal | None = None

    def connect(self, journal: Journal) -> None:
        """Use this journal from now on."""
        self._journal, self.problem = journal, ""
        self.opened.set()

    @property
    def current(self) -> Journal:
        """Return the open journal; raises sqlite3.OperationalError if there is none."""
        if self._journal is None:
            raise sqlite3.OperationalError(f"there is no journal: {self.problem}")
        return self._journal

    async def write(
        self, method: Callable[Concatenate[Journal, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a method of the journal, after all earlier writes: `write(Journal.vote, ...)`."""
        return await self.threads.write(method, self.current, *args, **kwargs)

    async def read(
        self, method: Callable[Concatenate[Journal, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a method of the journal without waiting for writes."""
        return await self.threads.read(method, self.current, *args, **kwargs)

    async def find(
        self, method: Callable[Concatenate[Journal, P], T | None], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Look up something that may not be written yet; if it is not found, look again after the pending writes."""
        return await self.threads.find(method, self.current, *args, **kwargs)
