"""Reasons to abstain although passages match: an unknown name, another period, a false premise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answer.excerpts import defines, starts_with
from bot.answer.figures.series import opposite_trend, stating_sentences
from bot.answer.sentence_ranking import Candidate, is_about_other
from bot.question.unknown_words import unknown_words
from bot.text import direction
from bot.text.lexicon import Pole
from bot.types import NOT_COVERED_TEXT, Reason
from index.text.language import ENGLISH
from index.types import visible

if TYPE_CHECKING:
    from bot.answer.evidence import Evidence
    from bot.answer.policy import Policy
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question

NEAR_SENTENCES = 5
"""One of this many best sentences must be about the period that a question names (tests/benchmarks/README.md, "Periods")."""
FIRST_SENTENCES = 2
"""One of this many best sentences must contradict a premise, unless a better sentence supports it."""

LIBRARY_DISAGREES = "The library says the opposite:"
"""The message in front of the sentences that contradict a premise."""

_WORD = re.compile(r"[^\W_]+")
_ASKS_DEFINITION = re.compile(r"\W*(?:what(?:'s| is| are) an?|define)\b", re.IGNORECASE)  # "What is a wafer?"
_SHARES = re.compile(
    r"\b(?:(?:the|its|whose) shares|share price|stock)\b", re.IGNORECASE
)  # "its shares", "the stock"
_CAPITALISED_RUN = re.compile(r"[A-Z][\w&-]*(?:\.\w+)*(?:\s+[A-Z][\w&-]*)*")  # "Schneider Electric", "AT&T"
_FIRST_CAPITALISED = re.compile(r"\W*([A-Z][a-z]+)\b")  # the "Nvidia" of "Nvidia revenue?"
_QUESTION_WORD = re.compile(
    r"^(?:The|What|Which|Who|How|Why|When|Where|Is|Are|Does|Do|Did|Was|Has|Can)\s+"
)  # the "Which " of "Which Nvidia"

TITLE_CASE_SHARE = 0.6
"""From this share of capitalised words on, a question is in title case and capitals tell no names."""


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason to abstain."""

    reason: Reason
    message: str
    against: tuple[Candidate, ...] = ()
    """The sentences that contradict the question's premise, best first."""


ADVICE = Objection("advice", "I can't give investment advice. Here is what the library says about it:")
NOT_COVERED = Objection("not covered", NOT_COVERED_TEXT)
OTHER_OWNER = Objection("not covered", NOT_COVERED_TEXT)
"""Every sentence is about another entity, so that no passage is close."""
CLOSEST = "I found no clear answer in the library. The closest passage:"
"""The message in front of an excerpt that may be near to what was asked, but probably does not answer it."""


def find_objection(
    question: Question, evidence: Evidence, corpus: Corpus, policy: Policy
) -> Objection | None:
    """Return the first reason to abstain, or None. The rules know English alone and pass over questions in other languages.

    Args:
        question: The question.
        evidence: The passages and sentences that were found.
        corpus: The generation that the question is put to.
        policy: The switches of the objections.
    """
    if question.intent == "advice":
        return ADVICE
    if corpus.language != ENGLISH:
        return None
    ranked = evidence.ranked
    return (
        (unknown_name(question, corpus) if policy.unknown_names else None)
        or (undefined_term(question, ranked, corpus) if policy.definitions else None)
        or (other_owner(question, ranked, corpus) if policy.owners else None)
        or (other_period(question, ranked, corpus, policy.selection.period) if policy.periods else None)
        or (false_premise(question, ranked, corpus) if policy.premises else None)
        or (false_trend(question, ranked, corpus) if policy.trends else None)
    )


def unknown_name(question: Question, corpus: Corpus) -> Objection | None:
    """Return an objection if the question names something that no document mentions.

    A word in capitals throughout may be an abbreviation of something known, so it counts only if the question has no known
    name beside it.
    """
    text = question.text
    capitals = sum(word[0].isupper() for word in text.split())
    is_title_case = capitals > TITLE_CASE_SHARE * len(text.split())
    unknown = [
        name
        for name in question.names
        if not corpus.knows_name(name) and not (is_title_case and corpus.is_common_inflection(name))
    ]
    first = _FIRST_CAPITALISED.match(text)
    if first and not corpus.knows_name(first[1]) and not corpus.is_common_inflection(first[1]):
        unknown.insert(0, first[1])
    found = [name for name in unknown if name.isalpha() and not name.isupper() and name[:1].isupper()]
    if not found and not any(map(corpus.gazetteer.has, _WORD.findall(text))):
        found = [name for name in unknown if name.isupper() and name.isalpha() and len(name) > 2]
    found = found or unknown_words(text, corpus)
    if not found:
        return None
    name = next((run for run in _CAPITALISED_RUN.findall(text) if found[0] in run.split()), found[0])
    name = _QUESTION_WORD.sub("", name)
    absence = absent(corpus.unread_files, is_described=corpus.is_described(name))
    return Objection("unknown name", f"I couldn't find {name} {absence}.")


