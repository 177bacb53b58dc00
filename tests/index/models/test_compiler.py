"""Tests of the compiler with a small model that has random weights."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index import install
from index.errors import EncoderError
from index.models import bundle, compiler, torch_export
from index.models.bundle import DEFAULT, Description, find, is_folder, sha256
from index.models.encoder import load
from tests.tinybert import bi_encoder

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small model."""
    return bi_encoder(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def home(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiled small model."""
    home = tmp_path_factory.mktemp("encoders")
    compiler.compile(str(tiny), home)
    return home


def test_the_graph_has_the_whole_pipeline(tiny: Path, home: Path) -> None:
    """The pipeline has pooling, a dense layer and normalisation; questions and passages have different prompts."""
    folder = find(str(tiny), home)
    assert folder is not None
    encoder = load(folder)
    assert encoder.description.parity >= 0.9999
    rows = encoder.encode(["capex rose", "", "the grid"])
    assert rows.shape == (3, 12)
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-6
    assert encoder.encode_question("capex rose") @ rows[0] < 0.999


def test_the_manifest_describes_the_model(tiny: Path, home: Path) -> None:
    folder = find(str(tiny), home)
    assert folder is not None
    description = Description.read(folder)
    assert (description.name, description.dimension, description.max_tokens) == ("tiny", 12, 24)
    assert (description.query_prompt, description.document_prompt) == ("query: ", "passage: ")
    assert description.license == "cc0-1.0"
    assert description.weights == compiler._weights(tiny)
    assert set(description.made_with) == {"sentence-transformers", "torch", "onnxruntime"}


def test_the_document_prompt_counts_towards_the_token_limit(tiny: Path, home: Path) -> None:
    folder = find(str(tiny), home)
    assert folder is not None
    encoder = load(folder)
    assert encoder.count("capex rose") == 6
    assert encoder.encode(["capex " * 20]).shape == (1, 12)
    with pytest.raises(EncoderError, match="a text has 25 tokens, and tiny reads 24"):
        encoder.encode(["capex " * 21])


def test_compiling_again_silently_replaces_all_folders_of_the_model(
    tiny: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A damaged, an older and an unfinished folder are removed, and the encoder has the same id."""
    folder = find(str(tiny), home)
    assert folder is not None
    identity = load(folder).id
    (folder / "tokenizer.json").write_text("{}")
    older = folder.with_name(folder.name[:-12] + "0" * 12)
    older.mkdir()
    unfinished = home / f"{bundle.UNFINISHED}dead"
    unfinished.mkdir()
    os.utime(unfinished, (time.time() - 7200,) * 2)
    capfd.readouterr()
    assert compiler.compile(str(tiny), home) == folder
    assert capfd.readouterr() == ("", "")
    assert list(home.iterdir()) == [folder]
    assert load(folder).id == identity


def test_embeddings_that_differ_from_the_original_are_rejected(
    tiny: Path, home: Path, tmp_path: Path
) -> None:
    folder = find(str(tiny), home)
    assert folder is not None
    other = bi_encoder(tmp_path, seed=2)
    with torch_export.quiet():
        original = compiler._original(str(other), None)
    with pytest.raises(EncoderError, match=r"other was not compiled: a row has a cosine of -?0\.\d+"):
        compiler._parity(original, "other", folder)


def test_a_model_that_cannot_be_loaded_is_an_error(tmp_path: Path) -> None:
    """Nothing is left behind."""
    model, home = tmp_path / "empty", tmp_path / "encoders"
    model.mkdir()
    with pytest.raises(EncoderError, match=r"the model .*empty cannot be loaded: "):
        compiler.compile(str(model), home)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("package", compiler.NEEDED)
def test_the_error_for_a_missing_package_has_the_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EncoderError) as raised:
        compiler.compile("some-model", tmp_path)
    assert f"run: {install.command('compile')} (or strata compile --import FILE" in str(raised.value)


def test_a_home_that_cannot_be_written_is_an_error(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "encoders").touch()
    with pytest.raises(EncoderError, match="cannot be stored in"):
        compiler.compile(str(tiny), tmp_path / "encoders")


def test_the_name_of_the_default_model_is_never_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with this name in the working folder does not replace the default model."""
    (tmp_path / DEFAULT).mkdir()
    monkeypatch.chdir(tmp_path)
    assert not is_folder(DEFAULT)
    assert is_folder(f"./{DEFAULT}")


@pytest.mark.parametrize(
    ("card", "license"),
    [("---\nlicense: mit\n---\n", "mit"), ("# None\n", ""), ("---\n- a\n---\n", ""), ("---\n: : [\n---", "")],
)
def test_the_licence_comes_from_the_model_card(tmp_path: Path, card: str, license: str) -> None:
    (tmp_path / "README.md").write_text(card)
    assert compiler._license(tmp_path) == license


def test_several_weight_files_have_one_hash(tmp_path: Path) -> None:
    """Safetensors files take precedence over older formats."""
    (tmp_path / "2_Dense").mkdir()
    (tmp_path / "pytorch_model.bin").write_bytes(b"1")
    assert compiler._weights(tmp_path) == sha256(tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").write_bytes(b"2")
    assert compiler._weights(tmp_path) == sha256(tmp_path / "model.safetensors")
    before = compiler._weights(tmp_path)
    (tmp_path / "2_Dense" / "model.safetensors").write_bytes(b"3")
    assert compiler._weights(tmp_path) not in {before, json.dumps(None)}
