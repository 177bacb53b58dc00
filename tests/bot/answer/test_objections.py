"""What stands in the way of an answer, on a library on disk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.library import Library
from bot.types import Abstention, Answer
from index.build.builder import build
from tests.bot.library import opened

TODAY = date(2026, 1, 20)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two documents, and one on prices that rose."""
    library = opened(tmp_path)
    (library.settings.content / "chips.md").write_text(
        "# Memory\n\n## Prices\n\nContract prices of memory rose 40% in the first quarter of 2026.\n\n"
        "Makers of memory kept their spending plans unchanged in May 2026.\n"
    )
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    return library


def refused(library: Library, question: str) -> Abstention:
    """The abstention on a question."""
    reply = library.ask(question, today=TODAY)
    assert isinstance(reply, Abstention)
    return reply


def add(library: Library, *told: str) -> None:
    """A page on Annapurna with these paragraphs."""
    text = "\n\n".join(("# Annapurna", "## What it does", *told))
    (library.settings.content / "annapurna.md").write_text(f"{text}\n")
    build(library.settings.content, library.store, library.encoder)
    library.refresh()


def test_a_strange_name_is_told(library: Library) -> None:
    """By its whole name, wherever it stands."""
    reply = refused(
        library, "What was the revenue run rate of Schneider Electric at the end of December 2025?"
    )
    assert (reply.reason, reply.message) == (
        "unknown name",
        "I couldn't find Schneider Electric anywhere in the library.",
    )
    assert refused(library, "Cohere's revenue run rate in December 2025?").reason == "unknown name"
    assert reply.nearest


def test_a_name_beside_the_text_is_not_denied(library: Library) -> None:
    """A word of a file name, a summary or a source is in a document, though no text says anything of it."""
    (library.settings.content / "zanzibar-notes.md").write_text("# Notes\n\nNothing to see here.\n")
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    reply = refused(library, "When did Zanzibar open the lighthouse?")
    assert reply.message == "I couldn't find Zanzibar in the text of any document."


def test_a_file_that_cannot_be_read_may_have_the_name(library: Library) -> None:
    """As long as there is one, nothing is said to be in no document."""
    (library.settings.content / "broken.md").write_bytes(b"\x89PNG" + b"\0" * 40)
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    reply = refused(library, "When did Zanzibar open the lighthouse?")
    assert reply.message == (
        "I couldn't find Zanzibar in any document that could be read (broken.md could not)."
    )


def test_another_period_is_told(library: Library) -> None:
    """What the library has on another date is no answer."""
    reply = refused(library, "How much did contract prices of memory rise in the third quarter of 2024?")
    assert reply.reason == "unknown date"
    assert reply.message.endswith("has nothing on this for the third quarter of 2024.")


def test_a_period_of_something_else_is_told(tmp_path: Path) -> None:
    """A sentence of the right date that names another company, under a heading of neither, is no answer."""
    library = opened(tmp_path)
    for name in ("Cohere", "Mistral"):
        (library.settings.content / f"models/{name}.md").write_text(f"# {name}\n\n{name} trains models.\n")
    (library.settings.content / "models/rivals.md").write_text(
        "# Rivals\n\nCohere's annualized revenue was $150 million in May 2025.\n\n"
        "Mistral's annualized revenue over the same time was $60 million in May 2024.\n"
    )
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    reply = refused(library, "What was Cohere's annualized revenue in May 2024?")
    assert reply.message.endswith("has nothing on this for May 2024.")
    assert isinstance(library.ask("What was Mistral's annualized revenue in May 2024?", today=TODAY), Answer)


def test_a_false_premise_meets_the_sentence_that_denies_it(library: Library) -> None:
    """Quoted and cited as any other."""
    reply = refused(library, "Why did contract prices of memory fall in the first quarter of 2026?")
    assert (reply.reason, reply.message) == ("premise", "The library says the opposite:")
    assert reply.quotes[0].text == "Contract prices of memory rose 40% in the first quarter of 2026."
    assert reply.citations[0].document == "chips"
    assert (
        refused(library, "Why did makers of memory cut their spending plans in May 2026?").reason == "premise"
    )


