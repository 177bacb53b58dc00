"""The comparison of two systems on the same questions, measure by measure and question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.evaluation import measures, statistics
from bot.evaluation.grade import Record
from bot.evaluation.measures import Measure
from bot.evaluation.metric_table import Table, difference, rounded
from bot.evaluation.statistics import Estimate, json_number

Verdict = Literal["worse", "better", "other"]

_GRADES = {"right": 1, "silent": 1, "abstained": 0, "wrong": -1}
"""The rank of each kind of reply (see `kind_of_reply`); a higher rank is better."""
_MAX_LISTED_CHANGES = 60
"""The most changes on a page: a comment on GitHub takes 65,536 characters."""
_TERMINAL_CHARS, _PAGE_CHARS = 100, 200
"""The most characters of a sentence in a terminal and on a page."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of both systems."""

    name: str
    before: float
    after: float
    change: Estimate
    """`after` - `before`, with the interval of a paired bootstrap."""


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose reply changed."""

    before: Record
    after: Record
    what: str
    """One of "answered → abstained", "abstained → answered", "other document" and "other sentence"."""

    @property
    def verdict(self) -> Verdict:
        """Return whether the new reply is better, worse or neither.

        A right answer is better than an abstention, which is better than a wrong answer. Between two right answers,
        `sentence1` plus `sentence3` decides.
        """
        was, now = _rank(self.before), _rank(self.after)
        return "better" if now > was else "worse" if now < was else "other"

    def summaries(self, max_chars: int) -> tuple[str, str]:
        """Return the replies before and after in one line each, with the first quotation that the other reply lacks."""
        return _summary(self.before, self.after, max_chars), _summary(self.after, self.before, max_chars)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The records of two systems, and the differences between them."""

    before_name: str
    after_name: str
    before: tuple[Record, ...]
    after: tuple[Record, ...]
    answering: float
    seed: int = 0

    @property
    def pairs(self) -> tuple[tuple[Record, Record], ...]:
        """Return the records of each question that both systems can be compared on.

        The question must be answerable for both, with a place in both generations, or for neither.
        """
        earlier = {record.gold.id: record for record in self.before}
        return tuple(
            (earlier[record.gold.id], record)
            for record in self.after
            if record.gold.id in earlier and _are_comparable(earlier[record.gold.id], record)
        )

    def differences(self) -> tuple[Difference, ...]:
        """Return the difference of each measure, and of the abstentions at the same share of answered questions."""
        before, after = ([pair[i] for pair in self.pairs] for i in (0, 1))
        found = [
            compare(measure.name, (measure, before), (measure, after), self.seed)
            for measure in measures.MEASURES
        ]
        before_at, after_at = (
            measures.abstained_at(measures.threshold_answering(records, self.answering))
            for records in (before, after)
        )
        # At its own threshold each system would answer another share, which makes abstentions incomparable.
        name = f"abstained at {self.answering:.2f} answered"
        return (*found, compare(name, (before_at, before), (after_at, after), self.seed))

    def changes(self) -> tuple[Change, ...]:
        """Return the questions whose replies changed: first those that are worse, then those that are better."""
        found = [
            Change(before, after, what)
            for before, after in self.pairs
            if (what := _what_changed(before, after))
        ]
        order = ("worse", "better", "other")
        return tuple(sorted(found, key=lambda change: order.index(change.verdict)))

    def text(self) -> str:
        """Return the differences, and below them every question whose reply changed, for a terminal."""
        changes = [
            f"{change.verdict:<6}  {change.after.gold.id} ({change.after.gold.kind}): {change.after.gold.question}\n"
            f"        {change.what}\n"
            f"        {change.summaries(_TERMINAL_CHARS)[0]}\n"
            f"        {change.summaries(_TERMINAL_CHARS)[1]}"
            for change in self.changes()
        ]
        return "\n\n".join((self.table().text(), self.summary(), *changes))

    def summary(self) -> str:
        """Return the number of replies that changed, in one line."""
        verdicts = [change.verdict for change in self.changes()]
        counts = f"{verdicts.count('worse')} worse, {verdicts.count('better')} better"
        return f"{len(verdicts)} of {len(self.pairs)} replies changed: {counts}"

    def table(self) -> Table:
        """Return the differences as a table."""
        rows = tuple(
            (d.name, rounded(d.before), rounded(d.after), difference(d.change), str(d.change.n))
            for d in self.differences()
        )
        left_out = len(self.after) - len(self.pairs)
        note = "An asterisk marks a difference whose 95 % interval excludes 0."
        if left_out:
            note += f" {left_out} questions are left out: only one of the two systems has their answers."
        return Table(
            f"{self.before_name} → {self.after_name}",
            ("measure", "before", "after", "difference", "n"),
            rows,
            note,
        )

    def changes_table(self) -> Table:
        """Return the changes, one row per question, up to the most that a page can hold."""
        changes = self.changes()
        rows = tuple(
            (
                c.verdict,
                c.after.gold.id,
                c.after.gold.kind,
                c.after.gold.question,
                c.what,
                *c.summaries(_PAGE_CHARS),
            )
            for c in changes[:_MAX_LISTED_CHANGES]
        )
        more = len(changes) - len(rows)
        note = f"… and {more} more: `strata eval --against` lists them all." if more else ""
        head = ("", "id", "kind", "question", "what", "before", "after")
        return Table("", head, rows, note, frozenset(range(7)))

    def markdown(self) -> str:
        """Return the comparison as Markdown for a pull request."""
        parts = ["### Gold questions, before and after", self.table().markdown(), f"{self.summary()}."]
        if self.changes():
            listed = self.changes_table().markdown()
            parts.append(f"<details><summary>Question by question</summary>\n\n{listed}\n\n</details>")
        return "\n\n".join(parts) + "\n"

    def json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "before": self.before_name,
            "after": self.after_name,
            "differences": {
                d.name: {
                    "before": json_number(d.before),
                    "after": json_number(d.after),
                    **d.change.json(),
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
"""A measure, and the records that it is computed for."""


def compare(name: str, before: Side, after: Side, seed: int = 0) -> Difference:
    """Return the difference of two measures of the same questions, in the same order, on the same resamples."""
    drawn = statistics.draws(len(after[1]), seed=seed)
    old, new = (measure.values(records, drawn) for measure, records in (before, after))
    change = statistics.estimate(new - old, after[0].count(after[1]))
    return Difference(name, float(old[0]), float(new[0]), change)


def kind_of_reply(record: Record) -> str:
    """Return the kind of a reply: "right" or "wrong" for an answer, "silent" or "abstained" for an abstention.

    "silent" is the abstention on a question that the library does not answer.

    >>> from bot.evaluation.gold import Gold
    >>> kind_of_reply(Record(Gold("1", "?", "near miss"), None, 0.4, 0.5, "not covered", (), 0, 0, False, (), (), 0))
    'silent'
    """
    if record.is_answered:
        return "right" if record.is_right else "wrong"
    return "abstained" if record.gold.is_answerable else "silent"


def _rank(record: Record) -> tuple[int, float]:
    found = kind_of_reply(record)
    return _GRADES[found], record.sentence1 + record.sentence3 if found == "right" else 0.0


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


def _summary(record: Record, other: Record, max_chars: int) -> str:
    if not record.is_answered:
        return f"abstained: {record.reason}"
    if not record.shown:
        return kind_of_reply(record)
    known = {shown.text for shown in other.shown} if other.is_answered else set()
    quoted = next((shown for shown in record.shown if shown.text not in known), record.shown[0])
    return f"{kind_of_reply(record)}: {quoted.document}: {_shortened(quoted.text, max_chars)}"


def _shortened(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else f"{text[: max_chars - 1].rstrip()}…"
