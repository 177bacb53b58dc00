"""Questions for rows of a table are answered with the rows, filtered, ordered and counted."""

from __future__ import annotations

from datetime import date

import pytest

from bot.library import Library
from bot.types import Answer, Table
from tests.bot.library import opened

TODAY = date(2026, 12, 1)

DOCUMENTS = {
    "plants.md": """# Plants

The table lists every plant of the fleet.

| Plant | Fuel | Capacity (MW) | Opens | State |
|---|---|---|---|---|
| Aberford | solar | 330 | 2018 | Iowa |
| Brinley | nuclear | 1,852 | 2016 | Ohio |
| Corwick | nuclear | 977 | 2020 | Utah |
| Dunmere | nuclear | 317 | 2018 | Iowa |
| Eldgate | gas | 964 | 2030 | Utah |
| Fenham | gas | about 919 | 2021 | Ohio |
""",
    "models.md": """# Open models

| Model | Open weights | Price (USD per million tokens) | Date |
|---|---|---|---|
| Alto | Yes | 0.28 | April 2026 |
| Basso | No | 30 | May 2026 |
| Corda | Yes, since July | 3.48 | August 2026 |
""",
    "companies.md": """---
title: Companies
members: {labs: [Acme, Bolt, Crux]}
---
| Company | Multiple of sales |
|---|---|
| Acme | 15.6 |
| Bolt | 14.8 |
| Dyne | 31 |
""",
    "measures.md": """# Measures of Acme

| Company | Measure | Date | Value |
|---|---|---|---|
| Acme | Revenue | 2025 | $4 billion |
| Acme | Loss | 2025 | $9 billion |
""",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library of tables without front matter."""
    return opened(tmp_path_factory.mktemp("library"), DOCUMENTS)


def table(library: Library, question: str) -> Table:
    """Return the table of the answer to a question."""
    reply = library.ask(question, today=TODAY)
    assert isinstance(reply, Answer)
    assert reply.table is not None
    for row in reply.table.rows:
        assert any(row.value in quote.text and quote.citation == row.citation for quote in reply.quotes)
    return reply.table


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which plant is the largest?", ["Brinley"]),
        ("List the nuclear plants in Utah", ["Corwick"]),
        ("plants in Ohio above 900 MW", ["Brinley", "Fenham"]),
        ("plants above 0.95 GW", ["Brinley", "Corwick", "Eldgate"]),
        ("top 2 nuclear plants by capacity", ["Brinley", "Corwick"]),
        ("which plants are not nuclear?", ["Aberford", "Eldgate", "Fenham"]),
        ("rank the plants except gas in Iowa by capacity", ["Aberford", "Dunmere"]),
        ("which models do not have open weights?", ["Basso"]),
        ("rank the models by price, lowest first", ["Alto", "Corda", "Basso"]),
    ],
)
def test_rows_are_kept_and_ordered_as_the_question_asks(
    library: Library, question: str, names: list[str]
) -> None:
    assert [row.entity for row in table(library, question).rows] == names


def test_rows_are_counted(library: Library) -> None:
    found = table(library, "How many nuclear plants are there?")
    assert [row.entity for row in found.rows] == ["Brinley", "Corwick", "Dunmere"]
    assert found.remarks[0] == "3 of 6 rows of the table"


def test_a_value_without_its_unit_gets_the_unit_of_the_head(library: Library) -> None:
    (row,) = table(library, "Which plant is the largest?").rows
    assert (row.value, row.unit) == ("1,852", "MW")


@pytest.mark.parametrize(
    "question",
    [
        "How many turbines does Brinley have?",
        "Which plant has the most staff?",
        "Which measure of Acme is the largest?",
        "What is a plant?",
        "Rank the plants in Peru by capacity",
        "Rank the labs by their multiple of sales",
    ],
)
def test_any_other_question_has_no_table(library: Library, question: str) -> None:
    """One figure, an unknown column, values of several measures, a definition, an unknown cell, a table with others."""
    assert getattr(library.ask(question, today=TODAY), "table", None) is None
