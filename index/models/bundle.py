"""The folder of a compiled model: written whole or not at all, replaced atomically."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import EncoderError
from index.models.encoder import GRAPH, TOKENIZER, WEIGHTS, WORDS, Description, folders, key, load, sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[int, int], object]
    """Called with the words encoded so far and the words to encode."""

UNFINISHED = ".compiling-"
"""The start of a folder's name until the folder is complete."""

MAX_WORDS = 40_000
"""Words that get a row, those with the lowest tokens, which are the most frequent: BERT's vocabulary has 21,361, in 20 s."""

_ABANDONED_SECONDS = 3600


def publish(model: str, home: Path, fill: Callable[[Path], Description]) -> Path:
    """Have `fill` write a compiled model into a new folder, and move the folder to its name below `home`.

    Folders of the same model that the new folder supersedes are removed. If `fill` raises, nothing is left behind.
    Raises EncoderError if the folder cannot be stored.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        made = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=home))
        try:
            return _move(made, home, model, fill(made))
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise EncoderError(f"{model} cannot be stored in {home} ({error.strerror or error})") from error


def hashed(folder: Path, *names: str) -> dict[str, tuple[int, str]]:
    """Return size in bytes and sha256 of these files of a folder, of the three that every model has if none is named."""
    return {
        name: ((folder / name).stat().st_size, sha256(folder / name))
        for name in names or (GRAPH, WEIGHTS, TOKENIZER)
    }


def add_words(folder: Path, description: Description, progress: Progress | None = None) -> Description:
    """Add the rows of the tokenizer's whole words to a compiled encoder, in half precision, each at its token's place.

    Returns the description with the new file; it is written as the folder's manifest, too.
    """
    import numpy as np

    encoder = load(folder)
    tokens = sorted(encoder.whole_words().items(), key=itemgetter(1))[:MAX_WORDS]
    rows = np.zeros((max((token for _, token in tokens), default=-1) + 1, encoder.id.dimension), np.float16)
    done = 0

    def count(batch: int) -> None:
        nonlocal done
        done += batch
        if progress is not None:
            progress(done, len(tokens))

    if tokens:
        count(0)
        rows[[token for _, token in tokens]] = encoder.encode([word for word, _ in tokens], count)
    np.save(folder / WORDS, rows)
    description = replace(description, files=description.files | hashed(folder, WORDS))
    description.write(folder)
    return description


def _move(made: Path, home: Path, model: str, description: Description) -> Path:
    """Sync the folder, rename it to its name below home, and remove those that it supersedes."""
    folder = home / f"{key(model)}.{description.id.sha256[:12]}"
    made.chmod(0o755)
    for path in [*made.iterdir(), made]:
        _sync(path)
    superseded = [path for path in folders(model, home) if path != folder]
    if folder.exists():
        superseded.append(home / f"{made.name}-superseded")
        folder.replace(superseded[-1])
    made.replace(folder)
    _sync(home)
    for path in superseded:
        shutil.rmtree(path, ignore_errors=True)
    return folder


def _sweep(home: Path) -> None:
    """Remove unfinished folders that a killed process left behind an hour ago or earlier."""
    for path in home.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    """Make the system write a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
