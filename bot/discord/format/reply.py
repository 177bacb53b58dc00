"""Replies as messages that fit Discord's limits and never lose a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.discord.format.escape import escape, link, one_line, unescape
from bot.discord.format.figure_table import table_block
from bot.discord.format.lengths import (
    ALL_EMBEDS,
    CONTENT,
    DESCRIPTION,
    EMBEDS,
    NAME,
    TITLE,
    VALUE,
    length,
    shortened,
)
from bot.discord.format.message import Change, Embed, Message
from bot.discord.format.quotes import quoted, remark, whole
from bot.discord.format.sources import LEVELS, WHOLE_TITLE, cards, day, short_sources, sources_block, squeezed
from bot.types import NOT_COVERED_TEXT, Abstention, Answer, Citation, Reply

SHOWN_QUESTION = 240
"""The greatest length of the question in front of its answer."""
_SHORTEST_QUOTE = 140
"""The least length of a quotation before places lose their addresses."""
_LINES = 160
"""The greatest length of the file and lines below a whole quotation."""
_NOTE = 300
_NOTES = 3
_MESSAGE = 400
_NEAREST = 1_100
"""The greatest length of the nearest headings; beyond it, the longest headings lose their links."""

_ASIDES = ("small talk", "advice")
"""Reasons for abstentions that do not mean a gap in the library."""


def tells_gap(reply: Reply) -> bool:
    """Return whether a reply is an abstention that shows a gap in the library."""
    return isinstance(reply, Abstention) and reply.reason not in _ASIDES


def footer(reply: Reply) -> str:
    """Return the reply's id and the date of the library that it quotes.

    >>> footer(Answer("A-7f3c21d9", "", "20261124T075100000000Z-0badcafe", 0.9, (), ()))
    'A-7f3c21d9 · library of 24 Nov 2026'
    """
    return f"{reply.id} · library of {dated(reply.generation)}"


def understood(question: str) -> str:
    """Return the note that shows how a follow-up was completed.

    >>> understood("What is OpenAI's revenue?")
    "Answering: What is OpenAI's revenue?"
    """
    return f"Answering: {question}"


def dated(generation: str) -> str:
    """Return the date of a generation's id; the id itself if it has no date."""
    try:
        return day(date.fromisoformat(generation[:8]))
    except ValueError:
        return escape(generation[:40])


# The lines in front of a reply


def asked(question: str) -> str:
    r"""Return the line that shows a question in front of its answer.

    >>> asked("Is *this* bold?")
    '❓ Is \\*this\\* bold?'
    """
    return f"❓ {shortened(one_line(question), SHOWN_QUESTION)}"


def question_of(content: str) -> str:
    r"""Return the question that a message of the bot shows; empty if it shows none.

    >>> question_of(asked("What is HBM_3?") + "\n> ...")
    'What is HBM_3?'
    """
    first = content.split("\n", 1)[0]
    return unescape(first[2:]) if first.startswith("❓ ") else ""


def notes_of(content: str) -> tuple[str, ...]:
    r"""Return the small print in front of the quotations of a message of the bot.

    >>> notes_of("❓ And Nvidia?\n-# read as: What is Nvidia's revenue?\n> $1.\n-# A-7f3c21d9")
    ("read as: What is Nvidia's revenue?",)
    """
    found = []
    for line in content.split("\n"):
        if line.startswith("-# "):
            found.append(unescape(line[3:]))
        elif not line.startswith("❓ "):
            break
    return tuple(found)


# Replies


