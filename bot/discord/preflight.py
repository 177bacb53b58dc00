"""The health checks of `strata bot --check`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.discord.format.notices import many
from bot.errors import BAD_TOKEN, BotFault, SettingsError
from bot.settings.discord import secret, token
from bot.types import Check
from index.errors import IndexFault

if TYPE_CHECKING:
    from bot.discord.connection.application import Place, Seen
    from bot.settings.discord import Discord
    from bot.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class Preflight:
    """The results of all checks."""

    checks: tuple[Check, ...]
    invitation: str = ""
    """The address that invites the bot with exactly the permissions that it needs; empty if Discord refuses the token."""

    @property
    def exit_code(self) -> int:
        """Return 0 if all checks are ok, otherwise the highest exit code of the others."""
        return max((check.exit_code for check in self.checks if not check.ok), default=0)


def preflight(settings: Settings) -> Preflight:
    """Check index, pull, token, intents, commands, permissions and journal."""
    return asyncio.run(_preflight(settings))


async def _preflight(settings: Settings) -> Preflight:
    checks = [*_index(settings), *await _pull(settings)]
    try:
        secret(settings.discord)
        given = token(settings.discord)
    except SettingsError as fault:
        return Preflight((*checks, Check("token", str(fault), ok=False, exit_code=BAD_TOKEN)))
    found, seen = await check_discord(given, settings.discord)
    checks += found
    if seen is None:
        return Preflight(tuple(checks))
    return Preflight((*checks, *_journal(settings, seen.id)), seen.invitation)


def _index(settings: Settings) -> Iterator[Check]:
    from bot.library import Library

    try:
        manifest = Library.open(settings).generation.manifest
    except (BotFault, IndexFault) as fault:
        yield Check("index", str(fault), ok=False)
    else:
        size = f"{many(manifest.documents, 'document')}, {many(manifest.passages, 'passage')}"
        yield Check("index", f"generation {manifest.id}, {size}")


def _journal(settings: Settings, application: int) -> Iterator[Check]:
    """Check the journal without creating it."""
    from bot.journal import file
    from bot.journal.journal import Journal

    path = settings.discord.journal or file.default(application, settings.library_name())
    if not path.exists():
        if fault := file.obstacle(path):
            yield Check("journal", f"{path} cannot be created: {fault}", ok=False)
            return
        others = file.others(path, application) if settings.discord.journal is None else ()
        moves = "; or ".join(f"strata journal move '{other}' '{path}'" for other in others)
        yield Check(
            "journal",
            f"{path} (the bot creates it when it starts)",
            fix=f"to continue an earlier journal: {moves}" if moves else "",
        )
        return
    try:
        journal = Journal(path)
        try:
            journal.check_owner(application)
        finally:
            journal.close()
    except BotFault as error:
        yield Check("journal", str(error), ok=False)
    else:
        yield Check("journal", str(path))


async def _pull(settings: Settings) -> list[Check]:
    from bot.discord.operation.pull import tracked

    if not settings.discord.pull:
        return []
    try:
        followed = await tracked(settings.content, settings.discord.pull_key)
    except BotFault as fault:
        return [Check("pull", str(fault), ok=False)]
    return [Check("pull", f"{settings.content} follows {followed}")]


async def check_discord(given: str, chosen: Discord) -> tuple[list[Check], Seen | None]:
    """Check what Discord knows about the bot; the application is None if Discord does not answer."""
    import aiohttp
    import discord

    from bot.discord.connection.application import FatalError, look_around

    try:
        seen, places = await look_around(given)
    except FatalError as fatal:
        return [Check("token", str(fatal), ok=False, exit_code=fatal.code)], None
    except (discord.DiscordException, aiohttp.ClientError, OSError) as fault:
        return [Check("Discord", f"{type(fault).__name__}: {fault}", ok=False, fix="try again")], None
    return [
        *_application(chosen, seen),
        _commands(seen),
        *_servers(seen, places),
        _reindex(chosen, seen, places),
    ], seen


def _application(chosen: Discord, seen: Seen) -> Iterator[Check]:
    from bot.discord.connection.application import MISSING_INTENT, missing_intent

    yield Check("token", f"the token of {seen.name} ({seen.id})")
    if chosen.message_content and not seen.content:
        yield Check("intents", str(missing_intent()), ok=False, exit_code=MISSING_INTENT)
    else:
        yield Check("intents", "message content" if chosen.message_content else "none that need permission")
    if seen.interactions_url:
        yield Check(
            "interactions",
            f"Discord sends them to {seen.interactions_url}",
            ok=False,
            fix="clear Interactions Endpoint URL in the developer portal (General Information)",
        )
    starts = f"{many(seen.shards, 'shard')}, {many(seen.starts, 'session start')} left today"
    yield Check("gateway", starts, seen.starts > 0, "" if seen.starts else "try again tomorrow")


def _commands(seen: Seen) -> Check:
    from bot.discord.commands.general import names

    wanted = names()
    if lacks := sorted(wanted - seen.commands):
        which = f"{', '.join(lacks)} not" if wanted & seen.commands else "none"
        return Check("commands", f"{which} registered yet; the bot registers them when it starts")
    return Check("commands", f"{len(wanted)} registered")


def _servers(seen: Seen, places: tuple[Place, ...]) -> Iterator[Check]:
    for place in places:
        name = f"server {place.name} ({place.id})"
        if place.missing:
            fix = "invite the bot again with the address below"
            yield Check(name, f"lacks {', '.join(place.missing)}", ok=False, fix=fix)
        else:
            yield Check(name, "all permissions")
    if not places:
        yield Check("servers", "the bot is in no server yet", fix="open the address below")
    if seen.public:
        yield Check("invitations", "anybody with the address below can invite the bot (Public Bot is on)")


def _reindex(chosen: Discord, seen: Seen, places: tuple[Place, ...]) -> Check:
    home = next((place for place in places if place.id == chosen.home), None)
    if home:
        return Check("/reindex", f"allowed for the administrators of {home.name}, and {seen.owner}")
    if chosen.home:
        return Check(
            "/reindex",
            f"the bot is not in the server {chosen.home} that discord.home names",
            ok=False,
            fix="correct discord.home in strata.yaml, or invite the bot to that server",
        )
    return Check(
        "/reindex",
        f"allowed for {seen.owner} only, who owns the application; discord.home adds the administrators of a server",
    )
