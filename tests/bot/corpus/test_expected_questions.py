"""Tests of the list of expected questions: ranks, and sections without questions."""

from __future__ import annotations

from pathlib import Path

from bot.corpus.expected_questions import ranked, uncovered
from index.build.builder import build
from index.store.generation import Generation
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.index.drafts import write_library

FILES = {
    "chips.md": "# Chips\n\n## Margin\n\nThe margin is high.\n\n## Supply\n\nMemory is scarce.\n",
    "land.md": "# Land\n\n## Price\n\nLand is dear.\n",
}
QUESTIONS = {"chips.questions.yaml": "Margin:\n- is the margin high\n- is memory scarce\n"}


def built(folder: Path, files: dict[str, str]) -> Generation:
    """Return the generation of these files."""
    store = Store(folder / "index")
    build(write_library(folder / "content", files), store, BagOfWords())
    return store.current()


def test_a_question_that_is_nearer_to_another_section_names_it(tmp_path: Path) -> None:
    """The rank ignores expected questions, since each question is nearest to itself."""
    right, wrong = ranked(built(tmp_path, FILES | QUESTIONS))
    assert (right.path, right.line, right.heading, right.rank) == ("chips.questions.yaml", 2, "Margin", 1)
    assert (wrong.text, wrong.rank > 1, wrong.nearest) == ("is memory scarce", True, "chips > Supply")


def test_lists_one_document(tmp_path: Path) -> None:
    """By id or by path."""
    generation = built(tmp_path, FILES | QUESTIONS)
    assert not list(ranked(generation, "land"))
    assert len(list(ranked(generation, "chips"))) == len(list(ranked(generation, "chips.md"))) == 2


def test_sections_without_questions(tmp_path: Path) -> None:
    """Each with its document, line, heading and text."""
    found = [
        (section.document.id, section.line, section.heading, section.text)
        for section in uncovered(built(tmp_path, FILES | QUESTIONS))
    ]
    assert found == [("chips", 9, "Supply", "Memory is scarce."), ("land", 5, "Price", "Land is dear.")]
