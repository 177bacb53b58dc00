"""The folder of a compiled model: its manifest, its verification, and how it is published and found.

    model.onnx        the graph from tokens to unit rows, optimised
    model.onnx.data   its weights, memory-mapped: only the parts that a question uses are in memory, and processes
                      share them
    tokenizer.json    from text to tokens
    words.npy         the embedding of each whole word of the tokenizer, by token id, and 0 for other tokens; without this
                      table, such words are encoded when a question needs them
    manifest.json     the model, and size and sha256 of each file
    verified.json     size, inode and times of the files whose sha256 was verified (see `verified`)

A folder is written whole or not at all, and replaced atomically.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import EncoderError, WriteError
from index.files import atomic_write, sync
from index.types import EncoderId

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = 1
"""Version of the folder's files."""

DEFAULT = "all-MiniLM-L6-v2"
"""The model that is used unless the settings name another model."""

GRAPH = "model.onnx"
WEIGHTS = "model.onnx.data"
TOKENIZER = "tokenizer.json"
WORDS = "words.npy"
MANIFEST = "manifest.json"
VERIFIED = "verified.json"

UNFINISHED = ".compiling-"
"""The start of a folder's name until the folder is complete."""

_ABANDONED_SECONDS = 3600
"""Age from which an unfinished folder is taken to be left behind by a killed process."""


@dataclass(frozen=True, slots=True)
class Description:
    """The manifest of a compiled model."""

    format: int
    name: str
    dimension: int
    max_tokens: int
    pad: int
    """The token id that fills up shorter texts of a batch."""
    query_prompt: str
    document_prompt: str
    weights: str
    """sha256 of the original weight file; of several files, the sha256 of the lines "sha256  name"."""
    license: str
    """The licence that the model card names, or an empty string."""
    created: str
    made_with: dict[str, str]
    """Package names and versions."""
    parity: float
    """The lowest cosine to sentence-transformers' embeddings of the probe texts; for a reranker the greatest
    difference."""
    files: dict[str, tuple[int, str]]
    """File names, with size in bytes and sha256."""
    kind: str = "encoder"
    """encoder or reranker."""

    @property
    def id(self) -> EncoderId:
        """The identity of the encoder: encoders with the same id give the same embeddings."""
        hashes = [self.files[name][1] for name in (GRAPH, WEIGHTS, TOKENIZER)]
        decisive = json.dumps([*hashes, self.query_prompt, self.document_prompt])
        return EncoderId(
            self.name, hashlib.sha256(decisive.encode()).hexdigest(), self.dimension, self.max_tokens
        )

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Description:
        """Return the manifest of a folder; raises EncoderError if it is missing or not valid."""
        try:
            values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise EncoderError(f"{folder} holds no compiled encoder; run: strata compile") from None
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"{folder / MANIFEST} cannot be read ({error}); run: strata compile"
            ) from error
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise EncoderError(f"{folder} was compiled by another version of Strata; run: strata compile")
        try:
            values["files"] = {name: (int(size), str(sha)) for name, (size, sha) in values["files"].items()}
            description = cls(**values)
            integers = (description.dimension, description.max_tokens, description.pad)
            texts = (
                description.name,
                description.query_prompt,
                description.document_prompt,
                description.kind,
            )
            is_valid = all(type(number) is int for number in integers) and all(
                type(text) is str for text in texts
            )
            needed = {GRAPH, WEIGHTS, TOKENIZER}
            is_valid = is_valid and needed <= set(description.files) <= needed | {WORDS}
        except (KeyError, TypeError, ValueError, AttributeError):
            is_valid = False
        if not is_valid:
            raise EncoderError(f"{folder / MANIFEST} is damaged; run: strata compile")
        return description


