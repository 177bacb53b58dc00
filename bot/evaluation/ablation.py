"""A system without one of its parts: which parts there are is read from the policy's own fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.evaluation import measures
from bot.evaluation.comparison import Difference, compare
from bot.evaluation.grade import Record
from bot.evaluation.tables import Table, difference, estimate_json, share
from index.search.fusion import Weights

if TYPE_CHECKING:
    from bot.answer.policy import Policy

ALL = "all"
"""Each part in turn."""

CONSTANTS = frozenset({"bias"})
"""Numbers among the weights that stand for no evidence."""

_COLUMNS = ("recall@5", "nDCG@10", "sentence@1", "sentence@3", "AUROC")


def parts(policy: Policy) -> tuple[str, ...]:
    """The names of what a policy can do without: its switches that are on and its weights that are not 0.

    >>> from bot.answer.policy import Policy
    >>> [name for name in parts(Policy()) if name in ("premises", "ranking.dense", "confidence.bias", "margin")]
    ['premises', 'ranking.dense']
    """
    return tuple(_parts(policy))


def without(policy: Policy, name: str) -> Policy:
    """The policy with one of its parts switched off or weighted 0.

    What is left of the ranking's weights is scaled to the old sum, so that a score still means the same.

    >>> from bot.answer.policy import Policy
    >>> without(Policy(), "ranking.sentence").ranking
    Weights(dense=0.45454545454545453, sentence=0.0, coverage=0.5454545454545454, related=0.7)
    """
    lacking: Policy = _without(policy, name.split("."))
    return lacking


def _parts(value: Any, prefix: str = "") -> Iterator[str]:
    for field in fields(value):
        name, part = f"{prefix}{field.name}", getattr(value, field.name)
        if is_dataclass(part):
            yield from _parts(part, f"{name}.")
        elif part is True or (prefix and type(part) is float and part and field.name not in CONSTANTS):
            yield name


def _without(value: Any, path: Sequence[str]) -> Any:
    first, *rest = path
    part = getattr(value, first)
    if rest:
        return replace(value, **{first: _without(part, rest)})
    lacking = replace(value, **{first: False if part is True else 0.0})
    return _scaled(value, lacking) if isinstance(value, Weights) else lacking


def _scaled(old: Weights, new: Weights) -> Weights:
    """The weights with the parts of a score scaled to their old sum; what is left of none stays 0."""
    after = sum(new.parts.values())
    share = sum(old.parts.values()) / after if after else 1.0
    return replace(new, **{name: part * share for name, part in new.parts.items()})


@dataclass(frozen=True, slots=True)
class Ablation:
    """A system whole, and without each of its parts in turn."""

    whole: tuple[Record, ...]
    lacking: dict[str, tuple[Record, ...]]
    """The records without a part, by its name."""
    answering: float
    seed: int = 0

    def losses(self, records: Sequence[Record]) -> tuple[Difference, ...]:
        """What the system loses that these are the records of: the difference to the whole one, column by column."""
        found = [
            compare(name, (measures.measure(name), self.whole), (measures.measure(name), records), self.seed)
            for name in _COLUMNS
        ]
        whole, lacking = (
            measures.abstained_at(measures.threshold_answering(r, self.answering))
            for r in (self.whole, records)
        )
        name = f"abstained at {self.answering:.2f}"
        return (*found, compare(name, (whole, self.whole), (lacking, records), self.seed))

    def table(self) -> Table:
        """The whole system's figures, and below them what is lost without each part."""
        whole = self.losses(self.whole)
        rows = [("(nothing)", *(share(column.after) for column in whole))]
        rows += [
            (name, *(difference(column.change) for column in self.losses(records)))
            for name, records in self.lacking.items()
        ]
        note = (
            "A star: the 95 % interval of the difference (paired bootstrap) leaves 0 out. The other weights are not fitted anew; "
            f"the last column is at the threshold at which each system answers {self.answering:.2f} of the answerable questions."
        )
        return Table("Without …", ("part", *(column.name for column in whole)), tuple(rows), note)

    def json(self) -> dict[str, Any]:
        """For programs."""
        return {
            name: {column.name: estimate_json(column.change) for column in self.losses(records)}
            for name, records in self.lacking.items()
        }
