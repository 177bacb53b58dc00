"""The items that answer a question for a list without numbers: key risks, events of a time, what would change a view."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.answer.citations import Span
from bot.corpus.columns import as_of
from bot.corpus.figures import period_of
from bot.question.sets.arrangement import arrangement
from bot.question.sets.time_bounds import TimeBounds, time_bounds

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question
    from bot.types import Quote
    from index.types import Document, Passage, Sentence

MAX_ITEMS = 12
"""The most items of a reply."""

MIN_ITEMS = 2
"""The fewest items that make a list."""

MIN_EVENTS = 4
"""The fewest dated items of a document that make it a list of events."""

MIN_SUBSECTIONS = 3
"""The fewest headings below one heading that are the points of a document."""

_LIST = re.compile(
    r"\A\W*(?:(?:please|can you|could you)\s+)?"
    r"(?:list|name|enumerate|give me|show me|top\s+\w+|what are|which are|tell me)\b"  # "list the key risks"
    r"|\A\W*what\s+(?:would|could|might|will)\s+(?:change|alter|break)\b"  # "what would change this view"
    r"|\A\W*(?:the\s+)?(?:key|main|biggest|top)\s+\w+s\b",  # "key risks"
    re.IGNORECASE,
)
_EVENTS = re.compile(
    r"\b(?:what\s+(?:else\s+)?(?:has\s+)?happened|events?|timeline|chronology|milestones?|deadlines?|calendar"
    r"|what(?:['\u2019]s|\s+is|\s+are)?\s+(?:due|coming|ahead|scheduled|planned|next|new)|upcoming|dates?)\b",
    re.IGNORECASE,
)  # "events since September 2026", "what's due in December"
_AHEAD = re.compile(
    r"\b(?:ahead|upcoming|coming|next|still to come|in (?:the )?future|scheduled)\b", re.IGNORECASE
)
_NOISE = (
    "list name enumerate give show tell key main biggest largest major top most important what which are is the all ai of on for "
    "in to me please there one two three four five six seven eight nine ten points items happened happen events event timeline "
    "chronology milestones deadlines deadline date dates due coming ahead scheduled planned next new upcoming calendar still us "
    "month months week weeks quarter quarters watch watched expect expected else happening anything everything newest latest first would could might your my our view thesis main"
)
_DATED = re.compile(r"\A(?P<date>[^:.;]{4,60}):\s")  # "9 July 2026: GPT-5.6 became available"


@dataclass(frozen=True, slots=True)
class ItemList:
    """The items of a list, each as a span to quote."""

    spans: tuple[Span, ...]
    notes: tuple[str, ...] = ()
    """Remarks in Strata's words: how many items are left out."""

    def table(self, quotes: Sequence[Quote]) -> None:
        """Return None: the quotations of a list need no table."""


def draft_items(
    question: Question, corpus: Corpus, today: date, layers: Collection[str] = ()
) -> ItemList | None:
    """Return the items that a question asks for, or None if it asks for no list or the library has none that fits.

    Args:
        question: The question.
        corpus: The generation that answers.
        today: The day that "last month" refers to.
        layers: The layers to answer from; all if empty.
    """
    if question.intent != "question" or question.answer_type == "reason":
        return None
    return _events(question, corpus, today, layers) or _section_items(question, corpus, layers)


# Events


def _events(question: Question, corpus: Corpus, today: date, layers: Collection[str]) -> ItemList | None:
    """Return the dated items within the bounds in time that a question sets, in order of time."""
    if not _EVENTS.search(question.text):
        return None
    bounds, rest = time_bounds(question.text, today)
    is_ahead = bool(_AHEAD.search(question.text))
    if bounds == TimeBounds() and is_ahead:
        bounds = TimeBounds(first=today.year * 12 + today.month - 1)
    elif bounds.last is None and not is_ahead:  # what happened since a date ends today
        bounds = replace(bounds, last=today.year * 12 + today.month - 2)
    if bounds.first is None:
        return None
    terms = _terms(rest, corpus)
    found: list[tuple[int, Span]] = []
    for place, document in enumerate(corpus.generation.documents):
        if layers and document.layer not in layers:
            continue
        dated = list(_dated_items(corpus, place))
        if len(dated) < MIN_EVENTS:
            continue
        texts = [frozenset(corpus.terms(corpus.gazetteer.lengthened(_text(span)))) for _, span in dated]
        in_items = terms & frozenset().union(*texts)
        if len(terms - in_items - _context(document, corpus)) > len(in_items):
            continue
        found += [
            (month, span)
            for (month, span), text in zip(dated, texts, strict=True)
            if month in bounds and in_items <= text
        ]
    found.sort(key=lambda one: one[0])
    return _item_list([span for _, span in found], fewest=1)


def _dated_items(corpus: Corpus, place: int) -> Iterator[tuple[int, Span]]:
    """Yield the list items of a document that begin with a date, with the last month of the date."""
    for span in _items(corpus, place):
        found = _DATED.match(_text(span))
        if found and (date := as_of(found["date"])):
            yield period_of(date).months[-1], span


