"""The rows of the journal as values: stored replies, posts, watches, gaps and totals."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.types import Abstention, Answer, Citation, Quote, Reply, Table, TableRow
from index.types import Source

if TYPE_CHECKING:
    from bot.types import Reason


@dataclass(frozen=True, slots=True)
class Record:
    """A stored reply. Neither its question nor its scores are stored."""

    id: str
    generation: str
    kind: str
    """"answer" or "abstention"."""
    confidence: float
    today: date
    """The date of the reply, which decided whose review was overdue."""
    layers: tuple[str, ...]
    quotes: tuple[Quote, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    message: str = ""
    table: Table | None = None

    def reply(self, question: str = "") -> Reply:
        """Return the reply, with a question that the caller knows."""
        if self.kind == "answer":
            return Answer(
                self.id, question, self.generation, self.confidence, self.quotes, self.citations, self.notes, self.table
            )  # fmt: skip
        reason: Reason = self.reason  # type: ignore[assignment]  # the column holds only reasons
        return Abstention(
            self.id, question, self.generation, self.confidence, reason, self.message,
            self.nearest, self.quotes, self.citations, self.notes,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """A message in a channel that shows a reply."""

    message: int
    channel: int
    server: int
    reply: str
    """The id of the reply, or the two ids of a comparison with a plus sign between them."""
    changed: str
    """The changes to its sources that the message shows, as JSON; empty if it shows none."""
    at: float


@dataclass(frozen=True, slots=True)
class Watch:
    """A person who wants to be told when the evidence of a reply changes."""

    reply: str
    person: int
    channel: int
    message: int
    told: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that the library did not answer, and the number of times that it was stored."""

    reply: str
    question: str
    nearest: str
    """The nearest heading of the library; empty if there is none."""
    server: int
    times: int
    reported: int
    """1 if someone pressed "Request this topic"; 0 if the server's setting kept it."""
    at: float


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts for `/stats`."""

    asked: int
    answered: int
    up: int
    down: int
    gaps: int
    milliseconds: float
    """The median time to a reply."""


def named(reply: Reply) -> Reply:
    """Return the reply under a random id, such as "A-7f3c21d9b0e4".

    The id is not derived from the question, so that it cannot confirm a guess at what was asked. Among a million
    replies, the chance that two share an id is one in 560.
    """
    return replace(reply, id=f"A-{secrets.token_hex(6)}")


def evidence(reply: Reply) -> str:
    """Return a reply as JSON for the journal, without its question and the scores of its quotations.

    A score is a long number that depends on the question, so it would confirm a guess as reliably as a hash.
    """
    form: dict[str, Any] = {
        "quotes": [asdict(replace(quote, score=0.0)) for quote in reply.quotes],
        "citations": [_citation_form(c) for c in reply.citations],
        "notes": reply.notes,
    }
    if isinstance(reply, Answer) and reply.table is not None:
        form["table"] = asdict(reply.table)
    if isinstance(reply, Abstention):
        form |= {
            "reason": reply.reason,
            "message": reply.message,
            "nearest": [_citation_form(c) for c in reply.nearest],
        }
    return json.dumps(form, ensure_ascii=False)


def confidence(reply: Reply) -> float:
    """Return the confidence for the journal, rounded to one decimal because a longer number would confirm a guess.

    >>> from bot.types import Answer
    >>> confidence(Answer("", "", "", 0.87654321, (), ()))
    0.9
    """
    return round(reply.confidence, 1)


def _citation_form(citation: Citation) -> dict[str, Any]:
    days = {"reviewed": citation.reviewed, "facts_to": citation.facts_to}
    return asdict(citation) | {name: day.isoformat() if day else "" for name, day in days.items()}


def unpacked(  # more than six parameters: one for each column of a row
    id: str, generation: str, kind: str, confidence: float, today: str, layers: str, stored: str
) -> Record:
    """Return the columns of a row as a record; `stored` is the JSON that `evidence` returned."""
    form = json.loads(stored)
    return Record(
        id=id,
        generation=generation,
        kind=kind,
        confidence=confidence,
        today=date.fromisoformat(today),
        layers=tuple(json.loads(layers)),
        quotes=tuple(Quote(**quote) for quote in form["quotes"]),
        citations=tuple(_citation(c) for c in form["citations"]),
        nearest=tuple(_citation(c) for c in form.get("nearest", ())),
        notes=tuple(form["notes"]),
        reason=form.get("reason", ""),
        message=form.get("message", ""),
        table=_table(form["table"]) if "table" in form else None,
    )


def _table(form: dict[str, Any]) -> Table:
    return Table(form["title"], tuple(TableRow(**row) for row in form["rows"]), tuple(form["remarks"]))


def _citation(form: dict[str, Any]) -> Citation:
    return Citation(
        **form
        | {
            "headings": tuple(form["headings"]),
            "reviewed": date.fromisoformat(form["reviewed"]) if form["reviewed"] else None,
            "facts_to": date.fromisoformat(form["facts_to"]) if form.get("facts_to") else None,
            "sources": tuple(Source(**source) for source in form["sources"]),
            "authors": tuple(form.get("authors", ())),  # absent in journals of version 0.1
        }
    )
