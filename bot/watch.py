"""Changes in the content folder, also if the folder itself is replaced, or missing for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Event
from typing import Literal

Change = Literal["changed", "missing"]
CHANGED: Change = "changed"
MISSING: Change = "missing"

_DEBOUNCE_MS = 300
_CHECK_MS = 1_000
"""Time between two checks of the folder that the path leads to."""
_RETRY_SECONDS = 10.0
"""Time between two checks if the system cannot watch the folder, for example because no watches are left."""


def changes(folder: Path, stop: Event | None = None) -> Iterator[Change]:
    """Yield CHANGED when files have changed, and MISSING once when the folder is gone, until `stop` is set.

    The operating system watches a folder, not its path: after `mv`, `mkdir` or a changed symbolic link it still
    reports on the old folder. So the path is resolved again every second, and a different folder counts as changed.
    """
    stop = stop or Event()
    # The identity is compared by device and inode: a replaced folder may have the same path.
    seen: tuple[str, int, int] | None = None
    is_missing = False
    while not stop.is_set():
        found = _identity(folder)
        if found is None:
            if not is_missing:
                is_missing = True
                yield MISSING
            stop.wait(_CHECK_MS / 1_000)
            continue
        if is_missing or (seen is not None and found != seen):
            yield CHANGED
        is_missing, seen = False, found
        yield from _changes_in(folder, found, stop)


def _changes_in(folder: Path, identity: tuple[str, int, int], stop: Event) -> Iterator[Change]:
    """Yield CHANGED for each change until the path leads elsewhere.

    The first check yields as well: files may have changed before the system began to watch.
    """
    from watchfiles import watch

    is_first = True
    try:
        for found in watch(
            identity[0], debounce=_DEBOUNCE_MS, rust_timeout=_CHECK_MS, yield_on_timeout=True, stop_event=stop
        ):
            if found or is_first:
                yield CHANGED
            is_first = False
            if _identity(folder) != identity:
                return
    except (OSError, RuntimeError):
        stop.wait(_RETRY_SECONDS)
        yield CHANGED


async def changes_async(folder: Path) -> AsyncIterator[Change]:
    """Yield what `changes` yields, without blocking the event loop."""
    stop = Event()
    found = changes(folder, stop)
    try:
        while (change := await asyncio.to_thread(next, found, None)) is not None:
            yield change
    finally:
        stop.set()


def _identity(folder: Path) -> tuple[str, int, int] | None:
    """Return the real path, device and inode of a folder; None if there is no folder."""
    try:
        real = folder.resolve(strict=True)
        status = real.stat()
    except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself
        return None
    return (str(real), status.st_dev, status.st_ino) if real.is_dir() else None
