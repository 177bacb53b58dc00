"""Commands for a server's administrators. Discord hides them from others; the bot checks for itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.discord.delivery import acknowledge, delivered, form
from bot.discord.format import reply
from bot.discord.format.escape import escape, one_line
from bot.discord.format.lengths import CONTENT, length, shortened
from bot.discord.format.message import Message
from bot.discord.replies import defer, tell, where
from bot.discord.service.guild_settings import OF_SERVERS_ALONE, Preferences
from bot.errors import PullError
from index.errors import IndexFault

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from bot.discord.client import Interaction
    from bot.journal.models import Gap
    from index.build.builder import Report
log = logging.getLogger(__name__)

_SHOW_EVERY = 2.0
"""Seconds between two edits that show progress."""

_STATS_DAYS = 30

_PARTS = (
    discord.ChannelType.category,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
)
"""What has no day of its own: it is counted with the channels that it holds or is part of."""


async def _may(interaction: Interaction) -> bool:
    """Whether the person may manage the server; tells those who may not."""
    may = interaction.permissions
    if interaction.guild_id and (may.administrator or may.manage_guild):
        return True
    interaction.client.desk.counters.count("strata_refusals_total", reason="administrator")
    await tell(interaction, "Only those who may manage this server can use this command.")
    return False


@app_commands.command(description="Bring the index up to date with the documents.")
@app_commands.describe(full="Encode everything again")
@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
async def reindex(interaction: Interaction, full: bool = False) -> None:
    """`/reindex`: one message shows how far it is."""
    desk = interaction.client.desk
    if not await _may(interaction):
        return
    if interaction.guild_id != desk.settings.home and interaction.user.id not in interaction.client.owners:
        await tell(
            interaction,
            "Only those who run me can rebuild the library: the owner of my application, and the administrators of the "
            "server that discord.home names in strata.yaml.",
        )
        return
    if desk.rebuilding.locked():
        await tell(interaction, "A rebuild is under way already.")
        return
    await acknowledge(lambda: interaction.response.defer(ephemeral=True, thinking=True))
    work = Progress(interaction)
    try:
        report = await work.follow(desk.rebuild(full=full, progress=work.count, pulls=True))
    except (IndexFault, PullError) as fault:
        await work.say(
            f"The index was not rebuilt; the one before goes on answering.\n{shortened(str(fault), 1_500)}"
        )
    except asyncio.CancelledError:
        with contextlib.suppress(Exception):  # the connection may be gone
            await work.say("I was stopped before the rebuild was done; the generation before it is whole.")
        raise
    else:
        await work.say(_told(report))


class Progress:
    """How far a rebuild is, shown in one message for as long as Discord lets it be edited (15 minutes)."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self._counted = (0, 0)
        self._doing = "encoding"
        self._shown = ""
        self._lost = False

    def count(self, done: int, total: int, doing: str = "encoding", /) -> None:
        """Note which file is converted, or how many texts are encoded."""
        self._counted, self._doing = (done, total), doing

    async def follow(self, rebuild: Coroutine[Any, Any, Report]) -> Report:
        """Show progress until the rebuild is done; its report."""
        work = asyncio.ensure_future(rebuild)
        while not work.done():
            done, total = self._counted
            state = f"Encoding: {done:,} of {total:,} texts …" if total else "Reading the documents …"
            await self.say(state if self._doing == "encoding" else f"{escape(self._doing).capitalize()} …")
            await asyncio.wait([work], timeout=_SHOW_EVERY)
        return work.result()

    async def say(self, text: str) -> None:
        """Show this in the place of what was shown before."""
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
    """What a build did, and what is wrong in the library."""
    done = "Nothing has changed" if report.unchanged else f"Generation {report.generation} answers now"
    rows = f"{report.reused:,} reused, {report.encoded:,} encoded, {report.removed:,} removed"
    head = f"{done}: {report.documents:,} documents, {report.passages:,} passages ({rows}) in {report.seconds:.1f} s."
    return _filled([head], [escape(str(problem)) for problem in report.problems])


