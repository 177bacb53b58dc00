"""`python -m index build`: an index of a folder, without the rest of Strata. See `strata build` for more."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from index.errors import IndexFault


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m index")
    commands = parser.add_subparsers(required=True, metavar="build")
    command = commands.add_parser("build", help="bring an index up to date with a folder of documents")
    command.add_argument("--content", type=Path, required=True, help="the folder of documents")
    command.add_argument("--index", type=Path, required=True, help="the folder of the index")
    command.add_argument("--encoder", type=Path, required=True, help="the folder of a compiled encoder")
    command.add_argument("--full", action="store_true", help="read and encode everything again")
    arguments = parser.parse_args()
    try:
        return _build(arguments.content, arguments.index, arguments.encoder, full=arguments.full)
    except IndexFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _build(content: Path, index: Path, compiled: Path, *, full: bool) -> int:
    from index.build.builder import build
    from index.models import encoder
    from index.store.store import Store

    report = build(content, Store(index), encoder.load(compiled), full=full)
    for problem in report.problems:
        sys.stderr.write(f"{problem}\n")
    state = "unchanged" if report.unchanged else f"generation {report.generation}"
    sys.stdout.write(
        f"{report.documents} documents, {report.passages} passages ({report.reused} reused, "
        f"{report.encoded} encoded, {report.removed} removed), {report.sentences} sentences, "
        f"{report.seconds:.2f} s, {state}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
