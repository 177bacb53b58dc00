"""The figures of a library as one typed table: entity, metric, unit, date, value and status of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.corpus.figures import period_of
from bot.text.quantities import Measure, measure
from index.types import Document, Point

Status = Literal["reported", "guided", "estimated"]
Terms = Callable[[str], Sequence[str]]

_BASES = (
    (
        "growth",
        r"year[ -]o(?:n|ver)[ -]year|(?:growth|up|down) on the year|yoy",
    ),  # "percent year on year"
    ("annualized", r"annuali[sz]ed|run[ -]rate|a year\b|per year"),  # "USD billion, annualized"
    ("fiscal year", r"fiscal years?(?: end(?:ed|ing)(?: in)? \w+)?"),  # "fiscal year ended in June"
    (
        "quarter",
        r"quarter(?:ly)?(?: end(?:ed|ing)(?: in)? \w+(?: \d{4})?)?",
    ),  # "quarterly", "quarter ending October 2026"
    ("month", r"monthly|(?:a|per) month"),  # "USD billion a month"
    ("week", r"weekly|(?:a|per) week"),  # "weekly tokens"
    ("year", r"annual(?:ly)?|(?:calendar )?year"),  # "annual revenue", "(year)"
)
"""The time that a figure is measured over, the most specific first."""

_BASIS = re.compile("|".join(rf"\b(?:{pattern})" for _, pattern in _BASES), re.IGNORECASE)
_GUIDED = re.compile(
    r"\b(?:guidance|guided|outlook"  # "revenue guidance"
    r"|(?:fore|pro)(?:cast|ject)(?:s|ed|ions?)?"  # "forecast", "projection"
    r"|targets?|goals?|plan(?:s|ned)?|expected)\b",  # "planned capital expenditure"
    re.IGNORECASE,
)
_ESTIMATED = re.compile(r"\b(?:estimate[sd]?|claims?|index)\b", re.IGNORECASE)  # "(Bernstein estimate)"
_BOUND = re.compile(
    r"\b(?P<low>low end|bottom|at least|minimum)"  # "low end", "at least"
    r"|\b(?P<high>high end|top|at most|ceiling|maximum|up to)",  # "top of range"
    re.IGNORECASE,
)
_RANGE_WORDS = re.compile(r"\b(?:of (?:the )?range|middle)\b", re.IGNORECASE)  # "top of range"
_YEAR = re.compile(r"\b(?:for )?(?:fiscal )?((?:19|20)\d\d)\b")  # "guidance for 2026"
_QUALIFIER = re.compile(r"\s*[(,]")
_JOINED = re.compile(r"\s/\s|\band\b|\bcombined\b|\bworld\b", re.IGNORECASE)
"""A name of several entities: "Anthropic / Google", "Amazon and Meta combined"."""

_UNIT_WORD = re.compile(r"[^\s,()]+")
_SCALE_WORDS = frozenset(["thousand", "million", "billion", "trillion"])
_WATTS = {"kw": 3, "mw": 6, "gw": 9, "tw": 12}
"""Powers of ten that convert power, and energy with "h" behind, to watts and watt hours."""


@dataclass(frozen=True, slots=True)
class Metric:
    """The parts of a metric's name and unit that decide which figures can be compared."""

    core: frozenset[str]
    """The terms that name the quantity: revenue, gross margin."""
    basis: str
    """The time it is measured over: "quarter", "annualized"; empty for a balance or a price."""
    status: Status = "reported"
    bound: Literal["", "low", "high"] = ""
    qualifier: str = ""
    """The definition behind the name, without the basis: "finance leases included"."""
    year: str = ""
    """The year that the metric is about if it names one: "guidance for 2026"."""


@dataclass(frozen=True, slots=True)
class Place:
    """The sentence or table row that a figure was read from."""

    row: int
    """The row of the passage in the generation."""
    start: int
    """The offset of the sentence in the passage."""
    value: str
    """The value, verbatim: "$65 billion"."""
    has_unit: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of one metric of one entity, with the document that states it."""

    entity: str
    names: frozenset[str]
    """The names of the entity in lower case, with the name in parentheses: "amazon", "aws"."""
    metric_name: str
    metric: Metric
    unit: str
    point: Point
    status: Status
    amount: Measure
    """The value in its base unit, so that equal amounts are equal, and the unit that it can be compared in."""
    document: str
    """The id of the document."""
    place: Place | None = None
    """The place of a figure from a table or a sentence; None for a figure from front matter."""
    kind_of_entity: str = ""
    """The head of the column that names the entity: "Company"; empty without such a column."""

    @property
    def month(self) -> int:
        """The last month of the figure's period, counted from year 0."""
        return period_of(self.point.as_of).months[-1]

    @property
    def period(self) -> str:
        """The year that the metric names, else the date of the figure."""
        return self.metric.year or self.point.as_of

    @property
    def kind(self) -> tuple[str, str]:
        """The unit and the basis: only figures of the same kind can be ranked. Shares are comparable whatever period they cover."""
        unit, basis = self.amount[1], self.metric.basis
        return unit, "" if unit == "%" and basis != "growth" else basis


