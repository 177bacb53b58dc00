"""The entities of a library."""

from __future__ import annotations

from bot.corpus.gazetteer import Gazetteer
from index.types import Document, Series


def test_a_short_form_with_two_meanings_is_left_out() -> None:
    """Nobody can tell which meaning is meant; two documents that agree are fine."""
    found = Gazetteer.of(
        [
            Document("a", "a.md", "Alpha", aliases=("AAA = Alpha", "XYZ = Alpha")),
            Document("b", "b.md", "Beta", aliases=("XYZ = Beta", "AAA = Alpha", "Lower")),
        ]
    )
    assert found.readings == {"aaa": ("AAA", "Alpha")}
    assert {"Alpha", "Beta", "Lower"} <= found.names


def test_a_title_tells_the_ticker_of_a_company() -> None:
    found = Gazetteer.of([Document("a", "a.md", "Norvik Foundry AS (OSE: NORV) Q3 2026 Earnings Call")])
    assert found.readings == {"norv": ("NORV", "Norvik Foundry AS")}


def test_figures_name_their_entities() -> None:
    """The entity of a series is a name even if no title has it."""
    found = Gazetteer.of([Document("a", "a.md", "A", figures=(Series("Cerebras", "revenue", "USD", ()),))])
    assert "Cerebras" in found.names
