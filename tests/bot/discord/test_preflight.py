"""`strata bot --check` asks Discord about the bot."""

from __future__ import annotations

from bot.discord.commands.general import names
from bot.discord.preflight import Findings, _discord
from bot.settings.discord import Discord
from tests.standin import Standin, point_client_at


async def test_permissions_and_commands_are_told_in_discords_words() -> None:
    """Permissions have the names of Discord's settings; commands that are not registered are named."""
    async with Standin() as standin:
        standin.guild("Poor", deny=["view_channel"])
        with point_client_at(standin.url):
            for registered, told in (
                (set(), "commands: none registered yet"),
                (names() - {"ask", "gaps"}, "commands: ask, gaps not registered yet"),
                (names(), f"ok    commands: {len(names())} registered"),
            ):
                standin.commands[None] = [{"name": name, "type": 1} for name in registered]
                found = Findings()
                await _discord(standin.token, Discord(), found)
                text = "\n".join(found.lines)
                assert told in text
                assert "server Poor" in text
                assert "lacks View Channels; " in text
                assert "gateway: 1 shard, " in text
