"""Numbers of half precision, in single precision."""

from __future__ import annotations

import numpy as np

from index.arrays import single


def test_every_finite_half_becomes_the_single_that_it_is() -> None:
    """All 63,488 of them, the tiniest and both zeros among them."""
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    assert len(finite) == 63_488
    assert single(finite).tobytes() == finite.astype(np.float32).tobytes()
