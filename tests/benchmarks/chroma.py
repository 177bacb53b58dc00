"""Chroma with its own ONNX encoder, in whole processes: a question, and one edited document."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks import made

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCRIPT = """
import json, sys
import chromadb
folder, task = sys.argv[1:]
chunks = chromadb.PersistentClient(folder + "/chroma").get_or_create_collection("library")
task = json.loads(task)
if "question" in task:
    print(chunks.query(query_texts=[task["question"]], n_results=3)["documents"])
elif "texts" in task:
    chunks.upsert(ids=[str(place) for place in task["places"]], documents=task["texts"])
else:
    import numpy
    texts, rows = json.load(open(folder + "/peer.json", encoding="utf-8"))["texts"], numpy.load(folder + "/rows.npy")
    chunks.add(ids=[str(place) for place in range(len(texts))], documents=texts, embeddings=rows)
"""

MODEL = """
import shutil, sys
from pathlib import Path
import torch
from transformers import AutoModel
source, folder = map(Path, sys.argv[1:])
folder.mkdir(parents=True)
for name in ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt"):
    shutil.copy(source / name, folder) if (source / name).exists() else (folder / name).write_text("{}")
model = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
ids = torch.ones((2, 8), dtype=torch.int64)
batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
names = ["input_ids", "attention_mask", "token_type_ids"]
torch.onnx.export(
    model, (), str(folder / "model.onnx"), kwargs={name: ids for name in names}, input_names=names, dynamo=True,
    output_names=["last_hidden_state"], external_data=False, verbose=False,
    dynamic_shapes={name: {0: batch, 1: length} for name in names},
)
"""
"""A script that exports the same weights to the place where Chroma looks for its model, instead of a download."""


@dataclass(frozen=True, slots=True)
class Chroma:
    """A collection of the passages that `made.share` wrote into a folder."""

    python: str
    """The Python of an environment that has chromadb."""
    folder: Path

    def fill(self) -> None:
        """Export the model and fill the collection. Raises SystemExit with the output of a process that fails."""
        where = self.folder / ".cache/chroma/onnx_models/all-MiniLM-L6-v2/onnx"
        done(made.measure(sys.executable, "-c", MODEL, made.model(), str(where)))
        done(self._run({}))

    def ask(self, question: str) -> made.Run:
        """Query the three nearest passages."""
        return done(self._run({"question": question}))

    def edit(self, places: Sequence[int], texts: Sequence[str]) -> made.Run:
        """Replace the texts of passages, which Chroma encodes."""
        return done(self._run({"places": places, "texts": texts}))

    def _run(self, task: dict[str, object]) -> made.Run:
        words = ("-c", SCRIPT, str(self.folder), json.dumps(task))
        return made.measure(self.python, *words, HOME=str(self.folder), ANONYMIZED_TELEMETRY="False")


def done(run: made.Run) -> made.Run:
    """Return the run. Raises SystemExit with its output if the process failed."""
    if run.status:
        raise SystemExit(run.output)
    return run
