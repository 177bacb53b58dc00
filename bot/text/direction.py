"""Which way a text says that things went, and whether a sentence says the opposite of what a question takes for granted: pure.

An axis has two poles: up and down, more and less, above and below. A question such as "Why did revenue fall?" takes a
pole for granted; a sentence on the same subject that has the other pole of the axis and not this one speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import pairwise

from bot.text.quantities import Quantity, quantities

AXES: dict[str, tuple[str, str]] = {
    "direction": (
        """
        rise rises rose risen rising grow grows grew grown growing increase increases increased increasing
        climb climbs climbed climbing gain gains gained gaining jump jumps jumped jumping surge surges surged
        surging soar soars soared soaring raise raises raised raising expand expands expanded expanding widen
        widens widened widening improve improves improved improving accelerate accelerates accelerated
        accelerating doubled tripled quadrupled multiplied lift lifts lifted rebound rebounds rebounded
        recovered enlarged quickened boost boosts boosted boosting rally rallies rallied rallying spike spikes
        spiked spiking swell swells swelled swelling strengthen strengthens strengthened strengthening
        skyrocket skyrockets skyrocketed skyrocketing escalate escalates escalated escalating
        """,
        """
        fall falls fell fallen falling drop drops dropped dropping decline declines declined declining
        decrease decreases decreased decreasing shrink shrinks shrank shrunk shrinking cut cuts cutting
        lower lowers lowered lowering reduce reduces reduced reducing slip slips slipped slipping slide slides
        slid sliding collapse collapses collapsed collapsing plunge plunges plunged plunging narrow narrows
        narrowed narrowing slow slows slowed slowing weaken weakens weakened weakening worsen worsens worsened
        worsening halve halves halved halving tumble tumbles tumbled tumbling sink sinks sank sinking dip dips
        dipped dipping lose loses lost losing shed sheds shedding trim trims trimmed trimming worse erode
        erodes eroded eroding dilute dilutes diluted diluting slump slumps slumped slumping plummet plummets
        plummeted plummeting crash crashes crashed crashing deteriorate deteriorates deteriorated
        deteriorating dwindle dwindles dwindled dwindling diminish diminishes diminished diminishing
        decelerate decelerates decelerated decelerating
        """,
    ),
    "order": (
        """
        above exceed exceeds exceeded exceeding outrun outruns outran outpace outpaced outpaces beat beats
        beating surpass surpassed higher surplus outgrow outgrew
        """,
        "below shortfall miss missed misses lag lags lagged trail trails trailed lower deficit",
    ),
    "amount": (
        "greater larger bigger wider fatter richer heavier",
        "least fewer smaller thinner slimmer narrower lighter",
    ),
    "level": (
        "higher highest",
        "lower lowest",
    ),
    "length": (
        "longer longest lengthen lengthens lengthened lengthening",
        "shorter shortest shorten shortens shortened shortening",
    ),
    "price": (
        "costlier dearer pricier expensive",
        "cheaper cheapest cheap",
    ),
    "speed": (
        "faster fastest quicker sooner outpace outpaces outpaced outrun outruns outran",
        "slower slowest slowly lag lags lagged",
    ),
    "quality": (
        "better best stronger",
        "worse worst weaker",
    ),
    "consent": (
        "approve approves approved approving",
        "block blocks blocked blocking reject rejects rejected rejecting veto vetoes vetoed vetoing",
    ),
}
"""Each axis with the words of its two poles, as a thesaurus has them."""

PARTICLES: dict[str, tuple[str, int]] = {
    "up": ("direction", 0),
    "twice": ("direction", 0),
    "down": ("direction", 1),
    "more": ("amount", 0),
    "most": ("amount", 0),
    "less": ("amount", 1),
    "over": ("order", 0),
    "ahead": ("order", 0),
    "under": ("order", 1),
    "short": ("order", 1),
    "behind": ("order", 1),
}
"""Words that tell a direction beside a figure ("up 40%"), but in a question often something else ("end up")."""

_PHRASES: tuple[tuple[re.Pattern[str], str, tuple[str, str]], ...] = (
    (re.compile(r"\bcost(?:s|ing)? (?:\w+ )?(more|less)\b"), "price", ("more", "less")),
    (
        re.compile(
            r"\b(?:go|goes|going|gone|went|moved?|moving|headed|heading|pushed|turned|back|put(?:s|ting)?(?: [\w'-]+){1,3}) (up|down)\b"
        ),
        "direction",
        ("up", "down"),
    ),
    (re.compile(r"\b(times) as (?:many|much)\b"), "amount", ("times", "")),
)
"""Words that tell a pole only together: what finds them, the axis, and what the group says at each pole."""

_BECAME = r"\b(?:get|gets|got|getting|become|becomes|became|becoming|make|makes|made|making|turned)(?: (?:so|much|even))?"
_MORE = re.compile(rf"{_BECAME} (more|less) \w+(?:able|ible|ive|ful|ous|ent|ant|ic|al)\b")
"""That something changed, in two words: "less profitable"."""
_CHANGED = re.compile(rf"{_BECAME}(?: [\w.'-]+){{0,2}}?(?<! a)(?<! an)(?<! the) (\w+er|worse)\b")
"""The same in one: "longer"."""

_CLAUSE = re.compile(
    r"[;:]|,? (?:and|but|while|whereas|although|though) "
    r"|, (?!(?:up|down|more|less|twice|double|half|from|against|compared|its|an? (?:rise|fall|drop|gain|jump|decline|increase|decrease))\b)"
)
"""What stands between the parts of a sentence; a figure's "up 4%" belongs to the figure."""

