from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from index import install
from index.errors import EncoderError
from index.models import bert_graph, compiler, default_encoder, parity, word_table
from index.models.bundle import DEFAULT, GRAPH, Description, sha256
from index.models.encoder import CompiledEncoder, load

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled default model, without a table of words."""
    for package in default_encoder.NEEDED:
        pytest.importorskip(package)
    return compiler.compile(DEFAULT, tmp_path_factory.mktemp("encoders"), words=False)


@pytest.fixture(scope="module")
def original() -> Any:
    """The same weights in sentence-transformers."""
    pytest.importorskip("sentence_transformers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(default_encoder.weights_folder()), device="cpu")


def test_embeddings_equal_those_of_sentence_transformers(folder: Path, original: Any) -> None:
    """Includes a batch of texts of different lengths, which are padded."""
    encoder = load(folder)
    texts = [" ".join(parity.PROBES)[start : start + 37 * (start % 7 + 1)] for start in range(0, 900, 45)]
    texts = [*parity.PROBES, *texts]
    rows = np.concatenate([encoder.encode(texts), [encoder.encode_question(parity.TOO_LONG)]])
    expected = original.encode([*texts, parity.TOO_LONG], normalize_embeddings=True, show_progress_bar=False)
    assert np.einsum("ij,ij->i", rows, expected).min() > 0.999999
    assert np.abs(rows - expected).max() < 1e-5


def test_the_stored_embeddings_are_those_of_sentence_transformers(original: Any) -> None:
    """Every compilation is checked against the stored embeddings, even without sentence-transformers."""
    texts = [*parity.PROBES, parity.TOO_LONG]
    expected = original.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    stored = default_encoder.expected_rows()[len(parity.PROBES) :]
    assert stored.shape == expected.shape
    assert np.einsum("ij,ij->i", stored, expected).min() > 0.999999


def test_the_manifest_describes_the_model(folder: Path) -> None:
    description = Description.read(folder)
    assert (description.name, description.dimension, description.max_tokens) == (DEFAULT, 384, 256)
    assert (description.weights, description.license) == (default_encoder.PUBLISHED, "apache-2.0")
    assert description.parity >= 0.99999
    assert set(description.made_with) == {"onnx", "onnxruntime"}


def test_the_graph_has_the_fast_operators(folder: Path) -> None:
    """ONNX Runtime fuses each Gelu with its bias, and no addition with a layer normalisation, which would be slow."""
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(folder / GRAPH, load_external_data=False).graph
    operators = [node.op_type for node in graph.node]
    assert operators.count("BiasGelu") == 6
    assert operators.count("LayerNormalization") == 13
    assert "SkipLayerNormalization" not in operators


def test_compiling_needs_no_torch(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    program = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(['torch', 'transformers', 'sentence_transformers']))\n"
        "from pathlib import Path\n"
        "from index.models.compiler import compile\n"
        "print(compile('all-MiniLM-L6-v2', Path(sys.argv[1]), words=False))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True
    )
    assert load(tmp_path / done.stdout.strip()).id.dimension == 384


def test_prefixes_are_in_the_manifest_and_not_part_of_the_parity_check(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    folder = compiler.compile(
        DEFAULT, tmp_path, prompts={"query": "query: ", "document": "text: "}, words=False
    )
    description = load(folder).description
    assert (description.query_prompt, description.document_prompt) == ("query: ", "text: ")
    assert description.parity >= 0.99999


def test_a_graph_with_different_embeddings_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong number of attention heads changes the embeddings. No folder is left behind."""
    pytest.importorskip("onnx")
    read = bert_graph.Architecture.read(default_encoder.weights_folder())
    wrong = bert_graph.Architecture(read.layers, 6, read.epsilon, read.max_tokens, read.pad)
    monkeypatch.setattr(bert_graph.Architecture, "read", lambda _: wrong)
    with pytest.raises(EncoderError, match=r"all-MiniLM-L6-v2 was not compiled: a row has a cosine of"):
        compiler.compile(DEFAULT, tmp_path, words=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "values", "message"),
    [
        ("config.json", {"hidden_act": "relu"}, "hidden_act is 'relu'; only 'gelu'"),
        ("config.json", {"model_type": "roberta"}, "model_type is 'roberta'"),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True}, "pooling_mode_cls_token is True"),
    ],
)
def test_an_unsupported_architecture_is_rejected(
    tmp_path: Path, file: str, values: dict[str, Any], message: str
) -> None:
    copied = shutil.copytree(
        default_encoder.weights_folder(), tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors")
    )
    config = json.loads((copied / file).read_text()) | values
    (copied / file).write_text(json.dumps(config))
    with pytest.raises(EncoderError, match=message):
        bert_graph.Architecture.read(copied)