def reply(
    reply: Reply,
    *,
    question: str = "",
    notes: Sequence[str] = (),
    changes: Sequence[Change] = (),
    composed: str = "",
) -> Message:
    """Return a reply as one message: the quotations, then two short lines of sources.

    If the message is too long, the quotations are shortened first. Then places lose their addresses and the ends of their
    titles, but no citation is ever left out.

    Args:
        reply: The reply.
        question: The question to show in front of the reply; empty for none.
        notes: Remarks in front of those of the reply.
        changes: The changed quotations, which are shown in their new wording.
        composed: The formatted text that a language model composed of the quotations; empty for none.
    """
    told = list(dict.fromkeys(one_line(note) for note in (*notes, *reply.notes)))[:_NOTES]
    head = [asked(question)] if question else []
    head += [f"-# {shortened(note, _NOTE)}" for note in told]
    head += [composed] if composed else []
    if isinstance(reply, Answer) and reply.table is not None and not changes:
        head.append(table_block(reply.table))
    tail = []
    if isinstance(reply, Abstention):
        head.append(shortened(reply.message, _MESSAGE))
        if reply.nearest:
            tail.append(_nearest(reply.nearest, "Related:" if reply.quotes else "Closest topics:"))
    is_aside = isinstance(reply, Abstention) and not (tells_gap(reply) or reply.quotes or reply.nearest)
    if not is_aside:
        tail.append(f"-# {footer(reply)}")
    count = max(1, len(reply.quotes))
    # Sources stay in the text as long as each quotation keeps a readable length.
    needed = min(whole(reply.quotes, changes), count * _SHORTEST_QUOTE)
    for has_links in (True, False):
        sources = short_sources(reply.citations, has_links=has_links)
        room = CONTENT - length("\n".join([*head, sources, *tail])) - 2
        if room >= needed:
            quotes = quoted(reply.quotes, room, changes)
            return Message(_lines(*head, *quotes, sources, *tail))
    quotes = quoted(reply.quotes, count * 60, changes)
    room = CONTENT - length("\n".join([*head, *quotes, *tail])) - 2
    return Message(_lines(*head, *quotes, squeezed(reply.citations, room), *tail))


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _nearest(nearest: Sequence[Citation], title: str) -> str:
    places = [shortened(one_line(c.place), 100, lambda text: text) for c in nearest[:5]]
    rows = [f"• {link(place, c.link)}" for place, c in zip(places, nearest, strict=False)]
    while sum(map(length, rows)) > _NEAREST and (longest := max(rows, key=length)):
        at = rows.index(longest)
        rows[at] = f"• {escape(places[at])}"
        if rows[at] == longest:
            break
    return "\n".join([title, *rows])


def full_sources(*replies: Reply, changes: Sequence[Sequence[Change]] = ()) -> Message:
    """Return the whole quotations of replies on cards, with their sources.

    `changes` has the changes of each reply, so that a changed sentence is never shown as if the source still had it.
    """
    tail = "-# " + (footer(replies[0]) if len(replies) == 1 else _footer_of(replies))
    numbered = _numbered(replies)
    citations = [c for reply in numbered for c in reply.citations]
    if not any(reply.quotes for reply in replies):
        return Message(f"This reply has no quotes.\n{tail}")
    for level in range(LEVELS):
        block = sources_block(citations, level, WHOLE_TITLE)
        if length(block) + length(tail) + 1 <= CONTENT:
            break
    else:
        block = squeezed(citations, CONTENT - length(tail) - 1)
    places = {c.number: c for c in citations}
    each = ALL_EMBEDS // sum(len(reply.quotes) for reply in replies)
    room = min(DESCRIPTION, each - TITLE - _LINES)
    shown = []
    for at, reply in enumerate(numbered):
        changed = {change.quote: change for change in (changes[at] if at < len(changes) else ())}
        for n, quote in enumerate(reply.quotes):
            place = places.get(quote.citation)
            title = f"[{quote.citation}] {one_line(place.place) if place else ''}"
            lines = shortened(one_line(place.lines), _LINES, lambda t: t) if place else ""
            whole = quote.shown
            text = f"{whole.lead}\n{whole.excerpt}" if whole.lead else whole.excerpt
            if change := changed.get(n):
                text = f"{remark(change)} {change.now}".rstrip()
            shown.append(Embed(shortened(title, TITLE, lambda t: t), shortened(text, room), footer=lines))
    return Message(f"{block}\n{tail}", tuple(shown[:EMBEDS]))


def comparison(a: str, b: str, on: str) -> str:
    """Return the line in front of a comparison.

    >>> comparison("AMD", "Nvidia", "gross margins")
    '❓ AMD and Nvidia: gross margins'
    """
    return f"❓ {shortened(one_line(a), 80)} and {shortened(one_line(b), 80)}: {shortened(one_line(on), 120)}"


