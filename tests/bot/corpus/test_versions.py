"""Versions of documents: which is the newest, and what a reply says on the others."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.corpus.versions import age, document_periods, newest_first, version_note, versions
from index.types import Document
from tests.bot.library import corpus

if TYPE_CHECKING:
    from pathlib import Path

    from bot.corpus.corpus import Corpus
    from index.types import Hit


def rules(fee: int) -> str:
    return f"# Rules of the harbour\n\n## Fees\n\nA boat pays {fee} kroner a night at the east pier.\n"


DOCUMENTS = {
    "2023/rules.md": rules(90),
    "2025/rules.md": rules(120),
    "2025/rules (copy).md": rules(120),
    "boats.md": "# Boats\n\n## Fees\n\nThe club owns eleven boats and a crane, and rents two of them.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus(tmp_path_factory.mktemp("versions"), DOCUMENTS)


def fees(library: Corpus) -> tuple[Hit, ...]:
    return library.retrieve("What does a boat pay a night at the east pier?", 10).hits


def paths(hits: list[Hit]) -> list[str]:
    return [hit.document.path for hit in hits]


def test_documents_of_one_title_with_nearly_the_same_words_are_versions(library: Corpus) -> None:
    """The newest is first, and a copy is older than its original."""
    (group,) = versions(library.generation)
    assert [document.path for document in group] == ["2025/rules.md", "2025/rules (copy).md", "2023/rules.md"]


def test_a_copy_with_another_name_and_title_is_a_version(tmp_path: Path) -> None:
    text = "The harbour closes in March, because ice breaks the pier and the boats are lifted out by the crane of the club."
    documents = {
        "ice.md": f"# Ice\n\n{text}\n",
        "winter.md": f"# Winter at the pier\n\n{text}\n",
        "crane.md": "# Crane\n\nIt is old.\n",
    }
    (group,) = versions(corpus(tmp_path, documents).generation)
    assert sorted(document.path for document in group) == ["ice.md", "winter.md"]


def test_the_newest_version_stays_and_the_others_are_named(library: Corpus) -> None:
    kept, others = newest_first(fees(library))
    assert paths(kept) == ["2025/rules.md", "boats.md"]
    assert sorted(paths(others[kept[0].row])) == ["2023/rules.md", "2025/rules (copy).md"]
    note = version_note([("A boat pays 120 kroner a night at the east pier.", kept[0].row)], others)
    assert note == "other versions differ: 2023/rules.md; also in 2025/rules (copy).md"


def test_a_version_that_the_question_prefers_stays(library: Corpus) -> None:
    old = next(hit for hit in fees(library) if hit.document.path == "2023/rules.md")
    kept, others = newest_first(fees(library), {old.row})
    assert paths(kept) == ["2023/rules.md", "boats.md"]
    assert len(others[old.row]) == 2


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (Document("a", "plan_v2.md", "Plan"), Document("b", "plan_v10.md", "Plan")),
        (Document("a", "plan (copy).md", "Plan"), Document("b", "plan.md", "Plan")),
        (Document("a", "20251231 plan.md", "Plan"), Document("b", "2026-01 plan.md", "Plan")),
        (Document("a", "2030/plan.md", "Plan"), Document("b", "plan.md", "Plan", facts_to=date(2031, 1, 1))),
        (Document("a", "plan.md", "Plan"), Document("b", "2024/plan.md", "Plan")),
    ],
)
def test_dates_numbers_and_copies_tell_the_newer_version(older: Document, newer: Document) -> None:
    assert age(older) < age(newer)


def test_a_document_is_about_the_period_in_its_title_or_path() -> None:
    (period,) = document_periods(Document("a", "calls/norvik.txt", "Norvik Q2 2026 call"))
    assert str(period) == "the second quarter of 2026"
    assert document_periods(Document("a", "chips/nvidia.md", "Nvidia")) == ()
