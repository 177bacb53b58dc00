"""Vector search with FAISS: the rows nearest to a query, with their cosines.

Up to `EXACT_UP_TO` rows the search is exact. Above, it is approximate: an inverted file (IVF) of which as
many lists are searched as its measured recall needs. Both store the rows unquantised, so that the next
generation can copy them bit by bit, and both are memory-mapped, so that processes share them.
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
"""Rows of the largest exact index. One thread searches 100,000 rows of 384 numbers in about 9 ms."""

RECALL = 0.98
"""Share of the true nearest `RECALL_AT` rows that an approximate index must find, measured when it is
built."""

RECALL_AT = 50
"""Rows that a search is measured with: the candidates of a question (see index.retriever)."""

_RECALL_QUERIES = 256
"""Rows of the library, evenly spaced, that serve as queries to measure recall."""

_TRAINING_ROWS_PER_LIST = 48
"""Rows per list of the training sample; FAISS advises at least 39."""


class Vectors:
    """A FAISS index of unit rows. Threads may share an instance."""

    def __init__(self, index: Any, recall: float = 1.0, data: NDArray[np.uint8] | None = None) -> None:
        """Wrap a FAISS index.

        Args:
            index: The FAISS index.
            recall: The measured recall of a search.
            data: The memory that the index points into, if it was read from a file.
        """
        self._index = index
        self._data = data
        self.recall = recall
        """Share of the true nearest `RECALL_AT` rows that a search finds; 1 for an exact index."""
        self._direct_map_lock = threading.Lock()

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Numbers per row."""
        return int(self._index.d)

    @property
    def exact(self) -> bool:
        """True if every search compares all rows."""
        return not hasattr(self._index, "nprobe")

    def search(
        self, query: Vector, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows nearest to a query and their cosines: at most `k`, highest first, ties by row.

        Args:
            query: A unit vector.
            k: How many rows to return.
            allowed: A boolean per row: False excludes the row. None allows all rows.
        """
        import numpy as np

        k = min(k, self.count)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        found_cosines, found_rows = self._index.search(
            np.ascontiguousarray(query, np.float32).reshape(1, -1), k, params=self._parameters(allowed)
        )
        real = found_rows[0] >= 0  # FAISS pads with row -1 if the searched lists hold fewer than k rows
        rows, cosines = found_rows[0][real], found_cosines[0][real]
        order = np.lexsort((rows, -cosines))
        return rows[order], cosines[order]

    def cosines(self, query: Vector, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of a query with each of these rows."""
        import numpy as np

        if not self.exact:
            with self._direct_map_lock:
                if self._index.direct_map.no():
                    self._index.make_direct_map()
        cosines: NDArray[np.float32] = self._index.reconstruct_batch(np.asarray(rows, np.int64)) @ query
        return cosines

    def rows(self) -> Matrix:
        """Return all rows in order, with the bits that they were added with, as a new array."""
        import numpy as np

        if self.count == 0:
            return np.empty((0, self.dimension), np.float32)
        rows: Matrix = self._index.reconstruct_n(0, self.count)
        return rows

    def centroids(self) -> Matrix:
        """Return the centroids of an approximate index's lists as a new array."""
        quantizer = _faiss().downcast_index(self._index.quantizer)
        centroids: Matrix = quantizer.reconstruct_n(0, quantizer.ntotal)
        return centroids

    def save(self, write: Callable[[bytes], object]) -> None:
        """Pass the serialised index to `write`, a megabyte at a time; errors that `write` raises propagate."""
        faiss = _faiss()
        faiss.write_index(self._index, faiss.PyCallbackIOWriter(write, 1 << 20))

    def _parameters(self, allowed: NDArray[np.bool_] | None) -> Any:
        """Return FAISS's parameters for a search among the allowed rows; None for a search of all rows."""
        import numpy as np

        if allowed is None:
            return None
        faiss = _faiss()
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        if self.exact:
            return faiss.SearchParameters(sel=selector)
        return faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)


def build(rows: Matrix, previous: Vectors | None = None, *, exact_up_to: int = EXACT_UP_TO) -> Vectors:
    """Build an index of `rows`.

    Args:
        rows: The unit rows, shape (n, dimension).
        previous: An index whose trained lists are reused if they still fit, because training takes longest.
        exact_up_to: Rows of the largest exact index.
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
        sample = np.linspace(0, count - 1, min(count, _TRAINING_ROWS_PER_LIST * lists)).astype(np.int64)
        index.train(rows[sample])
    index.add(rows)
    return Vectors(index, _tune(index, rows))


def read(data: NDArray[np.uint8], recall: float = 1.0) -> Vectors:
    """Open a saved index from the bytes of its file, which are not copied and must not change.

    The caller maps the file, because FAISS opens only paths in UTF-8. The caller must check the file's hash
    first: FAISS does not validate its input.

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
    """Return the module faiss, imported at the first call and untyped, because its stubs are incomplete."""
    import faiss

    return faiss


def _quantizer_of(previous: Vectors | None, lists: int, dimension: int) -> Any:
    """Return a quantizer with the centroids of `previous` if it has half to twice as many lists, else an empty one."""
    quantizer = _faiss().IndexFlatIP(dimension)
    if previous is not None and not previous.exact and previous.dimension == dimension:
        centroids = previous.centroids()
        if lists / 2 <= len(centroids) <= lists * 2:
            quantizer.add(centroids)
    return quantizer


def _tune(index: Any, rows: Matrix) -> float:
    """Set the number of lists per search to the lowest that reaches `RECALL`, and return the measured recall."""
    import numpy as np

    faiss = _faiss()
    sample = np.unique(np.linspace(0, len(rows) - 1, _RECALL_QUERIES).astype(np.int64))
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
