"""The files that .strataignore and .gitignore leave out of a library, in git's syntax."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

NAMES = (".gitignore", ".strataignore")
"""The names of the files with patterns; the patterns of the last name decide."""
MAX_IGNORE_BYTES = 100_000
"""The part of such a file that is read."""


class Ignores:
    """The patterns of a library's ignore files; those of a folder apply to everything below it."""

    def __init__(self) -> None:
        self._specs: list[tuple[str, Any]] = []  # the folder of each file, and its patterns

    def add(self, folder: str, entries: Iterable[os.DirEntry[str]]) -> None:
        """Read the ignore files among the entries of a folder; an invalid pattern is left out.

        Args:
            folder: The path below the library's folder, "" for the library's folder itself.
            entries: The files and folders in the folder.
        """
        found = {entry.name: entry for entry in entries if entry.name in NAMES}
        for name in NAMES:
            if name in found and found[name].is_file(follow_symlinks=False):
                lines = _lines(Path(found[name].path))
                if lines:
                    self._specs.append((f"{folder}/" if folder else "", _spec(lines)))

    def match(self, path: str, *, is_folder: bool) -> bool:
        """Return whether a path below the library's folder is left out; the file nearest to the path decides."""
        for folder, spec in reversed(self._specs):
            if path.startswith(folder):
                inside = path[len(folder) :] + ("/" if is_folder else "")
                decision: bool | None = spec.check_file(inside).include
                if decision is not None:
                    return decision
        return False


def _lines(file: Path) -> list[str]:
    """Return the patterns in a file; none if it cannot be read."""
    try:
        with file.open("rb") as stream:
            text = stream.read(MAX_IGNORE_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _spec(lines: list[str]) -> Any:
    """Return the patterns as one object, without those that are invalid."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        valid = []
        for line in lines:
            try:
                GitIgnoreSpec.from_lines([line])
            except ValueError:
                continue
            valid.append(line)
        return GitIgnoreSpec.from_lines(valid)
