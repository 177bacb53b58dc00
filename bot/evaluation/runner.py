"""Runs of the gold questions: the systems that answer them, and the measures of a system, a comparison or an ablation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.errors import GoldError
from bot.evaluation import ablation, revisions
from bot.evaluation.ablation import Ablation
from bot.evaluation.comparison import Comparison
from bot.evaluation.gold import Gold, GoldDocuments, check, raise_problems, read
from bot.evaluation.grade import Record, grade
from bot.evaluation.report import Report
from bot.library import Library
from bot.types import Abstention

if TYPE_CHECKING:
    from bot.answer.policy import Policy
    from bot.evaluation.metric_table import Table
    from index.store.generation import Generation
    from index.store.store import Store
    from index.types import Encoder, EncoderId, Matrix, Vector

TOP_PASSAGES = 10
"""The number of passages that are retrieved for a question."""

RERANKER = "reranker"
"""The name of the part that the library has beside its policy."""

_PLACEHOLDER_URL = "https://library.invalid/{commit}"
"""The base URL of links if the settings have no base URL: the links are checked, not followed."""

Progress = Callable[[], None]
"""A function that is called after each question."""


class CachingEncoder:
    """An encoder that encodes each question once, for several systems that answer the same questions."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._rows: dict[str, Vector] = {}

    @property
    def id(self) -> EncoderId:
        """Return the id of the wrapped encoder."""
        return self._encoder.id

    def warm(self) -> None:
        """Start to load the wrapped encoder."""
        self._encoder.warm()

    def count(self, text: str) -> int:
        """Return the number of word pieces of a text."""
        return self._encoder.count(text)

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Matrix:
        """Return one unit row per text."""
        return self._encoder.encode(texts, progress)

    def encode_question(self, question: str) -> Vector:
        """Return the unit row of a question, from the cache if it was encoded before."""
        row = self._rows.get(question)
        if row is None:
            row = self._rows[question] = self._encoder.encode_question(question)
        return row

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """Return the precomputed rows of words."""
        return self._encoder.word_rows(words)

    def is_word(self, text: str) -> bool:
        """Return True if a text is one whole word of the encoder's vocabulary."""
        return self._encoder.is_word(text)


@dataclass(frozen=True, slots=True)
class System:
    """A library with its policy, and the day on which it is asked."""

    library: Library
    today: date

    @classmethod
    def of(cls, library: Library, today: date | None = None) -> System:
        """Return the system of a library, with links that can be checked and an encoder that caches questions.

        By default it is asked on the day of the newest review, so that the same library gives the same measures on any day.
        """
        reviews = (document.reviewed for document in library.generation.documents)
        today = today or max(filter(None, reviews), default=None) or date.today()
        settings = replace(library.settings, base_url=library.settings.base_url or _PLACEHOLDER_URL)
        return cls(library.replace(settings=settings, encoder=CachingEncoder(library.encoder)), today)

    @property
    def policy(self) -> Policy:
        """Return the policy of the library."""
        return self.library.policy

    def with_policy(self, policy: Policy) -> System:
        """Return the system with another policy."""
        return System(self.library.replace(policy=policy), self.today)

    def with_generation(self, generation: Generation, store: Store) -> System:
        """Return the system with another generation."""
        return System(self.library.replace(generation=generation, store=store), self.today)

    def parts(self) -> tuple[str, ...]:
        """Return the names of the parts that can be left out."""
        reranker = (RERANKER,) if self.library.reranker is not None else ()
        return (*ablation.parts(self.policy), *reranker)

    def without(self, name: str) -> System:
        """Return the system without a part. Raises GoldError if it has no such part."""
        if name not in self.parts():
            raise GoldError(
                f"there is no part {name!r} to leave out; the parts are {', '.join(self.parts())}"
            )
        if name == RERANKER:
            return System(self.library.replace(reranks=False), self.today)
        return self.with_policy(ablation.without(self.policy, name))


