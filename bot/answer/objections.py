"""Why a question is not to be answered although its words are there: a strange name, another date, a false premise. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.answer.sentences import Candidate
from bot.corpus import figures as figuring
from bot.corpus.figures import Figures
from bot.question.model import Question
from bot.question.unknown_words import strangers
from bot.text import direction
from bot.text.periods import periods
from bot.types import Reason
from index.types import visible

NEAR = 5
"""The best sentences among which one has to be of the period that is asked for.

Of 76 answerable gold questions that name a period, 74 have one among them; of 21 on a period that the library does
not have, 1.
"""
FIRST = 2
"""The best sentences of which one has to speak against a premise, where none of the best `NEAR` that has as many of the
question's words speaks for it."""

OTHERWISE = "The library says otherwise:"
"""What stands in front of the sentences that speak against a premise."""

Terms = Callable[[str], Sequence[str]]
"""The terms of a text."""

_WORD = re.compile(r"[^\W_]+")
_SHARES = re.compile(r"\b(?:(?:the|its|whose) shares|share price|stock)\b", re.IGNORECASE)
_RUN = re.compile(r"[A-Z][\w&-]*(?:\.\w+)*(?:\s+[A-Z][\w&-]*)*")


@dataclass(frozen=True, slots=True)
class Objection:
    """What stands in the way of an answer."""

    reason: Reason
    message: str
    against: tuple[Candidate, ...] = ()
    """The sentences that speak against the question's premise, best first."""


def strange(
    question: Question,
    known: Callable[[str], bool],
    named: Callable[[str], bool],
    ordinary: Callable[[str], bool],
    vocabulary: Callable[[str], Collection[str]],
    absence: Callable[[str], str] = lambda _: "is in no document",
) -> Objection | None:
    """Object to a name in the question that is in no document.

    A word in capitals throughout may be an abbreviation of something known, so it counts only if the question has no
    known name beside it.

    Args:
        question: What is asked.
        known: Returns whether a word is in the text of a document.
        named: Returns whether a word is a name in the library.
        ordinary: Returns whether the encoder's vocabulary has a word whole.
        vocabulary: Returns the library's words that begin with a letter.
        absence: Returns the end of the sentence "NAME is in no document" (see `absent`).
    """
    capitals = sum(word[0].isupper() for word in question.text.split())
    titled = capitals > 0.6 * len(question.text.split())
    unknown = [name for name in question.names if not known(name) and not (titled and ordinary(name))]
    first = re.match(r"\W*([A-Z][a-z]+)\b", question.text)
    if first and not known(first[1]) and not ordinary(first[1]):
        unknown.insert(0, first[1])
    proper = [name for name in unknown if name.isalpha() and not name.isupper() and name[:1].isupper()]
    alone = not any(map(named, _WORD.findall(question.text)))
    found = proper or [
        name for name in unknown if alone and name.isupper() and name.isalpha() and len(name) > 2
    ]
    found = found or strangers(question.text, known, ordinary, vocabulary)
    if not found:
        return None
    name = next((run for run in _RUN.findall(question.text) if found[0] in run.split()), found[0])
    name = re.sub(r"^(?:The|What|Which|Who|How|Why|When|Where|Is|Are|Does|Do|Did|Was|Has|Can)\s+", "", name)
    return Objection("unknown name", f"The library does not answer this: {name} {absence(name)}.")


def absent(unread: Sequence[str], *, is_described: bool) -> str:
    """Return that a name is in no text, and no more than is known.

    Args:
        unread: The paths of files that could not be read; the name may be in one of them.
        is_described: Whether it is in a file name, a summary or another part of a document beside its text.

    >>> absent([], is_described=False), absent(["a.pdf"], is_described=False)
    ('is in no document', 'is in no document that could be read (a.pdf could not)')
    >>> absent(["a.pdf", "b.pdf", "c.pdf"], is_described=True)
    'is in the text of no document that could be read (a.pdf and 2 others could not)'
    """
    place = "is in the text of no document" if is_described else "is in no document"
    if not unread:
        return place
    others = len(unread) - 1
    more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
    return f"{place} that could be read ({visible(unread[0])}{more} could not)"


def untimely(
    question: Question, ranked: Sequence[Candidate], weight: float, elsewhere: Callable[[Candidate], bool]
) -> Objection | None:
    """A period in the question that none of the best sentences is about, or only ones that are on something else.

    The best ones but for their periods: `weight` is what a period adds to a candidate's score, and `elsewhere` tells
    which of them are on something else than the question.
    """
    asked = periods(question.text)
    if not asked:
        return None
    best = sorted(ranked, key=lambda candidate: weight * candidate.period - candidate.score)[:NEAR]
    if any(candidate.period > 0 and not elsewhere(candidate) for candidate in best):
        return None
    named = " and ".join(str(period) for period in asked[:2])
    return Objection("unknown date", f"The library does not answer this: what it has is not on {named}.")


def contradicted(question: Question, ranked: Sequence[Candidate], terms: Terms) -> Objection | None:
    """Something that the question takes for granted and the best sentences deny: a direction, or what is done or had."""
    if not direction.takes_for_granted(question.text):
        return None
    asked = set(terms(question.text))
    denying = [one for one in ranked[:FIRST] if asked.intersection(terms(direction.denied(one.text)))]
    if denying:
        return Objection("premise", OTHERWISE, tuple(denying))
    presumed = direction.presumed(question.text)
    if not presumed:
        return None
    subject = frozenset(terms(direction.without_poles(question.text)))
    against: list[Candidate] = []
    for place, candidate in enumerate(ranked[:NEAR]):
        if _denies(presumed, candidate.text, subject, terms):
            against.append(candidate)
        elif not against and direction.supports(presumed, _without_shares(candidate.text, question.text)):
            return None
        if place == FIRST - 1 and not against:
            return None
    return Objection("premise", OTHERWISE, tuple(against)) if against else None


def _denies(presumed: frozenset[direction.Pole], sentence: str, asked: frozenset[str], terms: Terms) -> bool:
    """Whether a sentence speaks against what is taken for granted in a part that has one of these terms."""
    return direction.against(presumed, sentence) and any(
        direction.against(presumed, part) and asked.intersection(terms(part))
        for part in direction.clauses(sentence)
    )


def _without_shares(sentence: str, question: str) -> str:
    """A sentence without its clauses on how shares moved, where a question is not on shares."""
    if _SHARES.search(question):
        return sentence
    return ", ".join(clause for clause in direction.clauses(sentence) if not _SHARES.search(clause))


def unborne(
    question: Question, ranked: Sequence[Candidate], figures: Iterable[Figures], terms: Terms
) -> Objection | None:
    """A rise or fall whose reason is asked for, and that the figures of the documents never show.

    Only where a sentence among the best states such a figure, and the first does not tell of that rise or fall at a time that the
    question does not name.
    """
    if question.asks != "reason":
        return None
    presumed = direction.presumed(question.text)
    for axis, side in presumed:
        if axis == "direction" and (found := figuring.unmoved(question, figures, terms, side)):
            against = figuring.stating(ranked, *found, terms)
            first = _without_shares(ranked[0].text, question.text)
            told = not periods(question.text) and direction.supports(presumed, first)
            return Objection("premise", OTHERWISE, tuple(against)) if against and not told else None
    return None
