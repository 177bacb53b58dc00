"""The direction that a text asserts (up, down), and whether a sentence contradicts a question's premise.

A question such as "Why did revenue fall?" takes a side of an axis for granted. A sentence on the same subject that has the
other side of the axis, and not this side, contradicts the question. The words of each axis are in `bot.text.lexicon`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from bot.text.lexicon import Pole, negations, poles_by_word
from bot.text.quantities import Quantity, quantities

_PHRASES: tuple[tuple[re.Pattern[str], str, tuple[str, str]], ...] = (
    # "costs more", "cost a lot less"
    (re.compile(r"\bcost(?:s|ing)? (?:\w+ )?(more|less)\b"), "price", ("more", "less")),
    (
        re.compile(
            r"\b(?:go|goes|going|gone|went|moved?|moving|headed|heading|pushed|turned|back"  # "went up", "turned down"
            r"|put(?:s|ting)?(?: [\w'-]+){1,3}) (up|down)\b"  # "put their prices up"
        ),
        "direction",
        ("up", "down"),
    ),
    # "ten times as many"
    (re.compile(r"\b(times) as (?:many|much)\b"), "amount", ("times", "")),
)
"""Words that assert a side only together: a pattern, the axis, and the text of the group on each side."""

_BECAME = (
    r"\b(?:get|gets|got|getting|become|becomes|became|becoming|make|makes|made|making|turned)"  # "became ..."
    r"(?: (?:so|much|even))?"  # "got so much ..."
)
_BECAME_MORE = re.compile(rf"{_BECAME} (more|less) \w+(?:able|ible|ive|ful|ous|ent|ant|ic|al)\b")
"""A change in two words: "became less profitable"."""
_BECAME_COMPARATIVE = re.compile(rf"{_BECAME}(?: [\w.'-]+){{0,2}}?(?<! a)(?<! an)(?<! the) (\w+er|worse)\b")
"""A change in one word: "the queue got longer", but not "made a bigger plan"."""

_CLAUSE_END = re.compile(
    r"[;:]"  # "revenue rose; costs fell"
    r"|,? (?:and|but|while|whereas|although|though) "  # "revenue rose, but costs fell"
    # ", costs fell", but not before a figure's own change: "2,061 GW, down 10%", "39%, from 33%", "$5 billion, a rise of 4%"
    r"|, (?!(?:up|down|more|less|twice|double|half|from|against|compared|its"
    r"|an? (?:rise|fall|drop|gain|jump|decline|increase|decrease))\b)"
)

_HYPOTHETICAL = re.compile(r"\b(?:would|if|unless|should (?:not|never))\b")
"""Wording that makes a whole sentence a supposition or advice: "if prices fell", "should not be read as a rise"."""
_COULD = re.compile(r"\bcould\b")
"""Wording that makes only its own clause a supposition: "no company had cut its plan, as far as the library could read"."""
_ANY_CHANGE = re.compile(
    r"\b(?:an?|any)(?: [a-z]+){0,2}? "
    r"(?:rise|increase|gain|jump|surge|fall|drop|decline|decrease|cut|reduction|slump|slowdown)\b",
    re.IGNORECASE,
)
"""A change in general: "a fall in prices cuts profit" reports no actual fall, unless the sentence has a figure."""
_UNCHANGED = re.compile(
    r"\b(?:unchanged|maintained|kept|keeps|reaffirmed|reiterated|flat|steady"  # "left its forecast unchanged"
    r"|(?:stay|stayed|remain|remained|left) the same)\b",  # "stayed the same"
    re.IGNORECASE,
)
_NEGATED = re.compile(
    rf"\b(?:{'|'.join(sorted(negations('s')))})\b"  # "not", "never"
    r"|n't\b",  # "didn't"
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:do|does|did) not (?:\w+ly )?(\w+)"  # "does not currently sell"
    r"|\b(?:has|have|had) no ((?:[\w-]+ ){0,2}[\w-]+)",  # "has no outside buyer"
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_OPEN_QUESTION = re.compile(
    r"^(?:has|have|had|did|do|does|is|are|was|were|can|could|will|would|should|may|might|any|if|what if)\b"  # "Did ...?"
    r"|\b(?:would|could|if|might|should|whether|unless|were to)\b",  # "What would happen if ...?"
    re.IGNORECASE,
)
"""Questions that ask whether something is so, or suppose it: they take nothing for granted."""
_FULL_QUESTION = re.compile(
    r"\?"  # "revenue fell?"
    r"|\b(?:why|how|wh(?:at|en|o|om|ose|ich|ere)(?:'?s)?"  # "why", "what's"
    r"|did|do|does|is|are|was|were|ha[sd]|have|will|can"  # "... did revenue fall"
    r"|explain|show|tell|give|reasons?|causes?|behind"  # "explain the fall", "reasons for ..."
    r"|since|after|because|given|now that|with)\b",  # "now that prices fell ..."
    re.IGNORECASE,
)
"""Wording of a full question. Keywords such as "memory price drop" take nothing for granted."""

_FROM_BEFORE = re.compile(r"\bfrom(?: \w+){0,2} ?\Z")
"""The text before an old value: "20 million seats, from about 15 million"."""
_AGAINST_BEFORE = re.compile(r"\b(?:against|after|compared with|compared to)(?: \w+){0,2} ?\Z")
"""The text before an old value if "earlier" follows: "39%, against 33% a year earlier"."""
_EARLIER_BEHIND = re.compile(r"\A[^.;]{0,40}\b(?:earlier|before)\b")
"""The text behind an old value: "33% a year earlier"."""
_TO_BETWEEN = re.compile(r"\A[^.;,]{0,40}\bto(?: \w+){0,2} ?\Z")
"""The text between an old and a new value: "from 33% in the first year to 39%"."""

_MONEY = re.compile(
    r"\bhow much\b[^?]{0,80}?\blos(?:e|es|ing|t)\b"  # "how much did it lose"
    r"|\blos(?:e|es|ing|t)\b(?: [\w']+){0,3} (?:money\b|(?=[$€£]))"  # "lost so much money", "lost $5 billion"
    r"|\brais(?:e|es|ed|ing)\b(?: (?!to\b)[\w']+){0,2} (?:money\b|(?=[$€£]))"  # "raised $30 billion", not "raised sales to"
    r"|[$€£][\d.,]+(?: \w+)? raised\b"  # "$30 billion raised"
)
"""Money that was lost or raised: "lose" and "raise" then assert no direction."""


def poles(text: str, *, in_question: bool = False) -> frozenset[Pole]:
    """Return the poles that a text asserts; in a question, particles such as "up" and steps between figures do not count.

    >>> sorted(poles("Revenue rose and margins were thinner"))
    [('amount', 1), ('direction', 0)]
    >>> poles("It passed 20 million seats by March 2026, from 15 million one quarter earlier.")
    frozenset({('direction', 0)})
    """
    known = poles_by_word("q" if in_question else "s")
    adjectives = poles_by_word("q")
    text = _MONEY.sub("", text.lower())
    found = {pole for word in _WORD.findall(text) for pole in known.get(word, ())}
    for phrase, axis, sides in _PHRASES:
        found |= {(axis, sides.index(match[1])) for match in phrase.finditer(text)}
    found |= {("direction", int(match[1] == "less")) for match in _BECAME_MORE.finditer(text)}
    for match in _BECAME_COMPARATIVE.finditer(text):
        found |= {("direction", side) for _, side in adjectives.get(match[1], ())}
    if not in_question:
        found |= {("direction", int(new < old)) for old, new in _steps(text) if new != old}
    return frozenset(found)


def _steps(text: str) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield the old and the new value of each change: "from $9 billion to $30 billion", "20 million, from 15 million"."""
    stated = [quantity for quantity in quantities(text) if not _is_year(quantity)]
    for first, second in pairwise(stated):
        if first.unit != second.unit:
            continue
        between = text[first.end : second.start]
        is_against_earlier = _AGAINST_BEFORE.search(between) and _EARLIER_BEHIND.search(text[second.end :])
        if _FROM_BEFORE.search(between) or is_against_earlier:
            yield second.value, first.value
        elif _FROM_BEFORE.search(text[: first.start]) and _TO_BETWEEN.search(between):
            yield first.value, second.value


