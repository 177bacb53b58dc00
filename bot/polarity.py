"""Which way a text says that things went, and whether a sentence says the opposite of what a question takes for granted: pure.

An axis has two poles: up and down, more and less, above and below. A question such as "Why did revenue fall?" takes a
pole for granted; a sentence on the same subject that has the other pole of the axis and not this one speaks against it.
"""

from __future__ import annotations

import re
from functools import cache

AXES: dict[str, tuple[str, str]] = {
    "direction": (
        "rise rises rose risen rising grow grows grew grown growing increase increases increased increasing climb climbs "
        "climbed climbing gain gains gained jump jumps jumped surge surged surging soar soared raise raises raised raising "
        "expand expands expanded widen widens widened widening improve improves improved improving accelerate accelerated "
        "accelerates doubled tripled quadrupled multiplied up upward upwards added lifted lifts lift rebound rebounded "
        "recovered enlarged overtook quicken quickened",
        "fall falls fell fallen falling drop drops dropped dropping decline declines declined declining decrease decreases "
        "decreased decreasing shrink shrinks shrank shrunk shrinking cut cuts cutting lower lowers lowered lowering reduce "
        "reduces reduced reducing slip slips slipped slide slid sliding collapse collapses collapsed plunge plunged plunges "
        "narrow narrowed narrows narrowing slow slows slowed slowing weaken weakened worsen worsened halved tumbled sank "
        "dip dipped down downward downwards lose loses lost losing shed trim trimmed trims worse eroded erode dilute diluted",
    ),
    "order": (
        "above exceed exceeds exceeded exceeding outrun outruns outran outpace outpaced outpaces beat beats beating surpass "
        "surpassed over ahead higher surplus outgrow outgrew",
        "below short shortfall under miss missed misses behind lag lags lagged trail trails trailed lower deficit",
    ),
    "amount": ("more most greater larger bigger wider fatter richer heavier", "less least fewer smaller thinner slimmer narrower lighter"),
    "level": ("higher highest", "lower lowest"),
    "length": ("longer longest lengthens lengthen", "shorter shortest shortens shorten"),
    "price": ("costlier dearer pricier expensive", "cheaper cheapest cheap"),
    "speed": ("faster fastest quicker sooner accelerating", "slower slowest later slowly"),
    "quality": ("better best stronger", "worse worst weaker"),
}  # fmt: skip
"""Each axis with the words of its two poles. Written from a thesaurus's view of these notions, and fitted to nothing."""

_NEGATED = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|hardly|n't|cannot|no longer|instead of|rather than)\b|n't\b",
    re.IGNORECASE,
)
_GROWTH = frozenset({"growth"})
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_OPEN = re.compile(
    r"^(?:has|have|had|did|do|does|is|are|was|were|can|could|will|would|should|may|might|any|if|what if)\b"
    r"|\b(?:would|could|if|might|should|whether|unless|were to)\b",
    re.IGNORECASE,
)
"""How a question begins that asks whether, or supposes, and so takes nothing for granted."""


@cache
def _poles() -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for axis, sides in AXES.items():
        for side, words in enumerate(sides):
            for word in words.split():
                found.setdefault(word, []).append((axis, side))
    return {word: tuple(poles) for word, poles in found.items()}


def poles(text: str) -> frozenset[tuple[str, int]]:
    """The poles whose words a text has: (axis, 0 or 1).

    >>> sorted(poles("Revenue rose and margins were thinner"))
    [('amount', 1), ('direction', 0)]
    """
    known = _poles()
    return frozenset(pole for word in _WORD.findall(text.lower()) for pole in known.get(word, ()))


def presumed(question: str) -> frozenset[tuple[str, int]]:
    """The poles that a question takes for granted; none where it asks whether, supposes, or names both.

    >>> sorted(presumed("Why did Anthropic's revenue fall?")), sorted(presumed("Did revenue fall, and why?"))
    ([('direction', 1)], [])
    """
    if _OPEN.search(question.strip()) or _NEGATED.search(question):
        return frozenset()
    found = poles(question)
    return frozenset((axis, side) for axis, side in found if (axis, 1 - side) not in found)


def against(presumed: frozenset[tuple[str, int]], sentence: str) -> bool:
    """Whether a sentence has the other pole of something that is taken for granted, and nothing that agrees with it.

    >>> fell = presumed("Why did revenue fall?")
    >>> against(fell, "Revenue rose by a third."), against(fell, "Revenue rose, then fell."), against(fell, "It is big.")
    (True, False, False)
    """
    found = poles(sentence)
    if found & presumed or _NEGATED.search(sentence):
        return False
    return any((axis, 1 - side) in found for axis, side in presumed)


def supports(presumed: frozenset[tuple[str, int]], sentence: str) -> bool:
    """Whether a sentence has a pole that is taken for granted."""
    return bool(poles(sentence) & presumed)
