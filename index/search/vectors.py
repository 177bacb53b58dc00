"""The one home of FAISS: unit rows in, rows and cosines out.

Up to `EXACT_UP_TO` rows the search is exact; above, an inverted file (IVF) is probed as far as its measured
recall asks for. Both hold the rows themselves, unquantised, so that the next generation takes them over
bit by bit, and both are opened memory-mapped, so that processes share them.
"""

from __future__ import annotations

import threading
from math import isqrt
from typing import TYPE_CHECKING, Any

from index.errors import GenerationError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from index.types import Matrix, Vector

EXACT_UP_TO = 100_000
"""Rows. One thread reads 100,000 rows of 384 numbers in about 9 ms, which is what a question may spend."""

RECALL = 0.98
"""What an approximate index must find of the true best `RECALL_AT`, measured when it is built."""

RECALL_AT = 50
"""How many passages a question asks for (see index.retriever)."""

_QUERIES = 256
"""Rows of the library that the recall is measured with, evenly spaced."""

_TRAINED_ON = 48
"""Rows a list that the lists are trained on; FAISS advises at least 39."""


class Vectors:
    """A FAISS index of unit rows. Searches may run in several threads at once."""

    def __init__(self, index: Any, recall: float = 1.0, data: NDArray[np.uint8] | None = None) -> None:
        """`data` is the memory that the index points into, if it was read from a file."""
        self._index = index
        self._data = data
        self.recall = recall
        """Share of the true best `RECALL_AT` that a search finds: 1 where it is exact."""
        self._mapping = threading.Lock()

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """How many numbers a row has."""
        return int(self._index.d)

    @property
    def exact(self) -> bool:
        """Whether every search sees every row."""
        return not hasattr(self._index, "nprobe")

    def search(
        self, query: Vector, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The rows nearest to `query` and their cosines: at most `k`, the highest first, ties by row.

        Only rows that are `allowed`, a truth value for each row, where it is given. One query runs in one
        thread.
        """
        import numpy as np

        k = min(k, self.count)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found_cosines, found_rows = self._index.search(
            np.ascontiguousarray(query, np.float32).reshape(1, -1), k, params=self._only(allowed)
        )
        real = found_rows[0] >= 0  # FAISS fills up with row -1 where its lists hold fewer
        rows, cosines = found_rows[0][real], found_cosines[0][real]
        order = np.lexsort((rows, -cosines))
        return rows[order], cosines[order]

    def cosines(self, query: Vector, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine of `query` with each of these rows."""
        import numpy as np

        if not self.exact:
            with self._mapping:
                if self._index.direct_map.no():
                    self._index.make_direct_map()
        cosines: NDArray[np.float32] = self._index.reconstruct_batch(np.asarray(rows, np.int64)) @ query
        return cosines

    def rows(self) -> Matrix:
        """All rows in order, exactly as they were given: a new array."""
        import numpy as np

        if self.count == 0:
            return np.empty((0, self.dimension), np.float32)
        rows: Matrix = self._index.reconstruct_n(0, self.count)
        return rows

    def centroids(self) -> Matrix:
        """What the lists of an approximate index are drawn around: a new array."""
        quantizer = _faiss().downcast_index(self._index.quantizer)
        centroids: Matrix = quantizer.reconstruct_n(0, quantizer.ntotal)
        return centroids

    def save(self, write: Callable[[bytes], object]) -> None:
        """Hand the index to `write`, a megabyte at a time; what `write` raises comes through."""
        faiss = _faiss()
        faiss.write_index(self._index, faiss.PyCallbackIOWriter(write, 1 << 20))

    def _only(self, allowed: NDArray[np.bool_] | None) -> Any:
        """FAISS's parameters for a search of these rows alone; None for one of all rows."""
        import numpy as np

        if allowed is None:
            return None
        faiss = _faiss()
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        if self.exact:
            return faiss.SearchParameters(sel=selector)
        return faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)


def build(rows: Matrix, previous: Vectors | None = None, *, exact_up_to: int = EXACT_UP_TO) -> Vectors:
    """An index of `rows`.

    The lists of a `previous` approximate one are kept where they still fit: training is the slow part.
    """
    import numpy as np

    faiss = _faiss()
    rows = np.ascontiguousarray(rows, np.float32)
    count, dimension = rows.shape
    if count <= exact_up_to:
        index = faiss.IndexFlatIP(dimension)
        index.add(rows)
        return Vectors(index)
    lists = 4 * isqrt(count)
    quantizer = _quantizer_of(previous, lists, dimension)
    index = faiss.IndexIVFFlat(quantizer, dimension, quantizer.ntotal or lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.spherical = True
    if not index.is_trained:
        sample = np.linspace(0, count - 1, min(count, _TRAINED_ON * lists)).astype(np.int64)
        index.train(rows[sample])
    index.add(rows)
    return Vectors(index, _probe(index, rows))


def read(data: NDArray[np.uint8], recall: float = 1.0) -> Vectors:
    """Open a saved index from the bytes of its file, which are not copied and must not change.

    The file is mapped by the caller and not opened by FAISS, which takes no path that is not UTF-8. Check its hash
    first: FAISS trusts what it reads.

    Raises:
        GenerationError: FAISS does not know the format.
    """
    faiss = _faiss()
    try:
        try:
            index = faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(data), data.size))
        except AttributeError:  # FAISS before 1.10 copies
            index = faiss.deserialize_index(data)
    except RuntimeError as error:
        raise GenerationError(
            f"FAISS {faiss.__version__} cannot read the index; run: strata build --full"
        ) from error
    return Vectors(index, recall, data)


def _faiss() -> Any:
    """FAISS, imported when it is first needed; its stubs name only a part of it."""
    import faiss

    return faiss


def _quantizer_of(previous: Vectors | None, lists: int, dimension: int) -> Any:
    """The centroids of `previous`, if it has half to twice the lists wanted; else an empty quantizer."""
    quantizer = _faiss().IndexFlatIP(dimension)
    if previous is not None and not previous.exact and previous.dimension == dimension:
        centroids = previous.centroids()
        if lists / 2 <= len(centroids) <= lists * 2:
            quantizer.add(centroids)
    return quantizer


def _probe(index: Any, rows: Matrix) -> float:
    """Set how many lists a search reads, the fewest that reach `RECALL`, and return the recall measured."""
    import numpy as np

    faiss = _faiss()
    sample = np.unique(np.linspace(0, len(rows) - 1, _QUERIES).astype(np.int64))
    queries = rows[sample]
    k = min(RECALL_AT, len(rows))
    _, truth = faiss.knn(queries, rows, k, metric=faiss.METRIC_INNER_PRODUCT)
    recall = 0.0
    probes = 1
    while True:
        index.nprobe = min(probes, index.nlist)
        _, found = index.search(queries, k)
        recall = float(np.mean([len(np.intersect1d(a, b)) / k for a, b in zip(truth, found, strict=True)]))
        if recall >= RECALL or probes >= index.nlist:
            return recall
        probes *= 2
