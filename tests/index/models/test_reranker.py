"""Tests of rerankers with a small cross-encoder that has random weights."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import EncoderError
from index.models import bundle, compiler, encoder, torch_export
from index.models.reranker import load, rerank
from index.types import Document, Hit, Passage
from tests.tinybert import cross_encoder

TEXTS = ["capex rose", "", "the grid", "chips of the grid : power rose " * 9, "unheard of \N{FIRE}"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small cross-encoder."""
    return cross_encoder(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def folder(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compiled reranker."""
    return compiler.compile_reranker(str(model), tmp_path_factory.mktemp("rerankers"))


@pytest.mark.slow
@pytest.mark.parametrize("typed", [True, False])
def test_scores_equal_those_of_sentence_transformers(tmp_path: Path, *, typed: bool) -> None:
    """Covers short, empty, unknown and overlong texts, with and without token types."""
    from sentence_transformers import CrossEncoder

    made = cross_encoder(tmp_path, typed=typed)
    compiled = load(compiler.compile_reranker(str(made), tmp_path / "rerankers"))
    with torch_export.quiet():
        original = CrossEncoder(str(made), device="cpu")
    for question in ("what rose", "", "the grid " * 30):
        expected = original.predict([(question, text) for text in TEXTS], show_progress_bar=False)
        scores = compiled.scores(question, TEXTS)
        assert scores.shape == (len(TEXTS),)
        assert np.abs(scores - expected).max() < 1e-5
        assert np.ptp(scores) > 1e-3
    assert compiled.scores("what", []).shape == (0,)


@pytest.mark.slow
def test_the_manifest_describes_the_model(model: Path, folder: Path) -> None:
    description = bundle.Description.read(folder)
    assert (description.kind, description.name, description.max_tokens) == ("reranker", "cross", 32)
    assert (description.license, description.weights) == ("cc0-1.0", compiler._weights(model))
    assert 0 <= description.parity <= compiler.MAX_SCORE_DIFFERENCE
    assert bundle.find(str(model), folder.parent) == folder


@pytest.mark.slow
def test_scoring_needs_no_torch(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from index.models.reranker import load; "
        f"print(load(Path({str(folder)!r})).scores('what rose', ['capex rose']).shape); "
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    assert (done.returncode, done.stdout.strip()) == (0, "(1,)"), done.stderr


@pytest.mark.slow
def test_a_damaged_reranker_is_rejected(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / folder.name
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    data = bytearray((copy / bundle.WEIGHTS).read_bytes())
    data[100] ^= 1
    (copy / bundle.WEIGHTS).write_bytes(data)
    with pytest.raises(EncoderError, match="is damaged; run: strata compile"):
        load(copy)


@pytest.mark.slow
def test_a_reranker_is_not_loaded_as_an_encoder(folder: Path) -> None:
    with pytest.raises(EncoderError, match="holds a compiled reranker; a compiled encoder is needed"):
        encoder.load(folder)


@pytest.mark.slow
def test_scores_that_differ_from_the_original_are_rejected(folder: Path, tmp_path: Path) -> None:
    other = cross_encoder(tmp_path, seed=2)
    with torch_export.quiet():
        original = compiler._original_reranker(str(other))
    with pytest.raises(EncoderError, match=r"other was not compiled: a score is 0\.\d+ from"):
        compiler._reranker_parity(original, "other", folder)


@pytest.mark.slow
def test_a_model_with_three_classes_is_rejected(tmp_path: Path) -> None:
    """Models for natural language inference have three classes instead of one score."""
    made = cross_encoder(tmp_path, labels=3)
    with pytest.raises(EncoderError, match="sorts pairs into 3 classes"):
        compiler.compile_reranker(str(made), tmp_path / "rerankers")
    assert list((tmp_path / "rerankers").iterdir()) == []


def hits(scores: list[float]) -> list[Hit]:
    """Return hits with these fused scores, in row order."""
    document, passage = Document("a", "a.md", "A"), Passage("a", (), "", 1, 1, "", ())
    hit = Hit(1, 0, document, passage, 0.0, 0.0, 0.0, 0.0, 0.0, (), ())
    return [replace(hit, rank=n + 1, row=n, score=score) for n, score in enumerate(scores)]


@given(
    st.lists(st.floats(0, 1), max_size=12).map(lambda scores: sorted(scores, reverse=True)),
    st.lists(st.floats(-20, 20), max_size=12),
)
def test_reranking_moves_passages_and_keeps_ranks_and_scores(fused: list[float], own: list[float]) -> None:
    before = hits(fused)
    own = own[: len(before)]
    after = rerank(before, own)
    assert sorted(hit.row for hit in after) == list(range(len(before)))
    assert [(hit.rank, hit.score) for hit in after] == [(hit.rank, hit.score) for hit in before]
    scored = [hit.reranked for hit in after[: len(own)]]
    assert scored == sorted(own, reverse=True)
    assert all(hit.reranked == own[hit.row] for hit in after[: len(own)])
    assert after[len(own) :] == tuple(before[len(own) :])


def test_hits_with_equal_scores_keep_their_order() -> None:
    assert [hit.row for hit in rerank(hits([0.9, 0.5, 0.1]), [1.0, 1.0, 1.0])] == [0, 1, 2]
