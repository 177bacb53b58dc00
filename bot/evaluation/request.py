"""What `strata eval` is asked for, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.errors import GoldError
from bot.evaluation import ablation as ablating
from bot.evaluation import gold, revisions
from bot.evaluation.ablation import Ablation
from bot.evaluation.comparison import Comparison
from bot.evaluation.report import Report
from bot.evaluation.runner import System, run

if TYPE_CHECKING:
    from bot.evaluation.gold import Gold
    from bot.evaluation.grade import Record
    from bot.evaluation.tables import Table
    from bot.library import Library

Told = Callable[[], None]
"""Called after each question."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be measured."""

    gold: Path
    """A file or a folder."""
    half: Literal["a", "b", "all"] = "all"
    threshold: float | None = None
    """Abstain below this confidence; None for the policy's own."""
    answering: float = 0.92
    """Share of the answerable questions at which abstentions are compared."""
    seed: int = 0
    against: str = ""
    """A generation or a git revision to compare with; empty for none."""
    without: tuple[str, ...] = ()
    """Parts to leave out, all of them at once; `ablating.ALL` for each in turn."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found."""

    report: Report
    comparison: Comparison | None = None
    is_dated: bool = False
    """What it is compared with is an earlier state, not a system that lacks a part."""
    ablation: Ablation | None = None

    def tables(self) -> tuple[Table, ...]:
        """What was asked for: the report, or what a part is worth."""
        if self.ablation is not None:
            return (self.ablation.table(),)
        if self.comparison is not None:
            return (self.comparison.table(),)
        return self.report.tables()

    def text(self) -> str:
        """For a terminal; of a comparison with an earlier state every question that changed too."""
        if self.comparison is not None and self.is_dated:
            return self.comparison.text()
        return "\n\n".join(table.text() for table in self.tables())

    def markdown(self) -> str:
        """The same for a page."""
        if self.comparison is not None and self.is_dated:
            return self.comparison.markdown()
        return "\n\n".join(table.markdown() for table in self.tables()) + "\n"

    def json(self) -> dict[str, Any]:
        """For programs: all of it."""
        found = self.report.json()
        if self.comparison is not None:
            found["comparison"] = self.comparison.json()
        if self.ablation is not None:
            found["without"] = self.ablation.json()
        return found


def questions(request: Request) -> tuple[Gold, ...]:
    """The gold questions that are asked; raises GoldError where they cannot be read, or there are none."""
    read = gold.read(request.gold)
    asked = tuple(question for question in read if request.half in ("all", question.half))
    if not asked:
        raise GoldError(f"{request.gold} has no question in half {request.half}; ask for --half all")
    return asked


def rounds(library: Library, request: Request) -> int:
    """How often each question is asked."""
    if ablating.ALL in request.without:
        return 1 + len(System.of(library).parts())
    return 1 + bool(request.without) + bool(request.against)


def measure(library: Library, asked: Sequence[Gold], request: Request, told: Told = lambda: None) -> Measured:
    """Put the questions to the library; `told` is called after each.

    Raises GoldError where a gold sentence does not stand in it, or there is no such thing to compare with.
    """
    system = System.of(library)
    if request.threshold is not None:
        system = system.under(replace(system.policy, threshold=request.threshold))
    if request.against:
        return _against(system, asked, request, told)
    lacking = _lacking(system, request.without)
    records = _records(system, asked, told)
    report = Report(_name(system), records, request.answering, request.seed)
    others = {name: _records(other, asked, told) for name, other in lacking.items()}
    if ablating.ALL in request.without:
        return Measured(report, ablation=Ablation(records, others, request.answering, request.seed))
    if not others:
        return Measured(report)
    ((name, other),) = others.items()
    compared = Comparison(report.name, f"without {name}", records, other, request.answering, request.seed)
    return Measured(report, compared)


def _lacking(system: System, names: Sequence[str]) -> dict[str, System]:
    """The systems that lack these parts, by what they lack: one for each part there is, or one that lacks all these."""
    if ablating.ALL in names:
        return {part: system.without(part) for part in system.parts()}
    if not names:
        return {}
    return {" and ".join(names): reduce(System.without, dict.fromkeys(names), system)}


def _against(system: System, asked: Sequence[Gold], request: Request, told: Told) -> Measured:
    with revisions.opened(system.library, request.against, request.gold) as then:
        records = _records(system, asked, told)
        earlier = system.at(then.generation, then.store)
        before = _records(earlier, [then.gold.get(g.id, g) for g in asked], told, strict=False)
    report = Report(_name(system), records, request.answering, request.seed)
    compared = Comparison(then.name, report.name, before, records, request.answering, request.seed)
    return Measured(report, compared, is_dated=True)


def _name(system: System) -> str:
    return f"generation {system.library.generation.id}"


def _records(system: System, asked: Sequence[Gold], told: Told, *, strict: bool = True) -> tuple[Record, ...]:
    records = []
    for record in run(system, asked, strict=strict):
        records.append(record)
        told()
    return tuple(records)