def publish(model: str, home: Path, fill: Callable[[Path], Description]) -> Path:
    """Compile a model into a new folder, move the folder to its name below `home`, and return its path.

    Superseded folders of the same model are removed. If `fill` raises, nothing is left behind.

    Args:
        model: A name, or a folder of weights.
        home: The folder of all compiled models of a kind.
        fill: Writes the compiled model into an empty folder and returns its manifest.

    Raises:
        EncoderError: The folder cannot be stored.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(home)
        made = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=home))
        try:
            return _move(made, home, model, fill(made))
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise EncoderError(f"{model} cannot be stored in {home} ({error.strerror or error})") from error


def verified(folder: Path, kind: str) -> Description:
    """Return the manifest of a folder after checking the kind of the model and the sizes and hashes of its files.

    Hashing 90 MB takes longer than the rest of a short command. So a file is hashed once, and its size,
    inode, times and sha256 are noted in the folder; any write to the file invalidates the note. If the note
    cannot be written, the file is hashed each time.

    Raises EncoderError if the folder is missing, damaged, of another version, or holds a model of another
    kind.
    """
    description = Description.read(folder)
    if description.kind != kind:
        raise EncoderError(f"{folder} holds a compiled {description.kind}; a compiled {kind} is needed")
    _verify(folder, description)
    return description


def find(model: str, home: Path) -> Path | None:
    """Return the folder of the newest compilation of a model (a name or a folder of weights), or None."""
    compilations: list[tuple[str, Path]] = []
    for folder in folders(model, home):
        with contextlib.suppress(EncoderError):
            description = Description.read(folder)
            if description.name == model_name(model):
                compilations.append((description.created, folder))
    return max(compilations)[1] if compilations else None


def folders(model: str, home: Path) -> list[Path]:
    """Return all folders of a model below home, including folders of other versions and damaged folders."""
    pattern = re.compile(re.escape(key(model)) + r"\.[0-9a-f]{12}")
    return [path for path in home.glob("*") if pattern.fullmatch(path.name)]


def model_name(model: str) -> str:
    """Return the short name of a model: a name without the prefix "sentence-transformers/", or a folder's last part.

    >>> model_name("sentence-transformers/all-MiniLM-L6-v2"), model_name("BAAI/bge-small-en-v1.5")
    ('all-MiniLM-L6-v2', 'BAAI/bge-small-en-v1.5')
    """
    name = model.removeprefix("sentence-transformers/")
    return Path(model).resolve().name if is_folder(model) else name


def is_folder(model: str) -> bool:
    """Return True if a model is given as a folder of weights; the name of the default model never is."""
    return model != DEFAULT and Path(model).is_dir()


def key(model: str) -> str:
    """Return the prefix of the names of a model's compiled folders; for a folder of weights it has a hash of the path.

    >>> key("BAAI/bge-small-en-v1.5")
    'BAAI--bge-small-en-v1.5'
    """
    stem = re.sub(r"[^A-Za-z0-9._-]", "-", model_name(model).replace("/", "--"))
    if not is_folder(model):
        return stem
    return f"{stem}-{hashlib.sha256(os.fsencode(Path(model).resolve())).hexdigest()[:8]}"


def hashed(folder: Path, *names: str) -> dict[str, tuple[int, str]]:
    """Return size in bytes and sha256 of files in a folder, by default of the three files that every model has."""
    return {
        name: ((folder / name).stat().st_size, sha256(folder / name))
        for name in names or (GRAPH, WEIGHTS, TOKENIZER)
    }


def _move(made: Path, home: Path, model: str, description: Description) -> Path:
    """Sync a new folder, rename it to its name below home, and remove the folders that it supersedes."""
    folder = home / f"{key(model)}.{description.id.sha256[:12]}"
    made.chmod(0o755)
    for path in [*made.iterdir(), made]:
        sync(path)
    superseded = [path for path in folders(model, home) if path != folder]
    if folder.exists():
        superseded.append(home / f"{made.name}-superseded")
        folder.replace(superseded[-1])
    made.replace(folder)
    sync(home)
    for path in superseded:
        shutil.rmtree(path, ignore_errors=True)
    return folder


def _remove_abandoned(home: Path) -> None:
    """Remove unfinished folders of killed processes."""
    for path in home.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _verify(folder: Path, description: Description) -> None:
    """Raise EncoderError if a file differs from the manifest."""
    try:
        verified = json.loads((folder / VERIFIED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        verified = {}
    if not isinstance(verified, dict):
        verified = {}
    notes = {}
    for name, (size, sha) in description.files.items():
        path = folder / name
        try:
            status = path.stat()
            notes[name] = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, sha]
            is_valid = status.st_size == size and (notes[name] == verified.get(name) or sha256(path) == sha)
        except OSError as error:
            raise EncoderError(f"{path} cannot be read ({error.strerror}); run: strata compile") from error
        if not is_valid:
            raise EncoderError(f"{path} is damaged; run: strata compile")
    if notes != verified:
        _write_notes(folder, notes)


def _write_notes(folder: Path, notes: dict[str, list[object]]) -> None:
    """Write verified.json; in a read-only folder or on a full disk it is left out, and files are hashed each time."""
    with contextlib.suppress(WriteError):
        atomic_write(folder / VERIFIED, json.dumps(notes).encode(), 0o600)


def sha256(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
