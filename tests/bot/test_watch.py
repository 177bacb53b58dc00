"""Changes of the content folder on a real disk, the folder itself included."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.watch import CHANGED, MISSING, Change, changes, changes_async

PATIENCE = 30.0


class Watcher:
    """Collects changes in a thread until the test ends."""

    def __init__(self, folder: Path) -> None:
        self.seen: list[Change] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(folder,))
        self._thread.start()

    def _run(self, folder: Path) -> None:
        for change in changes(folder, self._stop):
            self.seen.append(change)

    def after(self, act: Callable[[], object], expected: Change = CHANGED, times: int = 1) -> None:
        """Act, and wait until a change is reported so many times."""
        before = len(self.seen)
        act()
        self.wait(lambda: self.seen[before:].count(expected) >= times)

    def wait(self, is_done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not is_done():
            assert time.monotonic() < end, self.seen
            time.sleep(0.02)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@pytest.fixture
def watch() -> Iterator[Callable[[Path], Watcher]]:
    with contextlib.ExitStack() as stack:

        def start(folder: Path) -> Watcher:
            watcher = Watcher(folder)
            stack.callback(watcher.close)
            watcher.wait(lambda: bool(watcher.seen))  # the first look
            return watcher

        yield start


def folder(path: Path, text: str = "one") -> Path:
    path.mkdir()
    (path / "a.md").write_text(text, encoding="utf-8")
    return path


def test_a_replaced_folder_is_watched_like_the_one_before(
    tmp_path: Path, watch: Callable[[Path], Watcher]
) -> None:
    """After `mv` and `mkdir`, files of the new folder count."""
    content = folder(tmp_path / "content")
    watcher = watch(content)
    watcher.after(lambda: (content / "a.md").write_text("two", encoding="utf-8"))

    def replace() -> None:
        content.rename(tmp_path / "old")
        folder(content, "three")

    watcher.after(replace, times=2)  # the new folder, and the first look at its files
    watcher.after(lambda: (content / "b.md").write_text("four", encoding="utf-8"))


def test_a_link_that_is_switched_is_followed(tmp_path: Path, watch: Callable[[Path], Watcher]) -> None:
    """A deployment switches `content -> releases/1` to `content -> releases/2`."""
    first, second = folder(tmp_path / "1"), folder(tmp_path / "2")
    content = tmp_path / "content"
    content.symlink_to(first)
    watcher = watch(content)

    def switch() -> None:
        (tmp_path / "next").symlink_to(second)
        (tmp_path / "next").replace(content)

    watcher.after(switch, times=2)  # the new folder, and the first look at its files
    watcher.after(lambda: (second / "a.md").write_text("new", encoding="utf-8"))


def test_a_folder_that_comes_back_is_watched_again(tmp_path: Path, watch: Callable[[Path], Watcher]) -> None:
    """It is reported once that the folder is gone, and that it is back."""
    content = folder(tmp_path / "content")
    watcher = watch(content)
    watcher.after(lambda: shutil.rmtree(content), MISSING)
    watcher.after(lambda: folder(content))
    assert watcher.seen.count(MISSING) == 1


async def test_the_event_loop_goes_on_and_cancelling_ends_the_watch(tmp_path: Path) -> None:
    """The executor has one thread, which runs another function only after the watch has ended."""
    content = folder(tmp_path / "content")
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    found = changes_async(content)
    async with asyncio.timeout(PATIENCE):
        assert await anext(found) == CHANGED  # the first check
        (content / "a.md").write_text("two", encoding="utf-8")
        assert await anext(found) == CHANGED
        waiting = asyncio.ensure_future(anext(found))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await asyncio.to_thread(lambda: "free") == "free"
