"""The newest figure first, and what disagrees beside it, on a library on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.answer import sentences
from bot.corpus.figures import NOTE, collected, meant
from bot.library import Library
from bot.question.model import read
from bot.types import Answer
from index.build.builder import build
from index.search.bm25 import terms
from index.types import Document, Point, Series, Source
from tests.bot.library import opened

MEMORY = """---
title: Memory
sources:
  - {{id: a, publisher: A, title: A, url: "https://example.org/a", published: 2026-05}}
figures:
  - entity: Oracle
    metric: contracted backlog
    unit: USD billion
    points:
      - {{as_of: 2025-05, value: 138, source: a}}
      - {{as_of: 2026-Q1, value: 553, source: a}}
      - {{as_of: 2026-05, value: 638, source: a}}
{more}---
## Contracts

Oracle's contracted backlog was $138 billion in May 2025, and the contracted backlog of Oracle is what Oracle is known for.[^a]

Oracle's backlog rose to $553 billion in March 2026.[^a]

By May 2026 Oracle had $638 billion, or by another count $640 billion.[^a]

Others put Oracle at $640 billion.[^a]
"""


def asked(library: Library, question: str) -> Answer:
    """The answer to a question."""
    reply = library.ask(question, today=date(2026, 6, 1))
    assert isinstance(reply, Answer)
    return reply


def made(folder: Path, more: str = "") -> Library:
    """A library with figures of three dates."""
    library = opened(folder)
    (library.settings.content / "memory.md").write_text(MEMORY.format(more=more))
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    return library


def test_the_newest_value_comes_first(tmp_path: Path) -> None:
    """Where the question names no period; else the period decides."""
    library = made(tmp_path)
    assert "$638 billion" in asked(library, "What is Oracle's contracted backlog?").quotes[0].text
    assert (
        "$138 billion" in asked(library, "What was Oracle's contracted backlog in May 2025?").quotes[0].text
    )


def test_the_newest_value_is_looked_up(tmp_path: Path) -> None:
    """Where the best passages for the question lack it, in those for the figures' own name."""
    library = made(tmp_path)
    for number in range(6):
        (library.settings.content / f"note{number}.md").write_text(
            f"# Note {number}\n\nWhat is said of Oracle's contracted backlog is said of a contracted backlog.\n"
        )
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    outcome = library.outcome("What is said of Oracle's contracted backlog?")
    assert "$638 billion" not in " ".join(hit.passage.text for hit in outcome.hits[: sentences.TOP])
    assert isinstance(outcome.reply, Answer)
    assert "$638 billion" in outcome.reply.quotes[0].text


ORDERS = """---
title: Orders
aliases:
  - order book = contracted backlog
sources:
  - {id: a, publisher: A, title: A, url: "https://example.org/a", published: 2026-05}
figures:
  - entity: Microsoft
    metric: order book
    unit: USD billion
    points:
      - {as_of: 2025-05, value: 315, source: a}
      - {as_of: 2026-03, value: 627, source: a}
---
## Orders

The contracted backlog of Oracle and Microsoft is, compared with others, what the contracted backlog is known for.[^a]

Microsoft's contracted backlog was $315 billion in May 2025.[^a]

By March 2026 Microsoft had $627 billion.[^a]
"""


def test_things_side_by_side_have_their_newest_values(tmp_path: Path) -> None:
    """Before a sentence that names both; one of the two series is named by a short form of the metric."""
    library = made(tmp_path)
    (library.settings.content / "orders.md").write_text(ORDERS)
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    quotes = asked(library, "Compare the contracted backlog of Oracle and Microsoft").quotes
    assert "$638 billion" in quotes[0].text
    assert "$627 billion" in quotes[1].text
    assert "$627 billion" in asked(library, "What is Microsoft's contracted backlog?").quotes[0].text


def test_two_values_of_one_date_stand_side_by_side(tmp_path: Path) -> None:
    """And the reply says so."""
    library = made(tmp_path, "      - {as_of: 2026-05, value: 640, source: a}\n")
    reply = asked(library, "What is Oracle's contracted backlog?")
    assert NOTE in reply.notes
    assert "$640 billion" in " ".join(quote.text for quote in reply.quotes)


