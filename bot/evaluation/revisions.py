"""The library as it was: an older generation, or its content at a git revision."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import GoldError
from bot.evaluation.gold import Gold, read

if TYPE_CHECKING:
    from bot.library import Library
    from index.generation import Generation
    from index.store import Store


@dataclass(frozen=True, slots=True)
class Revision:
    """A library as it was, while it is open."""

    name: str
    generation: Generation
    store: Store
    gold: dict[str, Gold]
    """Its own version of the gold questions, by id; empty where it has none."""


@contextmanager
def opened(library: Library, name: str, gold: Path) -> Iterator[Revision]:
    """The revision of a library with this name, a generation's id (or how it begins) or a git revision.

    The content at a git revision is built in a temporary folder with the library's own encoder; what it shares with the
    current generation is not encoded again. Raises GoldError where there is no such revision.
    """
    ids = [id for id in library.store.ids() if name and id.startswith(name)]
    if len(ids) > 1:
        raise GoldError(
            f"{name} begins the ids of {len(ids)} generations: {', '.join(ids)}; write more of it"
        )
    if ids:
        with library.store.open(ids[0]) as generation:
            _same_encoder(library, generation)
            yield Revision(f"generation {ids[0]}", generation, library.store, {})
        return
    with tempfile.TemporaryDirectory(prefix="strata-") as folder:
        yield from _built(library, name, gold, Path(folder))


def _built(library: Library, name: str, gold: Path, folder: Path) -> Iterator[Revision]:
    from index.build import build
    from index.store import Store

    content = library.settings.content.resolve()
    if not content.is_dir():
        raise GoldError(
            f"{name} is no generation ({_those(library)}), and {content} is no folder of a git repository"
        )
    root = _git(content, "rev-parse", "--show-toplevel")
    if root is None:
        raise GoldError(f"{name} is no generation ({_those(library)}), and {content} is in no git repository")
    top = Path(os.fsdecode(root).strip())
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit is None:
        raise GoldError(f"{name} is neither a generation ({_those(library)}) nor a revision of {top}")
    sha = commit.decode().strip()
    then = _extracted(top, sha, content, folder)
    if then is None:
        raise GoldError(f"the revision {name} has no folder {content.relative_to(top)}")
    store = Store(folder / "index")
    _borrow(library.generation, store)
    build(then, store, library.encoder)
    with store.current() as generation:
        yield Revision(
            f"{name} ({sha[:12]})", generation, store, _gold_then(top, sha, gold.resolve(), folder)
        )


def _those(library: Library) -> str:
    return f"there is {', '.join(library.store.ids())}"


def _gold_then(top: Path, sha: str, gold: Path, folder: Path) -> dict[str, Gold]:
    """The gold questions of that revision; none where it has none that can be read."""
    then = _extracted(top, sha, gold, folder)
    if then is None:
        return {}
    try:
        return {question.id: question for question in read(then)}
    except GoldError:
        return {}


def _extracted(top: Path, sha: str, path: Path, folder: Path) -> Path | None:
    """A file or folder of the repository as it was, below `folder`; None where the revision does not have it."""
    if not path.is_relative_to(top):
        return None
    inside = path.relative_to(top).as_posix()
    archive = _git(top, "archive", "--format=tar", sha, "--", inside)
    if archive is None:
        return None
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder / "then", filter=_contained)  # noqa: S202 - the filter refuses what leads out
    return folder / "then" / inside


def _contained(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """A file that stays in the folder; a link out of it is left out, as it is of every library."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def _borrow(generation: Generation, store: Store) -> None:
    """Put a generation into another store, so that a build there takes its rows over; its files are shared."""
    target = store.generations / generation.id
    target.mkdir(parents=True)
    for file in generation.folder.iterdir():
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copy2(file, target / file.name)  # on another file system
    store.pointer.write_text(f"{generation.id}\n")


def _same_encoder(library: Library, generation: Generation) -> None:
    built = generation.manifest.encoder
    if built != library.encoder.id:
        raise GoldError(
            f"generation {generation.id} was built with the encoder {built.name} ({built.sha256[:8]}), "
            f"not {library.encoder.id.name}; compare with a git revision, which is built anew"
        )


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git says; None where it fails or is not there."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=True).stdout  # noqa: S603 - no shell
    except (OSError, subprocess.SubprocessError):
        return None
