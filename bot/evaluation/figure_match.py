"""Whether a quotation says the figure that another sentence says: pure, and strict rather than kind."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.text.quantities import normal, quantities
from index.text.tokenizer import terms

Figure = tuple[Decimal, str]
"""A value, scaled ("$1.5 billion" is 1.5e9), and its unit as `bot.text.quantities` writes it, "year", or "" where it has none."""

_YEAR = re.compile(r"(?:19|20)\d\d(?:[\s-](?:quarter|year|month|week|day)s?)?", re.IGNORECASE)
"""A year, also where a part of it stands behind: "the July 2025 quarter"."""
_WORD = re.compile(r"\w[\w-]*")


def figures(text: str) -> frozenset[Figure]:
    """The figures of a text that are written in digits.

    >>> sorted((str(value), unit) for value, unit in figures("$1.5bn in 2026, up 92% on 1,577 GW"))
    [('1500000000', '$'), ('1577', 'gw'), ('2026', 'year'), ('92', '%')]
    """
    plain = normal(text)
    found = [quantity for quantity in quantities(plain) if plain[quantity.start].isdigit()]
    return frozenset(
        (one.value, "year" if _YEAR.fullmatch(plain[one.start : one.end]) else one.unit) for one in found
    )


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
