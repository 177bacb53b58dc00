"""Replies as text for the terminal and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot.display import day, on_one_line, printable, short_source, source, wrap
from bot.text.fixed_width_table import table_lines
from bot.types import Abstention, Answer, Citation, Quote, Reply, Table

if TYPE_CHECKING:
    from bot.composer.prompt import Composition, Sentence

SCHEMA = 1
"""The version of the JSON form. Fields may be added within a version, never renamed or removed."""

Paint = Callable[[str, str], str]
"""A function from a text and the name of a style ("strong", "faint", "warning") to the styled text."""


def plain(text: str, style: str) -> str:
    """Return a text without a style."""
    del style
    return text


MAX_SHORT_SOURCES = 2
"""The public sources that a short citation names; it counts the others."""


def terminal(reply: Reply, width: int, paint: Paint = plain, *, whole_sources: bool = False) -> str:
    """Return a reply as lines of at most `width` columns. Words, links and places (`path:lines`) are never broken.

    Args:
        reply: The reply.
        width: The number of columns.
        paint: Styles a text.
        whole_sources: Show each source with its title and address; otherwise each citation has two short lines.
    """
    citations = whole_citations if whole_sources else _short_citations
    match reply:
        case Answer():
            parts = [
                *_notes(reply.notes, width, paint),
                *_table(reply.table, width, paint),
                *_quotes(reply.quotes, width, paint),
            ]
            parts.append(citations(reply.citations, width, paint))
        case Abstention():
            parts = [
                paint(wrap(printable(reply.message), width), "strong"),
                *_notes(reply.notes, width, paint),
            ]
            if reply.quotes:
                parts += _quotes(reply.quotes, width, paint)
                parts.append(citations(reply.citations, width, paint))
            if reply.nearest:
                rows = "\n".join(
                    _located(f"  · {on_one_line(c.place)}", c, width, paint) for c in reply.nearest
                )
                parts.append(f"{'Related' if reply.quotes else 'Closest topics'}:\n{rows}")
    return "\n\n".join(parts)


def sentence(sentence: Sentence, width: int) -> str:
    """Return a composed sentence as lines of at most `width` columns."""
    return wrap(printable(sentence.shown), width)


def remark(composition: Composition) -> str:
    """Return the line between a composed text and the quotations.

    >>> from bot.composer.prompt import Composition
    >>> remark(Composition("small"))
    '(composed by small from the quotations below, not quoted)'
    >>> remark(Composition("small", refused="numbers"))
    '(the composed text was refused: numbers; the quotations below stand alone)'
    """
    if composition.refused:
        return f"(the composed text was refused: {composition.refused}; the quotations below stand alone)"
    return f"(composed by {printable(composition.model)} from the quotations below, not quoted)"


def _notes(notes: tuple[str, ...], width: int, paint: Paint) -> list[str]:
    rows = "\n".join(wrap(f"({on_one_line(note)})", width) for note in notes)
    return [paint(rows, "faint")] if notes else []


def _table(table: Table | None, width: int, paint: Paint) -> list[str]:
    """Return the title and the rows of a table, and its remarks."""
    if table is None:
        return []
    rows = "\n".join(on_one_line(line) for line in table_lines(table, width))
    remarks = "\n".join(wrap(f"({on_one_line(remark)})", width) for remark in table.remarks)
    head = wrap(on_one_line(table.title), width)
    return [f"{head}\n{paint(rows, 'strong')}", *([paint(remarks, "faint")] if remarks else [])]


def _quotes(quotes: tuple[Quote, ...], width: int, paint: Paint) -> list[str]:
    """Return each excerpt as a block: the sentence that answers is strong, the text around it is plain.

    Code has its own lines without quotation marks, so that it can be copied.
    """
    blocks = []
    for quote in (quote.shown for quote in quotes):
        if quote.is_code:
            lines = textwrap.indent(printable(quote.excerpt), "    ")
            blocks.append(f"[{quote.citation}]\n{paint(lines, 'strong')}")
            continue
        lead = f"{quote.lead}\n" if quote.lead else ""
        text = wrap(f"“{printable(lead + quote.excerpt)}” [{quote.citation}]", width)
        first = 1 + _letters(lead + quote.before)
        block = _painted(text, first, first + _letters(quote.text), paint)
        label = [paint(wrap(on_one_line(quote.label), width), "faint")] if quote.label else []
        blocks.append("\n".join([*label, block]))
    return blocks


def _painted(text: str, first: int, last: int, paint: Paint) -> str:
    """Return a wrapped text with a range of its characters strong, white space not counted, because wrapping changes it."""
    # Wrapping changes only white space, so the range is found by counting all other characters.
    places = [place for place, char in enumerate(text) if not char.isspace()]
    start, end = places[first], places[last - 1] + 1
    return text[:start] + paint(text[start:end], "strong") + text[end:]


def _letters(text: str) -> int:
    """Return the number of characters of a printable text that are not white space."""
    return sum(not char.isspace() for char in printable(text))


def _short_citations(citations: tuple[Citation, ...], width: int, paint: Paint) -> str:
    """Return each citation as its place, and a line with its first public sources and what a reader must know of its age."""
    blocks = []
    for c in citations:
        rows = [_located(f"[{c.number}] {on_one_line(c.place)}", c, width, paint)]
        named = [on_one_line(short_source(s)) for s in c.sources[:MAX_SHORT_SOURCES]]
        more = [f"{len(c.sources) - len(named)} more"] if len(c.sources) > len(named) else []
        ages = [f"facts to {c.facts_to:%B %Y}"] if c.facts_to else []
        details = " · ".join(filter(None, ["; ".join([*named, *more]), *ages]))
        overdue = "! its review is overdue" if c.stale and c.reviewed else ""
        if details and overdue:
            rows.append(_beside(wrap(details, width, "    "), overdue, width, paint, "warning"))
        elif details or overdue:
            rows.append(wrap(details, width, "    ") if details else f"    {paint(overdue, 'warning')}")
        blocks.append("\n".join(rows))
    return "\n".join(blocks)


def whole_citations(citations: tuple[Citation, ...], width: int, paint: Paint = plain) -> str:
    """Return each citation with its address, its dates, and its public sources with titles and addresses."""
    blocks = []
    for c in citations:
        rows = [_located(f"[{c.number}] {on_one_line(c.place)}", c, width, paint)]
        if c.link:
            rows.append(f"    {on_one_line(c.link)}")
        dates = [f"reviewed {day(c.reviewed)}"] if c.reviewed else []
        dates += [f"facts to {c.facts_to:%B %Y}"] if c.facts_to else []
        if dates:
            listed = f"    {', '.join(dates)}"
            is_overdue = c.stale and c.reviewed
            stale = "! its review is overdue"
            rows.append(_beside(listed, stale, width, paint, "warning") if is_overdue else listed)
        rows += [wrap(f"source: {on_one_line(source(s))}", width, "    ", "      ") for s in c.sources]
        blocks.append("\n".join(rows))
    return "\n".join(blocks)


def _located(text: str, citation: Citation, width: int, paint: Paint) -> str:
    """Return a heading with its place in the file."""
    return _beside(text, on_one_line(citation.lines), width, paint, "faint")


def _beside(text: str, mark: str, width: int, paint: Paint, style: str) -> str:
    """Return a text with a mark behind it or, where the line is too short for both, below it."""
    if len(text) + 2 + len(mark) <= width:
        return f"{text}  {paint(mark, style)}"
    return f"{wrap(text, width, hanging='    ')}\n    {paint(mark, style)}"


def as_json(reply: Reply, composition: Composition | None = None) -> dict[str, Any]:
    """Return a reply in the documented JSON form (bot/README.md, "The JSON form").

    The field `table` is there only if the question asks for the figures of several entities, and `composed` only if a
    composer was asked. `id` is None where the reply
    has none: only a saved reply has an id, because only a saved reply can be shown again with `strata replay`.
    """
    form: dict[str, Any] = {
        "schema": SCHEMA,
        "id": reply.id or None,
        "kind": "answer" if isinstance(reply, Answer) else "abstention",
        "question": reply.question,
        "generation": reply.generation,
        "confidence": round(reply.confidence, 4),
        "notes": list(reply.notes),
        "quotes": [
            {"text": q.text, "lead": q.lead, "citation": q.citation, "score": round(q.score, 4)}
            for q in reply.quotes
        ],
        "excerpts": [
            {
                "before": q.before,
                "answer": q.text,
                "after": q.after,
                "lead": q.lead,
                "label": q.label,
                "citation": q.citation,
            }
            for q in (quote.shown for quote in reply.quotes)
        ],
        "citations": [_citation_json(c) for c in reply.citations],
    }
    if isinstance(reply, Answer) and reply.table is not None:
        form["table"] = asdict(reply.table)
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
        "authors": list(c.authors),
        "headings": list(c.headings),
        "path": c.path,
        "first_line": c.first_line,
        "last_line": c.last_line,
        "page": c.page or None,
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
