"""`/settings`: where and how the bot answers in a server."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.discord import channel_permissions
from bot.discord.commands.admin import may_manage
from bot.discord.context import defer, tell, where
from bot.discord.format.escape import escape
from bot.discord.format.lengths import shortened
from bot.discord.service.guild_settings import OF_SERVERS_ALONE, Preferences
from bot.journal.journal import Journal

if TYPE_CHECKING:
    from bot.discord.context import Interaction

_PARTS = (
    discord.ChannelType.category,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
)
"""Channels without a daily limit of their own: a category counts with its channels, a thread with its channel."""

_NAMES = {
    "answers": "Answer questions",
    "every_message": "Treat every message as a question",
    "private": "Private by default",
    "private_only": "Always private",
    "layers": "Topics",
    "daily": "Questions a day",
    "keep_unanswered": "Keep unanswered questions",
}
"""The settings, by the names that people read."""

_PRIVATE = "Only show answers to /ask to the person who asks, unless they choose otherwise"
_PRIVATE_ONLY = "Only answer privately: /ask is never public, and mentions get a hint to use /ask"
_LAYERS = "Only answer from these topics, separated by commas; “all” for all"


class Settings(app_commands.Group):
    """`/settings`: where the bot answers in a server, and how."""

    def __init__(self) -> None:
        super().__init__(
            name="settings",
            description="Configure where and how I answer.",
            default_permissions=discord.Permissions(manage_guild=True),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
        )

    @app_commands.command(description="Show the settings and permissions for this channel and this server.")
    async def show(self, interaction: Interaction) -> None:
        """Run `/settings show`."""
        if await may_manage(interaction):
            await tell(interaction, _shown(interaction))

    @app_commands.command(name="server", description="Settings for the whole server.")
    @app_commands.describe(
        answers="Answer in all channels unless a channel overrides it",
        private=_PRIVATE,
        private_only=_PRIVATE_ONLY,
        layers=_LAYERS,
        daily="Questions a day in this server; 0 for the default",
        keep_unanswered="Keep the text of public questions that I can't answer, for /gaps",
        reset="Reset all other settings of the server first",
    )
    async def server(  # discord.py makes one option of each parameter
        self,
        interaction: Interaction,
        answers: bool | None = None,
        private: bool | None = None,
        private_only: bool | None = None,
        layers: str | None = None,
        daily: app_commands.Range[int, 0, 1_000_000] | None = None,
        keep_unanswered: bool | None = None,
        reset: bool = False,
    ) -> None:
        """Run `/settings server`."""
        values = {
            "answers": answers,
            "private": private,
            "private_only": private_only,
            "layers": layers,
            "daily": daily,
            "keep_unanswered": keep_unanswered,
        }
        await _set(interaction, 0, values, reset=reset)

    @app_commands.command(name="channel", description="Settings for one channel and its threads.")
    @app_commands.describe(
        channel="A channel or a category; this channel if left out",
        answers="Answer here",
        every_message="Treat every message or forum post as a question",
        private=_PRIVATE,
        private_only=_PRIVATE_ONLY,
        layers=_LAYERS,
        daily="Questions a day in this channel; 0 for the default",
        reset="Reset all other settings of the channel first",
    )
    async def channel(  # discord.py makes one option of each parameter
        self,
        interaction: Interaction,
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
        answers: bool | None = None,
        every_message: bool | None = None,
        private: bool | None = None,
        private_only: bool | None = None,
        layers: str | None = None,
        daily: app_commands.Range[int, 0, 1_000_000] | None = None,
        reset: bool = False,
    ) -> None:
        """Run `/settings channel`."""
        place = where(interaction)
        values = {
            "answers": answers,
            "every_message": every_message,
            "private": private,
            "private_only": private_only,
            "layers": layers,
            "daily": daily,
        }
        if daily is not None and channel is not None and channel.type in _PARTS:
            if await may_manage(interaction):
                await tell(
                    interaction, "Set a daily limit for a channel (threads included) or for the server."
                )
            return
        await _set(interaction, channel.id if channel else place.parent or place.channel, values, reset=reset)


async def _set(interaction: Interaction, channel: int, values: dict[str, Any], *, reset: bool) -> None:
    services = interaction.client.services
    if not await may_manage(interaction):
        return
    if values.get("every_message") and not services.settings.message_content:
        await tell(
            interaction,
            "For this I need to read every message. My operator has to set discord.message_content in strata.yaml and "
            "turn on the Message Content Intent in the developer portal.",
        )
        return
    given = {name: value for name, value in values.items() if value is not None}
    if "layers" in given:
        names = tuple(dict.fromkeys(part.strip() for part in given["layers"].split(",") if part.strip()))
        is_all = [name.casefold() for name in names] == ["all"]
        given["layers"] = () if is_all else tuple(map(services.index.catalogue.layer, names))
        if "" in given["layers"]:
            known = shortened(", ".join(services.index.catalogue.layers), 800)
            unknown = shortened(names[given["layers"].index("")], 60)
            await tell(interaction, f"There is no topic “{unknown}”. Choose from: {known}.")
            return
    server = interaction.guild_id or 0
    stored = {} if reset else dict(services.admission.preferences.get((server, channel), {}))
    merged = stored | given
    await defer(interaction)
    try:
        await services.journal.write(Journal.prefer, server, channel, merged)
    except sqlite3.Error:
        services.errors.report("saving a setting", kind="journal")
        await tell(
            interaction, "I couldn't save that, so nothing has changed. Tell my operator: is the disk full?"
        )
        return
    if merged:
        services.admission.preferences[server, channel] = merged
    else:
        services.admission.preferences.pop((server, channel), None)
    await tell(interaction, _shown(interaction, channel))


def _shown(interaction: Interaction, channel: int = 0) -> str:
    """List the settings of the server and of a channel, by default this one, and what the bot lacks in this one."""
    services = interaction.client.services
    place = where(interaction)
    server = interaction.guild_id or 0
    own = services.admission.preferences.get((server, 0), {})
    lines = ["**This server**", *_rows(own, Preferences(private=services.settings.private))]
    id = channel or place.parent or place.channel
    of_channel = services.admission.preferences.get((server, id), {})
    rows = [_row(name, of_channel[name]) for name in of_channel if name not in OF_SERVERS_ALONE]
    lines += [f"**<#{id}>**", *(rows or ["• same as server"])]
    if lacks := channel_permissions.missing(interaction.app_permissions):
        lines.append(f"⚠️ I'm missing permissions in <#{place.channel}>: {', '.join(lacks)}")
    return "\n".join(lines)


def _rows(own: Mapping[str, Any], defaults: Preferences) -> list[str]:
    names = [name for name in _NAMES if name != "every_message"]
    return [_row(name, own.get(name, getattr(defaults, name))) for name in names]


def _row(name: str, value: Any) -> str:
    return f"• {_NAMES[name]}: {_worded(value)}"


def _worded(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return escape(", ".join(value)) or "all"
    return f"{value:,}" if value else "default"
