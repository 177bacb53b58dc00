"""The gold questions fit the library: they quote it word for word, and do not ask in its words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml

from index.documents import read, scan
from index.lexical import terms

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "content"
FILES = sorted((ROOT / "tests" / "gold").glob("*.yaml"))
KEYS = {"id", "question", "kind", "style", "places", "contrary"}
ANSWERABLE = {"figure", "reason", "definition", "comparison", "date", "list", "claim"}
UNANSWERABLE = {
    *("absent entity", "absent topic", "wrong year", "near miss", "false premise", "opposite polarity"),
    *("advice", "small talk"),
}
STYLES = {"short", "vague", "ticker", "abbreviation", "misspelled", "lower case", "chatty", "full"}

Question = dict[str, Any]


def load(file: Path) -> list[Question]:
    """The questions of one file."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    """The questions of all files."""
    return [question for file in FILES for question in load(file)]


@pytest.fixture(scope="module")
def texts() -> dict[tuple[str, str], list[str]]:
    """The blocks of the library by document and innermost heading."""
    found: dict[tuple[str, str], list[str]] = {}
    for file in scan(CONTENT).files:
        parsed = read(CONTENT, file.path)
        for section in parsed.sections:
            heading = section.heading.path[-1] if section.heading.path else ""
            texts = found.setdefault((parsed.document.id, heading), [])
            texts += [block.text for block in section.blocks]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_a_list_of_questions(file: Path) -> None:
    """Each has a question, a known kind, the places of its answer and, where there are any, a known style."""
    questions = load(file)
    assert questions
    for question in questions:
        assert {"id", "question", "kind", "places"} <= set(question) <= KEYS, question["id"]
        assert question["question"].strip(), question["id"]
        assert question.get("style", None if question["places"] else "full") in STYLES, question["id"]
        assert question["kind"] in (ANSWERABLE if question["places"] else UNANSWERABLE), question["id"]


def test_every_layer_is_asked_about() -> None:
    """Each folder of the library has a file of questions."""
    assert {file.stem for file in FILES} == {folder.name for folder in CONTENT.iterdir() if folder.is_dir()}


def test_ids_and_questions_are_unique(questions: list[Question]) -> None:
    """No id and no question stands twice."""
    ids = Counter(question["id"] for question in questions)
    asked = Counter(question["question"].casefold().strip() for question in questions)
    assert [name for name, count in (ids + asked).items() if count > 1] == []


def test_there_are_enough_of_both(questions: list[Question]) -> None:
    """At least 200 can be answered and at least 80 cannot."""
    answerable = sum(bool(question["places"]) for question in questions)
    assert answerable >= 200
    assert len(questions) - answerable >= 80


def test_quoted_sentences_stand_in_the_library(
    questions: list[Question], texts: dict[tuple[str, str], list[str]]
) -> None:
    """Every sentence stands word for word under its heading, those that speak against a question too."""
    missing = [
        f"{question['id']}: {place['document']}: {place['heading']}: {place['sentence']}"
        for question in questions
        for place in [*question["places"], *question.get("contrary", [])]
        if not any(place["sentence"] in text for text in texts.get((place["document"], place["heading"]), []))
    ]
    assert missing == []


def test_parts_are_all_there(questions: list[Question]) -> None:
    """A question in parts has a place of each, counted from one, and no place without a part."""
    for question in questions:
        parts = {place.get("part") for place in question["places"]} - {None}
        assert parts in (set(), set(range(1, len(parts) + 1))), question["id"]
        assert not parts or all("part" in place for place in question["places"]), question["id"]


def test_questions_are_not_asked_in_the_librarys_words(questions: list[Question]) -> None:
    """Of a question's terms, half or more stand in no sentence that answers it, in the median question."""
    shares = []
    for question in questions:
        asked = set(terms(question["question"]))
        if asked and question["places"]:
            best = max(len(asked & set(terms(place["sentence"]))) for place in question["places"])
            shares.append(best / len(asked))
    assert median(shares) < 0.5
