"""A build of a folder of mixed files, one in a hundred of them broken: the exit code, the summary and lost words.

    python -m tests.benchmarks.folder [--files 1000]

Each file has words that no other file has. A word is lost if the file was not broken and the index does not have the word. The
build must end with exit code 0 and count the broken files in one line.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.settings.settings import load
from index.store.store import Store
from tests.benchmarks import made
from tests.index.documents.formats.test_pdf_word import pdf_file

BROKEN_EVERY = 100
CONVERTED_EVERY = 250
"""One file in so many is a PDF file, each of which a process of its own converts."""

Text = Callable[[str, str], str]
"""Returns the text of a file from two words of its own."""


def _table(separator: str) -> Text:
    return lambda one, two: f"site{separator}halls\n{one}{separator}11\n{two}{separator}12\n"


def _notebook(one: str, two: str) -> str:
    cells = [
        {"cell_type": "markdown", "source": [f"# Notes on {one}\n", "\n", "The pumps are old."]},
        {"cell_type": "code", "source": [f"def {two}():\n", "    return 4"], "outputs": []},
    ]
    return json.dumps({"nbformat": 4, "cells": cells}, indent=1)


MIXED: dict[str, Text] = {
    "yaml.md": lambda one, two: (
        f"---\ntitle: Mine {one}\ntags: [ore]\n---\n## Pumps\n\nThe pumps of {two} are old.\n"
    ),
    "toml.md": lambda one, two: f'+++\ntitle = "Mine {one}"\n+++\n\n- Pumps\n  - Owner: {two}\n',
    "unclosed.md": lambda one, two: f"---\ntitle: [Mine {one}\n\nThe shaft of {two} is deep.\n",
    "colon.md": lambda one, two: (
        f"---\ntitle: Mine: {one}\nx: [\n---\n\n> [!note] Depth\n> The shaft of {two} is deep.\n"
    ),
    "plain.md": lambda one, two: (
        f"# Mine {one}\n\n| Pump | Cost |\n|---|---|\n| {two} | 4 |\n\n```sh\nrun --all\n```\n"
    ),
    "page.mdx": lambda one, two: (
        f"import A from 'a'\n\n# Mine {one}\n\n<A title=\"{two}\">\n\nIt is deep.\n\n</A>\n"
    ),
    "page.rst": lambda one, two: f"Mine {one}\n=========================\n\nThe shaft of {two} is deep.\n",
    "page.adoc": lambda one, two: f"= Mine {one}\n\nNOTE: The shaft of {two} is deep.\n",
    "page.org": lambda one, two: f"#+TITLE: Mine {one}\n\n* Shafts\n\nThe shaft of {two} is deep.\n",
    "page.txt": lambda one, two: f"Mine {one}\n\nThe shaft of {two} is deep.\nIt was dug in 1911.\n",
    "call.txt": lambda one, two: (
        f"Mine {one} Earnings Call Transcript\n\nAnn Lee -- Chief Executive Officer\nOutput of {two} rose.\n\n"
        "Bo Ray -- Analyst\nHi. Why?\n\nAnn Lee -- Chief Executive Officer\nBetter pumps.\n"
    ),
    "page.html": lambda one, two: (
        f"<title>Mine {one}</title><nav>menu</nav><h1>Shafts</h1><p>The shaft of <b>{two}</b> is deep.</p>"
    ),
    "table.csv": _table(","),
    "table.tsv": _table("\t"),
    "book.ipynb": _notebook,
}
"""The text of each kind of file, by the end of its name."""

BROKEN: dict[str, bytes] = {
    "book.ipynb": b'{"cells": [',
    "binary.md": bytes(range(256)) * 8,
    "cut.pdf": b"%PDF-1.4\n1 0 obj\n<<",
    "old.docx": b"\xd0\xcf\x11\xe0" + bytes(512),
    "empty.txt": b"",
    "large.html": b"<p>ore</p>" * 500_100,
}
"""Files that cannot be read, by the end of their names."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        content, index = Path(name) / "content", Path(name) / "index"
        words, broken = write(content, options.files)
        where = ("--content", str(content), "--index", str(index))
        run = made.strata("build", *where, cache=load().cache_folder())
        with Store(index).current() as generation:
            lost = [word for word in words if not generation.lexical.df(word)]
            documents, passages = generation.manifest.documents, generation.manifest.passages
    summary = [line for line in run.output.splitlines() if "not readable" in line]
    print(f"{options.files:,} files, {broken} of them broken: {documents:,} documents, {passages:,} passages")
    print(
        f"exit code {run.status}, {run.seconds:.0f} s ({run.processor:.0f} s of processor time), {run.mib:.0f} MiB"
    )
    print(f"words lost: {len(lost)} of {len(words):,} {lost[:5] or ''}".rstrip())
    print("\n".join(summary))


def write(content: Path, count: int) -> tuple[list[str], int]:
    """Write the files into twenty folders. Returns the words that must be found, and the number of broken files."""
    words: list[str] = []
    broken = 0
    kinds, faults = list(MIXED.items()), list(BROKEN.items())
    for number in range(count):
        folder = content / f"folder {number % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        one, two = f"w{number}a", f"w{number}b"
        if number % BROKEN_EVERY == BROKEN_EVERY - 1:
            end, data = faults[broken % len(faults)]
            broken += 1
        elif number % CONVERTED_EVERY == 1:
            end, data = "page.pdf", pdf_file(f"The shaft of {one} and {two} is deep.")
            words += [one, two]
        else:
            end, text = kinds[number % len(kinds)]
            data = text(one, two).encode()
            words += [one, two]
        (folder / f"{number} {end}").write_bytes(data)
    return words, broken


if __name__ == "__main__":
    main()
