"""Replies as messages: within every limit, no source lost, nothing of a text alive."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from bot.chat import messages
from bot.chat.lengths import length
from bot.chat.sources import citation_line
from bot.chat.types import Change, Message
from index.types import Source
from tests.bot.chat.replies import (
    SERIES_G,
    abstention,
    answer,
    any_abstentions,
    any_answers,
    citation,
    long_words,
)
from tests.standin import markdown
from tests.standin.limits import message as violations

if TYPE_CHECKING:
    from bot.types import Abstention, Answer, Reply


def payload(message: Message) -> dict[str, object]:
    """A message as it is sent."""
    embeds = [
        {
            "description": e.description,
            "title": e.title,
            "fields": [{"name": n, "value": v} for n, v in e.fields],
        }
        for e in message.embeds
    ]
    return {"content": message.content, "embeds": embeds}


def texts(message: Message) -> str:
    """All that a message says."""
    return "\n".join([message.content, *(e.description for e in message.embeds)])


def source_rows(message: Message) -> int:
    """Lines that name a public source, whatever they were shortened to."""
    return texts(message).count("-# ↳ ")


@settings(max_examples=60, deadline=None)
@given(any_answers(), long_words)
def test_any_answer_fits_and_loses_no_source(reply: Answer, question: str) -> None:
    """The limits hold for any texts, and every citation and public source has a line."""
    message = messages.reply(reply, question=question)
    assert message.fits(), (length(message.content), [e.size for e in message.embeds])
    assert not violations(payload(message))
    rows = len(reply.citations) + sum(len(c.sources) for c in reply.citations)
    assert len(texts(message).split("\n")) >= rows
    assert all(f"[{c.number}]" in texts(message) for c in reply.citations)
    assert source_rows(message) in (0, sum(len(c.sources) for c in reply.citations))


@settings(max_examples=50, deadline=None)
@given(any_abstentions(), long_words)
def test_any_abstention_fits(reply: Abstention, question: str) -> None:
    """The limits hold for abstentions too."""
    assert messages.reply(reply, question=question).fits()


@settings(max_examples=50, deadline=None)
@given(any_answers())
def test_only_checked_addresses_are_live(reply: Answer) -> None:
    """Nothing that a text says becomes a link, an invitation or a mention: only addresses of citations and sources do."""
    for message in (messages.reply(reply), messages.full_sources(reply)):
        shown = texts(message)
        assert not markdown.invites(shown)
        assert all(link.startswith("https://example.org/") for link in markdown.links(shown))
        assert not markdown.formats(shown) & {
            "user",
            "role",
            "channel",
            "everyone",
            "spoiler",
            "code",
            "heading1",
        }


@settings(max_examples=25, deadline=None)
@given(any_answers(), any_abstentions(), long_words)
def test_comparisons_and_sources_and_news_fit(one: Answer, other: Abstention, text: str) -> None:
    """Two columns, whole quotations and before-and-after stay within the limits."""
    assert messages.compared(messages.comparison(text, text, text), (text, text), (one, one)).fits()
    assert messages.compared(messages.comparison(text, text, text), (text, text), (one, other)).fits()
    assert messages.full_sources(one).fits()
    changes = [Change(n, text) for n in range(len(one.quotes))]
    assert messages.watched(one, changes, date(2026, 1, 2)).fits()
    assert messages.reply(one, changes=changes, changed_on=date(2026, 1, 2)).fits()


def test_an_answer_shows_quotes_then_places_then_public_sources_then_its_id() -> None:
    """One message holds the sentence with its marker, where it stands, who said so when, and the id."""
    message = messages.reply(answer("Revenue passed $30 billion."), question="What is the run rate?")
    assert message.embeds == ()
    assert message.content.split("\n") == [
        "❓ What is the run rate?",
        "> Revenue passed $30 billion. **[1]**",
        f"**[1]** [Anthropic › Revenue is real](<{citation().link}>) · reviewed 1 Nov 2026",
        "-# ↳ Anthropic, [“Series G”](<https://anthropic.example/series-g>), 12 February 2026",
        "-# A-7f3c21d9 · library of 24 Nov 2026",
    ]


def test_an_overdue_review_carries_a_badge() -> None:
    """A stale document is marked where it is cited."""
    assert "review overdue" in citation_line(citation(stale=True))
    assert "review overdue" not in citation_line(citation())


def test_a_place_without_a_link_names_its_lines() -> None:
    """Where no base address is set, the file and its lines are told."""
    assert citation_line(citation(link="")).endswith("models\\/anthropic.md\\:12-14 · reviewed 1 Nov 2026")


def test_long_quotes_are_cut_at_a_word_before_any_source_is() -> None:
    """Two thousand characters of quotations leave every source whole."""
    message = messages.reply(answer("gigawatt " * 300, "compute " * 300))
    assert message.fits()
    assert message.content.count("gigawatt…") == message.content.count("compute…") == 1
    assert message.content.count(SERIES_G.url) == 2


def test_many_sources_move_to_a_card() -> None:
    """Sources that leave no room for a quotation stand on a card, all of them whole."""
    many = tuple(
        Source(str(n), "Publisher", "Title " * 12, f"https://example.org/{n}", "2026") for n in range(24)
    )
    message = messages.reply(answer("A sentence that is short.", sources=many))
    assert "A sentence that is short." in message.content
    assert all(f"https://example.org/{n}>" in message.embeds[0].description for n in range(24))


def test_a_removed_quotation_is_replaced_and_dated() -> None:
    """What the source no longer says is not shown any more."""
    reply = answer("Old words.", "Words that stay.")
    gone = messages.reply(reply, changes=[Change(0, "")], changed_on=date(2026, 12, 1)).content
    assert "Old words" not in gone
    assert "source changed on 1 Dec 2026; it no longer says what stood here" in gone
    assert "Words that stay." in gone
    new = messages.reply(reply, changes=[Change(0, "New words.")], changed_on=date(2026, 12, 1)).content
    assert "source changed on 1 Dec 2026; it now says:* New words. **[1]**" in new


def test_a_comparison_numbers_sources_through() -> None:
    """The second column's markers go on from the first's."""
    message = messages.compared("", ("AMD", "Nvidia"), (answer("One."), answer("Two.")))
    (left, right) = message.embeds[0].fields
    assert left == ("AMD", "> One. **[1]**")
    assert right == ("Nvidia", "> Two. **[2]**")
    assert "**[1]**" in message.content
    assert "**[2]**" in message.content


def test_a_comparison_says_where_the_library_is_silent() -> None:
    """A column without an answer says so in words."""
    message = messages.compared("", ("AMD", "Bread"), (answer("One."), abstention()))
    assert message.embeds[0].fields[1][1] == "The library does not cover this."


@pytest.mark.parametrize("reply", [answer("Words."), abstention()])
def test_a_question_is_read_back_from_its_message(reply: Reply) -> None:
    """The question that a message shows can be read from it again: nothing has to store it."""
    asked = "What *is* <@1> [HBM_3](https://x.example)?"
    assert messages.question_of(messages.reply(reply, question=asked).content) == asked
    assert messages.question_of(messages.reply(reply).content) == ""
