"""The table that answers a question for the figures of several entities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.answer.stated_figures import StatedFigure, stated
from bot.corpus.figure_store import basis_of, is_single
from bot.question.figure_question import FigureQuestion, figure_question, means_metric
from bot.types import Quote, Table, TableRow

if TYPE_CHECKING:
    from bot.answer.citations import Span
    from bot.corpus.corpus import Corpus
    from bot.corpus.figure_store import Figure, Metric
    from bot.question.question import Question

MAX_ROWS = 10
"""The most entries of a table, so that a message has room for their sources."""

MIN_ROWS = 2
"""The fewest entries that make a table."""

_YEARLY = frozenset(["year", "fiscal year", "growth", ""])
"""The bases of a figure that can be the figure of a whole year."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entity with its newest figure, or the two ends of a range."""

    entity: str
    stated: tuple[StatedFigure, ...]

    @property
    def figure(self) -> Figure:
        """The figure that decides the entry's place: the upper end of a range."""
        return self.stated[-1].figure

    @property
    def amount(self) -> Decimal:
        """The value in its base unit."""
        return self.figure.amount[0]


@dataclass(frozen=True, slots=True)
class Draft:
    """The entries of a table before their citations are numbered."""

    title: str
    entries: tuple[Entry, ...]
    remarks: tuple[str, ...]

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
    found = list(_candidates(asked, corpus, layers))
    pool = _pool(found, asked)
    entries = _entries(pool, asked, corpus)
    if len(entries) < MIN_ROWS or (asked.is_superlative and _is_open(asked, entries, found)):
        return None
    kept, counted = _within_threshold(entries, asked)
    if kept is None:
        return None
    is_ascending = asked.order == "ascending"
    ordered = sorted(kept, key=lambda entry: entry.amount, reverse=not is_ascending)
    most = min(asked.most or MAX_ROWS, MAX_ROWS)
    remarks = (
        *counted,
        *_definitions(ordered[:most]),
        *_fiscal_years(ordered[:most]),
        *_missing(asked, entries, found, pool),
        *_beyond(ordered[most:]),
    )
    return Draft(_title(ordered[:most]), tuple(ordered[:most]), remarks)


def _candidates(asked: FigureQuestion, corpus: Corpus, layers: Collection[str]) -> Iterable[Figure]:
    """Yield the figures that a question may mean, whatever their unit and basis."""
    meant: dict[Metric, bool] = {}
    outside = {one.id for one in corpus.generation.documents if layers and one.layer not in layers}
    named = {name.lower() for name in asked.entities} or _companies(corpus)
    for figure in corpus.figure_store:
        if not is_single(figure.entity) or figure.document in outside:
            continue
        if figure.names.isdisjoint(named):
            continue
        if figure.metric not in meant:
            meant[figure.metric] = means_metric(asked, figure.metric.core, corpus)
        if not meant[figure.metric] or not _is_in_bounds(figure, asked):
            continue
        if asked.basis and figure.metric.basis not in _same_basis(asked.basis):
            continue
        if asked.bounds.whole_year and figure.metric.basis not in _YEARLY:
            continue
        yield figure


def _companies(corpus: Corpus) -> set[str]:
    """Return the names of all companies in lower case: the titles of documents and the members of groups."""
    documents = corpus.generation.documents
    titles = {document.title.lower() for document in documents}
    return titles.union(
        member.lower() for one in documents for group in one.members for member in group.members
    )


def _same_basis(basis: str) -> frozenset[str]:
    """Return the bases that a word in a question may mean: a year may be fiscal, where a company's year is."""
    return frozenset([basis, "fiscal year"]) if basis == "year" else frozenset([basis])


def _is_in_bounds(figure: Figure, asked: FigureQuestion) -> bool:
    if figure.metric.year and asked.bounds.whole_year:
        return int(figure.metric.year) * 12 in asked.bounds
    return figure.month in asked.bounds


def _pool(found: Sequence[Figure], asked: FigureQuestion) -> list[Figure]:
    """Return the figures that can be compared: in the unit and basis in which most entities have a figure.

    Guidance is never mixed with reported figures. It is compared if the question asks for it, if no two entities have a
    reported figure, or if more entities have guidance for the year that the question names.
    """
    guided = _most_shared([figure for figure in found if figure.status == "guided"], asked)
    if asked.guided:
        return guided
    reported = _most_shared([figure for figure in found if figure.status != "guided"], asked)
    covers_more = len({one.names for one in guided}) > len({one.names for one in reported})
    return guided if not reported or (asked.bounds.whole_year and covers_more) else reported


def _most_shared(figures: Sequence[Figure], asked: FigureQuestion) -> list[Figure]:
    """Return the figures of the kind that most entities have, of several the kind with the newest; none for one entity.

    A list shows fiscal years beside calendar years, and a remark says so. A rank does not: which entity is first would depend
    on when its year ends.
    """

    def kind(figure: Figure) -> tuple[str, str]:
        unit, basis = figure.kind
        return unit, "year" if basis == "fiscal year" and not asked.is_ranked else basis

    entities: dict[tuple[str, str], set[frozenset[str]]] = defaultdict(set)
    newest: dict[tuple[str, str], int] = defaultdict(int)
    for figure in figures:
        entities[kind(figure)].add(figure.names)
        newest[kind(figure)] = max(newest[kind(figure)], figure.month)
    best = max(entities, key=lambda one: (len(entities[one]), newest[one]), default=None)
    if best is None or len(entities[best]) < MIN_ROWS:
        return []
    return [figure for figure in figures if kind(figure) == best]


