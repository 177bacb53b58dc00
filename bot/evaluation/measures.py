"""The measures of graded questions: each measure is one function with its definition, and one row of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.evaluation import statistics
from bot.evaluation.grade import Record
from bot.evaluation.statistics import Estimate

if TYPE_CHECKING:
    from bot.evaluation.statistics import Numbers

Ratio = tuple[float, float]
"""The amounts that one question adds to a measure's numerator and to its denominator."""

NOT_COUNTED: Ratio = (0.0, 0.0)
"""The ratio of a question that a measure does not count."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A ratio of sums over questions, or an AUROC."""

    name: str
    meaning: str
    ratio: Callable[[Record], Ratio]
    """A question's ratio. For an AUROC: (1, 1) for a positive question, (0, 1) for a negative one."""
    is_auroc: bool = False

    def values(self, records: Sequence[Record], drawn: Numbers) -> Numbers:
        """Return the measure of the sample and of each resample (see bot.evaluation.statistics)."""
        ratios = np.array([self.ratio(record) for record in records], float).reshape(-1, 2)
        numerators, denominators = ratios[:, 0], ratios[:, 1]
        if not self.is_auroc:
            return statistics.ratios(numerators, denominators, drawn)
        confidences = np.array([record.confidence for record in records])
        positive = numerators > 0
        return statistics.aurocs(confidences, positive, (denominators > 0) & ~positive, drawn)

    def count(self, records: Sequence[Record]) -> int:
        """Return the number of questions that the measure counts."""
        return sum(self.ratio(record)[1] > 0 for record in records)

    def estimate(self, records: Sequence[Record], seed: int = 0) -> Estimate:
        """Return the measure with its interval."""
        drawn = statistics.draws(len(records), seed=seed)
        return statistics.estimate(self.values(records, drawn), self.count(records))


def recall_at_1(record: Record) -> Ratio:
    """Return recall@1: the share of a question's parts that the best passage answers."""
    return (record.ranking.recall1, 1.0) if record.ranking else NOT_COUNTED


def recall_at_5(record: Record) -> Ratio:
    """Return recall@5: the share of a question's parts that one of the best five passages answers."""
    return (record.ranking.recall5, 1.0) if record.ranking else NOT_COUNTED


def recall_at_10(record: Record) -> Ratio:
    """Return recall@10: the share of a question's parts that one of the best ten passages answers."""
    return (record.ranking.recall10, 1.0) if record.ranking else NOT_COUNTED


def reciprocal_rank(record: Record) -> Ratio:
    """Return 1 / the rank of the first passage that answers, 0 below rank 10; the mean is the MRR."""
    return (record.ranking.reciprocal, 1.0) if record.ranking else NOT_COUNTED


def ndcg_at_10(record: Record) -> Ratio:
    """Return nDCG@10 of the passages that answer a part of the question."""
    return (record.ranking.ndcg, 1.0) if record.ranking else NOT_COUNTED


def sentence_at_1(record: Record) -> Ratio:
    """Return the share of an answerable question's parts that the first quotation answers.

    For an abstention, the quotations count that a threshold of 0 would have shown.
    """
    return (record.sentence1, 1.0) if record.gold.is_answerable else NOT_COUNTED


def sentence_at_3(record: Record) -> Ratio:
    """Return the share of an answerable question's parts that one of the first three quotations answers."""
    return (record.sentence3, 1.0) if record.gold.is_answerable else NOT_COUNTED


def answered(record: Record) -> Ratio:
    """Return 1 for an answerable question that was answered, 0 for one with an abstention."""
    return (float(record.is_answered), 1.0) if record.gold.is_answerable else NOT_COUNTED


def answer_is_right(record: Record) -> Ratio:
    """Return 1 for an answer with a quotation that answers the question, 0 for another answer."""
    return (float(record.is_right), 1.0) if record.is_answered else NOT_COUNTED


def citation_precision(record: Record) -> Ratio:
    """Return the quotations that answer the question, and all quotations, of an answer to an answerable question."""
    if not record.is_answered or not record.gold.is_answerable:
        return NOT_COUNTED
    return sum(shown.is_entailing for shown in record.shown), len(record.shown)


