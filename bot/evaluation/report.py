"""The report on graded questions, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.answer.threshold import Calibration
from bot.evaluation import confidence_fit, measures, statistics
from bot.evaluation.grade import Record
from bot.evaluation.measures import Measure
from bot.evaluation.metric_table import Table, rounded, with_interval
from bot.evaluation.statistics import Estimate, json_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = 1
"""The version of the JSON form. Fields may be added within a version, never renamed or removed."""

THRESHOLDS = tuple(step / 20 for step in range(20))
"""The thresholds of the table: 0 to 0.95."""

_BY_KIND = ("recall@5", "nDCG@10", "sentence@1", "sentence@3", "answered", "answers right")
_BY_STYLE = ("recall@5", "sentence@1", "sentence@3", "answered", "abstention recall", "AUROC")


@dataclass(frozen=True, slots=True)
class Report:
    """The records of one system, with the options that the tables depend on."""

    name: str
    """The name of the system, such as its generation."""
    records: tuple[Record, ...]
    """One or more records."""
    answering: float
    """The share of the answerable questions to answer when abstentions are compared."""
    seed: int = 0

    @property
    def threshold(self) -> float:
        """Return the confidence below which Strata abstained."""
        return self.records[0].threshold

    @property
    def title(self) -> str:
        """Return the name, the number of questions and the threshold, in one line."""
        answerable = sum(record.gold.is_answerable for record in self.records)
        n = len(self.records)
        counted = f"{n} question{'s' if n > 1 else ''}, {answerable} of which the library answers"
        return f"{self.name}: {counted}; threshold {self.threshold:g}"

    @property
    def matched_threshold(self) -> float:
        """Return the threshold at which the share `answering` of the answerable questions is answered."""
        return measures.threshold_answering(self.records, self.answering)

    def tables(self) -> tuple[Table, ...]:
        """Return all tables that have rows."""
        found = (
            self.overall,
            self.answerable,
            self.unanswerable,
            self.styles,
            self.thresholds,
            self.calibration,
        )
        return tuple(table for make in found if (table := make()).rows)

    def overall(self) -> Table:
        """Return every measure over all questions."""
        rows = []
        for measure in measures.MEASURES:
            found = measure.estimate(self.records, self.seed)
            interval = "" if isnan(found.value) else f"{rounded(found.low)} – {rounded(found.high)}"
            rows.append((measure.name, rounded(found.value), interval, str(found.n), measure.meaning))
        head = ("measure", "value", "95 % interval", "n", "")
        return Table(self.title, head, tuple(rows), words=frozenset([0, 4]))

    def answerable(self) -> Table:
        """Return the measures of the answerable questions, by kind."""
        asked = [record for record in self.records if record.gold.is_answerable]
        return Table(
            "What the library answers, by kind",
            ("kind", "n", *_BY_KIND),
            self._rows(_groups(asked, "kind"), _BY_KIND),
        )

    def unanswerable(self) -> Table:
        """Return the measures of the unanswerable questions, by kind."""
        asked = [record for record in self.records if not record.gold.is_answerable]
        rest = [record for record in self.records if record.gold.is_answerable]
        matched = self.matched_threshold
        at = measures.abstained_at(matched)
        rows = []
        for kind, group in (*_groups(asked, "kind"), *([("all", asked)] if asked else [])):
            found = (
                measures.measure("abstention recall").estimate(group, self.seed),
                at.estimate(group, self.seed),
                measures.measure("AUROC").estimate([*rest, *group], self.seed),
                measures.measure("contrary shown").estimate(group, self.seed),
            )
            rows.append((kind, str(len(group)), *map(with_interval, found)))
        head = ("kind", "n", "abstained", f"at {self.answering:.2f} answered", "AUROC", "contrary shown")
        note = (
            f"{self.answering:.2f} of the answerable questions are answered at the threshold {matched:.3f}, "
            "which was chosen on these same questions."
        )
        return Table("What it does not answer, by kind", head, tuple(rows), note)

    def styles(self) -> Table:
        """Return the measures by style of question."""
        return Table(
            "By style", ("style", "n", *_BY_STYLE), self._rows(_groups(self.records, "style"), _BY_STYLE)
        )

    def thresholds(self) -> Table:
        """Return the share of questions that each threshold answers, and the share of wrong answers."""
        rows = [(f"{value:.2f}", *map(with_interval, self.at_threshold(value))) for value in THRESHOLDS]
        head = ("threshold", "answered", "answerable answered", "answers wrong", "wrong of answerable")
        note = "An answer is wrong if none of its quotations answers the question, or if the library does not answer it."
        return Table("Thresholds", head, tuple(rows), note)

    def at_threshold(self, threshold: float) -> tuple[Estimate, Estimate, Estimate, Estimate]:
        """Return the shares that a threshold answers and gets wrong, in the order of `_THRESHOLD_KEYS`.

        They are the answered share of all questions, the answered share of the answerable questions, and the wrong share
        of the answers to each of the two.
        """

        def answered(record: Record) -> bool:
            return record.confidence >= threshold and record.confidence > 0

        def wrong(record: Record) -> tuple[float, float]:
            return (float(not record.is_right), 1.0) if answered(record) else measures.NOT_COUNTED

        asked = [record for record in self.records if record.gold.is_answerable]
        is_answered = Measure("", "", lambda record: (float(answered(record)), 1.0))
        is_wrong = Measure("", "", wrong)
        return (
            is_answered.estimate(self.records, self.seed),
            is_answered.estimate(asked, self.seed),
            is_wrong.estimate(self.records, self.seed),
            is_wrong.estimate(asked, self.seed),
        )

    def calibrated(self, tolerance: float) -> Calibration:
        """Return the calibration: the weights of the confidence, and the share of wrong answers at each confidence.

        The weights are fitted to the questions if there are enough of them, otherwise they stay as they are. The shares then
        come from confidences of questions that the weights were not fitted to. They are those of questions of which half have no
        answer, so that they can be compared between libraries.

        Args:
            tolerance: The share of answers that may be wrong.
        """
        fitted = confidence_fit.fit(self.records)
        held_out = confidence_fit.held_out(self.records) if fitted else {}
        confidences = np.array([held_out.get(record.gold.id, record.confidence) for record in self.records])
        right = np.array([record.is_right for record in self.records])
        weights = self._balanced()
        points = []
        for step in range(46):
            given = confidences >= max(step / 50, 1e-9)
            if given.any():
                points.append((step / 50, 1 - float(weights[given & right].sum() / weights[given].sum())))
        return Calibration(tolerance, len(self.records), tuple(points), fitted)

    def _balanced(self) -> NDArray[np.float64]:
        """Return the weight of each question, so that half of the weight has an answer if any question has and any has none."""
        answerable = np.array([record.gold.is_answerable for record in self.records])
        share = float(answerable.mean())
        return np.where(answerable, 1 / (share or 1), 1 / (1 - share or 1))

    def bins(self) -> tuple[statistics.Bin, ...]:
        """Return confidence against the share of right answers, in bins."""
        return statistics.reliability(*_predictions(self.records))

    def calibration(self) -> Table:
        """Return the calibration: confidence against the shares of right answers and of answerable questions."""
        bins = self.bins()
        asked = statistics.reliability(
            [r.confidence for r in self.records], [r.gold.is_answerable for r in self.records]
        )
        rows = tuple(
            (
                f"{b.low:.1f} – {b.high:.1f}",
                str(b.n),
                rounded(b.confidence),
                rounded(b.share),
                rounded(other.share),
            )
            for b, other in zip(bins, asked, strict=True)
        )
        note = (
            f"Expected calibration error: {statistics.calibration_error(bins):.3f} of right answers, "
            f"{statistics.calibration_error(asked):.3f} of answerable questions."
        )
        head = ("confidence", "n", "mean", "right", "answerable")
        return Table("Calibration", head, rows, note)

    def curve(self) -> tuple[statistics.OperatingPoint, ...]:
        """Return coverage against precision."""
        return statistics.curve(*_predictions(self.records))

    def band(self) -> tuple[tuple[float, float], ...]:
        """Return the interval of the precision at each point of the curve."""
        return statistics.band(
            *_predictions(self.records), statistics.draws(len(self.records), seed=self.seed)
        )

    def json(self) -> dict[str, Any]:
        """Return the JSON form; see bot/evaluation/README.md."""
        bins = self.bins()
        return {
            "schema": SCHEMA,
            "name": self.name,
            "questions": len(self.records),
            "threshold": self.threshold,
            "measures": {m.name: m.estimate(self.records, self.seed).json() for m in measures.MEASURES},
            "kinds": self._by("kind"),
            "styles": self._by("style"),
            "matched": {
                "answered": self.answering,
                "threshold": self.matched_threshold,
                "abstained": {
                    kind: measures.abstained_at(self.matched_threshold).estimate(group, self.seed).json()
                    for kind, group in _groups(self.records, "kind")
                    if not group[0].gold.is_answerable
                },
            },
            "thresholds": [
                {"threshold": threshold} | _estimates_json(self.at_threshold(threshold))
                for threshold in THRESHOLDS
            ],
            "curve": [asdict(point) for point in self.curve()],
            "calibration": {
                "error": statistics.calibration_error(bins),
                "bins": [{key: json_number(value) for key, value in asdict(b).items()} for b in bins],
            },
            "records": [record_json(record) for record in self.records],
        }

    def _rows(
        self, groups: Iterable[tuple[str, Sequence[Record]]], names: Sequence[str]
    ) -> tuple[tuple[str, ...], ...]:
        return tuple(
            (
                name,
                str(len(group)),
                *(with_interval(measures.measure(m).estimate(group, self.seed)) for m in names),
            )
            for name, group in groups
        )

    def _by(self, field: str) -> dict[str, Any]:
        return {
            name: {
                "questions": len(group),
                "measures": {
                    m.name: found.json()
                    for m in measures.MEASURES
                    if (found := m.estimate(group, self.seed)).n and not isnan(found.value)
                },
            }
            for name, group in _groups(self.records, field)
        }


_THRESHOLD_KEYS = ("answered", "answerable_answered", "wrong", "answerable_wrong")


def _estimates_json(estimates: Iterable[Estimate]) -> dict[str, Any]:
    return {key: found.json() for key, found in zip(_THRESHOLD_KEYS, estimates, strict=True)}


def record_json(record: Record) -> dict[str, Any]:
    """Return the JSON form of one question."""
    gold, ranking = record.gold, record.ranking
    return {
        "id": gold.id,
        "question": gold.question,
        "kind": gold.kind,
        "style": gold.style,
        "half": gold.half,
        "answerable": gold.is_answerable,
        "answered": record.is_answered,
        "reason": record.reason or None,
        "confidence": round(record.confidence, 6),
        "right": record.is_right,
        "ranking": asdict(ranking) if ranking else None,
        "sentence1": record.sentence1,
        "sentence3": record.sentence3,
        "contrary": record.contrary,
        "loose": record.loose,
        "shown": [asdict(shown) for shown in record.shown],
        "beside": [asdict(shown) for shown in record.beside],
    }


def _groups(records: Sequence[Record], field: str) -> tuple[tuple[str, list[Record]], ...]:
    """Return the records of each kind or style, the most frequent first."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(getattr(record.gold, field), []).append(record)
    return tuple((name or "(none)", group) for name, group in sorted(found.items(), key=lambda g: -len(g[1])))


def _predictions(records: Sequence[Record]) -> tuple[list[float], list[bool]]:
    """Return the confidence of each record, and True for each right answer."""
    return [record.confidence for record in records], [record.is_right for record in records]
