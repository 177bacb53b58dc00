"""Gold questions put to a library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.errors import GoldError
from bot.evaluation import ablation
from bot.evaluation.gold import Gold, check, refuse
from bot.evaluation.gold_places import Shelf
from bot.evaluation.grade import Record, grade
from bot.library import Library
from bot.types import Abstention

if TYPE_CHECKING:
    from bot.answer.policy import Policy
    from index.store.generation import Generation
    from index.store.store import Store
    from index.types import Encoder, EncoderId, Matrix, Vector

TOP = 10
"""Passages that are ranked for a question."""

RERANKER = "reranker"
"""The part that is no part of a policy."""

_NOWHERE = "https://library.invalid/{commit}"
"""Where links lead where the settings have no base URL: they are made to be checked, not to be followed."""


class Remembering:
    """An encoder that encodes no question twice, for putting the same questions to several libraries."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._rows: dict[str, Vector] = {}

    @property
    def id(self) -> EncoderId:
        """That of the encoder behind it."""
        return self._encoder.id

    def warm(self) -> None:
        """Begin to get ready."""
        self._encoder.warm()

    def count(self, text: str) -> int:
        """How many word pieces the encoder reads for this text."""
        return self._encoder.count(text)

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Matrix:
        """Unit rows, one a text."""
        return self._encoder.encode(texts, progress)

    def encode_question(self, question: str) -> Vector:
        """The unit row of a question."""
        row = self._rows.get(question)
        if row is None:
            row = self._rows[question] = self._encoder.encode_question(question)
        return row

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """The rows of words, made beforehand."""
        return self._encoder.word_rows(words)

    def is_word(self, text: str) -> bool:
        """Whether the encoder's vocabulary has this word whole."""
        return self._encoder.is_word(text)


@dataclass(frozen=True, slots=True)
class System:
    """What is measured: a library, which holds its policy, and the day on which it is asked."""

    library: Library
    today: date

    @classmethod
    def of(cls, library: Library, today: date | None = None) -> System:
        """The library with links that can be checked, and an encoder that encodes no question twice.

        It is asked on the day of its newest review, if no other is given: so the same library gives the same figures on any day.
        """
        reviews = (document.reviewed for document in library.generation.documents)
        today = today or max(filter(None, reviews), default=None) or date.today()
        settings = replace(library.settings, base_url=library.settings.base_url or _NOWHERE)
        return cls(library.but(settings=settings, encoder=Remembering(library.encoder)), today)

    @property
    def policy(self) -> Policy:
        """How it answers."""
        return self.library.policy

    def under(self, policy: Policy) -> System:
        """The same library under another policy."""
        return System(self.library.but(policy=policy), self.today)

    def at(self, generation: Generation, store: Store) -> System:
        """The same over another generation."""
        return System(self.library.but(generation=generation, store=store), self.today)

    def parts(self) -> tuple[str, ...]:
        """The names of what it can do without."""
        reranker = (RERANKER,) if self.library.reranker is not None else ()
        return (*ablation.parts(self.policy), *reranker)

    def without(self, name: str) -> System:
        """The system without a part; raises GoldError for one that it does not have."""
        if name not in self.parts():
            raise GoldError(
                f"there is no part {name!r} to leave out; the parts are {', '.join(self.parts())}"
            )
        if name == RERANKER:
            return System(self.library.but(reranks=False), self.today)
        return self.under(ablation.without(self.policy, name))


def run(system: System, questions: Sequence[Gold], *, strict: bool = True) -> Iterator[Record]:
    """The records of questions, in order.

    A question that is abstained on is asked again with no confidence too low, for what it would have quoted.

    Args:
        system: What answers.
        questions: Gold questions.
        strict: Raise GoldError where a gold sentence does not stand in the library; else it counts as not found.
    """
    generation = system.library.generation
    shelf = Shelf.of(generation, questions)
    if strict:
        refuse(list(check(questions, shelf.texts())))
    unbound = system.under(replace(system.policy, threshold=0.0))
    for gold in questions:
        outcome = system.library.outcome(gold.question, today=system.today, top=TOP)
        full = outcome
        if isinstance(outcome.reply, Abstention):
            full = unbound.library.outcome(gold.question, today=system.today, top=TOP)
        yield grade(gold, shelf, generation.passage, outcome, full, system.policy.threshold)
