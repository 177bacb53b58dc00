"""Documents and passages as lines of JSON.

Each line is read on its own, so opening an index reads none of them. Empty fields are left out and a sentence
is a short list, because a question reads the lines of fifty passages.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from index.types import Document, Group, Heading, Passage, Point, Sentence, Series, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


def document_line(document: Document) -> bytes:
    """Return a document as one line with its newline."""
    return _line(
        {
            "id": document.id,
            "path": document.path,
            "title": document.title,
            "layer": document.layer,
            "summary": document.summary,
            "reviewed": document.reviewed.isoformat() if document.reviewed else "",
            "review_by": document.review_by.isoformat() if document.review_by else "",
            "facts_to": document.facts_to.isoformat() if document.facts_to else "",
            "aliases": document.aliases,
            "related": document.related,
            "sources": [
                [s.id, s.publisher, s.title, s.url, s.published, s.accessed, s.kind] for s in document.sources
            ],
            "figures": [
                [f.entity, f.metric, f.unit, [[p.as_of, p.value, p.source] for p in f.points]]
                for f in document.figures
            ],
            "headings": [[h.path, h.anchor, h.line] for h in document.headings],
            "sha256": document.sha256,
            "members": [[group.name, group.members] for group in document.members],
            "authors": document.authors,
            "tags": document.tags,
            "fiscal_year_ends": document.fiscal_year_ends,
        }
    )


def document_of(line: bytes) -> Document:
    """Return the document in a line that `document_line` wrote.

    >>> document = Document("models/xai", "models/xai.md", "xAI", headings=(Heading(("xAI",), "xai", 3),))
    >>> document_of(document_line(document)) == document
    True
    """
    record = json.loads(line)
    return Document(
        id=record.get("id", ""),
        path=record.get("path", ""),
        title=record.get("title", ""),
        layer=record.get("layer", ""),
        summary=record.get("summary", ""),
        reviewed=_day(record.get("reviewed")),
        review_by=_day(record.get("review_by")),
        facts_to=_day(record.get("facts_to")),
        aliases=tuple(record.get("aliases", ())),
        related=tuple(record.get("related", ())),
        sources=tuple(Source(*source) for source in record.get("sources", ())),
        figures=tuple(
            Series(entity, metric, unit, tuple(Point(*point) for point in points))
            for entity, metric, unit, points in record.get("figures", ())
        ),
        headings=tuple(
            Heading(tuple(path), anchor, line) for path, anchor, line in record.get("headings", ())
        ),
        sha256=record.get("sha256", ""),
        members=tuple(Group(name, tuple(members)) for name, members in record.get("members", ())),
        authors=tuple(record.get("authors", ())),
        tags=tuple(record.get("tags", ())),
        fiscal_year_ends=record.get("fiscal_year_ends", 12),
    )


def passage_line(passage: Passage) -> bytes:
    """Return a passage without the id of its document as one line with its newline."""
    return _line(
        {
            "headings": passage.headings,
            "anchor": passage.anchor,
            "lines": [passage.first_line, passage.last_line],
            "text": passage.text,
            "lead": passage.lead,
            "header": passage.header,
            "sentences": [_sentence(sentence) for sentence in passage.sentences],
        }
    )


def passage_of(line: bytes, document: str) -> Passage:
    """Return the passage in a line that `passage_line` wrote, given the id of its document.

    >>> passage = Passage("models/xai", ("xAI",), "xai", 3, 3, "It is young.", (Sentence(0, 12, 3),))
    >>> passage_of(passage_line(passage), "models/xai") == passage
    True
    """
    record = json.loads(line)
    first_line, last_line = record["lines"]
    return Passage(
        document=document,
        headings=tuple(record.get("headings", ())),
        anchor=record.get("anchor", ""),
        first_line=first_line,
        last_line=last_line,
        text=record.get("text", ""),
        sentences=tuple([_sentence_of(sentence) for sentence in record.get("sentences", ())]),
        lead=record.get("lead", ""),
        header=record.get("header", ""),
    )


def _sentence(sentence: Sentence) -> list[Any]:
    """Return start, end and line of a sentence, and its other fields up to the last that is not the default."""
    listed: list[Any] = [sentence.start, sentence.end, sentence.line]
    rest = [sentence.kind, sentence.sources, sentence.lead]
    defaults: list[Any] = ["prose", (), ""]
    while rest and rest[-1] == defaults[len(rest) - 1]:
        rest.pop()
    return listed + rest


def _sentence_of(listed: list[Any]) -> Sentence:
    """Return the sentence for a list that `_sentence` returned."""
    start, end, line, *rest = listed
    match rest:
        case []:
            return Sentence(start, end, line)
        case [kind]:
            return Sentence(start, end, line, kind)
        case [kind, sources]:
            return Sentence(start, end, line, kind, tuple(sources))
        case _:
            kind, sources, lead = rest
            return Sentence(start, end, line, kind, tuple(sources), lead)


def _day(text: str | None) -> date | None:
    """Return the date of an ISO date, or None for an empty text."""
    return date.fromisoformat(text) if text else None


def _line(record: Mapping[str, Any]) -> bytes:
    """Return a record as one line of JSON, without its empty fields."""
    kept = {key: value for key, value in record.items() if value}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