def test_sentences_that_differ_in_the_value_alone_are_both_shown(tmp_path: Path) -> None:
    """They are no repetition; and where there is room for one quotation only, none is said to be beside it."""
    library = made(tmp_path, "      - {as_of: 2026-05, value: 640, source: a}\n")
    file = library.settings.content / "memory.md"
    text = file.read_text().replace("or by another count $640 billion", "and more")
    file.write_text(
        text.replace("Others put Oracle at $640 billion", "By May 2026 Oracle had $640 billion, and more")
    )
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    reply = asked(library, "What is Oracle's contracted backlog?")
    told = " ".join(quote.text for quote in reply.quotes)
    assert [value in told for value in ("$638", "$640")] == [True, True]
    assert NOTE in reply.notes
    short = library.but(policy=replace(library.policy, sentences=1))
    assert NOTE not in asked(short, "What is Oracle's contracted backlog?").notes


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("What is Oracle's backlog of contracts?", "contracted backlog"),
        ("What is Oracle's free cash flow?", "free cash flow"),
        ("What is the contracted backlog?", ""),
        ("Why did Oracle's contracted backlog rise?", ""),
        ("What was Oracle's contracted backlog in 2025?", ""),
        ("How is Oracle?", ""),
    ],
)
def test_figures_are_meant_by_entity_and_metric(question: str, metric: str) -> None:
    """And not by a question on a period or a reason."""
    point = (Point("2026", 1.0, "a"),)
    series = tuple(Series("Oracle", name, "USD", point) for name in ("contracted backlog", "free cash flow"))
    known = collected([Document("o", "o.md", "O", figures=series)], terms)
    found = meant(read(question), known, terms)
    assert (found.metric if found else frozenset()) == frozenset(terms(metric))


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("what is oracle's revenue", "revenue (quarter)"),
        ("Oracle valuation", "valuation, post-money"),
        ("how much is oracle worth?", "valuation, post-money"),
        ("Does Oracle hold enough to make good what a valuation like that takes for granted?", ""),
    ],
)
def test_a_metric_is_meant_without_what_qualifies_it(question: str, metric: str) -> None:
    """Where a question asks for nothing else."""
    points = (Point("2026-04", 1.0, "a"),)
    names = ("revenue (quarter)", "revenue (fiscal year ended January)", "valuation, post-money")
    series = tuple(Series("Oracle", name, "USD", points) for name in names)
    found = meant(read(question), collected([Document("o", "o.md", "O", figures=series)], terms), terms)
    assert (found.name if found else "") == (f"Oracle {metric}" if metric else "")


def test_what_was_expected_is_not_current() -> None:
    """A value for a time after its source was published, unless there is no other."""
    sources = (Source("s", "S", "S", "https://example.org", published="2026-05-20"),)
    told, guided = Point("2026-04", 81.6, "s"), Point("2026-07", 91.0, "s")

    def current(*points: Point) -> tuple[Point, ...]:
        series = (Series("Nvidia", "revenue", "USD billion", points),)
        (found,) = collected([Document("n", "n.md", "N", sources=sources, figures=series)], terms)
        return found.current

    assert current(told, guided) == (told,)
    assert current(guided) == (guided,)


def test_points_of_all_documents_are_in_order_of_time() -> None:
    """Newest first, whatever their form; equal values are one."""
    forms = ("2026-06", "2026-Q1", "2025", "2026-06", "2026-H1")
    documents = [
        Document(str(n), f"{n}.md", "O", figures=(Series("O", "m", "u", (Point(at, 1.0, "a"),)),))
        for n, at in enumerate(forms)
    ]
    (found,) = collected(documents, terms)
    assert [point.as_of for point in found.points] == ["2026-06", "2026-06", "2026-H1", "2026-Q1", "2025"]
    assert len(found.current) == 1
