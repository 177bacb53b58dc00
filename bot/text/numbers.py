"""Numbers in a text, in plain form."""

from __future__ import annotations

import re
from functools import lru_cache

CACHED_TEXTS = 1 << 13
"""Texts whose numbers, names or periods are cached (about 3 MB each): frequent sentences are read for every question."""

_NUMBER = re.compile(
    r"(?<![\w.,])[$€£¥]?\d+(?:[.,]\d+)*(?!\w)"  # a number on its own: "$1,577", "2.50"
    r"|(?<![\w.,])[$€£¥]?\d+(?:[.,]\d+)*(?=(?:%|[kKmMbBtT]n?|[GMk]W|TWh|x)\b|%)"  # with a unit attached: "9GW", "3x", "40%"
)
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")  # "1,234.5"
_CONTINENTAL = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?")  # "1.234.567,8"


@lru_cache(CACHED_TEXTS)
def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of a text, each once, in order, without currency, separators and trailing zeros.

    >>> numbers("$1,577 in 2018, up 2.50% on Q3")
    ('1577', '2018', '2.5')
    >>> numbers("1.000.000 units, 1.234.567,80 euros, release 10.0.0")
    ('1000000', '1234567.8', '10.0.0')
    """
    plain = (_plain(match.group()) for match in _NUMBER.finditer(text))
    return tuple(dict.fromkeys(plain))


def _plain(number: str) -> str:
    digits = number.lstrip("$€£¥")
    if _ENGLISH.fullmatch(digits):
        digits = digits.replace(",", "")
    elif _CONTINENTAL.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    return digits.rstrip("0").rstrip(".") if digits.count(".") == 1 else digits
