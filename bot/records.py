"""What the journal's rows say, as values."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bot.types import Abstention, Answer, Citation, Quote, Reply
from index.types import Source

if TYPE_CHECKING:
    from bot.types import Reason


@dataclass(frozen=True, slots=True)
class Record:
    """A reply as it was made. Its question is not kept: `reply` takes it as an argument."""

    id: str
    generation: str
    kind: str
    """"answer" or "abstention"."""
    confidence: float
    today: date
    """The day that decided which documents were stale."""
    layers: tuple[str, ...]
    quotes: tuple[Quote, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    message: str = ""

    def reply(self, question: str = "") -> Reply:
        """The reply again, with a question of the caller's."""
        if self.kind == "answer":
            return Answer(
                self.id, question, self.generation, self.confidence, self.quotes, self.citations, self.notes
            )
        reason: Reason = self.reason  # type: ignore[assignment]  # it was one when it was stored
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
    """The reply's id; two with a plus sign between them for a comparison."""
    changed: str
    """What was last shown of changes to its sources; empty where it stands as it was."""
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
    """A question that the library did not answer, with how often it was kept."""

    reply: str
    question: str
    nearest: str
    """The nearest heading that the library has; empty where there is none."""
    server: int
    times: int
    reported: int
    """1 where someone pressed "Report this gap"; 0 where the server's setting kept it."""
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


def named(reply: Reply, today: date) -> Reply:
    """The reply under a name that tells it from all others: by its question, its day and all that it says.

    Twelve digits: of a million replies, the chance that any two share a name is one in 560.
    """
    told = "\0".join((reply.generation, today.isoformat(), reply.question, packed(reply)))
    return replace(reply, id=f"A-{sha256(told.encode()).hexdigest()[:12]}")


def packed(reply: Reply) -> str:
    """All of a reply but its question, as JSON."""
    evidence: dict[str, Any] = {
        "quotes": [asdict(q) for q in reply.quotes],
        "citations": [_citation_form(c) for c in reply.citations],
        "notes": reply.notes,
    }
    if isinstance(reply, Abstention):
        evidence |= {
            "reason": reply.reason,
            "message": reply.message,
            "nearest": [_citation_form(c) for c in reply.nearest],
        }
    return json.dumps(evidence, ensure_ascii=False)


def _citation_form(citation: Citation) -> dict[str, Any]:
    days = {"reviewed": citation.reviewed, "facts_to": citation.facts_to}
    return asdict(citation) | {name: day.isoformat() if day else "" for name, day in days.items()}


def unpacked(
    id: str, generation: str, kind: str, confidence: float, today: str, layers: str, evidence: str
) -> Record:
    """The reply of a row."""
    form = json.loads(evidence)
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
    )


def _citation(form: dict[str, Any]) -> Citation:
    return Citation(
        **form
        | {
            "headings": tuple(form["headings"]),
            "reviewed": date.fromisoformat(form["reviewed"]) if form["reviewed"] else None,
            "facts_to": date.fromisoformat(form["facts_to"]) if form.get("facts_to") else None,
            "sources": tuple(Source(**source) for source in form["sources"]),
        }
    )
