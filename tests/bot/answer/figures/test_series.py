"""The figures that a question means, and the sentences that state them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.answer.figures.series import TWO_VALUES, figures_meant
from bot.answer.sentence_ranking import PASSAGES
from bot.library import Library
from bot.question.analysis import facts
from bot.types import Answer
from index.build.builder import build
from index.text.tokenizer import terms
from tests.bot.library import corpus, opened

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
    """If the question names a period, the period decides."""
    library = made(tmp_path)
    assert "$638 billion" in asked(library, "What is Oracle's contracted backlog?").quotes[0].text
    assert (
        "$138 billion" in asked(library, "What was Oracle's contracted backlog in May 2025?").quotes[0].text
    )


def test_the_newest_value_is_searched_under_the_name_of_the_figures(tmp_path: Path) -> None:
    """The best passages for the question itself lack the value."""
    library = made(tmp_path)
    for name in ("Ash", "Birch", "Cedar", "Elm", "Fir", "Oak"):
        (library.settings.content / f"{name.lower()}.md").write_text(
            f"# {name}\n\nWhat is said of Oracle's contracted backlog is said by {name}.\n"
        )
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    outcome = library.outcome("What is said of Oracle's contracted backlog?")
    assert "$638 billion" not in " ".join(hit.passage.text for hit in outcome.hits[:PASSAGES])
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


def test_two_values_of_one_date_are_both_quoted(tmp_path: Path) -> None:
    """A note of the reply says so."""
    library = made(tmp_path, "      - {as_of: 2026-05, value: 640, source: a}\n")
    reply = asked(library, "What is Oracle's contracted backlog?")
    assert TWO_VALUES in reply.notes
    assert "$640 billion" in " ".join(quote.text for quote in reply.quotes)


def test_sentences_that_differ_only_in_the_value_are_both_shown(tmp_path: Path) -> None:
    """They are not repetitions; with room for one quotation only, there is no note of two values."""
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
    assert TWO_VALUES in reply.notes
    short = library.replace(policy=replace(library.policy, sentences=1))
    assert TWO_VALUES not in asked(short, "What is Oracle's contracted backlog?").notes


VALUATION = """---
title: Valuations
sources:
  - {id: a, publisher: A, title: A, url: "https://example.org/a", published: 2026-05}
figures:
  - entity: Oracle
    metric: valuation
    unit: USD billion
    points: [{as_of: 2026-05, value: 30, source: a}]
---
## Oracle

The valuation of Oracle, and what the valuation is made of: Oracle grew by 30 %, the valuation says.[^a]

Investors put Oracle at $30 billion in May 2026.[^a]
"""


def test_a_number_with_another_unit_does_not_state_a_figure(tmp_path: Path) -> None:
    """A valuation of $30 billion is not stated by a sentence with "30 %"."""
    library = opened(tmp_path)
    (library.settings.content / "valuations.md").write_text(VALUATION)
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    assert "$30 billion" in asked(library, "What is the valuation of Oracle?").quotes[0].text


def stated(*metrics: str) -> str:
    """A document that states a point of each metric of Oracle."""
    series = "".join(
        f"  - entity: Oracle\n    metric: {metric!r}\n    unit: USD\n    points: [{{as_of: 2026-04, value: 1, source: a}}]\n"
        for metric in metrics
    )
    source = '  - {id: a, publisher: A, title: A, url: "https://example.org/a", published: 2026-05}'
    return f"---\ntitle: O\nsources:\n{source}\nfigures:\n{series}---\nWords.\n"


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
def test_a_question_means_the_figures_of_its_entity_and_metric(
    tmp_path: Path, question: str, metric: str
) -> None:
    """A question about a period or a reason means none."""
    library = corpus(tmp_path, {"o.md": stated("contracted backlog", "free cash flow")})
    found = figures_meant(facts(question, library), library)
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
def test_a_metric_is_meant_without_its_qualifier(tmp_path: Path, question: str, metric: str) -> None:
    """If the question asks for nothing else."""
    names = ("revenue (quarter)", "revenue (fiscal year ended January)", "valuation, post-money")
    library = corpus(tmp_path, {"o.md": stated(*names)})
    found = figures_meant(facts(question, library), library)
    assert (found.name if found else "") == (f"Oracle {metric}" if metric else "")
