"""Older versions of a library: an older generation, or the content at a git revision."""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bot.errors import GoldError
from bot.evaluation.gold import Gold, read
from index.errors import GitError
from index.repository import git

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.library import Library
    from index.repository.git import Entry, Repository
    from index.store.generation import Generation
    from index.store.store import Store

_MAX_LINKS = 8
"""The most symbolic links to follow from a path to a file."""


@dataclass(frozen=True, slots=True)
class Revision:
    """An older version of a library, while it is open."""

    name: str
    generation: Generation
    store: Store
    gold: dict[str, Gold]
    """The gold questions of that version, by id; empty if it has no gold questions."""


@contextmanager
def open_revision(library: Library, name: str, gold: Path) -> Iterator[Revision]:
    """Open the revision of a library with this name: a generation's id, the beginning of an id, or a git revision.

    The content of a git revision is built in a temporary folder with the library's encoder; texts that the current
    generation has too are not encoded again. Raises GoldError if there is no such revision.
    """
    ids = [id for id in library.store.ids() if name and id.startswith(name)]
    if len(ids) > 1:
        raise GoldError(f"{name} is the beginning of {len(ids)} ids: {', '.join(ids)}; write more of the id")
    if ids:
        with library.store.open(ids[0]) as generation:
            _same_encoder(library, generation)
            yield Revision(f"generation {ids[0]}", generation, library.store, {})
        return
    with tempfile.TemporaryDirectory(prefix="strata-") as folder:
        yield from _build_revision(library, name, gold, Path(folder))


def _build_revision(library: Library, name: str, gold: Path, folder: Path) -> Iterator[Revision]:
    from index.build.builder import build
    from index.store.store import Store

    content = library.settings.content.resolve()
    if not content.is_dir():
        raise GoldError(
            f"{name} is not a generation ({_known_ids(library)}), and there is no folder {content} with a git repository"
        )
    with ExitStack() as stack:
        try:
            repository = stack.enter_context(git.opened(content))
        except GitError as error:
            raise GoldError(f"{name} is not a generation ({_known_ids(library)}), and {error}") from error
        try:
            commit = repository.resolve(name)
        except GitError as error:
            raise GoldError(
                f"{name} is neither a generation ({_known_ids(library)}) nor a revision of {repository.top}"
            ) from error
        if not extract(repository, commit, content, folder / "content"):
            raise GoldError(f"the revision {name} has no folder {content.relative_to(repository.top)}")
        store = Store(folder / "index")
        # Most documents are the same in both versions, so only the differences are encoded.
        _share_generation(library.store, library.generation.id, store)
        build(folder / "content", store, library.encoder)
        old_gold = _old_gold(repository, commit, gold.resolve(), folder / "gold")
    with store.current() as generation:
        yield Revision(f"{name} ({commit[:12]})", generation, store, old_gold)


def _known_ids(library: Library) -> str:
    return f"the generations are {', '.join(library.store.ids())}"


def _old_gold(repository: Repository, commit: str, gold: Path, folder: Path) -> dict[str, Gold]:
    """Return the gold questions of a commit, by id; empty if it has none that can be read."""
    try:
        if not extract(repository, commit, gold, folder):
            return {}
        return {question.id: question for question in read(folder)}
    except (GitError, GoldError):
        return {}


def extract(repository: Repository, commit: str, source: Path, target: Path) -> bool:
    """Write a file or a folder of the work tree as it was in a commit; return False if the commit does not have it.

    The bytes are those of the commit: no filter, no `export-subst` and no `export-ignore` of `.gitattributes` applies.
    A link to a file below `source` becomes a copy of that file; other links and submodules are left out.

    Args:
        repository: The repository.
        commit: The id of a commit.
        source: A path in the work tree, without symbolic links.
        target: The path of the copy, where nothing exists yet.

    Raises:
        GitError: The repository cannot be read.
    """
    if not source.is_relative_to(repository.top):
        return False
    inside = source.relative_to(repository.top).as_posix()
    entries = {entry.path: entry for entry in repository.entries(commit, inside) if _is_safe(entry.path)}
    links = [entry.id for entry in entries.values() if entry.mode == git.LINK]
    targets = repository.blobs(links)
    files = {path: id for path in entries if (id := _file_of(path, entries, targets))}
    data = repository.blobs(files.values())
    for path, id in files.items():
        file = target / PurePosixPath(path).relative_to(inside)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data[id])
    return bool(entries)


def _is_safe(path: str) -> bool:
    """Return True if a path of a commit stays below the folder that it is written to.

    >>> _is_safe("models/nvidia.md"), _is_safe("../nvidia.md"), _is_safe("/etc/passwd")
    (True, False, False)
    """
    return not {"", ".", ".."}.intersection(path.split("/"))


def _file_of(path: str, entries: Mapping[str, Entry], targets: Mapping[str, bytes]) -> str:
    """Return the id of the file that a path names, links followed; empty if it names no file of the entries."""
    # Bounded, because links can point to each other in a circle.
    for _ in range(_MAX_LINKS):
        entry = entries.get(path)
        if entry is None or entry.mode in git.FILES:
            return entry.id if entry else ""
        if entry.mode != git.LINK:
            return ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), os.fsdecode(targets[entry.id])))
    return ""


def _share_generation(store: Store, id: str, other: Store) -> None:
    """Link a generation into another store, so that a build there reuses its rows."""
    target = other.generations / id
    target.mkdir(parents=True)
    for file in (store.generations / id).iterdir():
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copy2(file, target / file.name)  # no hard link to another file system
    other.pointer.write_text(f"{id}\n")


def _same_encoder(library: Library, generation: Generation) -> None:
    built = generation.manifest.encoder
    if built != library.encoder.id:
        raise GoldError(
            f"generation {generation.id} was built with the encoder {built.name} ({built.sha256[:8]}), "
            f"not {library.encoder.id.name}; compare with a git revision, which is built with this encoder"
        )
