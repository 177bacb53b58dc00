"""The table that answers a question for the figures of several entities, or of one entity over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.answer.figures import figure_remarks
from bot.answer.figures.figure_entries import (
    MIN_ROWS,
    Entry,
    candidates,
    comparable_figures,
    dated_entries,
    newest_entries,
)
from bot.question.sets.figure_question import FigureQuestion, figure_question
from bot.types import Quote, Table, TableRow

if TYPE_CHECKING:
    from bot.answer.citations import Span
    from bot.answer.figures.stated_figures import StatedFigure
    from bot.corpus.corpus import Corpus
    from bot.corpus.figure_store import Figure
    from bot.question.question import Question

MAX_ROWS = 10
"""The most entries of a table, so that a message has room for their sources."""

FAR = Decimal("1.5")
"""The ratio of two values of years that end at different times from which the larger value is surely larger."""

MAX_DATES = 14
"""The most dates of a series."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The entries of a table before their citations are numbered."""

    title: str
    entries: tuple[Entry, ...]
    remarks: tuple[str, ...]
    compared: int = 0
    """The number of entities with a figure, before limits."""
    lacking: int = 0
    """The number of entities that the question names and no figure is compared for."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks beside the table: none, the table has its own."""
        return ()

    @property
    def spans(self) -> list[Span]:
        """The sentences that state the entries' figures, in order, each once."""
        found = [one.span for entry in self.entries for one in entry.stated]
        return list({(span.row, span.start): span for span in found}.values())

    def table(self, quotes: Sequence[Quote]) -> Table:
        """Return the table with the citation number of each value; a value whose quotation was refused is left out."""
        rows = [
            TableRow(
                entry.entity,
                one.value,
                "" if one.has_unit else one.figure.unit,
                one.figure.period,
                one.figure.status,
                number,
            )
            for entry in self.entries
            for one in entry.stated
            if (number := _citation(one, quotes))
        ]
        return Table(self.title, tuple(rows), self.remarks)


def draft_table(
    question: Question, corpus: Corpus, today: date, layers: Collection[str] = ()
) -> Draft | None:
    """Return the table that answers a question, or None if the question asks for no table or the library has none.

    Args:
        question: The question.
        corpus: The generation that answers.
        today: The day that "last quarter" refers to.
        layers: The layers to answer from; all if empty.
    """
    asked = figure_question(question, corpus, today)
    if asked is None:
        return None
    found = list(candidates(asked, corpus, layers))
    pool = comparable_figures(found, asked)
    if asked.is_series:
        return _series(asked, dated_entries(pool, corpus))
    entries = newest_entries(pool, asked, corpus)
    if len(entries) < MIN_ROWS or (asked.arrangement.is_superlative and _is_open(asked, entries, found)):
        return None
    kept, counted = _within_limits(entries, asked)
    if not kept:
        return None
    ordered = _ordered(kept, asked)
    most = min(asked.most or MAX_ROWS, MAX_ROWS)
    remarks = (
        *counted,
        *figure_remarks.definitions(ordered[:most]),
        *figure_remarks.currencies(ordered[:most]),
        *figure_remarks.fiscal_years(ordered[:most]),
        *figure_remarks.missing(asked.entities, entries, found, pool),
        *figure_remarks.beyond(ordered[most:], is_one=most == 1),
    )
    lacking = max(0, len(asked.entities) - len(entries))
    title = figure_remarks.title_of(ordered[:most])
    return Draft(title, tuple(ordered[:most]), remarks, len(entries), lacking)


def _ordered(entries: Sequence[Entry], asked: FigureQuestion) -> list[Entry]:
    """Return the entries in the order of their values; the values of each unit stay together, the most frequent unit first."""
    units = Counter(entry.figure.amount[1] for entry in entries)
    sign = -1 if asked.arrangement.order == "descending" else 1
    return sorted(
        entries,
        key=lambda entry: (
            -units[entry.figure.amount[1]],
            entry.figure.amount[1],
            sign * entry.amount,
        ),
    )


def _series(asked: FigureQuestion, entries: Sequence[Entry]) -> Draft | None:
    """Return the values of one entity over time, the oldest first; only the newest if the question sets a last date."""
    if not entries:
        return None
    is_last = asked.arrangement.asks_date or (
        asked.bounds.first is None and asked.bounds.is_range and not asked.arrangement.is_series
    )
    shown = entries[-1:] if is_last else entries[-MAX_DATES:]
    if len(shown) < MIN_ROWS and not is_last and asked.bounds.first is None:
        return None
    left_out = 0 if is_last else len(entries) - len(shown)
    older = (f"{left_out} older values are left out",) if left_out else ()
    return Draft(figure_remarks.title_of(shown), tuple(shown), older)


def _is_open(asked: FigureQuestion, entries: Sequence[Entry], found: Sequence[Figure]) -> bool:
    """Return whether an asked entity that is not in the table may be the first: it has a figure of another kind.

    A figure of a fiscal year beside figures of calendar years leaves it open only if the two are close.
    """
    shown = {entry.entity.lower() for entry in entries}
    best = max(entries, key=lambda entry: entry.amount)
    descending = asked.arrangement.order == "descending"

    def may_be_first(figure: Figure) -> bool:
        is_yearly = best.figure.status != "guided" and {figure.metric.basis, best.figure.metric.basis} == {
            "year",
            "fiscal year",
        }
        is_far = descending and figure.amount[0] * FAR < best.amount
        return not (is_yearly and figure.amount[1] == best.figure.amount[1] and is_far)

    return any(
        name.lower() in figure.names and may_be_first(figure)
        for name in asked.entities
        if name.lower() not in shown
        for figure in found
    )


def _within_limits(entries: list[Entry], asked: FigureQuestion) -> tuple[list[Entry], tuple[str, ...]]:
    """Return the entries within the limits, and a remark that counts them. Without limits, return all; if the units differ, return no entries."""
    limits = asked.arrangement.limits
    if not limits:
        return entries, ()
    unit = entries[0].figure.amount[1]
    if any(limit.amount[1] not in {unit, ""} for limit in limits):
        return [], ()
    kept = [entry for entry in entries if all(limit.holds(entry.amount) for limit in limits)]
    within = "within the limits" if len(limits) > 1 else f"{limits[0].comparison} the threshold"
    remark = f"{len(kept)} of {len(entries)} with a figure are {within}"
    if not kept and not asked.group:
        return [], ()
    return kept or entries, (remark if kept else f"{remark}; the table shows all",)


def _citation(one: StatedFigure, quotes: Sequence[Quote]) -> int:
    """Return the number of the citation whose quotation has a value, or 0."""
    for quote in quotes:
        if quote.row == one.span.row and quote.start <= one.span.start and one.span.end <= quote.end:
            return quote.citation if one.value in quote.text else 0
    return 0
