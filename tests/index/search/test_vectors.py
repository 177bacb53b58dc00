from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import GenerationError
from index.search import vectors
from index.search.vectors import RECALL, Vectors

if TYPE_CHECKING:
    from pathlib import Path

    from index.types import Matrix

DIMENSION = 16
MANY = 9000
"""Enough rows to train the lists of an approximate index."""


def unit_rows(count: int, seed: int = 0) -> Matrix:
    """Return random rows in clusters, as embeddings are."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((20, DIMENSION))
    rows = centres[random.integers(0, 20, count)] + 0.5 * random.standard_normal((count, DIMENSION))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def saved(index: Vectors, path: Path) -> Vectors:
    """Return the index after saving and reading it."""
    with path.open("wb") as file:
        index.save(file.write)
    return vectors.read(np.memmap(path, np.uint8, "r"), index.recall)


@pytest.fixture(scope="module")
def approximate() -> Vectors:
    """An index with more rows than an exact index may have."""
    return vectors.build(unit_rows(MANY), exact_up_to=MANY - 1)


@given(count=st.integers(0, 40), k=st.integers(0, 50), seed=st.integers(0, 5))
def test_exact_search_is_sorting_by_cosine(count: int, k: int, seed: int) -> None:
    rows = unit_rows(count, seed)
    query = unit_rows(1, seed + 100)[0]
    found, cosines = vectors.build(rows).search(query, k)
    truth = rows @ query
    assert len(found) == min(k, count)
    assert len(set(found.tolist())) == len(found)
    np.testing.assert_allclose(cosines, truth[found], atol=1e-5)
    np.testing.assert_allclose(cosines, np.sort(truth)[::-1][: len(found)], atol=1e-5)


def test_equal_cosines_come_in_the_order_of_their_rows() -> None:
    rows = unit_rows(10)
    found, _ = vectors.build(np.vstack([rows, rows[:1], rows[:1]])).search(rows[0], 3)
    assert found.tolist() == [0, 10, 11]


def test_only_allowed_rows_are_found(approximate: Vectors) -> None:
    rows = unit_rows(MANY)
    allowed = np.zeros(MANY, bool)
    for index in (approximate, vectors.build(rows)):
        assert index.search(rows[0], 5, allowed)[0].tolist() == []
    allowed[[3, 700, 8999]] = True
    found, _ = vectors.build(rows).search(rows[0], 5, allowed)
    assert sorted(found.tolist()) == [3, 700, 8999]
    found, _ = approximate.search(rows[700], 5, allowed)
    assert found[0] == 700
    assert set(found.tolist()) <= {3, 700, 8999}


def test_missing_neighbours_are_left_out(approximate: Vectors) -> None:
    """FAISS pads with row -1 if the searched lists hold fewer rows than k."""
    found, cosines = approximate.search(unit_rows(1, 7)[0], MANY)
    assert 0 < len(found) == len(cosines) <= MANY
    assert found.min() >= 0


def test_rows_survive_saving_bit_by_bit(tmp_path: Path, approximate: Vectors) -> None:
    rows = unit_rows(MANY)
    for index in (vectors.build(rows), approximate):
        read = saved(index, tmp_path / "rows.faiss")
        assert np.array_equal(read.rows(), rows)
        assert (read.count, read.dimension, read.exact) == (MANY, DIMENSION, index.exact)
        query = rows[5]
        assert read.search(query, 10)[0].tolist() == index.search(query, 10)[0].tolist()


def test_cosines_come_in_the_order_of_the_chosen_rows(tmp_path: Path, approximate: Vectors) -> None:
    rows = unit_rows(MANY)
    wanted = np.array([8999, 0, 44, 0])
    for index in (saved(vectors.build(rows), tmp_path / "a"), saved(approximate, tmp_path / "b")):
        np.testing.assert_allclose(index.cosines(rows[1], wanted), rows[wanted] @ rows[1], atol=1e-5)


def test_the_measured_recall_holds_for_other_queries(approximate: Vectors) -> None:
    rows = unit_rows(MANY)
    assert approximate.recall >= RECALL
    hits = 0
    for query in unit_rows(50, seed=0) + 0.01:
        truth = np.argsort(-(rows @ query), kind="stable")[:50]
        found, _ = approximate.search(query, 50)
        hits += len(np.intersect1d(truth, found))
    assert hits / (50 * 50) >= RECALL - 0.03


def test_the_lists_of_the_previous_index_are_reused_while_they_fit(approximate: Vectors) -> None:
    """A few more rows keep the lists; six times as many rows train new lists."""
    grown = vectors.build(unit_rows(MANY + 100), approximate, exact_up_to=MANY - 1)
    assert np.array_equal(grown.centroids(), approximate.centroids())
    assert grown.recall >= RECALL
    small = vectors.build(unit_rows(MANY // 6), exact_up_to=0)
    assert len(small.centroids()) * 2 < len(approximate.centroids())
    regrown = vectors.build(unit_rows(MANY), small, exact_up_to=MANY - 1)
    assert len(regrown.centroids()) == len(approximate.centroids())


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = saved(vectors.build(np.empty((0, DIMENSION), np.float32)), tmp_path / "none")
    assert index.search(unit_rows(1)[0], 5)[0].tolist() == []
    assert index.rows().shape == (0, DIMENSION)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(b"no index at all")
    with pytest.raises(GenerationError, match="strata build"):
        vectors.read(np.memmap(path, np.uint8, "r"))


def test_errors_of_the_write_function_propagate() -> None:

    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        vectors.build(unit_rows(10)).save(full)
