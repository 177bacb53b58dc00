"""List the files of a library's folder, give them ids, and compare them with the index."""

from __future__ import annotations

import errno
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.errors import ContentError
from index.types import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


MARKDOWN = frozenset({".md", ".markdown"})
SUFFIXES = MARKDOWN | {".txt", ".html", ".htm", ".pdf", ".docx"}
LARGEST = 5_000_000
"""Bytes of the largest file that is read: about 800,000 words."""

_OWN = frozenset({"calibration.yaml", "strata.yaml"})
_OWN_ENDING = ".questions.yaml"
"""Files of Strata's own that may be among the documents."""


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
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """How many files have each suffix that is not supported, "" for none."""


def document_id(path: str) -> str:
    """Return the id that a document has unless another has it already: the path without its suffix.

    >>> document_id("models/anthropic.md")
    'models/anthropic'
    """
    return str(PurePosixPath(path).with_suffix(""))


def assign_ids(paths: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the id of each path: the one that it has, else the path without its suffix, else the whole path.

    Only paths that can be read are given, so that a broken file never takes an id from a good one. A document
    keeps its id (see `known`, path to id) whatever is added or removed beside it, because links, gold questions
    and `related` use it; of new documents that share a stem, Markdown comes first.

    >>> assign_ids(["notes.docx", "notes.md", "notes.txt"], {"notes.txt": "notes"})
    {'notes.txt': 'notes', 'notes.md': 'notes.md', 'notes.docx': 'notes.docx'}
    """
    paths = sorted(paths, key=lambda path: (PurePosixPath(path).suffix.lower() not in MARKDOWN, path))
    ids = {path: known[path] for path in paths if path in known}
    taken = set(ids.values())
    for path in paths:
        if path not in ids:
            choices = [document_id(path), path, *(f"{path}-{number}" for number in range(2, len(paths) + 3))]
            ids[path] = next(id for id in choices if id not in taken)
            taken.add(ids[path])
    return ids


def scan(root: Path) -> Listing:
    """Return the files that can be read below a folder, from their names and sizes alone.

    Hidden files and folders are left out without a word; so are links to folders inside of the library, whose
    files are listed where they are. Files of other kinds are counted.

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
    passed_over: Counter[str] = Counter()
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
                if entry.name in _OWN or entry.name.endswith(_OWN_ENDING):
                    continue
                passed_over[Path(entry.name).suffix.lower()] += 1
            elif entry.is_file():
                _keep(path, entry.stat(), files, problems)
            elif entry.is_symlink() and not entry.is_dir():
                problems.append(_problem(path, "the link leads to nothing; delete it"))
        except OSError as error:
            problems.append(_problem(path, unreadable(error)))
    files.sort(key=lambda file: file.path)
    problems.sort(key=lambda problem: problem.path)
    return Listing(tuple(files), tuple(problems), passed_over)


def unreadable(error: OSError) -> str:
    """Return the message for a file that the system does not open."""
    if error.errno == errno.ELOOP:
        return "the link leads in a circle; delete it"
    if isinstance(error, FileNotFoundError):
        return "the file has gone; build again"
    return f"cannot be read ({error.strerror}); check its permissions"


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
    except (OSError, RuntimeError):  # a link that leads in a circle
        return False


def too_large(size: int) -> str:
    """What is said of a file of so many bytes."""
    return f"the file has {size:,} bytes, more than {LARGEST:,}; split it"


def _problem(path: str, message: str) -> Problem:
    return Problem(path, 1, message)
