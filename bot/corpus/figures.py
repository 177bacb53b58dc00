"""What the `figures` of the documents say of a question: the newest value, and values that disagree. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.answer.sentences import Candidate
from bot.question.model import Question, numbers
from bot.text.periods import Period, meets, periods
from index.types import Document, Point, Series

NOTE = "the library has two figures"

MEANT = 0.6
"""The share of a metric's words that a question has which means it; without those that qualify it where `ALONE` holds."""

ALONE = 0.5
"""The share of a question's words that are its entity's and its metric's, where it names the metric without qualification."""

_WORTH = re.compile(r"\b(?:worth|valued at)\b", re.IGNORECASE)
"""How people ask for a valuation."""

_QUALIFIED = re.compile(r"\s*[(,]")
"""Where in a metric's name its qualifications begin: "valuation, post-money", "revenue (quarter)"."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The points of one entity and one metric, from all documents, newest first."""

    name: str
    """The entity and the metric as they are written."""
    about: frozenset[str]
    """The terms of the entity."""
    metric: frozenset[str]
    """The terms of the metric."""
    kernel: frozenset[str]
    """Those of them that do not qualify it."""
    points: tuple[Point, ...]
    expected: frozenset[Point] = frozenset()
    """Those of them that were foretold: a guidance, a forecast."""

    @property
    def current(self) -> tuple[Point, ...]:
        """The newest points that are no longer expected, if there are such, one a value: several where the documents disagree."""
        told = [point for point in self.points if point not in self.expected] or self.points
        newest = [point for point in told if point.as_of == told[0].as_of]
        return tuple({point.value: point for point in reversed(newest)}.values())


def collected(documents: Iterable[Document], terms: Callable[[str], Sequence[str]]) -> tuple[Figures, ...]:
    """All figures of some documents."""
    found: dict[tuple[str, str, str], tuple[Series, list[Point]]] = {}
    expected: set[Point] = set()
    for document in documents:
        published = {source.id: source.published for source in document.sources}
        for series in document.figures:
            key = (series.entity.lower(), series.metric.lower(), series.unit.lower())
            found.setdefault(key, (series, []))[1].extend(series.points)
            expected.update(
                point
                for point in series.points
                if (when := published.get(point.source)) and _age(point) < -_period(when).months[-1]
            )
    return tuple(
        Figures(
            f"{one.entity} {one.metric}",
            frozenset(terms(one.entity)),
            frozenset(terms(one.metric)),
            frozenset(terms(_QUALIFIED.split(one.metric)[0])),
            tuple(sorted(points, key=_age)),
            frozenset(expected.intersection(points)),
        )
        for one, points in found.values()
        if points
    )


def meant(
    question: Question, known: Iterable[Figures], terms: Callable[[str], Sequence[str]]
) -> Figures | None:
    """The figures that a question asks for the newest of: those of its entity with the most of the metric's words.

    Of several with as many, those with the latest point. None for a question that names a period or asks for a reason.
    """
    if question.asks == "reason" or periods(question.text):
        return None
    asked = frozenset(terms(_WORTH.sub("valuation", question.text)))
    mine = [one for one in known if one.kernel and one.about and one.about <= asked]

    def fits(one: Figures) -> tuple[float, float, float, int]:
        said = len(one.metric & asked)
        return len(one.kernel & asked) / len(one.kernel), said, said / len(one.metric), -_age(one.points[0])

    found = max(mine, key=fits, default=None)
    if found is None:
        return None
    kernel, _, whole, _ = fits(found)
    alone = len(asked & (found.about | found.kernel)) / len(asked)
    return found if whole >= MEANT or (kernel >= MEANT and alone >= ALONE) else None


def unmoved(
    question: Question, known: Iterable[Figures], terms: Callable[[str], Sequence[str]], side: int
) -> tuple[Figures, tuple[Point, ...]] | None:
    """The figures of a question that never go its way (0: up, 1: down), and the points that show it, newest first.

    Those of its entity with the most of the metric's words that it has, and of the periods that it names the points
    that are of them. None where one of these series has a step that way, or none has a step at all.
    """
    asked, when = frozenset(terms(question.text)), periods(question.text)
    mine = [one for one in known if one.about and one.about <= asked and one.metric & asked]
    most = max((len(one.metric & asked) for one in mine), default=0)
    shown: tuple[Figures, tuple[Point, ...]] | None = None
    for one in mine:
        if len(one.metric & asked) < most:
            continue
        steps = [
            (newer, older)
            for newer, older in pairwise(one.points)
            if newer.as_of != older.as_of
            and (not when or any(meets(period, _period(newer.as_of)) for period in when))
        ]
        if any(
            newer.value > older.value if side == 0 else newer.value < older.value for newer, older in steps
        ):
            return None
        if steps and shown is None:
            shown = one, tuple(newer for newer, _ in steps)
    return shown


def stating(
    ranked: Sequence[Candidate],
    figures: Figures,
    points: Sequence[Point],
    terms: Callable[[str], Sequence[str]],
) -> list[Candidate]:
    """For each of some points the best sentence with its value, if it or its place has the entity's terms.

    A table's row is taken only where no sentence has the value.
    """
    sentences_first = sorted(ranked, key=lambda one: bool(one.hit.passage.sentences[one.position].lead))
    found: list[Candidate] = []
    for point in points:
        value = f"{point.value:.12g}"
        for candidate in sentences_first:
            if value not in numbers(candidate.text):
                continue
            if figures.about <= set(terms(f"{candidate.above} {candidate.text}")):
                if candidate not in found:
                    found.append(candidate)
                break
    return found


def _age(point: Point) -> int:
    """Later points come first."""
    return -_period(point.as_of).months[-1]


def _period(date: str) -> Period:
    """What `as_of` or `published` stands for."""
    year, _, part = date.partition("-")
    if not part:
        return Period("year", int(year))
    if part[0] in "QH":
        return Period("quarter" if part[0] == "Q" else "half", int(year), int(part[1]))
    return Period("month", int(year), int(part[:2]))
