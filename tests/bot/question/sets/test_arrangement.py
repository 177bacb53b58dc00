"""The arrangement that a question asks for."""

from __future__ import annotations

import pytest

from bot.question.sets.arrangement import arrangement


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("labs above $1 billion", [("above", 1_000_000_000, "$")]),
        ("labs with at least $1 billion", [("at least", 1_000_000_000, "$")]),
        ("labs with no more than 5 GW", [("at most", 5_000_000_000, "w")]),
        ("which labs do not have revenue above $10 billion", [("at most", 10_000_000_000, "$")]),
        ("which labs have $10 billion or more", [("at least", 10_000_000_000, "$")]),
        (
            "labs between $10 and $50 billion",
            [("at least", 10_000_000_000, "$"), ("at most", 50_000_000_000, "$")],
        ),
        ("which clouds have negative free cash flow", [("below", 0, "")]),
        ("revenue between 2024 and 2026", []),
        ("what is above the chip layer", []),
    ],
)
def test_limits_on_the_value(text: str, limits: list[tuple[str, int, str]]) -> None:
    found = arrangement(text).limits
    assert [(one.comparison, int(one.amount[0]), one.amount[1]) for one in found] == limits


@pytest.mark.parametrize(
    ("text", "most", "order"),
    [
        ("top 3 labs by revenue", 3, "descending"),
        ("the three largest plants", 3, "descending"),
        ("bottom two clouds by margin", 2, "ascending"),
        ("which lab has the lowest margin", 0, "ascending"),
    ],
)
def test_number_and_order_of_entries(text: str, most: int, order: str) -> None:
    found = arrangement(text)
    assert (found.most, found.order) == (most, order)


def test_what_is_excluded_ends_at_a_preposition() -> None:
    found = arrangement("labs other than OpenAI and Anthropic by revenue")
    assert found.excluded == "OpenAI and Anthropic"
    assert found.rest.split() == ["labs", "by", "revenue"]


def test_a_question_for_one_figure_is_no_count() -> None:
    assert arrangement("how many labs have revenue above $1 billion").is_count
    assert not arrangement("how many seats does Copilot have").is_count
