"""Tests of the embedding file: what it saves, and that it never decides what an index has."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.build import embedding_file
from index.build.builder import build
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.index.drafts import write_library

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = {
    "nvidia.md": "# Nvidia\n\n## Margin\n\nThe margin is the prize. It is high.\n",
    "nvidia.questions.yaml": "Margin: [How high is the margin?]\n",
    "energy.md": "# Energy\n\nPower is the limit.\n",
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A library with an embedding file."""
    folder = write_library(tmp_path / "content", LIBRARY)
    store = Store(tmp_path / "first")
    build(folder, store, BagOfWords())
    embedding_file.write(store.current(), folder)
    return folder


def test_a_new_machine_encodes_nothing(content: Path, tmp_path: Path) -> None:
    """The index is that of a build that encodes everything, but for the half precision of the file."""
    encoder = BagOfWords()
    report = build(content, Store(tmp_path / "second"), encoder)
    assert (encoder.encoded, report.reused, report.encoded, report.texts) == ([], 2, 0, 0)
    assert not report.problems
    assert not report.passed_over
    one, other = Store(tmp_path / "first").current(), Store(tmp_path / "second").current()
    assert np.allclose(one.vectors.rows(), other.vectors.rows(), atol=1e-3)
    for name in ("sentences", "questions"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert np.array_equal(one.words.rows, other.words.rows)


def test_an_edited_text_is_encoded(content: Path, tmp_path: Path) -> None:
    """The file is incomplete after an edit, never wrong."""
    write_library(content, {"energy.md": "# Energy\n\nChips are the limit.\n"})
    encoder = BagOfWords()
    report = build(content, Store(tmp_path / "second"), encoder)
    assert (report.reused, report.encoded) == (1, 1)
    assert encoder.encoded
    assert all("Chips" in text or text in {"are", "chips"} for text in encoder.encoded)


def test_a_full_build_and_another_encoder_do_not_read_the_file(content: Path, tmp_path: Path) -> None:
    """--full encodes everything; embeddings of another encoder have another meaning."""
    assert build(content, Store(tmp_path / "full"), BagOfWords(), full=True).encoded == 2
    other = BagOfWords(name="another")
    report = build(content, Store(tmp_path / "other"), other)
    assert report.encoded == 2
    assert "another encoder made it" in report.problems[0].message


def test_the_same_index_gives_the_same_bytes(content: Path, tmp_path: Path) -> None:
    """A build without changes leaves no difference to commit."""
    before = (content / embedding_file.FILE_NAME).read_bytes()
    embedding_file.write(Store(tmp_path / "first").current(), content)
    assert (content / embedding_file.FILE_NAME).read_bytes() == before


def _saved(**arrays: np.ndarray) -> bytes:
    data = io.BytesIO()
    np.savez(data, **arrays)  # type: ignore[arg-type]
    return data.getvalue()


def _compressed() -> bytes:
    data = io.BytesIO()
    np.savez_compressed(data, rows=np.zeros(1 << 20))
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 and no more",
        _compressed(),
        _saved(rows=np.zeros((2, 3), np.float16)),
        _saved(encoder=np.zeros(3, np.uint8), keys=np.array([{}], object), rows=np.zeros((1, 3))),
    ],
    ids=["empty", "cut off", "compressed", "incomplete", "pickle"],
)
def test_a_damaged_file_costs_only_itself(content: Path, tmp_path: Path, data: bytes) -> None:
    """The build encodes everything and reports the file."""
    (content / embedding_file.FILE_NAME).write_bytes(data)
    report = build(content, Store(tmp_path / "second"), BagOfWords())
    assert report.encoded == 2
    assert [problem.path for problem in report.problems] == ["embeddings.npz"]
    assert not report.problems[0].fatal
    assert "strata build --embeddings" in report.problems[0].message


@pytest.mark.parametrize("fault", ["nan", "shape"])
def test_rows_that_are_no_embeddings_are_refused(content: Path, tmp_path: Path, fault: str) -> None:
    """A row of NaN would make every score NaN."""
    file = content / embedding_file.FILE_NAME
    with np.load(file) as found:
        arrays = dict(found)
    arrays["rows"] = arrays["rows"][:, :3] if fault == "shape" else arrays["rows"] * np.float16("nan")
    file.write_bytes(_saved(**arrays))
    report = build(content, Store(tmp_path / "second"), BagOfWords())
    assert report.encoded == 2
    assert len(report.problems) == 1
