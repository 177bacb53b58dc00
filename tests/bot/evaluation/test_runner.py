"""Runs of gold questions on a real library, with a bag-of-words encoder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.errors import GoldError
from bot.evaluation.gold import Gold, Place
from bot.evaluation.grade import link_opens
from bot.evaluation.runner import System, run
from bot.library import Library
from bot.types import Citation
from index.types import Heading
from tests.bot.answer.test_reranking import reranked
from tests.bot.library import opened

TODAY = date(2026, 1, 10)
RATE = Place(
    "models/anthropic", "Revenue", "Anthropic's revenue run rate was $9 billion at the end of December 2025."
)
ROW = Place("models/anthropic", "Revenue", "2024-12 | $1 billion")
SLOTS = Place("energy/turbines", "Orders", "Turbine makers sold out their production slots through 2028.")
ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return opened(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def system(library: Library) -> System:
    return System.of(library, TODAY)


def test_an_answer_with_the_gold_sentence_is_right(system: System) -> None:
    (record,) = run(system, [Gold("1", ASKED, "figure", places=(RATE,))])
    assert record.ranking is not None
    assert (record.ranking.first, record.ranking.recall1, record.ranking.ndcg) == (1, 1.0, 1.0)
    assert (record.sentence1, record.is_answered, record.is_right) == (1.0, True, True)
    first = record.shown[0]
    assert (first.document, first.heading, first.is_place, first.opens) == (
        "models/anthropic",
        "Revenue",
        True,
        True,
    )
    assert (first.is_verbatim, first.numbers, first.unsupported, record.loose) == (True, 2, 0, 0)


def test_a_question_with_two_parts_is_half_answered_by_one(system: System) -> None:
    """The other part is in a document that the answer does not quote."""
    parts = (replace(RATE, part=1), replace(ROW, part=1), replace(SLOTS, part=2))
    (record,) = run(system, [Gold("1", ASKED, "comparison", places=parts)])
    assert record.ranking is not None
    assert (record.ranking.recall1, record.sentence1) == (0.5, 0.5)


def test_an_abstention_is_graded_by_the_quotations_of_the_withheld_answer(system: System) -> None:
    asked = [Gold("1", ASKED, "figure", places=(RATE,))]
    (low,), (high,) = (
        run(system.with_policy(replace(system.policy, threshold=t)), asked) for t in (0.0, 1.0)
    )
    assert (low.reason, high.reason) == ("", "not covered")
    assert high.nearest == (True, True)  # the closest passage is quoted
    assert [shown.text for shown in high.beside] == [shown.text for shown in high.shown[:1]]
    assert replace(high, reason="", threshold=0.0, nearest=(), beside=()) == low


def test_an_unanswerable_question_has_no_ranking_and_is_never_right(system: System) -> None:
    (record,) = run(system, [Gold("1", "Which bakery sells croissants?", "absent topic")])
    assert (record.ranking, record.is_answered, record.is_right) == (None, False, False)


def test_contrary_evidence_counts_if_the_reply_quotes_it(system: System) -> None:
    gold = Gold(
        "1", "Why did Anthropic's revenue run rate fall below $9 billion in December 2025?", "false premise"
    )
    (record,) = run(system, [replace(gold, contrary=(RATE,))])
    assert record.contrary == record.is_answered


def test_a_missing_gold_sentence_is_an_error_or_counts_as_not_found(system: System) -> None:
    """It is an error for the current library, and counts as not found in an older generation."""
    gone = Gold("1", ASKED, "figure", places=(replace(RATE, sentence="It was $8 billion."),), path="g.yaml")
    with pytest.raises(
        GoldError, match=r"g.yaml:0: 1: models/anthropic, 'Revenue' does not say 'It was \$8 billion.'"
    ):
        list(run(system, [gone]))
    (record,) = run(system, [gone], strict=False)
    assert (record.ranking, record.is_right, record.sentence3) == (None, False, 0.0)


def test_an_unknown_part_is_refused_with_the_list_of_parts(system: System) -> None:
    with pytest.raises(GoldError, match=r"no part 'dense' to leave out; the parts are .*ranking\.dense"):
        system.without("dense")


def test_the_reranker_is_a_part_that_can_be_left_out(tmp_path: Path) -> None:
    library, longing = reranked(tmp_path, "Turbine makers", 10)
    system = System.of(library, TODAY)
    asked = [Gold("1", ASKED, "figure", places=(RATE,))]
    (full,), (ablated,) = (run(measured, asked) for measured in (system, system.without("reranker")))
    assert longing.read
    assert full.ranking is not None
    assert ablated.ranking is not None
    assert full.ranking.first > ablated.ranking.first == 1
    assert "reranker" not in system.without("reranker").parts()


def test_a_link_opens_if_it_leads_to_the_file_and_the_anchor_of_the_cited_heading(library: Library) -> None:
    document = next(d for d in library.generation.documents if d.id == "models/anthropic")
    good = Citation(
        1, document.id, "Anthropic", ("Revenue",), document.path, 1, 1,
        "https://x.invalid/models/anthropic.md#revenue", None, stale=False, sources=(),
    )  # fmt: skip
    assert link_opens(good, document)
    for link in ("", "https://x.invalid/models/anthropic.md", "https://x.invalid/models/openai.md#revenue"):
        assert not link_opens(replace(good, link=link), document)
    assert not link_opens(replace(good, link=good.link.replace("#revenue", "#sales")), document)
    assert not link_opens(replace(good, headings=("Costs",)), document)
    titled = replace(document, headings=(Heading((), "anthropic", 1), *document.headings))
    for anchor, is_open in (("", True), ("#anthropic", True), ("#revenue", False)):
        above = replace(good, headings=(), link=f"https://x.invalid/models/anthropic.md{anchor}")
        assert link_opens(above, titled) is is_open
