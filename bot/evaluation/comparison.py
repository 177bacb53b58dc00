"""Two systems that were asked the same: what differs, measure by measure and question by question. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.evaluation import measures, statistics
from bot.evaluation.grade import Record
from bot.evaluation.measures import Measure
from bot.evaluation.statistics import Estimate
from bot.evaluation.tables import Table, difference, estimate_json, number_json, share

Verdict = Literal["worse", "better", "other"]

_VALUE = {"right": 1, "silent": 1, "abstained": 0, "wrong": -1}
_LISTED = 60
"""Changes that a page lists: a comment on GitHub takes 65,536 characters."""
_SHORT, _LONG = 100, 200
"""Characters of a sentence in a terminal and on a page."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of both."""

    name: str
    before: float
    after: float
    change: Estimate
    """After less before, with the interval of a paired bootstrap."""


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose reply is another one."""

    before: Record
    after: Record
    what: str
    """One of "answered → abstained", "abstained → answered", "other document" and "other sentence"."""

    @property
    def verdict(self) -> Verdict:
        """Whether the new reply is better: a right one beats an abstention, and that a wrong one.

        Of two right ones that which answers more, and sooner.
        """
        was, now = _worth(self.before), _worth(self.after)
        return "better" if now > was else "worse" if now < was else "other"

    def told(self, width: int) -> tuple[str, str]:
        """Before and after in a line each: what came of it, and the first quotation that the other has not."""
        return _told(self.before, self.after, width), _told(self.after, self.before, width)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two systems."""

    before_name: str
    after_name: str
    before: tuple[Record, ...]
    after: tuple[Record, ...]
    answering: float
    seed: int = 0

    @property
    def pairs(self) -> tuple[tuple[Record, Record], ...]:
        """The questions that mean the same to both: answerable in both, with a place in each, or in neither."""
        earlier = {record.gold.id: record for record in self.before}
        return tuple(
            (earlier[record.gold.id], record)
            for record in self.after
            if record.gold.id in earlier and _are_comparable(earlier[record.gold.id], record)
        )

    def differences(self) -> tuple[Difference, ...]:
        """Every measure, and the abstentions where both answer the same share of the answerable questions."""
        before, after = ([pair[i] for pair in self.pairs] for i in (0, 1))
        found = [
            compare(measure.name, (measure, before), (measure, after), self.seed)
            for measure in measures.MEASURES
        ]
        ours, theirs = (
            measures.abstained_at(measures.threshold_answering(records, self.answering))
            for records in (before, after)
        )
        name = f"abstained at {self.answering:.2f} answered"
        return (*found, compare(name, (ours, before), (theirs, after), self.seed))

    def changes(self) -> tuple[Change, ...]:
        """The questions whose replies differ: what got worse first, then what got better."""
        found = [
            Change(before, after, what)
            for before, after in self.pairs
            if (what := _what_changed(before, after))
        ]
        order = ("worse", "better", "other")
        return tuple(sorted(found, key=lambda change: order.index(change.verdict)))

    def text(self) -> str:
        """For a terminal: the differences, and below them every question whose reply is another one."""
        told = [
            f"{change.verdict:<6}  {change.after.gold.id} ({change.after.gold.kind}): {change.after.gold.question}\n"
            f"        {change.what}\n"
            f"        {change.told(_SHORT)[0]}\n"
            f"        {change.told(_SHORT)[1]}"
            for change in self.changes()
        ]
        return "\n\n".join((self.table().text(), self.summary(), *told))

    def summary(self) -> str:
        """How many replies changed, in one line."""
        verdicts = [change.verdict for change in self.changes()]
        counts = f"{verdicts.count('worse')} worse, {verdicts.count('better')} better"
        return f"{len(verdicts)} of {len(self.pairs)} replies changed: {counts}"

    def table(self) -> Table:
        """The differences."""
        rows = tuple(
            (d.name, share(d.before), share(d.after), difference(d.change), str(d.change.n))
            for d in self.differences()
        )
        alone = len(self.after) - len(self.pairs)
        note = "A star: the 95 % interval of the difference leaves 0 out."
        if alone:
            note += f" {alone} questions are left out: their answers are in one of the two alone."
        return Table(
            f"{self.before_name} → {self.after_name}",
            ("measure", "before", "after", "difference", "n"),
            rows,
            note,
        )

    def listed(self) -> Table:
        """The changes, question by question, as many as a page takes."""
        changes = self.changes()
        rows = tuple(
            (c.verdict, c.after.gold.id, c.after.gold.kind, c.after.gold.question, c.what, *c.told(_LONG))
            for c in changes[:_LISTED]
        )
        more = len(changes) - len(rows)
        note = f"… and {more} more: `strata eval --against` lists them all." if more else ""
        head = ("", "id", "kind", "question", "what", "before", "after")
        return Table("", head, rows, note, frozenset(range(7)))

    def markdown(self) -> str:
        """For a pull request."""
        parts = ["### Gold questions, before and after", self.table().markdown(), f"{self.summary()}."]
        if self.changes():
            listed = self.listed().markdown()
            parts.append(f"<details><summary>Question by question</summary>\n\n{listed}\n\n</details>")
        return "\n\n".join(parts) + "\n"

    def json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "before": self.before_name,
            "after": self.after_name,
            "differences": {
                d.name: {
                    "before": number_json(d.before),
                    "after": number_json(d.after),
                    **estimate_json(d.change),
                }
                for d in self.differences()
            },
            "changes": [
                {
                    "id": change.after.gold.id,
                    "verdict": change.verdict,
                    "what": change.what,
                    "before": [asdict(s) for s in change.before.shown] if change.before.is_answered else None,
                    "after": [asdict(s) for s in change.after.shown] if change.after.is_answered else None,
                }
                for change in self.changes()
            ],
        }


