"""Series of figures: what the documents' front matter states in numbers, by entity and metric."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.text.periods import Period
from index.types import Document, Point, Series

_QUALIFIER = re.compile(r"\s*[(,]")
"""The beginning of a metric's qualifier: "valuation, post-money", "revenue (quarter)"."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The points of one entity and one metric, from all documents, newest first."""

    name: str
    """The entity and the metric as they are written."""
    entity: frozenset[str]
    """The terms of the entity."""
    metric: frozenset[str]
    """The terms of the metric."""
    unqualified: frozenset[str]
    """The terms of the metric without its qualifier."""
    unit: str
    """The unit as front matter writes it: "USD billion", "percent"."""
    points: tuple[Point, ...]
    forecasts: frozenset[Point] = frozenset()
    """The points that are guidance or forecasts."""

    @property
    def current(self) -> tuple[Point, ...]:
        """Return the newest reported points, one per distinct value; forecasts only where nothing was reported."""
        reported = [point for point in self.points if point not in self.forecasts] or self.points
        newest = [point for point in reported if point.as_of == reported[0].as_of]
        return tuple({point.value: point for point in reversed(newest)}.values())


def collect(
    documents: Iterable[Document], terms: Callable[[str], Sequence[str]], asked: frozenset[str] | None = None
) -> tuple[Figures, ...]:
    """Return the figures of some documents; points of the same entity, metric and unit are joined.

    Args:
        documents: The documents that state the figures.
        terms: Reads the terms of a text.
        asked: Only entities all of whose terms are among these terms count; None counts every entity. The terms of metrics are
            read for those entities alone, because a library has hundreds of series and a question asks for a few.
    """
    found: dict[tuple[str, str, str], tuple[Series, list[Point]]] = {}
    forecasts: set[Point] = set()
    counts: dict[str, bool] = {}
    for document in documents:
        published: dict[str, str] | None = None
        for series in document.figures:
            entity = series.entity.lower()
            if asked is not None and entity not in counts:
                own = frozenset(terms(series.entity))
                counts[entity] = bool(own) and own <= asked
            if not counts.get(entity, True):
                continue
            if published is None:
                published = {source.id: source.published for source in document.sources}
            key = (entity, series.metric.lower(), series.unit.lower())
            found.setdefault(key, (series, []))[1].extend(series.points)
            forecasts.update(
                point
                for point in series.points
                if (date := published.get(point.source)) and age(point) < -period_of(date).months[-1]
            )
    return tuple(
        Figures(
            f"{one.entity} {one.metric}",
            frozenset(terms(one.entity)),
            frozenset(terms(one.metric)),
            frozenset(terms(_QUALIFIER.split(one.metric)[0])),
            one.unit,
            tuple(sorted(points, key=age)),
            frozenset(forecasts.intersection(points)),
        )
        for one, points in found.values()
        if points
    )


def age(point: Point) -> int:
    """Return a sort key that puts later points first."""
    return -period_of(point.as_of).months[-1]


def period_of(date: str) -> Period:
    """Return the period of an `as_of` or `published` value.

    >>> str(period_of("2026-Q1")), str(period_of("2026-04-29"))
    ('the first quarter of 2026', 'April 2026')
    """
    year, _, part = date.partition("-")
    if not part:
        return Period("year", int(year))
    if part[0] in "QH":
        return Period("quarter" if part[0] == "Q" else "half", int(year), int(part[1]))
    return Period("month", int(year), int(part[:2]))


def fiscal_months(period: Period, year_ends: int) -> range:
    """Return the calendar months of a fiscal period, counted from year 0; fiscal 2026 ends in 2026.

    Args:
        period: The period.
        year_ends: The month, from 1, in which the fiscal year ends.

    >>> months = fiscal_months(Period("quarter", 2027, 1, fiscal=True), 6)  # July to September 2026
    >>> (months[0], months[-1]) == (2026 * 12 + 6, 2026 * 12 + 8)
    True
    """
    months = period.months
    shift = 12 - year_ends if period.fiscal else 0
    return range(months.start - shift, months.stop - shift)
