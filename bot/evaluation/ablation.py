"""Ablation: a system without one of its parts. The parts are the switches and the weights of the policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.evaluation import measures
from bot.evaluation.comparison import Difference, compare
from bot.evaluation.grade import Record
from bot.evaluation.metric_table import Table, difference, rounded
from index.search.fusion import Weights

if TYPE_CHECKING:
    from bot.answer.policy import Policy

ALL = "all"
"""The name that stands for each part in turn."""

_NOT_PARTS = frozenset({"bias"})
"""Weights that belong to no evidence, so that leaving them out measures nothing."""

_COLUMNS = ("recall@5", "nDCG@10", "sentence@1", "sentence@3", "AUROC")


def parts(policy: Policy) -> tuple[str, ...]:
    """Return the names of the parts of a policy: switches that are on and weights that are not 0.

    >>> from bot.answer.policy import Policy
    >>> [name for name in parts(Policy()) if name in ("premises", "ranking.dense", "confidence.bias", "margin")]
    ['premises', 'ranking.dense']
    """
    return tuple(_parts(policy))


def without(policy: Policy, name: str) -> Policy:
    """Return the policy with one part switched off, or with its weight set to 0.

    The other weights of the ranking are scaled to the old sum, so that scores stay comparable.

    >>> from bot.answer.policy import Policy
    >>> {name: round(weight, 3) for name, weight in without(Policy(), "ranking.sentence").ranking.parts.items()}
    {'dense': 0.455, 'sentence': 0.0, 'coverage': 0.545}
    """
    changed: Policy = _without(policy, name.split("."))
    return changed


def _parts(value: Any, prefix: str = "") -> Iterator[str]:
    for field in fields(value):
        name, part = f"{prefix}{field.name}", getattr(value, field.name)
        if is_dataclass(part):
            yield from _parts(part, f"{name}.")
        elif part is True or (prefix and type(part) is float and part and field.name not in _NOT_PARTS):
            yield name


def _without(value: Any, path: Sequence[str]) -> Any:
    first, *rest = path
    part = getattr(value, first)
    if rest:
        return replace(value, **{first: _without(part, rest)})
    changed = replace(value, **{first: False if part is True else 0.0})
    return _scaled(value, changed) if isinstance(value, Weights) else changed


def _scaled(old: Weights, new: Weights) -> Weights:
    """Return the weights with the parts of a score scaled to their old sum; all zeros stay zeros."""
    total = sum(new.parts.values())
    scale = sum(old.parts.values()) / total if total else 1.0
    return replace(new, **{name: part * scale for name, part in new.parts.items()})


@dataclass(frozen=True, slots=True)
class Ablation:
    """The records of a full system, and of the system without each of its parts."""

    full: tuple[Record, ...]
    ablated: dict[str, tuple[Record, ...]]
    """The records without a part, by the name of the part."""
    answering: float
    seed: int = 0

    def differences(self, records: Sequence[Record]) -> tuple[Difference, ...]:
        """Return the differences between an ablated system and the full system, one per column."""
        found = [
            compare(name, (measures.measure(name), self.full), (measures.measure(name), records), self.seed)
            for name in _COLUMNS
        ]
        full, ablated = (
            measures.abstained_at(measures.threshold_answering(r, self.answering))
            for r in (self.full, records)
        )
        name = f"abstained at {self.answering:.2f}"
        return (*found, compare(name, (full, self.full), (ablated, records), self.seed))

    def table(self) -> Table:
        """Return the measures of the full system, and the differences without each part."""
        full = self.differences(self.full)
        rows = [("(nothing)", *(rounded(column.after) for column in full))]
        rows += [
            (name, *(difference(column.change) for column in self.differences(records)))
            for name, records in self.ablated.items()
        ]
        note = (
            "An asterisk marks a difference whose 95 % interval (paired bootstrap) excludes 0. The other weights are not fitted again. "
            f"The last column is at the threshold at which each system answers {self.answering:.2f} of the answerable questions."
        )
        return Table("Without …", ("part", *(column.name for column in full)), tuple(rows), note)

    def json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            name: {column.name: column.change.json() for column in self.differences(records)}
            for name, records in self.ablated.items()
        }
