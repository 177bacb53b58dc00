"""The bounded queue between Discord and the library: questions are answered off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from bot.types import Reply

P = ParamSpec("P")
T = TypeVar("T")

Ask = Callable[[str, tuple[str, ...], date], "Reply"]
"""Returns the reply to a question, given the layers to answer from (empty for all) and the date of today.

It is called from several threads.
"""


class BusyError(Exception):
    """The queue is full; in about `seconds` it has room again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the queue is full for about {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Made:
    """A reply, its date, and the time that it took, including the time in the queue."""

    reply: Reply
    today: date
    milliseconds: float


class Workers:
    """Threads that answer `workers` questions at a time, with a queue for `queue` more."""

    def __init__(self, ask: Ask, workers: int, queue: int) -> None:
        self._ask = ask
        self._workers = workers
        self._most = workers + queue
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="strata-asking")
        self._seconds = 0.05
        self.taken = 0
        """The number of questions in progress and in the queue."""

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one place in the queue; raises BusyError if it is full."""
        if self.taken >= self._most:
            raise BusyError(max(1, ceil(self.taken * self._seconds / self._workers)))
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def ask(self, question: str, layers: tuple[str, ...]) -> Made:
        """Return the reply to a question; call it while a place is held."""
        start = time.perf_counter()
        today = date.today()  # review dates are compared with the local date of the bot
        loop = asyncio.get_running_loop()
        reply = await loop.run_in_executor(self._pool, self._timed, question, layers, today)
        return Made(reply, today, (time.perf_counter() - start) * 1000)

    async def away(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a short function of the library off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(act, *args, **kwargs))

    def _timed(self, question: str, layers: tuple[str, ...], today: date) -> Reply:
        start = time.perf_counter()
        try:
            return self._ask(question, layers, today)
        finally:
            # A moving average is enough for the estimate that a refused person is shown.
            self._seconds = 0.8 * self._seconds + 0.2 * (time.perf_counter() - start)

    def close(self) -> None:
        """Cancel the questions in the queue without waiting for those in progress."""
        self._pool.shutdown(wait=False, cancel_futures=True)
