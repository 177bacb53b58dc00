"""The type of answer that a question asks for, and whether a sentence holds one."""

from __future__ import annotations

import re
from typing import Literal

from bot.text.lexicon import NUMBER_WORDS, SCALE_WORDS
from bot.text.names import names
from bot.text.numbers import numbers
from bot.text.periods import QUARTER_OR_HALF
from index.text.months import MONTHS

AnswerType = Literal["date", "amount", "number", "name", "place", "reason", "other"]
"""The type of answer that a question expects."""

_QUESTION_WORDS: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
    (
        "date",  # "when", "in which quarter"
        re.compile(r"\b(?:when|(?:what|which) (?:year|date|month|day|quarter|century|decade)|as of when)\b"),
    ),
    (
        "amount",  # "how much", "what is the price"
        re.compile(
            r"\bhow (?:much|expensive|costly)\b|\bwhat (?:is|was|are|were) (?:the )?(?:price|cost|salary)\b"
        ),
    ),
    (
        "number",  # "how many", "which share"
        re.compile(
            r"\bhow (?:many|long|old|far|big|large|tall|high|deep|fast|often|heavy|wide)\b|"  # "how many", "how large"
            r"\b(?:what|which) (?:number|percentage|percent|share|proportion|fraction|portion|amount|size|rate)\b"  # "what share"
        ),
    ),
    (
        "place",  # "where", "in which country"
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|region|continent|town|county|location)\b"
        ),
    ),
    (
        "name",  # "who", "which company"
        re.compile(
            r"\b(?:who|whom|whose)\b|\b(?:what|which) (?:person|company|companies|firm|organi[sz]ation|team|player|"  # "who", "which company"
            r"actor|author|king|queen|president|lab|vendor|supplier|hyperscalers?)\b"  # "which vendor"
        ),
    ),
    (
        "reason",  # "why", "what caused"
        re.compile(
            r"\bwhy\b|\bhow come\b|\bwhat (?:caused|causes|made|makes|explains|led to|leads to)\b|\bfor what reason\b"
        ),
    ),
)

_DEFINITION = re.compile(
    r"(?:what(?:'s|\N{RIGHT SINGLE QUOTATION MARK}s| is| are| does| do)|define|explain)\s+(?:an?\s+|the (?:meaning|definition) of\s+(?:an?\s+)?)?"
    r"((?!the\b)[\w&-]+(?:\s+[\w&-]+){0,2}?)(?:\s+(?:mean|stand for))?[\s?.!]*",  # "what is a wafer", "what does capex mean"
    re.IGNORECASE,
)

_DATE = re.compile(
    r"\b(?:1[0-9]|20)\d\d\b"  # a year: "1998", "2026"
    rf"|\b(?:{'|'.join(MONTHS)})\b"  # a month: "April", but not the verb "may"
    r"|\b\d{1,2}(?:st|nd|rd|th)? century\b"  # "19th century"
    rf"|\b{QUARTER_OR_HALF}\b"  # "Q3", "H1"
)
_MONEY = re.compile(
    r"[$€£¥]\s?\d"  # "$5"
    r"|\b\d[\d.,]*\s?(?:dollars|euros|pounds|cents|USD|EUR)\b",  # "5 dollars"
    re.IGNORECASE,
)
_NUMBER_WORD = re.compile(
    rf"\b(?:{'|'.join([*NUMBER_WORDS, *SCALE_WORDS])}"  # "forty", "dozens", "millions"
    r"|half|third|quarter|twice|once|double|triple)s?\b",  # "a third", "doubles"
    re.IGNORECASE,
)
_FRACTION = re.compile(
    r"\b(?:half|(?:a|one|two) thirds?|(?:a|one|three) quarters? of)\b", re.IGNORECASE
)  # "half", "about a third", "three quarters of"; but not "a quarter" of a year
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|so that|as a result|in order to|caused? by|led to|leads? to|reasons?|thanks to|"  # "because", "thanks to"
    r"driven by|therefore|stems? from|attributed? to|to (?:avoid|prevent|protect|reduce|increase|allow|ensure))\b",  # "driven by", "to avoid"
    re.IGNORECASE,
)
_PLACE = re.compile(  # a preposition before a capital: "in Ohio", "across the Atlantic"
    r"\b(?:in|at|near|from|to|of|on|across|between|north|south|east|west)\s+(?:the\s+)?[A-Z]\w+"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def answer_type(question: str) -> AnswerType:
    """Return the type of answer that a question expects; of several question words the first decides.

    >>> answer_type("Why did rents fall?"), answer_type("How many chips?"), answer_type("Tell me about HBM")
    ('reason', 'number', 'other')
    """
    lowered = question.lower()
    found = [(match.start(), kind) for kind, pattern in _QUESTION_WORDS if (match := pattern.search(lowered))]
    return min(found)[1] if found else "other"


def defined_term(question: str) -> str:
    """Return the term of at most three words that a question asks the meaning of, or "".

    >>> defined_term("What is a wafer?"), defined_term("what does PUE mean"), defined_term("What is the price of HBM?")
    ('wafer', 'PUE', '')
    """
    found = _DEFINITION.fullmatch(question.strip())
    return found[1] if found else ""


def type_match(expected: AnswerType, sentence: str, question: str) -> float:
    """Return 1 if a sentence holds an answer of the expected type that the question does not name itself, else -1.

    Returns 0 if the question expects no particular type.

    >>> type_match("date", "The plant opened in 1998.", "When did the plant open?")
    1.0
    >>> type_match("amount", "The plant opened in 1998.", "How much did the plant cost in 1998?")
    -1.0
    """
    if expected == "other":
        return 0.0
    return 1.0 if _holds(expected, sentence, question) else -1.0


def _holds(expected: AnswerType, sentence: str, question: str) -> bool:
    if expected == "date":
        asked = set(_DATE.findall(question))
        return any(found not in asked for found in _DATE.findall(sentence))
    if expected == "amount":
        is_amount = bool(_MONEY.search(sentence) or _FRACTION.search(sentence))
        return is_amount or _has_new_number(sentence, question)
    if expected == "number":
        return _has_new_number(sentence, question) or bool(_NUMBER_WORD.search(sentence))
    if expected == "reason":
        return bool(_REASON.search(sentence))
    lowered = question.lower()
    if expected == "place":
        return any(m.group().split()[-1].lower() not in lowered for m in _PLACE.finditer(sentence))
    return any(name.lower() not in lowered for name in names(sentence))


def _has_new_number(sentence: str, question: str) -> bool:
    asked = set(numbers(question))
    return any(n not in asked and not _YEAR.fullmatch(n) for n in numbers(sentence))