def _entries(found: Sequence[Figure], asked: FigureQuestion, corpus: Corpus) -> list[Entry]:
    """Return an entry for each entity that has a figure with a place that states it."""
    groups: list[tuple[set[str], list[Figure]]] = []
    for figure in found:
        same = next((group for group in groups if not group[0].isdisjoint(figure.names)), None)
        if same is None:
            groups.append((set(figure.names), [figure]))
        else:
            same[0].update(figure.names)
            same[1].append(figure)
    entries = []
    for names, figures in groups:
        label = next((name for name in asked.entities if name.lower() in names), figures[0].entity)
        if chosen := _newest(figures, corpus):
            entries.append(Entry(label.partition(" (")[0], chosen))
    return entries


def _newest(figures: Sequence[Figure], corpus: Corpus) -> tuple[StatedFigure, ...]:
    """Return the newest figure with the other end of its range, or nothing if no place states the newest figure."""
    newest = max(one.month for one in figures)
    current = [one for one in figures if one.month == newest]
    found = [one for figure in current if (one := stated(figure, corpus))]
    if not found:
        return ()
    first = found[0]
    ends = [one for one in found if {one.figure.metric.bound, first.figure.metric.bound} == {"low", "high"}]
    return tuple(sorted((first, *ends[:1]), key=lambda one: one.figure.amount))


def _is_open(asked: FigureQuestion, entries: Sequence[Entry], found: Sequence[Figure]) -> bool:
    """Return whether an asked entity that is not in the table may be the first: it has a figure of another kind."""
    shown = {entry.entity.lower() for entry in entries}
    return any(
        name.lower() in figure.names
        for name in asked.entities
        if name.lower() not in shown
        for figure in found
    )


def _within_threshold(
    entries: list[Entry], asked: FigureQuestion
) -> tuple[list[Entry] | None, tuple[str, ...]]:
    """Return the entries beyond a threshold and a remark that counts them; no entries if the units differ."""
    if asked.threshold is None:
        return entries, ()
    comparison, (value, unit) = asked.threshold
    if unit != entries[0].figure.amount[1]:
        return None, ()
    kept = [
        entry
        for entry in entries
        if (entry.amount > value if comparison == "above" else entry.amount < value)
    ]
    remark = f"{len(kept)} of {len(entries)} with a figure are {comparison} the threshold"
    return kept or entries, (remark if kept else f"{remark}; the table shows all",)


def _title(entries: Sequence[Entry]) -> str:
    """Return the name of the metric with its unit: "revenue run rate (USD billion, annualized)"."""
    figure = entries[0].figure
    name = figure.metric_name.split("(")[0].split(",")[0].strip()
    has_basis = bool(basis_of(f"{name}, {figure.unit}")) or not figure.kind[1]
    if has_basis:
        return f"{name} ({figure.unit})"
    bases = {entry.figure.kind[1] for entry in entries}
    return f"{name} ({figure.unit}, by {bases.pop() if len(bases) == 1 else 'year'})"


def _definitions(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return a remark with the definitions of the entries' metrics if they differ."""
    if len({entry.figure.metric.qualifier for entry in entries}) < 2:
        return ()
    listed = [
        f"{entry.entity}: {entry.figure.metric.qualifier}"
        for entry in entries
        if entry.figure.metric.qualifier
    ]
    return (f"definitions: {'; '.join(listed)}",)


def _fiscal_years(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return a remark that names the entries of a fiscal year if others are of a calendar year."""
    fiscal = [entry for entry in entries if entry.figure.metric.basis == "fiscal year"]
    if not fiscal or len(fiscal) == len(entries):
        return ()
    listed = (f"{entry.entity} (to {entry.figure.point.as_of})" for entry in fiscal)
    return (f"fiscal years: {', '.join(listed)}",)


def _missing(
    asked: FigureQuestion, entries: Sequence[Entry], found: Sequence[Figure], pool: Sequence[Figure]
) -> tuple[str, ...]:
    """Return remarks that name the asked entities that the table lacks.

    Args:
        asked: The question.
        entries: The entries of the table.
        found: The figures that the question may mean.
        pool: The figures among them that can be compared.
    """
    shown = {entry.entity.lower() for entry in entries}
    missing = [name for name in asked.entities if name.lower() not in shown]
    other: dict[str, str] = {}
    unstated = []
    for name in missing:
        figures = [one for one in found if name.lower() in one.names]
        if any(name.lower() in one.names for one in pool):
            unstated.append(name)
        elif figures:
            other[name] = f"{name} ({figures[-1].metric_name}, {figures[-1].unit})"
    absent = [name for name in missing if name not in other and name not in unstated]
    remarks = (
        f"not comparable: {', '.join(other.values())}" if other else "",
        f"no sentence to quote: {', '.join(unstated)}" if unstated else "",
        f"no figure: {', '.join(absent)}" if absent else "",
    )
    return tuple(filter(None, remarks))


def _beyond(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return a remark that names the entries beyond the table."""
    return (f"{len(entries)} more: {', '.join(entry.entity for entry in entries)}",) if entries else ()


def _citation(one: StatedFigure, quotes: Sequence[Quote]) -> int:
    """Return the number of the citation whose quotation has a value, or 0."""
    for quote in quotes:
        if quote.row == one.span.row and quote.start <= one.span.start and one.span.end <= quote.end:
            return quote.citation if one.value in quote.text else 0
    return 0
