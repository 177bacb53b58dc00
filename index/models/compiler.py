"""Compiling: a model to a folder that is loaded without torch.

An encoder becomes what `index.models.encoder` loads, a cross-encoder what `index.models.reranker` loads. The default model is built by
`index.models.minilm` from its packaged weights. Every other model is loaded by sentence-transformers and exported by torch: with
`index.models.exporter`, this module is the only one that imports them. The extra `[compile]` installs them.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import install
from index.errors import EncoderError
from index.models import bundle, minilm, parity
from index.models.encoder import (
    DEFAULT,
    FORMAT,
    GRAPH,
    TOKENIZER,
    Description,
    is_folder,
    load,
    named,
    sha256,
)
from index.models.exporter import export, pipeline, quiet, reason, scorer, write_tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED = ("torch", "sentence_transformers", "onnx", "onnxscript")

APART = 1e-3
"""The greatest difference to sentence-transformers' own scores that passes, as a share of their range or of 1."""


def compile(
    model: str,
    home: Path,
    *,
    prompts: Mapping[str, str] | None = None,
    words: bool = True,
    progress: bundle.Progress | None = None,
) -> Path:
    """Compile a model into a folder below `home`, and return that folder.

    The folder appears whole or not at all; older folders of the same model are removed after that.

    Args:
        model: A sentence-transformers name, or a folder of weights.
        home: The folder of all compiled encoders.
        prompts: Prefixes for "query" and "document", for models that need them and do not bring them along.
        words: Whether to encode the tokenizer's whole words now. It takes longer than everything else; without their
            rows, such words of a question are encoded when it is asked.
        progress: Called while the words are encoded.

    Raises:
        EncoderError: A package is missing, the model cannot be loaded or exported, or the rows differ.
    """

    def fill(folder: Path) -> Description:
        if is_default(model):
            description = minilm.fill(folder, prompts)
        else:
            _need_packages()
            with quiet():
                description = _make(model, folder, prompts)
        return bundle.add_words(folder, description, progress) if words else description

    return bundle.publish(model, home, fill)


def compile_reranker(model: str, home: Path) -> Path:
    """Compile a cross-encoder with one output, such as those trained on MS MARCO, into a folder below `home`."""
    _need_packages()

    def fill(folder: Path) -> Description:
        with quiet():
            return _make_reranker(model, folder)

    return bundle.publish(model, home, fill)


def is_default(model: str) -> bool:
    """Return whether a name means the default model, which needs no torch."""
    return not is_folder(model) and named(model) == DEFAULT


def next_step(model: str) -> str:
    """Return the command that gets a compiled encoder of a model here: compile it, or first install what that needs."""
    if is_default(model):
        absent, install_command = minilm.missing(), install.model_command()
    else:
        absent, install_command = _missing(), install.command("compile")
    return f"{install_command} && strata compile" if absent else "strata compile"


def _missing() -> str:
    """Return the first package that compiling other models than the default needs and that is missing, or nothing."""
    return next((package for package in NEEDED if importlib.util.find_spec(package) is None), "")


def _need_packages() -> None:
    if package := _missing():
        raise EncoderError(
            f"compiling needs {package.replace('_', '-')}; run: {install.command('compile')} {minilm.OTHERWISE}"
        )


def _make(model: str, made: Path, prompts: Mapping[str, str] | None) -> Description:
    """Write a compiled encoder without word rows into a folder, and check it against its original."""
    original = _original(model, prompts)
    export(pipeline(original), ("input_ids", "attention_mask"), "row", model, made / GRAPH)
    write_tokenizer(original, made / TOKENIZER)
    description = _describe(original, model, made)
    description.write(made)
    description = replace(description, parity=_parity(original, model, made))
    description.write(made)
    return description


def _make_reranker(model: str, made: Path) -> Description:
    """Write a whole compiled reranker into a folder, checked against its original."""
    original = _original_reranker(model)
    typed = "token_type_ids" in original.tokenizer.model_input_names
    names = ("input_ids", "attention_mask", "token_type_ids")[: 3 if typed else 2]
    export(scorer(original), names, "score", model, made / GRAPH)
    write_tokenizer(original, made / TOKENIZER, longest=_longest(original))
    description = replace(
        _manifest(original, model, made, dimension=1),
        kind="reranker",
        query_prompt="",
        document_prompt="",
    )
    description.write(made)
    description = replace(description, parity=_reranker_parity(original, model, made))
    description.write(made)
    return description


def _original(model: str, prompts: Mapping[str, str] | None) -> Any:
    """Return the model as sentence-transformers loads it."""
    from sentence_transformers import SentenceTransformer

    try:
        original = SentenceTransformer(
            model,
            device="cpu",
            prompts=dict(prompts) if prompts else None,
            # As fast as the fused attention once ONNX Runtime has fused what it can, and without its checks for NaN.
            model_kwargs={"attn_implementation": "eager", "dtype": "float32"},
        )
    except Exception as error:  # whatever the model's files provoke in three libraries
        raise EncoderError(f"the model {model} cannot be loaded: {reason(error)}") from error
    if any(type(module).__name__ in {"Router", "Asym"} for module in original.modules()):
        raise EncoderError(
            f"{model} has separate networks for queries and documents; choose a model with one"
        )
    return _with_tokenizer(original, model)


