"""The ONNX graph of a BERT sentence encoder, built from its weights with NumPy and onnx, without torch.

The graph takes token ids and an attention mask, int64 of shape (batch, length), and gives unit rows, float32
of shape (batch, dimension): embeddings, transformer layers, the mean over the unmasked tokens, L2
normalisation. Weights have the names and shapes of a Hugging Face `BertModel`. To change weights, for example
to merge an adapter, do it between `read_weights` and `write_graph`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import EncoderError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.float32]]
    """Parameter names, for example "encoder.layer.0.output.dense.weight", and their values."""

OPSET = 20
"""The first ONNX version with a Gelu operator, which ONNX Runtime fuses with the bias before it."""

IR_VERSION = 10
"""The oldest file format that allows `OPSET`, which older versions of ONNX Runtime can read."""

_READABLE = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
_POOLING = {
    "pooling_mode_mean_tokens": True,
    "pooling_mode_cls_token": False,
    "pooling_mode_max_tokens": False,
}


@dataclass(frozen=True, slots=True)
class Architecture:
    """The configuration of a BERT sentence encoder."""

    layers: int
    heads: int
    epsilon: float
    """Added to the variance in each layer normalisation."""
    max_tokens: int
    pad: int
    """The token id that fills shorter texts of a batch."""

    @classmethod
    def read(cls, folder: Path) -> Architecture:
        """Read the configuration of a sentence-transformers folder.

        Raises EncoderError if the model is not a BERT with mean pooling, or a file cannot be read.
        """
        config = _read_json(folder / "config.json")
        pooling = _read_json(folder / "1_Pooling" / "config.json")
        for values, wanted in ((config, _READABLE), (pooling, _POOLING)):
            for name, value in wanted.items():
                if values.get(name, value) != value:
                    raise EncoderError(
                        f"{folder}: {name} is {values[name]!r}; only {value!r} can be built here"
                    )
        limit = _read_json(folder / "sentence_bert_config.json")["max_seq_length"]
        return cls(
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            epsilon=config["layer_norm_eps"],
            max_tokens=min(limit, config["max_position_embeddings"]),
            pad=config["pad_token_id"],
        )


def read_weights(file: Path) -> Weights:
    """Read the parameters of a safetensors file; raises EncoderError if it is damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights: Weights = load_file(file)
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"{file} cannot be read ({error})") from error
    return weights


