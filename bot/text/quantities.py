"""The quantities in a text: "$30B" and "30 billion dollars" are the same quantity, "$30B" and "30%" are not."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from bot.text.lexicon import MULTIPLIERS, NUMBER_WORDS, SCALES

Measure = tuple[Decimal, str]
"""A value and its unit, as `_UNITS` writes it; "" for a number without a known unit."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, and its place in the text."""

    value: Decimal
    unit: str
    """The unit as `_UNITS` writes it; empty without a unit."""
    start: int
    end: int
    """Offsets in the normalised text (`normal`)."""

    @property
    def measure(self) -> Measure:
        """The value and the unit, which are equal for equal quantities."""
        return self.value, self.unit


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
_UNIT_WORDS = sorted((key for key in _UNITS if key[0].isalpha()), key=len, reverse=True)
_UNIT = "|".join(re.escape(word).replace(r"\ ", r"[\s-]") for word in _UNIT_WORDS)
_SCALE = r"thousand|millions?|billions?|trillions?"
_IN_FIGURES = re.compile(
    r"(?P<sign>(?<![\w.,)])[-\N{MINUS SIGN}])?"  # "-5", but not "3-5"
    r"(?P<before>(?:US)?[$€£¥]|\b(?:USD|EUR|GBP|JPY)\s)?\s?"  # "$30", "US$30", "USD 30"
    r"(?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![.,]?\d)"  # "1,577.5", "30", not "1.000.000"
    rf"(?P<scale>(?:[\s-]?(?:{_SCALE}|mn|bn|tn)|(?-i:[kKmMbBT]))(?![a-z]))?"  # "30 billion", "30bn", "30B"
    rf"(?:\s?(?P<after>%|×)|[\s-]?(?P<unit>{_UNIT})s?(?![a-z]))?",  # "30%", "3.5 GW", "18-month"
    re.IGNORECASE,
)
_NUMBER_WORD = "|".join(NUMBER_WORDS)
_IN_WORDS = re.compile(
    rf"(?<!\w)(?P<words>(?:{_NUMBER_WORD})(?:(?:[\s-]|\sand\s)(?:{_NUMBER_WORD}))*)(?![a-z])"  # "two hundred and fifty"
    rf"(?:[\s-](?P<scale>{_SCALE})(?![a-z]))?"  # "thirty billion"
    rf"(?:\s?(?P<after>%)|[\s-](?P<unit>{_UNIT})s?(?![a-z]))?",  # "eighteen months"
    re.IGNORECASE,
)
_AS_WORD = re.compile(
    r"(?<!\w)(?:(?P<half>half|halves|halv(?:ed|es|ing))"  # "half", "halved"
    r"|(?P<double>doubl(?:e|ed|es|ing)|twice|twofold)"  # "doubled", "twice"
    r"|(?P<triple>tripl(?:e|ed|es|ing)|threefold|thrice)"  # "tripled"
    r"|(?P<quadruple>quadrupl(?:e|ed|es|ing)|fourfold)"  # "quadrupled"
    r"|(?P<tenfold>tenfold)|(?P<third>thirds?)"  # "tenfold", "a third"
    r"|(?P<quarters>quarters?(?=\sof\b)|three-quarters)"  # "a quarter of", but not "the quarter"
    r"|(?P<thousands>thousands)|(?P<millions>millions)|(?P<billions>billions)|(?P<trillions>trillions)"  # "millions"
    r"|(?P<dozens>dozens)|(?P<hundreds>hundreds)|(?P<once>once))(?!\w)",  # "dozens", "once"
    re.IGNORECASE,
)


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a text, in order: in figures, in words, and as words such as "half" and "doubled".

    >>> [(str(q.value), q.unit) for q in quantities("$30B+ (up from 9 billion dollars), 92 per cent, 3.5 gigawatts")]
    [('30000000000', '$'), ('9000000000', '$'), ('92', '%'), ('3.5', 'gw')]
    >>> [(str(q.value), q.unit) for q in quantities("thirty-five plants halved in two years")]
    [('35', ''), ('1', 'half'), ('2', 'year')]
    """
    plain = normal(text)
    figures = [_from_figures(match) for match in _IN_FIGURES.finditer(plain)]
    words = [_from_words(match) for match in _IN_WORDS.finditer(plain)]
    words += [
        Quantity(Decimal(1), str(match.lastgroup), match.start(), match.end())
        for match in _AS_WORD.finditer(plain)
    ]
    free = [word for word in words if not any(f.start <= word.start < f.end for f in figures)]
    return tuple(sorted((*figures, *free), key=lambda quantity: quantity.start))


def measure(value: float, unit: str) -> Measure:
    """Return a value with a unit that may have a scale, as front matter writes it, as a measure.

    Further words of the unit are ignored, and an unknown unit is "".

    >>> [(str(value), unit) for value, unit in (measure(30, "USD billion, annualized"), measure(17.5, "percent of revenue"))]
    [('30000000000', '$'), ('17.5', '%')]
    >>> [(str(value), unit) for value, unit in (measure(3, "trillion tokens"), measure(1.2, "GW"), measure(90, "KRW trillion"))]
    [('3000000000000', ''), ('1.2', 'gw'), ('90000000000000', '')]
    """
    words = re.findall(r"[^\s,()]+", unit.lower())
    power = next((SCALES[word] for word in words[:2] if len(word) > 1 and word in SCALES), 0)
    singular = [word if word in _UNITS else word.removesuffix("s") for word in words[:2]]
    known = next((_UNITS[word] for word in singular if word in _UNITS), "")
    two = " ".join(words[:2])
    return _plain(Decimal(f"{value:.12g}").scaleb(power)), _UNITS.get(two, known)


def normal(text: str) -> str:
    """Return the text with one form for each figure, and every white space a space.

    >>> normal("３０\N{NO-BREAK SPACE}GW")
    '30 GW'
    """
    return "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFKC", text))


def _from_figures(match: re.Match[str]) -> Quantity:
    scale = (match["scale"] or "").strip(" -").lower()
    value = Decimal(
        f"{match['digits'].replace(',', '')}e{SCALES.get(scale, 0)}"
    )  # exact for any number of digits
    unit = match["before"] or match["after"] or match["unit"] or ""
    return Quantity(
        _plain(-value if match["sign"] else value), _unit(unit), match.start("digits"), match.end()
    )


def _from_words(match: re.Match[str]) -> Quantity:
    total = 0
    for word in re.split(r"[\s-]+", match["words"].lower()):
        if word in MULTIPLIERS:
            total = max(total, 1) * MULTIPLIERS[word]
        elif word != "and":
            total += NUMBER_WORDS[word]
    value = Decimal(f"{total}e{SCALES.get((match['scale'] or '').lower(), 0)}")
    return Quantity(_plain(value), _unit(match["after"] or match["unit"] or ""), match.start(), match.end())


def _plain(value: Decimal) -> Decimal:
    """Return the value in one form: 2.50 as 2.5, and 1E+1 as 10."""
    if value == value.to_integral_value():
        return Decimal(int(value))
    return Decimal(f"{value:f}".rstrip("0"))


def _unit(word: str) -> str:
    lowered = re.sub(r"[\s-]+", " ", word.strip().lower())
    return _UNITS.get(lowered, lowered)
