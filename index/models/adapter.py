"""Adapters: small low-rank changes to an encoder's weights, which `strata tune` fits to a library.

An adapter is a safetensors file of one to two megabytes beside the documents. For each dense layer that it
changes, it has two matrices, `A` of shape (rank, in) and `B` of shape (out, rank): alpha / rank * B @ A is
added to the layer's weight (Hu et al. 2021, LoRA). They are added with NumPy when the encoder is compiled, so
that serving needs neither torch nor peft. The tensor `probes` has the embeddings that sentence-transformers
gives for the texts of `index.models.parity` with the adapter; the compiled encoder is compared with them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.errors import EncoderError
from index.files import atomic_write
from index.models import bert_graph, bundle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from index.models.bert_graph import Weights

FILE_NAME = "adapter.safetensors"
"""The adapter of a library, in its folder."""

FORMAT = 1
"""Version of the file."""

MAX_BYTES = 32 << 20
"""The largest file that is read; an adapter of rank 16 for the default model has 1.3 MB."""

_ABOUT = "strata"
_PROBES = "probes"
_ENDS = (".A", ".B")


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter: its matrices, and what it was fitted to."""

    base: str
    """The sha256 of the weights that it changes."""
    alpha: float
    layers: Mapping[str, tuple[NDArray[np.float16], NDArray[np.float16]]]
    """The matrices A and B for each weight, by its name, for example "encoder.layer.0.output.dense.weight"."""
    probes: NDArray[np.float16]
    """The embeddings of `parity.PROBES` and then `parity.TOO_LONG`."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """The id of each document that it was fitted to, and the hash of the document's expected questions."""
    measured: str = ""
    """The gain on documents that the adapter was not fitted to, in one line."""


def write(adapter: Adapter, file: Path) -> None:
    """Write an adapter; the same adapter always gives the same bytes. Raises WriteError."""
    tensors = {_PROBES: adapter.probes}
    for name, pair in sorted(adapter.layers.items()):
        tensors.update({f"{name}{end}": np.ascontiguousarray(m) for end, m in zip(_ENDS, pair, strict=True)})
    about = {
        "format": FORMAT,
        "base": adapter.base,
        "alpha": adapter.alpha,
        "documents": dict(sorted(adapter.documents.items())),
        "measured": adapter.measured,
    }
    # One entry, because safetensors writes several in random order.
    metadata = {_ABOUT: json.dumps(about, ensure_ascii=False)}
    atomic_write(file, bert_graph.tensor_bytes(tensors, metadata), 0o644)


def read(file: Path) -> Adapter:
    """Read an adapter; raises EncoderError if the file is damaged, too large or of another version."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise EncoderError(f"{file} has more than {MAX_BYTES >> 20} MB and is no adapter; delete it")
        tensors, metadata = bert_graph.read_tensors(file)
        about = json.loads(metadata[_ABOUT])
        if about["format"] != FORMAT:
            raise EncoderError(f"{file} was written by another version of Strata; run: strata tune")
        names = [name.removesuffix(_ENDS[0]) for name in tensors if name.endswith(_ENDS[0])]
        layers = {name: (tensors[name + _ENDS[0]], tensors[name + _ENDS[1]]) for name in names}
        if len(tensors) != 2 * len(layers) + 1 or not layers:
            raise ValueError("it has other tensors")
        return Adapter(
            base=str(about["base"]),
            alpha=float(about["alpha"]),
            layers=layers,
            probes=tensors[_PROBES],
            documents={str(id): str(hash) for id, hash in about["documents"].items()},
            measured=str(about["measured"]),
        )
    except OSError as error:
        raise EncoderError(f"{file} cannot be read ({error.strerror or error})") from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise EncoderError(f"{file} is damaged ({error}); run: strata tune, or delete it") from error


def merge(weights: Weights, adapter: Adapter) -> Weights:
    """Return the weights with the adapter added, in single precision.

    Raises:
        EncoderError: The adapter changes a weight that the model does not have, or one of another shape.
    """
    merged = dict(weights)
    for name, (down, up) in adapter.layers.items():
        rank = down.shape[0] if down.ndim == 2 else 0
        if name not in merged or (up.shape[0], *down.shape[1:], *up.shape[1:]) != (*merged[name].shape, rank):
            raise EncoderError(f"the adapter does not fit the encoder: it changes {name}; run: strata tune")
        change = up.astype(np.float32) @ down.astype(np.float32)
        merged[name] = merged[name] + np.float32(adapter.alpha / rank) * change
    return merged


def find(content: Path) -> Path | None:
    """Return the adapter of a library's folder, or None."""
    file = content / FILE_NAME
    return file if file.is_file() else None


def name_with(model: str, file: Path | None) -> str:
    """Return the name of an encoder with an adapter: the model's name and the start of the file's sha256.

    An index notes the name of its encoder, so another adapter is another encoder. Raises EncoderError.

    >>> name_with("all-MiniLM-L6-v2", None)
    'all-MiniLM-L6-v2'
    """
    if file is None:
        return model
    try:
        return f"{bundle.model_name(model)}+{bundle.sha256(file)[:8]}"
    except OSError as error:
        raise EncoderError(f"{file} cannot be read ({error.strerror or error})") from error
