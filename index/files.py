"""Files and folders that Strata writes: whole or not at all, and for their owner alone where they hold private text."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from index.errors import WriteError

DRAFT_PREFIX = ".strata-"
"""How the name of a file begins that is being written; a process that is killed may leave such a file behind."""


def atomic_write(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace a file in one step, so that a reader or a crash meets the old data or the new data.

    Args:
        path: The file; if it is a symbolic link, the file that it leads to is replaced.
        data: The new content.
        mode: The permissions of the new file. Without it a file keeps the permissions that it has, and a new file
            gets the usual ones.

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
        sync_folder(target.parent)
    except OSError as error:
        raise WriteError(
            f"{path} cannot be written ({error.strerror}); free space, or check the permissions of the folder"
        ) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone; raises OSError.

    A folder that exists keeps its permissions.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)


def make_private(folder: Path) -> None:
    """Take the permissions on an existing folder of this user away from all others."""
    with contextlib.suppress(OSError):  # not there yet, or somebody else's
        mode = folder.stat().st_mode
        if mode & 0o077:
            folder.chmod(stat.S_IMODE(mode) & 0o700)


def shared_mode(folder: Path) -> int:
    """Return the permissions of files in a folder: those who may enter the folder may read its files.

    A file in a folder of mode 0700 gets 0600, and in a folder of mode 0750 it gets 0640. Raises OSError.
    """
    return 0o600 | (folder.stat().st_mode & 0o044)
