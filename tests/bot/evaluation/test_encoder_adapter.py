"""Tests of tuning: the examples, the ranks that decide, and the refusal of a library with too few questions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bot.evaluation import encoder_adapter
from bot.evaluation.encoder_adapter import TuningError, batches, ranks, sections, split, tune
from index.build.builder import build
from index.build.fingerprints import fingerprints
from index.models import trainer
from index.store.generation import Generation
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.index.drafts import write_library

TOPICS = ("power", "memory", "margin", "debt", "water", "talent", "chips", "land")


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """Return a generation of six documents with four sections, each with three expected questions."""
    folder = tmp_path_factory.mktemp("library")
    files = {}
    for number in range(6):
        topics = [TOPICS[(number + part) % len(TOPICS)] for part in range(4)]
        body = "".join(f"## On {t}\n\nThe {t} of firm{number} is scarce. It is dear.\n\n" for t in topics)
        files[f"firm{number}.md"] = f"# Firm{number}\n\n{body}"
        files[f"firm{number}.questions.yaml"] = "".join(
            f"On {t}: [is {t} of firm{number} scarce, {t} dear for firm{number}, firm{number} and {t}]\n"
            for t in topics
        )
    write_library(folder / "content", files)
    store = Store(folder / "index")
    build(folder / "content", store, BagOfWords())
    return store.current()


def test_each_question_has_the_nearest_texts_of_its_own_section(generation: Generation) -> None:
    """Passages and sentences carry title and headings, as they are encoded."""
    found = sections(generation)
    assert sum(len(section.questions) for section in found) == 72
    section = next(section for section in found if "is power of firm0 scarce" in section.questions)
    passage, sentence = section.best[0]
    assert passage == "Firm0 > On power\nThe power of firm0 is scarce. It is dear."
    assert sentence == "Firm0 > On power: The power of firm0 is scarce."


def test_batches_use_each_question_once_and_never_two_of_a_section(generation: Generation) -> None:
    """Sections of one document are together in a batch, so that they are negatives for each other."""
    found = sections(generation)
    made = batches(found, seed=1)
    assert made == batches(found, seed=1)
    section_of = {question: place for place, section in enumerate(found) for question in section.questions}
    asked = [e.question for batch in made for e in batch if e.question in section_of]
    assert sorted(asked) == sorted(section_of)
    for batch in made:
        places = [section_of[example.question] for example in batch if example.question in section_of]
        assert len(places) == len(set(places))
        assert len(batch) <= trainer.BATCH
        assert any(found[a].document == found[b].document for a, b in pairwise(places)) or not places


def test_the_parts_of_a_split_share_no_document() -> None:
    """Held-out means held out."""
    parts = split([f"d{number}" for number in range(30)], seed=4)
    assert not parts.fit & parts.stop
    assert not parts.fit & parts.judge
    assert not parts.stop & parts.judge
    assert len(parts.fit | parts.stop | parts.judge) == 30


def test_the_rank_counts_the_sections_that_are_nearer(generation: Generation) -> None:
    """A perfect encoder puts each section first, and a constant encoder ties all of them."""
    found = sections(generation)
    asked = frozenset({"firm0"})
    section_of = {text: place for place, s in enumerate(found) for text in (*s.passages, *s.questions)}
    perfect = np.eye(len(found), dtype=np.float32)
    constant = np.ones((len(found), 1), np.float32)
    assert (ranks(found, asked, lambda texts: perfect[[section_of[text] for text in texts]]) == 1).all()
    ties = ranks(found, asked, lambda texts: constant[[section_of[text] for text in texts]])
    assert (ties == len(found)).all()


def test_too_few_questions_are_refused_with_the_numbers(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is trained that could not be tested."""
    monkeypatch.setattr(encoder_adapter.trainer, "need_packages", lambda: None)
    with pytest.raises(TuningError, match="72 expected questions in 6 documents are too few"):
        tune(generation)


def test_the_fingerprint_of_a_document_changes_with_its_text_and_its_questions(tmp_path: Path) -> None:
    """Documents that did not change keep theirs."""
    files = {"a.md": "# A\n\nPower is scarce.\n", "b.md": "# B\n\nLand is dear.\n"}
    content, store = write_library(tmp_path / "content", files), Store(tmp_path / "index")
    seen = []
    for change in ({}, {"a.md": "# A\n\nPower is dear.\n"}, {"a.questions.yaml": '"": [is power dear]\n'}):
        write_library(content, change)
        build(content, store, BagOfWords())
        seen.append(fingerprints(store.current()))
    assert len({found["a"] for found in seen}) == 3
    assert len({found["b"] for found in seen}) == 1
