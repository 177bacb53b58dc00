"""The gateway of the stand-in: lost connections, invalid sessions, shards, heartbeats."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import discord
import pytest
from discord import app_commands

from tests.standin import Standin, point_client_at
from tests.standin.client import Bot, Scene

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda standin: standin.drop(), id="FIN"),
        pytest.param(lambda standin: standin.drop(reset=True), id="RST"),
        pytest.param(lambda standin: standin.reconnect(), id="op 7"),
        pytest.param(lambda standin: standin.close(4000), id="4000"),
        pytest.param(lambda standin: standin.invalid_session(resumable=True), id="op 9 true"),
    ],
)
async def test_a_lost_connection_resumes_with_what_was_missed(
    scene: Scene, fault: Callable[[Standin], None]
) -> None:
    """What happened in between is played again after RESUME, in order."""
    standin = scene.standin
    await standin.until(lambda: "ready" in scene.bot.events)
    fault(standin)
    asked = await standin.slash(scene.ada, scene.channel, "ask", {"question": "missed"})
    assert (await asked.answer()).content == "missed"
    assert len(standin.gateway.told("identify")) == 1
    assert [data["session_id"] for data in standin.gateway.told("resume")] == list(standin.gateway.sessions)
    assert standin.gateway.log[-1][0] != "ended"
    assert {data["path"] for data in standin.gateway.told("connect")} == {"/", "/resume/"}
    assert standin.gateway.told("connect")[0]["compress"] in {"zlib-stream", "zstd-stream"}


async def test_an_invalid_session_identifies_again(scene: Scene) -> None:
    """Op 9 with false ends the session; the bot gets its servers anew and answers."""
    scene.standin.invalid_session()
    await scene.standin.until(lambda: len(scene.standin.gateway.told("identify")) == 2)
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": "again"})
    assert (await asked.answer()).content == "again"


@pytest.mark.parametrize(
    ("settings", "intents", "error"),
    [
        ({"token": "other"}, discord.Intents.default(), discord.LoginFailure),
        ({}, discord.Intents.all(), discord.PrivilegedIntentsRequired),
    ],
)
async def test_a_wrong_token_or_intent_is_refused(
    settings: dict[str, str], intents: discord.Intents, error: type[Exception]
) -> None:
    """401 at the login; 4014 at the gateway."""
    async with Standin(**settings) as standin:  # type: ignore[arg-type]
        with point_client_at(standin.url), pytest.raises(error):
            async with Bot(intents) as bot:
                await bot.start("stand-in.token.not-a-secret")
    assert discord.http.Route.BASE.startswith("https://")


async def test_a_gateway_that_is_down_kills_a_plain_client() -> None:
    """503 on the first connection: discord.py 2.7 fails on its own, which is why the bot supervises it."""
    async with Standin() as standin:
        standin.gateway_down()
        with point_client_at(standin.url), pytest.raises(AttributeError):
            async with Bot() as bot:
                await asyncio.wait_for(bot.start(standin.token), 10)


async def test_shards_have_their_own_servers() -> None:
    """GET /gateway/bot recommends shards; an interaction goes to the shard of its server."""

    class Sharded(discord.AutoShardedClient):
        async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
            pass

        async def setup_hook(self) -> None:
            self.tree = app_commands.CommandTree(self)

            @self.tree.command(description="Which shard?")
            async def shard(interaction: discord.Interaction) -> None:
                assert interaction.guild is not None
                await interaction.response.send_message(str(interaction.guild.shard_id))

            await self.tree.sync()

    async with Standin(shards=2) as standin:
        guilds = [standin.guild(f"number {n}", id=(n + 10) << 22) for n in range(2)]
        client = Sharded(intents=discord.Intents.default(), guild_ready_timeout=0.01)
        async with standin.running(client):
            for number, guild in enumerate(guilds):
                asked = await standin.slash(guild.owner, standin.channel(guild), "shard")
                assert (await asked.answer()).content == str(number)


async def test_a_client_that_stops_beating_is_closed() -> None:
    """Two heartbeats missed: 4009."""
    async with (
        Standin(heartbeat_interval=0.05) as standin,
        aiohttp.ClientSession() as session,
        session.ws_connect(standin.gateway_url) as ws,
    ):
        assert (await ws.receive_json())["op"] == 10
        assert (await ws.receive()).data == 4009


async def test_a_malformed_event_ends_a_plain_client() -> None:
    """One event that cannot be read raises out of discord.py 2.7's loop."""
    async with Standin() as standin:
        with pytest.raises((KeyError, ValueError)):  # noqa: PT012 - it is raised at the end of the block
            async with standin.running(Bot()) as task:
                standin.malformed_event()
                await asyncio.wait([task], timeout=5)
                assert task.done()
