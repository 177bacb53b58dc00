"""The tasks that answer questions and presses, which stopping waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


class Tasks:
    """Running tasks of one event loop."""

    def __init__(self) -> None:
        self.running: set[asyncio.Task[Any]] = set()
        self.open = True
        """False from the moment the process is asked to stop: no more questions are accepted."""

    @contextmanager
    def working(self) -> Iterator[None]:
        """Make `stop` wait for the current task while the block runs."""
        task = asyncio.current_task()
        assert task is not None
        self.running.add(task)
        try:
            yield
        finally:
            self.running.discard(task)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the background."""
        task = asyncio.create_task(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def stop(self, finish: float, say: float) -> None:
        """Stop accepting questions, wait for running tasks, then cancel the rest.

        Args:
            finish: Seconds that running tasks have to finish.
            say: Seconds that cancelled tasks have to tell their askers.
        """
        self.open = False
        if self.running:
            await asyncio.wait(set(self.running), timeout=finish)
        if waiting := set(self.running):
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting, timeout=say)
