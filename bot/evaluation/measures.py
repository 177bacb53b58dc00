"""What is measured of graded questions: each measure is one row of a table here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.evaluation import statistics
from bot.evaluation.grade import Ranking, Record
from bot.evaluation.statistics import Estimate

if TYPE_CHECKING:
    from bot.evaluation.statistics import Numbers

Share = tuple[float, float]
"""What one question adds above and below the fraction line."""

NOTHING: Share = (0.0, 0.0)
"""The question does not count."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A ratio of sums over questions, or an AUROC."""

    name: str
    meaning: str
    share: Callable[[Record], Share]
    """Of an AUROC only which questions count: below 1, and above 1 where a high confidence is wanted."""
    is_auroc: bool = False

    def values(self, records: Sequence[Record], drawn: Numbers) -> Numbers:
        """The measure of the sample and of each drawing (see bot.evaluation.statistics)."""
        shares = np.array([self.share(record) for record in records], float).reshape(-1, 2)
        above, below = shares[:, 0], shares[:, 1]
        if not self.is_auroc:
            return statistics.ratios(above, below, drawn)
        confidences = np.array([record.confidence for record in records])
        return statistics.aurocs(confidences, above > 0, (below > 0) & (above == 0), drawn)

    def count(self, records: Sequence[Record]) -> int:
        """How many questions it is of."""
        return sum(self.share(record)[1] > 0 for record in records)

    def estimate(self, records: Sequence[Record], seed: int = 0) -> Estimate:
        """The measure with its interval."""
        drawn = statistics.draws(len(records), seed=seed)
        return statistics.estimate(self.values(records, drawn), self.count(records))


def _ranking(value: Callable[[Ranking], float]) -> Callable[[Record], Share]:
    return lambda record: (value(record.ranking), 1.0) if record.ranking else NOTHING


def _answerable(value: Callable[[Record], float]) -> Callable[[Record], Share]:
    return lambda record: (value(record), 1.0) if record.gold.is_answerable else NOTHING


def _unanswerable(value: Callable[[Record], float]) -> Callable[[Record], Share]:
    return lambda record: NOTHING if record.gold.is_answerable else (value(record), 1.0)


def _abstained(record: Record) -> float:
    return float(not record.is_answered)


def _cited(record: Record) -> Share:
    if not record.is_answered or not record.gold.is_answerable:
        return NOTHING
    return sum(shown.is_entailing for shown in record.shown), len(record.shown)


def _verbatim(record: Record) -> Share:
    quoted = (*record.shown, *record.beside)
    return sum(shown.is_verbatim for shown in quoted), len(quoted)


def _opening(record: Record) -> Share:
    links = (*(shown.opens for shown in (*record.shown, *record.beside)), *record.nearest)
    return sum(links), len(links)


def _unsupported(record: Record) -> Share:
    return sum(shown.unsupported for shown in (*record.shown, *record.beside)) + record.loose, 1.0


RANKING = (
    Measure("recall@1", "of a question's parts, answered by the best passage", _ranking(lambda r: r.recall1)),
    Measure("recall@5", "… by one of the best five", _ranking(lambda r: r.recall5)),
    Measure("recall@10", "… by one of the best ten", _ranking(lambda r: r.recall10)),
    Measure("MRR", "1 / rank of the first passage that answers", _ranking(lambda r: r.reciprocal)),
    Measure("nDCG@10", "of all passages that answer", _ranking(lambda r: r.ndcg)),
)
SENTENCES = (
    Measure(
        "sentence@1",
        "of the parts, answered by the first quotation, abstention or not",
        _answerable(lambda r: r.sentence1),
    ),
    Measure("sentence@3", "… by one of three", _answerable(lambda r: r.sentence3)),
)
ANSWERS = (
    Measure("answered", "of the answerable questions", _answerable(lambda r: float(r.is_answered))),
    Measure(
        "answers right",
        "of the answers given, with a quotation that answers",
        lambda r: (float(r.is_right), 1.0) if r.is_answered else NOTHING,
    ),
    Measure("citation precision", "of their quotations, where answerable, those that answer", _cited),
)
ABSTENTIONS = (
    Measure(
        "abstention precision",
        "of the abstentions, on unanswerable questions",
        lambda r: NOTHING if r.is_answered else (float(not r.gold.is_answerable), 1.0),
    ),
    Measure("abstention recall", "of the unanswerable questions, abstained on", _unanswerable(_abstained)),
    Measure(
        "AUROC",
        "chance of more confidence in an answerable question than in an unanswerable one",
        lambda r: (float(r.gold.is_answerable), 1.0),
        is_auroc=True,
    ),
    Measure(
        "contrary shown",
        "of the false premises, those whose reply quotes what speaks against them",
        lambda r: (float(r.contrary), 1.0) if r.gold.contrary else NOTHING,
    ),
)
PROMISES = (
    Measure("verbatim", "of the quotations, word for word", _verbatim),
    Measure("links open", "of the links, to the heading that the quotation stands under", _opening),
    Measure("unsupported numbers", "figures a reply that do not stand in what it cites", _unsupported),
)
MEASURES = (*RANKING, *SENTENCES, *ANSWERS, *ABSTENTIONS, *PROMISES)


def abstained_at(threshold: float, kind: str = "") -> Measure:
    """The share of unanswerable questions (of one kind, where one is given) that this threshold abstains on."""

    def share(record: Record) -> Share:
        if record.gold.is_answerable or (kind and record.gold.kind != kind):
            return NOTHING
        return float(record.confidence < threshold or record.confidence == 0), 1.0

    return Measure(
        f"abstained at {threshold:.3f}", "share of unanswerable questions below that confidence", share
    )


def threshold_answering(records: Sequence[Record], share: float) -> float:
    """The highest threshold at which this share of the answerable questions is answered; 0 where there is none."""
    return statistics.threshold_for([r.confidence for r in records if r.gold.is_answerable], share)


def measure(name: str) -> Measure:
    """The measure with this name; raises KeyError."""
    for found in MEASURES:
        if found.name == name:
            return found
    raise KeyError(name)
