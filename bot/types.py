"""The parts of a reply, and the result of a health check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from index.text.table_row import labelled
from index.types import LEAD_SEPARATOR, Source

CONVERTED = (".pdf", ".docx")
"""The suffixes of files without lines, which are read from a conversion."""


@dataclass(frozen=True, slots=True)
class Citation:
    """The place of a quotation, and the public sources that its sentences cite."""

    number: int
    """The marker: 1 for `[1]`."""
    document: str
    title: str
    headings: tuple[str, ...]
    path: str
    first_line: int
    last_line: int
    link: str
    """An https address of the heading; empty if no base URL is set."""
    reviewed: date | None
    stale: bool
    """True if the document's `review_by` has passed."""
    sources: tuple[Source, ...]
    facts_to: date | None = None
    """The newest date of the document's facts if it is more than 60 days before the reply; otherwise None."""
    page: int = 0
    """The page of a PDF file, whose lines are those of its converted text; 0 for other files."""
    authors: tuple[str, ...] = ()
    """The authors that the document's metadata name."""

    @property
    def place(self) -> str:
        """Return the document and the heading: "Anthropic › Revenue is real"."""
        return " › ".join((self.title, *self.headings))

    @property
    def lines(self) -> str:
        """Return the file and the lines, or the page: "models/anthropic.md:12-14", "reports/anthropic.pdf#page=2".

        A Word file has neither.
        """
        if self.path.lower().endswith(CONVERTED):
            return f"{self.path}#page={self.page}" if self.page else self.path
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
    """The table header or the introductory sentence that the text needs, verbatim too; empty if it needs neither."""
    score: float = 0.0
    before: str = ""
    """The text in front of `text` that the excerpt also shows, verbatim, with the space between them."""
    after: str = ""
    """The text behind `text` that the excerpt also shows, verbatim, with the space between them."""
    label: str = ""
    """The heading of the side that the excerpt takes, if the reply shows both sides; otherwise empty."""
    is_row: bool = False
    """True if the text is a table row and `lead` is the table's header."""
    is_code: bool = False
    """True if the text is code, whose lines and indentation are shown as they are."""

    @property
    def shown(self) -> Quote:
        """The quotation as a reader sees it: each cell of a table row after its head, a list item after its parents.

        >>> Quote("Energy | June 2026", 1, 0, 0, 18, "Kind | Date", is_row=True).shown.text
        'Energy · Date: June 2026'
        >>> Quote("Budget: $31 million", 1, 0, 0, 19, "Hardware › Racks ›").shown.excerpt
        'Hardware › Racks › Budget: $31 million'
        """
        if self.is_row:
            rows = [labelled(self.lead, row) for row in self.excerpt.split("\n")]
            return replace(self, text="\n".join(rows), lead="", before="", after="")
        if self.lead.endswith(LEAD_SEPARATOR):
            return replace(self, lead="", before=f"{self.lead} {self.before}")
        return self

    @property
    def excerpt(self) -> str:
        """The whole excerpt: `text` with the text around it, contiguous in the passage."""
        return f"{self.before}{self.text}{self.after}"

    @property
    def excerpt_start(self) -> int:
        """The offset of the excerpt in the passage's text."""
        return self.start - len(self.before)

    @property
    def excerpt_end(self) -> int:
        """The offset behind the excerpt in the passage's text."""
        return self.end + len(self.after)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A figure of one entity in a table."""

    entity: str
    value: str
    """The value as the cited place writes it, verbatim: "$65 billion"."""
    unit: str
    """The unit if the value is written without it, else ""."""
    as_of: str
    """The period of the figure: YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Qn or YYYY-Hn."""
    status: str
    """"reported", "guided" or "estimated"."""
    citation: int
    """The number of the citation whose quotation has the value."""


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of several entities in the order of their values."""

    title: str
    """The metric and its unit, in Strata's words."""
    rows: tuple[TableRow, ...]
    """A range takes two rows, the lower end first."""
    remarks: tuple[str, ...] = ()
    """Counts and absences, in Strata's words: "no figure: Mistral"."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Quoted sentences, best first, each within its excerpt, with their citations."""

    id: str
    question: str
    generation: str
    confidence: float
    quotes: tuple[Quote, ...]
    citations: tuple[Citation, ...]
    notes: tuple[str, ...] = ()
    """Remarks that are not quotations: "read as: Nvidia (NVDA)"."""
    table: Table | None = None
    """The figures of several entities, if the question asks for them; its values are in the quotes."""


Reason = Literal["not covered", "unknown name", "unknown date", "premise", "advice", "small talk"]
"""The reason for an abstention."""


NOT_COVERED_TEXT = "I found no answer to this in the library."
"""The message of an abstention without a more specific message."""


@dataclass(frozen=True, slots=True)
class Abstention:
    """A reply without an answer: the reason, and the nearest headings of the library."""

    id: str
    question: str
    generation: str
    confidence: float
    reason: Reason
    message: str
    nearest: tuple[Citation, ...] = ()
    """The nearest headings, best first."""
    quotes: tuple[Quote, ...] = ()
    """The sentences that contradict the premise of the question, if there are any."""
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()


Reply = Answer | Abstention


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one health check."""

    name: str
    """The subject: "encoder", "index", "extra [llm]"."""
    message: str
    ok: bool = True
    fix: str = ""
    """The next step, as a command or a sentence; a check that is ok may have one too, to improve something."""
    exit_code: int = 1
    """The exit code of the command if the check fails."""