def _original_reranker(model: str) -> Any:
    """The cross-encoder as sentence-transformers loads it."""
    from sentence_transformers import CrossEncoder

    try:
        original = CrossEncoder(
            model, device="cpu", model_kwargs={"attn_implementation": "eager", "dtype": "float32"}
        )
    except Exception as error:  # whatever the model's files provoke in three libraries
        raise EncoderError(f"the model {model} cannot be loaded: {reason(error)}") from error
    if any(type(module).__name__ == "LogitScore" for module in original.modules()):
        raise EncoderError(f"{model} is a language model that is asked yes or no; choose a cross-encoder")
    if original.num_labels != 1:
        raise EncoderError(
            f"{model} sorts pairs into {original.num_labels} classes; choose a cross-encoder with one score"
        )
    return _with_tokenizer(original, model)


def _with_tokenizer(original: Any, model: str) -> Any:
    if not getattr(original.tokenizer, "is_fast", False):
        raise EncoderError(f"{model} has no tokenizer.json; choose a model that has one")
    return original.eval()


def _describe(original: Any, model: str, made: Path) -> Description:
    """Return the manifest of a compiled encoder, its parity still open."""
    prompts = original.prompts
    document = next((prompts[name] for name in ("document", "passage", "corpus") if name in prompts), "")
    dimension = original.encode([""], show_progress_bar=False).shape[1]
    return replace(
        _manifest(original, model, made, dimension=dimension),
        query_prompt=prompts.get("query") or "",
        document_prompt=document or "",
    )


def _manifest(original: Any, model: str, made: Path, *, dimension: int) -> Description:
    """Return the manifest of any compiled model, its prompts and its parity still open."""
    snapshot = _snapshot(model)
    return Description(
        format=FORMAT,
        name=named(model),
        dimension=dimension,
        max_tokens=_longest(original),
        pad=original.tokenizer.pad_token_id,
        query_prompt="",
        document_prompt="",
        weights=_weights(snapshot),
        license=_license(snapshot),
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        made_with={name: version(name) for name in ("sentence-transformers", "torch", "onnxruntime")},
        parity=0.0,
        files=bundle.hashed(made),
    )


def _longest(original: Any) -> int:
    """How many tokens a model reads."""
    positions = getattr(getattr(original[0].auto_model, "config", None), "max_position_embeddings", None)
    return int(min(limit for limit in (original.max_seq_length, positions) if limit))


def _snapshot(source: str) -> Path:
    """The folder that a model was loaded from."""
    if Path(source).is_dir():
        return Path(source)
    from huggingface_hub import snapshot_download

    name = source if "/" in source else f"sentence-transformers/{source}"
    return Path(snapshot_download(name, local_files_only=True))


def _weights(snapshot: Path) -> str:
    """sha256 of the weight file of a folder, or of the list of them where they are several."""
    files = sorted(snapshot.rglob("*.safetensors")) or sorted(snapshot.rglob("*.bin"))
    if len(files) == 1:
        return sha256(files[0])
    lines = [f"{sha256(file)}  {file.relative_to(snapshot).as_posix()}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _license(snapshot: Path) -> str:
    """The licence that the front matter of a model's card names, or nothing."""
    import yaml

    try:
        card = (snapshot / "README.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    if not card.startswith("---"):
        return ""
    try:
        front = yaml.safe_load(card.split("---", 2)[1])
    except yaml.YAMLError:
        return ""
    return str(front.get("license", "")) if isinstance(front, dict) else ""


def _parity(original: Any, model: str, made: Path) -> float:
    """Return the lowest cosine between compiled and original rows; raises EncoderError if it is too low."""
    import numpy as np

    passages, rows = parity.rows(load(made))
    options = {"convert_to_numpy": True, "normalize_embeddings": True, "show_progress_bar": False}
    questions = [*passages, parity.TOO_LONG]
    expected = np.concatenate(
        [original.encode_document(passages, **options), original.encode_query(questions, **options)]
    )
    return parity.check(model, rows, expected)


def _reranker_parity(original: Any, model: str, made: Path) -> float:
    """The greatest difference between compiled and sentence-transformers' own scores; raises EncoderError above `APART`.

    It counts in units of the widest difference between two of the model's scores, and of 1 where that is wider.
    """
    import numpy as np

    from index.models.reranker import load as load_reranker

    texts = [*parity.PROBES, parity.TOO_LONG]
    compiled = load_reranker(made)
    pairs = [(question, text) for question in (parity.PROBES[3], texts[-1], "") for text in texts]
    expected = original.predict(pairs, show_progress_bar=False)
    scores = np.concatenate(
        [compiled.scores(question, texts) for question in (parity.PROBES[3], texts[-1], "")]
    )
    greatest = float(np.abs(scores - expected).max() / max(1.0, np.ptp(expected)))
    if not greatest <= APART:  # so that NaN fails, too
        raise EncoderError(
            f"{model} was not compiled: a score is {greatest:.6f} from sentence-transformers' own, more than {APART}; "
            "choose another model"
        )
    return greatest
