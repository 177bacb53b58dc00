from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import EncoderError
from index.models.bundle import (
    DEFAULT,
    FORMAT,
    GRAPH,
    MANIFEST,
    TOKENIZER,
    VERIFIED,
    WEIGHTS,
    WORDS,
    Description,
    find,
    key,
    sha256,
)
from index.models.encoder import CompiledEncoder, batches, load

if TYPE_CHECKING:
    from pathlib import Path

    from index.types import Encoder

TEXTS = [
    "Capex rose.",
    "",
    "Data centres need gigawatts of firm power, and grids take years to connect them. " * 3,
    "Größe, 半導體, 🚀",
    "Capex rose.",
]


def make(home: Path, model: str = DEFAULT, created: str = "2026-01-01", **changes: Any) -> Path:
    """Make a compiled folder with an invalid graph and these changes in its manifest."""
    folder = home / f"{key(model)}.{len(list(home.iterdir())):012x}"
    folder.mkdir()
    for name in (GRAPH, WEIGHTS, TOKENIZER):
        (folder / name).write_bytes(name.encode() * 9)
    files = {
        name: (path.stat().st_size, sha256(path))
        for name in (GRAPH, WEIGHTS, TOKENIZER)
        if (path := folder / name)
    }
    Description(FORMAT, model, 384, 256, 0, "", "", "", "", created, {}, 1.0, files).write(folder)
    values = json.loads((folder / MANIFEST).read_text()) | changes
    (folder / MANIFEST).write_text(json.dumps(values))
    return folder


def test_a_compiled_encoder_implements_the_protocol(compiled: CompiledEncoder) -> None:
    encoder: Encoder = compiled
    assert (encoder.id.name, encoder.id.dimension, encoder.id.max_tokens) == (DEFAULT, 384, 256)
    assert len(encoder.id.sha256) == 64


def test_embeddings_equal_those_of_sentence_transformers(compiled: CompiledEncoder) -> None:
    """The numbers come from SentenceTransformer("all-MiniLM-L6-v2").encode."""
    row = compiled.encode_question("Capex rose to $90 billion in Q3 FY27.")
    expected = [-0.032418, 0.033340, -0.056848, 0.042636, -0.013097, 0.036351]
    assert np.abs(row[:6] - expected).max() < 1e-5


def test_the_manifest_has_parity_licence_and_weights(compiled: CompiledEncoder) -> None:
    assert compiled.description.parity >= 0.9999
    assert compiled.description.license == "apache-2.0"
    assert compiled.description.weights.startswith("53aa51172d14")


def test_rows_are_unit_float32_and_contiguous(compiled: CompiledEncoder) -> None:
    """FAISS takes such rows without a copy."""
    rows = compiled.encode(TEXTS)
    assert (rows.shape, rows.dtype.name, rows.flags.c_contiguous) == ((5, 384), "float32", True)
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-6


def test_no_texts_give_no_rows(compiled: CompiledEncoder) -> None:
    assert compiled.encode([]).shape == (0, 384)


@settings(max_examples=6)
@given(order=st.permutations(range(len(TEXTS))))
def test_an_embedding_does_not_depend_on_the_batch(compiled: CompiledEncoder, order: list[int]) -> None:
    alone = np.concatenate([compiled.encode([text]) for text in TEXTS])
    together = compiled.encode([TEXTS[position] for position in order])
    assert np.abs(together - alone[order]).max() < 1e-5


def test_questions_and_passages_have_equal_embeddings_without_prompts(compiled: CompiledEncoder) -> None:
    assert np.abs(compiled.encode_question(TEXTS[3]) - compiled.encode(TEXTS)[3]).max() < 1e-5


def test_whole_words_have_precomputed_embeddings(compiled: CompiledEncoder) -> None:
    """They are in half precision, and 0 for words that the tokenizer splits."""
    assert "revenue" in compiled.whole_words()
    rows = compiled.word_rows(["revenue", "qualcomm", "turbine", ""])
    assert np.abs(rows[[0, 2]] - compiled.encode(["revenue", "turbine"])).max() < 1e-3
    assert not rows[[1, 3]].any()
    assert compiled.word_rows([]).shape == (0, 384)


