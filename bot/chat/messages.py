"""Replies as messages that fit Discord's limits whatever they hold, and never lose a source. Pure.

Lengths are counted in UTF-16 code units, which no way of counting characters exceeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import TYPE_CHECKING

from bot.chat.escaping import address, escape, link, one_line, unescape
from bot.rendering import partial_date
from bot.types import Abstention, Citation, Quote, Reply

if TYPE_CHECKING:
    from index.types import Source

CONTENT = 2_000
EMBEDS = 10
TITLE = 256
DESCRIPTION = 4_096
FIELDS = 25
NAME = 256
VALUE = 1_024
FOOTER = 2_048
ALL_EMBEDS = 6_000
LABEL = 80
OPTION = 100
OPTIONS = 25
CUSTOM_ID = 100
MODAL_TITLE = 45

SHOWN_QUESTION = 240
"""Of a question in front of its answer."""
_SHORTEST_QUOTE = 140
"""What a quotation keeps before the sources move to an embed."""
_NOTE = 300
_MESSAGE = 400
_PLACE = 160
_TITLE, _WHOLE_TITLE = 90, 300
"""Of a public source's title: below an answer, and where someone asks for the sources."""


@dataclass(frozen=True, slots=True)
class Embed:
    """A card below a message."""

    title: str = ""
    description: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    """Name and value, side by side where there is room."""
    footer: str = ""

    @property
    def size(self) -> int:
        """What it counts towards `ALL_EMBEDS`."""
        texts = [
            self.title,
            self.description,
            self.footer,
            *(text for field in self.fields for text in field),
        ]
        return sum(map(length, texts))


