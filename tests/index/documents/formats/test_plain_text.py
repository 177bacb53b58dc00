"""Plain text becomes headings and blocks by the shape of its lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.formats.plain_text import parse
from index.documents.outline import Head
from index.types import Block

LONG = "Model companies earn money from subscriptions and from the interfaces that programs call, " * 2
ARTICLE = f"""The Models Layer
Who builds the models, how they earn money, and {LONG}
Key Observations
Revenue Is Real
{LONG}
The Comparison Is Wrong
{LONG}
Related
- AI Stack Framework: where the layer sits
- Inference Scaling
"""


def heads(text: str) -> list[tuple[int, str, int]]:
    """Return the level, text and line of each heading."""
    return [(item.level, item.text, item.line) for item in parse(text).items if isinstance(item, Head)]


def test_an_article_with_one_line_for_each_paragraph() -> None:
    """Short lines in title case are headings, the first is the title, and dashes begin items."""
    assert heads(ARTICLE) == [
        (1, "The Models Layer", 1),
        (2, "Key Observations", 3),
        (2, "Revenue Is Real", 4),
        (2, "The Comparison Is Wrong", 6),
        (2, "Related", 8),
    ]
    found = parse(ARTICLE)
    assert found.name() == "The Models Layer"
    assert found.items[-1] == Block("item", "Inference Scaling", 10, 10)


WRAPPED = """Power demand

Data centers drew more power in 2025
Than Ever Before
and grids were full.

Queues are long

Three things help:

- gas turbines
  on site
- batteries
"""


def test_wrapped_lines_are_paragraphs_between_blank_lines() -> None:
    """A heading is then between blank lines; a line in title case within a paragraph is text."""
    assert heads(WRAPPED) == [(1, "Power demand", 1), (2, "Queues are long", 7)]
    texts = [item for item in parse(WRAPPED).items if isinstance(item, Block)]
    assert [(b.kind, b.text, b.first_line, b.last_line, b.lead) for b in texts] == [
        ("prose", "Data centers drew more power in 2025 Than Ever Before and grids were full.", 3, 5, ""),
        ("prose", "Three things help:", 9, 9, ""),
        ("item", "gas turbines on site", 11, 12, "Three things help:"),
        ("item", "batteries", 13, 13, "Three things help:"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "This ends with a full stop.",
        "this line is in lower case",
        "- An Item",
        "3) An Item",
        "12.5 | 13",
        "A Line That Goes On For Far Too Many Words To Be The Heading Of Anything",
    ],
)
def test_sentences_items_figures_and_long_lines_are_not_headings(line: str) -> None:
    assert heads(f"Title Here\n{LONG}\n{line}\n{LONG}") == [(1, "Title Here", 1)]


def test_the_last_line_is_not_a_heading() -> None:
    assert heads(f"Title Here\n{LONG}\nThe End") == [(1, "Title Here", 1)]


def test_underlined_and_hashed_lines_are_headings() -> None:
    assert heads("the title\n=========\n\ntext here.\n\n### deep one\n\ntext.") == [
        (1, "the title", 1),
        (3, "deep one", 6),
    ]


LISTS = (
    "Wine list\n\nThe Barolo costs 45 euros\n\nThe Chianti costs 30 euros\n\nAsk the waiter.\n",
    "MEETING NOTES\n\nAttendees: Ann Lee, Bob Ray\n\nDecision: we buy the lighthouse\n",
    "Ann Lee\n\n12 Harbour Street\n\n+1 555 0100\n\nBob Ray\n\n14 Harbour Street\n\n+1 555 0101\n",
    "Ann Lee\n12 Harbour Street\nann@lee.example\n\nBob Ray\n14 Harbour Street\nbob@ray.example\n",
    "Paris\n\nRome\n\nOslo\n\nBern\n\nThese are the capitals that we visited.\n",
    f"Title Here\n{LONG}\nWifi password: kumquat\nPrice 45 euros\nann@lee.example\nThe End\n",
)


@pytest.mark.parametrize("text", LISTS)
def test_short_lines_in_a_row_are_text(text: str) -> None:
    """As in a wine list, minutes or an address book; only the first line may be a title."""
    assert [line for _, _, line in heads(text) if line > 1] == []


def test_many_short_paragraphs_are_text() -> None:
    assert len(parse("A short paragraph\n\n" * 20_000).items) == 20_000


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("1. one\n2. two\n", [("item", "one"), ("item", "two")]),
        ("They cost\n45. Ask the waiter.\n", [("prose", "They cost 45. Ask the waiter.")]),
        ("12. Mai\n\n13. Mai\n", [("prose", "12. Mai"), ("prose", "13. Mai")]),
    ],
)
def test_only_the_numbers_of_a_list_are_removed(text: str, kinds: list[tuple[str, str]]) -> None:
    """A number that does not count the items is part of the text."""
    assert [(item.kind, item.text) for item in parse(text).items if isinstance(item, Block)] == kinds


def test_numbered_headings_are_headings() -> None:
    assert (2, "2.1 Power Demand", 3) in heads(f"Title Here\n{LONG}\n2.1 Power Demand\n{LONG}")


def test_a_text_without_headings_is_named_by_its_first_line() -> None:
    body = parse("it is only a note about power. More follows.\n")
    assert heads("it is only a note about power. More follows.\n") == []
    assert body.name() == "it is only a note about power. More follows."


@given(st.text(alphabet="aA.:-#=1 \n\u2022", max_size=300))
def test_no_word_is_lost(text: str) -> None:
    found = "".join(item.text for item in parse(text).items)
    assert [c for c in found if c in "aA"] == [c for c in text if c in "aA"]
