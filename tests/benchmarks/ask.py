"""A question, cold (the whole process) and warm (in a process that stays), beside other systems in the same run.

    python -m tests.benchmarks.ask cold [--passages 1000]
    python -m tests.benchmarks.ask warm [--passages 1000 10000 20000]

The library is content/, with generated documents up to so many passages. All systems take turns, so that other work on
the machine meets them alike. `cold` needs the extra [compile] for the sentence-transformers + FAISS script. Chroma (cold)
and the hybrid retrievers of LlamaIndex, LangChain and Haystack (warm) are measured where `--peers` or STRATA_PEERS names
the Python of an environment that has them: tests/benchmarks/README.md says what to install there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bot.evaluation.gold import read
from bot.library import Library
from bot.settings.settings import load
from tests.benchmarks import made, peers
from tests.benchmarks.chroma import Chroma

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings.settings import Settings

QUESTION = "What limits the supply of high-bandwidth memory?"

SCRIPT = """
import json, sys
import faiss
from sentence_transformers import SentenceTransformer
model, folder, question = sys.argv[1:]
row = SentenceTransformer(model, device="cpu").encode([question], normalize_embeddings=True)
scores, found = faiss.read_index(folder + "/peer.faiss").search(row, 3)
texts = json.load(open(folder + "/peer.json", encoding="utf-8"))["texts"]
for score, place in zip(scores[0], found[0]):
    print(round(float(score), 3), texts[place])
"""

NAMES = {
    "strata": "Strata, whole replies",
    "llama-index": "LlamaIndex, hybrid",
    "langchain": "LangChain, hybrid",
    "haystack": "Haystack, hybrid",
}
TURNS = 4
"""Parts of the questions, after each of which the next system has its turn."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("half", choices=("cold", "warm"))
    parser.add_argument("--passages", type=int, nargs="+", default=[1000])
    parser.add_argument("--repeat", type=int, default=7, help="cold processes of each kind")
    parser.add_argument(
        "--questions", type=int, default=320, help="warm, of the gold questions that are answerable"
    )
    parser.add_argument(
        "--peers", default=os.environ.get("STRATA_PEERS", ""), help="a Python that has the others"
    )
    options = parser.parse_args()
    for passages in options.passages:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            settings = made.padded(load(), folder, passages)
            with Library.open(settings).generation as generation:
                texts = len(made.share(generation, folder))
            if options.half == "cold":
                cold(settings, folder, options.repeat, options.peers)
            else:
                warm(folder, texts, options.questions, options.peers)


def cold(settings: Settings, folder: Path, repeat: int, others: str) -> None:
    """Whole processes, one of each kind in turn."""
    import faiss
    import numpy as np

    rows = np.load(folder / "rows.npy")
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    faiss.write_index(index, str(folder / "peer.faiss"))
    kinds = {
        "strata ask": lambda: made.strata(
            "ask", QUESTION, "--content", str(settings.content), "--index", str(settings.index_folder()),
            cache=settings.cache_folder(),
        ),
        "sentence-transformers + FAISS": lambda: made.measure(
            sys.executable, "-c", SCRIPT, made.model(), str(folder), QUESTION, HF_HUB_OFFLINE="1"
        ),
    }  # fmt: skip
    if others:
        chroma = Chroma(others, folder)
        chroma.fill()
        kinds["Chroma"] = lambda: chroma.ask(QUESTION)
    runs: dict[str, list[made.Run]] = {kind: [] for kind in kinds}
    for turn in range(repeat + 1):
        for kind, start in kinds.items():
            run = start()
            if run.status not in {0, 3}:
                raise SystemExit(f"{kind}: {run.output}")
            if turn:  # the first of each fills the system's file cache
                runs[kind].append(run)
    base = runs["strata ask"]
    table = []
    for kind, these in runs.items():
        ratio = median(other.seconds / own.seconds for other, own in zip(these, base, strict=True))
        seconds = [run.seconds for run in these]
        table.append([
            kind, f"{median(seconds):.2f}", f"{min(seconds):.2f}", f"{median(r.processor for r in these):.2f}",
            f"{ratio:.1f}", f"{median(r.mib for r in these):.0f}",
        ])  # fmt: skip
    print(f"{len(rows)} passages, {repeat} processes each; {base[0].output.splitlines()[0][:90]}")
    made.table(("cold, whole process", "median s", "least s", "processor s", "ratio", "peak MiB"), table)


