"""The documents of content/: they pass the lint, and share no long text with their sources."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from index.documents.folder import scan
from index.documents.loader import read
from index.lint import lint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.models.encoder import CompiledEncoder

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "content"
SHARED = ROOT.parent / "shared"
TODAY = date(2026, 11, 30)
MAX_SHARED_WORDS = 7
"""The most words in a row that a document may share with a source text: names and figures."""


def runs(text: str) -> set[tuple[str, ...]]:
    """Return all sequences of MAX_SHARED_WORDS + 1 words of a text."""
    words = re.findall(
        r"[a-z0-9$%.'-]*[a-z0-9%]", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return set(zip(*(words[start:] for start in range(MAX_SHARED_WORDS + 1)), strict=False))


def paragraphs() -> Iterator[tuple[str, str]]:
    """Yield the path of each document with the text of each section."""
    for file in scan(CONTENT).files:
        for section in read(CONTENT, file.path).sections:
            yield file.path, " ".join(block.text for block in section.blocks)


def shared_with(given: dict[tuple[str, ...], str]) -> list[str]:
    """Return a message for each sequence of words that the library shares with a given text."""
    return [
        f"{path}: {given[run]}: {' '.join(run)}"
        for path, text in paragraphs()
        for run in runs(text)
        if run in given
    ]


def test_the_library_has_its_documents() -> None:
    listing = scan(CONTENT)
    assert not listing.problems
    assert len(listing.files) >= 67
    assert all(not read(CONTENT, file.path).is_fatal for file in listing.files)


def test_the_library_passes_the_lint() -> None:
    assert [str(problem) for problem in lint(CONTENT, TODAY)] == []


@pytest.mark.slow
def test_the_encoder_reads_every_sentence_whole(compiled: CompiledEncoder) -> None:
    assert [str(problem) for problem in lint(CONTENT, TODAY, compiled.count, compiled.id.max_tokens)] == []


def test_no_long_run_of_words_is_the_fact_sheets() -> None:
    sheets = sorted((SHARED / "facts").glob("*.yaml"))
    if not sheets:
        pytest.skip("the fact sheets are not beside this repository")
    given = {
        run: str(fact["id"])
        for sheet in sheets
        for fact in yaml.safe_load(sheet.read_text(encoding="utf-8"))
        for key in ("statement", "note")
        for run in runs(str(fact.get(key) or ""))
    }
    assert given
    assert shared_with(given) == []


def test_no_long_run_of_words_is_the_seeds() -> None:
    seeds = sorted((SHARED / "seed").glob("*.txt"))
    if not seeds:
        pytest.skip("the seed texts are not beside this repository")
    given = {run: seed.name for seed in seeds for run in runs(seed.read_text(encoding="utf-8"))}
    assert given
    assert shared_with(given) == []


def test_eight_words_make_one_sequence_and_seven_none() -> None:
    eight = "In May 2026, Anthropic's run-rate was $47 billion."
    assert runs(eight) == {("in", "may", "2026", "anthropic's", "run-rate", "was", "$47", "billion")}
    assert runs("One, two, three, four, five, six, seven.") == set()
