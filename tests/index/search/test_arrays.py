from __future__ import annotations

import numpy as np
import pytest

from index.search import arrays
from index.search.arrays import HalfPrecisionRows, to_single


def test_every_finite_half_precision_number_converts_exactly() -> None:
    """There are 63,488, including subnormals and both zeros."""
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    assert len(finite) == 63_488
    assert to_single(finite).tobytes() == finite.astype(np.float32).tobytes()


@pytest.mark.parametrize(("max_rows", "reads"), [(2, 0), (100, 0), (100, 1), (100, 9)])
def test_cached_and_uncached_rows_are_equal_new_arrays(
    monkeypatch: pytest.MonkeyPatch, max_rows: int, reads: int
) -> None:
    monkeypatch.setattr(arrays, "MAX_CACHED_ROWS", max_rows)
    monkeypatch.setattr(arrays, "READS_BEFORE_CACHING", reads)
    half = np.arange(12, dtype=np.float16).reshape(4, 3)
    rows = HalfPrecisionRows(half)
    rows[np.array([2, 0])][:] = 9
    assert rows[np.array([2, 0, 2])].tolist() == half[[2, 0, 2]].tolist()
    assert rows[np.array([], np.int64)].shape == (0, 3)
