"""The files of a library's folder, and the ids of their documents."""

from __future__ import annotations

import errno
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.documents.ignores import Ignores
from index.errors import ContentError
from index.types import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


MARKDOWN = frozenset({".md", ".markdown", ".mdx", ".mkd", ".mkdn", ".mdown"})
MARKUP = frozenset({".rst", ".rest", ".adoc", ".asciidoc", ".org"})
TABLES = frozenset({".csv", ".tsv"})
SUFFIXES = MARKDOWN | MARKUP | TABLES | {".txt", ".text", ".html", ".htm", ".pdf", ".docx", ".ipynb"}
PLAIN_NAMES = frozenset({"readme", "changelog", "changes", "news", "notes", "history", "contributing", "faq"})
"""The names of files without a suffix that are text by custom, in lower case."""
MAX_FILE_BYTES = 5_000_000
"""The size of the largest file that is read: about 800,000 words."""

_STRATA_FILES = frozenset({"adapter.safetensors", "calibration.yaml", "embeddings.npz", "strata.yaml"})
"""Files that Strata itself reads or writes, which may be among the documents."""

QUESTIONS_ENDING = ".questions.yaml"
"""The end of a question file's name (see index.documents.expected_questions)."""


LINK_OUT = "the link points to a file outside the library; copy the file here instead"
"""The message for a symbolic link that leaves the library's folder."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the library that has not been read yet."""

    path: str
    """The path below the library's folder, in POSIX form."""
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a library and the problems of files that cannot be read, both sorted by path."""

    files: tuple[Found, ...]
    problems: tuple[Problem, ...]
    others: tuple[str, ...] = ()
    """The paths of files of other formats, sorted."""
    ignored: int = 0
    """The number of files and folders that .strataignore or .gitignore leaves out."""
    questions: tuple[Found, ...] = ()
    """The files of expected questions."""

    @property
    def passed_over(self) -> dict[str, int]:
        """The number of files with each unsupported suffix; the suffix is "" for files without a suffix."""
        return dict(Counter(PurePosixPath(path).suffix.lower() for path in self.others))


def document_id(path: str) -> str:
    """Return the id that a document gets unless another document has it: the path without its suffix.

    >>> document_id("models/anthropic.md")
    'models/anthropic'
    """
    return str(PurePosixPath(path).with_suffix(""))


def is_supported(path: str) -> bool:
    """Return whether a file's name is that of a document.

    >>> is_supported("a/HAZEL.TXT"), is_supported("README"), is_supported("Makefile")
    (True, True, False)
    """
    name = PurePosixPath(path).name
    suffix = PurePosixPath(name).suffix.lower()
    return suffix in SUFFIXES or (not suffix and name.lower() in PLAIN_NAMES)


def assign_ids(paths: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the id of each path: its known id, else the path without its suffix, else the whole path.

    A document keeps its id when other files are added or removed, because links, gold questions and `related`
    use the id. Of new documents with the same stem, Markdown comes first.

    Args:
        paths: The paths of readable files, so that a broken file never takes an id from a good file.
        known: The ids of documents in the index, by path.

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
    """Return the files of supported formats below a folder; only names and sizes are read.

    Hidden files and folders are left out without a problem, and so are links to folders inside the library, whose
    files are listed where they are. Files of other formats are listed in `others`, and what a .strataignore or
    .gitignore in the library names is counted in `ignored`.

    Raises:
        ContentError: The folder is missing or cannot be listed.
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
    others: list[str] = []
    ignores = Ignores()
    ignored = 0
    ignores.add("", entries)
    questions: list[Found] = []
    stack = entries[::-1]
    while stack:
        entry = stack.pop()
        if entry.name.startswith("."):
            continue
        path = Path(entry.path).relative_to(base).as_posix()
        try:
            if ignores.match(path, is_folder=entry.is_dir(follow_symlinks=False)):
                ignored += 1
                continue
            if entry.is_symlink() and not is_inside(Path(entry.path), base):
                if entry.is_dir() or is_supported(entry.name) or entry.name.endswith(QUESTIONS_ENDING):
                    problems.append(_problem(path, LINK_OUT))
            elif entry.is_dir(follow_symlinks=False):
                inside = sorted(os.scandir(entry.path), key=lambda entry: entry.name, reverse=True)
                ignores.add(path, inside)
                stack.extend(inside)
            elif entry.name.endswith(QUESTIONS_ENDING) and entry.is_file():
                _add(path, entry.stat(), questions, problems)
            elif not is_supported(entry.name):
                if entry.name not in _STRATA_FILES:
                    others.append(path)
            elif entry.is_file():
                _add(path, entry.stat(), files, problems)
            elif entry.is_symlink() and not entry.is_dir():
                problems.append(_problem(path, "the link points to a missing file; delete it"))
        except OSError as error:
            problems.append(_problem(path, unreadable(error)))
    files.sort(key=lambda file: file.path)
    questions.sort(key=lambda file: file.path)
    problems.sort(key=lambda problem: problem.path)
    return Listing(tuple(files), tuple(problems), tuple(sorted(others)), ignored, tuple(questions))


def unreadable(error: OSError) -> str:
    """Return the message for a file that the system cannot open."""
    if error.errno == errno.ELOOP:
        return "the link points to itself; delete it"
    if isinstance(error, FileNotFoundError):
        return "the file has been deleted since the library was listed; build again"
    return f"cannot be read ({error.strerror}); check its permissions"


def _add(path: str, status: os.stat_result, files: list[Found], problems: list[Problem]) -> None:
    """Add a file to the files or, if its name or size rules it out, a problem to the problems."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode(errors="backslashreplace").decode()
        problems.append(_problem(shown, "the file's name is not UTF-8; rename it"))
        return
    if status.st_size > MAX_FILE_BYTES:
        problems.append(_problem(path, too_large(status.st_size)))
    else:
        files.append(Found(path, status.st_size, status.st_mtime_ns))


def read(path: Path) -> bytes | None:
    """Return the bytes of a file, or None if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def is_inside(file: Path, base: Path) -> bool:
    """Return whether a file is below a folder after all links are followed."""
    try:
        return file.resolve().is_relative_to(base)
    except (OSError, RuntimeError):  # a link that points to itself
        return False


def too_large(size: int) -> str:
    """Return the message for a file with more than `MAX_FILE_BYTES`."""
    return f"the file has {size:,} bytes, more than {MAX_FILE_BYTES:,}; split it"


def _problem(path: str, message: str) -> Problem:
    return Problem(path, 1, message)
