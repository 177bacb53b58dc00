"""Questions that ask for the figures of several entities: ranks, lists, thresholds, comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from bot.corpus.figure_store import (
    basis_of,
    comparable,
    entity_names,
    is_guided,
    is_single,
    without_basis,
    without_guidance,
)
from bot.question.time_bounds import TimeBounds, time_bounds
from bot.text.lexicon import NUMBER_WORDS
from bot.text.quantities import Measure, normal, quantities

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question

Order = Literal["descending", "ascending"]
Comparison = Literal["above", "below"]

MIN_ENTITIES = 3
"""Entities side by side from which a question asks for a table; two are answered with sentences."""

_ADJECTIVES = r"(?:(?:all|the|these|those|each|every|other|big|large|major|leading|frontier|main|public|listed|AI|of)\s+)*"
_COMPANIES = re.compile(
    r"\b(?:which|what|how many|list|rank|compare|all)\s+(?:all\s+)?(?:of\s+)?(?:the\s+)?(?:other\s+)?(?:AI\s+)?"
    r"(?:companies|firms|businesses)\b"  # "which companies", "list all the AI companies"
    r"|\b(?:which|what)\s+(?:company|firm|business)\b",  # "which company"
    re.IGNORECASE,
)
_OPERATORS = re.compile(
    r"^\W*(?:(?:please|can you|could you)\s+)?(?:list|rank|order|sort|show(?: me)?|give me|compare)\b"  # "Rank the labs"
    r"|\b(?:rank(?:ing|ed)|sorted|ordered|compared?|comparison|side by side)\b"  # "labs ranked by revenue"
    r"|\b(?:what|how) (?:is|are|was|were|do|does|did)\b.*\b(?:each|every|all)\b",  # "what is the margin of each lab"
    re.IGNORECASE,
)
_TOP = re.compile(
    r"\b(?:top|bottom|(?:biggest|largest|highest|lowest|smallest))\s+(?P<n>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\b"  # "top 5"
    r"|\b(?P<before>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\s+(?:biggest|largest|highest|lowest|smallest)\b",  # "three largest"
    re.IGNORECASE,
)
_HIGHEST = re.compile(
    r"\b(?:most|highest|largest|biggest|greatest|best|top|more)\b",  # "spends the most"
    re.IGNORECASE,
)
_LOWEST = re.compile(
    r"\b(?:least|lowest|smallest|fewest|worst|bottom)\b", re.IGNORECASE
)  # "the lowest margin"
_SUPERLATIVE = re.compile(
    r"\b(?:which|what|who)\b.*\b(?:(?:the|has|have) )?"
    r"(?:most|highest|largest|biggest|greatest|least|lowest|smallest|fewest)\b",  # "which lab has the highest revenue"
    re.IGNORECASE,
)
_RANKED = re.compile(
    r"\brank|\b(?:most|highest|largest|biggest|greatest|least|lowest|smallest|fewest|top|bottom)\b",
    re.IGNORECASE,
)
_THRESHOLD = re.compile(
    r"\b(?:(?P<above>above|over|more than|greater than|higher than|larger than|at least|exceed(?:s|ing)?|north of)"  # "above $1 trillion"
    r"|(?P<below>below|under|less than|lower than|smaller than|fewer than|at most))\s+(?:about\s+)?(?=[\d$€£¥US])",  # "under 50%"
    re.IGNORECASE,
)
_ASKS_THRESHOLD = re.compile(r"\b(?:which|what|how many|list|who|show|all)\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:not|no|never|without|except|excluding|other than|besides)\b|n['\u2019]t\b", re.IGNORECASE
)
_JOIN = re.compile(r"\s*(?:,|/|&|\b(?:and|or|vs|versus|against|with)\b\.?)[\s,]*(?:the\s+)?", re.IGNORECASE)
_NOISE = (
    "rank list compare comparison show give me name order sort sorted ranking side top bottom most least highest largest "
    "biggest greatest lowest smallest best fewest which what who how many has have had do does did make makes earn earns "
    "spend spends spending report reports reported figure figures number numbers level amount size current currently latest "
    "newest recent today now each every all other company companies firm firms business businesses please can you could "
    "above over more than below under less at exceed exceeds exceeding greater higher larger lower smaller fewer in on by for "
    "of with to value values much is are was were be up and their its table descending ascending line run from high low"
)
"""Words that say how the answer is to be arranged, not which figure is meant."""


@dataclass(frozen=True, slots=True)
class FigureQuestion:
    """A question for one metric of several entities."""

    entities: tuple[str, ...]
    """The entities that the question names, in order; empty for every company of the library."""
    group: str
    """The name of the group that they are, or ""."""
    terms: frozenset[str]
    """The terms that name the metric."""
    basis: str
    """The basis that the question names, or ""."""
    guided: bool
    """Whether the question asks for guidance or a forecast."""
    bounds: TimeBounds
    order: Order = "descending"
    most: int = 0
    """The number of entries that the question asks for; 0 for all."""
    threshold: tuple[Comparison, Measure] | None = None
    is_ranked: bool = False
    """Whether the question asks for an order by value, and not only for a list."""
    is_superlative: bool = False
    """Whether the question asks which entity is first or last."""


def figure_question(question: Question, corpus: Corpus, today: date) -> FigureQuestion | None:
    """Return what a question asks of the figures of several entities, or None for any other question.

    A question counts only if it names a set (a group that the library declares, three entities side by side, or companies in
    general), asks for an arrangement of it (rank, list, superlative, threshold, comparison) and denies nothing.
    """
    text = question.text
    if question.intent != "question" or question.answer_type == "reason" or _NEGATION.search(text):
        return None
    scope = _scope(text, corpus) if _may_ask(text) else None
    if scope is None:
        return None
    entities, group, rest = scope
    top, threshold = _TOP.search(rest), _threshold(rest)
    is_side_by_side = bool(entities) and not group
    asks = (
        bool(_OPERATORS.search(rest) or top or _SUPERLATIVE.search(text))
        or (threshold is not None and bool(_ASKS_THRESHOLD.search(text)))
        or is_side_by_side
    )
    if not asks:
        return None
    bounds, rest = time_bounds(rest, today)
    basis = basis_of(rest)
    rest = _without_threshold(rest)
    named = frozenset(
        corpus.terms(corpus.gazetteer.lengthened(without_guidance(without_basis(_TOP.sub(" ", rest)))))
    )
    ascending = bool(_LOWEST.search(text)) and not _HIGHEST.search(_LOWEST.sub(" ", text))
    count = (top["n"] or top["before"]).lower() if top else "0"
    return FigureQuestion(
        entities,
        group,
        named,
        basis,
        is_guided(rest),
        bounds,
        "ascending" if ascending else "descending",
        int(count) if count.isdigit() else NUMBER_WORDS[count],
        threshold,
        bool(top or _RANKED.search(text)),
        bool(_SUPERLATIVE.search(text)),
    )


def _may_ask(text: str) -> bool:
    """Return whether a text has a word that arranges a set, or a comma, so that reading it further is worth the time."""
    return "," in text or any(
        pattern.search(text) for pattern in (_OPERATORS, _TOP, _SUPERLATIVE, _THRESHOLD)
    )


def means_metric(asked: FigureQuestion, core: frozenset[str], corpus: Corpus) -> bool:
    """Return whether the terms of a metric are all that a question asks about, beside words of arrangement.

    "Run rate" and "annualized" without a metric mean revenue.
    """
    noise = frozenset(corpus.terms(_NOISE))
    wanted = asked.terms
    if asked.basis == "annualized" and not wanted - noise:
        wanted = frozenset(corpus.terms("revenue"))
    return bool(core) and core <= wanted and wanted - core <= noise


def _scope(text: str, corpus: Corpus) -> tuple[tuple[str, ...], str, str] | None:
    """Return the entities of a question, their group's name and the text without them; None if the question has no set."""
    for group in sorted(_groups(corpus), key=lambda group: -len(group[0])):
        name, members = group
        singular = re.escape(name.removesuffix("s"))
        plural = re.compile(rf"\b{_ADJECTIVES}{singular}s?\b(?:['\u2019]s?)?", re.IGNORECASE)
        if plural.search(text):
            return members, name, plural.sub(" ", text)
    if row := _side_by_side(text, corpus):
        names, start, end = row
        return names, "", f"{text[:start]} {text[end:]}"
    if _COMPANIES.search(text):
        return (), "companies", text
    return None


