"""Gold questions: read from YAML files, checked, and located in the library that they quote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.errors import GoldError
from bot.evaluation.sets import is_set_file
from index.documents import yaml_nodes
from index.documents.yaml_nodes import List, Node, Scalar
from index.types import Problem

if TYPE_CHECKING:
    from bot.types import Quote
    from index.store.generation import Generation
    from index.types import Document, Passage

Half = Literal["a", "b"]

Texts = Mapping[str, Mapping[str, Sequence[str]]]
"""Document id to innermost heading ("" before the first heading) to the texts under that heading."""

_MAX_LISTED_PROBLEMS = 20
"""The most problems that one error lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of the library, by document and heading."""

    document: str
    heading: str
    """The innermost heading; empty before the first heading."""
    sentence: str = ""
    """The sentence, verbatim; empty if any text under the heading answers."""
    part: int = 0
    """The part of the question that the sentence answers, from 1; 0 if the question has only one part."""
    line: int = 0
    """The line in the gold file, from 1."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A question with the sentences that answer it; without sentences if the library does not answer it."""

    id: str
    question: str
    kind: str
    """The kind of answer, such as "figure" or, if the library does not answer, the reason, such as "near miss"."""
    style: str = ""
    """The style of the question ("full", "ticker"); empty if the file does not name it."""
    places: tuple[Place, ...] = ()
    """Sentences that each answer their part of the question in full."""
    contrary: tuple[Place, ...] = ()
    """Sentences that contradict the premise of the question."""
    path: str = ""
    line: int = 0
    in_half: str = ""
    """The half that the file names; empty if the id decides."""

    @property
    def is_answerable(self) -> bool:
        """Return True if the library answers the question."""
        return bool(self.places)

    @property
    def parts(self) -> tuple[tuple[Place, ...], ...]:
        """Return the places of each part; the places of one part are alternatives."""
        numbers = sorted({place.part for place in self.places})
        return tuple(tuple(p for p in self.places if p.part == number) for number in numbers)

    @property
    def half(self) -> Half:
        """Return the half of the gold questions that this question is in: the half that its file names, or else by its id."""
        match self.in_half:
            case "a" | "b" as named:
                return named
        return half(self.id)


def half(id: str) -> Half:
    """Return the half for an id, by a hash, so that a question never changes halves.

    >>> half("chips-nvidia-01"), half("chips-nvidia-02")
    ('b', 'a')
    """
    return "a" if sha256(id.encode()).digest()[0] % 2 else "b"


def read(path: Path) -> tuple[Gold, ...]:
    """Return the questions of a file, or of all YAML files in a folder and its subfolders, by file name.

    Files of questions for sets are left out of a folder: `bot.evaluation.sets` reads them.

    Raises GoldError, which lists each problem as `file:line: message`.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in {".yaml", ".yml"})
        files = [file for file in files if not is_set_file(file)]
    elif path.is_file():
        files = [path]
    else:
        raise GoldError(
            f"{path}: there are no gold questions here; README, “Gold questions”, says how to write them"
        )
    if not files:
        raise GoldError(f"{path} has no YAML file; README, “Gold questions”, says how to write one")
    found: list[Gold] = []
    problems: list[Problem] = []
    for file in files:
        questions, wrong = parse(_text(file), str(file))
        found += questions
        problems += wrong
    problems += _duplicate_ids(found)
    raise_problems(problems)
    return tuple(found)


def raise_problems(problems: Sequence[Problem]) -> None:
    """Raise GoldError if there are problems."""
    if problems:
        more = (
            f"\n… and {len(problems) - _MAX_LISTED_PROBLEMS} more"
            if len(problems) > _MAX_LISTED_PROBLEMS
            else ""
        )
        listed = "\n".join(map(str, problems[:_MAX_LISTED_PROBLEMS]))
        raise GoldError(f"the gold questions cannot be used:\n{listed}{more}")


def parse(text: str, path: str) -> tuple[tuple[Gold, ...], tuple[Problem, ...]]:
    """Return the questions of a file's text, and the problems of the file. `path` is for the messages."""
    problems: list[Problem] = []
    try:
        root = yaml_nodes.compose(text)
    except yaml_nodes.UnreadableError as error:
        return (), (Problem(path, error.line, f"the file {error}"),)
    if not isinstance(root, List):
        return (), (Problem(path, root.line, "gold questions are a list; begin each with “- id: …”"),)
    reader = _Reader(path, problems)
    found = [question for item in root.items if (question := reader.question(item)) is not None]
    return tuple(found), tuple(problems)


