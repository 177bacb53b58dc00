"""Export of torch networks to optimised ONNX graphs, and of their tokenizers to files that need no transformers."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.errors import EncoderError
from index.models.bundle import WEIGHTS


def export(network: Any, names: Sequence[str], output: str, model: str, graph: Path) -> None:
    """Write a network as one optimised ONNX graph, with its weights in a file beside it.

    Args:
        network: A torch module with an attribute `pad`. Its inputs are int64 of shape (batch, length).
        names: The names of the inputs in the order of the network's arguments, "input_ids" first.
        output: The name of the output.
        model: The model's name, for errors.
        graph: The file to write; the weights go to `WEIGHTS` in its folder.

    Raises:
        EncoderError: The network cannot be exported.
    """
    import torch

    ids = torch.full((2, 8), network.pad, dtype=torch.int64)
    arguments = (ids, *(torch.ones_like(ids) for _ in names[1:]))
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    raw = graph.with_suffix(".raw")
    try:
        with torch.no_grad():
            torch.onnx.export(
                network.eval(),
                arguments,
                str(raw),
                input_names=list(names),
                output_names=[output],
                dynamo=True,
                opset_version=20,  # the first with a Gelu of its own, which fuses with its bias
                dynamic_shapes=tuple({0: batch, 1: length} for _ in names),
                external_data=False,
                verbose=False,
            )
        optimise(raw, graph, model)
    except EncoderError:
        raise
    except Exception as error:  # the exporter raises many kinds of errors
        raise EncoderError(
            f"{model} cannot be exported by torch {torch.__version__}: {reason(error)}"
        ) from error
    finally:
        raw.unlink(missing_ok=True)


def optimise(raw: Path, graph: Path, model: str) -> None:
    """Optimise an ONNX graph, and write it with its weights beside it.

    Args:
        raw: The graph with its weights, in one file.
        graph: The file to write; the weights go to `WEIGHTS` in its folder.
        model: The model's name, for errors.

    Raises:
        EncoderError: ONNX Runtime cannot optimise the graph.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(graph)
    options.log_severity_level = 3
    prefix = "session.optimized_model_external_initializers_"
    options.add_session_config_entry(f"{prefix}file_name", WEIGHTS)
    options.add_session_config_entry(f"{prefix}min_size_in_bytes", "1024")
    try:
        # The fused kernel takes six times as long as separate addition and layer normalisation.
        onnxruntime.InferenceSession(
            str(raw), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
        )
    except Exception as error:  # ONNX Runtime's errors share no narrower root
        raise EncoderError(
            f"{model} cannot be optimised by onnxruntime {onnxruntime.__version__}: {reason(error)}"
        ) from error


def pipeline(original: Any) -> Any:
    """Return the network of a sentence-transformers encoder: from token ids and mask to unit rows."""
    import torch

    has_types = "token_type_ids" in original.tokenizer.model_input_names

    class Pipeline(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
        def __init__(self) -> None:
            super().__init__()
            self.stages = original
            self.pad = original.tokenizer.pad_token_id

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            if has_types:
                features["token_type_ids"] = torch.zeros_like(input_ids)
            for stage in self.stages:
                features = stage(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    return Pipeline()


def scorer(original: Any) -> Any:
    """Return the network of a sentence-transformers cross-encoder: from token ids, mask and optional types to scores (batch,)."""
    import torch

    class Scorer(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.stages = original
            self.pad = original.tokenizer.pad_token_id
            self.activation = original.activation_fn

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any = None) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            if token_type_ids is not None:
                features["token_type_ids"] = token_type_ids
            for stage in self.stages:
                features = stage(features)
            return self.activation(features["scores"]).squeeze(-1)

    return Scorer()


def write_tokenizer(original: Any, path: Path, *, max_tokens: int | None = None) -> None:
    """Write the tokenizer of a sentence-transformers model to a file, without padding.

    By default it does not truncate. With `max_tokens` it truncates the longer text of a pair until the pair
    fits.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(original.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    if max_tokens is not None:
        tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    tokenizer.no_padding()
    tokenizer.save(str(path), pretty=False)


def reason(error: Exception) -> str:
    """Return the first line of an error's message, or the error's class if the message is empty."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence the warnings and progress bars of torch and transformers; errors still raise."""
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
