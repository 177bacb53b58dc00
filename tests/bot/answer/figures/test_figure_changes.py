"""What changed on an entity is shown as the values before and after."""

from __future__ import annotations

from datetime import date

import pytest

from bot.library import Library
from bot.types import Answer
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
