"""The commands on the cache folder, which can remove the indexes of deleted libraries."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.console import echo, note, one_line, warn
from bot.cli.options import located

if TYPE_CHECKING:
    from bot.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class StaleIndex:
    """An index in the cache whose library no longer exists."""

    folder: Path
    library: Path | None
    """The folder that it was built from, which is gone; None if an older version of Strata built it."""
    size: int
    """In bytes."""

    def __str__(self) -> str:
        from bot.display import on_one_line

        where = self.library or "an unknown library (an older version of Strata built it)"
        return on_one_line(f"{self.folder} ({size_text(self.size)}), of {where}")


def stale_indexes(settings: Settings) -> list[StaleIndex]:
    """Return the indexes in the cache whose library was moved or deleted, or is not known, by path.

    The index of the library that the settings name is never among them.
    """
    from index.store.store import Store

    own = settings.index_folder().absolute()
    found = []
    for folder in _folders(settings.indexes_folder()):
        store = Store(folder)
        library = store.library_folder()
        if folder.absolute() != own and (library is None or _is_gone(library)):
            found.append(StaleIndex(folder, library, _size(folder)))
    return found


def size_text(size: int) -> str:
    """Return a number of bytes in a unit that fits.

    >>> size_text(999), size_text(12_345), size_text(4_200_000)
    ('999 bytes', '12.3 kB', '4.2 MB')
    """
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size} bytes"


def _is_gone(library: Path) -> bool:
    """Return True if there is no such folder; False if that is unknown."""
    try:
        return not stat.S_ISDIR(library.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False


def _folders(parent: Path) -> list[Path]:
    """Return the folders of indexes, by path."""
    try:
        return sorted(path for path in parent.iterdir() if (path / "generations").is_dir())
    except OSError:
        return []


def _size(folder: Path) -> int:
    """Return the bytes of the files below a folder."""
    total = 0
    for path in folder.rglob("*"):
        try:
            # `lstat` does not follow links, so a link to a large folder counts nothing.
            total += path.lstat().st_size
        except OSError:
            continue  # removed meanwhile
    return total


@click.group(short_help="Show or clean up the cache folder.")
def cache() -> None:
    """Show the cache folder, or remove the indexes of libraries that are gone."""


@cache.command(name="dir", short_help="Print the cache folder.")
@located
def dir_(settings: Settings) -> int:
    """Print the folder of compiled encoders and indexes."""
    echo(one_line(str(settings.cache_folder())))
    return 0


@cache.command(short_help="Remove indexes of libraries that are gone.")
@click.option("--dry-run", is_flag=True, help="List what would be removed.")
@located
def prune(settings: Settings, dry_run: bool) -> int:
    """Remove the indexes of libraries that were moved or deleted.

    An index that an older version of Strata built does not name its library and is removed, too. `strata ask` and
    `strata build` build an index again if its library is still there.
    """
    from index.store.store import Store

    removed = 0
    kept = 0
    for stale in stale_indexes(settings):
        if not dry_run and not Store(stale.folder).remove():
            warn(f"{stale} is in use or cannot be removed")
            kept += 1
            continue
        echo(str(stale))
        removed += stale.size
    note(f"{'would remove' if dry_run else 'removed'} {size_text(removed)}")
    return 1 if kept else 0
