"""The time of `strata build` after an edit of one document out of 200, next to Chroma in the same run.

    python -m tests.benchmarks.rebuild [--peers PYTHON]

Chroma gets the changed document and encodes its five passages. Strata finds the change itself and encodes the one passage
that changed. tests/benchmarks/README.md lists the packages for the environment of `--peers` or STRATA_PEERS.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from statistics import median

from bot.build import open_encoder
from bot.settings.settings import load
from tests.benchmarks import made
from tests.benchmarks.chroma import Chroma


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=7, help="edits")
    parser.add_argument(
        "--peers", default=os.environ.get("STRATA_PEERS", ""), help="a Python that has chromadb"
    )
    options = parser.parse_args()
    from index.build.builder import build
    from index.store.store import Store

    settings = load()
    encoder = made.Sparing(open_encoder(settings, compile=True), made.pool(1200))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content, index = folder / "content", folder / "index"
        paths = made.write(content, options.documents * made.SECTIONS, list(encoder.rows))
        build(content, Store(index), encoder)
        where = ("--content", str(content), "--index", str(index))
        with Store(index).current() as generation:
            passages = made.share(generation, folder)
            ids = {document.path: document.id for document in generation.documents}
        texts = json.loads((folder / "peer.json").read_text(encoding="utf-8"))["texts"]
        chroma = Chroma(options.peers, folder) if options.peers else None
        if chroma:
            chroma.fill()
        runs: dict[str, list[made.Run]] = {"one edited": [], "none edited": [], "Chroma, one edited": []}
        for turn in range(options.repeat + 1):
            path = paths[turn * 7 % len(paths)]
            addition = f"The plant was opened a {turn}th time."
            path.write_text(f"{path.read_text(encoding='utf-8')}\n{addition}\n", encoding="utf-8")
            ran = [made.strata("build", *where, cache=settings.cache_folder()) for _ in range(2)]
            if chroma:
                id = ids[path.relative_to(content).as_posix()]
                places = [place for place, passage in enumerate(passages) if passage.document == id]
                ran.append(chroma.edit(places, [f"{texts[place]} {addition}" for place in places]))
            for these, run in zip(runs.values(), ran, strict=False):
                if turn:  # the first of each fills the system's file cache
                    these.append(run)
    print(runs["one edited"][-1].output.strip())
    edited = runs["one edited"]
    made.table(
        (f"{options.documents} documents", "median s", "least s", "processor s", "ratio", "peak MiB"),
        [
            [
                kind,
                f"{median(r.seconds for r in these):.2f}",
                f"{min(r.seconds for r in these):.2f}",
                f"{median(r.processor for r in these):.2f}",
                f"{median(r.seconds / own.seconds for r, own in zip(these, edited, strict=True)):.2f}",
                f"{median(r.mib for r in these):.0f}",
            ]
            for kind, these in runs.items()
            if these
        ],
    )


if __name__ == "__main__":
    main()
