"""Whether a quotation says the figure that another sentence says: pure, and strict rather than kind."""

from __future__ import annotations

import re

from index.lexical import terms

Figure = tuple[float, str]
"""A value, scaled ("$1.5 billion" is 1.5e9), and its unit: "$", "%", "GW" ..., "year", or "" where it has none."""

_FIGURE = re.compile(
    r"(?P<sign>[$€£¥])?\s?(?<![\w.,])(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)"
    r"(?:[\s-]?(?P<scale>thousand|million|billion|trillion|bn|tn|mn|[kKM](?=\b)))?"
    r"(?:\s?(?P<unit>%|per ?cent\b|percentage points?\b|[kMGT]Wh?\b|[KMGT]B(?:/s)?\b|nm\b|dollars?\b|USD\b|euros?\b|EUR\b))?",
)
_SCALES = {
    "thousand": 1e3, "k": 1e3, "K": 1e3, "million": 1e6, "mn": 1e6, "M": 1e6, "billion": 1e9, "bn": 1e9,
    "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_UNITS = {
    "percent": "%", "per cent": "%", "dollar": "$", "dollars": "$", "USD": "$", "euro": "€", "euros": "€", "EUR": "€",
}  # fmt: skip
_WORD = re.compile(r"\w[\w-]*")


def figures(text: str) -> frozenset[Figure]:
    """The figures of a text.

    >>> sorted(figures("$1.5bn in 2026, up 92% on 1,577 GW"))
    [(92.0, '%'), (1577.0, 'GW'), (2026.0, 'year'), (1500000000.0, '$')]
    """
    return frozenset(_figure(match) for match in _FIGURE.finditer(text))


def _figure(match: re.Match[str]) -> Figure:
    digits, scale = match["digits"], match["scale"]
    unit = match["sign"] or _UNITS.get(match["unit"] or "", match["unit"] or "")
    if not unit and not scale and re.fullmatch(r"(?:19|20)\d\d", digits):
        unit = "year"
    return float(digits.replace(",", "")) * _SCALES.get(scale or "", 1.0), unit


def entails(quotation: str, context: str, gold: str) -> bool:
    """Whether a quotation has every figure of the gold sentence, years too, and it or its context every name.

    False where the gold sentence has no figure but years. `context` is what the quotation stands under: title,
    headings, a table's header. A sentence that gives the figure with fewer details than the gold one does not count.

    >>> gold = "Nvidia booked a $4.5 billion charge in the quarter ended April 2025."
    >>> entails("Its charge in April 2025 was $4.5bn.", "Nvidia", gold), entails("It lost $4.5bn in April.", "Nvidia", gold)
    (True, False)
    """
    wanted = figures(gold)
    if all(unit == "year" for _, unit in wanted) or not wanted <= figures(quotation):
        return False
    said = {word.lower() for word in _WORD.findall(f"{context} {quotation}")}
    return all(name.lower() in said for name in _names(gold))


def _names(text: str) -> list[str]:
    """The words with a capital, that of a sentence's first word too, but those that say nothing."""
    return [word for word in _WORD.findall(text) if word[0].isupper() and terms(word)]