def abstention_precision(record: Record) -> Ratio:
    """Return 1 for an abstention on an unanswerable question, 0 for one on an answerable question."""
    return NOT_COUNTED if record.is_answered else (float(not record.gold.is_answerable), 1.0)


def abstention_recall(record: Record) -> Ratio:
    """Return 1 for an unanswerable question with an abstention, 0 for one with an answer."""
    return NOT_COUNTED if record.gold.is_answerable else (float(not record.is_answered), 1.0)


def answerability(record: Record) -> Ratio:
    """Return the class of a question for the AUROC of confidence: answerable questions are positive."""
    return float(record.gold.is_answerable), 1.0


def contrary_shown(record: Record) -> Ratio:
    """Return 1 for a false premise that the reply contradicts with a quotation, 0 for another false premise."""
    return (float(record.contrary), 1.0) if record.gold.contrary else NOT_COUNTED


def verbatim(record: Record) -> Ratio:
    """Return the quotations that are verbatim, and all quotations."""
    quoted = (*record.shown, *record.beside)
    return sum(shown.is_verbatim for shown in quoted), len(quoted)


def links_open(record: Record) -> Ratio:
    """Return the links that lead to the heading of their quotation, and all links."""
    links = (*(shown.opens for shown in (*record.shown, *record.beside)), *record.nearest)
    return sum(links), len(links)


def unsupported_numbers(record: Record) -> Ratio:
    """Return the number of figures in a reply that its citations do not contain; the measure is their mean."""
    return sum(shown.unsupported for shown in (*record.shown, *record.beside)) + record.loose, 1.0


RANKING = (
    Measure("recall@1", "parts of a question that the best passage answers", recall_at_1),
    Measure("recall@5", "… one of the best five passages", recall_at_5),
    Measure("recall@10", "… one of the best ten passages", recall_at_10),
    Measure("MRR", "1 / rank of the first passage that answers", reciprocal_rank),
    Measure("nDCG@10", "ranking of all passages that answer", ndcg_at_10),
)
SENTENCES = (
    Measure("sentence@1", "parts that the first quotation answers, also behind an abstention", sentence_at_1),
    Measure("sentence@3", "… one of the first three quotations", sentence_at_3),
)
ANSWERS = (
    Measure("answered", "answerable questions with an answer", answered),
    Measure("answers right", "answers with a quotation that answers the question", answer_is_right),
    Measure(
        "citation precision",
        "quotations that answer, in answers to answerable questions",
        citation_precision,
    ),
)
ABSTENTIONS = (
    Measure("abstention precision", "abstentions on unanswerable questions", abstention_precision),
    Measure("abstention recall", "unanswerable questions with an abstention", abstention_recall),
    Measure(
        "AUROC",
        "probability that an answerable question has more confidence than an unanswerable one",
        answerability,
        is_auroc=True,
    ),
    Measure(
        "contrary shown", "false premises whose reply quotes a sentence that contradicts them", contrary_shown
    ),
)
PROMISES = (
    Measure("verbatim", "quotations that are word for word in their passage", verbatim),
    Measure("links open", "links that lead to the heading of their quotation", links_open),
    Measure(
        "unsupported numbers", "figures per reply that its citations do not contain", unsupported_numbers
    ),
)
MEASURES = (*RANKING, *SENTENCES, *ANSWERS, *ABSTENTIONS, *PROMISES)


def abstained_at(threshold: float) -> Measure:
    """Return the measure of the share of unanswerable questions that a threshold abstains on."""

    def ratio(record: Record) -> Ratio:
        if record.gold.is_answerable:
            return NOT_COUNTED
        return float(record.confidence < threshold or record.confidence == 0), 1.0

    return Measure(f"abstained at {threshold:.3f}", "unanswerable questions below that confidence", ratio)


def threshold_answering(records: Sequence[Record], share: float) -> float:
    """Return the highest threshold that answers this share of the answerable questions; 0 without such questions."""
    return statistics.threshold_for([r.confidence for r in records if r.gold.is_answerable], share)


def measure(name: str) -> Measure:
    """Return the measure with a name. Raises KeyError."""
    for found in MEASURES:
        if found.name == name:
            return found
    raise KeyError(name)
