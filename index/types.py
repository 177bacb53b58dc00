"""The values and protocols of the index, without heavy imports."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    """A unit row of shape (dimension,)."""

    Matrix = NDArray[np.float32]
    """Unit rows of shape (n, dimension), C-contiguous."""

SourceKind = Literal["", "filing", "release", "official data", "press", "analyst", "blog"]
"""The kind of a public source, from the most to the least reliable; empty if the document names none."""

Kind = Literal["prose", "item", "row", "code"]
"""The kind of a block: a paragraph, a list item, a table row or a block of code."""


LEAD_SEPARATOR = "›"
"""The mark behind each list item above a nested item in its lead: "Hardware › Racks ›"."""

PAGE_ANCHOR = re.compile(r"page=(\d+)")
"""The anchor of a page in a PDF file, which browsers open at that page: "page=2"."""

PENDING = "pending"
"""The reader of a file whose conversion was postponed to the next build, because the time was up."""


@dataclass(frozen=True, slots=True)
class Source:
    """A public source in the front matter of a document."""

    id: str
    publisher: str
    title: str
    url: str
    published: str = ""
    """YYYY, YYYY-MM or YYYY-MM-DD; empty if the page has no date."""
    accessed: str = ""
    """The date when a page without a date was read."""
    kind: SourceKind = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series."""

    as_of: str
    """YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Qn or YYYY-Hn; quarters and halves of the calendar year."""
    value: float
    source: str
    """The id of the source."""


@dataclass(frozen=True, slots=True)
class Series:
    """A time series: the values of one metric of one entity."""

    entity: str
    metric: str
    unit: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of entities: the labs, the hyperscalers."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: its path from the top, its GitHub anchor and its line (from 1)."""

    path: tuple[str, ...]
    anchor: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the library, without its text."""

    id: str
    """The path below the library's folder, in POSIX form, without suffix: "models/anthropic"."""
    path: str
    """The path with suffix: "models/anthropic.md"."""
    title: str
    layer: str = ""
    summary: str = ""
    reviewed: date | None = None
    review_by: date | None = None
    facts_to: date | None = None
    """The newest date of the document's facts."""
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    figures: tuple[Series, ...] = ()
    headings: tuple[Heading, ...] = ()
    sha256: str = ""
    """The sha256 of the file."""
    members: tuple[Group, ...] = ()
    """The groups of entities that the document defines."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """The document's keywords and categories, in the document's words."""
    fiscal_year_ends: int = 12
    """The month, from 1, in which the fiscal year of the document's subject ends."""

    def source(self, id: str) -> Source:
        """Return the source with this id; raises KeyError."""
        for source in self.sources:
            if source.id == id:
                return source
        raise KeyError(id)


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote reference at an offset of a block's plain text, directly after the text that it supports."""

    offset: int
    source: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item or a table row as NFC text on one line, without Markdown, or a block of code with its lines.

    `lead` is text that a quotation of the block must include: the sentence that introduces its list, the items
    above it in a nested list ("Hardware › Racks ›"), or the header row of its table; empty otherwise.
    """

    kind: Kind
    text: str
    first_line: int
    last_line: int
    marks: tuple[Mark, ...] = ()
    lead: str = ""
    breaks: tuple[int, ...] = ()
    """Offsets where the second and each further line of the block in the file starts."""
    anchor: str = ""
    """The anchor of the block's page in a PDF file: "page=2"; otherwise empty."""


@dataclass(frozen=True, slots=True)
class Section:
    """The blocks under a heading, in order. Text before the first heading has a heading with empty path and anchor."""

    heading: Heading
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a file of the library: the place and a message with the next step."""

    path: str
    line: int
    message: str
    fatal: bool = True
    """True if the file, or its newest version, is left out of the index."""

    def __str__(self) -> str:
        return visible(f"{self.path}:{self.line}: {self.message}")


def visible(text: str) -> str:
    r"""Return the text with control and invisible characters as escapes, so that a terminal does not interpret them.

    >>> print(visible("a\x1b]0;b\x07.md"))
    a\x1b]0;b\x07.md
    """
    return "".join(
        c if unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp"} else c.encode("unicode_escape").decode()
        for c in text
    )


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of its passage's text: `passage.text[start:end]`."""

    start: int
    end: int
    line: int
    kind: Kind = "prose"
    sources: tuple[str, ...] = ()
    """Ids of the sources that the sentence cites."""
    lead: str = ""
    """Text that a quotation must include (see Block); it is in the passage's text or in its `lead`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is encoded, retrieved and quoted. The passages of a document partition its text in order."""

    document: str
    headings: tuple[str, ...]
    anchor: str
    first_line: int
    last_line: int
    text: str
    sentences: tuple[Sentence, ...]
    lead: str = ""
    """Leads of its sentences that are not in its text, one per line: the header of a table or the
    introduction of a list that started in an earlier passage."""
    header: str = ""
    """Shortened title and headings for the encoder, if the full ones are too long; empty otherwise."""

    def quote(self, sentence: Sentence) -> str:
        """Return the text of a sentence of this passage."""
        return self.text[sentence.start : sentence.end]


