"""`strata bot --check` asks Discord about the bot."""

from __future__ import annotations

from bot.discord.commands.general import names
from bot.discord.preflight import Preflight, check_discord
from bot.settings.discord import Discord
from bot.types import Check
from tests.standin import Standin, point_client_at


async def results(standin: Standin, **settings: object) -> dict[str, Check]:
    """The checks by name."""
    with point_client_at(standin.url):
        checks, _ = await check_discord(standin.token, Discord(**settings))  # type: ignore[arg-type]
    return {check.name: check for check in checks}


async def test_permissions_and_commands_have_discords_names() -> None:
    """Permissions have the names of Discord's settings; commands that are not registered are named."""
    async with Standin() as standin:
        poor = standin.guild("Poor", deny=["view_channel"])
        for registered, message in (
            (set(), "none registered yet; the bot registers them when it starts"),
            (
                names() - {"ask", "gaps"},
                "ask, gaps not registered yet; the bot registers them when it starts",
            ),
            (names(), f"{len(names())} registered"),
        ):
            standin.commands[None] = [{"name": name, "type": 1} for name in registered]
            found = await results(standin)
            assert found["commands"] == Check("commands", message)
        server = found[f"server Poor ({poor.id})"]
        assert (server.ok, server.message, server.exit_code) == (False, "lacks View Channels", 1)
        assert found["gateway"].message.startswith("1 shard, ")


async def test_the_people_who_may_reindex() -> None:
    """The owner of the application, and the administrators of the home server."""
    async with Standin() as standin:
        home = standin.guild("Home")
        assert (await results(standin))["/reindex"].message.startswith("allowed for developer only")
        allowed = (await results(standin, home=home.id))["/reindex"]
        assert allowed.message == "allowed for the administrators of Home, and developer"
        assert not (await results(standin, home=1))["/reindex"].ok


def test_the_exit_code_is_that_of_the_worst_check() -> None:
    checks = (Check("index", "missing", ok=False), Check("intents", "off", ok=False, exit_code=5))
    assert Preflight(checks).exit_code == 5
    assert Preflight((Check("token", "fine", exit_code=4),)).exit_code == 0
