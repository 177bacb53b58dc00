"""Replies as messages: within every limit, no source lost, nothing of a text alive."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from bot.discord.format import reply as messages
from bot.discord.format.lengths import length
from bot.discord.format.message import Change, Message
from bot.discord.format.sources import citation_line, short_sources
from bot.types import Quote
from index.types import Source
from tests.bot.discord.replies import (
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


@settings(max_examples=60)
@given(any_answers(), long_words)
def test_any_answer_fits_and_loses_no_citation(reply: Answer, question: str) -> None:
    """The limits hold for any texts, and every citation is in the message."""
    message = messages.reply(reply, question=question)
    assert message.fits(), (length(message.content), [e.size for e in message.embeds])
    assert not violations(payload(message))
    assert all(f"[{c.number}]" in texts(message) for c in reply.citations)


@settings(max_examples=60)
@given(any_answers())
def test_all_sources_of_any_answer_have_a_line(reply: Answer) -> None:
    """Behind the button, every public source has a line, unless only publishers and dates fit."""
    message = messages.full_sources(reply)
    assert message.fits()
    sources = sum(len({replace(s, id="") for s in c.sources}) for c in reply.citations)
    assert source_rows(message) in (0, sources)


@settings(max_examples=50)
@given(any_abstentions(), long_words)
def test_any_abstention_fits(reply: Abstention, question: str) -> None:
    """The limits hold for abstentions too."""
    assert messages.reply(reply, question=question).fits()


@settings(max_examples=50)
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


@settings(max_examples=25)
@given(any_answers(), any_abstentions(), long_words)
def test_comparisons_and_sources_and_news_fit(one: Answer, other: Abstention, text: str) -> None:
    """Two columns, whole quotations and before-and-after stay within the limits."""
    assert messages.compared(messages.comparison(text, text, text), (text, text), (one, one)).fits()
    assert messages.compared(messages.comparison(text, text, text), (text, text), (one, other)).fits()
    assert messages.full_sources(one).fits()
    changes = [Change(n, text, date(2026, 1, 2)) for n in range(len(one.quotes))]
    assert messages.watched(one, changes, date(2026, 1, 2)).fits()
    assert messages.reply(one, changes=changes).fits()


def test_an_answer_shows_quotes_then_places_then_public_sources_then_its_id() -> None:
    """One message holds the sentence with its marker, where it stands, who said so when, and the id."""
    message = messages.reply(answer("Revenue passed $30 billion."), question="What is the run rate?")
    assert message.embeds == ()
    assert message.content.split("\n") == [
        "❓ What is the run rate?",
        "> Revenue passed $30 billion. **[1]**",
        f"-# **[1]** [Anthropic › Revenue is real](<{citation().link}>)",
        "-# ↳ [Anthropic](<https://anthropic.example/series-g>), 12 February 2026",
        "-# A-7f3c21d9 · library of 24 Nov 2026",
    ]


def test_an_overdue_review_carries_a_badge() -> None:
    """A stale document is marked where it is cited."""
    assert "may be out of date" in citation_line(citation(stale=True))
    assert "may be out of date" not in citation_line(citation())


def test_old_facts_show_their_month() -> None:
    """The month follows the day of the review."""
    assert citation_line(citation(facts_to=date(2026, 7, 8))).endswith(
        " · reviewed 1 Nov 2026 · facts to July 2026"
    )
    assert "facts to" not in citation_line(citation())


def test_a_place_without_a_link_names_its_lines() -> None:
    """Where no base address is set, the file and its lines are told."""
    assert citation_line(citation(link="")).endswith("models\\/anthropic.md\\:12-14 · reviewed 1 Nov 2026")


def test_long_quotes_are_cut_at_a_word_before_any_source_is() -> None:
    """Two thousand characters of quotations leave the lines of sources whole."""
    message = messages.reply(answer("gigawatt " * 300, "compute " * 300))
    assert message.fits()
    assert message.content.count("gigawatt…") == message.content.count("compute…") == 1
    assert message.content.count(SERIES_G.url) == 1


def test_a_reply_has_its_sources_in_two_lines() -> None:
    """Places, then two public sources and the number of the others; the button shows all of them with their titles."""
    many = tuple(
        Source(str(n), f"Publisher {n}", "Title " * 12, f"https://example.org/{n}", "2026") for n in range(9)
    )
    reply = answer("A sentence that is short.", "Another one.", sources=many)
    lines = [line for line in messages.reply(reply).content.split("\n") if line.startswith("-# ")]
    assert lines == [
        (
            f"-# **[1]** [Anthropic › Revenue is real](<{citation().link}>) · **[2]** "
            f"[Anthropic › Revenue is real](<{citation().link}>)"
        ),
        "-# ↳ [Publisher 0](<https://example.org/0>), 2026; [Publisher 1](<https://example.org/1>), 2026; 7 more",
        "-# A-7f3c21d9 · library of 24 Nov 2026",
    ]
    assert all(f"https://example.org/{n}>" in messages.full_sources(reply).content for n in range(9))


def test_short_lines_show_the_age_of_a_document() -> None:
    """The month of old facts and the badge of an overdue review stand beside the place."""
    shown = short_sources((citation(facts_to=date(2026, 7, 8), stale=True),))
    assert " · facts to July 2026 · ⚠️ **may be out of date**" in shown
    assert "models\\/anthropic.md\\:12-14" in short_sources((citation(link=""),))


def test_a_removed_quotation_is_replaced_and_dated() -> None:
    """What the source no longer says is not shown any more."""
    reply = answer("Old words.", "Words that stay.")
    gone = messages.reply(reply, changes=[Change(0, "", date(2026, 12, 1))]).content
    assert "Old words" not in gone
    assert "source changed on 1 Dec 2026: this statement was removed" in gone
    assert "Words that stay." in gone
    new = messages.reply(reply, changes=[Change(0, "New words.", date(2026, 12, 1))]).content
    assert "source changed on 1 Dec 2026; now reads:* New words. **[1]**" in new


def test_a_comparison_numbers_sources_through() -> None:
    """The second column's markers go on from the first's."""
    message = messages.compared("", ("AMD", "Nvidia"), (answer("One."), answer("Two.")))
    (left, right) = message.embeds[0].fields
    assert left == ("AMD", "> One. **[1]**")
    assert right == ("Nvidia", "> Two. **[2]**")
    assert "**[1]**" in message.embeds[1].description
    assert "**[2]**" in message.embeds[1].description
    assert message.embeds[1].footer == "A-7f3c21d9, A-7f3c21d9 · library of 24 Nov 2026"


def test_a_comparison_says_where_the_library_is_silent() -> None:
    """A column without an answer says so in words."""
    message = messages.compared("", ("AMD", "Bread"), (answer("One."), abstention()))
    assert message.embeds[0].fields[1][1] == "I found no answer to this in the library."


@pytest.mark.parametrize("reply", [answer("Words."), abstention()])
def test_a_question_is_read_back_from_its_message(reply: Reply) -> None:
    """The question that a message shows can be read from it again: nothing has to store it."""
    asked = "What *is* <@1> [HBM_3](https://x.example)?"
    assert messages.question_of(messages.reply(reply, question=asked).content) == asked
    assert messages.question_of(messages.reply(reply).content) == ""


def test_an_abstention_that_quotes_shows_what_the_library_says_instead() -> None:
    """Its sentence, then the quotations with their sources, then what is near, then its id."""
    says = answer("Revenue rose in 2026.")
    reply = abstention(
        reason="premise",
        message="The library says otherwise.",
        quotes=says.quotes,
        citations=says.citations,
        notes=("read as: Anthropic",),
        nearest=(citation(title="Nvidia", headings=()),),
    )
    assert messages.reply(reply, question="Why did revenue fall?").content.split("\n") == [
        "❓ Why did revenue fall?",
        "-# read as: Anthropic",
        "The library says otherwise.",
        "> Revenue rose in 2026. **[1]**",
        f"-# **[1]** [Anthropic › Revenue is real](<{citation().link}>)",
        "-# ↳ [Anthropic](<https://anthropic.example/series-g>), 12 February 2026",
        "Related:",
        f"• [Nvidia](<{citation().link}>)",
        "-# A-0badcafe · library of 24 Nov 2026",
    ]
    changed = messages.reply(reply, changes=[Change(0, "Revenue fell in 2026.", date(2026, 12, 1))])
    assert "source changed on 1 Dec 2026; now reads:* Revenue fell in 2026. **[1]**" in changed.content
    column = messages.compared("", ("A", "B"), (says, reply)).embeds[0].fields[1][1]
    assert column == "The library says otherwise.\n> Revenue rose in 2026. **[2]**"


def test_small_talk_is_one_sentence() -> None:
    """Neither headings nor an id stand under it."""
    reply = abstention(reason="small talk", message="You are welcome.", nearest=())
    assert messages.reply(reply).content == "You are welcome."


def test_a_reason_is_told_in_its_column() -> None:
    """A name that no document has is named where a comparison asked for it."""
    reply = abstention(reason="unknown name", message="No document mentions Foobar.")
    column = messages.compared("", ("A", "B"), (answer("One."), reply)).embeds[0].fields[1][1]
    assert column == "No document mentions Foobar."


def test_sources_of_a_comparison_are_numbered_through() -> None:
    """Both replies' quotations are whole, each under the number that the comparison gave it."""
    shown = messages.full_sources(answer("One."), answer("Two."))
    assert [embed.description for embed in shown.embeds] == ["One.", "Two."]
    assert [embed.title.split(" ")[0] for embed in shown.embeds] == ["[1]", "[2]"]
    assert "**[2]**" in shown.content