def undefined_term(question: Question, ranked: Sequence[Candidate], corpus: Corpus) -> Objection | None:
    """Return an objection if the question is "what is a TERM?" and no sentence defines the term or has it as its subject."""
    term = question.defined
    if not term or question.entities or not _ASKS_DEFINITION.match(question.text):
        return None
    if any(defines(one, term, corpus) or starts_with(one, term, corpus) for one in ranked):
        return None
    return Objection("not covered", f"The library doesn't define “{term}”.")


def other_owner(question: Question, ranked: Sequence[Candidate], corpus: Corpus) -> Objection | None:
    """Return an objection if the question is about a thing of an entity, and every sentence is about another entity."""
    if question.owners and ranked and all(is_about_other(one, question, corpus) for one in ranked):
        return OTHER_OWNER
    return None


def absent(unread: Sequence[str], *, is_described: bool) -> str:
    """Return where a name was not found, claiming no more than is known.

    Args:
        unread: The paths of files that could not be read; the name may be in one of them.
        is_described: Whether the name is in a file name, a summary or another part of a document beside its text.

    >>> absent([], is_described=False), absent(["a.pdf"], is_described=False)
    ('anywhere in the library', 'in any document that could be read (a.pdf could not)')
    >>> absent([], is_described=True)
    'in the text of any document'
    >>> absent(["a.pdf", "b.pdf", "c.pdf"], is_described=True)
    'in the text of any document that could be read (a.pdf and 2 others could not)'
    """
    place = "in the text of any document" if is_described else "in any document"
    if not unread:
        return place if is_described else "anywhere in the library"
    others = len(unread) - 1
    more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
    return f"{place} that could be read ({visible(unread[0])}{more} could not)"


def other_period(
    question: Question, ranked: Sequence[Candidate], corpus: Corpus, weight: float
) -> Objection | None:
    """Return an objection if the question names a period that none of the best sentences on its entity is about.

    Args:
        question: The question.
        ranked: The sentences, best first.
        corpus: The generation of the sentences.
        weight: The weight of the period in the sentences' scores, which is taken out to find the best sentences.
    """
    if not question.periods:
        return None
    best = sorted(ranked, key=lambda one: weight * one.period - one.score)[:NEAR_SENTENCES]
    if any(one.period > 0 and not is_about_other(one, question, corpus) for one in best):
        return None
    named = " and ".join(str(period) for period in question.periods[:2])
    return Objection("unknown date", f"The library has nothing on this for {named}.")


def false_premise(question: Question, ranked: Sequence[Candidate], corpus: Corpus) -> Objection | None:
    """Return an objection if the best sentences deny what the question takes for granted: a direction, or an action."""
    if not question.premise.is_asserted:
        return None
    denying = [
        one
        for one in ranked[:FIRST_SENTENCES]
        if question.terms.intersection(corpus.terms(direction.denied_words(one.text)))
    ]
    if denying:
        return Objection("premise", LIBRARY_DISAGREES, tuple(denying))
    presumed = question.premise.poles
    if not presumed:
        return None
    subject = frozenset(corpus.terms(direction.without_poles(question.text)))
    against: list[Candidate] = []
    for place, candidate in enumerate(ranked[:NEAR_SENTENCES]):
        if _contradicts(candidate.text, presumed, subject, corpus):
            against.append(candidate)
        elif not against and direction.supports(presumed, _without_shares(candidate.text, question)):
            return None
        if place == FIRST_SENTENCES - 1 and not against:
            return None
    return Objection("premise", LIBRARY_DISAGREES, tuple(against)) if against else None


def false_trend(question: Question, ranked: Sequence[Candidate], corpus: Corpus) -> Objection | None:
    """Return an objection if the question asks why a figure rose or fell, and the documents' figures never did.

    Only if one of the sentences states such a figure, and the best sentence does not report the move at a time that the
    question leaves open.
    """
    if question.answer_type != "reason":
        return None
    presumed = question.premise.poles
    for axis, side in presumed:
        if axis == "direction" and (found := opposite_trend(question, corpus, side)):
            against = stating_sentences(ranked, *found, corpus)
            first = _without_shares(ranked[0].text, question)
            is_reported = not question.periods and direction.supports(presumed, first)
            if not against or is_reported:
                return None
            return Objection("premise", LIBRARY_DISAGREES, tuple(against))
    return None


def _contradicts(sentence: str, presumed: frozenset[Pole], subject: frozenset[str], corpus: Corpus) -> bool:
    """Return whether a clause of a sentence contradicts the premise and shares a term with the subject."""
    return direction.contradicts(presumed, sentence) and any(
        direction.contradicts(presumed, clause) and subject.intersection(corpus.terms(clause))
        for clause in direction.clauses(sentence)
    )


def _without_shares(sentence: str, question: Question) -> str:
    """Return a sentence without its clauses on how shares moved, unless the question is about shares."""
    if _SHARES.search(question.text):
        return sentence
    return ", ".join(clause for clause in direction.clauses(sentence) if not _SHARES.search(clause))
