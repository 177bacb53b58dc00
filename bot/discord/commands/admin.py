"""Commands for administrators. Discord hides them from others, and the bot checks the permission itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.discord.context import defer, owners, tell
from bot.discord.delivery import delivered, form
from bot.discord.format import reply
from bot.discord.format.escape import escape, one_line
from bot.discord.format.lengths import CONTENT, length, shortened
from bot.discord.format.message import Message
from bot.discord.format.notices import many
from bot.errors import PullError
from bot.journal.journal import Journal
from index.errors import IndexFault

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from bot.discord.context import Interaction
    from bot.journal.entries import Gap
    from index.build.builder import Report
log = logging.getLogger(__name__)

_SHOW_EVERY = 2.0
"""Seconds between two edits that show progress."""

_STATS_DAYS = 30


in_servers = app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
"""Offers a command in servers only.

discord.py's `guild_only` would only add a context to those of the tree, which include direct messages.
"""


async def may_manage(interaction: Interaction) -> bool:
    """Return whether the person may manage the server; if not, tell them so."""
    may = interaction.permissions
    if interaction.guild_id and (may.administrator or may.manage_guild):
        return True
    interaction.client.services.metrics.refusals.labels(reason="administrator").inc()
    await tell(interaction, "You need the Manage Server permission to use this.")
    return False


@app_commands.command(description="Update the search index.")
@app_commands.describe(full="Rebuild from scratch")
@app_commands.default_permissions(manage_guild=True)
@in_servers
async def reindex(interaction: Interaction, full: bool = False) -> None:
    """`/reindex`, which shows its progress in one message."""
    services = interaction.client.services
    if not await may_manage(interaction):
        return
    # One index serves all servers, so an administrator of any server may not rebuild it.
    if interaction.guild_id != services.settings.home and interaction.user.id not in owners(
        interaction.client
    ):
        await tell(
            interaction,
            "Only the owner of my application and the admins of my home server (discord.home in strata.yaml) can use this.",
        )
        return
    if services.index.rebuilding.locked():
        await tell(interaction, "An update is already running.")
        return
    await defer(interaction)
    work = Progress(interaction)
    try:
        report = await work.follow(services.index.rebuild(full=full, progress=work.count, pulls=True))
    except (IndexFault, PullError) as fault:
        await work.say(
            f"The update failed. I'm still answering from the previous version.\n{shortened(str(fault), 1_500)}"
        )
    except asyncio.CancelledError:
        with contextlib.suppress(Exception):  # the connection may be gone
            await work.say(
                "I had to restart before the update was done. I'm still answering from the previous version."
            )
        raise
    else:
        await work.say(_told(report))


class Progress:
    """The progress of a rebuild, shown in one message as long as Discord allows edits (15 minutes)."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self._counted = (0, 0)
        self._doing = "encoding"
        self._shown = ""
        self._lost = False

    def count(self, done: int, total: int, doing: str = "encoding", /) -> None:
        """Set the progress: the file that is converted, or the number of encoded texts."""
        self._counted, self._doing = (done, total), doing

    async def follow(self, rebuild: Coroutine[Any, Any, Report]) -> Report:
        """Show the progress until the rebuild is done, and return its report."""
        work = asyncio.ensure_future(rebuild)
        while not work.done():
            done, total = self._counted
            state = f"Encoding: {done:,} of {total:,} texts …" if total else "Reading the documents …"
            await self.say(state if self._doing == "encoding" else f"{escape(self._doing).capitalize()} …")
            await asyncio.wait([work], timeout=_SHOW_EVERY)
        return work.result()

    async def say(self, text: str) -> None:
        """Replace the text of the message."""
        if self._lost or text == self._shown:
            return
        self._shown = text
        fields = form(Message(text))
        try:
            await delivered(lambda: self._interaction.edit_original_response(**fields))
        except discord.HTTPException as fault:
            self._lost = True
            log.warning("the progress of a rebuild cannot be shown any more: %s", fault.text)


def _told(report: Report) -> str:
    """Summarise a build: the counts, then the problems of the library."""
    done = (
        "Nothing has changed"
        if report.unchanged
        else f"The library is updated (generation {report.generation})"
    )
    rows = f"{report.reused:,} reused, {report.encoded:,} encoded, {report.removed:,} removed"
    head = f"{done}: {many(report.documents, 'document')}, {many(report.passages, 'passage')} ({rows}) in {report.seconds:.1f} s."
    return _filled([head], [escape(str(problem)) for problem in report.problems])


@app_commands.command(description="Questions that the library doesn't answer.")
@app_commands.default_permissions(manage_guild=True)
@in_servers
async def gaps(interaction: Interaction) -> None:
    """`/gaps`."""
    services = interaction.client.services
    if not await may_manage(interaction):
        return
    await defer(interaction)
    found = await services.journal.read(Journal.gaps, interaction.guild_id)
    await tell(interaction, gaps_text(found))


def gaps_text(found: Sequence[Gap]) -> str:
    """Return the text of unanswered questions, grouped by the nearest heading of the library."""
    if not found:
        return "No unanswered questions yet. They appear here when someone presses “Request this topic”."
    by_place = sorted(found, key=lambda gap: gap.nearest)
    groups = [(place, list(group)) for place, group in groupby(by_place, key=lambda gap: gap.nearest)]
    groups.sort(key=lambda group: -sum(gap.times for gap in group[1]))
    rows = []
    for place, group in groups:
        rows.append(f"**{shortened(one_line(place), 120) if place else 'Nothing related'}**")
        rows += [
            f"• {shortened(one_line(gap.question), 160)}{f' ×{gap.times}' if gap.times > 1 else ''}"
            for gap in sorted(group, key=lambda gap: -gap.times)
        ]
    return _filled([f"{many(len(found), 'unanswered question')}:"], rows)


def _filled(lines: list[str], rows: Sequence[str]) -> str:
    """Return the lines with as many rows as fit into a message, and the number of rows that are left out."""
    for place, row in enumerate(rows):
        more = f"… and {len(rows) - place} more"
        if length("\n".join([*lines, row, more])) > CONTENT:
            return "\n".join([*lines, more])
        lines = [*lines, row]
    return "\n".join(lines)


@app_commands.command(description="Usage and feedback in this server.")
@app_commands.default_permissions(manage_guild=True)
@in_servers
async def stats(interaction: Interaction) -> None:
    """`/stats`."""
    services = interaction.client.services
    if not await may_manage(interaction):
        return
    await defer(interaction)
    since = time.time() - _STATS_DAYS * 86_400
    totals = await services.journal.read(Journal.totals, interaction.guild_id, since)
    share = f"{100 * totals.answered / totals.asked:.0f} %" if totals.asked else "none"
    lines = [
        f"**The last {_STATS_DAYS} days in this server**",
        f"Questions: {totals.asked:,} · answered: {share}",
        f"👍 {totals.up:,} · 👎 {totals.down:,} · unanswered questions: {totals.gaps:,}",
        f"In progress: {services.workers.taken} · library of {reply.dated(services.library.generation.manifest.id)}",
    ]
    await tell(interaction, "\n".join(lines))
