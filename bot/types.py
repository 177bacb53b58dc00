"""The values that a reply is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from index.types import Source


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quotation stands, and the public sources that its sentences cite."""

    number: int
    """The marker: 1 for `[1]`."""
    document: str
    title: str
    headings: tuple[str, ...]
    path: str
    first_line: int
    last_line: int
    link: str
    """An https address of the heading, or empty where no base URL is set."""
    reviewed: date | None
    stale: bool
    """The document's `review_by` has passed."""
    sources: tuple[Source, ...]
    facts_to: date | None = None
    """The newest date of the document's facts, where it is more than 60 days before the reply; otherwise None."""

    @property
    def place(self) -> str:
        """The document and the heading: "Anthropic › Revenue is real"."""
        return " › ".join((self.title, *self.headings))

    @property
    def lines(self) -> str:
        """The place in the file: "models/anthropic.md:12-14"."""
        last = f"-{self.last_line}" if self.last_line != self.first_line else ""
        return f"{self.path}:{self.first_line}{last}"


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim span of a passage: `passage.text[start:end]` of the generation's passage `row`."""

    text: str
    citation: int
    """The number of its citation."""
    row: int
    start: int
    end: int
    lead: str = ""
    """The header row or the lead-in that it needs; verbatim too. Empty where it needs none."""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Quoted sentences, best first, and where they stand."""

    id: str
    question: str
    generation: str
    confidence: float
    quotes: tuple[Quote, ...]
    citations: tuple[Citation, ...]
    notes: tuple[str, ...] = ()
    """Plain remarks that are not quotations: "read as: Nvidia (NVDA)"."""


Reason = Literal["not covered", "unknown name", "unknown date", "premise", "advice", "small talk"]
"""Why Strata abstains."""


@dataclass(frozen=True, slots=True)
class Abstention:
    """The library does not answer this: why, and what it does have."""

    id: str
    question: str
    generation: str
    confidence: float
    reason: Reason
    message: str
    nearest: tuple[Citation, ...] = ()
    """The nearest headings, best first."""
    quotes: tuple[Quote, ...] = ()
    """What the library does say, where it speaks against the question's premise."""
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()


Reply = Answer | Abstention
