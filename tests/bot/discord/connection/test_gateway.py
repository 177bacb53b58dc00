"""Outages of the gateway: the bot is back soon after it, nothing asked meanwhile is lost, and machines are told."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot.discord.connection.gateway import Backoff, Timing
from bot.discord.operation.server import application
from tests.bot.discord.scene import ASKED, RUN_RATE, Scene, staged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

QUICK = Timing(first=0.05, longest=0.2, stable=5.0, within=0.6, grace=0.3, identify=0.0)
"""The same rules as in earnest, in a fraction of the time."""

BEAT = {"heartbeat_interval": 0.4}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path, timing=QUICK, standin=BEAT) as made:
        yield made


@asynccontextmanager
async def probe(scene: Scene) -> AsyncIterator[Any]:
    """A function that asks /healthz, and /metrics for strata_ready: (200, "1") or (503, "0")."""
    runner = web.AppRunner(application(scene.services, scene.supervisor, "", scene.watching.want_rebuild))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def ask() -> tuple[int, str]:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{address}/healthz") as health:
                status, told = health.status, await health.json()
            assert (told["ready"], told["journal"]) == (status == 200, "ok")
            assert (told["index"] == "ok") == scene.library.store.folder.exists()
            async with session.get(f"{address}/metrics") as metrics:
                lines = (await metrics.text()).splitlines()
        ready = next(line.split()[1] for line in lines if line.startswith("strata_ready "))
        return status, f"{float(ready):g}"

    try:
        yield ask
    finally:
        await runner.cleanup()


def test_pauses_grow_to_the_longest_and_begin_again_after_a_stable_connection() -> None:
    """At once after a connection that worked, then 1, 2, 4 ... 30 s less up to 30 %; never longer."""
    backoff = Backoff(Timing())
    pauses = [backoff.after(3.0)] + [backoff.after(None) for _ in range(9)]
    wanted = [0, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert all(0.7 * most <= pause <= most for pause, most in zip(pauses, wanted, strict=True))
    assert backoff.after(5.0) > 20
    assert backoff.after(61.0) == 0
    assert 0.7 <= Backoff(Timing()).after(None) <= 1.0


def test_the_longest_pause_and_one_attempt_are_within_a_minute() -> None:
    """Whatever the bot was doing when the gateway returns, its next attempt succeeds within 60 s."""
    assert Timing().within + Timing().longest + Timing().identify < 60


async def test_the_bot_is_back_after_an_outage_and_answers_what_was_asked_meanwhile(scene: Scene) -> None:
    """Refused again and again, it comes back by a RESUME; /healthz says 503 meanwhile."""
    async with probe(scene) as healthy:
        assert await healthy() == (200, "1")
        scene.standin.gateway_down(1_000_000)
        scene.standin.drop(reset=True)
        said = await scene.standin.say(scene.bob, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
        before = scene.standin.gateway.refusals
        await scene.standin.until(lambda: scene.standin.gateway.refusals <= before - 8)
        assert await healthy() == (503, "0")
        scene.standin.gateway_up()
        assert RUN_RATE in (await scene.standin.reply(said)).plain
        await scene.standin.until(lambda: scene.supervisor.ready)
        assert await healthy() == (200, "1")
    assert len(scene.standin.gateway.told("identify")) == 1
    assert scene.standin.gateway.told("resume")


@pytest.mark.parametrize("answers", ["nothing", "hello"])
async def test_a_gateway_that_accepts_and_never_answers_is_left(scene: Scene, answers: Any) -> None:
    """An attempt ends after `within` seconds, whether HELLO or the session never comes."""
    async with probe(scene) as healthy:
        scene.standin.gateway.answers = answers
        scene.standin.drop()
        connects = len(scene.standin.gateway.told("connect"))
        await scene.standin.until(lambda: len(scene.standin.gateway.told("connect")) >= connects + 3, 20.0)
        assert await healthy() == (503, "0")
        scene.standin.gateway_up()
        await scene.standin.until(lambda: scene.supervisor.ready, 10.0)
        assert RUN_RATE in (await scene.ask(scene.ada)).plain
        assert await healthy() == (200, "1")


async def test_a_half_open_connection_is_noticed_and_replaced(scene: Scene) -> None:
    """The socket stays open and nothing comes: 503 once a heartbeat is overdue, then a RESUME."""
    async with probe(scene) as healthy:
        scene.standin.gateway_down(1_000_000)
        scene.standin.freeze()
        said = await scene.standin.say(scene.bob, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
        await scene.standin.until(lambda: not scene.supervisor.ready)
        assert await healthy() == (503, "0")
        scene.standin.gateway_up()
        assert RUN_RATE in (await scene.standin.reply(said)).plain
        await scene.standin.until(lambda: scene.supervisor.ready)
        assert await healthy() == (200, "1")
    assert len(scene.standin.gateway.told("identify")) == 1


async def test_a_session_that_is_never_resumed_gives_way_to_a_new_one(scene: Scene) -> None:
    """Three attempts without an answer, then IDENTIFY: a session that Discord has lost holds nothing up."""
    scene.standin.gateway.answers = "hello"
    scene.standin.drop()
    ignored = scene.standin.gateway.told
    await scene.standin.until(lambda: 2 in ignored("ignored"), 20.0)
    assert ignored("ignored")[:4] == [6, 6, 6, 2]
    scene.standin.gateway_up()
    await scene.standin.until(lambda: scene.supervisor.ready, 20.0)
    assert RUN_RATE in (await scene.ask(scene.ada)).plain


async def test_few_session_starts_are_spread_over_the_rest_of_the_day(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A client whose sessions do not last asks Discord how many it may begin, and waits."""
    scene.standin.gateway.log += [("identify", {}, 0.0)] * 950
    scene.standin.gateway.answers = "hello"
    scene.standin.invalid_session()
    await scene.standin.until(lambda: "more session starts today" in caplog.text, 30.0)
    begun = len(scene.standin.gateway.told("connect"))
    await asyncio.sleep(0.6)
    assert len(scene.standin.gateway.told("connect")) == begun
    assert not scene.supervisor.ready


