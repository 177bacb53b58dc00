"""Faults that a process meets in operation: a missing index, a long rate limit, a wrong clock, several servers."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.bot.discord.scene import ASKED, RUN_RATE
from tests.bot.discord.test_app import Place, ended, place

if TYPE_CHECKING:
    from pathlib import Path

    from tests.standin import Channel, Guild, User

__all__ = ["place"]  # the fixture

pytestmark = pytest.mark.slow

# `sitecustomize.py` is imported by every Python process that finds it on its path, before the program starts.
SHIFTED_CLOCK = """
import time
_shift, _time = {seconds}, time.time
time.time = lambda: _time() + _shift
"""


async def test_an_index_removed_before_the_first_question_answers_from_memory(place: Place) -> None:
    """The generation is mapped when it is opened, so it needs no file afterwards."""
    assert (await ended(await place.run("build")))[0] == 0
    process = await place.start()
    await place.up()
    shutil.rmtree(place.folder / "cache" / "indexes")
    assert RUN_RATE in (await place.ask()).plain
    process.send_signal(signal.SIGTERM)
    assert (await ended(process))[0] == 0


async def test_sigterm_in_a_long_rate_limit_does_not_wait_for_its_end(place: Place) -> None:
    """A reply waits for half a minute; the process ends within its own time for stopping."""
    process = await place.start()
    await place.up()
    fault = place.standin.fail_next("PATCH /webhooks/**", status=429, retry_after=30, times=9)
    await place.standin.slash(place.ada, place.channel, "ask", {"question": ASKED})
    await place.standin.until(lambda: fault.times < 9)
    process.send_signal(signal.SIGTERM)
    code, _, log = await ended(process, 20.0)
    assert code == 0
    assert "Traceback" not in log


async def settings(place: Place, guild: Guild, channel: Channel, **values: object) -> None:
    """Use `/settings server` as the owner of a server."""
    used = await place.standin.slash(guild.owner, channel, "settings server", values)
    await used.answer()


async def test_three_servers_keep_their_settings_apart_through_a_restart(place: Place) -> None:
    """The first server answers in public, the second in private, and the third does not answer."""
    process = await place.start()
    await place.up()
    seen: list[tuple[User, Channel]] = []
    for values in ({}, {"private": True}, {"answers": False}):
        guild = place.standin.guild()
        channel = place.standin.channel(guild)
        seen.append((place.standin.user("member", guild), channel))
        if values:
            await settings(place, guild, channel, **values)
    for restart in (False, True):
        if restart:
            process.send_signal(signal.SIGTERM)
            assert (await ended(process))[0] == 0
            process = await place.start()
            await place.up(2)
        replies = []
        for member, channel in seen:
            used = await place.standin.slash(member, channel, "ask", {"question": ASKED})
            replies.append(await used.answer())
        assert [(RUN_RATE in reply.plain, reply.ephemeral) for reply in replies] == [
            (True, False),
            (True, True),
            (False, True),
        ]
    process.kill()
    await ended(process)


@pytest.mark.parametrize("shift", [timedelta(days=-400), timedelta(days=30 * 365)], ids=str)
async def test_a_wrong_clock_loses_neither_answers_nor_buttons(
    place: Place, tmp_path: Path, shift: timedelta
) -> None:
    """A process that starts with a shifted clock answers, and a right clock afterwards finds the earlier reply."""
    process = await place.start()
    await place.up()
    before = await place.ask()
    process.kill()
    await ended(process)
    hook = tmp_path / "clock"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(SHIFTED_CLOCK.format(seconds=shift.total_seconds()))
    path = os.pathsep.join([str(hook), *(entry for entry in sys.path if entry)])
    process = await place.start(PYTHONPATH=path)
    await place.up(2)
    assert RUN_RATE in (await place.ask()).plain
    process.send_signal(signal.SIGTERM)
    code, _, log = await ended(process)
    assert code == 0
    shown = datetime.strptime(log[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    assert abs(shown - datetime.now(UTC) - shift) < timedelta(days=2)  # the clock was indeed shifted
    process = await place.start()
    await place.up(3)
    sources = await (await place.standin.press(before, "Sources", place.ada)).answer()
    assert "https://example.org/post" in sources.links
    process.kill()
    await ended(process)
