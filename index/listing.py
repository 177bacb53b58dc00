"""The files of a library's folder: listed cheaply, and compared with what was read before."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.errors import ContentError
from index.types import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from index.generation import Generation

MARKDOWN = frozenset({".md", ".markdown"})
SUFFIXES = MARKDOWN | {".txt", ".html", ".htm", ".pdf", ".docx"}
LARGEST = 5_000_000
"""Bytes of the largest file that is read: about 800,000 words."""

_UNSURE_NS = 2_000_000_000
"""A file that changed this shortly before it was read may change again and keep its time: the coarsest clock
of a file system, FAT's, ticks every two seconds."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the library, not read yet."""

    path: str
    """Below the library's folder, in POSIX form."""
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a library, sorted by path, and what cannot be read."""

    files: tuple[Found, ...]
    problems: tuple[Problem, ...]


def document_id(path: str) -> str:
    """The path without its suffix.

    >>> document_id("models/anthropic.md")
    'models/anthropic'
    """
    return str(PurePosixPath(path).with_suffix(""))


def scan(root: Path) -> Listing:
    """The files that can be read below a folder, from their names and sizes alone.

    Hidden files and folders are passed over; so are links to folders inside of the library, whose files are
    listed where they are. Of two files with one id (a.md and a.txt) the first is kept.

    Raises:
        ContentError: the folder is missing or cannot be listed.
    """
    try:
        base = root.resolve(strict=True)
        entries = sorted(os.scandir(base), key=lambda entry: entry.name)
    except OSError as error:
        raise ContentError(
            f"the library's folder {root} cannot be read ({error.strerror}); name another with --content"
        ) from None
    files: list[Found] = []
    problems: list[Problem] = []
    stack = entries[::-1]
    while stack:
        entry = stack.pop()
        if entry.name.startswith("."):
            continue
        path = Path(entry.path).relative_to(base).as_posix()
        try:
            if entry.is_symlink() and not is_inside(Path(entry.path), base):
                if entry.is_dir() or Path(entry.name).suffix.lower() in SUFFIXES:
                    problems.append(
                        _problem(path, "the link leads out of the library; copy the file here instead")
                    )
            elif entry.is_dir(follow_symlinks=False):
                stack.extend(sorted(os.scandir(entry.path), key=lambda entry: entry.name, reverse=True))
            elif Path(entry.name).suffix.lower() not in SUFFIXES:
                continue
            elif entry.is_file():
                _keep(path, entry.stat(), files, problems)
            elif entry.is_symlink() and not entry.is_dir():
                problems.append(_problem(path, "the link leads to nothing; delete it"))
        except OSError as error:
            problems.append(_problem(path, f"cannot be read ({error.strerror}); check its permissions"))
    files.sort(key=lambda file: file.path)
    return _distinct(files, problems)


def _keep(path: str, status: os.stat_result, files: list[Found], problems: list[Problem]) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode(errors="backslashreplace").decode()
        problems.append(_problem(shown, "the file's name is not UTF-8; rename it"))
        return
    if status.st_size > LARGEST:
        problems.append(_problem(path, too_large(status.st_size)))
    else:
        files.append(Found(path, status.st_size, status.st_mtime_ns))


def _distinct(files: Iterable[Found], problems: list[Problem]) -> Listing:
    """The listing with one file for an id."""
    kept: dict[str, Found] = {}
    for file in files:
        id = document_id(file.path)
        if id in kept:
            message = f'the id "{id}" is that of {kept[id].path} already; rename one of the two'
            problems.append(_problem(file.path, message))
        else:
            kept[id] = file
    return Listing(tuple(kept.values()), tuple(sorted(problems, key=lambda p: p.path)))


def changed(content: Path, generation: Generation) -> bool:
    """Whether the library's folder is not as it was when this generation was built.

    Only files whose size or time differ are read. Raises ContentError where the folder is missing.
    """
    files = scan(content).files
    if len(files) != len(generation.files):
        return True
    sure = generation.read_ns - _UNSURE_NS
    for found in files:
        stamp = generation.files.get(found.path)
        if stamp is None:
            return True
        if (found.size, found.mtime_ns) == (stamp.size, stamp.mtime_ns) and found.mtime_ns < sure:
            continue
        data = read(content / found.path)
        if (hashlib.sha256(data).hexdigest() if data is not None else "") != stamp.sha256:
            return True
    return False


def read(path: Path) -> bytes | None:
    """The file's bytes; None where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def is_inside(file: Path, base: Path) -> bool:
    """Whether a file, its links followed, lies below a folder."""
    try:
        return file.resolve().is_relative_to(base)
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def too_large(size: int) -> str:
    """What is said of a file of so many bytes."""
    return f"the file has {size:,} bytes, more than {LARGEST:,}; split it"


def _problem(path: str, message: str) -> Problem:
    return Problem(path, 1, message)
