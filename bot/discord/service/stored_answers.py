"""Replies in the journal, so that their buttons outlive the process and their sources can be corrected."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.discord.format.reply import tells_gap
from bot.journal.journal import Journal

if TYPE_CHECKING:
    from bot.discord.operation.error_log import ErrorLog
    from bot.discord.service.admission import Admission, Taken, Where
    from bot.discord.service.feedback import Feedback
    from bot.discord.service.journal_access import JournalAccess
    from bot.discord.service.live_index import LiveIndex
    from bot.discord.service.question_queue import Made
    from bot.discord.service.tasks import Tasks
    from bot.types import Reply

_WAIT_SECONDS = 0.5
"""The longest time that an answer waits for a busy journal."""

_MAX_UNSAVED = 200
"""The most replies that are kept in memory because the journal could not store them."""


@dataclass(frozen=True, slots=True)
class Storing:
    """How a reply is stored."""

    question: str
    """The words for the library."""
    counts: bool = True
    """False for the second reply of a comparison, which counts as one question."""
    keeps: bool = False
    """True if `/gaps` may list the question: it is public and was clearly put to the bot."""


class StoredAnswers:
    """Replies that can be found again by their id."""

    def __init__(
        self,
        journal: JournalAccess,
        feedback: Feedback,
        admission: Admission,
        index: LiveIndex,
        tasks: Tasks,
        errors: ErrorLog,
    ) -> None:
        self._journal = journal
        self._feedback = feedback
        self._admission = admission
        self._index = index
        self._tasks = tasks
        self._errors = errors
        self._unsaved: OrderedDict[str, tuple[Reply, dict[str, Any]]] = OrderedDict()
        self._storing: set[asyncio.Task[None]] = set()

    async def store(self, made: Made, taken: Taken, how: Storing) -> None:
        """Store a reply that will be shown, but delay it only a moment if the journal is busy."""
        storing = asyncio.create_task(self._store(made, taken, how))
        self._storing.add(storing)
        storing.add_done_callback(self._storing.discard)
        await asyncio.wait([storing], timeout=_WAIT_SECONDS)

    async def _store(self, made: Made, taken: Taken, how: Storing) -> None:
        where = taken.where
        values: dict[str, Any] = {
            "today": made.today,
            "layers": taken.layers,
            "server": where.server,
            "channel": where.of_day or where.channel,
            "milliseconds": made.milliseconds,
            "counts": how.counts,
        }
        with self._tasks.working(), self._errors.log_journal_errors("storing a reply"):
            try:
                await self._journal.write(Journal.add, made.reply, **values)
            except (sqlite3.Error, RuntimeError):
                self._unsaved[made.reply.id] = made.reply, values
                while len(self._unsaved) > _MAX_UNSAVED:
                    self._unsaved.popitem(last=False)
                raise
            if how.counts and self._admission.settings.daily_person:
                await self._journal.write(Journal.count, where.person, datetime.now(UTC).date())
            if how.keeps and taken.preferences.keep_unanswered and tells_gap(made.reply):
                await self._feedback.report_gap(made.reply, where, how.question, pressed=False)

    async def find(self, id: str) -> Reply | None:
        """Return the reply with this id, without its question; None if it is unknown.

        Replies that the journal could not store, for example because the disk is full, are known until the process ends.
        """
        if id in self._unsaved:
            return self._unsaved[id][0]
        record = await self._journal.find(Journal.record, id)
        return record.reply() if record else None

    async def save(self, *replies: Reply) -> None:
        """Store replies that could not be stored earlier, so that votes and watches can refer to them."""
        for reply in replies:
            if (unsaved := self._unsaved.pop(reply.id, None)) is None:
                continue
            try:
                await self._journal.write(Journal.add, unsaved[0], **unsaved[1])
            except BaseException:
                self._unsaved[reply.id] = unsaved
                raise

    async def note_posted(self, message: int, place: Where, *replies: Reply) -> None:
        """Store which message shows a reply, or the two of a comparison, so that changed sources can be corrected."""
        ids = "+".join(reply.id for reply in replies)
        with self._errors.log_journal_errors("noting the message of a reply"):
            await self._journal.write(Journal.posted, ids, message, place.channel, place.server)
        if replies[0].generation != self._index.library.generation.manifest.id:
            self._index.swapped.set()  # the corrections for the new generation did not know this message

    async def erase_server(self, server: int) -> int:
        """Erase everything about a server, its settings included; return the number of rows."""
        erased = await self._journal.write(Journal.erase_server, server)
        for id in [id for id, (_, values) in self._unsaved.items() if values["server"] == server]:
            del self._unsaved[id]
        for place in [place for place in self._admission.preferences if place[0] == server]:
            del self._admission.preferences[place]
        return erased
