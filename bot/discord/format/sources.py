"""The sources of a reply: places in the library, and the public sources that they cite.

A reply has two short lines of sources; the button "Sources" shows all of them whole. If there is too little room, a place loses
its address and then the end of its title, but no place is left out.
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
"""The levels of detail: 0 is whole, 1 leaves out the addresses of public sources, 2 also shortens titles."""

TITLE, WHOLE_TITLE = 60, 300
"""The greatest length of a public source's title: below an answer, and in the list of all sources."""

_PLACE = 160

_SHORT_PLACE = 60
"""The longest place in a reply's short lines, which is its title and its innermost heading."""

_SHORT_PUBLISHER = 40

SHORT_SOURCES = 2
"""The public sources that a reply names; it counts the others."""


def day(value: date) -> str:
    """Return a date in a short form for phones.

    >>> day(date(2026, 4, 6))
    '6 Apr 2026'
    """
    return f"{value.day} {value:%b %Y}"


def short_sources(citations: Sequence[Citation], *, has_links: bool = True) -> str:
    """Return the sources of a reply in two lines: the places in the library, then the first public sources.

    Args:
        citations: The citations of the reply.
        has_links: Whether places and public sources are links.
    """
    if not citations:
        return ""
    places = " · ".join(_short_place(citation, has_links=has_links) for citation in citations)
    public = list(dict.fromkeys(replace(s, id="") for citation in citations for s in citation.sources))
    named = [_short_source(source, has_links=has_links) for source in public[:SHORT_SOURCES]]
    more = [f"{len(public) - len(named)} more"] if len(public) > len(named) else []
    return "\n".join([f"-# {places}", *([f"-# ↳ {'; '.join([*named, *more])}"] if named else [])])


def _short_place(citation: Citation, *, has_links: bool) -> str:
    r"""Return a place as its title and innermost heading, with the date of old facts and a badge for an overdue review.

    >>> cited = Citation(1, "a", "AMD", ("View", "Risks"), "a.md", 3, 4, "", None, False, (), date(2026, 7, 1))
    >>> _short_place(cited, has_links=True)
    '**[1]** AMD › Risks · a.md\\:3-4 · facts to July 2026'
    """
    place = one_line(" › ".join((citation.title, *citation.headings[-1:])))
    place = shortened(place, _SHORT_PLACE, lambda text: text)
    parts = [f"**[{citation.number}]** {link(place, citation.link if has_links else '')}"]
    if has_links and not address(citation.link):
        parts.append(escape(one_line(citation.lines)[:_PLACE]))
    if citation.facts_to:
        parts.append(f"facts to {citation.facts_to:%B %Y}")
    if citation.stale:
        parts.append("⚠️ **may be out of date**")
    return " · ".join(parts)


def _short_source(source: Source, *, has_links: bool) -> str:
    """Return a public source as its publisher and date."""
    publisher = shortened(one_line(source.publisher), _SHORT_PUBLISHER, lambda text: text)
    return f"{link(publisher, source.url if has_links else '')}, {source_date(source)}"


def sources_block(citations: Sequence[Citation], level: int = 0, title: int = TITLE) -> str:
    """Return the sources of a reply: each citation and each of its public sources on its own line."""
    return "\n".join(source_lines(citations, level, title))


def source_lines(citations: Sequence[Citation], level: int = 0, title: int = TITLE) -> list[str]:
    r"""Return the lines of `sources_block`. A public source that several citations share is shown once, then referred to.

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
    first: dict[Source, int] = {}  # by source without its id, which differs between documents
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
    """Return the title and headings, cut at the end if they are too long."""
    place = one_line(citation.place)
    return place if length(place) <= _PLACE else shortened(place, _PLACE, lambda text: text)


def public_source(source: Source, level: int = 0, title: int = TITLE) -> str:
    r"""Return a public source: publisher, title, date, and at level 0 its address. `title` limits the length of the title.

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
    """Return when a source was published, or else when it was accessed."""
    try:
        if source.published:
            return escape(written_date(source.published))
        return f"accessed {written_date(source.accessed)}" if source.accessed else "undated"
    except ValueError:
        return escape(one_line(source.published or source.accessed)[:20])


def cards(citations: Sequence[Citation], spare: int = 0) -> tuple[Embed, ...]:
    """Return the sources on cards, whole or without addresses; empty if they do not fit either way."""
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
    """Return every source in at most `room` units, each with an equal share: publisher and date."""
    count = sum(1 + len(c.sources) for c in citations)
    share = max(2, room // count - 1)
    lines = []
    for c in citations:
        lines.append(shortened(f"[{c.number}] {one_line(c.place)}", share))
        lines += [shortened(f"{source_date(s)} {one_line(s.publisher)}", share) for s in c.sources]
    return "\n".join(lines)
