"""The values that flow through the index: frozen, slotted, and free of heavy imports."""

from __future__ import annotations

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
"""The kind of a public source, from the most to the least reliable; empty where the document does not say."""

Kind = Literal["prose", "item", "row", "code"]
"""What a stretch of a document is: running text, a list item, a table row, a line of code."""


@dataclass(frozen=True, slots=True)
class Source:
    """A public source that a document names in its front matter."""

    id: str
    publisher: str
    title: str
    url: str
    published: str = ""
    """YYYY, YYYY-MM or YYYY-MM-DD; empty where the page shows no date."""
    accessed: str = ""
    """The day the page was read, where it shows no date."""
    kind: SourceKind = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series."""

    as_of: str
    """YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Qn or YYYY-Hn, always of the calendar."""
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Series:
    """What a document states in numbers about one entity and one metric."""

    entity: str
    metric: str
    unit: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: its path from the top, its GitHub anchor and its line (from 1)."""

    path: tuple[str, ...]
    anchor: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the library: everything about it but its text."""

    id: str
    """The path below the library's folder, in POSIX form, without its suffix: "models/anthropic"."""
    path: str
    """The same with its suffix: "models/anthropic.md"."""
    title: str
    layer: str = ""
    summary: str = ""
    reviewed: date | None = None
    review_by: date | None = None
    facts_to: date | None = None
    """The newest date that the document's facts reach."""
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    figures: tuple[Series, ...] = ()
    headings: tuple[Heading, ...] = ()
    sha256: str = ""
    """Of the file's bytes."""

    def source(self, id: str) -> Source:
        """The source with this id; raises KeyError."""
        for source in self.sources:
            if source.id == id:
                return source
        raise KeyError(id)


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote reference: it stood at `offset` of a block's plain text, directly after what it supports."""

    offset: int
    source: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item, a table row or a line of code, as plain NFC text on one line (no Markdown left).

    `lead` is what a quotation of the block must bring along: the sentence that leads into its list,
    or the header row of its table; empty otherwise.
    """

    kind: Kind
    text: str
    first_line: int
    last_line: int
    marks: tuple[Mark, ...] = ()
    lead: str = ""
    breaks: tuple[int, ...] = ()
    """Offsets at which the file's second line, third line ... of the block begin."""


@dataclass(frozen=True, slots=True)
class Section:
    """The blocks under one heading, in order. The text before the first heading has an empty path and anchor."""

    heading: Heading
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file of the library: a place and what to do about it."""

    path: str
    line: int
    message: str
    fatal: bool = True
    """The file was left out of the index because of it."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


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
    """What a quotation must bring along (see Block); stands in the passage's text or its `lead`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is encoded, retrieved and quoted. The passages of a document partition its text, in order."""

    document: str
    headings: tuple[str, ...]
    anchor: str
    first_line: int
    last_line: int
    text: str
    sentences: tuple[Sentence, ...]
    lead: str = ""
    """What its sentences need and its text does not hold: a table's header, the lead-in of a list that began in an
    earlier passage. One a line."""
    header: str = ""
    """Title and headings as they are encoded, where they were too long for the encoder; empty otherwise."""

    def quote(self, sentence: Sentence) -> str:
        """The sentence's words."""
        return self.text[sentence.start : sentence.end]


@dataclass(frozen=True, slots=True)
class EncoderId:
    """Which encoder made a generation's rows."""

    name: str
    sha256: str
    """Of what decides the rows: the compiled graph, its weights, the tokenizer and the prompts."""
    dimension: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is: written last, checked first."""

    format: int
    id: str
    created: str
    encoder: EncoderId
    content: str
    """sha256 over the paths and hashes of all files of the library."""
    commit: str
    """The git commit of the content, or empty where it is in none or has uncommitted changes."""
    documents: int
    passages: int
    sentences: int
    files: dict[str, tuple[int, str]]
    """File name to (bytes, sha256)."""
    recall: float = 1.0
    """Share of the true nearest 50 passages that a vector search finds, measured: 1 where it is exact."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a question retrieved, with every score that ranked it."""

    rank: int
    """From 1."""
    row: int
    """The passage's row in its generation."""
    document: Document
    passage: Passage
    score: float
    dense: float
    """Cosine of the question and the passage."""
    sentence: float
    """The highest cosine of the question and one of the passage's sentences."""
    coverage: float
    """IDF share of the question's terms that stand in the passage or its headings, with what related words there count
    for the others (see `fusion.Weights.related`): 0 to 1. It is what `score` was made from."""
    bm25: float
    sentence_cosines: tuple[float, ...]
    """One for each of the passage's sentences."""
    sentence_terms: tuple[frozenset[str], ...]
    """Those of the question's terms that stand in each of them, its lead included."""
    reranked: float | None = None
    """The reranker's score, on the scale of its model; None where it did not score the passage."""


class Encoder(Protocol):
    """Text to unit rows."""

    @property
    def id(self) -> EncoderId:
        """Which encoder this is."""
        ...

    def warm(self) -> None:
        """Begin to get ready, for something will be encoded soon; returns at once."""
        ...

    def count(self, text: str) -> int:
        """How many word pieces the encoder reads for this text, its own start and end marks included."""
        ...

    def encode(self, texts: Sequence[str], progress: Any = None) -> Matrix:
        """Unit rows, one a text, in the order given. `progress(n)` is called after each batch with the texts done in it."""
        ...

    def encode_question(self, question: str) -> Vector:
        """The unit row of a question (with the model's instruction prefix for queries, if it has one)."""
        ...

    def is_word(self, text: str) -> bool:
        """Whether the encoder's vocabulary has this word whole, as it has the ordinary words of its language."""
        ...

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """The rows of words in small letters, (n, dimension), made beforehand; 0 for those that it has not whole."""
        ...


class Reranker(Protocol):
    """Scores passages against a question, reading both at once."""

    def scores(self, question: str, texts: Sequence[str]) -> Vector:
        """How well each text answers the question, in the order given: higher is better, on the model's own scale."""
        ...
