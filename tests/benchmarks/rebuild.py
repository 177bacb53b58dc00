"""One edited document out of 200: `strata build` as a whole process.

python -m tests.benchmarks.rebuild
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

from bot.library import open_encoder
from bot.settings import load
from tests.benchmarks import made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=7, help="edits")
    options = parser.parse_args()
    from index.build import build
    from index.store import Store

    settings = load()
    encoder = made.Sparing(open_encoder(settings, compile=True), made.pool(1200))
    with tempfile.TemporaryDirectory() as folder:
        content, index = Path(folder) / "content", Path(folder) / "index"
        paths = made.write(content, options.documents * made.SECTIONS, list(encoder.rows))
        build(content, Store(index), encoder)
        where = ("--content", str(content), "--index", str(index))
        runs: dict[str, list[made.Run]] = {"one edited": [], "none edited": []}
        for turn in range(options.repeat + 1):
            path = paths[turn * 7 % len(paths)]
            path.write_text(
                path.read_text(encoding="utf-8") + f"\nThe plant was opened a {turn}th time.\n",
                encoding="utf-8",
            )
            for these in runs.values():
                run = made.strata("build", *where, cache=settings.cache_folder())
                if turn:
                    these.append(run)
    print(runs["one edited"][-1].output.strip())
    made.table(
        (f"{options.documents} documents", "median s", "least s", "processor s", "peak MiB"),
        [
            [kind, f"{median(r.seconds for r in these):.2f}", f"{min(r.seconds for r in these):.2f}",
             f"{median(r.processor for r in these):.2f}", f"{median(r.mib for r in these):.0f}"]
            for kind, these in runs.items()
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
