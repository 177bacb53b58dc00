"""Where questions come in, whichever way they are asked: what is refused, what is answered, what is remembered."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bot.chat import notices
from bot.chat.asking import Asking, BusyError, Made
from bot.chat.catalogue import UNSORTED, Catalogue
from bot.chat.counting import Counters
from bot.chat.escaping import plain
from bot.chat.lengths import shortened
from bot.chat.limits import Gate, Recent, same_question
from bot.chat.messages import tells_gap
from bot.chat.preferences import Preferences, allowed, resolve
from bot.chat.pulling import pull
from bot.records import named
from bot.types import Abstention, Reply
from index.errors import IndexFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.chat.composing import Composing
    from bot.chat.settings import Discord
    from bot.journal import Journal
    from bot.library import Library, Progress
    from index.build import Report

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

Follow = Callable[[str, str], str]
"""A question and the one before it to a question that stands alone."""

_SAME_WITHIN = 10.0
"""Seconds in which the same question of the same person is answered once."""

_REMEMBERED = 5_000
"""Questions kept in memory, by the message that answers them, so that follow-ups and reports know them."""


@dataclass(frozen=True, slots=True)
class Where:
    """Who asks where."""

    person: int
    channel: int
    parent: int = 0
    """The channel that this one is a thread of."""
    server: int = 0
    """0 in a direct conversation."""
    category: int = 0
    """The category that the channel, or the one that it is a thread of, stands in."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A question that passed all limits."""

    question: str
    layers: tuple[str, ...]
    where: Where
    preferences: Preferences
    key: Any


class RefusedError(Exception):
    """A question is not taken; the message says why, to the one who asked."""

    def __init__(self, told: str, reason: str) -> None:
        super().__init__(told)
        self.told = told
        self.reason = reason


