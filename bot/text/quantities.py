"""The quantities of a text, so that "$30B" and "30 billion dollars" are the same and "$30B" and "30 %" are not. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, and where it stands in its text."""

    value: Decimal
    unit: str
    """As `_UNITS` writes it; "" where there is none."""
    start: int
    end: int

    @property
    def measure(self) -> tuple[Decimal, str]:
        """What two quantities share that are the same."""
        return self.value, self.unit


_SCALES = {
    "thousand": 3, "k": 3, "million": 6, "millions": 6, "mn": 6, "m": 6, "billion": 9, "billions": 9, "bn": 9, "b": 9,
    "trillion": 12, "trillions": 12, "tn": 12, "t": 12,
}  # fmt: skip
_UNITS = {
    "$": "$", "us$": "$", "usd": "$", "dollar": "$", "dollars": "$", "€": "€", "eur": "€", "euro": "€", "euros": "€",
    "£": "£", "gbp": "£", "pound": "£", "pounds": "£", "¥": "¥", "jpy": "¥", "yen": "¥", "cent": "cent", "cents": "cent",
    "%": "%", "percent": "%", "per cent": "%", "percentage point": "point", "percentage points": "point", "pp": "point",
    "basis point": "bp", "basis points": "bp", "bp": "bp", "bps": "bp",
    "kilowatt": "kw", "megawatt": "mw", "gigawatt": "gw", "terawatt": "tw",
    "kilowatt hour": "kwh", "megawatt hour": "mwh", "gigawatt hour": "gwh", "terawatt hour": "twh",
    "kw": "kw", "mw": "mw", "gw": "gw", "tw": "tw", "kwh": "kwh", "mwh": "mwh", "gwh": "gwh", "twh": "twh",
    "kb": "kb", "mb": "mb", "gb": "gb", "tb": "tb", "pb": "pb", "nm": "nm", "nanometre": "nm", "nanometer": "nm",
    "x": "times", "×": "times", "time": "times", "times": "times",
    "second": "second", "minute": "minute", "hour": "hour", "day": "day", "week": "week", "month": "month",
    "quarter": "quarter", "year": "year", "decade": "decade", "century": "century",
}  # fmt: skip
_WORDS = sorted((key for key in _UNITS if key[0].isalpha()), key=len, reverse=True)
_UNIT = "|".join(re.escape(word).replace(r"\ ", r"[\s-]") for word in _WORDS)
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.,)])[-\N{MINUS SIGN}])?(?P<before>(?:US)?[$€£¥]|\b(?:USD|EUR|GBP|JPY)\s)?\s?"
    r"(?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![.,]?\d)"
    r"(?P<scale>(?:[\s-]?(?:thousand|millions?|billions?|trillions?|mn|bn|tn)|(?-i:[kKmMbBT]))(?![a-z]))?"
    rf"(?:\s?(?P<after>%|×)|[\s-]?(?P<unit>{_UNIT})s?(?![a-z]))?",
    re.IGNORECASE,
)
_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_TENS = """twenty thirty forty fifty sixty seventy eighty ninety"""
_SPELLED = {word: n for n, word in enumerate(_ONES.split())}
_SPELLED |= {word: 10 * n for n, word in enumerate(_TENS.split(), start=2)}
_SPELLED |= {"hundred": 100, "dozen": 12}
_WORD = "|".join(_SPELLED)
_PHRASE = re.compile(
    rf"(?<!\w)(?P<words>(?:{_WORD})(?:(?:[\s-]|\sand\s)(?:{_WORD}))*)(?![a-z])"
    r"(?:[\s-](?P<scale>thousand|millions?|billions?|trillions?)(?![a-z]))?"
    rf"(?:\s?(?P<after>%)|[\s-](?P<unit>{_UNIT})s?(?![a-z]))?",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"(?<!\w)(?:(?P<half>half|halves|halv(?:ed|es|ing))|(?P<double>doubl(?:e|ed|es|ing)|twice|twofold)|"
    r"(?P<triple>tripl(?:e|ed|es|ing)|threefold|thrice)|(?P<quadruple>quadrupl(?:e|ed|es|ing)|fourfold)|"
    r"(?P<tenfold>tenfold)|(?P<third>thirds?)|(?P<quarters>quarters?(?=\sof\b)|three-quarters)|"
    r"(?P<thousands>thousands)|(?P<millions>millions)|(?P<billions>billions)|(?P<trillions>trillions)|(?P<dozens>dozens)|"
    r"(?P<hundreds>hundreds)|(?P<once>once))(?!\w)",
    re.IGNORECASE,
)


def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of a text, in order: in figures, spelled out, and as words such as "half" and "doubled".

    >>> [(str(q.value), q.unit) for q in quantities("$30B+ (up from 9 billion dollars), 92 per cent, 3.5 gigawatts")]
    [('30000000000', '$'), ('9000000000', '$'), ('92', '%'), ('3.5', 'gw')]
    >>> [(str(q.value), q.unit) for q in quantities("thirty-five plants halved in two years")]
    [('35', ''), ('1', 'half'), ('2', 'year')]
    """
    plain = normal(text)
    figures = [_figure(match) for match in _NUMBER.finditer(plain)]
    words = [_phrase(match) for match in _PHRASE.finditer(plain)]
    words += [
        Quantity(Decimal(1), str(match.lastgroup), match.start(), match.end())
        for match in _VAGUE.finditer(plain)
    ]
    free = [word for word in words if not any(f.start <= word.start < f.end for f in figures)]
    return tuple(sorted((*figures, *free), key=lambda quantity: quantity.start))


def normal(text: str) -> str:
    """The text with one form for each figure, and every white space a space.

    >>> normal("３０\N{NO-BREAK SPACE}GW")
    '30 GW'
    """
    return "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFKC", text))


def _figure(match: re.Match[str]) -> Quantity:
    scale = (match["scale"] or "").strip(" -").lower()
    value = Decimal(f"{match['digits'].replace(',', '')}e{_SCALES.get(scale, 0)}")  # exact, however long
    unit = match["before"] or match["after"] or match["unit"] or ""
    return Quantity(
        _plain(-value if match["sign"] else value), _unit(unit), match.start("digits"), match.end()
    )


def _phrase(match: re.Match[str]) -> Quantity:
    total = 0
    for word in re.split(r"[\s-]+", match["words"].lower()):
        if word in {"hundred", "dozen"}:
            total = max(total, 1) * _SPELLED[word]
        elif word != "and":
            total += _SPELLED[word]
    value = Decimal(f"{total}e{_SCALES.get((match['scale'] or '').lower(), 0)}")
    return Quantity(_plain(value), _unit(match["after"] or match["unit"] or ""), match.start(), match.end())


def _plain(value: Decimal) -> Decimal:
    """The value in one form: 2.50 as 2.5, and 1E+1 as 10."""
    if value == value.to_integral_value():
        return Decimal(int(value))
    return Decimal(f"{value:f}".rstrip("0"))


def _unit(word: str) -> str:
    lowered = re.sub(r"[\s-]+", " ", word.strip().lower())
    return _UNITS.get(lowered, lowered)
