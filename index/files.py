"""Atomic writes, and the permissions of files and folders that hold private text."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from index.errors import WriteError

DRAFT_PREFIX = ".strata-"
"""Prefix of the names of files that are being written. A killed process may leave such files behind."""


def atomic_write(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace a file atomically: readers see the old data or the new data, even after a crash.

    Args:
        path: The file; if it is a symbolic link, the target of the link is replaced.
        data: The new content.
        mode: The permissions of the file. By default, an existing file keeps its permissions and a new file gets those
            of the umask.

    Raises:
        WriteError: The disk is full or the folder is read-only. The old file is untouched and nothing is left behind.
    """
    target = Path(os.path.realpath(path))
    draft = target.with_name(f"{DRAFT_PREFIX}{secrets.token_hex(8)}")
    try:
        with contextlib.suppress(FileNotFoundError):
            mode = stat.S_IMODE(target.stat().st_mode) if mode is None else mode
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                if mode is not None:
                    os.fchmod(descriptor, mode)
                file.flush()
                os.fsync(descriptor)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync(target.parent)
    except OSError as error:
        raise WriteError(
            f"{path} cannot be written ({error.strerror}); free space, or check the permissions of the folder"
        ) from error


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk, so that they survive a power failure; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, accessible to their owner only; raises OSError.

    Existing folders keep their permissions.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)


def make_private(folder: Path) -> None:
    """Remove the permissions of group and others from a folder, if it exists and belongs to this user."""
    with contextlib.suppress(OSError):  # missing, or owned by another user
        mode = folder.stat().st_mode
        if mode & 0o077:
            folder.chmod(stat.S_IMODE(mode) & 0o700)


def shared_mode(folder: Path) -> int:
    """Return the permissions for files in a folder: whoever may read the folder may read its files.

    A file in a folder of mode 0700 gets 0600, and in a folder of mode 0750 it gets 0640. Raises OSError.
    """
    return 0o600 | (folder.stat().st_mode & 0o044)
