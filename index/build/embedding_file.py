"""The embedding file of a library: embeddings that travel with the documents, so that another machine need not encode them.

`strata build --embeddings` writes embeddings.npz into the library's folder. A build copies the embedding of a text from
this file if the same encoder made it and exactly the same text is there. So the file is never wrong, only incomplete: what
was edited since is encoded as usual.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from index.files import atomic_write
from index.search import related_words
from index.store.manifest import KEY_BYTES
from index.store.writer import key
from index.types import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from index.store.generation import Generation
    from index.types import EncoderId, Matrix

FILE_NAME = "embeddings.npz"

MAX_BYTES = 1 << 30
"""The largest file that is read: about 1.3 million embeddings of the default encoder."""


@dataclass(frozen=True, slots=True)
class EmbeddingFile:
    """Embeddings by the key of their text."""

    rows: NDArray[np.float16]
    """Shape (n, dimension)."""
    places: dict[bytes, int]
    """The row of each key."""

    def find(self, texts: Sequence[str]) -> tuple[Matrix, NDArray[np.bool_]]:
        """Return a row per text, shape (texts, dimension), and which of the rows are known; the others are undefined."""
        places = np.array([self.places.get(key(text), -1) for text in texts], np.int64)
        rows = np.empty((len(texts), self.rows.shape[1]), np.float32)
        rows[places >= 0] = self.rows[places[places >= 0]]
        return rows, places >= 0


def read(content: Path, encoder: EncoderId) -> tuple[EmbeddingFile | None, tuple[Problem, ...]]:
    """Return the embedding file of a library's folder and the file's problems; None without a file that can be used."""
    file = content / FILE_NAME
    if not file.is_file():
        return None, ()
    try:
        found = _arrays(file)
        if found["encoder"].tobytes().decode() != _described(encoder):
            raise ValueError("another encoder made it")
        keys, rows = found["keys"], found["rows"]
        if (
            (keys.dtype, rows.dtype) != (np.dtype(np.uint8), np.dtype(np.float16))
            or (keys.shape, rows.shape) != ((len(keys), KEY_BYTES), (len(keys), encoder.dimension))
            or not np.isfinite(rows).all()
        ):
            raise ValueError("its arrays are not embeddings of this encoder")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        message = f"the file is not used ({error}); delete it, or run: strata build --embeddings"
        return None, (Problem(FILE_NAME, 1, message, fatal=False),)
    return EmbeddingFile(rows, {row.tobytes(): place for place, row in enumerate(keys)}), ()


def _arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file. Raises ValueError for a file that is too large, compressed or needs pickle."""
    with zipfile.ZipFile(file) as archive:
        # A compressed entry may be far larger than the file.
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ValueError("it is compressed")
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES >> 20} MB")
    with np.load(file, allow_pickle=False) as found:
        return {name: found[name] for name in ("encoder", "keys", "rows")}


def write(generation: Generation, content: Path) -> Path:
    """Write the embeddings of a generation into the library's folder, and return the file. Raises WriteError.

    The same generation always gives the same bytes.
    """
    texts = related_words.forms(generation.words.counted())
    terms = generation.lexical.terms_of(np.arange(generation.lexical.size))
    words = [(place, texts[term]) for place, term in enumerate(terms) if term in texts]
    word_keys = np.frombuffer(b"".join(key(text) for _, text in words), np.uint8).reshape(-1, KEY_BYTES)
    keys = np.concatenate(
        [generation.passage_keys, generation.sentence_keys, generation.question_keys, word_keys]
    )
    rows = np.concatenate(
        [
            generation.vectors.rows().astype(np.float16),
            generation.sentences,
            generation.questions,
            generation.words.rows[[place for place, _ in words]],
        ]
    )
    keys, first = np.unique(keys, axis=0, return_index=True)
    data = io.BytesIO()
    described = np.frombuffer(_described(generation.manifest.encoder).encode(), np.uint8)
    np.savez(data, encoder=described, keys=keys, rows=rows[first])
    file = content / FILE_NAME
    atomic_write(file, data.getvalue(), 0o644)
    return file


def _described(encoder: EncoderId) -> str:
    """Return the identity of an encoder as the file has it."""
    return json.dumps([encoder.name, encoder.sha256])
