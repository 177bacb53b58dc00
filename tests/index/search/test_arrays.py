"""Numbers of half precision, in single precision."""

from __future__ import annotations

import numpy as np
import pytest

from index.search import arrays
from index.search.arrays import Rows, single


def test_every_finite_half_becomes_the_single_that_it_is() -> None:
    """All 63,488 of them, the tiniest and both zeros among them."""
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    assert len(finite) == 63_488
    assert single(finite).tobytes() == finite.astype(np.float32).tobytes()


@pytest.mark.parametrize(("few", "often"), [(2, 0), (100, 0), (100, 1), (100, 9)])
def test_rows_are_the_same_whether_all_are_kept_or_not(
    monkeypatch: pytest.MonkeyPatch, few: int, often: int
) -> None:
    """What is read may be written to, for it is the reader's own."""
    monkeypatch.setattr(arrays, "FEW", few)
    monkeypatch.setattr(arrays, "OFTEN", often)
    half = np.arange(12, dtype=np.float16).reshape(4, 3)
    rows = Rows(half)
    rows[np.array([2, 0])][:] = 9
    assert rows[np.array([2, 0, 2])].tolist() == half[[2, 0, 2]].tolist()
    assert rows[np.array([], np.int64)].shape == (0, 3)