def _is_year(quantity: Quantity) -> bool:
    return not quantity.unit and 1900 <= quantity.value <= 2100


def _is_hypothetical(sentence: str) -> bool:
    if _ANY_CHANGE.search(sentence) and not any(map(str.isdigit, sentence)):
        return True
    parts = sentence.split(",") if _COULD.search(sentence) else []
    return bool(_HYPOTHETICAL.search(sentence)) or any(_COULD.search(part) and poles(part) for part in parts)


def has_premise(question: str) -> bool:
    """Return whether a question takes something for granted: it does not ask whether, suppose, deny or only list keywords.

    >>> has_premise("Why did Amazon sell its chips?"), has_premise("Does Amazon sell its chips?")
    (True, False)
    >>> has_premise("amazon chip sale")
    False
    """
    if not _FULL_QUESTION.search(question):
        return False
    return not _OPEN_QUESTION.search(question.strip()) and not _NEGATED.search(question)


def presumed_poles(question: str) -> frozenset[Pole]:
    """Return the poles that a question takes for granted; an axis of which the question has both sides is left out.

    >>> sorted(presumed_poles("Why did Anthropic's revenue fall?")), sorted(presumed_poles("Did revenue fall, and why?"))
    ([('direction', 1)], [])
    """
    if not has_premise(question):
        return frozenset()
    found = poles(question, in_question=True)
    return frozenset((axis, side) for axis, side in found if (axis, 1 - side) not in found)


