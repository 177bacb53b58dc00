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
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bot.discord.format import notices
from bot.discord.format.reply import tells_gap
from bot.discord.operation.metrics import Counters
from bot.discord.operation.pull import pull
from bot.discord.service.admission import Admission, RefusedError, Taken, Where
from bot.discord.service.catalog import UNSORTED, Catalogue
from bot.discord.service.guild_settings import Preferences
from bot.discord.service.rate_limits import Recent
from bot.discord.service.workers import Asking, BusyError, Made
from bot.journal.models import named
from bot.types import Abstention, Reply
from index.errors import IndexFault

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from bot.discord.service.composed import Composing
    from bot.journal.journal import Journal
    from bot.library import Library
    from bot.settings.discord import Discord
    from index.build.builder import Report
    from index.types import Progress

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_NOTED_WITHIN = 0.5
"""Seconds for which an answer waits for the journal, which may be busy with something long."""

_REMEMBERED = 5_000
"""Questions kept in memory, by the message that answers them, so that follow-ups and reports know them."""


class Desk:
    """Everything that the ways of asking share. Lives on one event loop, through all connections to Discord."""

    def __init__(
        self,
        library: Library,
        journal: Journal | None,
        settings: Discord,
        *,
        layers: Sequence[str] = (),
        composing: Composing | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`layers` is the value chain, from the most upstream layer to the most downstream one.

        Without a journal the desk answers all the same; `take_journal` gives it one later.
        """
        self.library = library
        self._journal = journal
        self.without_journal = "" if journal else "it is not open yet"
        """Why there is no journal; empty if there is one."""
        self.settings = settings
        self.counters = Counters()
        self.asking = Asking(self._ask, settings.workers, settings.queue)
        self.composing = composing
        self.admission = Admission(settings, journal)
        self.events = Recent(900.0)
        """Messages and interactions that were seen: the gateway may repeat one after a resume."""
        self.hints = Recent(86_400.0)
        """Threads and channels in which people were told that only mentions can be read."""
        self.notices = Recent(60.0)
        """People who were told in a channel that a limit is reached."""
        self.clock = clock
        self.open = True
        """Whether questions are taken; False from the moment the process is asked to stop."""
        self._questions: OrderedDict[int, str] = OrderedDict()
        self._order = tuple(layers)
        self.catalogue = Catalogue(library.generation, self._order).warm()
        """What the generation that serves holds; a moment behind it after a swap."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="strata-journal")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="strata-reading")
        self._writes = 0
        """Calls of `noted` that have not ended."""
        self._building = ThreadPoolExecutor(1, thread_name_prefix="strata-building")
        self.rebuilding = asyncio.Lock()
        self.swapped = asyncio.Event()
        """Set when another generation may serve than before."""
        self.shown: dict[Hashable, str] = {}
        """Corrections that people have seen and the journal could not note, by message or by (reply, person)."""
        self._noting: set[asyncio.Task[None]] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        """Questions and presses that are being answered."""

    def _ask(self, question: str, layers: tuple[str, ...], today: Any) -> Reply:
        own = ("", *layers) if UNSORTED in layers else layers
        return self.library.ask(question, own, today=today)

    # Taking a question

    def wants(self, where: Where) -> Preferences:
        """What is set for a place."""
        return self.admission.wants(where)

    def take(self, question: str, layers: tuple[str, ...], where: Where) -> Taken:
        """A question, counted against the limits; raises RefusedError where it is not taken. Does no work."""
        try:
            if not self.open:
                raise RefusedError("I am restarting; please ask again in half a minute.", "stopping")
            return self.admission.take(question, layers, where, self.catalogue, self.clock())
        except RefusedError as refusal:
            self.counters.count("strata_refusals_total", reason=refusal.reason)
            raise

    def give_back(self, taken: Taken) -> None:
        """Let the same question be asked again at once: it was not answered."""
        self.admission.give_back(taken)

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
        """The reply to a question that was taken, noted in the journal so that its buttons outlive the process.

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
        await asyncio.wait([noting], timeout=_NOTED_WITHIN)
        return made

    async def _note(self, made: Made, taken: Taken, question: str, *, counts: bool) -> None:
        """Write down a reply; what is read from the journal later comes after it."""
        where = taken.where
        with self.working(), self.unharmed("noting a reply"):
            await self.noted(
                self.journal.add,
                made.reply,
                today=made.today,
                layers=taken.layers,
                server=where.server,
                channel=where.of_day or where.channel,
                milliseconds=made.milliseconds,
                counts=counts,
            )
            if counts and self.settings.daily_person:
                await self.noted(self.journal.count, where.person, datetime.now(UTC).date())
            if taken.preferences.keep_unanswered and tells_gap(made.reply):
                await self.report(made.reply, where, question, pressed=False)

    async def followed(self, question: str, before: str) -> str:
        """The question as it is asked of the library: with what the question before it says."""
        if not before:
            return question
        asked = await self.asking.away(self.library.follow, question, before)
        return asked[: self.settings.longest_question * 2]

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

    @property
    def journal(self) -> Journal:
        """The journal; raises sqlite3.OperationalError, as a journal on a full disk would, while there is none."""
        if self._journal is None:
            raise sqlite3.OperationalError(f"there is no journal: {self.without_journal}")
        return self._journal

    def take_journal(self, journal: Journal) -> None:
        """Write to this journal from now on, and take over the servers' settings that it has."""
        self.admission.load(journal)
        self._journal, self.without_journal = journal, ""

    async def noted(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something with the journal in its own thread, in order."""
        self._writes += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(act, *args, **kwargs))
        finally:
            self._writes -= 1

    async def read(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read from the journal, without waiting for what is being written to it."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, partial(act, *args, **kwargs))

    async def found(self, act: Callable[P, T | None], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Read something that may just be on its way into the journal: if it is not there yet, wait for that."""
        writes = self._writes  # they may end between the look and its result
        one = await self.read(act, *args, **kwargs)
        return await self.noted(act, *args, **kwargs) if one is None and (writes or self._writes) else one

    async def reply(self, id: str) -> Reply | None:
        """Return the reply with this id, without its question; None if it is not known any more."""
        record = await self.found(self.journal.record, id)
        return record.reply() if record else None

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
                await pull(self.library.settings.content, self.settings.pull_key)
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
        except sqlite3.Error as fault:
            log.warning("%s failed: %s", doing, fault)
            self.counters.count("strata_faults_total", kind="journal")
        except RuntimeError:  # its thread has ended
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
        for pool in (self._pool, self._reading, self._building):
            pool.shutdown(wait=False, cancel_futures=True)
