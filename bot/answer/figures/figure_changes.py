"""The table that answers what changed on an entity: each figure that has a newer value, before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

from bot.answer.figures.figure_entries import Entry
from bot.answer.figures.figure_table import Draft
from bot.answer.figures.stated_figures import StatedFigure, stated
from bot.answer.item_list import ItemList
from bot.answer.text_changes import text_changes
from bot.question.sets.change_question import ChangeQuestion, change_question

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.corpus.figure_store import Figure
    from bot.question.question import Question

MAX_CHANGES = 6
"""The most figures that are shown with the value before and after."""


def draft_changes(
    question: Question, corpus: Corpus, today: date, layers: Collection[str] = ()
) -> Draft | ItemList | None:
    """Return the figures of an entity that changed in a time, else its new sentences; None for any other question.

    The remarks count the sentences that were added and removed since, where an index from before that time is kept.

    Args:
        question: The question.
        corpus: The generation that answers.
        today: The day that "last quarter" refers to.
        layers: The layers to answer from; all if empty.
    """
    asked = change_question(question, corpus, today)
    if asked is None:
        return None
    found = text_changes(asked.entity, _first_day(asked), corpus)
    drafted = _figures(asked, corpus, layers, (found.remark,) if found else ())
    if drafted is None and found and found.added:
        return ItemList(found.added, (found.remark,))
    return drafted


def _first_day(asked: ChangeQuestion) -> date:
    month = asked.bounds.first or 0
    return date(month // 12, month % 12 + 1, 1)


def _figures(
    asked: ChangeQuestion, corpus: Corpus, layers: Collection[str], notes: tuple[str, ...]
) -> Draft | None:
    """Return the figures of an entity that changed, with `notes` as the last remarks; None if none did."""
    entries: list[Entry] = []
    left_out: list[str] = []
    new: list[str] = []
    for series in _changed(asked, corpus, layers):
        pair = _before_and_after(series, asked, corpus)
        if not pair:
            continue
        name = series[-1].metric_name
        if len({entry.entity for entry in entries}) == MAX_CHANGES:
            left_out.append(name)
            continue
        if len(pair) == 1:
            new.append(name)
        entries += [Entry(name, (one,)) for one in pair]
    if not entries:
        return None
    remarks = (
        f"new: {', '.join(new)}" if new else "",
        f"{len(left_out)} more: {', '.join(left_out)}" if left_out else "",
    )
    entity = entries[0].figure.entity.partition(" (")[0]
    return Draft(f"{entity}: figures before and after", tuple(entries), (*filter(None, remarks), *notes))


def _changed(asked: ChangeQuestion, corpus: Corpus, layers: Collection[str]) -> list[list[Figure]]:
    """Return the series of an entity with a reported value in the time, each in order of time, the newest series first."""
    outside = {one.id for one in corpus.generation.documents if layers and one.layer not in layers}
    series: dict[tuple[object, ...], list[Figure]] = defaultdict(list)
    for figure in corpus.figure_store:
        if asked.entity in figure.names and figure.document not in outside:
            metric = figure.metric
            series[metric.core, figure.kind, metric.bound, metric.qualifier, metric.year].append(figure)
    found = [sorted(one, key=lambda figure: figure.month) for one in series.values()]
    changed = [one for one in found if one[-1].month in asked.bounds]
    return sorted(changed, key=lambda one: (-len({figure.month for figure in one}), -one[-1].month))


def _before_and_after(series: Sequence[Figure], asked: ChangeQuestion, corpus: Corpus) -> list[StatedFigure]:
    """Return the last value before the time and the newest value, or the newest alone; nothing if a value did not change."""
    newest = next((one for figure in reversed(series) if (one := stated(figure, corpus))), None)
    if newest is None or newest.figure.month not in asked.bounds:
        return []
    earlier = [one for one in series if one.month < (asked.bounds.first or 0)]
    before = next((one for figure in reversed(earlier) if (one := stated(figure, corpus))), None)
    if before is None:
        return [newest]
    return [] if before.figure.amount == newest.figure.amount else [before, newest]
