"""Questions for a list without numbers are answered with the items of the list, or the headings of the section."""

from __future__ import annotations

from datetime import date

import pytest

from bot.library import Library
from bot.types import Answer
from tests.bot.library import opened

TODAY = date(2026, 12, 1)

DOCUMENTS = {
    "risks.md": """# Key risks

Risks to the boom.

## Observations

### Few customers buy most

Four customers buy half of all chips.

### Debt replaces cash

Bond sales came to $121 billion.

### Power may arrive late

The grid has no room.

## What would change this view

- A default of a builder would raise the risk of funding. It would be the first.
- New plants would lower the risk of power.
""",
    "timeline.md": """# Timeline

What happened, in order.

- 14 July 2026: the auction cleared at its cap.
- 2 August 2026: the rules for Acme began.
- 26 August 2026: Acme reported revenue of $9 billion.
- 8 September 2026: Bolt raised money.
- First half of 2027: Acme expects to open its plant.
""",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library with headings, a list and dated items."""
    return opened(tmp_path_factory.mktemp("library"), DOCUMENTS)


def answer(library: Library, question: str) -> Answer:
    """Return the answer to a question."""
    reply = library.ask(question, today=TODAY)
    assert isinstance(reply, Answer)
    return reply


def test_the_headings_of_a_document_are_its_points(library: Library) -> None:
    found = answer(library, "What are the key risks?")
    assert [quote.label for quote in found.quotes] == [
        "Few customers buy most",
        "Debt replaces cash",
        "Power may arrive late",
    ]
    assert len(found.citations) == 3


def test_a_number_of_points_is_kept(library: Library) -> None:
    assert [quote.label for quote in answer(library, "Top 2 key risks").quotes] == [
        "Few customers buy most",
        "Debt replaces cash",
    ]


def test_the_items_of_a_named_section_are_quoted_whole(library: Library) -> None:
    found = answer(library, "What would change your view on the key risks?")
    assert [quote.excerpt for quote in found.quotes] == [
        "A default of a builder would raise the risk of funding. It would be the first.",
        "New plants would lower the risk of power.",
    ]


@pytest.mark.parametrize(
    ("question", "starts"),
    [
        (
            "What happened between 1 August and 30 September 2026?",
            ["2 August 2026", "26 August 2026", "8 September 2026"],
        ),
        ("events since September 2026", ["8 September 2026"]),
        ("What happened at Acme in August 2026?", ["2 August 2026", "26 August 2026"]),
        ("which dates are still ahead?", ["First half of 2027"]),
    ],
)
def test_events_are_within_the_bounds_in_time(library: Library, question: str, starts: list[str]) -> None:
    found = answer(library, question).quotes
    assert [quote.excerpt.partition(":")[0] for quote in found] == starts
