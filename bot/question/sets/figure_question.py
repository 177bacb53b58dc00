"""Questions that ask for the figures of several entities, or of one entity over time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.corpus.figure_store import basis_of, is_guided, without_basis, without_guidance
from bot.question.sets.arrangement import Arrangement, arrangement
from bot.question.sets.time_bounds import TimeBounds, time_bounds

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question

MIN_ENTITIES = 3
"""Entities side by side from which a question asks for a table; two are answered with sentences."""

_ADJECTIVES = r"(?:(?:all|the|these|those|each|every|other|big|large|major|leading|frontier|main|public|private|listed|top|AI|model|of)\s+)*"
_COMPANY = r"(?:companies|firms|businesses|vendors|suppliers|providers)"
_COMPANIES = re.compile(
    r"\b(?:which|what|how many|list|rank|compare|all|top|\d+|biggest|largest)\s+(?:all\s+)?(?:of\s+)?(?:the\s+)?(?:other\s+)?"
    rf"(?:AI\s+)?{_COMPANY}\b"  # "which companies", "list all the AI companies"
    r"|\b(?:which|what)\s+(?:AI\s+)?(?P<one>company|firm|business|vendor|supplier|provider)\b"  # "which company"
    r"|\A\W*(?P<who>who)\b",  # "who has the highest margin"
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*(?:,|/|&|\b(?:and|or|vs|versus|against|with)\b\.?)[\s,]*(?:the\s+)?", re.IGNORECASE)
_POSSESSIVE = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s?$")
_NOISE = (
    "rank list compare comparison show give me name order sort sorted ranking side top bottom most least highest largest "
    "biggest greatest lowest smallest best worst fewest which what who whose how many has have had do does did make makes earn "
    "earns spend spends spent spending report reports reported figure figures number numbers level amount size current "
    "currently latest newest recent today now each every all other company companies firm firms business businesses please can "
    "you could above over more than below under less at exceed exceeds exceeding greater higher larger lower smaller fewer in "
    "on by for of with to value values much is are was were be been and or their its it table descending ascending line run "
    "from high low count vendor vendors supplier suppliers provider providers changed change grown grow developed moved gone "
    "between so far time any there history track lead leads leading ahead announce announced post posted stand stands plot "
    "chart graph first last"
)
"""Words that say how the answer is to be arranged, not which figure is meant."""


@dataclass(frozen=True, slots=True)
class FigureQuestion:
    """A question for one metric of several entities, or of one entity over time."""

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
    arrangement: Arrangement
    is_one: bool = False
    """Whether the question asks for the one entity that is first or last."""

    @property
    def is_series(self) -> bool:
        """Return whether the question asks for the values of one entity."""
        return not self.group and len(self.entities) == 1

    @property
    def most(self) -> int:
        """The number of entries that the question asks for; 0 for all."""
        return self.arrangement.most or int(self.is_one)


def figure_question(question: Question, corpus: Corpus, today: date) -> FigureQuestion | None:
    """Return what a question asks of the figures of the library, or None for any other question.

    A question counts if it names a set (a group that the library declares, three entities side by side, or companies in
    general) and asks for an arrangement of it (rank, list, superlative, limit, count, comparison), or if it names one entity
    and asks for its values over time.
    """
    if question.intent != "question" or question.answer_type == "reason":
        return None
    asked = arrangement(question.text)
    if asked.is_negated:
        return None
    scope = _scope(asked.rest, corpus, asked)
    if scope is None:
        return None
    bounds, rest = time_bounds(scope.rest, today, _year_end(scope, corpus))
    is_side_by_side = bool(scope.entities) and not scope.group
    if scope.is_single:
        if not (asked.is_series or asked.asks_date or bounds.is_range):
            return None
    elif not (
        asked.is_set
        or asked.is_compared
        or is_side_by_side
        or (asked.is_phrase and scope.group and not scope.is_one)
    ):
        return None
    excluded = {name.lower() for name in _names_in(asked.excluded, corpus)}
    named = without_guidance(without_basis(rest))
    return FigureQuestion(
        tuple(name for name in scope.entities if name.lower() not in excluded),
        scope.group,
        frozenset(corpus.terms(corpus.gazetteer.lengthened(named))) | _group_terms(scope.group, corpus),
        basis_of(rest),
        is_guided(rest),
        bounds,
        asked,
        scope.is_one and asked.is_superlative and not asked.most,
    )


def means_metric(asked: FigureQuestion, core: frozenset[str], corpus: Corpus) -> bool:
    """Return whether the terms of a metric are all that a question asks about, beside words of arrangement.

    "Run rate" and "annualized" without a metric mean revenue, to spend means capital spending, and growth is the growth of revenue. The name of the group may
    be a part of the metric: the cloud revenue of the clouds.
    """
    noise = frozenset(corpus.terms(_NOISE))
    revenue, growth = frozenset(corpus.terms("revenue")), frozenset(corpus.terms("growth"))
    group = _group_terms(asked.group, corpus)
    wanted = asked.terms
    if asked.basis in {"annualized", "growth"} and not wanted - group - noise:
        wanted = wanted | revenue
    spending = frozenset(corpus.terms("capital spending"))
    if core == spending and wanted & frozenset(corpus.terms("spend spent")) and not wanted - group - noise:
        wanted = wanted | spending
    if growth & core:
        core = core - revenue
        wanted = (wanted | growth if asked.basis == "growth" else wanted) - revenue
    return bool(core - group) and core <= wanted | group and wanted - core <= noise | group


def _group_terms(group: str, corpus: Corpus) -> frozenset[str]:
    return frozenset(corpus.terms(group)) if group and group != "companies" else frozenset()


@dataclass(frozen=True, slots=True)
class _Scope:
    """The entities that a question is about, and its text without them."""

    entities: tuple[str, ...]
    group: str
    rest: str
    is_one: bool = False
    """Whether the question names the group in the singular: "which lab"."""

    @property
    def is_single(self) -> bool:
        """Return whether the question is about one entity."""
        return len(self.entities) == 1 and not self.group


def _scope(text: str, corpus: Corpus, asked: Arrangement) -> _Scope | None:
    """Return the entities of a question; None if it names none."""
    for name, members in sorted(_groups(corpus), key=lambda group: -len(group[0])):
        singular = re.escape(name.removesuffix("s"))
        named = re.compile(rf"\b{_ADJECTIVES}{singular}(?P<plural>s)?\b(?:['\u2019]s?)?", re.IGNORECASE)
        if found := named.search(text):
            return _Scope(members, name, named.sub(" ", text), not found["plural"])
    if row := _side_by_side(text, corpus):
        return row
    if found := _COMPANIES.search(text):
        is_one = bool(found["one"] or found["who"])
        return _Scope((), "companies", f"{text[: found.start()]} {text[found.end() :]}", is_one)
    names = list(corpus.entity_names.finditer(text))
    if len({_bare(match.group()) for match in names}) == 1 and not asked.is_ranked:
        (first, *_) = names
        return _Scope((_bare(first.group()),), "", corpus.entity_names.sub(" ", text))
    return None


def _year_end(scope: _Scope, corpus: Corpus) -> int:
    """Return the month in which the fiscal year of the question's only entity ends; December for several entities."""
    for document in corpus.generation.documents:
        if scope.is_single and document.title.lower().startswith(scope.entities[0].lower()):
            return document.fiscal_year_ends
    return 12


def _groups(corpus: Corpus) -> Iterable[tuple[str, tuple[str, ...]]]:
    for document in corpus.generation.documents:
        for group in document.members:
            yield group.name, group.members


def _side_by_side(text: str, corpus: Corpus) -> _Scope | None:
    """Return three or more entities that stand side by side."""
    found = list(corpus.entity_names.finditer(text))
    for first in range(len(found)):
        row = [found[first]]
        for match in found[first + 1 :]:
            if not _JOIN.fullmatch(text[row[-1].end() : match.start()]):
                break
            row.append(match)
        if len(row) >= MIN_ENTITIES:
            names = tuple(dict.fromkeys(_bare(match.group()) for match in row))
            return _Scope(names, "", f"{text[: row[0].start()]} {text[row[-1].end() :]}")
    return None


def _names_in(text: str, corpus: Corpus) -> Iterable[str]:
    return (_bare(match.group()) for match in corpus.entity_names.finditer(text))


def _bare(name: str) -> str:
    """Return a name without the possessive."""
    return _POSSESSIVE.sub("", name)
