"""The folder of generations: written whole, checked, then one pointer moves.

    CURRENT                 the id of the generation that serves; replaced atomically, last
    LIBRARY                 the path of the folder that the documents are in, as bytes
    build.lock              held by the one process that builds
    generations/<id>/       see index.store.manifest
    generations/.*          what a build is writing or removing; the next one clears what was left behind

Reading needs no right to write. The documents' text is in these files, so a new index folder is for its owner alone; an
existing folder that others may read, by its permissions, shares what is in it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import GenerationError, IndexFault, LockedError, NoGenerationError
from index.files import DRAFT_PREFIX, atomic_write, make_private_folder, shared_mode, sync_folder
from index.store.generation import Generation, read
from index.store.manifest import MANIFEST, MEND, seen_path
from index.store.writer import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.store.writer import Draft
    from index.types import Manifest

__all__ = ["Generation", "Store"]

_ID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}")

_RETRY = 0.05
"""Seconds between two tries at a lock."""


class Store:
    """The generations in one folder. Several processes may read while one builds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generations = folder / "generations"
        self.pointer = folder / "CURRENT"
        self.library = folder / "LIBRARY"

    def ids(self) -> list[str]:
        """The generations there are, the oldest first."""
        try:
            return sorted(path.name for path in self.generations.iterdir() if _ID.fullmatch(path.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise GenerationError(
                f"{self.generations} cannot be read ({error.strerror}); name another index folder"
            ) from error

    def open(self, id: str, damage: str = "") -> Generation:
        """Open and check the generation with an id; raises GenerationError.

        `damage` is what is wrong with the current generation, if this one serves in its place.
        """
        if not _ID.fullmatch(id):
            raise GenerationError(f'{self.pointer} names no generation: "{id[:60]}"; {MEND}')
        return read(self.generations / id, id, damage)

    def current(self) -> Generation:
        """The generation that serves.

        If it is damaged, the newest good one before it, or else the newest good one, with a `warning`.

        Raises:
            NoGenerationError: nothing has been built yet.
            GenerationError: none of those there is can be read.
        """
        named = self._named()
        while True:
            damage = GenerationError(f"{self.pointer} is missing; {MEND}")
            if named:
                try:
                    return self.open(named)
                except GenerationError as error:
                    damage = error
            again = self._named()
            if again == named:
                break
            named = again  # it was replaced and pruned just now
        others = [id for id in reversed(self.ids()) if id != named]
        if not named and not others:
            raise NoGenerationError(f"nothing has been built in {self.folder} yet; {MEND}")
        for id in [*(id for id in others if id < named), *(id for id in others if id > named)]:
            with contextlib.suppress(GenerationError):
                return self.open(id, str(damage))
        raise damage

    def library_folder(self) -> Path | None:
        """Return the folder that the index was built from; None if an older version of Strata built it."""
        try:
            return Path(os.fsdecode(self.library.read_bytes().removesuffix(b"\n")))
        except OSError:
            return None

    def remove(self) -> bool:
        """Remove the index with all generations; return False if it is in use or cannot be removed."""
        try:
            with self.lock() as writer, contextlib.ExitStack() as held:
                for id in self.ids():
                    writer.hold(id, held)
                # Renamed first, so that nobody opens what is half removed.
                removed = self.folder.rename(self.folder.with_name(f".old-{self.folder.name}-{os.getpid()}"))
                shutil.rmtree(removed)
        except (OSError, IndexFault):
            return False
        return True

    @contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[Writer]:
        """Be the only builder, and remove what a killed builder left behind.

        The system frees the lock of a process that dies.

        Args:
            wait: Seconds to wait for another builder to end.

        Raises:
            LockedError: it has not ended by then.
            IndexFault: the folder cannot be written to.
        """
        path = self.folder / "build.lock"
        with contextlib.ExitStack() as stack:
            try:
                make_private_folder(self.folder)
                self.generations.mkdir(mode=_folder_mode(self.folder), exist_ok=True)
                lock = os.open(path, os.O_RDWR | os.O_CREAT, shared_mode(self.folder))
                stack.callback(os.close, lock)
                _acquire(lock, self.folder, time.monotonic() + wait)
                self._sweep()
            except OSError as error:
                raise _unwritable(self.folder, error) from error
            stack.callback(_sign, lock, "")
            yield Writer(self)

    def _named(self) -> str:
        """What the pointer names; empty where there is none."""
        try:
            return self.pointer.read_bytes().decode(errors="replace").strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise GenerationError(f"{self.pointer} cannot be read ({error.strerror})") from error

    def _sweep(self) -> None:
        """Remove what killed builds left half-written or half-removed."""
        kept = {seen_path(self.generations / id) for id in self.ids()}
        for path in self.generations.glob(".*"):
            if path.is_dir():
                shutil.rmtree(path)
            elif path not in kept:
                path.unlink(missing_ok=True)
        for path in self.folder.glob(f"{DRAFT_PREFIX}*"):
            path.unlink(missing_ok=True)


class Writer:
    """What only the holder of a store's lock may do."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, draft: Draft) -> Generation:
        """Make `draft` the current generation, and return it, open.

        Raises:
            IndexFault: it could not be written; the generation before goes on serving.
        """
        store = self._store
        created = datetime.now(UTC)
        if ids := store.ids():
            newest = datetime.strptime(ids[-1][: ids[-1].index("-")] + "+0000", "%Y%m%dT%H%M%S%fZ%z")
            created = max(created, newest + timedelta(microseconds=1))  # the clock may have been set back
        folder = store.generations / ".new"
        try:
            folder.mkdir(mode=_folder_mode(store.generations))
            manifest = write(folder, draft, created.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
            sync_folder(folder)
            generation = self._proved(folder, manifest)
            folder.rename(store.generations / manifest.id)
            sync_folder(store.generations)
            atomic_write(store.pointer, f"{manifest.id}\n".encode(), shared_mode(store.folder))
        except OSError as error:
            raise _unwritable(store.folder, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return generation

    def record(self, content: Path) -> None:
        """Note which folder the index is built from; raises WriteError."""
        store = self._store
        content = content.resolve()
        if store.library_folder() != content:
            atomic_write(store.library, os.fsencode(content) + b"\n", shared_mode(store.folder))

    def hold(self, id: str, stack: contextlib.ExitStack) -> None:
        """Keep others from opening a generation while the stack lives; raises BlockingIOError if it is open."""
        with contextlib.suppress(FileNotFoundError, IsADirectoryError, NotADirectoryError):
            manifest = stack.enter_context((self._store.generations / id / MANIFEST).open("rb"))
            fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def prune(self, keep: int = 3) -> list[str]:
        """Remove all generations but the newest `keep`, the current one and those in use: the ids removed."""
        store = self._store
        named = store.pointer.read_text().strip()
        old = [id for id in store.ids()[: -max(keep, 1)] if id != named]
        return [id for id in old if self._remove(id)]

    def _proved(self, folder: Path, manifest: Manifest) -> Generation:
        """What was just written, read back; raises IndexFault where it is not what it should be."""
        try:
            generation = read(folder, manifest.id)
            if generation.vectors.count == manifest.passages:
                return generation
        except GenerationError as error:
            raise IndexFault(f"the disk did not keep what was written to it: {error}") from error
        raise IndexFault(f"{folder} has {generation.vectors.count} rows for {manifest.passages} passages")

    def _remove(self, id: str) -> bool:
        """Whether the generation was removed: not if it is open somewhere, or can't be."""
        folder = self._store.generations / id
        try:
            with contextlib.ExitStack() as stack:
                self.hold(id, stack)
                removed = folder.rename(folder.with_name(f".old-{id}"))
                shutil.rmtree(removed)
                seen_path(folder).unlink(missing_ok=True)
        except OSError:
            return False
        return True


def _acquire(lock: int, folder: Path, until: float) -> None:
    """Take the lock by then (of time.monotonic), and sign it; raises LockedError."""
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = os.pread(lock, 200, 0).decode(errors="replace") or "another process"
                raise LockedError(f"{folder} is being built by {holder}; wait for it to end") from None
            time.sleep(_RETRY)
    _sign(lock, f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")


def _sign(lock: int, holder: str) -> None:
    """Say in the lock file who holds it."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, holder.encode(), 0)


def _folder_mode(folder: Path) -> int:
    """Return the permissions of folders in a folder: those who may enter the one may enter the other."""
    return 0o700 | (folder.stat().st_mode & 0o055)


def _unwritable(folder: Path, error: OSError) -> IndexFault:
    """What to say when the disk refuses."""
    return IndexFault(
        f"{folder} cannot be written ({error.strerror}); the index before goes on serving. "
        "Free space, mend the permissions or name another index folder"
    )