def contradicts(presumed: frozenset[Pole], sentence: str) -> bool:
    """Return whether a sentence asserts the opposite of the presumed poles, or denies them, and asserts none of them.

    A "not" denies only the words behind it. Hypothetical sentences contradict nothing.

    >>> fell = presumed_poles("Why did revenue fall?")
    >>> [contradicts(fell, text) for text in ("Revenue rose by a third.", "Revenue rose, then fell.", "It is big.")]
    [True, False, False]
    >>> contradicts(fell, "Revenue was unchanged."), contradicts(fell, "In no quarter did revenue fall.")
    (True, True)
    >>> contradicts(fell, "Revenue fell in Asia, and did not fall elsewhere."), contradicts(fell, "A rise lifts profit.")
    (False, False)
    """
    if _is_hypothetical(sentence):
        return False
    found = poles(sentence)
    if found & presumed:
        return not _affirms(presumed, sentence)
    presumes_move = any(axis == "direction" for axis, _ in presumed)
    has_opposite = any((axis, 1 - side) in found for axis, side in presumed)
    return has_opposite or (presumes_move and bool(_UNCHANGED.search(sentence)))


def supports(presumed: frozenset[Pole], sentence: str) -> bool:
    """Return whether a sentence asserts a presumed pole, neither behind a "not" nor as a hypothesis.

    >>> fell = presumed_poles("Why did revenue fall?")
    >>> supports(fell, "Revenue fell."), supports(fell, "A fall in revenue would hurt.")
    (True, False)
    """
    return (
        bool(poles(sentence) & presumed) and _affirms(presumed, sentence) and not _is_hypothetical(sentence)
    )


def _affirms(presumed: frozenset[Pole], sentence: str) -> bool:
    """Return whether a clause of the sentence has a presumed pole in front of any "not"; True if no clause has a pole."""
    with_pole = [clause for clause in clauses(sentence) if poles(clause) & presumed]
    for clause in with_pole:
        negated = _NEGATED.search(clause)
        if not negated or poles(clause[: negated.start()]) & presumed:
            return True
    return not with_pole


def denied_words(sentence: str) -> str:
    """Return the words behind "does not" and "has no": what a sentence says is not done, or not had.

    >>> denied_words("Amazon does not sell the chip, and has no outside buyer.")
    'sell outside buyer'
    """
    return " ".join(match[1] or match[2] for match in _DENIED.finditer(sentence))


def clauses(sentence: str) -> list[str]:
    """Return the clauses of a sentence, roughly.

    >>> clauses("Amazon guided to $200 billion, and the shares fell.")
    ['Amazon guided to $200 billion', 'the shares fell.']
    """
    return [part for part in _CLAUSE_END.split(sentence) if part]


def without_poles(text: str) -> str:
    """Return the words and numbers of a text that assert no pole, in lower case.

    >>> without_poles("Why did revenue fall in 2025?")
    'why did revenue in 2025'
    """
    known = poles_by_word("s")
    words = re.findall(r"\w+(?:'\w+)?", text.lower())
    return " ".join(word for word in words if word not in known)