async def test_rest_that_never_answers_at_the_start_is_left(tmp_path: Path) -> None:
    """A look-up that hangs ends after `within` seconds and is tried again."""
    async with staged(tmp_path, ready=False, timing=QUICK) as scene:
        hanging = scene.standin.fail_next("GET /gateway/bot", delay=30.0, times=2)
        await scene.standin.until(lambda: hanging.times == 0, 20.0)
        await scene.standin.until(lambda: scene.supervisor.ready, 20.0)


async def test_every_shard_comes_back(tmp_path: Path) -> None:
    """With two shards, the bot counts as connected only while both are."""
    async with staged(tmp_path, timing=QUICK, standin={"shards": 2, **BEAT}) as scene:
        (session, *_) = scene.standin.gateway.connected
        assert session.connection is not None
        session.connection.freeze()
        session.connection = None
        await scene.standin.until(lambda: not scene.supervisor.ready)
        await scene.standin.until(lambda: scene.supervisor.ready)
        scene.standin.gateway_down(6)
        scene.standin.drop()
        await scene.standin.until(lambda: scene.standin.gateway.refusals == 0, 20.0)
        await scene.standin.ready()
        await scene.standin.until(lambda: scene.supervisor.ready)
        assert RUN_RATE in (await scene.ask(scene.ada)).plain
        assert len(scene.standin.gateway.told("identify")) == 2


async def test_an_index_that_is_removed_is_told(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """The bot stays connected; /healthz and one line in the log say that the index is gone."""
    shutil.rmtree(scene.library.store.folder)
    await scene.standin.until(lambda: "the generation in memory answers; run: strata build" in caplog.text)
    await asyncio.sleep(0.3)
    assert caplog.text.count("the generation in memory answers") == 1
    async with probe(scene) as healthy:
        assert await healthy() == (200, "1")