def read_tensors(file: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return the tensors and the metadata of a safetensors file; raises ValueError if it is damaged, and OSError."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "np") as opened:
            return {name: opened.get_tensor(name) for name in opened.keys()}, opened.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(str(error)) from error


def tensor_bytes(tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """Return the content of a safetensors file."""
    from safetensors.numpy import save

    content: bytes = save(dict(tensors), dict(metadata))
    return content


def write_graph(weights: Weights, architecture: Architecture, file: Path) -> None:
    """Write the graph with its weights into one ONNX file; raises EncoderError if a weight is missing."""
    import onnx

    try:
        onnx.save_model(_Builder(weights, architecture).model(), file)
    except KeyError as error:
        raise EncoderError(f"the weights have no parameter {error}; reinstall the model's package") from error


class _Builder:
    """The nodes and constants of one graph. Methods take and return the names of tensors."""

    def __init__(self, weights: Weights, architecture: Architecture) -> None:
        self.weights = weights
        self.architecture = architecture
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.width = weights["embeddings.word_embeddings.weight"].shape[1]

    def model(self) -> Any:
        """Return the complete ONNX model."""
        from onnx import TensorProto, helper

        mask = self.node("Cast", "attention_mask", to=TensorProto.FLOAT)
        hidden = self.embed()
        bias = self.mask_bias(mask)
        for layer in range(self.architecture.layers):
            prefix = f"encoder.layer.{layer}."
            hidden = self.attend(hidden, bias, f"{prefix}attention.")
            hidden = self.feed_forward(hidden, prefix)
        self.pool(hidden, mask, "row")
        graph = helper.make_graph(
            self.nodes,
            "bert",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["batch", self.width])],
            list(self.constants.values()),
        )
        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="strata",
        )

    def embed(self) -> str:
        """Add up the embeddings of tokens, positions and the first token type, and normalise them."""
        words = self.constant("embeddings.words", self.weights["embeddings.word_embeddings.weight"])
        types = self.weights["embeddings.token_type_embeddings.weight"]
        positions = self.weights["embeddings.position_embeddings.weight"] + types[0]  # every token has type 0
        length = self.node("Shape", "input_ids", start=1, end=2)
        places = self.node(
            "Slice", self.constant("embeddings.positions", positions), self.integers(0), length
        )
        return self.normalise(
            self.node("Add", self.node("Gather", words, "input_ids"), places), "embeddings.LayerNorm"
        )

    def mask_bias(self, mask: str) -> str:
        """Return the bias of attention scores, shape (batch, 1, 1, length): 0 for tokens, the lowest float for padding."""
        lowest = self.constant("lowest", np.array(np.finfo(np.float32).min))
        padding = self.node("Sub", self.constant("one", np.array(1, np.float32)), mask)
        return self.node("Unsqueeze", self.node("Mul", padding, lowest), self.integers(1, 2))

    def attend(self, hidden: str, bias: str, prefix: str) -> str:
        """Add one layer's attention to its input, and normalise the sum."""
        heads = self.architecture.heads
        size = self.width // heads
        scale = size**-0.5  # multiplied into the query's weights, which saves an operator
        query = self.split(self.dense(hidden, f"{prefix}self.query", scale), heads, size, [0, 2, 1, 3])
        key = self.split(self.dense(hidden, f"{prefix}self.key"), heads, size, [0, 2, 3, 1])
        value = self.split(self.dense(hidden, f"{prefix}self.value"), heads, size, [0, 2, 1, 3])
        scores = self.node("Add", self.node("MatMul", query, key), bias)
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), value)
        joined = self.node("Transpose", mixed, perm=[0, 2, 1, 3])
        joined = self.node("Reshape", joined, self.integers(0, 0, self.width))
        output = self.dense(joined, f"{prefix}output.dense")
        return self.normalise(self.node("Add", output, hidden), f"{prefix}output.LayerNorm")

    def feed_forward(self, hidden: str, prefix: str) -> str:
        """Add one layer's two dense layers to their input, and normalise the sum."""
        wide = self.node("Gelu", self.dense(hidden, f"{prefix}intermediate.dense"))
        output = self.dense(wide, f"{prefix}output.dense")
        return self.normalise(self.node("Add", output, hidden), f"{prefix}output.LayerNorm")

    def pool(self, hidden: str, mask: str, output: str) -> None:
        """Write unit rows: the sum over unmasked tokens by its length, since a mean has the same direction."""
        unmasked = self.node("Mul", hidden, self.node("Unsqueeze", mask, self.integers(2)))
        total = self.node("ReduceSum", unmasked, self.integers(1), keepdims=0)
        length = self.node("ReduceL2", total, self.integers(1), keepdims=1)
        self.node("Div", total, length, output=output)

    def dense(self, source: str, name: str, scale: float = 1.0) -> str:
        """Return a dense layer of the input, its weights and bias multiplied by `scale`."""
        kernel = self.constant(f"{name}.weight", self.weights[f"{name}.weight"].T * np.float32(scale))
        bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"] * np.float32(scale))
        return self.node("Add", self.node("MatMul", source, kernel), bias)

    def normalise(self, source: str, name: str) -> str:
        """Return the layer normalisation of the input."""
        scale, bias = (
            self.constant(f"{name}.{part}", self.weights[f"{name}.{part}"]) for part in ("weight", "bias")
        )
        return self.node(
            "LayerNormalization", source, scale, bias, axis=-1, epsilon=self.architecture.epsilon
        )

    def split(self, source: str, heads: int, size: int, order: list[int]) -> str:
        """Split (batch, length, width) into (batch, length, head, size), and transpose the axes to this order."""
        return self.node(
            "Transpose", self.node("Reshape", source, self.integers(0, 0, heads, size)), perm=order
        )

    def integers(self, *values: int) -> str:
        """Return a constant list of integers, such as axes or a shape."""
        return self.constant(f"integers.{'.'.join(map(str, values))}", np.array(values, np.int64))

    def constant(self, name: str, array: NDArray[Any]) -> str:
        """Add an array under a name, unless the name is already there."""
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add an operator and return the name of its output."""
        from onnx import helper

        output = output or f"{operator}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output


def _read_json(file: Path) -> dict[str, Any]:
    """Return the object in a JSON file; raises EncoderError."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{file} cannot be read ({error}); reinstall the model's package") from error
    if not isinstance(values, dict):
        raise EncoderError(f"{file} is damaged; reinstall the model's package")
    return values