def run(system: System, questions: Sequence[Gold], *, strict: bool = True) -> Iterator[Record]:
    """Yield the record of each question, in order.

    After an abstention the question is asked again with a threshold of 0, for the quotations of the withheld answer.

    Args:
        system: The system that answers.
        questions: The gold questions.
        strict: Raise GoldError if the library does not have a gold sentence. Otherwise the sentence counts as not found.
    """
    generation = system.library.generation
    documents = GoldDocuments.of(generation, questions)
    if strict:
        raise_problems(list(check(questions, documents.texts())))
    unbound = system.with_policy(replace(system.policy, threshold=0.0))
    for gold in questions:
        outcome = system.library.outcome(gold.question, today=system.today, top=TOP_PASSAGES)
        full = outcome
        if isinstance(outcome.reply, Abstention):
            full = unbound.library.outcome(gold.question, today=system.today, top=TOP_PASSAGES)
        yield grade(gold, documents, generation.passage, outcome, full, system.policy.threshold)


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `strata eval`."""

    gold: Path
    """The file or the folder of the gold questions."""
    half: Literal["a", "b", "all"] = "all"
    threshold: float | None = None
    """Abstain below this confidence; None for the threshold of the policy."""
    answering: float = 0.92
    """The share of the answerable questions to answer when abstentions are compared."""
    seed: int = 0
    against: str = ""
    """A generation or a git revision to compare with; empty for none."""
    without: tuple[str, ...] = ()
    """Parts to leave out together; `ablation.ALL` leaves out each part in turn."""


@dataclass(frozen=True, slots=True)
class Result:
    """The report, with the comparison or the ablation if one was requested."""

    report: Report
    comparison: Comparison | None = None
    is_against_revision: bool = False
    """True if the comparison is with an earlier revision, not with a system without a part."""
    ablation: Ablation | None = None

    def tables(self) -> tuple[Table, ...]:
        """Return the tables of the ablation, the comparison or the report."""
        if self.ablation is not None:
            return (self.ablation.table(),)
        if self.comparison is not None:
            return (self.comparison.table(),)
        return self.report.tables()

    def text(self) -> str:
        """Return the tables for a terminal; a comparison with a revision also lists every reply that changed."""
        if self.comparison is not None and self.is_against_revision:
            return self.comparison.text()
        return "\n\n".join(table.text() for table in self.tables())

    def markdown(self) -> str:
        """Return the same as `text` in Markdown."""
        if self.comparison is not None and self.is_against_revision:
            return self.comparison.markdown()
        return "\n\n".join(table.markdown() for table in self.tables()) + "\n"

    def json(self) -> dict[str, Any]:
        """Return the JSON form of everything that was measured."""
        found = self.report.json()
        if self.comparison is not None:
            found["comparison"] = self.comparison.json()
        if self.ablation is not None:
            found["without"] = self.ablation.json()
        return found


def questions(request: Request) -> tuple[Gold, ...]:
    """Return the gold questions of the half. Raises GoldError if they cannot be read or the half is empty."""
    asked = tuple(question for question in read(request.gold) if request.half in ("all", question.half))
    if not asked:
        raise GoldError(f"{request.gold} has no question in half {request.half}; use --half all")
    return asked


def count_runs(library: Library, request: Request) -> int:
    """Return the number of times that each question is asked."""
    if ablation.ALL in request.without:
        return 1 + len(System.of(library).parts())
    return 1 + bool(request.without) + bool(request.against)


def evaluate(
    library: Library, asked: Sequence[Gold], request: Request, progress: Progress = lambda: None
) -> Result:
    """Ask the questions and return the measures.

    Args:
        library: The library to measure.
        asked: The gold questions.
        request: The options.
        progress: Called after each question.

    Raises:
        GoldError: The library does not have a gold sentence, or there is no such part or revision.
    """
    system = System.of(library)
    if request.threshold is not None:
        system = system.with_policy(replace(system.policy, threshold=request.threshold))
    if request.against:
        return _against(system, asked, request, progress)
    ablated = _ablated(system, request.without)
    records = _records(system, asked, progress)
    report = Report(_name(system), records, request.answering, request.seed)
    others = {name: _records(other, asked, progress) for name, other in ablated.items()}
    if ablation.ALL in request.without:
        return Result(report, ablation=Ablation(records, others, request.answering, request.seed))
    if not others:
        return Result(report)
    ((name, other),) = others.items()
    compared = Comparison(report.name, f"without {name}", records, other, request.answering, request.seed)
    return Result(report, compared)


def _ablated(system: System, names: Sequence[str]) -> dict[str, System]:
    """Return one system without all these parts or, for ALL, one system without each part, by the names of the parts."""
    if ablation.ALL in names:
        return {part: system.without(part) for part in system.parts()}
    if not names:
        return {}
    return {" and ".join(names): reduce(System.without, dict.fromkeys(names), system)}


def _against(system: System, asked: Sequence[Gold], request: Request, progress: Progress) -> Result:
    with revisions.open_revision(system.library, request.against, request.gold) as revision:
        records = _records(system, asked, progress)
        earlier = system.with_generation(revision.generation, revision.store)
        before = _records(earlier, [revision.gold.get(g.id, g) for g in asked], progress, strict=False)
    report = Report(_name(system), records, request.answering, request.seed)
    compared = Comparison(revision.name, report.name, before, records, request.answering, request.seed)
    return Result(report, compared, is_against_revision=True)


def _name(system: System) -> str:
    return f"generation {system.library.generation.id}"


def _records(
    system: System, asked: Sequence[Gold], progress: Progress, *, strict: bool = True
) -> tuple[Record, ...]:
    records = []
    for record in run(system, asked, strict=strict):
        records.append(record)
        progress()
    return tuple(records)