def test_without_a_table_words_are_encoded_on_demand(compiled: CompiledEncoder, tmp_path: Path) -> None:
    """The embeddings are the same as in the table."""
    folder = tmp_path / "quick"
    shutil.copytree(compiled.folder, folder)
    (folder / WORDS).unlink()
    values = json.loads((folder / MANIFEST).read_text())
    del values["files"][WORDS]
    (folder / MANIFEST).write_text(json.dumps(values))
    words = ["revenue", "qualcomm", "turbine", "", "ai", "2025", "[CLS]"]
    assert np.abs(load(folder).word_rows(words) - compiled.word_rows(words)).max() < 1e-3
    assert load(folder).word_rows(["revenue"]).any()
    assert load(folder).word_rows([]).shape == (0, 384)


def test_a_removed_table_of_words_is_an_error(compiled: CompiledEncoder, tmp_path: Path) -> None:
    """The folder may be removed while an encoder is open that has not read the table yet."""
    folder = tmp_path / "gone"
    shutil.copytree(compiled.folder, folder)
    encoder = load(folder)
    (folder / WORDS).unlink()
    with pytest.raises(EncoderError, match=r"words\.npy cannot be loaded .*; run: strata compile"):
        encoder.word_rows(["revenue"])


def test_counts_include_the_special_tokens(compiled: CompiledEncoder) -> None:
    """Every text has a start and an end token, and a long word has several tokens."""
    assert [compiled.count(text) for text in ("", "power", "gigawatts")] == [2, 3, 6]


def test_a_passage_above_the_token_limit_is_rejected(compiled: CompiledEncoder) -> None:
    """254 words fit between the start and the end token."""
    assert compiled.encode(["power " * 254]).shape == (1, 384)
    with pytest.raises(EncoderError, match=r"a text has 257 tokens, and all-MiniLM-L6-v2 reads 256"):
        compiled.encode(["short", "power " * 255])


def test_a_question_above_the_token_limit_is_truncated(compiled: CompiledEncoder) -> None:
    """The end token follows the truncated question."""
    longest = compiled.encode_question("power " * 254)
    assert np.abs(compiled.encode_question("power " * 254 + "chips " * 3000) - longest).max() < 1e-6


def test_a_question_with_invalid_utf_8_is_encoded(compiled: CompiledEncoder) -> None:
    """A terminal passes invalid UTF-8 as lone surrogates."""
    assert np.isfinite(compiled.encode_question(b"Capex \xff rose".decode(errors="surrogateescape"))).all()


def test_progress_reports_every_text_once(compiled: CompiledEncoder) -> None:
    done: list[int] = []
    compiled.encode(["gigawatt " * 50] * 20, done.append)
    assert sum(done) == 20
    assert len(done) > 1


def test_counting_loads_only_the_tokenizer(compiled_folder: Path) -> None:
    encoder = load(compiled_folder)
    assert (encoder._tokenizer, encoder._session) == (None, None)
    encoder.count("power")
    assert encoder._tokenizer is not None
    assert encoder._session is None


