"""Expected questions: the file NAME.questions.yaml beside a document, which lists the questions that its sections answer.

The file maps the text of a heading to a list of questions:

    "": ["Who makes Claude?"]                       the text before the first heading
    Funding: ["How much has Anthropic raised?"]
    2026 > Funding: ["Who led the last round?"]     the path of a heading whose text repeats

A faulty entry is a problem with its line, and never keeps the document or the other questions out of the index.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from index.documents.folder import MARKDOWN, QUESTIONS_ENDING
from index.documents.yaml_nodes import List, Mapping, Scalar, UnreadableError, compose
from index.types import ExpectedQuestion, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from index.documents.yaml_nodes import Node
    from index.types import Document

MAX_QUESTION_CHARS = 300
"""The longest question; the longest in `content/` has about 150 characters."""

PATH_SEPARATOR = " > "
"""Between the headings of a path."""


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """The questions of one file in the order of the file, and the problems of the file."""

    questions: tuple[ExpectedQuestion, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Reader:
    """The questions and problems of one file, collected key by key."""

    path: str
    anchors: dict[str, str]
    """The anchor of each heading, by the names that a file may use."""
    repeated: frozenset[str]
    """Texts that several headings have."""
    answering: Collection[str]
    """The anchors of sections with text."""
    questions: dict[tuple[str, str], ExpectedQuestion] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def warn(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.path, line, message, fatal=False))

    def section(self, name: Scalar, listed: Node) -> None:
        """Read the questions of one heading."""
        heading = plain(name.text)
        if heading in self.repeated:
            self.warn(
                name.line,
                f'several headings are called "{heading}"; write the path, for example "Part{PATH_SEPARATOR}{heading}"',
            )
        elif (anchor := self.anchors.get(heading)) is None:
            self.warn(name.line, f'the document has no heading "{heading}"; use the text of a heading')
        elif anchor not in self.answering:
            where = f'the section "{heading}"' if heading else "the part before the first heading"
            self.warn(name.line, f"{where} has no text of its own; move the questions to a section that has")
        elif not isinstance(listed, List):
            self.warn(listed.line, 'the questions must be a list; write "- " before each question')
        else:
            for item in listed.items:
                self.question(anchor, item)

    def question(self, anchor: str, item: Node) -> None:
        """Read one question of a section."""
        if not isinstance(item, Scalar):
            self.warn(item.line, "a question must be a text; put it in quotation marks if it has a colon")
            return
        text = plain(item.text)
        if not text:
            self.warn(item.line, "a question is empty; delete the line")
        elif len(text) > MAX_QUESTION_CHARS:
            self.warn(item.line, f"a question has more than {MAX_QUESTION_CHARS} characters; shorten it")
        elif (anchor, text.casefold()) in self.questions:
            self.warn(item.line, f'the question "{text}" is repeated; delete it')
        else:
            self.questions[anchor, text.casefold()] = ExpectedQuestion(text, anchor, item.line)


def parse(path: str, data: bytes | None, document: Document, answering: Collection[str]) -> QuestionFile:
    """Return the questions of a file; problems are never fatal.

    Args:
        path: The path of the question file below the library's folder.
        data: The content of the file; None if it cannot be read.
        document: The document beside it.
        answering: The anchors of the document's sections that have text.
    """
    anchors, repeated = _names(document)
    if "" not in answering:  # the text under the title is the text before the first heading
        anchors[""] = next((heading.anchor for heading in document.headings if not heading.path), "")
    reader = _Reader(path, anchors, repeated, answering)
    if data is None:
        reader.warn(1, "the file cannot be read; check its permissions")
        return QuestionFile((), tuple(reader.problems))
    try:
        root = compose(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        reader.warn(1, "the file is not UTF-8; save it as UTF-8")
    except UnreadableError as error:
        reader.warn(error.line, f"the file {error}")
    else:
        if isinstance(root, Mapping):
            for name, listed in root.pairs:
                reader.section(name, listed)
        else:
            reader.warn(root.line, "the file must map headings to lists of questions")
    return QuestionFile(tuple(reader.questions.values()), tuple(reader.problems))


def question_path(path: str) -> str:
    """Return the path of the question file of a document.

    >>> question_path("models/anthropic.md")
    'models/anthropic.questions.yaml'
    """
    return str(PurePosixPath(path).with_suffix("")) + QUESTIONS_ENDING


def owners(paths: Iterable[str]) -> dict[str, str]:
    """Return for each possible question file the document that it belongs to; of several with one name, Markdown comes first.

    >>> owners(["a.html", "a.md"])
    {'a.questions.yaml': 'a.md'}
    """
    ordered = sorted(paths, key=lambda path: (PurePosixPath(path).suffix.lower() not in MARKDOWN, path))
    found: dict[str, str] = {}
    for path in ordered:
        found.setdefault(question_path(path), path)
    return found


def heading_name(document: Document, anchor: str) -> str:
    """Return the name that a question file uses for a section: the heading's text, or its path if the text repeats."""
    _, repeated = _names(document)
    for heading in document.headings:
        if heading.anchor == anchor and heading.path:
            text = plain(heading.path[-1])
            return PATH_SEPARATOR.join(map(plain, heading.path)) if text in repeated else text
    return ""


def _names(document: Document) -> tuple[dict[str, str], frozenset[str]]:
    """Return the anchor of each name that a question file may use, and the texts that several headings have."""
    anchors = {"": ""}
    repeated = set()
    for heading in document.headings:
        if not heading.path:
            continue
        anchors.setdefault(PATH_SEPARATOR.join(map(plain, heading.path)), heading.anchor)
    for text, anchor in _last_texts(document):
        if text in anchors and anchors[text] != anchor:
            repeated.add(text)
        anchors.setdefault(text, anchor)
    # A heading of the first level whose text repeats deeper is named by its path, which is its text.
    top = {plain(heading.path[0]) for heading in document.headings if len(heading.path) == 1}
    return anchors, frozenset(repeated - top)


def _last_texts(document: Document) -> Iterator[tuple[str, str]]:
    """Yield the text and the anchor of each heading."""
    for heading in document.headings:
        if heading.path:
            yield plain(heading.path[-1]), heading.anchor


def plain(text: str) -> str:
    """Return a text as NFC on one line."""
    return " ".join(unicodedata.normalize("NFC", text).split())
