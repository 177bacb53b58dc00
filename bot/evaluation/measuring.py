"""What `strata eval` is asked for, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.errors import GoldError
from bot.evaluation import ablating, gold, revisions
from bot.evaluation.ablating import Ablation
from bot.evaluation.comparing import Comparison
from bot.evaluation.reporting import Report
from bot.evaluation.running import Remembering, System, run

if TYPE_CHECKING:
    from bot.answering import Policy
    from bot.evaluation.gold import Gold
    from bot.evaluation.grading import Record
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
    """Parts of the policy to leave out, all of them at once; `ablating.ALL` for each in turn."""

    def policy(self, policy: Policy) -> Policy:
        """The policy that is measured; raises GoldError for a part that it does not have."""
        if self.threshold is not None:
            policy = replace(policy, threshold=self.threshold)
        for name in self.without:
            if name != ablating.ALL:
                ablating.without(policy, name)
        return policy


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
        return 1 + len(ablating.parts(library.policy))
    return 1 + bool(request.without) + bool(request.against)


def measure(library: Library, asked: Sequence[Gold], request: Request, told: Told = lambda: None) -> Measured:
    """Put the questions to the library.

    Raises GoldError where a gold sentence does not stand in it, or there is no such thing to compare with.
    """
    library = remembering(library)
    system = System.of(library, request.policy(library.policy))
    name = f"generation {library.generation.id}"
    if request.against:
        return _against(system, asked, request, name, told)
    records = _told(system, asked, told)
    report = Report(name, records, request.answering, request.seed)
    if not request.without:
        return Measured(report)
    if ablating.ALL in request.without:
        lacking = {
            part: _told(system.under(ablating.without(system.policy, part)), asked, told)
            for part in ablating.parts(system.policy)
        }
        return Measured(report, ablation=Ablation(records, lacking, request.answering, request.seed))
    policy = system.policy
    for part in dict.fromkeys(request.without):
        policy = ablating.without(policy, part)
    others = _told(system.under(policy), asked, told)
    lacking_name = f"without {' and '.join(request.without)}"
    return Measured(report, Comparison(name, lacking_name, records, others, request.answering, request.seed))


def _against(system: System, asked: Sequence[Gold], request: Request, name: str, told: Told) -> Measured:
    with revisions.opened(system.library, request.against, request.gold) as then:
        records = _told(system, asked, told)
        earlier = System.of(_at(system.library, then), system.policy, system.today)
        before = _told(earlier, [then.gold.get(g.id, g) for g in asked], told, strict=False)
    report = Report(name, records, request.answering, request.seed)
    compared = Comparison(then.name, name, before, records, request.answering, request.seed)
    return Measured(report, compared, is_dated=True)


def _told(system: System, asked: Sequence[Gold], told: Told, *, strict: bool = True) -> tuple[Record, ...]:
    records = []
    for record in run(system, asked, strict=strict):
        records.append(record)
        told()
    return tuple(records)


def remembering(library: Library) -> Library:
    """The same library with an encoder that encodes no question twice."""
    from bot.library import Library

    encoder = Remembering(library.encoder)
    return Library(library.settings, encoder, library.store, library.generation, library.policy)


def _at(library: Library, then: revisions.Revision) -> Library:
    from bot.library import Library

    return Library(library.settings, library.encoder, then.store, then.generation, library.policy)