def compared(
    head: str,
    names: tuple[str, str],
    replies: tuple[Reply, Reply],
    *,
    changes: tuple[Sequence[Change], Sequence[Change]] = ((), ()),
) -> Message:
    """Return two replies side by side: two columns of quotations on a card, and the sources on a card below it.

    The sources of both replies are numbered consecutively.

    Args:
        head: The formatted line in front.
        names: The titles of the columns.
        replies: The two replies.
        changes: The changed quotations of each reply.
    """
    numbered = _numbered(replies)
    columns = zip(names, numbered, changes, ("first", "second"), strict=True)
    card = Embed(
        fields=tuple(
            (shortened(one_line(name), NAME) or spare, _column(reply, changed))
            for name, reply, changed, spare in columns
        )
    )
    citations = [c for reply in numbered for c in reply.citations]
    told = _footer_of(replies)
    below = cards(citations, spare=card.size + length(told))
    if len(below) < EMBEDS and (below or not citations):
        *first, last = card, *below
        return Message(head, (*first, replace(last, footer=told)))
    room = CONTENT - length(head) - 2
    return Message(_lines(head, squeezed(citations, room)), (replace(card, footer=told),))


def _column(reply: Reply, changes: Sequence[Change]) -> str:
    if not isinstance(reply, Abstention):
        return "\n".join(quoted(reply.quotes, VALUE - 2, changes))
    message = shortened(one_line(reply.message), 300)
    if reply.quotes:
        return _lines(message, *quoted(reply.quotes, VALUE - length(message) - 3, changes))
    return message or NOT_COVERED_TEXT


def again(
    replies: Sequence[Reply],
    content: str,
    names: Sequence[str],
    *,
    question: str = "",
    changes: Sequence[Sequence[Change]] = ((), ()),
) -> Message:
    """Return the message of a reply, or of the two of a comparison, with the head that it had before.

    Args:
        replies: One reply, or the two of a comparison.
        content: The text of the message so far.
        names: The titles of its columns.
        question: The question; by default the question that the message shows.
        changes: The changed quotations of each reply.
    """
    if len(replies) == 2:
        heads = (names[0], names[1]) if len(names) == 2 else ("", "")
        head = content.split("\n", 1)[0]
        both = changes[0], changes[1]
        return compared(head, heads, (replies[0], replies[1]), changes=both)
    one = replies[0]
    own = {unescape(shortened(one_line(note), _NOTE)) for note in one.notes}
    notes = [note for note in notes_of(content) if note not in own]
    question = question or question_of(content)
    return reply(one, question=question, notes=notes, changes=changes[0])


def _footer_of(replies: Sequence[Reply]) -> str:
    return f"{', '.join(reply.id for reply in replies)} · library of {dated(replies[0].generation)}"


def _numbered(replies: Sequence[Reply]) -> list[Reply]:
    """Return the replies with their citations numbered consecutively."""
    numbered: list[Reply] = []
    by = 0
    for reply in replies:
        numbered.append(
            replace(
                reply,
                quotes=tuple(replace(q, citation=q.citation + by) for q in reply.quotes),
                citations=tuple(replace(c, number=c.number + by) for c in reply.citations),
            )
        )
        by += max((c.number for c in reply.citations), default=0)
    return numbered


def watched(reply: Reply, changes: Sequence[Change], on: date, place: str = "") -> Message:
    """Return the notice on the changed sources of a watched answer: each sentence before and after.

    `place` is the address of the message with the answer.
    """
    places = {c.number: c for c in reply.citations}
    answer = f"[an answer you watch](<{place}>)" if place else "a watched answer"
    head = f"A source of {answer} changed on {day(on)}."
    share = (CONTENT - length(head) - 200) // max(1, len(changes))
    lines = [head]
    for change in changes:
        quote = reply.quotes[change.quote]
        cited = places.get(quote.citation)
        named = shortened(one_line(cited.place), 90) if cited else ""
        half = max(40, (share - length(named) - 40) // 2)
        lines.append(f"**{named}**" if named else "**A passage**")
        lines.append(f"> before: {shortened(one_line(quote.text), half)}")
        lines.append(f"> now: {shortened(one_line(change.now), half) if change.now else '*removed*'}")
    return Message("\n".join(lines))
