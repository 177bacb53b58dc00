"""Exact look-ups of rows and identifiers in a library of one table and one manual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.library import corpus

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from index.types import Hit

WELLS = "\n".join(
    f"| Well{letter} | oil | {400 + number} | 2021 |" for number, letter in enumerate("abcdefghijkl")
)
DOCUMENTS = {
    "wells.md": f"""# Wells

| Well | Product | Depth (m) | Drilled |
|---|---|---|---|
{WELLS}
| Marrowby | gas | 912 | 2024 |
| 7750 | Quillon brine | 33 | 1999 |
| Total | all | 5578 | 2024 |
""",
    "manual.md": """# Manual

## Errors

### W2210

The valve is shut. Open it with `pump --open-valve`.

### W2211

The pump is dry. Its price fell.

### 404

The well is not on the map.

## Releases

Release 3.0.14 mends a leak. Release 3.1.2 drops the old `max_depth` option. The `max_width` option stays.
""",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus(tmp_path_factory.mktemp("lookup"), DOCUMENTS)


def exact(hits: tuple[Hit, ...]) -> list[str]:
    """Return the sentences that an exact look-up found, best passage first."""
    return [hit.passage.quote(hit.passage.sentences[at]) for hit in hits for at in hit.exact]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What is the depth of Marrowby?", ["Marrowby | gas | 912 | 2024"]),
        ("When was Marrowby drilled?", ["Marrowby | gas | 912 | 2024"]),
        ("marrowby", ["Marrowby | gas | 912 | 2024"]),
        ("What is the total depth?", ["Total | all | 5578 | 2024"]),
        ("What is the dividend of Marrowby?", []),
        ("2024", []),  # a year is the name of nothing
        ("W2210", ["The valve is shut."]),
        ("What does w2211 mean?", ["The pump is dry."]),
        ("What is error 404?", ["The well is not on the map."]),
        ("What does release 3.0.14 mend?", ["Release 3.0.14 mends a leak."]),
        ("Which release drops max_depth?", ["Release 3.1.2 drops the old max_depth option."]),
        ("W2212", []),
        (
            "When was 7750 drilled?",
            ["7750 | Quillon brine | 33 | 1999"],
        ),  # a number that is no year may be a name
        ("Which well has quillon brine?", ["7750 | Quillon brine | 33 | 1999"]),  # any cell may be asked for
        ("Which well has a depth of 912?", ["Marrowby | gas | 912 | 2024"]),  # the row has all words
        ("How much is the price of 912?", []),  # an amount names nothing
        ("When did the price of the pump fall?", []),  # three of four words are in no sentence together
        ("What number of releases drops options?", ["Release 3.1.2 drops the old max_depth option."]),
    ],
)
def test_rows_and_identifiers_are_found_exactly(library: Corpus, question: str, found: list[str]) -> None:
    assert exact(library.retrieve(question, 5).hits) == found


def test_the_passage_of_a_row_asked_for_by_name_comes_first(library: Corpus) -> None:
    best, *others = library.retrieve("What is the depth of Marrowby?", 3).hits
    assert "Marrowby" in best.passage.text
    assert all(best.score > other.score + 0.2 for other in others)


def test_a_look_up_keeps_to_the_layers_of_the_question(library: Corpus) -> None:
    assert exact(library.retrieve("W2210", 3, layers=["chips"]).hits) == []