@dataclass(slots=True)
class Resident:
    """A system in a process that stays, and what it has taken."""

    process: subprocess.Popen[str]
    answers: list[float] = field(default_factory=list)
    """Milliseconds of each question that was answered, one at a time."""
    abstentions: list[float] = field(default_factory=list)
    together: dict[int, float] = field(default_factory=dict)
    """Seconds of all questions, so many at a time."""
    processor: dict[int, float] = field(default_factory=dict)
    """Seconds of processor time of the same."""

    def ask(self, threads: int, questions: Sequence[str]) -> dict[str, Any]:
        """Have these questions answered."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"threads": threads, "questions": questions}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args} ended")
        found: dict[str, Any] = json.loads(line)
        for sums, seconds in ((self.together, found["together"]), (self.processor, found["processor"])):
            sums[threads] = sums.get(threads, 0.0) + seconds
        return found

    def time(self, questions: Sequence[str]) -> None:
        """Note what each of these takes."""
        found = self.ask(1, questions)
        for seconds, answered in zip(found["seconds"], found["answered"], strict=True):
            (self.answers if answered else self.abstentions).append(1000 * seconds)


def start(python: str, system: str, folder: Path) -> Resident:
    """A process of one thread for each question; waits until it is ready."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    process = subprocess.Popen(
        [python, peers.__file__, system, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=made.ROOT,
        env=environment if system != "strata" else {**environment, "PYTHONPATH": str(made.ROOT)},
    )  # fmt: skip
    assert process.stdout
    if process.stdout.readline() != "ready\n":
        raise SystemExit(f"{system} does not start")
    return Resident(process)


def warm(folder: Path, passages: int, count: int, others: str) -> None:
    """Questions one at a time, and eight at a time."""
    questions = [gold.question for gold in read(made.ROOT / "tests/gold") if gold.is_answerable][:count]
    systems = {"strata": start(sys.executable, "strata", folder)}
    if others:
        systems |= {name: start(others, name, folder) for name in peers.SYSTEMS if name != "strata"}
    for resident in systems.values():
        resident.ask(8, questions[:TURNS])  # what is loaded by the first questions
    for resident in systems.values():
        resident.together.clear()
        resident.processor.clear()
    for turn in range(TURNS):
        part = questions[turn::TURNS]
        for resident in systems.values():
            resident.time(part)
            resident.ask(8, part)
    rows = []
    for name, resident in systems.items():
        assert resident.process.stdin
        resident.process.stdin.close()
        resident.process.wait()
        times = sorted(resident.answers + resident.abstentions)
        rows.append([
            NAMES[name], f"{median(times):.1f}", f"{times[int(0.95 * len(times))]:.1f}",
            f"{1000 * resident.processor[1] / len(times):.1f}",
            f"{median(resident.answers):.1f}" if resident.abstentions else "",
            f"{median(resident.abstentions):.1f}" if resident.abstentions else "",
            f"{len(resident.answers) / len(times):.0%}" if resident.abstentions else "",
            f"{len(times) / resident.together[8]:.0f}",
        ])  # fmt: skip
    print(f"{passages} passages, {len(questions)} questions")
    made.table(
        (
            "warm",
            "p50 ms",
            "p95 ms",
            "processor ms",
            "answers p50",
            "abstentions p50",
            "answered",
            "q/s, 8 threads",
        ),
        rows,
    )


if __name__ == "__main__":
    main()
