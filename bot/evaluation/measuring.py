"""What `strata eval` is asked for, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.errors import GoldError
from bot.evaluation import gold
from bot.evaluation.reporting import Report
from bot.evaluation.running import Remembering, System, run

if TYPE_CHECKING:
    from bot.evaluation.gold import Gold
    from bot.evaluation.tables import Table
    from bot.library import Library


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


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found."""

    report: Report

    def tables(self) -> tuple[Table, ...]:
        """For reading."""
        return self.report.tables()

    def json(self) -> dict[str, Any]:
        """For programs."""
        return self.report.json()


def questions(request: Request) -> tuple[Gold, ...]:
    """The gold questions that are asked; raises GoldError where they cannot be read, or there are none."""
    read = gold.read(request.gold)
    asked = tuple(question for question in read if request.half in ("all", question.half))
    if not asked:
        raise GoldError(f"{request.gold} has no question in half {request.half}; ask for --half all")
    return asked


def measure(
    library: Library, asked: Sequence[Gold], request: Request, progress: Callable[[], None] = lambda: None
) -> Measured:
    """Put the questions to the library; `progress` is called after each.

    Raises GoldError where a gold sentence does not stand in the library.
    """
    library = remembering(library)
    policy = library.policy
    if request.threshold is not None:
        policy = replace(policy, threshold=request.threshold)
    system = System.of(library, policy)
    records = []
    for record in run(system, asked):
        records.append(record)
        progress()
    name = f"generation {library.generation.id}"
    return Measured(Report(name, tuple(records), request.answering, request.seed))


def remembering(library: Library) -> Library:
    """The same library with an encoder that encodes no question twice."""
    from bot.library import Library

    encoder = Remembering(library.encoder)
    return Library(library.settings, encoder, library.store, library.generation, library.policy)
