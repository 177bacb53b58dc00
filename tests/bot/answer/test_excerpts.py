"""Excerpts are contiguous whole thoughts around the sentences that answer."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.evidence import gather
from bot.answer.excerpts import MAX_REPLY_WORDS, MAX_WORDS, announces, excerpt
from bot.answer.pipeline import answer
from bot.answer.policy import Policy
from bot.library import Library
from bot.question.analysis import facts
from bot.types import Abstention
from index.types import Passage, Sentence
from tests.bot.library import opened

TODAY = date(2026, 11, 24)
SENTENCES = (
    "Anthropic sells access.",
    "It also sells seats.",
    "Prices fell.",
    "They rose again in May 2026.",
    "Other labs sell access as well.",
)

PAGE = """# The memory debate

The memory debate asks whether scarcity lasts.

## The case that scarcity lasts

The case for scarcity begins with supply. A new fab takes three years to build. This delay keeps prices high.

A fab is a factory for chips.

## The case that scarcity ends

The case against scarcity begins with demand. Orders for memory fell by 20% in May 2026. Memory prices lists what every kind costs.
"""


def passage(*sentences: str, between: str = " ") -> Passage:
    spans, start = [], 0
    for line, sentence in enumerate(sentences, start=1):
        spans.append(Sentence(start, start + len(sentence), line))
        start += len(sentence) + len(between)
    return Passage("a", ("Sales",), "sales", 1, len(sentences), between.join(sentences), tuple(spans))


def shown(place: int, least: int = 1, most: int = MAX_WORDS, between: str = " ") -> str:
    whole = passage(*SENTENCES, between=between)
    start, end = excerpt(whole, place, least=least, most=most)
    return whole.text[start:end]


def test_an_excerpt_has_the_sentences_that_it_needs_before_and_behind_it() -> None:
    """A pronoun at the beginning of a sentence points to the sentence before it."""
    assert shown(0) == shown(1) == "Anthropic sells access. It also sells seats."
    assert shown(2) == "Prices fell. They rose again in May 2026."
    assert shown(4) == "Other labs sell access as well."


def test_an_excerpt_grows_forwards_until_it_is_long_enough() -> None:
    """And stops before it has too many words; what it does not need in front of it stays out."""
    assert shown(0, least=9) == " ".join(SENTENCES[:3])
    assert shown(2, least=9) == " ".join(SENTENCES[2:])
    assert shown(2, least=9, most=12) == " ".join(SENTENCES[2:4])
    assert shown(4, least=90) == SENTENCES[4]


def test_an_excerpt_stays_in_its_paragraph() -> None:
    """A line break between two sentences is the end of a paragraph."""
    assert shown(1, least=90, between="\n") == SENTENCES[1]


def test_a_list_item_is_quoted_alone() -> None:
    """Only running text takes its neighbours along; an item has its lead."""
    whole = passage(*SENTENCES)
    items = tuple(Sentence(s.start, s.end, s.line, "item") for s in whole.sentences)
    only = Passage("a", (), "", 1, 5, whole.text, items)
    assert excerpt(only, 1, least=30, most=90) == (24, 44)


@given(
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=30),
    st.data(),
    st.integers(0, 90),
    st.integers(1, 90),
)
def test_an_excerpt_holds_its_sentence_and_keeps_to_the_limit(
    sentences: list[str], data: st.DataObject, least: int, most: int
) -> None:
    """Whatever the paragraph: only an answering sentence alone may be longer than the limit."""
    whole = passage(*sentences)
    own = whole.sentences[data.draw(st.integers(0, len(sentences) - 1))]
    start, end = excerpt(whole, whole.sentences.index(own), least=least, most=most)
    assert start <= own.start < own.end <= end
    assert len(whole.text[start:end].split()) <= most or (start, end) == (own.start, own.end)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    prices = "# Memory prices\n\nA wafer costs more.\n"
    return opened(tmp_path_factory.mktemp("library"), {"memory.md": PAGE, "prices.md": prices})


def test_a_sentence_that_only_announces_is_never_the_answer(library: Library) -> None:
    """The sentence behind it is the answer."""
    reply = library.ask("What is the case for scarcity?", today=TODAY)
    assert reply.quotes
    assert not any("begins with" in quote.text for quote in reply.quotes)


def test_a_sentence_on_what_another_document_shows_is_never_the_answer(library: Library) -> None:
    """Its subject is the document's title."""
    question = facts("What does every kind of memory cost?", library.corpus)
    ranked = gather(question, library.corpus, Policy(), (), 5).ranked
    referring = next(one for one in ranked if one.text.startswith("Memory prices lists"))
    assert announces(referring, question, library.corpus)
    stating = next(one for one in ranked if one.text.startswith("A new fab takes"))
    assert not announces(stating, question, library.corpus)


def test_a_definition_question_begins_with_the_defining_sentence(library: Library) -> None:
    """Though another sentence says more about the term."""
    assert library.ask("What is a fab?", today=TODAY).quotes[0].text == "A fab is a factory for chips."


def test_no_text_is_shown_twice_and_a_reply_fits_a_screen(library: Library) -> None:
    """Excerpts of one passage do not overlap."""
    quotes = library.ask("Does scarcity of memory last?", today=TODAY).quotes
    bounds = sorted((quote.row, quote.excerpt_start, quote.excerpt_end) for quote in quotes)
    assert all(one[0] != other[0] or one[2] <= other[1] for one, other in pairwise(bounds))
    assert sum(len(quote.excerpt.split()) for quote in quotes) <= MAX_REPLY_WORDS


def test_a_question_on_both_sides_gets_a_labelled_excerpt_of_each(library: Library) -> None:
    """Each from its own section, labelled with the section's heading, whatever the confidence."""
    asked = "What are the bull case and the bear case for the memory debate?"
    quotes = answer(asked, library.corpus, Policy(threshold=1.0), TODAY).reply.quotes
    assert [quote.label for quote in quotes] == [
        "The case that scarcity lasts",
        "The case that scarcity ends",
    ]
    assert quotes[0].text == "A new fab takes three years to build."
    assert quotes[1].text == "Orders for memory fell by 20% in May 2026."


def test_the_two_sides_of_another_subject_are_no_answer(library: Library) -> None:
    """The title of their document shares no word with the question."""
    asked = "What are the bull case and the bear case for bicycles?"
    assert isinstance(answer(asked, library.corpus, Policy(threshold=1.0), TODAY).reply, Abstention)


def test_a_term_that_no_sentence_defines_is_not_explained(library: Library) -> None:
    """Though sentences use the term."""
    reply = library.ask("What is a delay?", today=TODAY)
    assert isinstance(reply, Abstention)
    assert reply.message == "The library doesn't define “delay”."


def test_a_figure_of_another_owner_is_not_the_answer(tmp_path: Path) -> None:
    """Though the question names the other company as well, and its sentence shares more words."""
    pages = {
        "a.md": "# Microsoft\n\nAround 45% of Microsoft's backlog came from OpenAI in December 2025.\n",
        "b.md": "# Oracle\n\nOracle's contract with OpenAI is worth $300 billion.\n",
        "c.md": "# OpenAI\n\nOpenAI trains models.\n",
    }
    asked = "What percentage of Oracle's backlog came from OpenAI?"
    library = opened(tmp_path, pages)
    quotes = answer(asked, library.corpus, Policy(threshold=0.0), TODAY).reply.quotes
    assert quotes[0].text == "Oracle's contract with OpenAI is worth $300 billion."
    assert not any("45%" in quote.text for quote in quotes)
