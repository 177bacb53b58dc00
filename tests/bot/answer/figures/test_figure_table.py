"""Questions for the figures of several entities are answered with a table of verbatim, cited values."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.library import Library
from bot.types import Answer, Table
from index.build.builder import build
from tests.bot.library import opened

TODAY = date(2026, 11, 30)

HEAD = """---
title: {title}
{members}sources:
  - {{id: s, publisher: S, title: S, url: "https://example.org/s", published: 2026-11}}
figures:
"""


def series(entity: str, metric: str, unit: str, points: dict[str, float]) -> str:
    """Return a series as front matter writes it."""
    listed = "\n".join(
        f"      - {{as_of: {date!r}, value: {value}, source: s}}" for date, value in points.items()
    )
    return f"  - entity: {entity}\n    metric: {metric}\n    unit: {unit}\n    points:\n{listed}\n"


DOCUMENTS = {
    "labs.md": HEAD.format(title="The labs", members="members: {labs: [Acme, Bolt, Crux, Dyne]}\n")
    + series("Acme", "revenue run rate", "USD billion, annualized", {"2025-12": 9, "2026-07": 65})
    + series("Bolt (Boltworks)", "annualized revenue", "USD million", {"2026-09": 400})
    + series("Crux", "revenue run rate", "USD billion, annualized", {"2026-08": 50})
    + series("Dyne", "quarterly revenue", "USD billion", {"2026-Q2": 2.5})
    + series("Acme", "valuation", "USD billion", {"2026-05": 965})
    + series("Bolt", "valuation", "EUR billion", {"2026-09": 21})
    + series("Crux", "valuation", "USD billion", {"2026-03": 852})
    + "---\n## Revenue\n\n"
    + "The revenue run rate of Acme was $9 billion at the end of December 2025.[^s]\n\n"
    + "The revenue run rate of Acme was $65 billion in July 2026.[^s]\n\n"
    + "The annualized revenue of Bolt reached $400 million in September 2026.[^s]\n\n"
    + "The revenue run rate of Crux was $50 billion in August 2026.[^s]\n\n"
    + "Dyne had revenue of $2.5 billion in the second quarter of 2026.[^s]\n\n"
    + "The valuation of Acme was $965 billion in May 2026.[^s]\n\n"
    + "The valuation of Bolt was 21 billion euros in September 2026.[^s]\n\n"
    + "The valuation of Crux was $852 billion in March 2026.[^s]\n",
    "clouds.md": HEAD.format(title="The clouds", members="members: {clouds: [Nimbus, Stratus, Cirrus]}\n")
    + series("Nimbus", "capital spending guidance for 2027, low end", "USD billion", {"2026-10": 130})
    + series("Nimbus", "capital spending guidance for 2027, high end", "USD billion", {"2026-10": 145})
    + series("Stratus", "capital spending guidance (year)", "USD billion", {"2027": 120})
    + series("Cirrus", "capital spending (fiscal year ended in June)", "USD billion", {"2026-06": 80})
    + series("Nimbus", "capital spending (year)", "USD billion", {"2025": 90})
    + series("Cirrus", "data center capacity", "MW", {"2026-06": 900})
    + series("Nimbus", "data center capacity", "GW", {"2026-06": 1.2})
    + "---\n## Capital spending\n\n"
    + "In October 2026 Nimbus guided to capital spending of $130 billion to $145 billion for 2027.[^s]\n\n"
    + "Stratus guided to capital spending of $120 billion for 2027.[^s]\n\n"
    + "The capital spending of Cirrus was $80 billion in the fiscal year to June 2026.[^s]\n\n"
    + "The capital spending of Nimbus was $90 billion in 2025.[^s]\n\n"
    + "## Capacity\n\nThe data center capacity of Cirrus was 900 MW in June 2026.[^s]\n\n"
    + "The data center capacity of Nimbus was 1.2 GW in June 2026.[^s]\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library of two groups with figures in different units and over different times."""
    return made(tmp_path_factory.mktemp("library"), DOCUMENTS)


def made(folder: Path, documents: dict[str, str]) -> Library:
    """Return a library with these documents."""
    library = opened(folder)
    for path, text in documents.items():
        (library.settings.content / path).write_text(text)
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    return library


def table(library: Library, question: str) -> Table:
    """Return the table of the answer to a question."""
    reply = library.ask(question, today=TODAY)
    assert isinstance(reply, Answer)
    assert reply.table is not None
    return reply.table