class Desk:
    """Everything that the ways of asking share. Lives on one event loop, through all connections to Discord."""

    def __init__(
        self,
        library: Library,
        journal: Journal,
        settings: Discord,
        *,
        layers: Sequence[str] = (),
        follow: Follow | None = None,
        composing: Composing | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`layers` is the value chain, from the most upstream layer to the most downstream one."""
        self.library = library
        self.journal = journal
        self.settings = settings
        self.counters = Counters()
        self.asking = Asking(self._ask, settings.workers, settings.queue)
        self.composing = composing
        self.gate = Gate(
            settings.per_person,
            settings.per_channel,
            settings.per_server,
            daily_person=settings.daily_person,
            daily_server=settings.daily_server,
            alias=journal.alias_of_day,
        )
        self.events = Recent(900.0)
        """Messages and interactions that were seen: the gateway may repeat one after a resume."""
        self.hints = Recent(86_400.0)
        """Threads and channels in which people were told that only mentions can be read."""
        self.notices = Recent(60.0)
        """People who were told in a channel that a limit is reached."""
        self.clock = clock
        self.open = True
        """Whether questions are taken; False from the moment the process is asked to stop."""
        self.preferences = dict(journal.preferences())
        self._same = Recent(_SAME_WITHIN)
        self._questions: OrderedDict[int, str] = OrderedDict()
        self._order = tuple(layers)
        self.catalogue = Catalogue(library.generation, self._order).warm()
        """What the generation that serves holds; a moment behind it after a swap."""
        self._follow = follow
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="strata-journal")
        self._building = ThreadPoolExecutor(1, thread_name_prefix="strata-building")
        self.rebuilding = asyncio.Lock()
        self.swapped = asyncio.Event()
        """Set when another generation may serve than before."""
        self._noting: set[asyncio.Task[None]] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        """Questions and presses that are being answered."""
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        day = midnight.date()
        self.gate.seed(journal.asked_since(midnight.timestamp()), journal.counted(day), day)

    def _ask(self, question: str, layers: tuple[str, ...], today: Any) -> Reply:
        own = ("", *layers) if UNSORTED in layers else layers
        return self.library.ask(question, own, today=today)

    # Taking a question

    def wants(self, where: Where) -> Preferences:
        """What is set for a place."""
        channels = tuple(id for id in (where.channel, where.parent, where.category) if id)
        if not where.server:
            return Preferences(private=False)
        return resolve(self.preferences, where.server, channels, private=self.settings.private)

    def take(self, question: str, layers: tuple[str, ...], where: Where) -> Taken:
        """A question, counted against the limits; raises RefusedError where it is not taken. Does no work."""
        try:
            return self._take(question, layers, where)
        except RefusedError as refusal:
            self.counters.count("strata_refusals_total", reason=refusal.reason)
            raise

    def _take(self, question: str, layers: tuple[str, ...], where: Where) -> Taken:
        wants = self.wants(where)
        question = plain(question)
        if not self.open:
            raise RefusedError("I am restarting; please ask again in half a minute.", "stopping")
        if not wants.answers:
            raise RefusedError(
                "I do not answer in this channel; its administrators decide where I do.", "channel"
            )
        if not any(char.isalnum() for char in question):
            raise RefusedError("Please ask a question in words, for example: What is HBM?", "empty")
        if len(question) > self.settings.longest_question:
            raise RefusedError(notices.too_long(question, self.settings.longest_question), "long")
        within = self._within(layers, wants)
        now = self.clock()
        key = same_question(where.person, where.channel, question, within)
        if not self._same.add(key, now):
            raise RefusedError("You asked the same a moment ago; I answer it once.", "repeated")
        if refusal := self.gate.admit(
            where.person, where.channel, where.server or None, now, datetime.now(UTC), daily=wants.daily
        ):
            self._same.discard(key)
            period = "today" if refusal.daily else "for the moment"
            whom = (
                "You have" if refusal.scope == "you" else f"{refusal.scope[0].upper()}{refusal.scope[1:]} has"
            )
            told = f"{whom} asked as much as is allowed {period}; please try again in {notices.wait(refusal.seconds)}."
            raise RefusedError(told, "limit")
        return Taken(question, within, where, wants, key)

    def _within(self, layers: tuple[str, ...], wants: Preferences) -> tuple[str, ...]:
        """The layers to answer from; raises RefusedError where there is none."""
        named = [self.catalogue.layer(layer) for layer in layers]
        if "" in named:
            known = shortened(", ".join(self.catalogue.layers), 400)
            told = f"There is no layer “{shortened(layers[named.index('')], 60)}”; there are {known}."
            raise RefusedError(told, "layer")
        within = allowed(tuple(named), wants.layers)
        if within is None:
            told = shortened(", ".join(wants.layers), 400)
            raise RefusedError(f"In this channel I answer from these layers alone: {told}.", "layer")
        if within and not any(layer in self.catalogue.layers for layer in within):
            told = (
                f"The library no longer has what this channel is kept to ({shortened(', '.join(within), 400)}); "
                "its administrators can mend that with /settings."
            )
            raise RefusedError(told, "layer")
        return within

    def give_back(self, taken: Taken) -> None:
        """Let the same question be asked again at once: it was not answered."""
        self._same.discard(taken.key)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, to be held while a question is answered; raises RefusedError where it is full."""
        with ExitStack() as held:
            try:
                held.enter_context(self.asking.place())
            except BusyError as busy:
                self.counters.count("strata_refusals_total", reason="busy")
                raise RefusedError(notices.busy(busy.seconds), "busy") from None
            yield

    async def make(self, taken: Taken, question: str, *, way: str, counts: bool = True) -> Made:
        """The reply to a question that was taken; it is noted in the journal meanwhile, before any press is read.

        `question` is what the library is asked: for a follow-up, it says what the person left out. `counts` is False
        for the second of two that were asked for at once.
        """
        try:
            made = await self.asking.ask(question, taken.layers)
        except Exception:
            self.give_back(taken)
            self.counters.count("strata_questions_total", way=way, outcome="fault")
            raise
        made = replace(made, reply=named(made.reply, made.today))
        kind = "abstention" if isinstance(made.reply, Abstention) else "answer"
        self.counters.count("strata_questions_total", way=way, outcome=kind)
        self.counters.took("strata_reply_seconds", made.milliseconds / 1000)
        self._noting.add(noting := asyncio.create_task(self._note(made, taken, question, counts=counts)))
        noting.add_done_callback(self._noting.discard)
        return made

    async def _note(self, made: Made, taken: Taken, question: str, *, counts: bool) -> None:
        """Write down a reply. The answer does not wait for it; what is read later comes after it."""
        where = taken.where
        with self.working(), self.unharmed("noting a reply"):
            await self.noted(
                self.journal.add,
                made.reply,
                today=made.today,
                layers=taken.layers,
                server=where.server,
                channel=where.channel,
                milliseconds=made.milliseconds,
                counts=counts,
            )
            if counts and self.settings.daily_person:
                await self.noted(self.journal.count, where.person, datetime.now(UTC).date())
            if taken.preferences.keep_unanswered and tells_gap(made.reply):
                await self.report(made.reply, where, question, pressed=False)

    def followed(self, question: str, before: str) -> str:
        """The question as it is asked of the library: with what the question before it says."""
        if not before or self._follow is None:
            return question
        return self._follow(question, before)[: self.settings.longest_question * 2]

    # What is remembered while the process lives

    def remember(self, id: int, question: str) -> None:
        """Keep a question by the message, or the thread, that it belongs to; in memory alone."""
        self._questions[id] = question
        self._questions.move_to_end(id)
        while len(self._questions) > _REMEMBERED:
            self._questions.popitem(last=False)

    def remembered(self, id: int) -> str:
        """The question that belongs to a message or a thread; empty where it is not known."""
        return self._questions.get(id, "")

    def forget(self, *ids: int) -> None:
        """Drop what is remembered of messages."""
        for id in ids:
            self._questions.pop(id, None)

    # The journal and the library, off the event loop

    async def noted(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something with the journal in its own thread, in order."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(act, *args, **kwargs))

    async def built(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something long with the library, one thing at a time, beside the questions."""
        return await asyncio.get_running_loop().run_in_executor(self._building, partial(act, *args, **kwargs))

    async def rebuild(
        self, *, full: bool = False, progress: Progress | None = None, pulls: bool = False
    ) -> Report:
        """Bring the index up to date and serve it; one rebuild at a time. Raises IndexFault, and PullError.

        `pulls` lets the content come from its remote first, where the setting allows it.
        """
        async with self.rebuilding:
            if pulls and self.settings.pull:
                await pull(self.library.settings.content)
            try:
                report = await self.built(self.library.rebuild, full=full, progress=progress)
            except IndexFault:
                self.counters.count("strata_swaps_total", outcome="fault")
                raise
            if not report.unchanged:
                self.counters.count("strata_swaps_total", outcome="built")
                log.info("generation %s answers now", report.generation)
            await self.built(self.look_up)
        self.swapped.set()
        return report

    async def report(self, reply: Reply, where: Where, question: str, *, pressed: bool) -> None:
        """Keep an unanswered question."""
        nearest = reply.nearest[0].place if isinstance(reply, Abstention) and reply.nearest else ""
        await self.noted(
            self.journal.report, reply.id, where.person, question, nearest, where.server, pressed=pressed
        )

    def look_up(self) -> None:
        """Bring the catalogue up to date with the generation that serves; not for the event loop."""
        generation = self.library.generation
        if self.catalogue.id != generation.manifest.id:
            self.catalogue = Catalogue(generation, self._order).warm()

    # Faults and the end

    def fault(self, doing: str, *, kind: str = "reply") -> str:
        """Log the exception at hand under a new id, and what to tell the person."""
        id = f"E-{secrets.token_hex(4)}"
        log.error("%s failed (%s)", doing, id, exc_info=sys.exception())
        self.counters.count("strata_faults_total", kind=kind)
        return notices.fault(id)

    @contextmanager
    def unharmed(self, doing: str) -> Iterator[None]:
        """Log what the journal's file raises: a full disk must not cost anybody their answer."""
        try:
            yield
        except (sqlite3.Error, RuntimeError):  # the latter where its thread has ended
            self.fault(doing, kind="journal")

    @contextmanager
    def working(self) -> Iterator[None]:
        """While this lasts, stopping waits for the task that runs it."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            yield
        finally:
            self.tasks.discard(task)

    async def stop(self, finish: float, say: float) -> None:
        """Take no more questions, let those at hand finish, and cancel what has not: it then says so."""
        self.open = False
        if self.tasks:
            await asyncio.wait(set(self.tasks), timeout=finish)
        if waiting := set(self.tasks):
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting, timeout=say)

    def close(self) -> None:
        """Let the threads go."""
        self.asking.close()
        for pool in (self._pool, self._building):
            pool.shutdown(wait=False, cancel_futures=True)
