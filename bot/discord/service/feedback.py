"""Feedback on replies: votes, watches, and reports of unanswered questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.journal.journal import Journal
from bot.types import Abstention

if TYPE_CHECKING:
    from bot.discord.service.admission import Where
    from bot.discord.service.journal_access import JournalAccess
    from bot.types import Reply


class Feedback:
    """The feedback of people, written to the journal."""

    def __init__(self, journal: JournalAccess) -> None:
        self._journal = journal

    async def vote(self, reply: Reply, person: int, value: int, reason: str = "") -> None:
        """Store a person's vote on a reply: 1 or -1, with an optional reason."""
        await self._journal.write(Journal.vote, reply.id, person, value, reason)

    async def watch(self, reply: Reply, where: Where, message: int, state: str) -> str:
        """Start or end a watch; return "watched", "ended", or "full" if the person watches too many replies.

        Args:
            reply: The reply with the sources to watch.
            where: The person and the channel.
            message: The public message that shows the reply; 0 if there is none.
            state: The changes that the person has already seen.
        """
        return await self._journal.write(Journal.watch, reply.id, where.person, where.channel, message, state)

    async def report_gap(self, reply: Reply, where: Where, question: str, *, pressed: bool) -> None:
        """Keep an unanswered question for `/gaps`; `pressed` is False if the server keeps all of them."""
        nearest = reply.nearest[0].place if isinstance(reply, Abstention) and reply.nearest else ""
        await self._journal.write(
            Journal.report, reply.id, where.person, question, nearest, where.server, pressed=pressed
        )