def check(questions: Iterable[Gold], texts: Texts) -> Iterator[Problem]:
    """Yield a problem for each place that the library does not have: the document, the heading or the sentence is unknown."""
    for question in questions:
        for place in (*question.places, *question.contrary):
            if message := _difference(place, texts):
                yield Problem(question.path, place.line, f"{question.id}: {message}")


def _difference(place: Place, texts: Texts) -> str:
    """Return the difference between a place and the library, with the nearest match; empty if the library has the place."""
    sections = texts.get(place.document)
    if sections is None:
        return f"no document {place.document!r}{_suggestion(place.document, texts)}"
    if place.heading not in sections:
        near = _suggestion(place.heading, sections) or f"; its headings are {', '.join(map(repr, sections))}"
        return f"{place.document} has no heading {place.heading!r}{near}"
    if not place.sentence or any(place.sentence in text for text in sections[place.heading]):
        return ""
    elsewhere = [
        heading for heading, found in sections.items() if any(place.sentence in text for text in found)
    ]
    where = f"; it is under {elsewhere[0]!r}" if elsewhere else "; copy the sentence as it is there now"
    return f"{place.document}, {place.heading!r} does not say {place.sentence!r}{where}"


def _suggestion(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; the nearest is {near[0]!r}" if near else ""


def _duplicate_ids(questions: Iterable[Gold]) -> Iterator[Problem]:
    first: dict[str, Gold] = {}
    for question in questions:
        other = first.setdefault(question.id, question)
        if other is not question:
            yield Problem(
                question.path,
                question.line,
                f"the id {question.id} is already used in {other.path}:{other.line}; use another one",
            )


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError:
        raise GoldError(f"{file} is not UTF-8 text; save it as UTF-8") from None
    except OSError as fault:
        raise GoldError(f"{file} cannot be read: {fault.strerror}") from None


@dataclass(frozen=True, slots=True)
class Span:
    """A span of a passage: `passage.text[start:end]` of the generation's passage `row`."""

    row: int
    start: int
    end: int

    def is_quoted_by(self, quote: Quote) -> bool:
        """Return True if the excerpt of a quotation contains the whole span, or its answering sentence is a part of it."""
        return quote.row == self.row and (
            (quote.excerpt_start <= self.start and self.end <= quote.excerpt_end)
            or (self.start <= quote.start and quote.end <= self.end)
        )


@dataclass(frozen=True, slots=True)
class GoldDocuments:
    """The documents of a generation, and the passages of the documents that gold questions quote."""

    documents: dict[str, Document] = field(default_factory=dict)
    """All documents of the generation, by id."""
    passages: dict[tuple[str, str], list[tuple[int, Passage]]] = field(default_factory=dict)
    """Document id and innermost heading to rows and passages."""

    @classmethod
    def of(cls, generation: Generation, questions: Iterable[Gold]) -> GoldDocuments:
        """Read the passages of the documents that the questions name."""
        wanted = {place.document for q in questions for place in (*q.places, *q.contrary)}
        found = cls({document.id: document for document in generation.documents})
        for number, document in enumerate(generation.documents):
            if document.id not in wanted:
                continue
            first, last = generation.document_rows[number : number + 2]
            for row in range(int(first), int(last)):
                passage = generation.passage(row)
                heading = passage.headings[-1] if passage.headings else ""
                found.passages.setdefault((document.id, heading), []).append((row, passage))
        return found

    def texts(self) -> dict[str, dict[str, list[str]]]:
        """Return the texts of each heading, in the form that `check` takes."""
        found: dict[str, dict[str, list[str]]] = {
            id: {"": [], **{heading.path[-1]: [] for heading in document.headings if heading.path}}
            for id, document in self.documents.items()
        }
        for (id, heading), passages in self.passages.items():
            found[id].setdefault(heading, []).extend(passage.text for _, passage in passages)
        return found

    def spans(self, place: Place) -> tuple[Span, ...]:
        """Return the spans of a place: its sentence, or all passages under its heading; empty if the generation lacks it."""
        if not place.sentence:
            return tuple(
                Span(row, 0, len(passage.text))
                for (document, _), passages in self.passages.items()
                for row, passage in passages
                if document == place.document and place.heading in (passage.headings or ("",))
            )
        return tuple(
            Span(row, start, start + len(place.sentence))
            for row, passage in self.passages.get((place.document, place.heading), ())
            if (start := passage.text.find(place.sentence)) >= 0
        )


_KEYS = {"id", "question", "kind", "style", "half", "places", "contrary"}
_REQUIRED = ("id", "question", "kind", "places")
_PLACE_KEYS = {"document", "heading", "sentence", "part"}
_PLACE_REQUIRED = ("document", "heading")


class _Reader:
    """A reader of the YAML tree of a file, which adds problems to `problems`."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems

    def question(self, node: Node) -> Gold | None:
        before = len(self.problems)
        values = self._values(node, _KEYS, _REQUIRED, "a question")
        strings = {key: self._string(values, key) for key in ("id", "question", "kind", "style")}
        in_half = self._string(values, "half")
        if in_half not in ("", "a", "b"):
            self._add(values["half"], f"half takes a or b, not {in_half!r}")
        for key in ("id", "question", "kind"):
            if key in values and not strings[key].strip():
                self._add(values[key], f"{key} is empty")
        places, contrary = (self._places(values.get(key)) for key in ("places", "contrary"))
        for found, key in ((places, "places"), (contrary, "contrary")):
            self._parts(found, values.get(key, node))
        if len(self.problems) > before:
            return None
        return Gold(
            **strings, places=places, contrary=contrary, path=self.path, line=node.line, in_half=in_half
        )

    def _places(self, node: Node | None) -> tuple[Place, ...]:
        if node is None:
            return ()
        if not isinstance(node, List):
            self._add(node, "places takes a list; [] if the library does not answer")
            return ()
        return tuple(self._place(item) for item in node.items)

    def _place(self, node: Node) -> Place:
        values = self._values(node, _PLACE_KEYS, _PLACE_REQUIRED, "a place")
        part = self._string(values, "part") or "0"
        if "part" in values and not (part.isdecimal() and int(part) > 0):
            self._add(values["part"], f"part takes a whole number from 1, not {part!r}")
            part = "0"
        sentence = self._string(values, "sentence")
        if "sentence" in values and not sentence.strip():
            self._add(values["sentence"], "sentence is empty")
        return Place(
            self._string(values, "document"), self._string(values, "heading"), sentence, int(part), node.line
        )

    def _parts(self, places: Sequence[Place], node: Node) -> None:
        numbers = {place.part for place in places}
        if numbers - {0} and numbers != set(range(1, len(numbers) + 1)):
            self._add(node, "a question with parts needs a place for each part, counted from 1")

    def _values(self, node: Node, known: set[str], required: Iterable[str], what: str) -> dict[str, Node]:
        if not isinstance(node, yaml_nodes.Mapping):
            self._add(node, f"{what} is “key: value” lines, with {', '.join(required)}")
            return {}
        values: dict[str, Node] = {}
        for key, value in node.pairs:
            if key.text not in known:
                self._add(key, f"unknown key {key.text!r}; the keys of {what} are {', '.join(sorted(known))}")
            elif key.text in values:
                self._add(key, f"{key.text} is there twice; remove one of them")
            values.setdefault(key.text, value)
        for name in required:
            if name not in values:
                self._add(node, f"{what} needs the key {name}")
        return values

    def _string(self, values: Mapping[str, Node], key: str) -> str:
        node = values.get(key)
        if node is None:
            return ""
        if isinstance(node, Scalar):
            return node.text
        self._add(node, f"{key} takes text, not a list or keys of its own")
        return ""

    def _add(self, node: Node, message: str) -> None:
        self.problems.append(Problem(self.path, node.line, message))
