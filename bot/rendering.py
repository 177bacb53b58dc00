"""Replies as text for the terminal and as JSON: pure."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.types import Abstention, Answer, Citation, Quote, Reply
from index.types import Source

if TYPE_CHECKING:
    from bot.composing import Composition, Sentence

SCHEMA = 1
"""The version of the JSON form. Fields may be added within a version, never renamed or removed."""

_CONTROLS = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) != "\n"}
"""What a terminal would obey rather than show: a document may hold it."""

Paint = Callable[[str, str], str]
"""Text and the name of a style ("strong", "faint", "warning") to text as the terminal shows it."""


def plain(text: str, style: str) -> str:
    """No colour."""
    del style
    return text


def terminal(reply: Reply, width: int, paint: Paint = plain) -> str:
    """A reply as lines of at most `width` columns, but for addresses and places, which are never broken."""
    match reply:
        case Answer():
            parts = [*_notes(reply.notes, paint), *_quotes(reply.quotes, width, paint)]
            parts.append(_citations(reply.citations, paint))
        case Abstention():
            parts = [paint(reply.message, "strong"), *_notes(reply.notes, paint)]
            if reply.quotes:
                parts += _quotes(reply.quotes, width, paint)
                parts.append(_citations(reply.citations, paint))
            if reply.nearest:
                rows = "\n".join(f"  · {shown(c.place)}  {paint(c.lines, 'faint')}" for c in reply.nearest)
                parts.append(f"The nearest it has:\n{rows}")
    return "\n\n".join(parts)


def shown(text: str) -> str:
    r"""A text of a document without what a terminal would obey.

    >>> shown("sold\x1b[31m out")
    'sold [31m out'
    """
    return text.translate(_CONTROLS)


def sentence(sentence: Sentence, width: int) -> str:
    """A composed sentence as lines of at most `width` columns."""
    return textwrap.fill(shown(sentence.shown), width, break_long_words=False, break_on_hyphens=False)


def remark(composition: Composition) -> str:
    """What stands between a composed text and the quotations: that it is none, or that there is none.

    >>> from bot.composing import Composition
    >>> remark(Composition("small"))
    '(composed by small from the quotations below, not quoted)'
    >>> remark(Composition("small", refused="numbers"))
    '(the composed text was refused: numbers; the quotations below stand alone)'
    """
    if composition.refused:
        return f"(the composed text was refused: {composition.refused}; the quotations below stand alone)"
    return f"(composed by {shown(composition.model)} from the quotations below, not quoted)"


def _notes(notes: tuple[str, ...], paint: Paint) -> list[str]:
    return [paint("\n".join(f"({note})" for note in notes), "faint")] if notes else []


def _quotes(quotes: tuple[Quote, ...], width: int, paint: Paint) -> list[str]:
    told = []
    for quote in quotes:
        text = f"{quote.lead}\n{quote.text}" if quote.lead else quote.text
        lines = f"“{shown(text)}” [{quote.citation}]".split("\n")
        wrapped = [
            textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
            for line in lines
            if line.strip()
        ]
        told.append(paint("\n".join(wrapped), "strong"))
    return told


def _citations(citations: tuple[Citation, ...], paint: Paint) -> str:
    blocks = []
    for c in citations:
        head = f"[{c.number}] {shown(c.place)}  {paint(c.lines, 'faint')}"
        rows = [head]
        if c.link:
            rows.append(f"    {c.link}")
        dates = [f"reviewed {day(c.reviewed)}"] if c.reviewed else []
        dates += [f"facts to {c.facts_to:%B %Y}"] if c.facts_to else []
        if dates:
            stale = paint("  ! its review is overdue", "warning") if c.stale and c.reviewed else ""
            rows.append(f"    {', '.join(dates)}{stale}")
        rows += [f"    source: {shown(source(s))}" for s in c.sources]
        blocks.append("\n".join(rows))
    return "\n".join(blocks)


def source(source: Source) -> str:
    """A public source on one line.

    >>> source(Source("a", "Anthropic", "Series G", "https://example.org/g", "2026-02"))
    'Anthropic, “Series G”, February 2026 <https://example.org/g>'
    """
    dated = partial_date(source.published) if source.published else f"read {partial_date(source.accessed)}"
    address = f" <{source.url}>" if source.url else ""
    return f"{source.publisher}, “{source.title}”, {dated}{address}"


def day(value: date) -> str:
    """A date in words.

    >>> day(date(2026, 4, 6))
    '6 April 2026'
    """
    return f"{value.day} {value:%B %Y}"


def partial_date(value: str) -> str:
    """YYYY, YYYY-MM or YYYY-MM-DD in words.

    >>> partial_date("2026-04-06"), partial_date("2026-04"), partial_date("2026")
    ('6 April 2026', 'April 2026', '2026')
    """
    if len(value) == 10:
        return day(date.fromisoformat(value))
    return f"{date.fromisoformat(value + '-01'):%B %Y}" if len(value) == 7 else value


def as_json(reply: Reply, composition: Composition | None = None) -> dict[str, Any]:
    """A reply in the documented JSON form (README, "The JSON form"), with what was composed of it, if anything."""
    form: dict[str, Any] = {
        "schema": SCHEMA,
        "id": reply.id,
        "kind": "answer" if isinstance(reply, Answer) else "abstention",
        "question": reply.question,
        "generation": reply.generation,
        "confidence": round(reply.confidence, 4),
        "notes": list(reply.notes),
        "quotes": [
            {"text": q.text, "lead": q.lead, "citation": q.citation, "score": round(q.score, 4)}
            for q in reply.quotes
        ],
        "citations": [_citation_json(c) for c in reply.citations],
    }
    if composition is not None:
        form["composed"] = {
            "model": composition.model,
            "refused": composition.refused or None,
            "sentences": [{"text": s.text, "citations": list(s.citations)} for s in composition.sentences],
        }
    if isinstance(reply, Abstention):
        form |= {
            "reason": reply.reason,
            "message": reply.message,
            "nearest": [_citation_json(c) for c in reply.nearest],
        }
    return form


def _citation_json(c: Citation) -> dict[str, Any]:
    return {
        "number": c.number,
        "document": c.document,
        "title": c.title,
        "headings": list(c.headings),
        "path": c.path,
        "first_line": c.first_line,
        "last_line": c.last_line,
        "link": c.link,
        "reviewed": c.reviewed.isoformat() if c.reviewed else None,
        "stale": c.stale,
        "facts_to": c.facts_to.isoformat() if c.facts_to else None,
        "sources": [
            {
                "id": s.id,
                "publisher": s.publisher,
                "title": s.title,
                "url": s.url,
                "published": s.published,
                "accessed": s.accessed,
                "kind": s.kind,
            }
            for s in c.sources
        ],
    }
