"""The git commit with exactly the documents that are in a library's folder.

Git only lists the names and hashes of the committed files. This module compares the files with them, because
`git status` runs commands that the repository names.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.documents.folder import is_supported, scan
from index.errors import ContentError, GitError
from index.repository import git

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index.repository.git import Entry


def commit_of(content: Path) -> str:
    """Return the id of the checked-out commit if it has every document of a folder unchanged; else an empty string.

    Files that are not documents are ignored. Files that git converts on checkout (line ends, Git LFS) count
    as changed.
    """
    try:
        base = content.resolve(strict=True)
        with git.opened(base) as repository:
            commit = repository.resolve("HEAD")
            inside = base.relative_to(repository.top).as_posix()
            entries = repository.entries(commit, inside)
        documents = {found.path for found in scan(base).files}
    except (GitError, ContentError, OSError, RuntimeError):
        return ""
    committed = {
        path: entry
        for entry in entries
        if _is_document(path := entry.path if inside == "." else entry.path.removeprefix(f"{inside}/"))
    }
    if not documents or not documents <= committed.keys():
        return ""
    return commit if all(_is_unchanged(base, path, committed) for path in committed) else ""


def _is_document(path: str) -> bool:
    """Return True if a file with this path in the library may be a document."""
    return is_supported(path) and not f"/{path}".count("/.")


def _is_unchanged(base: Path, path: str, committed: Mapping[str, Entry]) -> bool:
    """Return True if a file equals its entry in the commit; a link must lead to a committed document."""
    file, entry = base / path, committed[path]
    try:
        status = file.lstat()
        if stat.S_ISLNK(status.st_mode):
            if file.resolve().relative_to(base).as_posix() not in committed:
                return False
            data = os.fsencode(file.readlink())
            return entry.mode == git.LINK and _blob_hash(entry.id, len(data), data).hexdigest() == entry.id
        if entry.mode == git.LINK or not stat.S_ISREG(status.st_mode):
            return False
        with file.open("rb") as opened:
            hashed = hashlib.file_digest(opened, lambda: _blob_hash(entry.id, status.st_size))
    except (OSError, RuntimeError, ValueError):  # missing, a loop of links, or a link that leaves the library
        return False
    return hashed.hexdigest() == entry.id


def _blob_hash(id: str, size: int, data: bytes = b"") -> Any:
    r"""Return the hash object for git's id of a file of this size, updated with `data`.

    The length of `id` decides between SHA-1 and SHA-256.

    >>> _blob_hash("0" * 40, 6, b"hello\n").hexdigest()
    'ce013625030ba8dba906f756967f9e9ca394464a'
    """
    name = "sha1" if len(id) == 40 else "sha256"
    return hashlib.new(name, b"blob %d\0" % size + data, usedforsecurity=False)
