"""The lexicon: words for directions and denials, weekdays, numbers.

`_WORDS` is a table with one row per lemma and axis: the axis, the side, where the word is read, and the forms of the lemma, of
which the first is the lemma itself. An axis has two sides: up and down, above and below, more and less.

A word is read in three places:

    q   questions: "Why did revenue fall?" takes a fall for granted
    s   sentences of documents: "Revenue fell."
    g   sentences that a language model composed, and the quotations that they cite

Particles are not read in questions, where they are mostly part of a verb ("end up"). Words that only suggest a direction ("growth",
"weak"), or often say something else ("without lifting a finger"), are read in composed sentences alone: a composed sentence may
not add them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple

from index.text.months import MONTH_NUMBERS

Pole = tuple[str, int]
"""The name of an axis and a side: 0 for the first side, 1 for the second."""

Reader = Literal["q", "s", "g"]
"""Where a word is read: questions, sentences of documents, or composed sentences."""

NEGATION = "negation"
"""The axis of denials; all of them are on its second side."""


class Lemma(NamedTuple):
    """A row of the lexicon."""

    axis: str
    side: int
    readers: str
    """The letters of `Reader`."""
    forms: tuple[str, ...]
    """The forms in lower case; the first is the lemma."""


_WORDS = """
direction +  qsg  accelerate accelerates accelerated accelerating
direction +  qsg  boost boosts boosted boosting
direction +  qsg  climb climbs climbed climbing
direction +  qsg  doubles doubled
direction +  qsg  enlarge enlarges enlarged enlarging
direction +  qsg  escalate escalates escalated escalating
direction +  qsg  expand expands expanded expanding
direction +  qsg  gain gains gained gaining
direction +  qsg  grow grows grew grown growing
direction +  qsg  improve improves improved improving
direction +  qsg  increase increases increased increasing
direction +  qsg  jump jumps jumped jumping
direction +  qsg  lift lifts lifted
direction +  qsg  multiplied
direction +  qsg  quadruples quadrupled
direction +  qsg  quicken quickens quickened quickening
direction +  qsg  raise raises raised raising
direction +  qsg  rally rallies rallied rallying
direction +  qsg  rebound rebounds rebounded rebounding
direction +  qsg  recovered
direction +  qsg  rise rises rose risen rising
direction +  qsg  rocketed
direction +  qsg  skyrocket skyrockets skyrocketed skyrocketing
direction +  qsg  soar soars soared soaring
direction +  qsg  spike spikes spiked spiking
direction +  qsg  strengthen strengthens strengthened strengthening
direction +  qsg  surge surges surged surging
direction +  qsg  swell swells swelled swelling
direction +  qsg  triples tripled
direction +  qsg  widen widens widened widening
direction +  sg   up
direction +  s    twice
direction +  g    upward
direction +  g    boom booms boomed booming
direction +  g    doubling tripling quadrupling
direction +  g    growth
direction +  g    lifting
direction +  g    strong stronger
direction -  qsg  collapse collapses collapsed collapsing
direction -  qsg  crash crashes crashed crashing
direction -  qsg  cut cuts cutting
direction -  qsg  decelerate decelerates decelerated decelerating
direction -  qsg  decline declines declined declining
direction -  qsg  decrease decreases decreased decreasing
direction -  qsg  deteriorate deteriorates deteriorated deteriorating
direction -  qsg  dilute dilutes diluted diluting
direction -  qsg  diminish diminishes diminished diminishing
direction -  qsg  dip dips dipped dipping
direction -  qsg  drop drops dropped dropping
direction -  qsg  dwindle dwindles dwindled dwindling
direction -  qsg  erode erodes eroded eroding
direction -  qsg  fall falls fell fallen falling
direction -  qsg  halve halves halved halving
direction -  qsg  lose loses lost losing
direction -  qsg  lower lowers lowered lowering
direction -  qsg  narrow narrows narrowed narrowing
direction -  qsg  plummet plummets plummeted plummeting
direction -  qsg  plunge plunges plunged plunging
direction -  qsg  reduce reduces reduced reducing
direction -  qsg  shed sheds shedding
direction -  qsg  shrink shrinks shrank shrunk shrinking
direction -  qsg  sink sinks sank sunk sinking
direction -  qsg  slide slides slid sliding
direction -  qsg  slip slips slipped slipping
direction -  qsg  slow slows slowed slowing
direction -  qsg  slump slumps slumped slumping
direction -  qsg  trim trims trimmed trimming
direction -  qsg  tumble tumbles tumbled tumbling
direction -  qsg  weaken weakens weakened weakening
direction -  qsg  worse
direction -  qsg  worsen worsens worsened worsening
direction -  sg   down
direction -  g    downward
direction -  g    contracted contracting
direction -  g    loss losses
direction -  g    slower
direction -  g    weak weaker

