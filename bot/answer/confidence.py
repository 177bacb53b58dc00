"""Confidence: the probability that the library answers a question at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from statistics import fmean
from typing import TYPE_CHECKING

from bot.text.numbers import numbers

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question
    from index.types import Hit

HITS = 10
"""The number of best passages that the best passage is compared with."""
TYPICAL_PROMINENCE = 0.11
"""The prominence of a typical best passage, used where a library has fewer than `HITS` passages."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The coefficients of the logistic model "the best passage answers the question".

    Fitted on public question sets and on questions whose names, years and numbers had been changed; tests/benchmarks/README.md,
    "Confidence", has the figures and the reasons for each change since.
    """

    score: float = 8.05
    numbers: float = 2.49
    named: float = 0.65
    unknown: float = -0.98
    prominence: float = 4.0
    bias: float = -8.25


@dataclass(frozen=True, slots=True)
class Features:
    """The features of the best passage as an answer to a question."""

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


NO_FEATURES = Features(0.0, 0.0, 0.0, 1.0)
"""The features if nothing was retrieved."""


def features(question: Question, hits: Sequence[Hit], corpus: Corpus) -> Features:
    """Return the features of the best of the retrieved passages.

    Args:
        question: The question.
        hits: The passages, best first.
        corpus: The generation of the passages.
    """
    if not hits:
        return NO_FEATURES
    best = hits[0]
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
    return Features(
        score=best.score,
        numbers=sum(n in in_passage for n in asked) / len(asked) if asked else 1.0,
        named=here / total if total else 1.0,
        unknown=nowhere / total if total else 0.0,
        prominence=best.dense - fmean(hit.dense for hit in hits[:HITS]) if is_enough else TYPICAL_PROMINENCE,
    )


def probability(found: Features, weights: Weights) -> float:
    """Return the probability that the library answers: 0 to 1.

    >>> probability(Features(0.8, 1.0, 1.0, 0.0), Weights()) > 0.7 > probability(Features(0.4, 1.0, 0.0, 1.0), Weights())
    True
    """
    total = (
        weights.score * found.score
        + weights.numbers * found.numbers
        + weights.named * found.named
        + weights.unknown * found.unknown
        + weights.prominence * found.prominence
        + weights.bias
    )
    return 1 / (1 + exp(-total))