def _groups(corpus: Corpus) -> Iterable[tuple[str, tuple[str, ...]]]:
    for document in corpus.generation.documents:
        for group in document.members:
            yield group.name, group.members


def _side_by_side(text: str, corpus: Corpus) -> tuple[tuple[str, ...], int, int] | None:
    """Return three or more entities with figures that stand side by side, and where their row starts and ends."""
    known = {
        name
        for figure in corpus.figure_store
        if is_single(figure.entity)
        for name in entity_names(figure.entity)
    }
    words = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    if not words:
        return None
    found = list(re.finditer(rf"(?<!\w)(?:{words})(?!\w)(?:['\u2019]s?)?", text, re.IGNORECASE))
    for first in range(len(found)):
        row = [found[first]]
        for match in found[first + 1 :]:
            if not _JOIN.fullmatch(text[row[-1].end() : match.start()]):
                break
            row.append(match)
        if len(row) >= MIN_ENTITIES:
            names = tuple(dict.fromkeys(re.sub("['\u2019]s?$", "", match.group()) for match in row))
            return names, row[0].start(), row[-1].end()
    return None


def _threshold(text: str) -> tuple[Comparison, Measure] | None:
    """Return the comparison and the amount of a threshold, or None.

    >>> _threshold("which labs have revenue above $10 billion?")
    ('above', (Decimal('10000000000'), '$'))
    """
    plain = normal(text)
    found = _THRESHOLD.search(plain)
    if not found:
        return None
    amount = next((quantity for quantity in quantities(plain) if found.end() <= quantity.start + 1), None)
    if amount is None or amount.start - found.end() > len("US$ "):
        return None
    return ("above" if found["above"] else "below"), _base(amount.measure)


def _base(amount: Measure) -> Measure:
    """Return an amount in watts if it is a power, as the figure store has it."""
    value, unit = amount
    return comparable(float(value), unit) if unit in {"kw", "mw", "gw", "tw"} else (Decimal(value), unit)


def _without_threshold(text: str) -> str:
    """Return a text without its threshold."""
    plain = normal(text)
    found = _THRESHOLD.search(plain)
    if not found:
        return text
    amount: Sequence[int] = [q.end for q in quantities(plain) if found.end() <= q.start + 1][:1]
    return f"{plain[: found.start()]} {plain[amount[0] :]}" if amount else text