_SUPPOSED = re.compile(r"\b(?:would|if|unless|should (?:not|never))\b")
"""What makes a sentence a supposition or a counsel, that says nothing of what is so."""
_COULD = re.compile(r"\bcould\b")
"""What makes a part of a sentence one: "none had lowered its plan, in what the library could read" is none."""
_ANY = re.compile(
    r"\b(?:an?|any)(?: [a-z]+){0,2}? (?:rise|increase|gain|jump|surge|fall|drop|decline|decrease|cut|reduction|slump|slowdown)\b",
    re.IGNORECASE,
)
"""What makes one without a figure a rule: "a fall in prices cuts profit" tells of no fall."""
_STILL = re.compile(
    r"\b(?:unchanged|maintained|kept|keeps|reaffirmed|reiterated|flat|steady|(?:stay|stayed|remain|remained|left) the same)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|no|never|none|neither|nor|hardly|cannot)\b|n't\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:do|does|did) not (?:\w+ly )?(\w+)|\b(?:has|have|had) no ((?:[\w-]+ ){0,2}[\w-]+)", re.IGNORECASE
)
"""What is not done, or not had."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_OPEN = re.compile(
    r"^(?:has|have|had|did|do|does|is|are|was|were|can|could|will|would|should|may|might|any|if|what if)\b"
    r"|\b(?:would|could|if|might|should|whether|unless|were to)\b",
    re.IGNORECASE,
)
"""How a question begins that asks whether, or supposes, and so takes nothing for granted."""
_SENTENCE = re.compile(
    r"\?|\b(?:why|how|wh(?:at|en|o|om|ose|ich|ere)(?:'?s)?|did|do|does|is|are|was|were|ha[sd]|have|will|can|explain|show|tell|give"
    r"|reasons?|causes?|behind|since|after|because|given|now that|with)\b",
    re.IGNORECASE,
)
"""What there is in a sentence; a few words to search for, "memory price drop", are none and take nothing for granted either."""

_FROM = re.compile(r"\bfrom(?: \w+){0,2} ?\Z")
_AGAINST = re.compile(r"\b(?:against|after|compared with|compared to)(?: \w+){0,2} ?\Z")
_EARLIER = re.compile(r"\A[^.;]{0,40}\b(?:earlier|before)\b")
_TO = re.compile(r"\A[^.;,]{0,40}\bto(?: \w+){0,2} ?\Z")
"""What stands before and behind a figure that tells what was, beside one that tells what then came of it."""
_LOSS = re.compile(
    r"\bhow much\b[^?]{0,80}?\blos(?:e|es|ing|t)\b|\blos(?:e|es|ing|t)\b(?: [\w']+){0,3} (?:money\b|(?=[$€£]))"
    r"|\brais(?:e|es|ed|ing)\b(?: (?!to\b)[\w']+){0,2} (?:money\b|(?=[$€£]))|[$€£][\d.,]+(?: \w+)? raised\b"
)
"""That money was lost, or raised, which tells no direction."""


Pole = tuple[str, int]
"""The name of an axis and 0 or 1."""


@cache
def _words() -> dict[str, frozenset[Pole]]:
    found: dict[str, set[Pole]] = {}
    for axis, sides in AXES.items():
        for side, words in enumerate(sides):
            for word in words.split():
                found.setdefault(word, set()).add((axis, side))
    return {word: frozenset(poles) for word, poles in found.items()}


def poles(text: str, *, particles: bool = True) -> frozenset[Pole]:
    """The poles whose words a text has.

    >>> sorted(poles("Revenue rose and margins were thinner"))
    [('amount', 1), ('direction', 0)]
    >>> poles("It passed 20 million seats by March 2026, from 15 million one quarter earlier.")
    frozenset({('direction', 0)})
    """
    known = _words()
    found: set[Pole] = set()
    text = _LOSS.sub("", text.lower())
    for word in _WORD.findall(text):
        found |= known.get(word, frozenset())
        if particles and word in PARTICLES:
            found.add(PARTICLES[word])
    for phrase, axis, sides in _PHRASES:
        found |= {(axis, sides.index(match[1])) for match in phrase.finditer(text)}
    found |= {("direction", int(match[1] == "less")) for match in _MORE.finditer(text)}
    for match in _CHANGED.finditer(text):
        found |= {("direction", side) for _, side in known.get(match[1], ())}
    if particles:
        found |= {("direction", int(new < old)) for old, new in _steps(text) if new != old}
    return frozenset(found)


def _steps(text: str) -> Iterator[tuple[Decimal, Decimal]]:
    """What was, and what then came of it: "from $9 billion to $30 billion", "20 million, from 15 million"."""
    told = [quantity for quantity in quantities(text) if not _is_year(quantity)]
    for first, second in pairwise(told):
        if first.unit != second.unit:
            continue
        between = text[first.end : second.start]
        if _FROM.search(between) or (_AGAINST.search(between) and _EARLIER.search(text[second.end :])):
            yield second.value, first.value
        elif _FROM.search(text[: first.start]) and _TO.search(between):
            yield first.value, second.value


def _is_year(quantity: Quantity) -> bool:
    return not quantity.unit and 1900 <= quantity.value <= 2100


def _is_supposed(sentence: str) -> bool:
    if _ANY.search(sentence) and not any(map(str.isdigit, sentence)):
        return True
    parts = sentence.split(",") if _COULD.search(sentence) else []
    return bool(_SUPPOSED.search(sentence)) or any(_COULD.search(part) and poles(part) for part in parts)


def takes_for_granted(question: str) -> bool:
    """Whether a question takes for granted what it says: it does not ask whether, suppose, deny or only name a thing.

    >>> takes_for_granted("Why did Amazon sell its chips?"), takes_for_granted("Does Amazon sell its chips?")
    (True, False)
    >>> takes_for_granted("amazon chip sale")
    False
    """
    if not _SENTENCE.search(question):
        return False
    return not _OPEN.search(question.strip()) and not _NEGATED.search(question)


def presumed(question: str) -> frozenset[Pole]:
    """The poles that a question takes for granted; none where it asks whether, supposes, denies, or names both.

    >>> sorted(presumed("Why did Anthropic's revenue fall?")), sorted(presumed("Did revenue fall, and why?"))
    ([('direction', 1)], [])
    """
    if not takes_for_granted(question):
        return frozenset()
    found = poles(question, particles=False)
    return frozenset((axis, side) for axis, side in found if (axis, 1 - side) not in found)


def against(presumed: frozenset[Pole], sentence: str) -> bool:
    """Whether a sentence has the other pole of what is taken for granted, or denies it, and nothing that agrees.

    What stands before a "not" is not denied by it.

    >>> fell = presumed("Why did revenue fall?")
    >>> against(fell, "Revenue rose by a third."), against(fell, "Revenue rose, then fell."), against(fell, "It is big.")
    (True, False, False)
    >>> against(fell, "Revenue was unchanged."), against(fell, "In no quarter did revenue fall.")
    (True, True)
    >>> against(fell, "Revenue fell in Asia, and did not fall elsewhere."), against(fell, "A rise in revenue lifts profit.")
    (False, False)
    """
    if _is_supposed(sentence):
        return False
    found = poles(sentence)
    if found & presumed:
        return not _affirms(presumed, sentence)
    moves = any(axis == "direction" for axis, _ in presumed)
    return any((axis, 1 - side) in found for axis, side in presumed) or bool(
        moves and _STILL.search(sentence)
    )


def supports(presumed: frozenset[Pole], sentence: str) -> bool:
    """Whether a sentence has a pole that is taken for granted, not behind a "not", and does not suppose it.

    >>> fell = presumed("Why did revenue fall?")
    >>> supports(fell, "Revenue fell."), supports(fell, "A fall in revenue would hurt.")
    (True, False)
    """
    return bool(poles(sentence) & presumed) and _affirms(presumed, sentence) and not _is_supposed(sentence)


def _affirms(presumed: frozenset[Pole], sentence: str) -> bool:
    """Whether a sentence that has a pole which is taken for granted has it in a clause where no "not" stands before it."""
    having = [clause for clause in clauses(sentence) if poles(clause) & presumed]
    for clause in having:
        negated = _NEGATED.search(clause)
        if not negated or poles(clause[: negated.start()]) & presumed:
            return True
    return not having


def denied(sentence: str) -> str:
    """What a sentence says that is not done or not had: the words behind "does not" and "has no".

    >>> denied("Amazon does not sell the chip, and has no outside buyer.")
    'sell outside buyer'
    """
    return " ".join(match[1] or match[2] for match in _DENIED.finditer(sentence))


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence, roughly.

    >>> clauses("Amazon guided to $200 billion, and the shares fell.")
    ['Amazon guided to $200 billion', 'the shares fell.']
    """
    return [part for part in _CLAUSE.split(sentence) if part]


def without_poles(text: str) -> str:
    """The words and numbers of a text that tell no pole, in small letters.

    >>> without_poles("Why did revenue fall in 2025?")
    'why did revenue in 2025'
    """
    words = re.findall(r"\w+(?:'\w+)?", text.lower())
    return " ".join(word for word in words if word not in _words() and word not in PARTICLES)
