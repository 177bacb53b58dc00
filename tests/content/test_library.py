"""The library keeps its own rules, and its words are its own."""

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
LONGEST_RUN = 7
"""Words in a row that a document may share with what its writers read: names and figures, and no more."""


def runs(text: str) -> set[tuple[str, ...]]:
    """All runs of words of a text that are longer than the longest that may be shared."""
    words = re.findall(
        r"[a-z0-9$%.'-]*[a-z0-9%]", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return set(zip(*(words[start:] for start in range(LONGEST_RUN + 1)), strict=False))


def paragraphs() -> Iterator[tuple[str, str]]:
    """Every document's path with the text of each of its sections."""
    for file in scan(CONTENT).files:
        for section in read(CONTENT, file.path).sections:
            yield file.path, " ".join(block.text for block in section.blocks)


def shared_with(given: dict[tuple[str, ...], str]) -> list[str]:
    """Where the library shares a run of words with one of the texts."""
    return [
        f"{path}: {given[run]}: {' '.join(run)}"
        for path, text in paragraphs()
        for run in runs(text)
        if run in given
    ]


def test_the_library_has_its_documents() -> None:
    """At least 80 can be read, and nothing lies beside them."""
    listing = scan(CONTENT)
    assert not listing.problems
    assert len(listing.files) >= 80
    assert all(not read(CONTENT, file.path).is_fatal for file in listing.files)


def test_the_library_keeps_every_rule() -> None:
    """Sources, figures, links, footnotes and reviews are as the lint wants them on the day of writing."""
    assert [str(problem) for problem in lint(CONTENT, TODAY)] == []


@pytest.mark.slow
def test_the_encoder_reads_every_sentence_whole(compiled: CompiledEncoder) -> None:
    """No heading and no sentence is longer than the default encoder reads."""
    assert [str(problem) for problem in lint(CONTENT, TODAY, compiled.count, compiled.id.max_tokens)] == []


def test_no_long_run_of_words_is_the_fact_sheets() -> None:
    """Eight words in a row are shared with no statement and no note."""
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
    """Eight words in a row are shared with no seed text."""
    seeds = sorted((SHARED / "seed").glob("*.txt"))
    if not seeds:
        pytest.skip("the seed texts are not beside this repository")
    given = {run: seed.name for seed in seeds for run in runs(seed.read_text(encoding="utf-8"))}
    assert given
    assert shared_with(given) == []


def test_runs_are_counted_in_words() -> None:
    """Eight words make one run and seven make none, whatever marks stand between them."""
    eight = "In May 2026, Anthropic's run-rate was $47 billion."
    assert runs(eight) == {("in", "may", "2026", "anthropic's", "run-rate", "was", "$47", "billion")}
    assert runs("One, two, three, four, five, six, seven.") == set()
