"""The origin of embeddings: a row of the previous generation for a known text, or a number for a new text.

A text is known by its key, a hash of exactly the text that is encoded, so an embedding is copied even if its document,
its lines or its place among the passages have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from index.store.manifest import KEY_BYTES
from index.store.writer import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from index.types import Matrix

_BLOCK_ROWS = 1 << 14
"""Sentence embeddings that are in memory at once while they are written."""
NO_KEYS = np.empty((0, KEY_BYTES), np.uint8)


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of the embeddings of n texts."""

    keys: NDArray[np.uint8]
    """The texts' keys, shape (n, 16)."""
    rows: NDArray[np.int64]
    """For each text its row in the previous generation, or ~i for the new text with number i."""


def origin_of(
    parts: Sequence[range | Sequence[str]], known: NDArray[np.uint8], new: dict[str, int], *, reuse: bool
) -> Origin:
    """Return where the embeddings of texts come from, and add texts without an embedding to `new`.

    Args:
        parts: For each document its texts, or the rows of its texts in the previous generation.
        known: The keys of the previous generation's texts, by row.
        new: The texts to encode, with their numbers.
        reuse: Whether the texts are looked up among `known`.
    """
    texts = [text for part in parts if not isinstance(part, range) for text in part]
    keys = [key(text) for text in texts]
    found = _find(known, set(keys)) if reuse else {}
    rows = [
        found[key] if key in found else ~new.setdefault(text, len(new))
        for text, key in zip(texts, keys, strict=True)
    ]
    text_keys = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY_BYTES)
    text_rows = np.array(rows, np.int64)
    all_keys, all_rows = [NO_KEYS], [text_rows[:0]]
    start = 0
    for part in parts:
        if isinstance(part, range):
            all_keys.append(known[part.start : part.stop])
            all_rows.append(np.arange(part.start, part.stop))
        else:
            stop = start + len(part)
            all_keys.append(text_keys[start:stop])
            all_rows.append(text_rows[start:stop])
            start = stop
    return Origin(np.concatenate(all_keys), np.concatenate(all_rows))


def _find(known: NDArray[np.uint8], wanted: set[bytes]) -> dict[bytes, int]:
    """Return the first row of each wanted key that is among `known`, which has the shape (n, 16).

    >>> known = np.array([list(b"a" * 16), list(b"b" * 16)], np.uint8)
    >>> _find(known, {b"b" * 16, b"c" * 16})
    {b'bbbbbbbbbbbbbbbb': 1}
    """
    if not len(known) or not wanted:
        return {}
    heads = _heads(known)
    # Comparing half keys as numbers leaves few rows to compare in full.
    wanted_heads = np.unique(np.frombuffer(b"".join(key[:8] for key in wanted), np.uint64))
    places = np.minimum(np.searchsorted(wanted_heads, heads), len(wanted_heads) - 1)
    found: dict[bytes, int] = {}
    for row in np.flatnonzero(wanted_heads[places] == heads).tolist():
        key = known[row].tobytes()
        if key in wanted:
            found.setdefault(key, row)
    return found


def _heads(keys: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the first half of each key as a number."""
    heads: NDArray[np.uint64] = np.ascontiguousarray(keys[:, :8]).view(np.uint64).ravel()
    return heads


def removed(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> int:
    """Return how many of the keys `before` are not among the keys `after`, by their first halves."""
    return int((~np.isin(_heads(before), _heads(after))).sum())


def gather(rows: NDArray[np.int64], old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
    """Return rows of `old` and, for ~i, row i of `new`, in the type of `old`."""
    gathered = np.empty((len(rows), old.shape[1]), old.dtype)
    is_old = rows >= 0
    gathered[is_old] = old[rows[is_old]]
    gathered[~is_old] = new[~rows[~is_old]]
    return gathered


def blocks(rows: NDArray[np.int64], old: NDArray[np.float16], new: Matrix) -> Iterator[NDArray[np.float16]]:
    """Yield the rows that `gather` returns in blocks, so that a large library's embeddings are not all in memory."""
    for start in range(0, len(rows), _BLOCK_ROWS):
        yield gather(rows[start : start + _BLOCK_ROWS], old, new)