def read_metric(name: str, unit: str, terms: Terms) -> Metric:
    """Return the parts of a metric's name.

    >>> from index.text.tokenizer import terms
    >>> read_metric("capital expenditure (quarter, finance leases included)", "USD billion", terms).basis
    'quarter'
    >>> found = read_metric("revenue guidance for 2026, low end", "USD billion", terms)
    >>> found.status, found.bound, found.year, found.basis, sorted(found.core)
    ('guided', 'low', '2026', 'year', ['revenu'])
    """
    status: Status = (
        "guided" if _GUIDED.search(name) else "estimated" if _ESTIMATED.search(name) else "reported"
    )
    bound = _BOUND.search(name)
    head, *rest = _QUALIFIER.split(name)
    years = _YEAR.findall(head)
    basis = basis_of(f"{name}, {unit}") or ("year" if years else "")
    notes = (_bare(part, "").strip(" ),") for part in rest)
    return Metric(
        core=frozenset(terms(_bare(_YEAR.sub(" ", head), " "))),
        basis=basis,
        status=status,
        bound="" if bound is None else "low" if bound["low"] else "high",
        qualifier=", ".join(filter(None, notes)),
        year=years[0] if years else "",
    )


def basis_of(text: str) -> str:
    """Return the basis that a text names, or "".

    >>> basis_of("quarterly revenue"), basis_of("run rate"), basis_of("valuation")
    ('quarter', 'annualized', '')
    """
    return next((name for name, pattern in _BASES if re.search(rf"\b(?:{pattern})", text, re.IGNORECASE)), "")


def without_basis(text: str) -> str:
    """Return a text without the words that name a basis.

    >>> without_basis("quarterly revenue").strip()
    'revenue'
    """
    return _BASIS.sub(" ", text)


def is_guided(text: str) -> bool:
    """Return whether a text asks for guidance or a forecast.

    >>> is_guided("planned capex"), is_guided("capex")
    (True, False)
    """
    return bool(_GUIDED.search(text))


def without_guidance(text: str) -> str:
    """Return a text without the words for guidance and forecasts."""
    return _GUIDED.sub(" ", text)


def entity_names(entity: str) -> frozenset[str]:
    """Return the names under which an entity appears, in lower case.

    >>> sorted(entity_names("SpaceX AI segment (xAI with X)")), sorted(entity_names("OpenAI"))
    (['spacex ai segment', 'xai'], ['openai'])
    """
    first, _, inside = entity.partition("(")
    second = re.split(r",|\)|\bwith\b", inside)[0]
    return frozenset(name for part in (first, second) if (name := part.strip().lower()))


def is_single(entity: str) -> bool:
    """Return whether a name is of one entity.

    >>> is_single("Amazon"), is_single("Amazon and Meta combined"), is_single("OpenAI / Amazon")
    (True, False, False)
    """
    return not _JOINED.search(entity.partition("(")[0])


def comparable(value: float, unit: str) -> Measure:
    """Return a value in its base unit and the unit in which it can be compared.

    >>> comparable(400, "USD million, annualized") == comparable(0.4, "USD billion")
    True
    >>> comparable(1.2, "GW") == comparable(1200, "MW"), comparable(3.5, "USD per GPU-hour")[1]
    (True, '$ per gpu-hour')
    """
    number, symbol = measure(value, unit)
    words = [word.lower() for word in _UNIT_WORD.findall(without_basis(unit))]
    power = symbol.removesuffix("h")
    if power in _WATTS:
        hours = "h" if symbol.endswith("h") else ""
        return number * Decimal(10) ** _WATTS[power], f"w{hours}"
    rest = [word for word in words[:2] if word not in _SCALE_WORDS and not (symbol and measure(1, word)[1])]
    return number, " ".join(filter(None, (symbol, *rest, *words[2:])))


def collect(documents: Iterable[Document], terms: Terms) -> tuple[Figure, ...]:
    """Return every figure of some documents, in their order; `terms` reads a text's terms."""
    found: list[Figure] = []
    metrics: dict[tuple[str, str], Metric] = {}
    for document in documents:
        published = {source.id: source.published for source in document.sources}
        for series in document.figures:
            name = series.metric, series.unit
            metric = metrics.get(name) or metrics.setdefault(name, read_metric(*name, terms))
            names = entity_names(series.entity)
            found.extend(
                Figure(
                    series.entity, names, series.metric, metric, series.unit, point,
                    status_of(metric, point, published.get(point.source, "")),
                    comparable(point.value, series.unit), document.id,
                )
                for point in series.points
            )  # fmt: skip
    return tuple(found)


def named_entities(documents: Sequence[Document]) -> set[str]:
    """Return the names, in lower case, of the entities that front matter names; of titles in a library without figures.

    A title may be an ordinary word ("Valuation"), so it counts only where nothing else names entities.

    >>> from index.types import Group
    >>> sorted(named_entities([Document("a", "a.md", "Calendar", members=(Group("labs", ("Acme", "Bolt")),))]))
    ['acme', 'bolt']
    >>> sorted(named_entities([Document("a", "a.md", "Acme")]))
    ['acme']
    """
    names: set[str] = set()
    for document in documents:
        names.update(member.lower() for group in document.members for member in group.members)
        for series in document.figures:
            if is_single(series.entity):
                names |= entity_names(series.entity)
    return names or {document.title.lower() for document in documents}


def status_of(metric: Metric, point: Point, published: str) -> Status:
    """Return the status of a figure; a figure for a period that ends after its source's date is guided."""
    if metric.status == "reported" and published:
        is_ahead = period_of(point.as_of).months[-1] > period_of(published).months[-1]
        return "guided" if is_ahead else "reported"
    return metric.status


def _bare(text: str, gap: str) -> str:
    """Return a text without the words for basis, status and bound."""
    for pattern in (_BASIS, _GUIDED, _BOUND, _RANGE_WORDS):
        text = pattern.sub(gap, text)
    return text
