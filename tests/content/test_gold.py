"""The gold questions of the repository: they quote the library word for word, and ask in other words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from bot.evaluation.gold import Gold, check, read
from index.documents import loader
from index.documents.folder import scan
from index.text.tokenizer import terms

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "content"
GOLD = ROOT / "tests" / "gold"
PARAPHRASED, NATURAL = GOLD / "paraphrased", GOLD / "natural"
ANSWERABLE = {"figure", "reason", "definition", "comparison", "date", "list", "claim"}
UNANSWERABLE = {
    *("absent entity", "absent topic", "wrong year", "near miss", "false premise", "opposite polarity"),
    *("advice", "small talk"),
}
STYLES = {"short", "vague", "ticker", "abbreviation", "misspelled", "lower case", "chatty", "full"}


@pytest.fixture(scope="module", params=[PARAPHRASED, NATURAL], ids=["paraphrased", "natural"])
def questions(request: pytest.FixtureRequest) -> tuple[Gold, ...]:
    """Return the questions of all files of a folder."""
    folder: Path = request.param
    return read(folder)


@pytest.fixture(scope="module")
def texts() -> dict[str, dict[str, list[str]]]:
    """Return the blocks of the library by document and innermost heading."""
    found: dict[str, dict[str, list[str]]] = {}
    for file in scan(CONTENT).files:
        parsed = loader.read(CONTENT, file.path)
        sections = found.setdefault(parsed.document.id, {"": []})
        for section in parsed.sections:
            heading = section.heading.path[-1] if section.heading.path else ""
            sections.setdefault(heading, []).extend(block.text for block in section.blocks)
    return found


def test_kinds_and_styles_are_known(questions: tuple[Gold, ...]) -> None:
    """An answerable question needs a style."""
    for question in questions:
        assert question.style in (STYLES if question.is_answerable else {*STYLES, ""}), question.id
        assert question.kind in (ANSWERABLE if question.is_answerable else UNANSWERABLE), question.id


@pytest.mark.parametrize("folder", [PARAPHRASED, NATURAL])
def test_every_layer_is_asked_about(folder: Path) -> None:
    asked = {file.stem for file in folder.glob("*.yaml")}
    assert asked == {folder.name for folder in CONTENT.iterdir() if folder.is_dir()}


def test_questions_are_unique() -> None:
    questions = (*read(PARAPHRASED), *read(NATURAL))
    for asked in (
        Counter(question.question.casefold().strip() for question in questions),
        Counter(question.id for question in questions),
    ):
        assert [name for name, count in asked.items() if count > 1] == []


@pytest.mark.parametrize(("folder", "least"), [(PARAPHRASED, (350, 140)), (NATURAL, (200, 100))])
def test_there_are_enough_answerable_and_unanswerable_questions(folder: Path, least: tuple[int, int]) -> None:
    questions = read(folder)
    answerable = sum(question.is_answerable for question in questions)
    assert answerable >= least[0]
    assert len(questions) - answerable >= least[1]


def test_the_two_halves_have_about_the_same_size() -> None:
    questions = (*read(PARAPHRASED), *read(NATURAL))
    for asked, slack in ((questions, 0.05), ([q for q in questions if q.is_answerable], 0.1)):
        assert abs(sum(q.half == "a" for q in asked) / len(asked) - 0.5) <= slack


def test_gold_sentences_are_in_the_library(
    questions: tuple[Gold, ...], texts: dict[str, dict[str, list[str]]]
) -> None:
    """Contrary sentences are checked too."""
    assert [str(problem) for problem in check(questions, texts)] == []


def test_questions_are_not_asked_in_the_librarys_words(questions: tuple[Gold, ...]) -> None:
    """In the median question, at most half of the terms are in a sentence that answers it."""
    shares = []
    for question in questions:
        asked = set(terms(question.question))
        if asked and question.places:
            best = max(len(asked & set(terms(place.sentence))) for place in question.places)
            shares.append(best / len(asked))
    assert median(shares) <= 0.5
