"""The compiler: from a model of sentence-transformers to a folder that loads without torch.

`index.models.encoder` loads compiled encoders and `index.models.reranker` compiled cross-encoders.
`index.models.default_encoder` compiles the default model from its packaged weights. sentence-transformers loads every
other model, and torch exports it; the extra `[compile]` installs both.
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
from index.models import bundle, default_encoder, parity, word_table
from index.models.adapter import name_with
from index.models.bundle import DEFAULT, FORMAT, GRAPH, TOKENIZER, Description, is_folder, model_name, sha256
from index.models.encoder import load
from index.models.families import prefixes
from index.models.torch_export import export, pipeline, quiet, reason, scorer, write_tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED = ("torch", "sentence_transformers", "onnx", "onnxscript")

MAX_SCORE_DIFFERENCE = 1e-3
"""The greatest difference to sentence-transformers' scores that passes, as a share of their range, or of 1 if
that is wider."""


def compile(
    model: str,
    home: Path,
    *,
    prompts: Mapping[str, str] | None = None,
    words: bool = True,
    progress: word_table.Progress | None = None,
    adapter: Path | None = None,
) -> Path:
    """Compile a model into a folder below `home`, and return that folder.

    The folder is written atomically, and older folders of the same model are removed. If only the table of
    words of the default model is missing, only the table is made.

    Args:
        model: A sentence-transformers name, or a folder of weights.
        home: The folder of all compiled encoders.
        prompts: Prefixes for "query" and "document", for models that need prefixes but do not define them; by default those of
            the model, or else of its family (see `index.models.families`).
        words: Whether to make the table of words, which takes longer than everything else. Without the table, single words of
            a question are encoded when it is asked.
        progress: Called while the words are encoded.
        adapter: The file of an adapter for the default model.

    Raises:
        EncoderError: The adapter is for another model, a package is missing, the model cannot be loaded or exported, or the embeddings differ.
    """

    def fill(folder: Path) -> Description:
        if is_default(model):
            description = default_encoder.copy(folder, home, prompts, adapter) if words else None
            description = description or default_encoder.fill(folder, prompts, adapter)
        else:
            _need_packages()
            with quiet():
                description = _compile_encoder(model, folder, prompts)
        return word_table.add_words(folder, description, progress) if words else description

    if adapter is not None and not is_default(model):
        raise EncoderError(f"{adapter} is an adapter for {DEFAULT}, not for {model}; delete the file")
    return bundle.publish(name_with(model, adapter), home, fill)


def compile_reranker(model: str, home: Path) -> Path:
    """Compile a cross-encoder with one output into a folder below `home`, and return that folder.

    Raises EncoderError as `compile` does.
    """
    _need_packages()

    def fill(folder: Path) -> Description:
        with quiet():
            return _compile_reranker(model, folder)

    return bundle.publish(model, home, fill)


def is_default(model: str) -> bool:
    """Return True if the model is the default model, which compiles without torch."""
    return not is_folder(model) and model_name(model) == DEFAULT


def next_step(model: str) -> str:
    """Return the shell command that compiles a model, with the installation of missing packages before it."""
    if is_default(model):
        absent, install_command = default_encoder.missing(), install.model_command()
    else:
        absent, install_command = _missing(), install.command("compile")
    return f"{install_command} && strata compile" if absent else "strata compile"


def _missing() -> str:
    """Return the first missing package that compiling other models than the default needs, or an empty string."""
    return next((package for package in NEEDED if importlib.util.find_spec(package) is None), "")


def _need_packages() -> None:
    """Raise EncoderError with the command to install missing packages."""
    if package := _missing():
        raise EncoderError(
            f"compiling needs {package.replace('_', '-')}; run: {install.command('compile')} {default_encoder.ALTERNATIVE}"
        )


def _compile_encoder(model: str, folder: Path, prompts: Mapping[str, str] | None) -> Description:
    """Compile an encoder, without the table of words, into a folder, and check its embeddings against the original."""
    original = _original(model, prompts)
    export(pipeline(original), ("input_ids", "attention_mask"), "row", model, folder / GRAPH)
    write_tokenizer(original, folder / TOKENIZER)
    description = _describe(original, model, folder)
    description.write(folder)
    description = replace(description, parity=_parity(original, model, folder))
    description.write(folder)
    return description


def _compile_reranker(model: str, folder: Path) -> Description:
    """Compile a reranker into a folder, and check its scores against the original."""
    original = _original_reranker(model)
    has_types = "token_type_ids" in original.tokenizer.model_input_names
    names = ("input_ids", "attention_mask", "token_type_ids")[: 3 if has_types else 2]
    export(scorer(original), names, "score", model, folder / GRAPH)
    write_tokenizer(original, folder / TOKENIZER, max_tokens=_max_tokens(original))
    description = replace(
        _manifest(original, model, folder, dimension=1),
        kind="reranker",
        query_prompt="",
        document_prompt="",
    )
    description.write(folder)
    description = replace(description, parity=_reranker_parity(original, model, folder))
    description.write(folder)
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
    except Exception as error:  # damaged files raise errors of three libraries
        raise EncoderError(f"the model {model} cannot be loaded: {reason(error)}") from error
    if any(type(module).__name__ in {"Router", "Asym"} for module in original.modules()):
        raise EncoderError(
            f"{model} has separate networks for queries and documents; choose a model with one"
        )
    if not prompts and not any(original.prompts.values()):
        original.prompts = {**original.prompts, **prefixes(model)}
    return _with_tokenizer(original, model)


def _original_reranker(model: str) -> Any:
    """Return the cross-encoder as sentence-transformers loads it; raises EncoderError if it has not one score."""
    from sentence_transformers import CrossEncoder

    try:
        original = CrossEncoder(
            model, device="cpu", model_kwargs={"attn_implementation": "eager", "dtype": "float32"}
        )
    except Exception as error:  # damaged files raise errors of three libraries
        raise EncoderError(f"the model {model} cannot be loaded: {reason(error)}") from error
    if any(type(module).__name__ == "LogitScore" for module in original.modules()):
        raise EncoderError(f"{model} is a language model that is asked yes or no; choose a cross-encoder")
    if original.num_labels != 1:
        raise EncoderError(
            f"{model} sorts pairs into {original.num_labels} classes; choose a cross-encoder with one score"
        )
    return _with_tokenizer(original, model)


def _with_tokenizer(original: Any, model: str) -> Any:
    """Return the model in evaluation mode; raises EncoderError if it has no fast tokenizer."""
    if not getattr(original.tokenizer, "is_fast", False):
        raise EncoderError(f"{model} has no tokenizer.json; choose a model that has one")
    return original.eval()


def _describe(original: Any, model: str, folder: Path) -> Description:
    """Return the manifest of a compiled encoder, without its parity."""
    prompts = original.prompts
    document = next((prompts[name] for name in ("document", "passage", "corpus") if name in prompts), "")
    dimension = original.encode([""], show_progress_bar=False).shape[1]
    return replace(
        _manifest(original, model, folder, dimension=dimension),
        query_prompt=prompts.get("query") or "",
        document_prompt=document or "",
    )


def _manifest(original: Any, model: str, folder: Path, *, dimension: int) -> Description:
    """Return the manifest of a compiled model, without its prompts and its parity."""
    snapshot = _snapshot(model)
    return Description(
        format=FORMAT,
        name=model_name(model),
        dimension=dimension,
        max_tokens=_max_tokens(original),
        pad=original.tokenizer.pad_token_id,
        query_prompt="",
        document_prompt="",
        weights=_weights(snapshot),
        license=_license(snapshot),
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        made_with={name: version(name) for name in ("sentence-transformers", "torch", "onnxruntime")},
        parity=0.0,
        files=bundle.hashed(folder),
    )


def _max_tokens(original: Any) -> int:
    """Return the token limit of a model."""
    positions = getattr(getattr(original[0].auto_model, "config", None), "max_position_embeddings", None)
    return int(min(limit for limit in (original.max_seq_length, positions) if limit))


def _snapshot(source: str) -> Path:
    """Return the folder that a model was loaded from."""
    if Path(source).is_dir():
        return Path(source)
    from huggingface_hub import snapshot_download

    name = source if "/" in source else f"sentence-transformers/{source}"
    return Path(snapshot_download(name, local_files_only=True))


def _weights(snapshot: Path) -> str:
    """Return the sha256 of a folder's weight file; of several files, the sha256 of the list of their hashes."""
    files = sorted(snapshot.rglob("*.safetensors")) or sorted(snapshot.rglob("*.bin"))
    if len(files) == 1:
        return sha256(files[0])
    lines = [f"{sha256(file)}  {file.relative_to(snapshot).as_posix()}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _license(snapshot: Path) -> str:
    """Return the licence in the front matter of a model card, or an empty string."""
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


def _parity(original: Any, model: str, folder: Path) -> float:
    """Return the lowest cosine between compiled and original embeddings; raises EncoderError if it is too low."""
    import numpy as np

    passages, rows = parity.rows(load(folder))
    options = {"convert_to_numpy": True, "normalize_embeddings": True, "show_progress_bar": False}
    questions = [*passages, parity.TOO_LONG]
    expected = np.concatenate(
        [original.encode_document(passages, **options), original.encode_query(questions, **options)]
    )
    return parity.check(model, rows, expected)


def _reranker_parity(original: Any, model: str, folder: Path) -> float:
    """Return the greatest difference between compiled and original scores, in the unit of `MAX_SCORE_DIFFERENCE`.

    Raises EncoderError if it is too great.
    """
    import numpy as np

    from index.models.reranker import load as load_reranker

    texts = [*parity.PROBES, parity.TOO_LONG]
    compiled = load_reranker(folder)
    pairs = [(question, text) for question in (parity.PROBES[3], texts[-1], "") for text in texts]
    expected = original.predict(pairs, show_progress_bar=False)
    scores = np.concatenate(
        [compiled.scores(question, texts) for question in (parity.PROBES[3], texts[-1], "")]
    )
    greatest = float(np.abs(scores - expected).max() / max(1.0, np.ptp(expected)))
    if not greatest <= MAX_SCORE_DIFFERENCE:  # so that NaN fails, too
        raise EncoderError(
            f"{model} was not compiled: a score is {greatest:.6f} from sentence-transformers' own, more than {MAX_SCORE_DIFFERENCE}; "
            "choose another model"
        )
    return greatest
