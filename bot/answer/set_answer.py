"""The set that answers a question: figures of entities, changes, items of a list or rows of a table, whichever fits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from bot.answer.figures.figure_changes import draft_changes
from bot.answer.figures.figure_table import Draft, draft_table
from bot.answer.item_list import ItemList, draft_items
from bot.answer.record_table import RecordDraft, draft_records

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question


def draft_set(
    question: Question, corpus: Corpus, today: date, layers: Collection[str] = ()
) -> Draft | RecordDraft | ItemList | None:
    """Return the set that a question asks for, or None if it asks for none or the library has none.

    The figures of entities come first. Rows of a table take their place where the table compares more entities.

    Args:
        question: The question.
        corpus: The generation that answers.
        today: The day that "last quarter" refers to.
        layers: The layers to answer from; all if empty.
    """
    asked = question, corpus, today, layers
    figures = draft_changes(*asked) or draft_table(*asked)
    if figures is None and (items := draft_items(*asked)):
        return items
    if figures is not None and not figures.lacking:
        return figures
    records = draft_records(*asked)
    if records and (figures is None or records.compared > figures.compared):
        return records
    return figures
