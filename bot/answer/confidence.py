"""Whether the library answers a question at all: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from statistics import fmean
from typing import TYPE_CHECKING

from bot.question.model import Question, numbers

if TYPE_CHECKING:
    from index.retriever import Retriever
    from index.types import Hit


HITS = 10
"""The best hits that the best one is compared with."""
USUAL = 0.11
"""The prominence of a usual best hit, which stands for it where a library is too small for so many hits."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Coefficients of the logistic model of "the best passage answers the question".

    Fitted on public question sets and on questions whose names, years and numbers had been changed; the mean AUROC
    on sets that took no part is 0.93 for absent documents, 0.95 for made-up names and 0.88 for wrong years.
    """

    score: float = 8.05
    numbers: float = 2.49
    named: float = 0.65
    unknown: float = -0.98
    prominence: float = 4.0
    """Added to the fitted ones: AUROC 0.850 for 0.828 on ClapNQ (paired 95 % interval of the difference 0.010 to 0.035) and
    0.691 for 0.682 on SQuAD 2 (-0.001 to 0.020), the same on the gold questions; fitted on either it helps on the other."""
    objection: float = -4.0
    """An objection halves the odds six times: of ten questions with one, at most one was answerable after all."""
    bias: float = -8.25
    """0.45 below the fitted one, so that about as many questions are answered with `prominence` as without; and 0.15 below that,
    since related words count in scores: they raised the odds' logarithm by 0.06 to 0.17 (medians of five sets of questions)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against the best hit answering the question."""

    score: float
    """The best hit's score."""
    numbers: float
    """Share of the question's numbers that stand in the best passage; 1 where it has none."""
    named: float
    """IDF share of the question's names that stand in the best passage's document; 1 where it has none."""
    unknown: float
    """IDF share of the question's names that no document has."""
    prominence: float = 0.0
    """How far the best hit's cosine lies above the mean of the best `HITS`: little where everything is equally near."""
    objection: bool = False
    """Whether something stands in the way of an answer; see `bot.answer.objections`."""


NOTHING = Evidence(0.0, 0.0, 0.0, 1.0)
"""The evidence where nothing was found."""


def weigh(
    question: Question, hits: Sequence[Hit], retriever: Retriever, *, objection: bool = False
) -> Evidence:
    """The evidence of the best hit, and whether something stands in the way of an answer."""
    if not hits:
        return NOTHING
    best = hits[0]
    stands = set(
        numbers(" ".join((best.document.title, *best.passage.headings, best.passage.lead, best.passage.text)))
    )
    asked = question.numbers
    weights = {
        term: retriever.idf(term)
        for name in question.names
        for term in retriever.terms(name)
        if not term.isdigit()
    }
    total = sum(weights.values())
    here = sum(weight for term, weight in weights.items() if retriever.in_document(term, best.row))
    nowhere = sum(weight for term, weight in weights.items() if not retriever.known(term))
    return Evidence(
        score=best.score,
        numbers=sum(n in stands for n in asked) / len(asked) if asked else 1.0,
        named=here / total if total else 1.0,
        unknown=nowhere / total if total else 0.0,
        prominence=best.dense - fmean(hit.dense for hit in hits[:HITS]) if len(hits) >= HITS else USUAL,
        objection=objection,
    )


def probability(evidence: Evidence, weights: Weights) -> float:
    """The probability that the library answers: 0 to 1.

    >>> probability(Evidence(0.8, 1.0, 1.0, 0.0), Weights()) > 0.7 > probability(Evidence(0.4, 1.0, 0.0, 1.0), Weights())
    True
    """
    total = (
        weights.score * evidence.score
        + weights.numbers * evidence.numbers
        + weights.named * evidence.named
        + weights.unknown * evidence.unknown
        + weights.prominence * evidence.prominence
        + weights.objection * evidence.objection
        + weights.bias
    )
    return 1 / (1 + exp(-total))
