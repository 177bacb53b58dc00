"""Gold questions put to a real library, with an encoder that counts words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.errors import GoldError
from bot.evaluation.gold import Gold, Place
from bot.evaluation.grade import opens
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
    """Ranked first, quoted first, verbatim, linked to its heading."""
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
    """Places of one part are alternatives; the other part is in a document that the answer does not quote."""
    parts = (replace(RATE, part=1), replace(ROW, part=1), replace(SLOTS, part=2))
    (record,) = run(system, [Gold("1", ASKED, "comparison", places=parts)])
    assert record.ranking is not None
    assert (record.ranking.recall1, record.sentence1) == (0.5, 0.5)


def test_what_would_have_been_quoted_is_graded_where_strata_abstains(system: System) -> None:
    """The threshold does not change what is known of the sentences."""
    asked = [Gold("1", ASKED, "figure", places=(RATE,))]
    (low,), (high,) = (run(system.under(replace(system.policy, threshold=t)), asked) for t in (0.0, 1.0))
    assert (low.reason, high.reason) == ("", "not covered")
    assert high.nearest == (True, True, True)
    assert replace(high, reason="", threshold=0.0, nearest=()) == low


def test_a_question_that_nothing_answers(system: System) -> None:
    """It has no ranking, and an answer to it is never right."""
    (record,) = run(system, [Gold("1", "Which bakery sells croissants?", "absent topic")])
    assert (record.ranking, record.is_answered, record.is_right) == (None, False, False)


def test_contrary_evidence_counts_where_the_reply_shows_it(system: System) -> None:
    """In an answer here."""
    gold = Gold(
        "1", "Why did Anthropic's revenue run rate fall below $9 billion in December 2025?", "false premise"
    )
    (record,) = run(system, [replace(gold, contrary=(RATE,))])
    assert record.contrary == record.is_answered


def test_a_gold_sentence_that_is_gone_stops_the_measuring_or_counts_as_not_found(system: System) -> None:
    """The one before publishing, the other for an older generation."""
    gone = Gold("1", ASKED, "figure", places=(replace(RATE, sentence="It was $8 billion."),), path="g.yaml")
    with pytest.raises(
        GoldError, match=r"g.yaml:0: 1: models/anthropic, 'Revenue' does not say 'It was \$8 billion.'"
    ):
        list(run(system, [gone]))
    (record,) = run(system, [gone], strict=False)
    assert (record.ranking, record.is_right, record.sentence3) == (None, False, 0.0)


def test_a_part_that_there_is_not_is_told_with_those_that_there_are(system: System) -> None:
    """A slip is answered with the list."""
    with pytest.raises(GoldError, match=r"no part 'dense' to leave out; the parts are .*ranking\.dense"):
        system.without("dense")


def test_a_reranker_is_a_part(tmp_path: Path) -> None:
    """It is measured where there is one, and can be left out."""
    library, longing = reranked(tmp_path, "Turbine makers", 10)
    system = System.of(library, TODAY)
    asked = [Gold("1", ASKED, "figure", places=(RATE,))]
    (whole,), (lacking,) = (run(measured, asked) for measured in (system, system.without("reranker")))
    assert longing.read
    assert whole.ranking is not None
    assert lacking.ranking is not None
    assert whole.ranking.first > lacking.ranking.first == 1
    assert "reranker" not in system.without("reranker").parts()


def test_a_link_opens_at_an_anchor_that_the_document_has(library: Library) -> None:
    """Of the right file and of the heading that the citation names."""
    document = next(d for d in library.generation.documents if d.id == "models/anthropic")
    good = Citation(
        1, document.id, "Anthropic", ("Revenue",), document.path, 1, 1,
        "https://x.invalid/models/anthropic.md#revenue", None, stale=False, sources=(),
    )  # fmt: skip
    assert opens(good, document)
    for link in ("", "https://x.invalid/models/anthropic.md", "https://x.invalid/models/openai.md#revenue"):
        assert not opens(replace(good, link=link), document)
    assert not opens(replace(good, link=good.link.replace("#revenue", "#sales")), document)
    assert not opens(replace(good, headings=("Costs",)), document)
    titled = replace(document, headings=(Heading((), "anthropic", 1), *document.headings))
    for anchor, is_open in (("", True), ("#anthropic", True), ("#revenue", False)):
        above = replace(good, headings=(), link=f"https://x.invalid/models/anthropic.md{anchor}")
        assert opens(above, titled) is is_open
