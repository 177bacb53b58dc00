"""What changed on an entity is shown as the values before and after."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.answer.text_changes import text_changes
from bot.corpus.corpus import Corpus
from bot.library import Library
from bot.types import Answer
from index.build.builder import build
from tests.bot.answer.figures.test_figure_table import HEAD, series
from tests.bot.library import opened

TODAY = date(2026, 12, 1)

DOCUMENTS = {
    "acme.md": HEAD.format(title="Acme", members="")
    + series("Acme", "revenue run rate", "USD billion, annualized", {"2025-12": 9, "2026-07": 65})
    + series("Acme", "valuation", "USD billion", {"2026-01": 350})
    + series("Acme", "debt", "USD billion", {"2026-09": 12})
    + "---\n## Revenue\n\n"
    + "The revenue run rate of Acme was $9 billion at the end of December 2025.[^s]\n\n"
    + "The revenue run rate of Acme was $65 billion in July 2026.[^s]\n\n"
    + "The valuation of Acme was $350 billion in January 2026.[^s]\n\n"
    + "The debt of Acme was $12 billion in September 2026.[^s]\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library with a figure that changed, one that did not, and a new one."""
    return opened(tmp_path_factory.mktemp("library"), DOCUMENTS)


def test_a_changed_figure_is_shown_before_and_after(library: Library) -> None:
    reply = library.ask("What changed on Acme since June 2026?", today=TODAY)
    assert isinstance(reply, Answer)
    assert reply.table is not None
    assert [(row.entity, row.value, row.as_of) for row in reply.table.rows] == [
        ("revenue run rate", "$9 billion", "2025-12"),
        ("revenue run rate", "$65 billion", "2026-07"),
        ("debt", "$12 billion", "2026-09"),
    ]
    assert reply.table.remarks == ("new: debt",)


@pytest.mark.parametrize("question", ["What changed on Acme?", "What changed on Bolt since June 2026?"])
def test_a_question_without_a_time_or_a_known_entity_has_no_table(library: Library, question: str) -> None:
    assert getattr(library.ask(question, today=TODAY), "table", None) is None


def test_sentences_that_were_added_and_removed_are_counted(tmp_path: Path) -> None:
    """An index that was written before the time is compared with the current one."""
    text = DOCUMENTS["acme.md"]
    made = opened(tmp_path, {"acme.md": text})
    (old,) = made.store.ids()
    changed = text.replace(
        "The valuation of Acme was $350 billion in January 2026.[^s]", "Acme opened a plant."
    )
    (made.settings.content / "acme.md").write_text(changed)
    build(made.settings.content, made.store, made.encoder)
    made.refresh()
    assert made.store.before(date(2020, 1, 1)) is None
    since = date.fromisoformat(f"{old[:4]}-{old[4:6]}-{old[6:8]}") + timedelta(days=40)
    earlier = made.store.before(since)
    assert earlier is not None
    assert earlier.id == made.store.ids()[-1]
    earlier.close()
    corpus = Corpus(made.generation, made.encoder, earlier=lambda _: made.store.open(old))
    found = text_changes("acme", since, corpus)
    assert found is not None
    assert [span.passage.text[span.start : span.end] for span in found.added] == ["Acme opened a plant."]
    assert found.remark.endswith("1 sentence added, 1 removed")
