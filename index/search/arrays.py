"""Ragged rows in flat arrays: n rows lie one behind the other, n + 1 offsets say where each begins. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from index.types import Matrix


def offsets_of(lengths: ArrayLike) -> NDArray[np.int64]:
    """Where rows of these lengths begin, and where the last one ends.

    >>> offsets_of([2, 0, 3]).tolist()
    [0, 2, 2, 5]
    """
    counted = np.asarray(lengths, np.int64)
    offsets = np.zeros(len(counted) + 1, np.int64)
    np.cumsum(counted, out=offsets[1:])
    return offsets


def places(offsets: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places in the flat array of all that the rows hold, row by row.

    >>> places(offsets_of([2, 0, 3]), np.array([2, 0])).tolist()
    [2, 3, 4, 0, 1]
    """
    starts = offsets[rows]
    lengths = offsets[rows + 1] - starts
    ends = np.cumsum(lengths)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)


def single(half: NDArray[np.float16]) -> Matrix:
    """Half-precision numbers as single-precision ones, bit by bit what `astype` gives, in a sixth of its time.

    The exponent and fraction of the one lie in the other 13 bits further up, and the exponent counts from 112 less.
    The numbers must be finite, as those of unit rows are.

    >>> some = np.array([0.0, -0.0, 1.0, -0.3, 6e-8, 65504.0], np.float16)
    >>> single(some).tobytes() == some.astype(np.float32).tobytes()
    True
    """
    bits = half.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(~0x70000000)  # where the sign was copied to
    numbers: Matrix = bits.view(np.float32)
    numbers *= np.float32(2**112)
    return numbers


FEW = 1 << 13
"""Rows up to which all of them are kept in single precision, where they are read often: 12 MB of 384 numbers a row."""
OFTEN = 8
"""Reads after which rows are read often: a process that answers one question does with fewer."""


class Rows:
    """Rows that are stored in half precision and read in single precision. Reads from several threads are safe."""

    __slots__ = ("_all", "_half", "_reads")

    def __init__(self, half: NDArray[np.float16]) -> None:
        self._half = half
        self._all: Matrix | None = None
        self._reads = 0

    def __getitem__(self, places: NDArray[np.int64]) -> Matrix:
        """The rows at these places: a new array."""
        if self._all is None:
            self._reads += 1
            if len(self._half) > FEW or self._reads <= OFTEN:
                return single(self._half[places])
            self._all = single(self._half)
        return self._all[places]


SMALL = 1 << 18
"""Multiplications of a product up to which OpenBLAS keeps it in the thread that asks for it."""


def products(some: Matrix, others: Matrix) -> Matrix:
    """`some @ others.T`, in pieces so small that no other threads take part.

    They would wait for each other in a loop, and take the cores from all other questions: for 8 rows and 900 of 384
    dimensions 0.07 ms in one thread, and 1.3 in two.

    >>> products(np.eye(2, dtype=np.float32), np.ones((3, 2), np.float32)).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    made = np.empty((len(some), len(others)), np.float32)
    step = max(1, SMALL // max(1, some.size))
    for start in range(0, len(others), step):
        made[:, start : start + step] = some @ others[start : start + step].T
    return made
