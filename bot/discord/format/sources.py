"""The sources of a reply: places in the library, and the public sources that they cite.

They lose their addresses, then their titles' ends, before one of them would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from bot.discord.format.escape import address, escape, link, one_line
from bot.discord.format.lengths import ALL_EMBEDS, DESCRIPTION, EMBEDS, length, shortened
from bot.discord.format.message import Embed
from bot.types import Citation
from index.text.months import written_date

if TYPE_CHECKING:
    from index.types import Source

LEVELS = 3
"""Of sources: whole; without the addresses of public sources; with short titles as well."""

TITLE, WHOLE_TITLE = 60, 300
"""Of a public source's title: below an answer, and where someone asks for the sources."""

_PLACE = 160


def day(value: date) -> str:
    """Format a date so that it is short on a phone.

    >>> day(date(2026, 4, 6))
    '6 Apr 2026'
    """
    return f"{value.day} {value:%b %Y}"


def sources_block(citations: Sequence[Citation], level: int = 0, title: int = TITLE) -> str:
    """Show the sources of a reply: each citation and each of its public sources on a line of its own."""
    return "\n".join(source_lines(citations, level, title))


def source_lines(citations: Sequence[Citation], level: int = 0, title: int = TITLE) -> list[str]:
    r"""Write the lines of `sources_block`. A public source that several citations share is shown once, then referred to.

    >>> from index.types import Source
    >>> post = Source("p", "Anthropic", "A post", "https://example.org/p", "2026-02")
    >>> def cited(number, heading):
    ...     return Citation(number, "a", "A", (heading,), "a.md", 1, 2, "", None, False, (post,))
    >>> print("\n".join(source_lines([cited(1, "Revenue"), cited(2, "Compute")])))
    **[1]** A › Revenue · a.md\:1-2
    -# ↳ Anthropic, [“A post”](<https://example.org/p>), February 2026
    **[2]** A › Compute · a.md\:1-2
    -# ↳ Anthropic: same source as [1]
    """
    first: dict[Source, int] = {}  # by source without its id, which is each document's own
    lines = []
    for citation in citations:
        lines.append(citation_line(citation))
        for source in dict.fromkeys(replace(source, id="") for source in citation.sources):
            number = first.setdefault(source, citation.number)
            shown = public_source(source, level, title)
            if number != citation.number:
                shown = f"{_publisher(source, level)}: same source as [{number}]"
            lines.append(f"-# ↳ {shown}")
    return lines


def citation_line(citation: Citation) -> str:
    """Return a place in the library with its last review, the date of old facts and a badge for an overdue review."""
    place = shortened_place(citation)
    parts = [f"**[{citation.number}]** {link(place, citation.link)}"]
    if not address(citation.link):
        parts.append(escape(one_line(citation.lines)[:_PLACE]))
    if citation.reviewed:
        parts.append(f"reviewed {day(citation.reviewed)}")
    if citation.facts_to:
        parts.append(f"facts to {citation.facts_to:%B %Y}")
    if citation.stale:
        parts.append("⚠️ **may be out of date**")
    return " · ".join(parts)


def shortened_place(citation: Citation) -> str:
    """Title and headings; the innermost headings go last."""
    place = one_line(citation.place)
    return place if length(place) <= _PLACE else shortened(place, _PLACE, lambda text: text)


def public_source(source: Source, level: int = 0, title: int = TITLE) -> str:
    r"""Show a public source: publisher, title, date; at level 0 with its address. `title` limits the length of the title.

    >>> from index.types import Source
    >>> public_source(Source("a", "Anthropic", "Series [G]", "https://example.org/g", "2026-02"))
    'Anthropic, [“Series \\[G\\]”](<https://example.org/g>), February 2026'
    """
    publisher = _publisher(source, level)
    most = title if level < 2 else 40
    named = f"“{shortened(one_line(source.title), most, lambda text: text)}”"
    return f"{publisher}, {link(named, source.url) if level == 0 else escape(named)}, {source_date(source)}"


def _publisher(source: Source, level: int) -> str:
    return shortened(one_line(source.publisher), 80 if level < 2 else 40)


def source_date(source: Source) -> str:
    """Say when a source was published, or accessed if that is not known."""
    try:
        if source.published:
            return escape(written_date(source.published))
        return f"accessed {written_date(source.accessed)}" if source.accessed else "undated"
    except ValueError:
        return escape(one_line(source.published or source.accessed)[:20])


def cards(citations: Sequence[Citation], spare: int = 0) -> tuple[Embed, ...]:
    """Show the sources on cards, whole or without addresses; empty if they do not fit either way."""
    for level in range(LEVELS):
        lines = source_lines(citations, level)
        pages: list[list[str]] = [[]]
        for line in lines:
            if length("\n".join([*pages[-1], line])) > DESCRIPTION:
                pages.append([])
            pages[-1].append(line)
        made = tuple(Embed(description="\n".join(page)) for page in pages)
        if len(made) <= EMBEDS and sum(card.size for card in made) <= ALL_EMBEDS - spare:
            return made
    return ()


def squeezed(citations: Sequence[Citation], room: int) -> str:
    """Every source in so many units, each with an equal share: who and when."""
    count = sum(1 + len(c.sources) for c in citations)
    share = max(2, room // count - 1)
    lines = []
    for c in citations:
        lines.append(shortened(f"[{c.number}] {one_line(c.place)}", share))
        lines += [shortened(f"{source_date(s)} {one_line(s.publisher)}", share) for s in c.sources]
    return "\n".join(lines)