@app_commands.command(description="What people asked and the library does not answer.")
@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
async def gaps(interaction: Interaction) -> None:
    """`/gaps`."""
    desk = interaction.client.desk
    if not await _may(interaction):
        return
    await defer(interaction)
    found = await desk.read(desk.journal.gaps, interaction.guild_id)
    await tell(interaction, gaps_text(found))


def gaps_text(found: Sequence[Gap]) -> str:
    """Unanswered questions, grouped by the nearest heading that the library has."""
    if not found:
        return "No unanswered question is kept. People keep one by pressing “Report this gap”."
    by_place = sorted(found, key=lambda gap: gap.nearest)
    groups = [(place, list(group)) for place, group in groupby(by_place, key=lambda gap: gap.nearest)]
    groups.sort(key=lambda group: -sum(gap.times for gap in group[1]))
    rows = []
    for place, group in groups:
        rows.append(f"**{shortened(one_line(place), 120) if place else 'Nothing near'}**")
        rows += [
            f"• {shortened(one_line(gap.question), 160)}{f' ×{gap.times}' if gap.times > 1 else ''}"
            for gap in sorted(group, key=lambda gap: -gap.times)
        ]
    return _filled([f"{len(found)} questions that the library does not answer:"], rows)


def _filled(lines: list[str], rows: Sequence[str]) -> str:
    """The lines and as many rows as fit, and how many do not."""
    for place, row in enumerate(rows):
        more = f"… and {len(rows) - place} more"
        if length("\n".join([*lines, row, more])) > CONTENT:
            return "\n".join([*lines, more])
        lines = [*lines, row]
    return "\n".join(lines)


@app_commands.command(description="How much is asked here and how it is liked.")
@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
async def stats(interaction: Interaction) -> None:
    """`/stats`."""
    desk = interaction.client.desk
    if not await _may(interaction):
        return
    await defer(interaction)
    since = time.time() - _STATS_DAYS * 86_400
    totals = await desk.read(desk.journal.totals, interaction.guild_id, since)
    share = f"{100 * totals.answered / totals.asked:.0f} %" if totals.asked else "none"
    lines = [
        f"**The last {_STATS_DAYS} days in this server**",
        f"Asked: {totals.asked:,} · answered: {share} · median {totals.milliseconds:.0f} ms",
        f"👍 {totals.up:,} · 👎 {totals.down:,} · gaps kept: {totals.gaps:,}",
        f"Waiting now: {desk.asking.taken} · library of {reply.dated(desk.library.generation.manifest.id)}",
    ]
    await tell(interaction, "\n".join(lines))