@dataclass(frozen=True, slots=True)
class ExpectedQuestion:
    """A question that a section answers, according to the library's editors."""

    text: str
    anchor: str
    """The anchor of the section's heading; empty for the text before the first heading."""
    line: int
    """The line in the question file."""


@dataclass(frozen=True, slots=True)
class EncoderId:
    """The identity of an encoder. Encoders with equal ids give equal embeddings."""

    name: str
    sha256: str
    """The sha256 of everything that determines the embeddings: graph, weights, tokenizer and prompts."""
    dimension: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a generation, which is written last and checked first."""

    format: int
    id: str
    created: str
    encoder: EncoderId
    content: str
    """The sha256 of the paths and hashes of all files of the library."""
    commit: str
    """The git commit of the content; empty if the content is not committed or has uncommitted changes."""
    documents: int
    passages: int
    sentences: int
    files: dict[str, tuple[int, str]]
    """File names, with size in bytes and sha256."""
    recall: float = 1.0
    """Measured share of the true nearest 50 passages that a vector search finds; 1 for an exact search."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage with every score that ranked it."""

    rank: int
    """From 1."""
    row: int
    """The passage's row in its generation."""
    document: Document
    passage: Passage
    score: float
    """The fused score."""
    dense: float
    """Cosine of the question and the passage."""
    sentence: float
    """The highest cosine of the question and a sentence of the passage."""
    coverage: float
    """IDF share of the question's terms that the passage or its headings have, from 0 to 1, with partial
    credit for related words (see `fusion.Weights.related`)."""
    bm25: float
    sentence_cosines: tuple[float, ...]
    """The cosine of the question and each sentence of the passage."""
    sentence_terms: tuple[frozenset[str], ...]
    """The question's terms in each sentence of the passage or its lead."""
    expected: float = 0.0
    """What expected questions added to the score; 0 for a section without any."""
    exact: tuple[int, ...] = ()
    """Positions of the sentences that the question asks for by name (see `index.lookup`)."""
    question: float | None = None
    """Cosine to the nearest expected question of the passage's section; None for a section without any."""
    reranked: float | None = None
    """The reranker's score, on the scale of its model; None if the passage was not reranked."""


class Progress(Protocol):
    """A callback for the progress of a build."""

    def __call__(self, done: int, total: int, doing: str = "encoding", /) -> object:
        """Report that `done` of `total` steps are done: texts while "encoding", 0 and then 1 file while "converting a.pdf"."""


class Encoder(Protocol):
    """An encoder: from text to unit rows."""

    @property
    def id(self) -> EncoderId:
        """The identity of the encoder."""
        ...

    def warm(self) -> None:
        """Start loading in the background, because texts will be encoded soon; returns at once."""
        ...

    def count(self, text: str) -> int:
        """Return the number of tokens of a passage, with the encoder's special tokens."""
        ...

    def encode(self, texts: Sequence[str], progress: Any = None) -> Matrix:
        """Return a unit row per text, in the order given; call `progress(n)` after each batch with the number of its texts."""
        ...

    def encode_question(self, question: str) -> Vector:
        """Return the unit row of a question, encoded with the model's query prompt if it has one."""
        ...

    def is_word(self, text: str) -> bool:
        """Return True if the encoder's vocabulary has the whole word, as it has ordinary words of its language."""
        ...

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """Return the embeddings of words in lower case, shape (n, dimension); 0 for words not in the vocabulary."""
        ...


class Reranker(Protocol):
    """A reranker: scores each passage together with the question."""

    def scores(self, question: str, texts: Sequence[str]) -> Vector:
        """Return a score per text, in the order given, on the scale of the model: higher is better."""
        ...