def test_sources_tell_what_has_changed() -> None:
    """Words that a source no longer says are not shown as if it did."""
    shown = messages.full_sources(answer("One.", "Two."), changes=[[Change(0, ""), Change(1, "Three.")]])
    assert [embed.description for embed in shown.embeds] == [
        "source changed: this statement was removed",
        "source changed; now reads: Three.",
    ]


def test_what_stood_in_front_of_a_reply_stands_there_again() -> None:
    """The question and the small print are read back from the message; notes of its own are not doubled."""
    reply = answer("Words.", notes=("read as: Nvidia (NVDA)",))
    first = messages.reply(reply, question="And *NVDA*?", notes=["Answering: What is NVDA's revenue?"])
    again = messages.again((reply,), first.content, ())
    assert again == first
    pair = (answer("One."), answer("Two."))
    compared = messages.compared(messages.comparison("A*", "B", "x"), ("A*", "B"), pair)
    assert messages.again(pair, compared.content, ("A*", "B")) == compared


def test_the_nearest_headings_keep_their_links_while_there_is_room() -> None:
    """Three with long addresses are all links; of five very long ones the longest are names alone."""
    long = f"https://library.example/{'x' * 190}"
    content = messages.reply(abstention(nearest=(citation(link=long),) * 3)).content
    assert content.count(long) == 3
    most = messages.reply(abstention(nearest=(citation(link=long + "y" * 200),) * 5))
    assert most.fits()
    assert 0 < most.content.count(long) < 5


def test_a_lead_is_not_cut_where_there_is_room() -> None:
    """A table's header that is longer than its row stays whole in a message that has room for it."""
    header = "Supplier and customer | Money or shares to the customer | Purchases by the customer | Date"
    row = "Nvidia and OpenAI | $30 billion invested | Not stated | March 2026"
    reply = answer(quotes=(Quote(row, 1, 0, 0, len(row), header),), citations=(citation(),))
    assert "Purchases by the customer" in messages.reply(reply).content


def test_code_is_a_block_that_its_own_backticks_cannot_end() -> None:
    code = "make all\nprint('''```<@1>''')"
    reply = answer(code)
    reply = replace(reply, quotes=(replace(reply.quotes[0], is_code=True),))
    shown = texts(messages.reply(reply))
    assert "```\nmake all\nprint('''" in shown
    assert shown.count("```") == 2
