"""Gold questions: read from YAML, checked, and held against the library that they quote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Literal

from bot.errors import GoldError
from index.documents import yaml_nodes
from index.documents.yaml_nodes import List, Node, Scalar
from index.types import Problem

Half = Literal["a", "b"]

Texts = Mapping[str, Mapping[str, Sequence[str]]]
"""Document id to innermost heading ("" above the first one) to the texts that stand there."""

_TOLD = 20
"""Problems that an error lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of the library."""

    document: str
    heading: str
    """The innermost one; empty for what stands above the first."""
    sentence: str
    part: int = 0
    """Of a question with several parts, which of them the sentence answers, from 1; 0 where it has one part."""
    line: int = 0
    """Of the gold file."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A question with the sentences that answer it, or with none."""

    id: str
    question: str
    kind: str
    """What is asked for or, where the library does not answer, why not."""
    style: str = ""
    """How it is asked; empty where that is not said."""
    places: tuple[Place, ...] = ()
    """Each answers its part of the question in full."""
    contrary: tuple[Place, ...] = ()
    """What speaks against the question's premise."""
    path: str = ""
    line: int = 0

    @property
    def is_answerable(self) -> bool:
        """Whether the library answers it."""
        return bool(self.places)

    @property
    def parts(self) -> tuple[tuple[Place, ...], ...]:
        """The places of each part; those of one part are alternatives."""
        numbers = sorted({place.part for place in self.places})
        return tuple(tuple(p for p in self.places if p.part == number) for number in numbers)

    @property
    def half(self) -> Half:
        """Which half of all gold questions it is in: by a hash of its id, so that it stays there for good."""
        return half(self.id)


def half(id: str) -> Half:
    """The half that a question with this id is in.

    >>> half("chips-nvidia-01"), half("chips-nvidia-02")
    ('b', 'a')
    """
    return "a" if sha256(id.encode()).digest()[0] % 2 else "b"


def read(path: Path) -> tuple[Gold, ...]:
    """The questions of a file, or of all YAML files in a folder and the folders in it, in the order of their names.

    Raises GoldError that lists each problem as `file:line: message`.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in {".yaml", ".yml"})
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
    problems += _twice(found)
    refuse(problems)
    return tuple(found)


def refuse(problems: Sequence[Problem]) -> None:
    """Raise GoldError where there are problems."""
    if problems:
        more = f"\n… and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
        listed = "\n".join(map(str, problems[:_TOLD]))
        raise GoldError(f"the gold questions cannot be used:\n{listed}{more}")


def parse(text: str, path: str) -> tuple[tuple[Gold, ...], tuple[Problem, ...]]:
    """The questions in a file's text, and what is wrong with it."""
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
    """The places that are not in the library: an unknown document or heading, a sentence that is not there any more."""
    for question in questions:
        for place in (*question.places, *question.contrary):
            if message := _absence(place, texts):
                yield Problem(question.path, place.line, f"{question.id}: {message}")


def _absence(place: Place, texts: Texts) -> str:
    sections = texts.get(place.document)
    if sections is None:
        return f"no document {place.document!r}{_near(place.document, texts)}"
    if place.heading not in sections:
        near = _near(place.heading, sections) or f"; its headings are {', '.join(map(repr, sections))}"
        return f"{place.document} has no heading {place.heading!r}{near}"
    if any(place.sentence in text for text in sections[place.heading]):
        return ""
    elsewhere = [
        heading for heading, found in sections.items() if any(place.sentence in text for text in found)
    ]
    where = f"; it stands under {elsewhere[0]!r}" if elsewhere else "; write it as it stands there now"
    return f"{place.document}, {place.heading!r} does not say {place.sentence!r}{where}"


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; the nearest is {near[0]!r}" if near else ""


def _twice(questions: Iterable[Gold]) -> Iterator[Problem]:
    first: dict[str, Gold] = {}
    for question in questions:
        other = first.setdefault(question.id, question)
        if other is not question:
            yield Problem(
                question.path,
                question.line,
                f"the id {question.id} stands already in {other.path}:{other.line}; take another",
            )


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError:
        raise GoldError(f"{file} is not UTF-8 text; save it as UTF-8") from None
    except OSError as fault:
        raise GoldError(f"{file} cannot be read: {fault.strerror}") from None


_KEYS = {"id", "question", "kind", "style", "places", "contrary"}
_NEEDED = ("id", "question", "kind", "places")
_PLACE_KEYS = {"document", "heading", "sentence", "part"}
_PLACE_NEEDED = ("document", "heading", "sentence")


class _Reader:
    """Turns the tree of a file into questions; what is wrong is added to `problems`."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems

    def question(self, node: Node) -> Gold | None:
        before = len(self.problems)
        values = self._values(node, _KEYS, _NEEDED, "a question")
        words = {key: self._words(values, key) for key in ("id", "question", "kind", "style")}
        for key in ("id", "question", "kind"):
            if key in values and not words[key].strip():
                self._wrong(values[key], f"{key} is empty")
        places, contrary = (self._places(values.get(key)) for key in ("places", "contrary"))
        for found, key in ((places, "places"), (contrary, "contrary")):
            self._parts(found, values.get(key, node))
        if len(self.problems) > before:
            return None
        return Gold(**words, places=places, contrary=contrary, path=self.path, line=node.line)

    def _places(self, node: Node | None) -> tuple[Place, ...]:
        if node is None:
            return ()
        if not isinstance(node, List):
            self._wrong(node, "places are a list; [] where the library does not answer")
            return ()
        return tuple(self._place(item) for item in node.items)

    def _place(self, node: Node) -> Place:
        values = self._values(node, _PLACE_KEYS, _PLACE_NEEDED, "a place")
        part = self._words(values, "part") or "0"
        if "part" in values and not (part.isdecimal() and int(part) > 0):
            self._wrong(values["part"], f"part is a whole number from 1, not {part!r}")
            part = "0"
        sentence = self._words(values, "sentence")
        if "sentence" in values and not sentence.strip():
            self._wrong(values["sentence"], "sentence is empty")
        return Place(
            self._words(values, "document"), self._words(values, "heading"), sentence, int(part), node.line
        )

    def _parts(self, places: Sequence[Place], node: Node) -> None:
        numbers = {place.part for place in places}
        if numbers - {0} and numbers != set(range(1, len(numbers) + 1)):
            self._wrong(node, "a question in parts has a place for each of them, counted from 1")

    def _values(self, node: Node, known: set[str], needed: Iterable[str], what: str) -> dict[str, Node]:
        if not isinstance(node, yaml_nodes.Mapping):
            self._wrong(node, f"{what} is “key: value” lines, with {', '.join(needed)}")
            return {}
        values: dict[str, Node] = {}
        for key, value in node.pairs:
            if key.text not in known:
                self._wrong(
                    key, f"unknown key {key.text!r}; the keys of {what} are {', '.join(sorted(known))}"
                )
            elif key.text in values:
                self._wrong(key, f"{key.text} stands twice")
            values.setdefault(key.text, value)
        for name in needed:
            if name not in values:
                self._wrong(node, f"{what} needs the key {name}")
        return values

    def _words(self, values: Mapping[str, Node], key: str) -> str:
        node = values.get(key)
        if node is None:
            return ""
        if isinstance(node, Scalar):
            return node.text
        self._wrong(node, f"{key} takes text, not a list or keys of its own")
        return ""

    def _wrong(self, node: Node, message: str) -> None:
        self.problems.append(Problem(self.path, node.line, message))