def test_threads_share_one_session(compiled_folder: Path) -> None:
    encoder = load(compiled_folder, threads=1)
    rows: list[object] = []
    threads = [
        threading.Thread(target=lambda: rows.append(encoder.encode_question(TEXTS[0]).tobytes()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows) == 8
    assert len(set(rows)) == 1


def test_warming_loads_the_session(compiled_folder: Path) -> None:
    encoder = load(compiled_folder)
    encoder.warm()
    for thread in threading.enumerate():
        if thread.name == "encoder":
            thread.join()
    assert encoder._session is not None


def test_encoding_needs_no_torch(compiled_folder: Path) -> None:
    program = (
        "import sys, pathlib; from index.models.encoder import load\n"
        "load(pathlib.Path(sys.argv[1])).encode_question('power')\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & set(sys.argv[2:])))"
    )
    heavy = ["torch", "transformers", "sentence_transformers", "onnx", "huggingface_hub"]
    done = subprocess.run(
        [sys.executable, "-c", program, str(compiled_folder), *heavy],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_a_folder_without_an_encoder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"holds no compiled encoder; run: strata compile"):
        load(tmp_path / "none")


@pytest.mark.parametrize("name", [GRAPH, WEIGHTS, TOKENIZER])
def test_a_changed_byte_is_an_error(tmp_path: Path, name: str) -> None:
    """It is detected even if the file was verified before and its size and time of change were restored."""
    folder = make(tmp_path)
    load(folder)
    path = folder / name
    status = path.stat()
    path.write_bytes(b"M" + path.read_bytes()[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(EncoderError, match=rf"{name} is damaged; run: strata compile"):
        load(folder)


@pytest.mark.parametrize("name", [GRAPH, WEIGHTS, TOKENIZER])
def test_a_missing_or_shortened_file_is_an_error(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path)
    (folder / name).write_bytes(b"")
    with pytest.raises(EncoderError, match=rf"{name} is damaged"):
        load(folder)
    (folder / name).unlink()
    with pytest.raises(EncoderError, match=rf"{name} cannot be read \(No such file"):
        load(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"dimension": "384"},
        {"max_tokens": None},
        {"query_prompt": 3},
        {"files": {}},
        {"files": {GRAPH: 3}},
        {"files": {GRAPH: [1, "0"], WEIGHTS: [1, "0"], TOKENIZER: [1, "0"], "../other": [1, "0"]}},
        {"surplus": 1},
    ],
)
def test_a_damaged_manifest_is_an_error(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(EncoderError, match=r"manifest\.json is damaged; run: strata compile"):
        load(make(tmp_path, **changes))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', "\x00", '{"format": '])
def test_a_foreign_manifest_is_an_error(tmp_path: Path, text: str) -> None:
    folder = make(tmp_path)
    (folder / MANIFEST).write_text(text)
    with pytest.raises(EncoderError, match=r"run: strata compile"):
        load(folder)


def test_a_graph_that_cannot_run_is_an_error(tmp_path: Path) -> None:
    """Files for another version of ONNX Runtime or tokenizers are not reported as damaged."""
    encoder = load(make(tmp_path))
    with pytest.raises(EncoderError, match=r"tokenizer\.json cannot be loaded by the version installed here"):
        encoder.count("power")
    with pytest.raises(EncoderError, match=r"model\.onnx cannot be loaded by the version installed here"):
        encoder._open_session()


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"model.onnx": [1, 2]}', None])
def test_an_outdated_note_of_verified_files_is_replaced(tmp_path: Path, note: str | None) -> None:
    folder = make(tmp_path)
    if note is not None:
        (folder / VERIFIED).write_text(note)
    load(folder)
    written = (folder / VERIFIED).read_text()
    assert set(json.loads(written)) == {GRAPH, WEIGHTS, TOKENIZER}
    load(folder)
    assert (folder / VERIFIED).read_text() == written
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_prompts_are_part_of_the_id(tmp_path: Path) -> None:
    plain, prompted = make(tmp_path), make(tmp_path, query_prompt="query: ")
    assert load(plain).id != load(prompted).id
    assert load(plain).id == load(make(tmp_path, created="2027")).id


def test_find_returns_the_newest_encoder_of_a_model(tmp_path: Path) -> None:
    """Other formats and models with similar names are ignored."""
    assert find(DEFAULT, tmp_path / "none") is None
    make(tmp_path, f"{DEFAULT}.5")
    make(tmp_path, created="2030", format=99)
    assert find(DEFAULT, tmp_path) is None
    newest = make(tmp_path, created="2026-03-01")
    make(tmp_path, created="2026-02-01")
    assert find(DEFAULT, tmp_path) == newest
    assert find(f"sentence-transformers/{DEFAULT}", tmp_path) == newest


def test_folders_of_weights_with_the_same_name_have_different_keys(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "mine", tmp_path / "b" / "mine"
    first.mkdir(parents=True)
    second.mkdir(parents=True)
    assert key(str(first)) != key(str(second))
    assert key(str(first)).startswith("mine-")


@given(
    lengths=st.lists(st.integers(min_value=1, max_value=300), max_size=60),
    tokens=st.integers(min_value=1, max_value=2000),
)
def test_batches_partition_the_texts(lengths: list[int], tokens: int) -> None:
    """Batches keep the token limit, unless a single text exceeds it, and start with the longest text."""
    found = list(batches(lengths, tokens))
    flat = [position for batch in found for position in batch]
    assert sorted(flat) == list(range(len(lengths)))
    assert [lengths[position] for position in flat] == sorted(lengths, reverse=True)
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[position] for position in batch) <= tokens