Side = tuple[Measure, Sequence[Record]]
"""A measure and the records that it is taken of."""


def compare(name: str, before: Side, after: Side, seed: int = 0) -> Difference:
    """The difference of two measures of the same questions, in the same order, under the same drawings."""
    drawn = statistics.draws(len(after[1]), seed=seed)
    ours, theirs = (measure.values(records, drawn) for measure, records in (before, after))
    change = statistics.estimate(theirs - ours, after[0].count(after[1]))
    return Difference(name, float(ours[0]), float(theirs[0]), change)


def came_of(record: Record) -> str:
    """What a reply is: of answers "right" or "wrong", of abstentions "silent" where nothing answers, else "abstained".

    >>> from bot.evaluation.gold import Gold
    >>> came_of(Record(Gold("1", "?", "near miss"), None, 0.4, 0.5, "not covered", (), 0, 0, False, (), (), 0))
    'silent'
    """
    if record.is_answered:
        return "right" if record.is_right else "wrong"
    return "abstained" if record.gold.is_answerable else "silent"


def _worth(record: Record) -> tuple[int, float]:
    found = came_of(record)
    return _VALUE[found], record.sentence1 + record.sentence3 if found == "right" else 0.0


def _are_comparable(before: Record, after: Record) -> bool:
    if before.gold.is_answerable != after.gold.is_answerable:
        return False
    return not after.gold.is_answerable or (before.ranking is not None and after.ranking is not None)


def _what_changed(before: Record, after: Record) -> str:
    if before.is_answered != after.is_answered:
        return "answered → abstained" if before.is_answered else "abstained → answered"
    if not after.is_answered:
        return ""
    was, now = before.shown, after.shown
    if was and now and was[0].document != now[0].document:
        return "other document"
    return "other sentence" if [s.text for s in was] != [s.text for s in now] else ""


def _told(record: Record, other: Record, width: int) -> str:
    if not record.is_answered:
        return f"abstained: {record.reason}"
    if not record.shown:
        return came_of(record)
    known = {shown.text for shown in other.shown} if other.is_answered else set()
    quoted = next((shown for shown in record.shown if shown.text not in known), record.shown[0])
    return f"{came_of(record)}: {quoted.document}: {_cut(quoted.text, width)}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"