def rows(library: Library, question: str) -> list[tuple[str, str, str]]:
    """Return entity, value and date of each row."""
    return [(row.entity, row.value, row.as_of) for row in table(library, question).rows]


def test_a_group_is_ranked_by_value_whatever_the_scale_of_the_unit(library: Library) -> None:
    assert rows(library, "Rank the labs by revenue") == [
        ("Acme", "$65 billion", "2026-07"),
        ("Crux", "$50 billion", "2026-08"),
        ("Bolt", "$400 million", "2026-09"),
    ]


def test_a_figure_over_another_time_is_named_and_not_compared(library: Library) -> None:
    found = table(library, "Rank the labs by revenue")
    assert found.remarks == ("not comparable: Dyne (quarterly revenue, USD billion)",)


def test_a_threshold_keeps_the_entries_beyond_it_and_counts_them(library: Library) -> None:
    found = table(library, "Which labs have a run rate above $10 billion?")
    assert [row.entity for row in found.rows] == ["Acme", "Crux"]
    assert "2 of 3 with a figure are above the threshold" in found.remarks
    assert "no figure: Dyne" in found.remarks


def test_the_lowest_comes_first_if_the_question_asks_for_it(library: Library) -> None:
    found = table(library, "Rank the labs by run rate, lowest first")
    assert [row.entity for row in found.rows] == ["Bolt", "Crux", "Acme"]


def test_a_superlative_in_the_singular_has_one_entry_and_names_the_others(library: Library) -> None:
    found = table(library, "Which lab has the lowest run rate?")
    assert [(row.entity, row.value) for row in found.rows] == [("Bolt", "$400 million")]
    assert "compared with: Crux, Acme" in found.remarks


def test_entries_beyond_the_number_asked_for_are_named(library: Library) -> None:
    found = table(library, "top 2 labs by revenue")
    assert [row.entity for row in found.rows] == ["Acme", "Crux"]
    assert "1 more: Bolt" in found.remarks


def test_a_list_may_have_two_currencies_and_a_rank_has_one(library: Library) -> None:
    listed = table(library, "List the labs and their valuation")
    assert [row.entity for row in listed.rows] == ["Acme", "Crux", "Bolt"]
    assert "the values are in different currencies; the order is by value within each" in listed.remarks
    assert [row[0] for row in rows(library, "Rank the labs by valuation")] == ["Acme", "Crux"]


def test_limits_have_two_sides_and_a_denial_turns_them_around(library: Library) -> None:
    between = rows(library, "Which labs have a run rate between $1 billion and $60 billion?")
    assert [row[0] for row in between] == ["Crux"]
    denied = rows(library, "Which labs do not have a run rate above $60 billion?")
    assert [row[0] for row in denied] == ["Crux", "Bolt"]


def test_excluded_entities_are_left_out(library: Library) -> None:
    assert [row[0] for row in rows(library, "labs other than Acme by run rate")] == ["Crux", "Bolt"]


def test_the_values_of_one_entity_over_time_are_in_order_of_their_dates(library: Library) -> None:
    dated = [("Acme", "$9 billion", "2025-12"), ("Acme", "$65 billion", "2026-07")]
    assert rows(library, "Acme's run rate over time") == dated
    assert rows(library, "What was the run rate of Acme before 2026?") == dated[:1]
    assert rows(library, "As of when is the run rate of Acme?") == dated[1:]


def test_a_count_is_the_first_remark(library: Library) -> None:
    found = table(library, "How many labs have a run rate above $10 billion?")
    assert found.remarks[0] == "2 of 3 with a figure are above the threshold"


def test_definitions_name_the_entities_that_state_one(tmp_path: Path) -> None:
    text = DOCUMENTS["labs.md"].replace(
        "entity: Crux\n    metric: revenue run rate\n",
        "entity: Crux\n    metric: revenue run rate, net of partners\n",
    )
    found = table(made(tmp_path, {"labs.md": text}), "Rank the labs by run rate")
    assert "definitions: Crux: net of partners; the others: none stated" in found.remarks


def test_three_entities_side_by_side_are_a_set(library: Library) -> None:
    assert [row[0] for row in rows(library, "Compare Bolt, Acme and Crux revenue")] == [
        "Acme",
        "Crux",
        "Bolt",
    ]


def test_a_bound_in_time_selects_older_figures(library: Library) -> None:
    reply = library.ask("Rank the labs by run rate before 2026", today=TODAY)
    assert getattr(reply, "table", None) is None  # one lab alone has a figure
    assert ("Acme", "$65 billion", "2026-07") in rows(library, "Rank the labs by run rate since July 2026")


