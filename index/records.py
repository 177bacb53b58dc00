"""Documents and passages as lines of JSON, and back. Pure.

Lines are read one by one, by their place: opening an index of any size reads none of them. What is empty is
left out, and a sentence is a short list, because a question reads the lines of fifty passages.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from index.types import Document, Heading, Passage, Point, Sentence, Series, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


def document_line(document: Document) -> bytes:
    """The document as one line, its newline included."""
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
        }
    )


def document_of(line: bytes) -> Document:
    """The document that `document_line` wrote.

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
    )


def passage_line(passage: Passage) -> bytes:
    """The passage as one line, its newline included, but for its document: see `passage_of`."""
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
    """The passage that `passage_line` wrote, of the document with this id.

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
    """Start, end, line, and as much of the rest as is not the default."""
    listed: list[Any] = [sentence.start, sentence.end, sentence.line]
    rest = [sentence.kind, sentence.sources, sentence.lead]
    defaults: list[Any] = ["prose", (), ""]
    while rest and rest[-1] == defaults[len(rest) - 1]:
        rest.pop()
    return listed + rest


def _sentence_of(listed: list[Any]) -> Sentence:
    """The sentence that `_sentence` listed."""
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
    """An ISO date, or None where there is none."""
    return date.fromisoformat(text) if text else None


def _line(record: Mapping[str, Any]) -> bytes:
    """One line of JSON without what is empty."""
    kept = {key: value for key, value in record.items() if value}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
