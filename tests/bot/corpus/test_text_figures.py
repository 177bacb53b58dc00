"""Figures from tables and sentences, where heads and words leave no doubt."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.corpus.corpus import Corpus
from bot.library import Library
from bot.types import Answer
from tests.bot.library import corpus, opened


def read(folder: Path, text: str, path: str = "acme.md") -> list[tuple[str, str, str, str, str]]:
    """Return entity, metric, value, date and basis of each figure that a document states."""
    found: Corpus = corpus(folder, {path: text})
    figures = found.text_figures.about(found.terms("revenue sales backlog margin"))
    return [
        (one.entity, one.metric_name, one.place.value if one.place else "", one.point.as_of, one.kind[1])
        for one in figures
    ]


def test_rows_of_entities_and_columns_of_metrics(tmp_path: Path) -> None:
    text = """# Clouds

| Company | Period | Revenue | Gross margin | Note |
|---|---|---|---|---|
| Nimbus | Quarter to June 2026 | $42.2 billion | 39.4% | new |
| Cirrus | Year to June 2026 | about $7 billion | not reported | |
"""
    assert read(tmp_path, text) == [
        ("Nimbus", "Revenue (quarter)", "$42.2 billion", "2026-Q2", "quarter"),
        ("Nimbus", "Gross margin", "39.4%", "2026-Q2", ""),
        ("Cirrus", "Revenue (fiscal year)", "about $7 billion", "2026-06", "fiscal year"),
    ]


def test_rows_of_dates_are_of_the_documents_subject(tmp_path: Path) -> None:
    text = """# Acme

Revenue rose in each quarter.

| Quarter | Revenue, USD billion | Backlog, USD billion |
|---|---|---|
| Q1 2026 | 2.08 | 99.4 |
| Q2 2026 | 2.58 | 104 |
"""
    assert [one[:4] for one in read(tmp_path, text)] == [
        ("Acme", "Revenue (quarter)", "2.08", "2026-Q1"),
        ("Acme", "Backlog", "99.4", "2026-Q1"),
        ("Acme", "Revenue (quarter)", "2.58", "2026-Q2"),
        ("Acme", "Backlog", "104", "2026-Q2"),
    ]


def test_rows_of_measures_and_columns_of_periods(tmp_path: Path) -> None:
    text = """# Acme

| Measure | Q1 2026 | Q2 2026 |
|---|---|---|
| Net sales, EUR billion | 8.77 | 9.33 |
"""
    assert [one[:4] for one in read(tmp_path, text)] == [
        ("Acme", "Net sales (quarter)", "8.77", "2026-Q1"),
        ("Acme", "Net sales (quarter)", "9.33", "2026-Q2"),
    ]


@pytest.mark.parametrize(
    ("sentence", "figure"),
    [
        ("The revenue of Acme was $3 billion in 2025.", ("Acme", "revenue (year)", "$3 billion", "2025")),
        ("Acme's backlog reached $5 billion in June 2026.", ("Acme", "backlog", "$5 billion", "2026-06")),
        (
            "In the second quarter of 2026, Acme had revenue of $900 million.",
            ("Acme", "revenue (quarter)", "$900 million", "2026-Q2"),
        ),
    ],
)
def test_a_sentence_with_one_entity_metric_value_and_date(
    tmp_path: Path, sentence: str, figure: tuple[str, str, str, str]
) -> None:
    assert [one[:4] for one in read(tmp_path, f"# Report\n\n{sentence}\n")] == [figure]


@pytest.mark.parametrize(
    "text",
    [
        "# Report\n\nAcme's revenue rose by $3 billion in 2025.\n",
        "# Report\n\nThe revenue of Acme was $3 billion in 2025, up from $2 billion.\n",
        "# Report\n\nThe revenue of Acme was $3 billion.\n",
        "# Report\n\nIts revenue was $3 billion in 2025.\n",
        "# Report\n\n| Company | Value | Date |\n|---|---|---|\n| Acme | $3 billion | 2025 |\n| Bolt | $4 billion | 2025 |\n",
        "# Report\n\n| Company | Revenue |\n|---|---|\n| Acme | $3 billion |\n| Bolt | $4 billion |\n",
    ],
)
def test_nothing_is_read_where_a_part_is_in_doubt(tmp_path: Path, text: str) -> None:
    """A change, two values, no date, no entity, no metric in the heads, no date in the table."""
    assert read(tmp_path, text) == []


def test_a_library_without_figures_in_front_matter_is_ranked(tmp_path: Path) -> None:
    """A group's members are declared; the values are in a table and in sentences."""
    documents = {
        "labs.md": "---\ntitle: The labs\nmembers: {labs: [Acme, Bolt, Crux]}\n---\n"
        "| Company | Quarter ended | Revenue |\n|---|---|---|\n"
        "| Acme | July 2026 | $96.2 billion |\n| Bolt | August 2026 | $29.6 billion |\n",
        "crux.md": "# Crux\n\nCrux had revenue of $40 billion in the second quarter of 2026.\n",
    }
    library: Library = opened(tmp_path, documents)
    reply = library.ask("Rank the labs by quarterly revenue", today=date(2026, 12, 1))
    assert isinstance(reply, Answer)
    assert reply.table is not None
    assert [(row.entity, row.value) for row in reply.table.rows] == [
        ("Acme", "$96.2 billion"),
        ("Crux", "$40 billion"),
        ("Bolt", "$29.6 billion"),
    ]
