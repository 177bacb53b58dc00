"""Tests of compiling, on a small model with random weights that is made here."""

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
from index.models import bundle, compiler, exporter
from index.models.encoder import DEFAULT, Description, find, is_folder, load, sha256
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
    """A folder in which the small model is compiled."""
    home = tmp_path_factory.mktemp("encoders")
    compiler.compile(str(tiny), home)
    return home


def test_compiles_the_whole_pipeline(tiny: Path, home: Path) -> None:
    """Pooling, dense layer and normalisation are in the graph, and rows of both kinds of text agree."""
    folder = find(str(tiny), home)
    assert folder is not None
    encoder = load(folder)
    assert encoder.description.parity >= 0.9999
    rows = encoder.encode(["capex rose", "", "the grid"])
    assert rows.shape == (3, 12)
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-6
    assert encoder.encode_question("capex rose") @ rows[0] < 0.999


def test_describes_the_model(tiny: Path, home: Path) -> None:
    """The manifest has the model's limits, prompts, licence and the sha256 of its weights."""
    folder = find(str(tiny), home)
    assert folder is not None
    description = Description.read(folder)
    assert (description.name, description.dimension, description.max_tokens) == ("tiny", 12, 24)
    assert (description.query_prompt, description.document_prompt) == ("query: ", "passage: ")
    assert description.license == "cc0-1.0"
    assert description.weights == compiler._weights(tiny)
    assert set(description.made_with) == {"sentence-transformers", "torch", "onnxruntime"}


def test_the_document_prompt_is_counted(tiny: Path, home: Path) -> None:
    """What `encode` reads and what `count` counts are the same tokens."""
    folder = find(str(tiny), home)
    assert folder is not None
    encoder = load(folder)
    assert encoder.count("capex rose") == 6
    assert encoder.encode(["capex " * 20]).shape == (1, 12)
    with pytest.raises(EncoderError, match="a text has 25 tokens, and tiny reads 24"):
        encoder.encode(["capex " * 21])


def test_compiling_again_leaves_one_quiet_whole_folder(
    tiny: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The same model makes the same encoder; a damaged one, an older one and an unfinished one are cleared away."""
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


def test_rows_that_differ_are_refused(tiny: Path, home: Path, tmp_path: Path) -> None:
    """An encoder is measured against the model that it was compiled from."""
    folder = find(str(tiny), home)
    assert folder is not None
    other = bi_encoder(tmp_path, seed=2)
    with exporter.quiet():
        original = compiler._original(str(other), None)
    with pytest.raises(EncoderError, match=r"other was not compiled: a row has a cosine of -?0\.\d+"):
        compiler._parity(original, "other", folder)


def test_a_model_that_cannot_be_loaded_is_an_error(tmp_path: Path) -> None:
    """A folder that holds no model leaves nothing behind."""
    model, home = tmp_path / "empty", tmp_path / "encoders"
    model.mkdir()
    with pytest.raises(EncoderError, match=r"the model .*empty cannot be loaded: "):
        compiler.compile(str(model), home)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("package", compiler.NEEDED)
def test_a_missing_package_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    """The message has the command that installs it, and the way without."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EncoderError) as raised:
        compiler.compile("some-model", tmp_path)
    assert f"run: {install.command('compile')} (or strata compile --import FILE" in str(raised.value)


def test_a_home_that_cannot_be_written_is_an_error(tiny: Path, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "encoders").touch()
    with pytest.raises(EncoderError, match="cannot be stored in"):
        compiler.compile(str(tiny), tmp_path / "encoders")


def test_the_default_name_is_never_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of that name in the working folder does not take the default model's place."""
    (tmp_path / DEFAULT).mkdir()
    monkeypatch.chdir(tmp_path)
    assert not is_folder(DEFAULT)
    assert is_folder(f"./{DEFAULT}")


@pytest.mark.parametrize(
    ("card", "license"),
    [("---\nlicense: mit\n---\n", "mit"), ("# None\n", ""), ("---\n- a\n---\n", ""), ("---\n: : [\n---", "")],
)
def test_reads_the_licence_of_a_card(tmp_path: Path, card: str, license: str) -> None:
    """A card without one, or that cannot be read, has none."""
    (tmp_path / "README.md").write_text(card)
    assert compiler._license(tmp_path) == license


def test_several_weight_files_have_one_hash(tmp_path: Path) -> None:
    """It is of the list of their hashes, and safetensors come before older formats."""
    (tmp_path / "2_Dense").mkdir()
    (tmp_path / "pytorch_model.bin").write_bytes(b"1")
    assert compiler._weights(tmp_path) == sha256(tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").write_bytes(b"2")
    assert compiler._weights(tmp_path) == sha256(tmp_path / "model.safetensors")
    before = compiler._weights(tmp_path)
    (tmp_path / "2_Dense" / "model.safetensors").write_bytes(b"3")
    assert compiler._weights(tmp_path) not in {before, json.dumps(None)}