# Sections


def _section_items(question: Question, corpus: Corpus, layers: Collection[str]) -> ItemList | None:
    """Return the items, or the headings, of the section or the document that a question names."""
    asked = arrangement(question.text)
    if not _LIST.search(question.text) or asked.limits or asked.is_count or asked.is_superlative:
        return None
    most = asked.most or MAX_ITEMS
    terms = _terms(asked.rest, corpus)
    best: tuple[float, int, tuple[str, ...]] | None = None
    for place, document in enumerate(corpus.generation.documents):
        if not terms or (layers and document.layer not in layers):
            continue
        for name in (document.title, *document.aliases):
            named = _terms(name.partition(" = ")[0], corpus)
            if not named or not named <= terms:
                continue
            has_points = bool(re.search(rf"\b{re.escape(name.split()[-1])}\b", question.text, re.IGNORECASE))
            has_points &= name.endswith("s") and name.split()[-1].islower()
            for share, path in _headings(document, terms - named, corpus):
                if not path and not has_points:
                    continue
                key = (len(named) + share, place, path)
                if best is None or key[0] > best[0]:
                    best = key
    if best is None:
        return None
    _, place, path = best
    found = [span for span in _items(corpus, place) if path and span.passage.headings == path]
    return _item_list((found if len(found) >= MIN_ITEMS else _points(corpus, place, path))[:most], len(found))


def _headings(
    document: Document, rest: frozenset[str], corpus: Corpus
) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Yield the headings that the rest of a question names, with the share of their terms; the empty path for the document itself.

    The document itself is meant if the text above its sections covers the rest.
    """
    for heading in document.headings:
        terms = _terms(heading.path[-1], corpus) if heading.path else frozenset()
        if rest and terms and rest <= terms and len(rest) * 2 >= len(terms):
            yield 1 + len(rest) / len(terms), heading.path
    if rest <= _context(document, corpus):
        yield 0.5, ()


def _points(corpus: Corpus, place: int, path: tuple[str, ...]) -> list[Span]:
    """Return the first sentence below each heading that is a point of a section; of a document, where one section has points."""
    document = corpus.generation.document(place)
    paths = [heading.path for heading in document.headings if heading.path]
    parents = Counter(one[:-1] for one in paths if len(one) > 1 and one[:-1] in paths)
    full = [parent for parent, count in parents.items() if count >= MIN_SUBSECTIONS]
    parent = path if path in full else full[0] if not path and len(full) == 1 else None
    if parent is None:
        return []
    found: dict[tuple[str, ...], Span] = {}
    for row, passage in _passages(corpus, place):
        headings = passage.headings
        if headings[:-1] == parent and headings not in found and passage.sentences:
            first = passage.sentences[0]
            found[headings] = Span(
                document, passage, row, first.start, first.end, first.lead, label=headings[-1]
            )
    return list(found.values())


def _item_list(spans: Sequence[Span], count: int = 0, fewest: int = MIN_ITEMS) -> ItemList | None:
    if len(spans) < fewest:
        return None
    more = max(len(spans), count) - MAX_ITEMS
    notes = (f"the first {MAX_ITEMS} of {MAX_ITEMS + more} items",) if more > 0 else ()
    return ItemList(tuple(spans[:MAX_ITEMS]), notes)


def _items(corpus: Corpus, place: int) -> Iterator[Span]:
    """Yield the list items of a document, whole, without links to other documents."""
    document = corpus.generation.document(place)
    for row, passage in _passages(corpus, place):
        lines: dict[int, list[Sentence]] = {}
        for sentence in passage.sentences:
            if sentence.kind == "item":
                lines.setdefault(sentence.line, []).append(sentence)
        for sentences in lines.values():
            first, last = sentences[0], sentences[-1]
            yield Span(
                document, passage, row, first.start, first.end, first.lead, excerpt=(first.start, last.end)
            )


def _passages(corpus: Corpus, place: int) -> Iterator[tuple[int, Passage]]:
    first, last = corpus.generation.document_rows[place : place + 2]
    for row in range(int(first), int(last)):
        yield row, corpus.generation.passage(row)


def _text(span: Span) -> str:
    first, last = span.bounds
    return span.passage.text[first:last]


def _terms(text: str, corpus: Corpus) -> frozenset[str]:
    """Return the terms of a text without the words that ask for a list."""
    return frozenset(corpus.terms(corpus.gazetteer.lengthened(text))) - frozenset(corpus.terms(_NOISE))


def _context(document: Document, corpus: Corpus) -> frozenset[str]:
    """Return the terms of a document's title, summary, aliases and headings."""
    headings = (heading.path[-1] for heading in document.headings if heading.path)
    return frozenset(
        corpus.terms(
            corpus.gazetteer.lengthened(
                " ".join((document.title, document.summary, *document.aliases, *headings))
            )
        )
    )
