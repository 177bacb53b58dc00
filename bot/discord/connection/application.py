"""The application as Discord knows it, which is read before connecting: name, intents, shards, servers."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.discord import channel_permissions
from bot.errors import BAD_TOKEN

PERMISSIONS = discord.Permissions(**dict.fromkeys(channel_permissions.NAMES, True))
"""The permissions that the bot needs in a channel, and no others."""

MISSING_INTENT = 5
"""The exit code for an intent that the developer portal does not allow."""


class FatalError(Exception):
    """An error that a retry cannot fix. The message says what to do; `code` is the exit code."""

    def __init__(self, told: str, code: int) -> None:
        super().__init__(told)
        self.code = code


@dataclass(frozen=True, slots=True)
class Seen:
    """The application as Discord knows it."""

    id: int
    name: str
    content: bool
    """Whether the developer portal allows the message content intent."""
    shards: int
    """The number of shards that Discord recommends."""
    starts: int
    """The number of sessions that may still be started today."""
    more_starts_in: float
    """Seconds until Discord resets the number of session starts."""
    public: bool
    owner: str
    """The name of the person or the team that owns the application."""
    commands: frozenset[str]
    """The names of the commands that are registered."""
    interactions_url: str
    """An address that receives the interactions instead of the bot; it must be empty for the bot to work."""

    @property
    def invitation(self) -> str:
        """The address that invites the bot to a server with exactly the permissions that it needs."""
        return discord.utils.oauth_url(
            self.id, permissions=PERMISSIONS, scopes=("bot", "applications.commands")
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A server that the bot is in, with the names of the permissions that the bot lacks there."""

    id: int
    name: str
    missing: tuple[str, ...]


async def look(token: str) -> Seen:
    """Return the application of a token.

    Raises FatalError for a token that Discord refuses, and discord.py's own errors if Discord cannot be reached.
    """
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        return await _seen(client, token)


async def look_around(token: str) -> tuple[Seen, tuple[Place, ...]]:
    """Return the application of a token and the servers that the bot is in."""
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        seen = await _seen(client, token)
        found = []
        # One page is enough for a check; Discord returns at most 200 servers in a page.
        for guild in await client.http.get_guilds(200):
            has = discord.Permissions(int(guild["permissions"]))
            found.append(Place(int(guild["id"]), guild["name"], channel_permissions.missing(has)))
        return seen, tuple(found)


async def _seen(client: discord.Client, token: str) -> Seen:
    try:
        await client.login(token)
    except discord.LoginFailure:
        raise bad_token() from None
    application = client.application
    assert application is not None
    shards, _, limits = await client.http.get_bot_gateway()
    flags = application.flags
    commands = await client.http.get_global_commands(application.id)
    return Seen(
        id=application.id,
        name=application.name,
        # "limited" is the same permission for a bot in fewer than 100 servers.
        content=flags.gateway_message_content or flags.gateway_message_content_limited,
        shards=shards,
        starts=limits["remaining"],
        more_starts_in=limits["reset_after"] / 1000,
        public=application.bot_public,
        owner=f"the team {application.team.name}" if application.team else application.owner.name,
        commands=frozenset(command["name"] for command in commands),
        interactions_url=application.interactions_endpoint_url or "",
    )


def bad_token() -> FatalError:
    """Return the error for a token that Discord refuses."""
    return FatalError(
        "Discord refuses the token: copy a new one from the developer portal (your application, Bot, Reset Token) into "
        "STRATA_DISCORD_TOKEN or the file that discord.token_file names.",
        BAD_TOKEN,
    )


def missing_intent() -> FatalError:
    """Return the error for an intent that the settings need and the developer portal does not allow."""
    return FatalError(
        "discord.message_content is true, but the developer portal does not allow it: switch on Message Content Intent "
        "(your application, Bot, Privileged Gateway Intents), or set discord.message_content to false.",
        MISSING_INTENT,
    )
