"""What a question asks for: the kind of answer, its numbers and its names. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.text.periods import MONTHS

_REMEMBERED = 1 << 13
"""Texts whose numbers, and whose names, are remembered, about 3 MB each: those of often found sentences are asked for again."""

Asks = Literal["date", "amount", "number", "name", "place", "reason", "other"]
"""The kind of answer that a question expects."""

_ASKS: tuple[tuple[Asks, re.Pattern[str]], ...] = (
    (
        "date",
        re.compile(r"\b(?:when|(?:what|which) (?:year|date|month|day|quarter|century|decade)|as of when)\b"),
    ),
    (
        "amount",
        re.compile(
            r"\bhow (?:much|expensive|costly)\b|\bwhat (?:is|was|are|were) (?:the )?(?:price|cost|salary)\b"
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|long|old|far|big|large|tall|high|deep|fast|often|heavy|wide)\b|"
            r"\b(?:what|which) (?:number|percentage|percent|share|proportion|fraction|portion|amount|size|rate)\b"
        ),
    ),
    (
        "place",
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|region|continent|town|county|location)\b"
        ),
    ),
    (
        "name",
        re.compile(
            r"\b(?:who|whom|whose)\b|\b(?:what|which) (?:person|company|companies|firm|organi[sz]ation|team|player|"
            r"actor|author|king|queen|president|lab|vendor|supplier|hyperscalers?)\b"
        ),
    ),
    (
        "reason",
        re.compile(
            r"\bwhy\b|\bhow come\b|\bwhat (?:caused|causes|made|makes|explains|led to|leads to)\b|\bfor what reason\b"
        ),
    ),
)

_NUMBER = re.compile(
    r"(?<![\w.,])[$€£¥]?\d+(?:[.,]\d+)*(?!\w)|(?<![\w.,])[$€£¥]?\d+(?:[.,]\d+)*(?=(?:%|[kKmMbBtT]n?|[GMk]W|TWh|x)\b|%)"
)
_NAME = re.compile(r"(?<![\w])(?:[A-Z][\w&.-]*[\w]|[A-Z]|[a-z]+[A-Z]\w*|[A-Za-z]\w*\d\w*|\d\w*[A-Za-z]\w*)")
_DATE = re.compile(
    rf"\b(?:1[0-9]|20)\d\d\b|\b(?:{'|'.join(MONTHS)})\b|\b\d{{1,2}}(?:st|nd|rd|th)? century\b|\bQ[1-4]\b|\bH[12]\b"
)
_MONEY = re.compile(r"[$€£¥]\s?\d|\b\d[\d.,]*\s?(?:dollars|euros|pounds|cents|USD|EUR)\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\d")
_SPELLED = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand|"
    r"million|billion|trillion|half|third|quarter|dozen|twice|once|double|triple)s?\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|so that|as a result|in order to|caused? by|led to|leads? to|reasons?|thanks to|"
    r"driven by|therefore|stems? from|attributed? to|to (?:avoid|prevent|protect|reduce|increase|allow|ensure))\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of|on|across|between|north|south|east|west)\s+(?:the\s+)?[A-Z]\w+"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is asked of the library."""

    text: str
    """What is encoded."""
    asks: Asks
    numbers: tuple[str, ...]
    """The numbers that it names, without currency and thousands separators: "30", "2026", "3.5"."""
    names: tuple[str, ...]
    """The capitalised words (but not the first) and the words with digits that it names."""


def read(text: str) -> Question:
    """The question in these words.

    >>> read("How much did Nvidia earn in 2026?")
    Question(text='How much did Nvidia earn in 2026?', asks='amount', numbers=('2026',), names=('Nvidia',))
    """
    text = " ".join(text.split())
    return Question(text, asks(text), numbers(text), names(text))


def asks(text: str) -> Asks:
    """The kind of answer that a question expects.

    >>> asks("Why did rents fall?"), asks("How many chips?"), asks("Tell me about HBM")
    ('reason', 'number', 'other')
    """
    lowered = text.lower()
    found = [(match.start(), kind) for kind, pattern in _ASKS if (match := pattern.search(lowered))]
    return min(found)[1] if found else "other"


@lru_cache(_REMEMBERED)
def numbers(text: str) -> tuple[str, ...]:
    """The numbers in a text, each once, in order, in plain form.

    >>> numbers("$1,577 in 2018, up 2.50% on Q3")
    ('1577', '2018', '2.5')
    >>> numbers("1.000.000 units, 1.234.567,80 euros, release 10.0.0")
    ('1000000', '1234567.8', '10.0.0')
    """
    plain = (_plain(match.group()) for match in _NUMBER.finditer(text))
    return tuple(dict.fromkeys(plain))


def _plain(number: str) -> str:
    digits = number.lstrip("$€£¥")
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", digits):
        digits = digits.replace(".", "").replace(",", ".")
    return digits.rstrip("0").rstrip(".") if digits.count(".") == 1 else digits


@lru_cache(_REMEMBERED)
def names(text: str) -> tuple[str, ...]:
    """The words of a text that look like names: capitals inside it, digits beside letters. Each once, in order.

    >>> names("Does Google's TPU v7 beat the H100?")
    ('Google', 'TPU', 'v7', 'H100')
    """
    first = re.match(r"\W*(\w+)", text)
    start = first.start(1) if first else -1
    found = []
    for match in _NAME.finditer(text):
        word = match.group()
        plain = word.isalpha() and not any(c.isupper() for c in word[1:])
        if (match.start() == start and plain) or word == "I":
            continue
        found.append(word)
    return tuple(dict.fromkeys(found))


def answers(kind: Asks, sentence: str, question: str) -> float:
    """+1 where a sentence holds the kind of answer that is asked for, and one that the question lacks; -1 where not.

    0 for a question of no particular kind.

    >>> answers("date", "The plant opened in 1998.", "When did the plant open?")
    1.0
    >>> answers("amount", "The plant opened in 1998.", "How much did the plant cost in 1998?")
    -1.0
    """
    if kind == "other":
        return 0.0
    return 1.0 if _holds(kind, sentence, question) else -1.0


def _holds(kind: Asks, sentence: str, question: str) -> bool:
    if kind == "date":
        asked = set(_DATE.findall(question))
        return any(found not in asked for found in _DATE.findall(sentence))
    if kind == "amount":
        return bool(_MONEY.search(sentence)) or _new_number(sentence, question)
    if kind == "number":
        return _new_number(sentence, question) or bool(_SPELLED.search(sentence))
    if kind == "reason":
        return bool(_REASON.search(sentence))
    if kind == "place":
        lowered = question.lower()
        return any(m.group().split()[-1].lower() not in lowered for m in _PLACE.finditer(sentence))
    lowered = question.lower()
    return any(name.lower() not in lowered for name in names(sentence))


def _new_number(sentence: str, question: str) -> bool:
    asked = set(numbers(question))
    return any(n not in asked and not re.fullmatch(r"(?:19|20)\d\d", n) for n in numbers(sentence))
