"""Confidence: the probability that the excerpt which a reply would show first answers the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import exp
from statistics import fmean
from typing import TYPE_CHECKING

from bot.text.numbers import numbers

if TYPE_CHECKING:
    from bot.answer.sentence_ranking import Candidate
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question
    from index.types import Hit

HITS = 10
"""The number of best passages that the best passage is compared with."""
TYPICAL_PROMINENCE = 0.11
"""The prominence of a typical best passage, used where a library has fewer than `HITS` passages."""
TYPICAL_QUESTION = 0.66
TYPICAL_QUESTION_LEAD = 0.11
"""The features of a typical question, used where the sections have no expected questions.

Means over half a of the gold questions with the default encoder.
"""
TYPICAL_MARGIN = 0.03
"""The margin of a typical best passage, used where only one passage was found."""
IDF_UNIT = 10.0
"""The IDF that counts as 1 in `Features.attribute`: about two rare words of a library of 1,000 passages."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The coefficients of the logistic model "the first excerpt answers the question".

    The defaults serve libraries without a calibration. They judge the best passage alone and were fitted on public question sets
    and on questions whose names, years and numbers had been changed (tests/benchmarks/README.md, "Confidence").
    `strata eval --calibrate` fits the other coefficients to a library's gold questions and sets these to 0.
    """

    score: float = 8.05
    numbers: float = 2.49
    named: float = 0.65
    unknown: float = -0.98
    prominence: float = 4.0
    question: float = 0.0
    question_lead: float = 0.0
    cosine: float = 0.0
    margin: float = 0.0
    entity: float = 0.0
    attribute: float = 0.0
    kind: float = 0.0
    bias: float = -8.25


@dataclass(frozen=True, slots=True)
class Features:
    """The features of the best passage and of the sentence that leads the first excerpt, as an answer to a question."""

    score: float
    """The passage's score."""
    numbers: float
    """The share of the question's numbers that the passage has; 1 for a question without numbers."""
    named: float
    """The IDF share of the question's names that the passage's document has; 1 for a question without names."""
    unknown: float
    """The IDF share of the question's names that no document has."""
    prominence: float = 0.0
    """How far the passage's cosine lies above the mean of the best `HITS`: near 0 if all passages are equally close."""
    question: float = TYPICAL_QUESTION
    """The cosine of the question and the nearest expected question of the section that the sentence is in."""
    question_lead: float = TYPICAL_QUESTION_LEAD
    """The cosine of the nearest expected question, minus the mean over the sections that were found."""
    cosine: float = 0.0
    """The cosine of the question and the sentence."""
    margin: float = 0.0
    """The score of the best passage minus the score of the second."""
    entity: float = 1.0
    """The IDF share of the question's entities that the sentence itself names; 1 for a question without entities."""
    attribute: float = 0.0
    """The IDF of what the question asks for, its terms beside the entities, as far as the passage covers them."""
    kind: float = 0.0
    """1 if the sentence holds the type of answer that the question expects, -1 if it lacks it; 0 without an expectation."""


NO_FEATURES = Features(0.0, 0.0, 0.0, 1.0)
"""The features if nothing was retrieved."""


def features(
    question: Question, hits: Sequence[Hit], chosen: Sequence[Candidate], corpus: Corpus
) -> Features:
    """Return the features of an answer.

    Args:
        question: The question.
        hits: The passages, best first.
        chosen: The sentences that the answer would show, best first.
        corpus: The generation of the passages.
    """
    if not hits or not chosen:
        return NO_FEATURES
    best, lead = hits[0], chosen[0]
    in_passage = set(
        numbers(
            " ".join(
                (
                    best.document.title,
                    best.document.path,
                    *best.passage.headings,
                    best.passage.lead,
                    best.passage.text,
                )
            )
        )
    )
    asked = question.numbers
    idf = {
        term: corpus.idf(term) for name in question.names for term in corpus.terms(name) if not term.isdigit()
    }
    total = sum(idf.values())
    here = sum(weight for term, weight in idf.items() if corpus.document_has_term(term, best.row))
    nowhere = sum(weight for term, weight in idf.items() if not corpus.has_term(term))
    is_enough = len(hits) >= HITS
    nearest = {hit.passage.anchor + hit.document.id: hit.question for hit in hits if hit.question is not None}
    return Features(
        score=best.score,
        numbers=sum(n in in_passage for n in asked) / len(asked) if asked else 1.0,
        named=here / total if total else 1.0,
        unknown=nowhere / total if total else 0.0,
        prominence=best.dense - fmean(hit.dense for hit in hits[:HITS]) if is_enough else TYPICAL_PROMINENCE,
        question=TYPICAL_QUESTION if lead.hit.question is None else lead.hit.question,
        question_lead=max(nearest.values()) - fmean(nearest.values()) if nearest else TYPICAL_QUESTION_LEAD,
        cosine=lead.cosine,
        margin=best.score - hits[1].score if len(hits) > 1 else TYPICAL_MARGIN,
        entity=_entity_share(question, lead, corpus),
        attribute=_attribute(question, lead, corpus),
        kind=lead.kind,
    )


def _entity_share(question: Question, lead: Candidate, corpus: Corpus) -> float:
    """Return the IDF share of the question's entities that a sentence names."""
    asked = {term: corpus.idf(term) for word in question.entities for term in corpus.terms(word)}
    total = sum(asked.values())
    stated = set(corpus.terms(lead.text))
    return sum(idf for term, idf in asked.items() if term in stated) / total if total else 1.0


def _attribute(question: Question, lead: Candidate, corpus: Corpus) -> float:
    """Return the IDF of the question's terms beside its entities, as far as the passage of a sentence covers them."""
    names = " ".join((*question.entities, *lead.hit.document.aliases))
    asked = question.terms.difference(corpus.terms(names))
    covered = corpus.credits(asked, lead.hit.row)
    return sum(corpus.idf(term) * share for term, share in covered.items()) / IDF_UNIT


def probability(found: Features, weights: Weights) -> float:
    """Return the probability that the answer is right: 0 to 1.

    >>> probability(Features(0.8, 1.0, 1.0, 0.0), Weights()) > 0.7 > probability(Features(0.4, 1.0, 0.0, 1.0), Weights())
    True
    """
    parts = [getattr(weights, field.name) * getattr(found, field.name) for field in fields(Features)]
    return 1 / (1 + exp(-sum(parts) - weights.bias))
