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
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.discord.format import notices
from bot.discord.format.reply import tells_gap
from bot.discord.operation.metrics import Counters
from bot.discord.operation.pull import pull
from bot.discord.service.admission import Admission, RefusedError, Taken, Where
from bot.discord.service.catalog import UNSORTED, Catalogue, Shelf
from bot.discord.service.guild_settings import Preferences
from bot.discord.service.rate_limits import Recent
from bot.discord.service.workers import Asking, BusyError, Made
from bot.discord.threads import Threads
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

_NOTED_WITHIN = 0.5
"""Seconds for which an answer waits for the journal, which may be busy with something long."""

_REMEMBERED = 5_000
"""Questions kept in memory, by the message that answers them, so that follow-ups and reports know them."""

_UNSAVED = 200
"""Replies kept in memory because the journal could not store them."""


class Desk(Threads):
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
        """`layers` is the value chain, most upstream first. Without a journal, `take_journal` gives one later."""
        super().__init__()
        self.library = library
        self._journal: Journal | None = None
        self.without_journal = "it is not open yet"
        """Why there is no journal; empty if there is one."""
        self.opened = asyncio.Event()  # set once there is a journal
        self.settings = settings
        self.counters = Counters()
        self.asking = Asking(self._ask, settings.workers, settings.queue)
        self.composing = composing
        self.admission = Admission(settings)
        self.events = Recent(900.0)
        """Messages and interactions that were seen: the gateway may repeat one after a resume."""
        self.hints = Recent(86_400.0)
        """Threads and channels in which people were told that only mentions can be read."""
        self.notices = Recent(60.0)
        """People who were told in a channel that a limit is reached."""
        self.clock = clock
        self.open = True
        """Whether questions are taken; False from the moment the process is asked to stop."""
        self._questions: OrderedDict[int, tuple[str, bool]] = OrderedDict()
        self._unsaved: OrderedDict[str, tuple[Reply, dict[str, Any]]] = OrderedDict()
        self._order = tuple(layers)
        self.catalogue = Catalogue(library.generation, self._order).warm()
        """What the generation that serves holds; a moment behind it after a swap."""
        self.rebuilding = asyncio.Lock()
        self.swapped = asyncio.Event()
        """Set when another generation may serve than before."""
        self.shown: dict[Hashable, str] = {}
        """Corrections that people have seen and the journal could not note, by message or by (reply, person)."""
        self.told: set[tuple[int, str, str]] = set()
        """Message, reply and state of the notices that the corrections under way have written under answers."""
        self._noting: set[asyncio.Task[None]] = set()
        self.archived: set[int] = set()
        """Archived threads with messages that wait for their correction."""
        self.tasks: set[asyncio.Task[Any]] = set()
        """Questions and presses that are being answered."""
        if journal:
            self.take_journal(journal)

    def _ask(self, question: str, layers: tuple[str, ...], today: Any) -> Reply:
        own = ("", *layers) if UNSORTED in layers else layers
        return self.library.ask(question, own, today=today)

    # Taking a question

    def wants(self, where: Where) -> Preferences:
        """Return the settings of a place."""
        return self.admission.wants(where)

    def shelf(self, where: Where) -> Shelf:
        """Return the part of the library that a place may show."""
        return Shelf(self.catalogue, self.wants(where).layers)

    def take(self, question: str, layers: tuple[str, ...], where: Where, *, public: bool = False) -> Taken:
        """Take a question and count it against the limits; raises RefusedError if it is not taken. Does no work.

        `public` says that the answer can only be shown to everybody.
        """
        try:
            if not self.open:
                raise RefusedError("I'm restarting. Try again in 30 seconds.", "stopping")
            return self.admission.take(question, layers, where, self.catalogue, self.clock(), public=public)
        except RefusedError as refusal:
            self.counters.count("strata_refusals_total", reason=refusal.reason)
            raise

    def give_back(self, taken: Taken) -> None:
        """Let the same question be asked again at once: it was not answered."""
        self.admission.give_back(taken)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place in the queue while a question is answered; raises RefusedError if the queue is full."""
        with ExitStack() as held:
            try:
                held.enter_context(self.asking.place())
            except BusyError as busy:
                self.counters.count("strata_refusals_total", reason="busy")
                raise RefusedError(notices.busy(busy.seconds), "busy") from None
            yield

    async def make(self, taken: Taken, question: str, *, way: str) -> Made:
        """Answer a question that was taken; `question` is what the library is asked, with what a follow-up leaves out."""
        try:
            made = await self.asking.ask(question, taken.layers)
        except Exception:
            self.give_back(taken)
            self.counters.count("strata_questions_total", way=way, outcome="fault")
            raise
        made = replace(made, reply=named(made.reply))
        kind = "abstention" if isinstance(made.reply, Abstention) else "answer"
        self.counters.count("strata_questions_total", way=way, outcome=kind)
        self.counters.took("strata_reply_seconds", made.milliseconds / 1000)
        return made

    async def note(
        self, made: Made, taken: Taken, question: str, *, counts: bool = True, keeps: bool = False
    ) -> None:
        """Store a reply that will be shown, so that its buttons outlive the process; wait for it only a moment.

        Args:
            made: The reply, as `make` returned it.
            taken: The question that it answers.
            question: What the library was asked.
            counts: False for the second reply of a comparison, which is one question.
            keeps: Whether the question may be kept for `/gaps` if the server keeps unanswered questions: true only
                for a public question that was put to the bot.
        """
        noting = asyncio.create_task(self._note(made, taken, question, counts=counts, keeps=keeps))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)
        await asyncio.wait([noting], timeout=_NOTED_WITHIN)

    async def _note(self, made: Made, taken: Taken, question: str, *, counts: bool, keeps: bool) -> None:
        where = taken.where
        values: dict[str, Any] = {
            "today": made.today,
            "layers": taken.layers,
            "server": where.server,
            "channel": where.of_day or where.channel,
            "milliseconds": made.milliseconds,
            "counts": counts,
        }
        with self.working(), self.unharmed("noting a reply"):
            try:
                await self.noted(self.journal.add, made.reply, **values)
            except (sqlite3.Error, RuntimeError):
                self._unsaved[made.reply.id] = made.reply, values
                while len(self._unsaved) > _UNSAVED:
                    self._unsaved.popitem(last=False)
                raise
            if counts and self.settings.daily_person:
                await self.noted(self.journal.count, where.person, datetime.now(UTC).date())
            if keeps and taken.preferences.keep_unanswered and tells_gap(made.reply):
                await self.report(made.reply, where, question, pressed=False)

    async def reply(self, id: str) -> Reply | None:
        """Return the reply with this id, without its question; None if it is not known any more.

        Replies that the journal could not store, for example because the disk is full, are known while the process lives.
        """
        if id in self._unsaved:
            return self._unsaved[id][0]
        record = await self.found(self.journal.record, id)
        return record.reply() if record else None

    async def save(self, *replies: Reply) -> None:
        """Store those replies that the journal could not take before, so that votes and watches can refer to them."""
        for reply in replies:
            if (unsaved := self._unsaved.pop(reply.id, None)) is None:
                continue
            try:
                await self.noted(self.journal.add, unsaved[0], **unsaved[1])
            except BaseException:
                self._unsaved[reply.id] = unsaved
                raise

    async def followed(self, question: str, before: str) -> str:
        """Complete a follow-up with the words of the question before it."""
        if not before:
            return question
        asked = await self.asking.away(self.library.follow, question, before)
        return asked[: self.settings.longest_question * 2]

    # What is remembered while the process lives

    def remember(self, id: int, question: str, *, private: bool = False) -> None:
        """Keep a question by the id of the message, or the thread, that it belongs to; in memory only."""
        self._questions[id] = question, private
        self._questions.move_to_end(id)
        while len(self._questions) > _REMEMBERED:
            self._questions.popitem(last=False)

    def remembered(self, id: int, *, public: bool = False) -> str:
        """Return the question of a message or a thread; empty if it is not known, or private where `public` is asked for.

        Whatever is shown to others than the asker takes public questions only.
        """
        question, private = self._questions.get(id, ("", False))
        return "" if public and private else question

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
        self.opened.set()

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

    async def erase_server(self, server: int) -> int:
        """Erase everything about a server, its settings included; return the number of rows."""
        erased = await self.noted(self.journal.erase_server, server)
        for id in [id for id, (_, values) in self._unsaved.items() if values["server"] == server]:
            del self._unsaved[id]
        for place in [place for place in self.admission.preferences if place[0] == server]:
            del self.admission.preferences[place]
        return erased

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
        super().close()
