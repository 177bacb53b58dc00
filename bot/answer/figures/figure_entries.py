"""The entries of a table of figures: which figures a question means, which can be compared, and the newest of each entity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.answer.figures.stated_figures import StatedFigure, stated
from bot.corpus.figure_store import is_single
from bot.question.sets.figure_question import FigureQuestion, means_metric
from bot.question.sets.time_bounds import TimeBounds

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.corpus.figure_store import Figure, Metric

MIN_ROWS = 2
"""The fewest entries that can be compared."""

COMPANY_HEADS = frozenset(
    ["company", "provider", "vendor", "supplier", "firm", "business", "unternehmen", "firma"]
)
"""The heads of columns, in lower case, that name companies."""

CURRENCIES = frozenset(["$", "€", "£", "¥", "krw", "cny", "rmb", "chf", "twd", "inr"])
"""The units of money, in base form."""

_YEARLY = frozenset(["year", "fiscal year", "growth", ""])
"""The bases of a figure that can be the figure of a whole year."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entity with one of its figures, or the two ends of a range."""

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


def candidates(asked: FigureQuestion, corpus: Corpus, layers: Collection[str]) -> Iterable[Figure]:
    """Yield the figures that a question may mean, whatever their unit and basis: front matter first, then tables and sentences."""
    meant: dict[Metric, bool] = {}
    outside = {one.id for one in corpus.generation.documents if layers and one.layer not in layers}
    named = {name.lower() for name in asked.entities}
    companies = set() if named else _companies(corpus)
    for figure in (*corpus.figure_store, *corpus.text_figures.about(asked.terms)):
        if not is_single(figure.entity) or figure.document in outside:
            continue
        is_company = figure.kind_of_entity.lower() in COMPANY_HEADS
        if figure.names.isdisjoint(named or companies) and (named or not is_company):
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
    """Return whether a figure is of the time that is asked; guidance for a year is of that year, whenever it was given."""
    if figure.metric.year and asked.bounds != TimeBounds():
        return asked.bounds.whole_year and int(figure.metric.year) * 12 in asked.bounds
    return figure.month in asked.bounds


def comparable_figures(found: Sequence[Figure], asked: FigureQuestion) -> list[Figure]:
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

    A list may mix currencies, which a rank may not. A list shows fiscal years beside calendar years, and a remark says so. A rank does not: which entity is first would depend
    on when its year ends.
    """
    is_list = not (asked.arrangement.is_ranked or asked.arrangement.limits or asked.most)

    def kind(figure: Figure) -> tuple[str, str]:
        unit, basis = figure.kind
        if is_list and unit in CURRENCIES:
            unit = "currency"
        if any(not limit.amount[0] and not limit.amount[1] for limit in asked.arrangement.limits):
            return unit, ""  # whether a figure is negative does not depend on the time that it covers
        return unit, "year" if basis == "fiscal year" and not asked.arrangement.is_ranked else basis

    entities: dict[tuple[str, str], set[str]] = defaultdict(set)
    newest: dict[tuple[str, str], int] = defaultdict(int)
    for figure in figures:
        entities[kind(figure)].add(min(figure.names))
        newest[kind(figure)] = max(newest[kind(figure)], figure.month)
    best = max(entities, key=lambda one: (len(entities[one]), newest[one]), default=None)
    if best is None or len(entities[best]) < (1 if asked.is_series else MIN_ROWS):
        return []
    return [figure for figure in figures if kind(figure) == best]


def newest_entries(found: Sequence[Figure], asked: FigureQuestion, corpus: Corpus) -> list[Entry]:
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
        members = asked.entities if asked.group else ()
        label = next((name for name in members if name.lower() in names), figures[0].entity)
        if chosen := _newest(figures, corpus):
            entries.append(Entry(label.partition(" (")[0], chosen))
    return entries


def dated_entries(found: Sequence[Figure], corpus: Corpus) -> list[Entry]:
    """Return an entry for each date of the figures of one entity, the oldest first."""
    months: dict[int, list[Figure]] = defaultdict(list)
    for figure in found:
        months[figure.month].append(figure)
    return [
        Entry(chosen[0].figure.entity.partition(" (")[0], chosen)
        for month in sorted(months)
        if (chosen := _newest(months[month], corpus))
    ]


def _newest(figures: Sequence[Figure], corpus: Corpus) -> tuple[StatedFigure, ...]:
    """Return the newest figure with the other end of its range, or nothing if no place states the newest figure.

    A document on the entity itself comes before other documents.
    """
    newest = max(one.month for one in figures)
    titles = {document.id: document.title.lower() for document in corpus.generation.documents}
    current = sorted(
        (one for one in figures if one.month == newest),
        key=lambda one: titles[one.document] not in one.names,
    )
    first = next(filter(None, (stated(figure, corpus) for figure in current)), None)
    if first is None:
        return ()
    bound = first.figure.metric.bound
    other = (one for one in current if bound and {one.metric.bound, bound} == {"low", "high"})
    end = next(filter(None, (stated(figure, corpus) for figure in other)), None)
    return tuple(sorted(filter(None, (first, end)), key=lambda one: one.figure.amount))
