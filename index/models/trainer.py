"""The trainer: fits an adapter to pairs of a question and a text, with sentence-transformers and PEFT."""

from __future__ import annotations

import importlib.util
import itertools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index import install
from index.errors import EncoderError
from index.models import default_encoder, parity
from index.models.adapter import Adapter
from index.models.torch_export import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from index.types import Matrix

NEEDED = ("torch", "sentence_transformers", "peft", "datasets", "accelerate")

RANK, ALPHA, LEARNING_RATE = 16, 32, 3e-4
"""The size of the adapter and its step size: on 866 questions as good as training all weights, at 1 % of the
parameters."""

BATCH = 32
"""The most examples of a batch."""

MAX_TOKENS = 96
"""Tokens of a text that training reads; the rest of a passage adds time and little else."""

TARGETS = r".*encoder\.layer\.\d+\.(attention\.self\.(query|key|value)|.*\.dense)"
"""The dense layers that the adapter changes: "encoder.layer.0.attention.self.query", "encoder.layer.5.output.dense"."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a text that answers it. The texts of the other examples of its batch do not."""

    question: str
    text: str


def missing() -> str:
    """Return the first missing package that training needs, or an empty string."""
    return next(
        (name for name in NEEDED if importlib.util.find_spec(name) is None), default_encoder.missing()
    )


def need_packages() -> None:
    """Raise EncoderError with the command that installs missing packages."""
    if package := missing():
        raise EncoderError(f"tuning needs {package.replace('_', '-')}; run: {install.command('compile')}")


def load(seed: int, folder: Path | None = None) -> Any:
    """Return the default model with a new adapter, whose change is 0. Raises EncoderError.

    Args:
        seed: Decides the initial values of the adapter.
        folder: Another sentence-transformers folder, for tests.
    """
    need_packages()
    folder = folder or default_encoder.weights_folder()
    with quiet():
        import torch
        from peft import LoraConfig, inject_adapter_in_model
        from sentence_transformers import SentenceTransformer

        torch.manual_seed(seed)
        model = SentenceTransformer(
            str(folder), device="cpu", model_kwargs={"attn_implementation": "eager", "dtype": "float32"}
        )
        for parameter in model.parameters():
            parameter.requires_grad = False
        inject_adapter_in_model(
            LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.05, target_modules=TARGETS),
            model[0].auto_model,
        )
    return model