class Settings(app_commands.Group):
    """`/settings`: where the bot answers in a server, and how."""

    def __init__(self) -> None:
        super().__init__(
            name="settings",
            description="Where I answer in this server, and how.",
            default_permissions=discord.Permissions(manage_guild=True),
            guild_only=True,
        )

    @app_commands.command(description="What is set for this channel and this server.")
    async def show(self, interaction: Interaction) -> None:
        """`/settings show`."""
        if await _may(interaction):
            await tell(interaction, _shown(interaction))

    @app_commands.command(name="server", description="Set what holds in the whole server.")
    @app_commands.describe(
        answers="Answer in every channel that does not say otherwise",
        private="Show answers to /ask to the asker alone, where they do not say otherwise",
        layers="Layers to answer from, with commas between them; “all” for all",
        daily="Questions that the server may ask in a day; 0 for the bot's own limit",
        keep_unanswered="Keep the text of every question that is not answered, for /gaps",
        reset="Forget what was set before",
    )
    async def server(
        self,
        interaction: Interaction,
        answers: bool | None = None,
        private: bool | None = None,
        layers: str | None = None,
        daily: app_commands.Range[int, 0, 1_000_000] | None = None,
        keep_unanswered: bool | None = None,
        reset: bool = False,
    ) -> None:
        """`/settings server`."""
        values = {
            "answers": answers,
            "private": private,
            "layers": layers,
            "daily": daily,
            "keep_unanswered": keep_unanswered,
        }
        await _set(interaction, 0, values, reset=reset)

    @app_commands.command(name="channel", description="Set what holds in one channel and its threads.")
    @app_commands.describe(
        channel="The channel, or a category; this channel if it is left out",
        answers="Answer here",
        every_message="Take every message, or every forum post, for a question",
        private="Show answers to /ask to the asker alone, where they do not say otherwise",
        layers="Layers to answer from, with commas between them; “all” for all",
        daily="Questions that the channel may ask in a day; 0 for no limit of its own",
        reset="Forget what was set before",
    )
    async def channel(
        self,
        interaction: Interaction,
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
        answers: bool | None = None,
        every_message: bool | None = None,
        private: bool | None = None,
        layers: str | None = None,
        daily: app_commands.Range[int, 0, 1_000_000] | None = None,
        reset: bool = False,
    ) -> None:
        """`/settings channel`."""
        place = where(interaction)
        values = {
            "answers": answers,
            "every_message": every_message,
            "private": private,
            "layers": layers,
            "daily": daily,
        }
        if daily is not None and channel is not None and channel.type in _PARTS:
            if await _may(interaction):
                await tell(interaction, "A daily limit is for a channel with its threads, or for the server.")
            return
        await _set(interaction, channel.id if channel else place.parent or place.channel, values, reset=reset)


async def _set(interaction: Interaction, channel: int, values: dict[str, Any], *, reset: bool) -> None:
    desk = interaction.client.desk
    if not await _may(interaction):
        return
    if values.get("every_message") and not desk.settings.message_content:
        await tell(
            interaction,
            "For that I have to read every message: whoever runs me has to set discord.message_content in strata.yaml "
            "and allow the message content intent in the developer portal.",
        )
        return
    given = {name: value for name, value in values.items() if value is not None}
    if "layers" in given:
        names = tuple(dict.fromkeys(part.strip() for part in given["layers"].split(",") if part.strip()))
        is_all = [name.casefold() for name in names] == ["all"]
        given["layers"] = () if is_all else tuple(map(desk.catalogue.layer, names))
        if "" in given["layers"]:
            known = shortened(", ".join(desk.catalogue.layers), 800)
            unknown = shortened(names[given["layers"].index("")], 60)
            await tell(interaction, f"There is no layer “{unknown}”; there are {known}.")
            return
    server = interaction.guild_id or 0
    held = {} if reset else dict(desk.admission.preferences.get((server, channel), {}))
    merged = held | given
    await defer(interaction)
    await desk.noted(desk.journal.prefer, server, channel, merged)  # what is not stored does not hold either
    if merged:
        desk.admission.preferences[server, channel] = merged
    else:
        desk.admission.preferences.pop((server, channel), None)
    await tell(interaction, _shown(interaction, channel))


def _shown(interaction: Interaction, channel: int = 0) -> str:
    """What holds in the server and in a channel, by default this one."""
    desk = interaction.client.desk
    place = where(interaction)
    server = interaction.guild_id or 0
    lines = [
        "**This server**",
        *_rows(desk.admission.preferences.get((server, 0), {}), Preferences(private=desk.settings.private)),
    ]
    for id in dict.fromkeys([channel or place.parent or place.channel]):
        own = desk.admission.preferences.get((server, id), {})
        set_here = [f"• {name}: {_worded(own[name])}" for name in own if name not in OF_SERVERS_ALONE]
        lines += [f"**<#{id}>**", *(set_here or ["• as the server"])]
    return "\n".join(lines)


def _rows(own: Any, defaults: Preferences) -> list[str]:
    names = ("answers", "private", "layers", "daily", "keep_unanswered")
    return [f"• {name}: {_worded(own.get(name, getattr(defaults, name)))}" for name in names]


def _worded(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return escape(", ".join(value)) or "all"
    return f"{value:,}" if value else "no limit of its own"