order     +  qsg  above
order     +  qsg  beat beats beating
order     +  qsg  exceed exceeds exceeded exceeding
order     +  qsg  higher
order     +  qsg  outgrow outgrows outgrew outgrown outgrowing
order     +  qsg  outpace outpaces outpaced outpacing
order     +  qsg  outrun outruns outran outrunning
order     +  qsg  surpass surpasses surpassed surpassing
order     +  qsg  surplus
order     +  sg   over
order     +  s    ahead
order     -  qsg  below
order     -  qsg  deficit
order     -  qsg  lag lags lagged lagging
order     -  qsg  lower
order     -  qsg  miss misses missed
order     -  qsg  shortfall
order     -  qsg  trail trails trailed
order     -  sg   under
order     -  s    behind
order     -  s    short
order     -  g    missing

amount    +  qsg  bigger
amount    +  qsg  fatter
amount    +  qsg  greater
amount    +  qsg  heavier
amount    +  qsg  larger
amount    +  qsg  richer
amount    +  qsg  wider
amount    +  sg   more most
amount    -  qsg  fewer
amount    -  qsg  least
amount    -  qsg  lighter
amount    -  qsg  narrower
amount    -  qsg  slimmer
amount    -  qsg  smaller
amount    -  qsg  thinner
amount    -  sg   less

level     +  qsg  higher highest
level     -  qsg  lower lowest

length    +  qsg  longer longest
length    +  qsg  lengthen lengthens lengthened lengthening
length    -  qsg  shorter shortest
length    -  qsg  shorten shortens shortened shortening

price     +  qsg  costlier
price     +  qsg  dearer
price     +  qsg  expensive
price     +  qsg  pricier
price     -  qsg  cheap cheaper cheapest

speed     +  qsg  faster fastest
speed     +  qsg  outpace outpaces outpaced outpacing
speed     +  qsg  outrun outruns outran outrunning
speed     +  qsg  quicker
speed     +  qsg  sooner
speed     -  qsg  lag lags lagged lagging
speed     -  qsg  slower slowest slowly

quality   +  qsg  better best
quality   +  qsg  stronger
quality   -  qsg  weaker
quality   -  qsg  worse worst

consent   +  qsg  approve approves approved approving
consent   -  qsg  block blocks blocked blocking
consent   -  qsg  reject rejects rejected rejecting
consent   -  qsg  veto vetoes vetoed vetoing

negation  -  qsg  cannot
negation  -  qsg  hardly
negation  -  qsg  neither
negation  -  qsg  never
negation  -  qsg  no
negation  -  qsg  none
negation  -  qsg  nor
negation  -  qsg  not
negation  -  g    fail fails failed
negation  -  g    nothing
negation  -  g    stop stops stopped
negation  -  g    unlikely
negation  -  g    without
"""


@cache
def lemmas() -> tuple[Lemma, ...]:
    """Return the rows of the lexicon, in order."""
    rows = [line.split() for line in _WORDS.splitlines() if line]
    return tuple(Lemma(axis, "+-".index(side), readers, tuple(forms)) for axis, side, readers, *forms in rows)


@cache
def poles_by_word(reader: Reader) -> Mapping[str, frozenset[Pole]]:
    """Return the direction words, in lower case, that are read in one of the places, each with its poles.

    >>> sorted(poles_by_word("q")["worse"]), "up" in poles_by_word("q"), "growth" in poles_by_word("g")
    ([('direction', 1), ('quality', 1)], False, True)
    """
    found: dict[str, frozenset[Pole]] = {}
    for lemma in lemmas():
        if reader in lemma.readers and lemma.axis != NEGATION:
            for form in lemma.forms:
                found[form] = found.get(form, frozenset()) | {(lemma.axis, lemma.side)}
    return found


@cache
def negations(reader: Reader) -> frozenset[str]:
    """Return the words, in lower case, that deny in one of the places.

    >>> "never" in negations("s"), "without" in negations("s"), "without" in negations("g")
    (True, False, True)
    """
    denials = (lemma for lemma in lemmas() if lemma.axis == NEGATION and reader in lemma.readers)
    return frozenset(form for lemma in denials for form in lemma.forms)


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

CALENDAR_WORDS = frozenset(MONTH_NUMBERS) | {day.lower() for day in WEEKDAYS}
"""The months with their short forms and the weekdays, in lower case."""

ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
"""The ordinals of the quarters and halves of a year."""

_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
MULTIPLIERS = {"hundred": 100, "dozen": 12}
"""Number words that multiply the number in front of them: "two hundred", "a dozen"."""
NUMBER_WORDS = (
    {word: number for number, word in enumerate(_ONES.split())}
    | {word: 10 * number for number, word in enumerate(_TENS.split(), start=2)}
    | MULTIPLIERS
)
"""The words that spell a number, each with its value."""

SCALE_WORDS = ("thousand", "million", "billion", "trillion")
SCALES = {
    "thousand": 3, "k": 3, "million": 6, "millions": 6, "mn": 6, "m": 6, "billion": 9, "billions": 9, "bn": 9, "b": 9,
    "trillion": 12, "trillions": 12, "tn": 12, "t": 12,
}  # fmt: skip
"""The words and letters that scale a number, each with its power of ten."""