def test_what_is_not_done_is_denied_where_it_is_taken_for_granted(library: Library) -> None:
    """And where a question asks whether, it is the answer."""
    add(library, "Annapurna does not sell the chip to anybody, so no sales of it are reported.")
    reply = refused(library, "Why did Annapurna sell the chip to others?")
    assert (reply.reason, reply.message) == ("premise", "The library says the opposite:")
    assert "does not sell" in reply.quotes[0].text
    whether = library.ask("Does Annapurna sell the chip?", today=TODAY)
    assert isinstance(whether, Answer) or whether.reason != "premise"


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ("Thin profit makes Annapurna lean on lenders, and on sales growing fast.", False),
        ("Annapurna had no rival, and its profit shrank.", False),
        ("Profit stayed thin, the same report says.", False),
        ("Annapurna's profit was $9 billion, up from $1 billion.", True),
    ],
)
def test_a_premise_is_denied_in_a_part_of_a_sentence_that_is_on_it(
    library: Library, told: str, refused: bool
) -> None:
    """What grew beside it, or a "no" on something else, denies nothing."""
    add(library, told)
    reply = library.ask("Why did Annapurna's profit shrink?", today=TODAY)
    assert (isinstance(reply, Abstention) and reply.reason == "premise") is refused


def test_a_move_of_the_shares_bears_out_no_other_premise(library: Library) -> None:
    """A plan was kept, and the shares fell: so the plan was not cut."""
    add(
        library,
        "Annapurna set out its plan of spending for memory, and the shares fell by a tenth.",
        "Annapurna kept its plan of spending for memory.",
    )
    reply = refused(library, "What made Annapurna cut its plan of spending for memory?")
    assert (reply.reason, reply.quotes[0].text) == (
        "premise",
        "Annapurna kept its plan of spending for memory.",
    )


def test_a_true_premise_is_answered(library: Library) -> None:
    """The same question the other way round."""
    reply = library.ask(
        "How much did contract prices of memory rise in the first quarter of 2026?", today=TODAY
    )
    assert isinstance(reply, Answer)


def test_advice_gets_the_facts(library: Library) -> None:
    """And one neutral line."""
    reply = refused(library, "Should I buy Anthropic now that its revenue run rate is $9 billion?")
    assert (reply.reason, reply.message) == (
        "advice",
        "I can't give investment advice. Here is what the library says about it:",
    )
    assert any("$9 billion" in quote.text for quote in reply.quotes)


def test_small_talk_gets_a_plain_reply(library: Library) -> None:
    """Without headings."""
    reply = refused(library, "hi, who are you?")
    assert reply.reason == "small talk"
    assert reply.message.startswith(
        "Hi, I'm Strata. I answer questions with quotes and sources from a library on energy and models"
    )
    assert not reply.nearest
    assert reply.confidence == 0


def test_figures_that_only_rise_deny_a_fall(library: Library) -> None:
    """Where sentences state them, though none of the best ones says that anything rose."""
    (library.settings.content / "oracle.md").write_text(
        """---
title: Oracle
sources: [{id: a, publisher: A, title: A, url: "https://example.org/a", published: 2026-05}]
figures:
  - entity: Oracle
    metric: revenue
    unit: USD billion
    points: [{as_of: 2025, value: 14, source: a}, {as_of: 2026-03, value: 17, source: a}]
---
## Revenue

A fall in Oracle's revenue would hit its lenders.[^a]

Oracle's revenue was $14 billion in 2025.[^a]

Oracle's revenue was $17 billion in March 2026.[^a]
"""
    )
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    reply = refused(library, "Why did Oracle's revenue fall?")
    assert reply.reason == "premise"
    assert "$17 billion" in reply.quotes[0].text
    assert isinstance(library.ask("Why did Oracle's revenue rise?", today=TODAY), Answer)
    assert isinstance(library.ask("What would a fall in Oracle's revenue do?", today=TODAY), Answer)
