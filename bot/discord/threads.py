"""The threads beside the event loop: one that writes to the journal, one that reads it, one that builds indexes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Runs what may take long, so that the event loop never waits for a disk."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="strata-journal")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="strata-reading")
        self._building = ThreadPoolExecutor(1, thread_name_prefix="strata-building")
        self._writes = 0
        """Calls of `noted` that have not ended."""

    async def noted(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something with the journal in its own thread, in order."""
        self._writes += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(act, *args, **kwargs))
        finally:
            self._writes -= 1

    async def read(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read from the journal, without waiting for what is being written to it."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, partial(act, *args, **kwargs))

    async def found(self, act: Callable[P, T | None], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Read something that may just be on its way into the journal: if it is not there yet, wait for that."""
        writes = self._writes  # they may end between the look and its result
        one = await self.read(act, *args, **kwargs)
        return await self.noted(act, *args, **kwargs) if one is None and (writes or self._writes) else one

    async def built(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something long with the library, one thing at a time, beside the questions."""
        return await asyncio.get_running_loop().run_in_executor(self._building, partial(act, *args, **kwargs))

    def close(self) -> None:
        """Let the threads go."""
        for pool in (self._pool, self._reading, self._building):
            pool.shutdown(wait=False, cancel_futures=True)