def train(
    model: Any,
    batches: Sequence[Sequence[Example]],
    seed: int,
    score: Callable[[Callable[[Sequence[str]], Matrix]], float] | None = None,
    checks: int = 4,
    steps: int = 0,
) -> int:
    """Fit the adapter of a model in place, and return the number of steps after which it was best.

    Args:
        model: The model that `load` returned.
        batches: The examples of one epoch, batch by batch.
        seed: Decides what is dropped out.
        score: Rates the model by its embeddings, higher is better. Training stops when the score falls, and the
            best adapter is kept. Without it, training ends after `steps`.
        checks: How often the model is rated.
        steps: The number of steps; 0 is one epoch.
    """
    with quiet(), tempfile.TemporaryDirectory() as scratch:
        from datasets import Dataset, disable_progress_bars
        from sentence_transformers import SentenceTransformerTrainer
        from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
        from transformers import PrinterCallback, TrainerCallback

        disable_progress_bars()
        steps = steps or len(batches)
        stop = _EarlyStop(model, score, max(1, steps // checks)) if score is not None else None

        class Callback(TrainerCallback):  # type: ignore[misc]  # transformers is not typed here
            """The callback that rates the model after some steps."""

            def on_step_end(self, _: Any, state: Any, control: Any, **__: Any) -> Any:
                if stop is not None and stop.is_done(state.global_step):
                    control.should_training_stop = True
                return control

        dataset = Dataset.from_dict(
            {
                "anchor": [example.question for batch in batches for example in batch],
                "positive": [example.text for batch in batches for example in batch],
            }
        )
        model.max_seq_length, limit = MAX_TOKENS, model.max_seq_length
        trainer = SentenceTransformerTrainer(
            model=model,
            args=_arguments(scratch, batches, steps, seed),
            train_dataset=dataset,
            loss=MultipleNegativesRankingLoss(model),
            callbacks=[Callback()],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.remove_callback(SentenceTransformerTrainer.model_card_callback_class)
        trainer.train()
        model.max_seq_length = limit
        model.eval()
    if stop is None:
        return steps
    stop.restore()
    return stop.best_step


def _arguments(folder: str, batches: Sequence[Sequence[Example]], steps: int, seed: int) -> Any:
    """Return the trainer's arguments: a short warm-up, on the CPU, without files or logs.

    Args:
        folder: A folder for the trainer's own files.
        batches: The examples of one epoch, batch by batch.
        steps: The number of steps.
        seed: Decides what is dropped out.
    """
    from sentence_transformers import SentenceTransformerTrainingArguments

    return SentenceTransformerTrainingArguments(
        output_dir=folder,
        max_steps=steps,
        per_device_train_batch_size=BATCH,
        learning_rate=LEARNING_RATE,
        warmup_steps=max(1, steps // 10),
        batch_sampler=lambda *_, **__: _Batches(batches),
        seed=seed,
        data_seed=seed,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        logging_strategy="no",
    )


class _Batches:
    """A batch sampler that keeps the batches as they are."""

    def __init__(self, batches: Sequence[Sequence[Example]]) -> None:
        self.starts = [0, *itertools.accumulate(map(len, batches))]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[list[int]]:
        for start, stop in itertools.pairwise(self.starts):
            yield list(range(start, stop))


class _EarlyStop:
    """The best adapter so far, and the decision to stop."""

    def __init__(
        self, model: Any, score: Callable[[Callable[[Sequence[str]], Matrix]], float], every: int
    ) -> None:
        self.model = model
        self.score = score
        self.every = every
        self.best_step = 0
        self.best = score(self.encode)
        self.state = self.parameters()

    def encode(self, texts: Sequence[str]) -> Matrix:
        was_training = self.model.training
        rows: Matrix = rows_of(self.model, texts)
        self.model.train(was_training)
        return rows

    def parameters(self) -> dict[str, Any]:
        return {name: p.detach().clone() for name, p in self.model.named_parameters() if p.requires_grad}

    def is_done(self, step: int) -> bool:
        """Rate the model after some steps; return True if it was better before."""
        if step % self.every:
            return False
        score = self.score(self.encode)
        if score < self.best:
            return True
        self.best, self.best_step, self.state = score, step, self.parameters()
        return False

    def restore(self) -> None:
        """Set the adapter of the model to the best one."""
        import torch

        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if name in self.state:
                    parameter.copy_(self.state[name])


def rows_of(model: Any, texts: Sequence[str]) -> Matrix:
    """Return the unit rows of texts."""
    rows: Matrix = model.encode(
        list(texts),
        batch_size=BATCH,
        normalize_embeddings=True,
        convert_to_numpy=True,
        show_progress_bar=False,
    )
    return rows


def adapter_of(model: Any, base: str, documents: dict[str, str] | None = None, measured: str = "") -> Adapter:
    """Return the adapter of a trained model in half precision.

    Args:
        model: The model that `load` returned.
        base: The sha256 of the model's own weights.
        documents: The documents that the adapter was fitted to, with the hashes of their questions.
        measured: What the adapter gained, in one line.
    """
    import torch

    parts: dict[str, dict[str, Any]] = {}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_" in name:
                layer, _, rest = name.partition(".lora_")
                weight = f"encoder.{layer.rpartition('encoder.')[2]}.weight"
                half = parameter.detach().to(torch.float16)
                parameter.copy_(half.float())  # so that the probes are those of the rounded matrices
                parts.setdefault(weight, {})[rest[0]] = half.numpy()
    texts = [*parity.PROBES, parity.TOO_LONG]
    return Adapter(
        base=base,
        alpha=float(ALPHA),
        layers={name: (pair["A"], pair["B"]) for name, pair in parts.items()},
        probes=rows_of(model, texts).astype(np.float16),
        documents=documents or {},
        measured=measured,
    )