def test_a_missing_weight_is_named_in_the_error(tmp_path: Path) -> None:
    architecture = bert_graph.Architecture.read(default_encoder.weights_folder())
    weights = dict(bert_graph.read_weights(default_encoder.weights_folder() / "model.safetensors"))
    del weights["encoder.layer.5.output.dense.bias"]
    with pytest.raises(EncoderError, match=r"no parameter 'encoder\.layer\.5\.output\.dense\.bias'"):
        bert_graph.write_graph(weights, architecture, tmp_path / "model.onnx")


@pytest.mark.parametrize("package", default_encoder.NEEDED)
def test_the_error_for_a_missing_package_has_the_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EncoderError) as raised:
        compiler.compile(DEFAULT, tmp_path)
    assert f"run: {install.model_command()} (or strata compile --import FILE" in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_other_weights_under_the_default_name_are_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / default_encoder.PACKAGE
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    weights = package / "model" / "model.safetensors"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, default_encoder.PACKAGE, raising=False)
    with pytest.raises(EncoderError, match="cannot be read"):
        default_encoder.weights_folder()
    weights.write_bytes(b"other")
    with pytest.raises(EncoderError, match=f"its sha256 is {sha256(weights)}"):
        default_encoder.weights_folder()


def test_the_table_of_words_has_the_embeddings_that_encoding_gives(
    compiled: CompiledEncoder, folder: Path
) -> None:
    """They differ only by rounding, so answers before and after the table is made are equal."""
    words = list(compiled.whole_words())[::1000]
    assert len(words) > 20
    quick = load(folder)
    assert not quick.has_word_rows
    assert np.abs(quick.word_rows(words) - compiled.word_rows(words)).max() < 1e-3


def test_progress_counts_the_words_of_the_table(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_table, "MAX_WORDS", 40)
    copied = shutil.copytree(folder, tmp_path / "copy")
    counts: list[tuple[int, int]] = []
    description = word_table.add_words(copied, Description.read(copied), lambda *count: counts.append(count))
    assert counts[0] == (0, 40)
    assert counts[-1] == (40, 40)
    assert load(copied).description == description


def test_only_the_missing_table_of_words_is_made(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_table, "MAX_WORDS", 40)
    shutil.copytree(folder, tmp_path / folder.name)
    with_table = compiler.compile(DEFAULT, tmp_path)
    assert with_table == tmp_path / folder.name
    assert load(with_table).has_word_rows
    assert load(with_table).description.created == load(folder).description.created


@pytest.mark.parametrize("reason", ["other prompts", "a damaged file", "other versions"])
def test_a_model_that_differs_or_is_damaged_is_not_copied(tmp_path: Path, folder: Path, reason: str) -> None:
    home, empty = tmp_path / "encoders", tmp_path / "empty"
    copied = shutil.copytree(folder, home / folder.name)
    empty.mkdir()
    assert default_encoder.copy(empty, home) == load(folder).description
    shutil.rmtree(empty)
    empty.mkdir()
    prompts = {"query": "query: "} if reason == "other prompts" else None
    if reason == "a damaged file":
        (copied / GRAPH).write_bytes(b"")
    if reason == "other versions":
        replace(Description.read(copied), made_with={"onnx": "1.0"}).write(copied)
    assert default_encoder.copy(empty, home, prompts) is None
    assert list(empty.iterdir()) == []
