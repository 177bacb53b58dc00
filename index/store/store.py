"""The index folder with its generations.

    CURRENT                 the id of the current generation; replaced atomically, as the last step of a build
    LIBRARY                 the path of the folder with the documents, as bytes
    build.lock              locked by the process that builds
    generations/<id>/       see index.store.manifest
    generations/.*          a generation that is being written or removed; the next build removes leftovers

Readers need no write permission. The files hold the documents' text, so a new index folder is private to its
owner. In an existing folder, new files get the folder's permissions.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import GenerationError, IndexFault, LockedError, NoGenerationError
from index.files import DRAFT_PREFIX, atomic_write, make_private_folder, shared_mode, sync
from index.store.generation import Generation, read
from index.store.manifest import MANIFEST, NEXT_STEP, seen_path
from index.store.writer import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.store.writer import Draft
    from index.types import Manifest

__all__ = ["Generation", "Store"]

_ID = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}")

_RETRY_SECONDS = 0.05
"""Pause between two attempts to lock the folder."""


class Store:
    """The generations in an index folder. Several processes may read while one process builds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generations = folder / "generations"
        self.pointer = folder / "CURRENT"
        self.library = folder / "LIBRARY"

    def ids(self) -> list[str]:
        """Return the ids of all generations, oldest first; raises GenerationError if the folder cannot be read."""
        try:
            return sorted(path.name for path in self.generations.iterdir() if _ID.fullmatch(path.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise GenerationError(
                f"{self.generations} cannot be read ({error.strerror}); choose another index folder"
            ) from error

    def open(self, id: str, damage: str = "") -> Generation:
        """Check and open the generation with this id; raises GenerationError.

        `damage` says what is wrong with the current generation, if this generation serves in its place.
        """
        if not _ID.fullmatch(id):
            raise GenerationError(f'{self.pointer} names no generation: "{id[:60]}"; {NEXT_STEP}')
        return read(self.generations / id, id, damage)

    def current(self) -> Generation:
        """Open the current generation.

        If it is damaged, the newest intact older generation is opened instead, or else the newest intact
        generation; its `warning` says so.

        Raises:
            NoGenerationError: Nothing has been built yet.
            GenerationError: No generation can be read.
        """
        current = self._current_id()
        while True:
            damage = GenerationError(f"{self.pointer} is missing; {NEXT_STEP}")
            if current:
                try:
                    return self.open(current)
                except GenerationError as error:
                    damage = error
            newer = self._current_id()
            if newer == current:
                break
            current = newer  # another process has just replaced and pruned the generation
        others = [id for id in reversed(self.ids()) if id != current]
        if not current and not others:
            raise NoGenerationError(f"nothing has been built in {self.folder} yet; {NEXT_STEP}")
        for id in [*(id for id in others if id < current), *(id for id in others if id > current)]:
            with contextlib.suppress(GenerationError):
                return self.open(id, str(damage))
        raise damage

    def before(self, day: date) -> Generation | None:
        """Open the newest generation that was written before a day; None if no such generation is kept or can be read."""
        for id in reversed(self.ids()):
            if id[:8] < f"{day:%Y%m%d}":
                with contextlib.suppress(GenerationError):
                    return self.open(id)
        return None

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
                # The rename keeps others from opening a folder that is partly removed.
                removed = self.folder.rename(self.folder.with_name(f".old-{self.folder.name}-{os.getpid()}"))
                shutil.rmtree(removed)
        except (OSError, IndexFault):
            return False
        return True

    @contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[Writer]:
        """Lock the folder for building, and remove leftovers of killed builds.

        The system releases the lock if the process dies.

        Args:
            wait: Seconds to wait for another build to end.

        Raises:
            LockedError: Another build is still running.
            IndexFault: The folder cannot be written to.
        """
        path = self.folder / "build.lock"
        with contextlib.ExitStack() as stack:
            try:
                make_private_folder(self.folder)
                self.generations.mkdir(mode=_folder_mode(self.folder), exist_ok=True)
                lock = os.open(path, os.O_RDWR | os.O_CREAT, shared_mode(self.folder))
                stack.callback(os.close, lock)
                _acquire(lock, self.folder, time.monotonic() + wait)
                self._remove_leftovers()
            except OSError as error:
                raise _unwritable(self.folder, error) from error
            stack.callback(_sign, lock, "")
            yield Writer(self)

    def _current_id(self) -> str:
        """Return the id in the pointer file; empty if there is no pointer file."""
        try:
            return self.pointer.read_bytes().decode(errors="replace").strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise GenerationError(f"{self.pointer} cannot be read ({error.strerror})") from error

    def _remove_leftovers(self) -> None:
        """Remove partly written and partly removed files of killed builds."""
        kept = {seen_path(self.generations / id) for id in self.ids()}
        for path in self.generations.glob(".*"):
            if path.is_dir():
                shutil.rmtree(path)
            elif path not in kept:
                path.unlink(missing_ok=True)
        for path in self.folder.glob(f"{DRAFT_PREFIX}*"):
            path.unlink(missing_ok=True)


class Writer:
    """The operations that need the lock of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, draft: Draft) -> Generation:
        """Write a draft as the current generation, and return the open generation.

        Raises:
            IndexFault: The draft could not be written; the previous generation stays current.
        """
        store = self._store
        created = datetime.now(UTC)
        if ids := store.ids():
            newest = datetime.strptime(ids[-1][: ids[-1].index("-")] + "+0000", "%Y%m%dT%H%M%S%fZ%z")
            created = max(
                created, newest + timedelta(microseconds=1)
            )  # ids stay in order even if the clock was set back
        folder = store.generations / ".new"
        try:
            folder.mkdir(mode=_folder_mode(store.generations))
            manifest = write(folder, draft, created.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
            sync(folder)
            generation = self._verified(folder, manifest)
            folder.rename(store.generations / manifest.id)
            sync(store.generations)
            atomic_write(store.pointer, f"{manifest.id}\n".encode(), shared_mode(store.folder))
        except OSError as error:
            raise _unwritable(store.folder, error) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return generation

    def record(self, content: Path) -> None:
        """Note the library's folder in the index; raises WriteError."""
        store = self._store
        content = content.resolve()
        if store.library_folder() != content:
            atomic_write(store.library, os.fsencode(content) + b"\n", shared_mode(store.folder))

    def hold(self, id: str, stack: contextlib.ExitStack) -> None:
        """Lock a generation until the stack closes, so that nobody opens it; raises BlockingIOError if it is open."""
        with contextlib.suppress(FileNotFoundError, IsADirectoryError, NotADirectoryError):
            manifest = stack.enter_context((self._store.generations / id / MANIFEST).open("rb"))
            fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def prune(self, keep: int = 3) -> list[str]:
        """Remove old generations and return their ids.

        The newest `keep` generations, the current generation and open generations stay.
        """
        store = self._store
        current = store.pointer.read_text().strip()
        old = [id for id in store.ids()[: -max(keep, 1)] if id != current]
        return [id for id in old if self._remove(id)]

    def _verified(self, folder: Path, manifest: Manifest) -> Generation:
        """Read a new generation back and return it; raises IndexFault if it differs from its manifest."""
        try:
            generation = read(folder, manifest.id)
            if generation.vectors.count == manifest.passages:
                return generation
        except GenerationError as error:
            raise IndexFault(f"the index was not stored correctly on the disk: {error}") from error
        raise IndexFault(f"{folder} has {generation.vectors.count} rows for {manifest.passages} passages")

    def _remove(self, id: str) -> bool:
        """Remove a generation; return False if it is open or cannot be removed."""
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
    """Lock an open lock file and sign it.

    Args:
        lock: The descriptor of the lock file.
        folder: The index folder, for messages.
        until: When to give up, in the time of time.monotonic.

    Raises:
        LockedError: Another build is still running.
    """
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= until:
                holder = os.pread(lock, 200, 0).decode(errors="replace") or "another process"
                raise LockedError(f"{folder} is being built by {holder}; wait for it to end") from None
            time.sleep(_RETRY_SECONDS)
    _sign(lock, f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")


def _sign(lock: int, holder: str) -> None:
    """Write the holder into the lock file."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, holder.encode(), 0)


def _folder_mode(folder: Path) -> int:
    """Return the permissions for a subfolder: whoever may enter the folder may enter the subfolder."""
    return 0o700 | (folder.stat().st_mode & 0o055)


def _unwritable(folder: Path, error: OSError) -> IndexFault:
    """Return the error for an index folder that cannot be written."""
    return IndexFault(
        f"{folder} cannot be written ({error.strerror}); the previous index stays in use. "
        "Free space, fix the permissions or choose another index folder"
    )
