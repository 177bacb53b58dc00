"""The figures of the library agree with their front matter, their sources and each other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from index.documents import loader
from tests.content import figures

if TYPE_CHECKING:
    from pathlib import Path

    from index.documents.loader import Parsed

DOCUMENT = """---
title: Acme
reviewed: 2026-06-01
sources:
  - id: acme-2026-05
    publisher: Acme
    title: Results
    url: https://acme.example/results
    published: 2026-05-01
    kind: release
  - id: news-2026-05
    publisher: News
    title: Acme reports
    url: https://news.example/acme
    published: 2026-05-02
    kind: press
figures:
  - entity: Acme
    metric: {metric}
    unit: USD billion
    points:
      - {{as_of: "2026-Q1", value: {value}, source: {source}}}
---

{text}
"""


@pytest.fixture(scope="module")
def library() -> list[Parsed]:
    """Return the documents of the library."""
    return figures.documents()


def document(
    folder: Path,
    name: str = "acme.md",
    text: str = "Revenue was $2.5 billion in the first quarter of 2026.[^acme-2026-05]",
    value: float = 2.5,
    source: str = "acme-2026-05",
    metric: str = "revenue (quarter)",
) -> Parsed:
    """Return a document with one series of one point.

    Args:
        folder: The folder that the file is written to.
        name: The name of the file.
        text: The body of the document.
        value: The value of the point.
        source: The source of the point.
        metric: The metric of the series.
    """
    filled = DOCUMENT.format(text=text, value=value, source=source, metric=metric)
    (folder / name).write_text(filled, encoding="utf-8")
    return loader.read(folder, name)


def test_the_librarys_figures_agree(library: list[Parsed]) -> None:
    assert list(figures.differences(library)) == []


def test_every_source_has_a_kind(library: list[Parsed]) -> None:
    missing = [
        f"{parsed.document.path}: {source.id}"
        for parsed in library
        for source in parsed.document.sources
        if not source.kind
    ]
    assert missing == []


def test_a_source_has_the_same_kind_and_date_in_every_document(library: list[Parsed]) -> None:
    stated: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for parsed in library:
        for source in parsed.document.sources:
            stated[source.url].setdefault((source.kind, source.published), parsed.document.path)
    assert {url: values for url, values in stated.items() if len(values) > 1} == {}


def test_a_point_that_the_text_states_and_cites_is_right(tmp_path: Path) -> None:
    assert list(figures.differences([document(tmp_path)])) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"value": 2.6}, "no text 2.6 USD billion"),
        ({"source": "news-2026-05"}, "no text cites 2.5 USD billion"),
        ({"text": "Revenue was $2.5 million in 2026.[^acme-2026-05]"}, "no text 2.5 USD billion"),
        ({"text": "Revenue was $2.5 billion in May 2024.[^acme-2026-05]"}, "no text dates 2.5 USD billion"),
    ],
    ids=["value", "source", "unit", "date"],
)
def test_reports_a_point_that_differs_from_the_text(
    tmp_path: Path, changed: dict[str, str | float], problem: str
) -> None:
    found = list(figures.unstated_points(document(tmp_path, **changed)))  # type: ignore[arg-type]
    assert len(found) == 1
    assert problem in found[0]


def test_reports_a_sentence_with_a_figure_and_no_source(tmp_path: Path) -> None:
    """A sentence with a derivation, a condition or a value of the front matter needs no source of its own."""
    text = (
        "Revenue was $2.5 billion in 2026.[^acme-2026-05] Costs were $2 billion. Sales of $2.5 billion are a record. "
        "The margin was 20%, derived. Costs above $3 billion would mean a loss."
    )
    found = list(figures.unsupported_sentences(document(tmp_path, text=text)))
    assert [line.partition("source: ")[2] for line in found] == ["Costs were $2 billion."]


@pytest.mark.parametrize(
    ("sentence", "is_right"),
    [
        ("Sales rose 25% to $2.5 billion from $2.0 billion.", True),
        ("Sales rose 35% to $2.5 billion from $2.0 billion.", False),
        ("Sales fell 20%, from $2.5 billion to $2.0 billion.", True),
        ("Sales fell 30%, from $2.5 billion to $2.0 billion.", False),
        ("Use rose by 5% a year, from 2020 to 2024.", True),
    ],
)
def test_computes_growth_again(tmp_path: Path, sentence: str, is_right: bool) -> None:
    assert (list(figures.wrong_growth(document(tmp_path, text=sentence))) == []) is is_right


@pytest.mark.parametrize("metric", ["revenue (quarter)", "quarterly revenue", "revenue, quarter"])
def test_reports_two_values_of_one_metric(tmp_path: Path, metric: str) -> None:
    first, second = document(tmp_path), document(tmp_path, "other.md", value=2.561, metric=metric)
    assert list(figures.contradictory_points([first, second])) == [
        "acme, revenue, 2026-Q1: 2500000000 in acme.md and 2561000000 in other.md"
    ]
    assert list(figures.contradictory_points([first, first])) == []


@pytest.mark.parametrize(
    ("stated", "is_contrary"), [("2.52", True), ("2.54", True), ("2.5", False), ("2.50", False)]
)
def test_reports_a_sentence_that_contradicts_another(tmp_path: Path, stated: str, is_contrary: bool) -> None:
    """A rounded amount is no contradiction."""
    other = document(tmp_path, "b.md", f"Acme's revenue was ${stated} billion in May 2026.[^acme-2026-05]")
    first = document(tmp_path, "a.md", "Acme's revenue was $2.51 billion in May 2026.[^acme-2026-05]")
    found = list(figures.contradictory_statements([*figures.statements(first), *figures.statements(other)]))
    assert bool(found) is is_contrary
