"""Quotations and their numbered citations. Only this module makes quotations, and it refuses spans that are not verbatim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.corpus.links import Links
from bot.errors import QuoteError
from bot.types import Citation, Quote
from index.types import PAGE_ANCHOR, Document, Passage, Sentence, Source

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
    """Offsets of the sentence that answers in the passage's text."""
    lead: str = ""
    """The table header or the list's lead-in above the span, or ""."""
    score: float = 0.0
    excerpt: tuple[int, int] | None = None
    """Offsets of the excerpt around the span; None if the span stands alone."""
    label: str = ""
    """The innermost heading, if the excerpt is one of two sides."""

    @property
    def bounds(self) -> tuple[int, int]:
        """The offsets of the excerpt, or of the span if it stands alone."""
        return self.excerpt or (self.start, self.end)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The passage's sentences that are whole in the excerpt."""
        first, last = self.bounds
        return tuple(s for s in self.passage.sentences if s.start >= first and s.end <= last)


def verified_quote(span: Span, citation: int) -> Quote:
    """Return a span as a quotation; raise QuoteError unless the excerpt, its lead and its label are verbatim in the passage."""
    whole = span.passage.text
    text = whole[span.start : span.end]
    first, last = span.bounds
    if not 0 <= first <= span.start < span.end <= last <= len(whole) or not text.strip():
        raise QuoteError(f"{span.document.path}: no quotation at {span.start}:{span.end} of row {span.row}")
    if span.lead not in span.passage.text and span.lead not in span.passage.lead:
        raise QuoteError(f"{span.document.path}: {span.lead!r} is not a lead of row {span.row}")
    if span.label and span.label not in span.passage.headings:
        raise QuoteError(f"{span.document.path}: {span.label!r} is not a heading of row {span.row}")
    before, after = whole[first : span.start], whole[span.end : last]
    kinds = {s.kind for s in span.passage.sentences if s.start <= span.start < s.end}
    return Quote(
        text,
        citation,
        span.row,
        span.start,
        span.end,
        span.lead,
        span.score,
        before,
        after,
        span.label,
        "row" in kinds,
        "code" in kinds,
    )


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
    lines += [s.line + span.passage.quote(s).count("\n") for span in spans for s in span.sentences]
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
        authors=document.authors,
        page=int(page[1]) if (page := PAGE_ANCHOR.fullmatch(passage.anchor)) else 0,
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
