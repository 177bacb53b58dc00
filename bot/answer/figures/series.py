"""The figures that a question means: their newest values, values that differ, and trends that a premise contradicts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.corpus.figures import Figures, age, period_of
from bot.text.periods import matches
from bot.text.quantities import measure, normal, quantities

if TYPE_CHECKING:
    from bot.answer.sentence_ranking import Candidate
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question
    from index.types import Point

TWO_VALUES = "the library has two figures"
"""The note of a reply that quotes two values of the same date."""

MIN_METRIC_SHARE = 0.6
"""The smallest share of a metric's terms that a question must contain to be about that metric.

The metric's unqualified terms are enough if the question says little else (`MIN_QUESTION_SHARE`).
"""

MIN_QUESTION_SHARE = 0.5
"""The share of the question's terms that name the entity and the metric, for a metric named without its qualifier."""

_WORTH = re.compile(r"\b(?:worth|valued at)\b", re.IGNORECASE)
"""Wording that asks for a valuation: "worth", "valued at"."""

_MINUS = re.compile(r"\bminus\s+(?:US)?[$€£¥]?\s*\Z", re.IGNORECASE)
"""The text before a negative number: "minus $5.4 billion"."""

_RANGE = re.compile(r"\s*(?:to|and|or|[-\N{EN DASH}])\s*(?:US)?[$€£¥]?\s*", re.IGNORECASE)
"""The text between two numbers that share the unit of the second: "$25 to $30 billion"."""


def figures_meant(question: Question, corpus: Corpus) -> Figures | None:
    """Return the figures whose newest value a question asks for, or None.

    The figures are of an entity that the question names, and of the metric that shares the most terms with the question; of
    several such series the series with the latest point. A question about a period or a reason means no figures.
    """
    if question.answer_type == "reason" or question.periods:
        return None
    asked = frozenset(corpus.terms(_WORTH.sub("valuation", question.text)))
    of_entity = [one for one in corpus.figures_of(asked) if one.unqualified]

    def fit(one: Figures) -> tuple[float, float, float, int]:
        shared = len(one.metric & asked)
        unqualified = len(one.unqualified & asked) / len(one.unqualified)
        return unqualified, shared, shared / len(one.metric), -age(one.points[0])

    best = max(of_entity, key=fit, default=None)
    if best is None:
        return None
    unqualified, _, whole, _ = fit(best)
    question_share = len(asked & (best.entity | best.unqualified)) / len(asked)
    is_meant = whole >= MIN_METRIC_SHARE or (
        unqualified >= MIN_METRIC_SHARE and question_share >= MIN_QUESTION_SHARE
    )
    return best if is_meant else None


def opposite_trend(question: Question, corpus: Corpus, side: int) -> tuple[Figures, tuple[Point, ...]] | None:
    """Return the figures that never moved in the direction that the question presumes, and the points that show it, newest first; or None.

    Args:
        question: A question about an entity and a metric; if it names periods, only steps to points within them count.
        corpus: The generation that states the figures.
        side: 0 if the question says that the figures rose, 1 if it says that they fell.
    """
    named = corpus.figures_of(question.terms)
    shared = max((len(one.metric & question.terms) for one in named), default=0)
    found: tuple[Figures, tuple[Point, ...]] | None = None
    for one in named:
        if not shared or len(one.metric & question.terms) < shared:
            continue
        steps = [
            (newer, older)
            for newer, older in pairwise(one.points)
            if newer.as_of != older.as_of
            and (
                not question.periods
                or any(matches(period, period_of(newer.as_of)) for period in question.periods)
            )
        ]
        if any(
            newer.value > older.value if side == 0 else newer.value < older.value for newer, older in steps
        ):
            return None
        if steps and found is None:
            found = one, tuple(newer for newer, _ in steps)
    return found


def stating_sentences(
    ranked: Sequence[Candidate], figures: Figures, points: Sequence[Point], corpus: Corpus
) -> list[Candidate]:
    """Return for each point the best sentence with its value and unit in a place about the figures' entity.

    A table row is returned only if no sentence has the value.

    Args:
        ranked: The sentences, best first.
        figures: The figures that the points are of.
        points: The points.
        corpus: The generation of the sentences.
    """
    rows_last = sorted(ranked, key=lambda one: bool(one.hit.passage.sentences[one.position].lead))
    found: list[Candidate] = []
    for point in points:
        for candidate in rows_last:
            has_lead = bool(candidate.hit.passage.sentences[candidate.position].lead)
            if not has_value(candidate.text, point.value, figures.unit, unit_above=has_lead):
                continue
            if figures.entity <= set(corpus.terms(f"{candidate.above} {candidate.text}")):
                if candidate not in found:
                    found.append(candidate)
                break
    return found


def has_value(text: str, value: float, unit: str, *, unit_above: bool = False) -> bool:
    """Return whether a text states a value in its unit; a number with another unit does not count.

    Args:
        text: A sentence or a table row.
        value: The value, in its unit.
        unit: The unit as front matter writes it.
        unit_above: Whether a header or a lead-in above the text may have the unit, so that the number alone is enough.

    >>> has_value("It was valued at $30 billion.", 30, "USD billion"), has_value("It grew by 30 %.", 30, "USD billion")
    (True, False)
    >>> has_value("It plans $25 to $30 billion.", 25, "USD billion"), has_value("It has 30 plants.", 30, "USD billion")
    (True, False)
    >>> has_value("2026 | 30", 30, "USD billion", unit_above=True), has_value("It was minus $5 billion.", -5, "USD billion")
    (True, True)
    """
    wanted, symbol = measure(value, unit)
    number, _ = measure(value, "")
    plain = normal(text)
    found = quantities(text)
    for place, quantity in enumerate(found):
        if quantity.unit not in {symbol, ""}:
            continue
        following = found[place + 1] if place + 1 < len(found) else None
        in_range = following is not None and _RANGE.fullmatch(plain[quantity.end : following.start])
        stated = -quantity.value if _MINUS.search(plain[: quantity.start]) else quantity.value
        if stated == wanted or (stated == number and (unit_above or in_range)):
            return True
    return False
