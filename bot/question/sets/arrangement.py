"""The arrangement that a question asks for: an order, a number of entries, limits on the value, a count, a series."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.corpus.figure_store import comparable
from bot.text.lexicon import NUMBER_WORDS
from bot.text.quantities import Measure, normal, quantities

Order = Literal["descending", "ascending"]
Comparison = Literal["above", "below", "at least", "at most"]

_HIGH = r"(?:most|highest|largest|biggest|greatest|best|longest|fastest|richest|priciest|dearest|newest|strongest)"
_LOW = r"(?:least|lowest|smallest|fewest|worst|shortest|slowest|cheapest|weakest)"
_NUMBER = r"(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)"
_OPERATORS = re.compile(
    r"^\W*(?:(?:please|can you|could you|pls)\s+)?(?:list|rank|order|sort|show(?: me)?|give me|name)\b"  # "Rank the labs"
    r"|\b(?:rank(?:ing|ed)?|sorted|ordered|side by side|league table)\b"  # "labs ranked by revenue"
    r"|\b(?:what|how) (?:is|are|was|were|do|does|did)\b.*\b(?:each|every|all)\b",  # "what is the margin of each lab"
    re.IGNORECASE,
)
_COMPARED = re.compile(r"\b(?:compared?|comparison)\b", re.IGNORECASE)  # "compare the labs"
_COUNT_OF_ONE = re.compile(
    r"\bhow many\b.*\b(?:does|do|did|can|could|will|would|should)\b", re.IGNORECASE
)  # "how many seats does Copilot have" asks for one figure
_TOP = re.compile(
    rf"\b(?:top|bottom|{_HIGH}|{_LOW})\s+(?P<n>{_NUMBER})\b"  # "top 5", "largest three"
    rf"|\b(?P<before>{_NUMBER})\s+(?:{_HIGH}|{_LOW}|most \w+)\b",  # "three largest"
    re.IGNORECASE,
)
_HIGHEST = re.compile(rf"\b(?:{_HIGH}|top|more)\b", re.IGNORECASE)  # "spends the most"
_LOWEST = re.compile(rf"\b(?:{_LOW}|bottom)\b|\bascending\b", re.IGNORECASE)  # "the lowest margin"
_ASKS = r"(?:which|what|who|whose|name|list|show)"
_SUPERLATIVE = re.compile(
    rf"\b{_ASKS}\b.*\b(?:{_HIGH}|{_LOW})\b",  # "which lab has the highest revenue"
    re.IGNORECASE,
)
_RANKED = re.compile(rf"\brank|\b(?:{_HIGH}|{_LOW}|top|bottom)\b", re.IGNORECASE)
_LIMIT = re.compile(
    r"(?:(?P<not>\b(?:no|not|n['\u2019]t)\s+(?:\w+\s+)?))?"  # "not above", "no more than"
    r"\b(?:(?P<least>at least|no less than|not less than|minimum of)"  # "at least $1 billion"
    r"|(?P<most>at most|up to|no more than|not more than|maximum of)"  # "at most 5 GW"
    r"|(?P<above>above|over|more than|greater than|higher than|larger than|exceed(?:s|ing)?|north of|beyond|bigger than)"
    r"|(?P<below>below|under|less than|lower than|smaller than|fewer than|short of|cheaper than))"
    r"\s+(?:about\s+|a\s+)?(?=[-\d$€£¥U]|EUR|minus)",  # "under 50%", "above US$1 trillion"
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\b(?:between|from)\s+(?P<a>(?:US)?[$€£¥]?\s?[\d.,]+[^,;?]*?)\s+(?:and|to)\s+(?P<b>(?:US)?[$€£¥]?\s?[\d.,]+)",
    re.IGNORECASE,
)  # "between $10 and $50 billion"
_OR_MORE = re.compile(
    r"\s*(?:\+|(?P<more>or (?:more|higher|above))|(?P<less>or (?:less|lower|below)))", re.IGNORECASE
)
_ASKS_LIMIT = re.compile(rf"\b(?:{_ASKS}|how many|all|are there|any)\b", re.IGNORECASE)
_COUNT = re.compile(r"\b(?:how many|the number of|count(?: the| of)?)\s+", re.IGNORECASE)  # "how many labs"
_SERIES = re.compile(
    r"\b(?:over time|over the (?:years|quarters|months)|over the (?:last|past) \w+ (?:years|quarters)"
    r"|(?:quarterly |yearly |monthly )?history(?: of)?|time series|series|trajectory|trend|evolution|evolved?|timeline"
    r"|(?:quarter|month|year)[ -](?:by|over|on|after)[ -](?:quarter|month|year)(?! growth)"
    r"|develop(?:ed|ment)?|(?:every|all|each|the) data points?"
    r"|(?:by|each|every) (?:quarter|month|year)|all (?:the )?(?:quarters|years|months))\b",
    re.IGNORECASE,
)  # "run rate over time", "revenue by quarter"
_AS_OF_WHEN = re.compile(r"\bas of (?:when|what (?:date|month))\b|\bhow (?:recent|old) is\b", re.IGNORECASE)
_EXCEPT = re.compile(
    r",?\s*\b(?:other than|except(?: for)?|besides|excluding|apart from|aside from|not counting|without counting|but not)\s+",
    re.IGNORECASE,
)  # "labs other than OpenAI"
_NEGATION = re.compile(r"\b(?:not|no|never|without|neither|nor)\b|n['\u2019]t\b", re.IGNORECASE)
_WORDING = (
    (re.compile(r"\b(?:most|least) valuable\b|\bworth (?:the )?(?:most|least)\b", re.IGNORECASE), "valuation"),
    (re.compile(r"\b(?:cheapest|priciest|dearest|(?:most|least) expensive|costs? the (?:most|least))\b", re.IGNORECASE), "price"),
    (re.compile(r"\b(?:fastest|slowest)[ -]growing\b|\bgr(?:ow|ew|ows|owing) (?:the )?(?:fastest|slowest|most|least)\b", re.IGNORECASE), "revenue growth"),
    (re.compile(r"\b(?:worth|valued at)\b", re.IGNORECASE), "valuation"),
)  # fmt: skip
"""Wording that names a metric: "the most valuable lab"."""

_SIGN = re.compile(
    r"\b(?:(?P<negative>negative)|positive)\s+(?=\w)", re.IGNORECASE
)  # "negative free cash flow"
_SENTENCE = re.compile(
    r"\A\W*(?:what|how|why|when|where|is|are|was|were|do|does|did|can|could|will|would|should|has|have|tell|explain)\b",
    re.IGNORECASE,
)
"""The beginning of a full question; any other text may be a phrase such as "clouds by revenue"."""

_NOW = re.compile(r"\b(?:right now|now|at the moment|at present|as of today)\b", re.IGNORECASE)
"""Words for the present, which a library may read as the ticker of a company: NOW is ServiceNow."""

_FLIPPED: dict[Comparison, Comparison] = {
    "above": "at most", "below": "at least", "at least": "below", "at most": "above",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on the value of an entry."""

    comparison: Comparison
    amount: Measure
    """The value in its base unit; the unit is "" for any unit."""

    def holds(self, value: Decimal) -> bool:
        """Return whether a value in the same unit is within the bound.

        >>> Limit("at least", (Decimal(5), "$")).holds(Decimal(5)), Limit("above", (Decimal(5), "$")).holds(Decimal(5))
        (True, False)
        """
        bound = self.amount[0]
        match self.comparison:
            case "above":
                return value > bound
            case "below":
                return value < bound
            case "at least":
                return value >= bound
            case _:
                return value <= bound


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a question wants its entries arranged, and the rest of its text."""

    rest: str
    """The text without limits and the number of entries, with wording such as "cheapest" as the metric that it means."""
    order: Order = "descending"
    most: int = 0
    """The number of entries that the question asks for; 0 for all."""
    limits: tuple[Limit, ...] = ()
    is_listed: bool = False
    """Whether the question asks for a list or a rank in words."""
    is_compared: bool = False
    """Whether the question asks for a comparison in words."""
    is_ranked: bool = False
    """Whether the question asks for an order by value, and not only for a list."""
    is_superlative: bool = False
    """Whether the question asks which entry is first or last."""
    is_count: bool = False
    is_series: bool = False
    """Whether the question asks for values over time."""
    asks_date: bool = False
    """Whether the question asks for the date of a value."""
    excluded: str = ""
    """The text behind "other than"."""
    is_phrase: bool = False
    """Whether the text is a phrase and no sentence: "clouds by revenue"."""
    is_negated: bool = False
    """Whether the question denies something that no limit has taken in."""

    @property
    def is_set(self) -> bool:
        """Return whether the question asks for an arrangement of several entries, beside a comparison."""
        return bool(self.is_listed or self.most or self.is_superlative or self.limits or self.is_count)


def arrangement(text: str) -> Arrangement:
    """Return the arrangement that a question asks for.

    >>> found = arrangement("top 3 labs by revenue")
    >>> found.most, found.order, found.rest.split()
    (3, 'descending', ['labs', 'by', 'revenue'])
    >>> [(limit.comparison, str(limit.amount[0])) for limit in arrangement("which labs earn between $1 and $5 billion?").limits]
    [('at least', '1000000000'), ('at most', '5000000000')]
    >>> arrangement("which clouds do not have a backlog above $400 billion").limits[0].comparison
    'at most'
    """
    limits, rest = _limits(text)
    is_negated = bool(_NEGATION.search(rest))
    if limits and is_negated:
        limits = tuple(Limit(_FLIPPED[limit.comparison], limit.amount) for limit in limits)
        is_negated = False
        rest = _NEGATION.sub(" ", rest)
    rest, excluded = _without_excluded(rest)
    top = _TOP.search(rest)
    ascending = bool(_LOWEST.search(text)) and not _HIGHEST.search(_LOWEST.sub(" ", text))
    number = (top["n"] or top["before"]).lower() if top else "0"
    is_superlative = bool(_SUPERLATIVE.search(text))
    return Arrangement(
        _as_metric(_AS_OF_WHEN.sub(" ", _SERIES.sub(" ", _TOP.sub(" ", rest)))),
        "ascending" if ascending else "descending",
        int(number) if number.isdigit() else NUMBER_WORDS[number],
        limits if _ASKS_LIMIT.search(text) or not _SENTENCE.search(text) else (),
        bool(_OPERATORS.search(rest)),
        bool(_COMPARED.search(rest)),
        bool(top or _RANKED.search(text)),
        is_superlative,
        bool(_COUNT.search(text)) and not _COUNT_OF_ONE.search(text),
        bool(_SERIES.search(text)),
        bool(_AS_OF_WHEN.search(text)),
        excluded,
        not _SENTENCE.search(text),
        is_negated,
    )


def _limits(text: str) -> tuple[tuple[Limit, ...], str]:
    """Return the limits of a text, and the text without them."""
    plain = normal(text)
    found = quantities(plain)
    if (both := _BETWEEN.search(plain)) and (ends := _ends(both, plain)):
        low, high, end = ends
        return (Limit("at least", low), Limit("at most", high)), f"{plain[: both.start()]} {plain[end:]}"
    limits: list[Limit] = []
    cuts: list[tuple[int, int]] = []
    for match in _LIMIT.finditer(plain):
        amount = next((q for q in found if match.end() <= q.start + 1), None)
        if amount is None or amount.start - match.end() > len("minus US$ "):
            continue
        sign = -1 if "minus" in plain[match.end() : amount.start] and amount.value > 0 else 1
        name: Comparison = (
            "at least"
            if match["least"]
            else "at most"
            if match["most"]
            else "above"
            if match["above"]
            else "below"
        )
        limits.append(
            Limit(_FLIPPED[name] if match["not"] else name, base((amount.value * sign, amount.unit)))
        )
        cuts.append((match.start(), amount.end))
    if not limits and (negative := _SIGN.search(plain)):
        limits.append(Limit("below" if negative["negative"] else "above", (Decimal(0), "")))
        cuts.append(negative.span())
    if not limits:
        for amount in found:
            if (more := _OR_MORE.match(plain, amount.end)) and amount.unit:
                limits.append(Limit("at most" if more["less"] else "at least", base(amount.measure)))
                cuts.append((amount.start - (plain[amount.start - 1 : amount.start] in "$€£¥"), more.end()))
    for start, end in reversed(cuts):
        plain = f"{plain[:start]} {plain[end:]}"
    return tuple(limits), plain if cuts else text


def _ends(match: re.Match[str], plain: str) -> tuple[Measure, Measure, int] | None:
    """Return the two amounts of "between A and B" and where B ends; None if they are years or of different units."""
    found = [q for q in quantities(plain) if match.start() <= q.start]
    if len(found) < 2 or not found[1].unit:
        return None
    low, high = found[0], found[1]
    if low.unit not in {high.unit, ""} or match.start("b") > high.start:
        return None
    value = low.value
    if "illion" not in match["a"] and "illion" in plain[high.start : high.end]:  # "$10 to $50 billion"
        digits = Decimal(re.sub(r"[^\d.]", "", plain[high.start : high.end].split(" ", maxsplit=1)[0]) or 1)
        value = low.value * (high.value / digits)
    return base((value, high.unit)), base(high.measure), high.end


def base(amount: Measure) -> Measure:
    """Return an amount in watts if it is a power, as the figure store has it."""
    value, unit = amount
    return comparable(float(value), unit) if unit in {"kw", "mw", "gw", "tw"} else (Decimal(value), unit)


def _without_excluded(text: str) -> tuple[str, str]:
    """Return a text without its exclusion, and what is excluded: "labs other than OpenAI by revenue" excludes OpenAI.

    The names end at a verb or a preposition.
    """
    found = _EXCEPT.search(text)
    if not found:
        return text, ""
    rest = text[found.end() :]
    end = re.search(r"\b(?:by|with|have|has|had|spend|spends|in|on|that|which|who|is|are)\b|[?.;]|\Z", rest)
    cut = end.start() if end else len(rest)
    return f"{text[: found.start()]} {rest[cut:]}", rest[:cut].strip()


def _as_metric(text: str) -> str:
    """Return a text in which wording that means a metric is the metric.

    >>> _as_metric("which is the most valuable lab")
    'which is the valuation lab'
    """
    text = _NOW.sub(" ", text)
    for pattern, metric in _WORDING:
        text = pattern.sub(metric, text)
    return text
