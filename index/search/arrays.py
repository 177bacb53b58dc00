"""Ragged lists in flat arrays, and matrices in half precision.

A ragged list of n rows is one flat array with the rows one after the other, and n + 1 offsets: row i is
`flat[offsets[i]:offsets[i + 1]]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from index.types import Matrix


def offsets_of(lengths: ArrayLike) -> NDArray[np.int64]:
    """Return the n + 1 offsets of n rows with these lengths.

    >>> offsets_of([2, 0, 3]).tolist()
    [0, 2, 2, 5]
    """
    row_lengths = np.asarray(lengths, np.int64)
    offsets = np.zeros(len(row_lengths) + 1, np.int64)
    np.cumsum(row_lengths, out=offsets[1:])
    return offsets


def flat_positions(offsets: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the positions in the flat array of everything in these rows, row by row.

    >>> flat_positions(offsets_of([2, 0, 3]), np.array([2, 0])).tolist()
    [2, 3, 4, 0, 1]
    """
    starts = offsets[rows]
    lengths = offsets[rows + 1] - starts
    ends = np.cumsum(lengths)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)


def to_single(half: NDArray[np.float16]) -> Matrix:
    """Convert finite half-precision numbers to single precision: the bits that `astype` gives, in a sixth of its time.

    A single-precision number has the same sign, exponent and fraction 13 bits further left, and its exponent
    is 112 higher.

    >>> numbers = np.array([0.0, -0.0, 1.0, -0.3, 6e-8, 65504.0], np.float16)
    >>> to_single(numbers).tobytes() == numbers.astype(np.float32).tobytes()
    True
    """
    bits = half.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(~0x70000000)  # the conversion to 32 bits has copied the sign into these three bits
    numbers: Matrix = bits.view(np.float32)
    numbers *= np.float32(2**112)
    return numbers


MAX_CACHED_ROWS = 1 << 13
"""Rows of the largest matrix that is cached in single precision: 12 MB with 384 numbers per row."""

READS_BEFORE_CACHING = 8
"""Reads after which a matrix is cached: a process that answers one question needs fewer."""


class HalfPrecisionRows:
    """A matrix that is stored in half precision and read in single precision. Threads may share it."""

    __slots__ = ("_half", "_reads", "_single")

    def __init__(self, half: NDArray[np.float16]) -> None:
        self._half = half
        self._single: Matrix | None = None
        self._reads = 0

    def __getitem__(self, rows: NDArray[np.int64]) -> Matrix:
        """Return these rows as a new array in single precision."""
        if self._single is None:
            self._reads += 1
            if len(self._half) > MAX_CACHED_ROWS or self._reads <= READS_BEFORE_CACHING:
                return to_single(self._half[rows])
            self._single = to_single(self._half)
        return self._single[rows]


MAX_MULTIPLICATIONS = 1 << 18
"""Multiplications of the largest matrix product that OpenBLAS computes in the calling thread alone."""


def product(left: Matrix, right: Matrix) -> Matrix:
    """Return `left @ right.T`, computed in blocks that OpenBLAS does not spread over several threads.

    OpenBLAS's threads wait in a busy loop and take the cores from other questions: 8 x 900 rows of 384
    numbers take 0.07 ms in one thread and 1.3 ms in two.

    >>> product(np.eye(2, dtype=np.float32), np.ones((3, 2), np.float32)).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    result = np.empty((len(left), len(right)), np.float32)
    step = max(1, MAX_MULTIPLICATIONS // max(1, left.size))
    for start in range(0, len(right), step):
        result[:, start : start + step] = left @ right[start : start + step].T
    return result