@dataclass(frozen=True, slots=True)
class Message:
    """What a message shows."""

    content: str = ""
    embeds: tuple[Embed, ...] = ()

    def fits(self) -> bool:
        """Whether Discord takes it."""
        return (
            length(self.content) <= CONTENT
            and len(self.embeds) <= EMBEDS
            and sum(embed.size for embed in self.embeds) <= ALL_EMBEDS
            and all(
                length(e.title) <= TITLE
                and length(e.description) <= DESCRIPTION
                and length(e.footer) <= FOOTER
                and len(e.fields) <= FIELDS
                and all(0 < length(n) <= NAME and 0 < length(v) <= VALUE for n, v in e.fields)
                for e in self.embeds
            )
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a quotation after it was shown."""

    quote: int
    """Its position in the reply."""
    now: str
    """The sentence that stands in its place; empty where none does."""


def length(text: str) -> int:
    r"""UTF-16 code units.

    >>> length("a\N{FIRE}")
    3
    """
    return len(text) + sum(char > "\uffff" for char in text)


def shortened(text: str, most: int, form: Callable[[str], str] = escape) -> str:
    r"""The text in its form, cut at a word's end so that it has at most so many units.

    >>> shortened("Nine gigawatts of compute", 15)
    'Nine gigawatts…'
    >>> shortened("*" * 9, 8)
    '\\*\\*\\*…'
    """
    if length(whole := form(text)) <= most:
        return whole
    if most < 1:
        return ""
    low, high = 0, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        if length(form(text[:middle].rstrip())) < most:
            low = middle
        else:
            high = middle - 1
    cut = text[:low]
    if low < len(text) and not text[low].isspace() and " " in cut.strip():
        cut = cut[: cut.rindex(" ")]
    return form(cut.rstrip(" ,;:–-")) + "…"


def day(value: date) -> str:
    """A date that is short on a phone.

    >>> day(date(2026, 4, 6))
    '6 Apr 2026'
    """
    return f"{value.day} {value:%b %Y}"


def footer(reply: Reply) -> str:
    """The reply's id and the day of the library that it is from.

    >>> from bot.types import Answer
    >>> footer(Answer("A-7f3c21d9", "", "20261124T075100000000Z-0badcafe", 0.9, (), ()))
    'A-7f3c21d9 · library of 24 Nov 2026'
    """
    return f"{reply.id} · library of {dated(reply.generation)}"


def dated(generation: str) -> str:
    """The day of a generation's id; the id itself where it tells none."""
    try:
        return day(date.fromisoformat(generation[:8]))
    except ValueError:
        return escape(generation[:40])


# Questions in front of answers


def asked(question: str) -> str:
    r"""The line that shows a question in front of its answer.

    >>> asked("Is *this* bold?")
    '❓ Is \\*this\\* bold?'
    """
    return f"❓ {shortened(one_line(question), SHOWN_QUESTION)}"


def question_of(content: str) -> str:
    r"""The question that a message of the bot shows; empty where it shows none.

    >>> question_of(asked("What is HBM_3?") + "\n> ...")
    'What is HBM_3?'
    """
    first = content.split("\n", 1)[0]
    return unescape(first[2:]) if first.startswith("❓ ") else ""


# Replies


def reply(
    reply: Reply,
    *,
    question: str = "",
    notes: Sequence[str] = (),
    changes: Sequence[Change] = (),
    changed_on: date | None = None,
) -> Message:
    """A reply as one message: the quotations, then their sources, all of them.

    Quotations are shortened at word ends before sources move from the text to a card below it, and sources lose
    their addresses, then their titles' ends, before one of them would be lost.
    """
    head = [asked(question)] if question else []
    head += [f"-# {shortened(one_line(note), _NOTE)}" for note in (*notes, *reply.notes)][:3]
    if isinstance(reply, Abstention):
        head.append(shortened(reply.message, _MESSAGE))
    tail = [_nearest(reply.nearest)] if isinstance(reply, Abstention) and reply.nearest else []
    tail.append(f"-# {footer(reply)}")
    changed = {change.quote: change for change in changes}
    count = max(1, len(reply.quotes))
    for level in range(_LEVELS):
        sources = sources_block(reply.citations, level)
        room = CONTENT - length("\n".join([*head, sources, *tail])) - 2
        needed = sum(length(_quote(q, changed.get(i), changed_on)) + 1 for i, q in enumerate(reply.quotes))
        if room >= min(needed, count * _SHORTEST_QUOTE):
            quotes = _quotes(reply.quotes, room, changed, changed_on)
            return Message("\n".join(part for part in (*head, *quotes, sources, *tail) if part))
        if level == 0 and reply.citations:
            cards = _cards(reply.citations)
            if cards:
                room = CONTENT - length("\n".join([*head, *tail])) - 2
                quotes = _quotes(reply.quotes, room, changed, changed_on)
                return Message("\n".join(part for part in (*head, *quotes, *tail) if part), cards)
    quotes = _quotes(reply.quotes, count * 60, changed, changed_on)
    room = CONTENT - length("\n".join([*head, *quotes, *tail])) - 2
    return Message("\n".join([*head, *quotes, _squeezed(reply.citations, room), *tail]))


_LEVELS = 3
"""Of sources: whole; without the addresses of public sources; with short titles as well."""


def sources_block(citations: Sequence[Citation], level: int = 0, title: int = _TITLE) -> str:
    """The sources of a reply, a citation and each of its public sources on a line of its own."""
    return "\n".join(line for c in citations for line in (citation_line(c), *source_lines(c, level, title)))


def citation_line(citation: Citation) -> str:
    """A place in the library with the day of its last review, and a badge where that is overdue."""
    place = shortened_place(citation)
    parts = [f"**[{citation.number}]** {link(place, citation.link)}"]
    if not address(citation.link):
        parts.append(escape(one_line(citation.lines)[:_PLACE]))
    if citation.reviewed:
        parts.append(f"reviewed {day(citation.reviewed)}")
    if citation.stale:
        parts.append("⚠️ **review overdue**")
    return " · ".join(parts)


def shortened_place(citation: Citation) -> str:
    """Title and headings; the innermost headings go last."""
    place = one_line(citation.place)
    return place if length(place) <= _PLACE else shortened(place, _PLACE, lambda text: text)


def source_lines(citation: Citation, level: int = 0, title: int = _TITLE) -> list[str]:
    """The public sources of a citation."""
    return [f"-# ↳ {public_source(s, level, title)}" for s in citation.sources]


def public_source(source: Source, level: int = 0, title: int = _TITLE) -> str:
    r"""A public source: who, what, when; with its address at level 0. `title` is how long its title may be.

    >>> from index.types import Source
    >>> public_source(Source("a", "Anthropic", "Series [G]", "https://example.org/g", "2026-02"))
    'Anthropic, [“Series \\[G\\]”](<https://example.org/g>), February 2026'
    """
    publisher = shortened(one_line(source.publisher), 80 if level < 2 else 40)
    most = title if level < 2 else 40
    named = f"“{shortened(one_line(source.title), most, lambda text: text)}”"
    return f"{publisher}, {link(named, source.url) if level == 0 else escape(named)}, {source_date(source)}"


def source_date(source: Source) -> str:
    """When a source was published, or read where it says nothing of that."""
    try:
        if source.published:
            return escape(partial_date(source.published))
        return f"read {partial_date(source.accessed)}" if source.accessed else "undated"
    except ValueError:
        return escape(one_line(source.published or source.accessed)[:20])


def _quotes(quotes: Sequence[Quote], room: int, changed: Mapping[int, Change], on: date | None) -> list[str]:
    """The quotations in so many units: short ones whole, the others with an equal share of what is left."""
    sizes = [length(_quote(q, changed.get(i), on)) + 1 for i, q in enumerate(quotes)]
    shares: dict[int, int] = {}
    left, waiting = room, sorted(range(len(quotes)), key=lambda i: sizes[i])
    for place, i in enumerate(waiting):
        shares[i] = min(sizes[i], left // (len(waiting) - place))
        left -= shares[i]
    return [_quote(q, changed.get(i), on, shares[i] - 1) for i, q in enumerate(quotes)]


def _quote(quote: Quote, change: Change | None, on: date | None, most: int | None = None) -> str:
    marker = f" **[{quote.citation}]**"
    if change is None:
        lead, text, before = quote.lead, quote.text, ""
    else:
        when = f"source changed on {day(on)}" if on else "source changed"
        lead, text = "", change.now
        before = f"🔄 *{when}" + (
            "; it now says:* " if change.now else "; it no longer says what stood here*"
        )
    if most is None:
        lead_most = text_most = 100_000
    else:
        room = most - length(marker) - length(before) - 2
        lead_most = min(room // 3, length(_block(lead))) if lead else 0
        text_most = max(0, room - (lead_most + 1 if lead else 0))
    lines = [shortened(lead, lead_most, _block)] if lead and lead_most > 3 else []
    lines.append(f"> {before}" + shortened(text, text_most, _inner) + marker)
    return "\n".join(lines)


def _block(text: str) -> str:
    return "\n".join(f"> {line}" for line in escape(text).split("\n") if line.strip())


def _inner(text: str) -> str:
    """Escaped text whose lines, but the first, begin as those of a quotation."""
    return "\n> ".join(line for line in escape(text).split("\n") if line.strip())


def _nearest(nearest: Sequence[Citation]) -> str:
    rows = [f"• {link(shortened(one_line(c.place), 100, lambda text: text), c.link)}" for c in nearest[:5]]
    rows = [
        row if length(row) < 220 else f"• {shortened(one_line(c.place), 100)}"
        for row, c in zip(rows, nearest, strict=False)
    ]
    return "\n".join(["The nearest it has:", *rows])


def _cards(citations: Sequence[Citation], spare: int = 0) -> tuple[Embed, ...]:
    """The sources on cards, whole or without addresses; nothing where they do not fit even so."""
    for level in range(_LEVELS):
        lines = [line for c in citations for line in (citation_line(c), *source_lines(c, level))]
        pages: list[list[str]] = [[]]
        for line in lines:
            if length("\n".join([*pages[-1], line])) > DESCRIPTION:
                pages.append([])
            pages[-1].append(line)
        cards = tuple(Embed(description="\n".join(page)) for page in pages)
        if len(cards) <= EMBEDS and sum(card.size for card in cards) <= ALL_EMBEDS - spare:
            return cards
    return ()


def _squeezed(citations: Sequence[Citation], room: int) -> str:
    """Every source in so many units, each with an equal share: who and when."""
    count = sum(1 + len(c.sources) for c in citations)
    share = max(2, room // count - 1)
    lines = []
    for c in citations:
        lines.append(shortened(f"[{c.number}] {one_line(c.place)}", share))
        lines += [shortened(f"{source_date(s)} {one_line(s.publisher)}", share) for s in c.sources]
    return "\n".join(lines)


def full_sources(reply: Reply) -> Message:
    """The whole quotations on cards and their sources, for the one who asks for them."""
    if not reply.quotes:
        return Message(f"This reply quotes nothing.\n-# {footer(reply)}")
    tail = f"-# {footer(reply)}"
    for level in range(_LEVELS):
        block = sources_block(reply.citations, level, _WHOLE_TITLE)
        if length(block) + length(tail) + 1 <= CONTENT:
            break
    else:
        block = _squeezed(reply.citations, CONTENT - length(tail) - 1)
    places = {c.number: c for c in reply.citations}
    room = min(DESCRIPTION, ALL_EMBEDS // len(reply.quotes) - TITLE)
    cards = []
    for quote in reply.quotes[:EMBEDS]:
        place = places.get(quote.citation)
        title = f"[{quote.citation}] {one_line(place.lines) if place else ''}"
        text = f"{quote.lead}\n{quote.text}" if quote.lead else quote.text
        cards.append(Embed(shortened(title, TITLE, lambda t: t), shortened(text, room)))
    return Message(f"{block}\n{tail}", tuple(cards))


def comparison(a: str, b: str, on: str) -> str:
    """The line in front of a comparison.

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
    changed_on: date | None = None,
) -> Message:
    """Two replies side by side: quotations in two columns, sources numbered through below them.

    `head` is the line in front, ready to be shown.
    """
    first, second = replies
    moved = _shifted(second, max((c.number for c in first.citations), default=0))
    columns = zip(names, (first, moved), changes, ("first", "second"), strict=True)
    card = Embed(
        fields=tuple(
            (shortened(one_line(name), NAME) or spare, _column(reply, changed, changed_on))
            for name, reply, changed, spare in columns
        )
    )
    citations = (*first.citations, *moved.citations)
    tail = f"-# {first.id}, {second.id} · library of {dated(first.generation)}"
    for level in range(_LEVELS):
        content = "\n".join(part for part in (head, sources_block(citations, level), tail) if part)
        if length(content) <= CONTENT:
            return Message(content, (card,))
        if level == 0 and (cards := _cards(citations, spare=card.size)) and len(cards) < EMBEDS:
            return Message(f"{head}\n{tail}", (card, *cards))
    squeezed = _squeezed(citations, CONTENT - length(head) - length(tail) - 2)
    return Message(f"{head}\n{squeezed}\n{tail}", (card,))


def _column(reply: Reply, changes: Sequence[Change], on: date | None) -> str:
    if isinstance(reply, Abstention):
        said = "The library does not cover this."
        reason = "" if reply.reason == "not covered" else f"\n-# {shortened(one_line(reply.message), 300)}"
        return f"{said}{reason}"
    return "\n".join(_quotes(reply.quotes, VALUE - 2, {c.quote: c for c in changes}, on))


def _shifted(reply: Reply, by: int) -> Reply:
    from dataclasses import replace

    return replace(
        reply,
        quotes=tuple(replace(q, citation=q.citation + by) for q in reply.quotes),
        citations=tuple(replace(c, number=c.number + by) for c in reply.citations),
    )


def watched(reply: Reply, changes: Sequence[Change], on: date) -> Message:
    """What changed in the evidence of a reply that someone watches: before and after."""
    places = {c.number: c for c in reply.citations}
    head = f"The evidence of {reply.id} changed on {day(on)}."
    share = (CONTENT - length(head) - 200) // max(1, len(changes))
    lines = [head]
    for change in changes:
        quote = reply.quotes[change.quote]
        place = places.get(quote.citation)
        named = shortened(one_line(place.place), 90) if place else ""
        half = max(40, (share - length(named) - 40) // 2)
        lines.append(f"**{named}**" if named else "**A passage**")
        lines.append(f"> before: {shortened(one_line(quote.text), half)}")
        lines.append(f"> now: {shortened(one_line(change.now), half) if change.now else '*it is gone*'}")
    return Message("\n".join(lines))


# What is said beside replies


def too_long(question: str, most: int) -> str:
    """Why a long question is not read."""
    return f"Your question has {len(question):,} characters; I read up to {most:,}. Please ask it in fewer words."


def wait(seconds: float) -> str:
    """How long to wait.

    >>> wait(1.2), wait(3600)
    ('2 s', '60 min')
    """
    whole = max(1, ceil(seconds))
    return f"{whole} s" if whole <= 120 else f"{ceil(whole / 60)} min"


def busy(seconds: float) -> str:
    """That the queue is full."""
    return f"I have more questions than I can answer right now; please try again in {wait(seconds)}."


def fault(id: str) -> str:
    """That something failed, with the id under which the log has the rest."""
    return f"That failed on my side; nothing is wrong with your question. Please try again. ({id})"
