"""Waiting in tests: for a condition, with a time limit and a message that says what did not happen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from tests.standin.errors import LateError

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")
_GLANCE = 0.02


class Pulse:
    """Beats whenever something happened, so that conditions are looked at again."""

    def __init__(self, notes: Callable[[], str] = str) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self._notes = notes

    def beat(self) -> None:
        """Wake all who wait."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, ready: Callable[[], Found | None], timeout: float, what: str) -> Found:
        """The first answer of `ready` that is true (not None, False, empty or zero).

        Asked again at each beat, and every 20 ms for what does not beat, such as the bot's own attributes.
        Raises LateError after `timeout` seconds, with `what` and the notes of that moment.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while True:
            found = ready()
            if found:
                return found
            left = end - loop.time()
            if left <= 0:
                raise LateError(f"{what}: not within {timeout:g} s\n{self._notes()}".rstrip())
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.add(future)
            try:
                await asyncio.wait([future], timeout=min(left, _GLANCE))
            finally:
                self._waiting.discard(future)
