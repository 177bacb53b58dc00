"""Threads beside the event loop: one writes to the journal, one reads it, one builds indexes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """The threads that run slow calls, so that the event loop never waits for a disk."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="strata-journal")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="strata-reading")
        self._building = ThreadPoolExecutor(1, thread_name_prefix="strata-building")
        self._writes = 0
        """Calls of `write` in progress."""

    async def write(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in the thread that writes to the journal, after all earlier calls."""
        self._writes += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(act, *args, **kwargs))
        finally:
            self._writes -= 1

    async def read(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in the thread that reads the journal, without waiting for writes."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, partial(act, *args, **kwargs))

    async def find(self, act: Callable[P, T | None], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Look something up; if the result is None while writes are pending, look again after them."""
        writes = self._writes  # a pending write may end between the look-up and its result
        found = await self.read(act, *args, **kwargs)
        return await self.write(act, *args, **kwargs) if found is None and (writes or self._writes) else found

    async def build(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a slow function of the library; one such call runs at a time, while questions are answered."""
        return await asyncio.get_running_loop().run_in_executor(self._building, partial(act, *args, **kwargs))

    def close(self) -> None:
        """Stop the threads without waiting for them."""
        for pool in (self._pool, self._reading, self._building):
            pool.shutdown(wait=False, cancel_futures=True)
