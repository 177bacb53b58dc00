"""The gold questions fit the library: they quote it word for word, and do not ask in its words."""

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
    """The questions of all files of a folder: each with unique id, known keys and counted parts, or the reader says so."""
    folder: Path = request.param
    return read(folder)


@pytest.fixture(scope="module")
def texts() -> dict[str, dict[str, list[str]]]:
    """The blocks of the library by document and innermost heading."""
    found: dict[str, dict[str, list[str]]] = {}
    for file in scan(CONTENT).files:
        parsed = loader.read(CONTENT, file.path)
        sections = found.setdefault(parsed.document.id, {"": []})
        for section in parsed.sections:
            heading = section.heading.path[-1] if section.heading.path else ""
            sections.setdefault(heading, []).extend(block.text for block in section.blocks)
    return found


def test_kinds_and_styles_are_known(questions: tuple[Gold, ...]) -> None:
    """A kind says whether the library answers; where it does, the style is said."""
    for question in questions:
        assert question.style in (STYLES if question.is_answerable else {*STYLES, ""}), question.id
        assert question.kind in (ANSWERABLE if question.is_answerable else UNANSWERABLE), question.id


@pytest.mark.parametrize("folder", [PARAPHRASED, NATURAL])
def test_every_layer_is_asked_about(folder: Path) -> None:
    """Each folder of the library has a file of questions."""
    asked = {file.stem for file in folder.glob("*.yaml")}
    assert asked == {folder.name for folder in CONTENT.iterdir() if folder.is_dir()}


def test_questions_are_unique() -> None:
    """No question and no id stands twice in any of the sets."""
    questions = read(GOLD)
    for asked in (
        Counter(question.question.casefold().strip() for question in questions),
        Counter(question.id for question in questions),
    ):
        assert [name for name, count in asked.items() if count > 1] == []


@pytest.mark.parametrize(("folder", "least"), [(PARAPHRASED, (350, 140)), (NATURAL, (200, 100))])
def test_there_are_enough_of_both(folder: Path, least: tuple[int, int]) -> None:
    """Of those that can be answered and of those that cannot."""
    questions = read(folder)
    answerable = sum(question.is_answerable for question in questions)
    assert answerable >= least[0]
    assert len(questions) - answerable >= least[1]


def test_the_halves_are_halves() -> None:
    """Both have 45 to 55 % of the questions, and of those that can be answered 40 to 60 %."""
    questions = read(GOLD)
    for asked, slack in ((questions, 0.05), ([q for q in questions if q.is_answerable], 0.1)):
        assert abs(sum(q.half == "a" for q in asked) / len(asked) - 0.5) <= slack


def test_quoted_sentences_stand_in_the_library(
    questions: tuple[Gold, ...], texts: dict[str, dict[str, list[str]]]
) -> None:
    """Every sentence stands word for word under its heading, those that speak against a question too."""
    assert [str(problem) for problem in check(questions, texts)] == []


def test_questions_are_not_asked_in_the_librarys_words(questions: tuple[Gold, ...]) -> None:
    """Of a question's terms, half or more stand in no sentence that answers it, in the median question."""
    shares = []
    for question in questions:
        asked = set(terms(question.question))
        if asked and question.places:
            best = max(len(asked & set(terms(place.sentence))) for place in question.places)
            shares.append(best / len(asked))
    assert median(shares) <= 0.5
