"""Questions from admission to the library's reply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.discord.format import notices
from bot.discord.service.admission import Admission, RefusedError, Taken, Where
from bot.discord.service.catalog import Shelf
from bot.discord.service.question_queue import BusyError, Made, Workers
from bot.journal.entries import named
from bot.types import Abstention

if TYPE_CHECKING:
    from bot.discord.operation.metrics import Metrics
    from bot.discord.service.live_index import LiveIndex
    from bot.discord.service.tasks import Tasks
    from bot.settings.discord import Discord


class Questions:
    """The way of a question: accepted, counted against the limits, answered by the library."""

    def __init__(
        self,
        settings: Discord,
        index: LiveIndex,
        admission: Admission,
        workers: Workers,
        tasks: Tasks,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._index = index
        self._admission = admission
        self._workers = workers
        self._tasks = tasks
        self._metrics = metrics

    def shelf(self, where: Where) -> Shelf:
        """Return the part of the library that a place may show."""
        return Shelf(self._index.catalogue, self._admission.wants(where).layers)

    def take(self, question: str, layers: tuple[str, ...], where: Where, *, public: bool = False) -> Taken:
        """Accept a question and count it against the limits; raises RefusedError if it is refused.

        Args:
            question: The words of the person.
            layers: The layers to answer from; empty for all.
            where: The person and the channel.
            public: True if the answer can only be shown to everybody.
        """
        try:
            if not self._tasks.open:
                raise RefusedError("I'm restarting. Try again in 30 seconds.", "stopping")
            return self._admission.take(question, layers, where, self._index.catalogue, public=public)
        except RefusedError as refusal:
            self._metrics.refusals.labels(reason=refusal.reason).inc()
            raise

    def give_back(self, taken: Taken) -> None:
        """Allow the same question again at once, because it was not answered."""
        self._admission.give_back(taken)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place in the queue while a question is answered; raises RefusedError if the queue is full."""
        with ExitStack() as held:
            try:
                held.enter_context(self._workers.place())
            except BusyError as busy:
                self._metrics.refusals.labels(reason="busy").inc()
                raise RefusedError(notices.busy(busy.seconds), "busy") from None
            yield

    async def answer(self, taken: Taken, question: str, *, way: str) -> Made:
        """Answer an accepted question.

        Args:
            taken: The accepted question.
            question: The words for the library; for a follow-up, the completed question.
            way: The command or the kind of message, for the metrics.
        """
        try:
            made = await self._workers.ask(question, taken.layers)
        except Exception:  # a question that failed may be asked again at once
            self.give_back(taken)
            self._metrics.questions.labels(way=way, outcome="fault").inc()
            raise
        made = replace(made, reply=named(made.reply))
        outcome = "abstention" if isinstance(made.reply, Abstention) else "answer"
        self._metrics.questions.labels(way=way, outcome=outcome).inc()
        self._metrics.reply_seconds.observe(made.milliseconds / 1000)
        return made

    async def complete(self, question: str, before: str) -> str:
        """Complete a follow-up with the words of the question before it."""
        if not before:
            return question
        completed = await self._workers.away(self._index.library.follow, question, before)
        return completed[: self._settings.longest_question * 2]