def test_guidance_shows_both_ends_of_a_range_and_its_status(library: Library) -> None:
    found = table(library, "List the 2027 capital spending guidance of the clouds")
    assert [(row.entity, row.value, row.as_of, row.status) for row in found.rows] == [
        ("Nimbus", "$130 billion", "2027", "guided"),
        ("Nimbus", "$145 billion", "2027", "guided"),
        ("Stratus", "$120 billion", "2027", "guided"),
    ]


def test_a_fiscal_year_is_named_beside_calendar_years(library: Library) -> None:
    found = table(library, "List the clouds and their capital spending")
    assert [(row.entity, row.value) for row in found.rows] == [
        ("Nimbus", "$90 billion"),
        ("Cirrus", "$80 billion"),
    ]
    assert "fiscal years: Cirrus (to 2026-06)" in found.remarks


def test_megawatts_and_gigawatts_are_compared(library: Library) -> None:
    found = rows(library, "Rank the clouds by data center capacity")
    assert [(entity, value) for entity, value, _ in found] == [("Nimbus", "1.2 GW"), ("Cirrus", "900 MW")]


@pytest.mark.parametrize(
    "question",
    [
        "What is the revenue run rate of Acme?",
        "Why did the labs' revenue rise?",
        "Which labs do not report revenue?",
        "Rank the labs by staff",
        "Compare Acme and Crux revenue",
        "What do the labs sell?",
        "Which companies have AI revenue above $1 billion?",
        "Rank the turbines by revenue",
        "Which labs have revenue above 60%?",
        "Which cloud has the highest capital spending?",
    ],
)
def test_any_other_question_has_no_table(library: Library, question: str) -> None:
    """Another metric, one entity, two entities, a reason, a negation, an unknown group, another unit.

    The last question has no table because an entity whose figure cannot be compared may be the first.
    """
    assert getattr(library.ask(question, today=TODAY), "table", None) is None


def test_an_unknown_name_in_a_row_of_entities_is_not_passed_over(library: Library) -> None:
    reply = library.ask("Compare Acme, Bolt, Crux and Zzyzx revenue", today=TODAY)
    assert getattr(reply, "reason", "") == "unknown name"


def test_years_that_end_at_different_times_are_not_ranked(library: Library) -> None:
    found = table(library, "Rank the clouds by capital spending")
    assert [(row.entity, row.status) for row in found.rows] == [
        ("Nimbus", "guided"),
        ("Nimbus", "guided"),
        ("Stratus", "guided"),
    ]
    assert (
        "not comparable: Cirrus (capital spending (fiscal year ended in June), USD billion)" in found.remarks
    )


def test_reported_figures_and_guidance_are_not_mixed(library: Library) -> None:
    found = table(library, "List the clouds and their capital spending")
    assert {row.status for row in found.rows} == {"reported"}
    assert "not comparable: Stratus (capital spending guidance (year), USD billion)" in found.remarks


def test_a_newest_figure_that_no_sentence_states_is_not_replaced_by_an_older_one(tmp_path: Path) -> None:
    text = DOCUMENTS["labs.md"].replace(
        "The revenue run rate of Acme was $65 billion in July 2026.[^s]", "Acme grew again."
    )
    found = table(made(tmp_path, {"labs.md": text}), "Rank the labs by revenue")
    assert [row.entity for row in found.rows] == ["Crux", "Bolt"]
    assert "no sentence to quote: Acme" in found.remarks


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["labs", "clouds"]),
    st.sampled_from(["revenue", "run rate", "quarterly revenue", "capital spending", "data center capacity"]),
    st.sampled_from(
        ["Rank the {} by {}", "List the {} and their {}", "top 2 {} by {}", "Compare the {} by planned {}"]
    ),
)
def test_every_value_stands_verbatim_in_a_quotation_of_its_citation(
    library: Library, group: str, metric: str, form: str
) -> None:
    reply = library.ask(form.format(group, metric), today=TODAY)
    for row in getattr(getattr(reply, "table", None), "rows", ()):
        quoted = [quote for quote in reply.quotes if quote.citation == row.citation]
        assert any(row.value in quote.text for quote in quoted)
        assert any(row.entity in f"{quote.lead} {quote.text}" for quote in quoted)
        passages = [library.generation.passage(quote.row) for quote in quoted]
        assert all(q.text == p.text[q.start : q.end] for q, p in zip(quoted, passages, strict=True))
