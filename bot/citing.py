"""Quotations and their markers. What is not verbatim is refused, here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import quote as percent_encoded

from bot.errors import QuoteError
from bot.types import Citation, Quote
from index.types import Document, Passage, Sentence, Source

_NEEDS_NEIGHBOUR = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Them|He|His|She|Her|Both|Such|However|But|Instead|Meanwhile|"
    r"Moreover|Also|Thus|Therefore|Yet|Nor|Similarly|Likewise|Conversely|For (?:example|instance)|"
    r"In (?:contrast|turn|addition|other words)|As a result|The (?:former|latter|same|other|company|deal|figure))\b"
)
"""How a sentence begins that does not make sense without the one before it."""


OLD_FACTS = timedelta(days=60)
"""The age beyond which a reply shows the date that a document's facts reach."""


@dataclass(frozen=True, slots=True)
class Span:
    """The stretch of a passage that a quotation shows."""

    document: Document
    passage: Passage
    row: int
    start: int
    end: int
    lead: str = ""
    score: float = 0.0

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The passage's sentences that lie in the span."""
        return tuple(s for s in self.passage.sentences if s.start >= self.start and s.end <= self.end)


def with_neighbour(passage: Passage, position: int) -> tuple[int, int]:
    """Where a quotation of the passage's sentence `position` begins and ends, with the neighbour that it leans on.

    Only running text leans: an item or a row brings its lead instead.

    >>> from index.types import Passage, Sentence
    >>> text = "Anthropic sells access. It also sells seats."
    >>> passage = Passage("a", (), "", 1, 1, text, (Sentence(0, 23, 1), Sentence(24, 44, 1)))
    >>> with_neighbour(passage, 1)
    (0, 44)
    """
    first = position
    while (
        first > 0
        and position - first < 2
        and passage.sentences[first].kind == "prose"
        and passage.sentences[first - 1].kind == "prose"
        and _NEEDS_NEIGHBOUR.match(passage.quote(passage.sentences[first]))
    ):
        first -= 1
    return passage.sentences[first].start, passage.sentences[position].end


def apart(spans: Iterable[Span]) -> list[Span]:
    """Spans of which none overlaps another: those that do become one, which stands where the first of them stood."""
    found: list[Span] = []
    for span in spans:
        over = [one for one in found if one.row == span.row and one.start < span.end and span.start < one.end]
        if not over:
            found.append(span)
            continue
        start, end = min(one.start for one in (*over, span)), max(one.end for one in (*over, span))
        joined = replace(over[0], start=start, end=end)
        found = [joined if one is over[0] else one for one in found if one is over[0] or one not in over]
    return found


def verified(span: Span, citation: int) -> Quote:
    """The span as a quotation; raises QuoteError unless it and its lead stand in the passage word for word."""
    text = span.passage.text[span.start : span.end]
    if not 0 <= span.start < span.end <= len(span.passage.text) or not text.strip():
        raise QuoteError(f"{span.document.path}: no quotation at {span.start}:{span.end} of row {span.row}")
    if span.lead not in span.passage.text and span.lead not in span.passage.lead:
        raise QuoteError(f"{span.document.path}: {span.lead!r} is not a lead of row {span.row}")
    return Quote(text, citation, span.row, span.start, span.end, span.lead, span.score)


def cite(
    spans: Sequence[Span], today: date, link: LinkTo, first: int = 1
) -> tuple[tuple[Quote, ...], tuple[Citation, ...]]:
    """Quotations in the given order with numbered citations: one for each place, numbered as they first appear.

    Spans of the same document and heading share a citation, whose lines and sources cover them all.
    A span that is not verbatim is left out.
    """
    quotes: list[Quote] = []
    places: dict[tuple[str, str], list[Span]] = {}
    for span in spans:
        key = (span.document.id, span.passage.anchor)
        number = first + (list(places).index(key) if key in places else len(places))
        try:
            quotes.append(verified(span, number))
        except QuoteError:
            continue
        places.setdefault(key, []).append(span)
    citations = tuple(
        citation(number, group, today, link) for number, group in enumerate(places.values(), start=first)
    )
    return tuple(quotes), citations


def citation(number: int, spans: Sequence[Span], today: date, link: LinkTo) -> Citation:
    """The citation of spans that stand under one heading of one document."""
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
    """The public sources that the sentences cite, each once, in the order of citing."""
    ids = dict.fromkeys(id for sentence in sentences for id in sentence.sources)
    return tuple(document.source(id) for id in ids)


@dataclass(frozen=True, slots=True)
class LinkTo:
    """Makes the web address of a heading: below the base URL, at the content's commit."""

    base_url: str = ""
    commit: str = ""
    branch: str = "main"

    def __call__(self, path: str, anchor: str) -> str:
        """The address, or "" where no base URL is set.

        >>> LinkTo("https://example.org/blob/{commit}/content", "4f2a")("models/x.md", "key-points")
        'https://example.org/blob/4f2a/content/models/x.md#key-points'
        """
        if not self.base_url:
            return ""
        base = self.base_url.replace("{commit}", percent_encoded(self.commit or self.branch, safe="/"))
        fragment = f"#{percent_encoded(anchor)}" if anchor else ""
        return f"{base.rstrip('/')}/{percent_encoded(path)}{fragment}"
