"""The set that answers a question: figures of entities, changes, items of a list or rows of a table, whichever fits."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from bot.answer.figures.figure_changes import draft_changes
from bot.answer.figures.figure_table import Draft, draft_table
from bot.answer.item_list import ItemList, draft_items
from bot.answer.record_table import RecordDraft, draft_records
from bot.question.sets.figure_question import figure_question

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question


def draft_set(
    question: Question, corpus: Corpus, today: date, layers: Collection[str] = ()
) -> Draft | RecordDraft | ItemList | None:
    """Return the set that a question asks for, or None if it asks for none or the library has none.

    The figures of entities come first. Rows of a table take their place where the table compares more entities, over the same
    time. Where the question names entities or a group, every row must be of one of them.

    Args:
        question: The question.
        corpus: The generation that answers.
        today: The day that "last quarter" refers to.
        layers: The layers to answer from; all if empty.
    """
    asked = question, corpus, today, layers
    if changes := draft_changes(*asked):
        return changes
    figures = draft_table(*asked)
    if figures is None and (items := draft_items(*asked)):
        return items
    if figures is not None and not figures.lacking:
        return figures
    records = draft_records(*asked)
    if records is None:
        return figures
    names = figure_question(question, corpus, today)
    labels = records.labels if figures else [record.label for record in records.records]
    if names is not None and not all(_is_of(label, names.entities) for label in labels):
        return figures
    is_better = figures is None or (records.compared > figures.compared and records.has_one_time)
    return records if is_better else figures


def _is_of(label: str, entities: Collection[str]) -> bool:
    """Return whether a row is of one of some entities, or of the company that one of them is a part of; True without entities.

    >>> _is_of("Oracle, all", ("AWS", "Oracle Cloud Infrastructure")), _is_of("Nvidia", ("AWS", "CoreWeave"))
    (True, False)
    """
    name = re.split(r"[,(]", label)[0].strip().lower()
    return not entities or any(f"{entity.lower()} ".startswith(f"{name} ") for entity in entities)
