"""Quotations and their numbered citations. Only this module makes quotations, and it refuses spans that are not verbatim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.corpus.links import Links
from bot.errors import QuoteError
from bot.types import Citation, Quote
from index.types import Document, Passage, Sentence, Source

_NEEDS_NEIGHBOUR = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Them|He|His|She|Her|Both|Such"  # "It also sells seats."
    r"|However|But|Instead|Meanwhile|Moreover|Also|Thus|Therefore|Yet|Nor|Similarly|Likewise|Conversely"  # "However, ..."
    r"|For (?:example|instance)|In (?:contrast|turn|addition|other words)|As a result"  # "For example, ..."
    r"|The (?:former|latter|same|other|company|deal|figure))\b"  # "The company also ..."
)
"""The beginning of a sentence that makes no sense without the sentence before it."""

MAX_NEIGHBOURS = 2
"""The most sentences that are quoted in front of a sentence that needs them."""

OLD_FACTS = timedelta(days=60)
"""The age beyond which a reply shows the date that a document's facts reach."""


@dataclass(frozen=True, slots=True)
class Span:
    """The span of a passage that a quotation shows."""

    document: Document
    passage: Passage
    row: int
    """The passage's row in the generation."""
    start: int
    end: int
    """Offsets in the passage's text."""
    lead: str = ""
    """The table header or the list's lead-in above the span, or ""."""
    score: float = 0.0

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The passage's sentences that are whole in the span."""
        return tuple(s for s in self.passage.sentences if s.start >= self.start and s.end <= self.end)


def with_neighbour(passage: Passage, position: int) -> tuple[int, int]:
    """Return the start and the end of a quotation of a sentence, with the sentences before it that it needs.

    Only running text needs sentences before it: a list item or a table row has its lead instead.

    Args:
        passage: The passage.
        position: The position of the sentence in the passage, from 0.

    >>> from index.types import Passage, Sentence
    >>> text = "Anthropic sells access. It also sells seats."
    >>> passage = Passage("a", (), "", 1, 1, text, (Sentence(0, 23, 1), Sentence(24, 44, 1)))
    >>> with_neighbour(passage, 1)
    (0, 44)
    """
    first = position
    while (
        first > 0
        and position - first < MAX_NEIGHBOURS
        and passage.sentences[first].kind == "prose"
        and passage.sentences[first - 1].kind == "prose"
        and _NEEDS_NEIGHBOUR.match(passage.quote(passage.sentences[first]))
    ):
        first -= 1
    return passage.sentences[first].start, passage.sentences[position].end


def merge_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return the spans with overlapping spans joined, each in the place of the first of them."""
    found: list[Span] = []
    for span in spans:
        overlapping = [
            one for one in found if one.row == span.row and one.start < span.end and span.start < one.end
        ]
        if not overlapping:
            found.append(span)
            continue
        start, end = (
            min(one.start for one in (*overlapping, span)),
            max(one.end for one in (*overlapping, span)),
        )
        joined = replace(overlapping[0], start=start, end=end)
        others = [one for one in found if one is overlapping[0] or one not in overlapping]
        found = [joined if one is overlapping[0] else one for one in others]
    return found


def verified_quote(span: Span, citation: int) -> Quote:
    """Return a span as a quotation; raise QuoteError unless the span and its lead are verbatim in the passage."""
    text = span.passage.text[span.start : span.end]
    if not 0 <= span.start < span.end <= len(span.passage.text) or not text.strip():
        raise QuoteError(f"{span.document.path}: no quotation at {span.start}:{span.end} of row {span.row}")
    if span.lead not in span.passage.text and span.lead not in span.passage.lead:
        raise QuoteError(f"{span.document.path}: {span.lead!r} is not a lead of row {span.row}")
    return Quote(text, citation, span.row, span.start, span.end, span.lead, span.score)


def cite(
    spans: Sequence[Span], today: date, link: Links, first: int = 1
) -> tuple[tuple[Quote, ...], tuple[Citation, ...]]:
    """Return quotations in the given order, and their citations, numbered in the order in which they first appear.

    Spans of the same document and heading share a citation, whose lines and sources cover all of them. A span that is not
    verbatim is left out.

    Args:
        spans: The spans to quote.
        today: The day that decides whether a document's review is overdue.
        link: The maker of web addresses.
        first: The number of the first citation.
    """
    quotes: list[Quote] = []
    places: dict[tuple[str, str], list[Span]] = {}
    for span in spans:
        key = (span.document.id, span.passage.anchor)
        number = first + (list(places).index(key) if key in places else len(places))
        try:
            quotes.append(verified_quote(span, number))
        except QuoteError:
            continue
        places.setdefault(key, []).append(span)
    citations = tuple(
        citation(number, group, today, link) for number, group in enumerate(places.values(), start=first)
    )
    return tuple(quotes), citations


def citation(number: int, spans: Sequence[Span], today: date, link: Links) -> Citation:
    """Return the citation of some spans under one heading of one document.

    Args:
        number: The citation's number.
        spans: The spans.
        today: The day that decides whether the document's review is overdue.
        link: The maker of web addresses.
    """
    document, passage = spans[0].document, spans[0].passage
    inside = [s for span in spans for s in span.sentences]
    lines = [s.line for s in inside] or [passage.first_line, passage.last_line]
    return Citation(
        number=number,
        document=document.id,
        title=document.title,
        headings=passage.headings,
        path=document.path,
        first_line=min(lines),
        last_line=max(lines),
        link=link(document.path, passage.anchor),
        reviewed=document.reviewed,
        stale=document.review_by is not None and document.review_by < today,
        sources=cited_sources(document, inside),
        facts_to=old_facts(document, today),
    )


def old_facts(document: Document, today: date) -> date | None:
    """Return the newest date of the document's facts if it is more than 60 days before `today`, else None.

    >>> document = Document("models/xai", "models/xai.md", "xAI", facts_to=date(2026, 7, 1))
    >>> old_facts(document, date(2026, 11, 30))
    datetime.date(2026, 7, 1)
    >>> old_facts(document, date(2026, 8, 30)) is None
    True
    """
    reached = document.facts_to
    return reached if reached and today - reached > OLD_FACTS else None


def cited_sources(document: Document, sentences: Iterable[Sentence]) -> tuple[Source, ...]:
    """Return the public sources that some sentences cite, each once, in the order of the sentences."""
    ids = dict.fromkeys(id for sentence in sentences for id in sentence.sources)
    return tuple(document.source(id) for id in ids)
