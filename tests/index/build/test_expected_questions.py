"""Tests of expected questions in the index: what is encoded again, and how they change the ranking."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.build.builder import Report, build
from index.build.changes import changed
from index.retriever import Retriever
from index.search.fusion import Weights
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.index.drafts import write_library

LIBRARY = {
    "chips.md": "# Chips\n\n## Margin\n\nThe margin is the prize. It is high.\n\n## Supply\n\nMemory is scarce.\n",
    "energy.md": "# Energy\n\n## Grid\n\nPower is the limit.\n\n## Turbines\n\nTurbines are sold out.\n",
    "chips.questions.yaml": "Margin: [who earns most, how rich are they]\nSupply: [what runs short]\n",
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A library in which one of two documents has expected questions."""
    return write_library(tmp_path / "content", LIBRARY)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An index folder without generations."""
    return Store(tmp_path / "index")


def rebuilt(content: Path, store: Store) -> tuple[Report, list[str]]:
    """Build, and return the report with the texts that were encoded."""
    encoder = BagOfWords()
    return build(content, store, encoder), encoder.encoded


def asked(store: Store) -> dict[str, list[list[str]]]:
    """Return the expected questions of each passage, by document, read as the retriever reads them."""
    generation = store.current()
    found: dict[str, list[list[str]]] = {}
    for place, document in enumerate(generation.documents):
        first = int(generation.document_questions[place])
        texts = [question.text for question in generation.expected_questions(place)]
        for row in range(*generation.document_rows[place : place + 2].tolist()):
            start, stop = (generation.passage_questions[row] - first).tolist()
            found.setdefault(document.path, []).append(texts[start:stop] if stop > start else [])
    return found


def rows_are_right(store: Store) -> bool:
    """Return True if each stored row is the embedding of its question."""
    generation = store.current()
    texts = [
        q.text for place in range(len(generation.documents)) for q in generation.expected_questions(place)
    ]
    expected = BagOfWords().encode(texts)
    return len(texts) == len(generation.questions) and np.allclose(generation.questions, expected, atol=1e-3)


def test_a_changed_question_file_encodes_its_new_questions_only(content: Path, store: Store) -> None:
    """Documents and other questions keep their embeddings, and a removed question is gone."""
    rebuilt(content, store)
    assert asked(store) == {
        "chips.md": [["who earns most", "how rich are they"], ["what runs short"]],
        "energy.md": [[], []],
    }
    file = content / "chips.questions.yaml"
    file.write_text("Supply: [what runs short, why is hbm dear]\nMargin: [who earns most]\n")
    assert changed(content, store.current())
    report, encoded = rebuilt(content, store)
    assert encoded == ["why is hbm dear"]
    assert not report.unchanged
    assert asked(store)["chips.md"] == [["who earns most"], ["what runs short", "why is hbm dear"]]
    assert rows_are_right(store)


def test_a_changed_document_keeps_the_embeddings_of_its_questions(content: Path, store: Store) -> None:
    """A new section moves the questions of the sections behind it, and of the documents behind it."""
    write_library(content, {"energy.questions.yaml": "Grid: [is power short]\n"})
    rebuilt(content, store)
    write_library(
        content, {"chips.md": LIBRARY["chips.md"].replace("## Margin", "## Price\n\nDear.\n\n## Margin")}
    )
    _, encoded = rebuilt(content, store)
    assert not {"who earns most", "what runs short", "is power short"}.intersection(encoded)
    assert asked(store) == {
        "chips.md": [[], ["who earns most", "how rich are they"], ["what runs short"]],
        "energy.md": [["is power short"], []],
    }
    assert rows_are_right(store)


def test_a_removed_question_file_removes_its_questions(content: Path, store: Store) -> None:
    """Without its file a document has no questions, and the next build has nothing to do."""
    rebuilt(content, store)
    (content / "chips.questions.yaml").unlink()
    assert changed(content, store.current())
    rebuilt(content, store)
    assert asked(store)["chips.md"] == [[], []]
    assert not changed(content, store.current())
    assert rebuilt(content, store)[0].unchanged


def test_questions_follow_the_document_that_owns_the_file(content: Path, store: Store) -> None:
    """The Markdown document owns the file; once it is gone, the other document of the name does."""
    page = "<h1>Chips</h1><h2>Supply</h2><p>Memory is scarce.</p>"
    write_library(content, {"chips.html": page})
    rebuilt(content, store)
    assert not any(asked(store)["chips.html"])
    (content / "chips.md").unlink()
    rebuilt(content, store)
    assert asked(store)["chips.html"] == [["what runs short"]]
    write_library(content, LIBRARY)
    rebuilt(content, store)
    assert not any(asked(store)["chips.html"])
    assert asked(store)["chips.md"][1] == ["what runs short"]


def test_problems_are_reported_at_each_build_and_never_fatal(content: Path, store: Store) -> None:
    """An unknown heading and a file without a document are warnings; everything else is built."""
    write_library(
        content,
        {"chips.questions.yaml": "Team: [who?]\nSupply: [what runs short]\n", "gone.questions.yaml": ""},
    )
    for _ in range(2):
        report, _ = rebuilt(content, store)
        assert [(p.path, p.line, p.fatal) for p in report.problems] == [
            ("chips.questions.yaml", 1, False),
            ("gone.questions.yaml", 1, False),
        ]
    assert report.unchanged
    assert asked(store)["chips.md"] == [[], ["what runs short"]]


def test_a_question_longer_than_the_encoder_reads_is_a_problem(content: Path, store: Store) -> None:
    """The encoder never raises for a question of a file."""
    write_library(content, {"chips.questions.yaml": f"Margin: [{'a ' * 30}, who earns most]\n"})
    report = build(content, store, BagOfWords(max_tokens=24))
    assert ["longer than the encoder reads" in problem.message for problem in report.problems] == [True]
    assert asked(store)["chips.md"][0] == ["who earns most"]


def test_the_nearest_expected_question_raises_its_section(content: Path, store: Store) -> None:
    """A question that shares no word with the text finds the section that editors wrote it for."""
    rebuilt(content, store)
    generation = store.current()
    plain = Retriever(generation, BagOfWords(), Weights(expected=0.0)).retrieve("what runs short")
    hits = Retriever(generation, BagOfWords(), Weights(expected=0.5)).retrieve("what runs short").hits
    assert hits[0].passage.headings[-1] == "Supply"
    assert hits[0].expected > 0
    before = {hit.row: hit.score for hit in plain.hits}
    for hit in hits:
        assert hit.score == pytest.approx(before[hit.row] + hit.expected, abs=1e-6)


def test_sections_without_questions_keep_their_scores(content: Path, store: Store) -> None:
    """Half of the library has questions, and the scores of the other half do not change."""
    rebuilt(content, store)
    generation = store.current()
    plain = Retriever(generation, BagOfWords(), Weights(expected=0.0)).retrieve("are turbines sold out")
    hits = Retriever(generation, BagOfWords(), Weights(expected=0.5)).retrieve("are turbines sold out").hits
    without = [hit for hit in hits if hit.document.path == "energy.md"]
    before = {hit.row: hit.score for hit in plain.hits}
    assert [hit.score for hit in without] == [before[hit.row] for hit in without]
    assert hits[0].passage.headings[-1] == "Turbines"


def test_questions_are_no_words_of_the_library(content: Path, store: Store) -> None:
    """Neither BM25 nor the vocabulary knows a word that only an expected question has."""
    rebuilt(content, store)
    assert store.current().lexical.df("rich") == 0
    assert "rich" not in store.current().described
