"""`strata bot --check`: what a bot needs, looked at one by one, and the address that invites it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.discord.format.notices import many
from bot.errors import BotFault, SettingsError
from bot.settings.discord import secret, token
from index.errors import IndexFault

if TYPE_CHECKING:
    from bot.discord.connection.application import Place, Seen
    from bot.settings.discord import Discord
    from bot.settings.settings import Settings

BAD_TOKEN = 4


class Findings:
    """Lines to print, and the exit code: that of the worst of them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.status = 0

    def note(self, what: str, *, good: bool = True, status: int = 1) -> None:
        """Something that is as it should be, or that is not."""
        self.lines.append(f"{'ok  ' if good else 'FAIL'}  {what}")
        self.status = self.status if good else max(self.status, status)

    def add(self, what: str) -> None:
        """Something worth knowing."""
        self.lines.append(f"      {what}")


def check(settings: Settings) -> Findings:
    """Look at index, journal, token, intents, permissions and what the settings ask for.

    The last line is the address that invites the bot to a server with exactly the permissions that it needs.
    """
    found = Findings()
    _index(settings, found)
    asyncio.run(_pull(settings, found))
    try:
        secret(settings.discord)
        given = token(settings.discord)
    except SettingsError as fault:
        found.note(f"token: {fault}", good=False, status=BAD_TOKEN)
        return found
    application = asyncio.run(_discord(given, settings.discord, found))
    if application:
        _journal(settings, application, found)
        found.lines.sort(key=lambda line: line.startswith("invite: "))
    return found


def _index(settings: Settings, found: Findings) -> None:
    from bot.library import Library

    try:
        manifest = Library.open(settings).generation.manifest
    except (BotFault, IndexFault) as fault:
        found.note(f"index: {fault}", good=False)
    else:
        found.note(
            f"index: generation {manifest.id}, {many(manifest.documents, 'document')}, {many(manifest.passages, 'passage')}"
        )


def _journal(settings: Settings, application: int, found: Findings) -> None:
    """Look at the journal without making one."""
    from bot.journal import file
    from bot.journal.journal import Journal

    path = settings.discord.journal or file.default(application, settings.library_name())
    if not path.exists():
        if fault := file.obstacle(path):
            found.note(f"journal: {path} cannot be made: {fault}", good=False)
            return
        found.note(f"journal: {path}, which the bot will make")
        for other in file.others(path, application) if settings.discord.journal is None else ():
            found.add(f"to go on with another one: strata journal move '{other}' '{path}'")
        return
    try:
        journal = Journal(path)
        try:
            journal.check_owner(application)
        finally:
            journal.close()
    except BotFault as fault:
        found.note(f"journal: {fault}", good=False)
    else:
        found.note(f"journal: {path}")


async def _pull(settings: Settings, found: Findings) -> None:
    from bot.discord.operation.pull import tracked

    if not settings.discord.pull:
        return
    try:
        followed = await tracked(settings.content, settings.discord.pull_key)
        found.note(f"pull: {settings.content} follows {followed}")
    except BotFault as fault:
        found.note(f"pull: {fault}", good=False)


async def _discord(given: str, chosen: Discord, found: Findings) -> int:
    """Look at what Discord says; return the application's id, 0 if Discord does not tell."""
    import aiohttp
    import discord

    from bot.discord.connection.application import MISSING_INTENT, FatalError, look_around, missing_intent

    try:
        seen, places = await look_around(given)
    except FatalError as fatal:
        found.note(f"token: {fatal}", good=False, status=fatal.code)
        return 0
    except (discord.DiscordException, aiohttp.ClientError, OSError) as fault:
        found.note(f"Discord cannot be asked: {type(fault).__name__}: {fault}; try again", good=False)
        return 0
    found.note(f"token: that of {seen.name} ({seen.id})")
    if chosen.message_content and not seen.content:
        found.note(f"intents: {missing_intent()}", good=False, status=MISSING_INTENT)
    else:
        found.note(f"intents: {'message content' if chosen.message_content else 'none that need permission'}")
    if seen.interactions_url:
        found.note(
            "interactions go to an address: clear Interactions Endpoint URL in the developer portal",
            good=False,
        )
    found.note(
        f"gateway: {many(seen.shards, 'shard')}, {many(seen.starts, 'session start')} left today",
        good=seen.starts > 0,
    )
    _commands(seen, found)
    _servers(chosen, seen, places, found)
    found.lines.append(f"invite: {seen.invitation}")
    return seen.id


def _commands(seen: Seen, found: Findings) -> None:
    from bot.discord.commands.general import names

    wanted = names()
    if lacks := sorted(wanted - seen.commands):
        which = f"{', '.join(lacks)} not" if wanted & seen.commands else "none"
        found.add(f"commands: {which} registered yet; the bot registers them when it starts")
    else:
        found.note(f"commands: {len(wanted)} registered")


def _servers(chosen: Discord, seen: Seen, places: tuple[Place, ...], found: Findings) -> None:
    for place in places:
        lacks = (
            f"lacks {', '.join(place.missing)}; invite the bot again with the address below"
            if place.missing
            else "all permissions"
        )
        found.note(f"server {place.name} ({place.id}): {lacks}", good=not place.missing)
    if not places:
        found.add("the bot is in no server yet: open the address below")
    if seen.public:
        found.add("anybody who has the address below can invite it (Public Bot is on)")
    home = next((place for place in places if place.id == chosen.home), None)
    if home:
        found.note(f"/reindex: the administrators of {home.name}, and {seen.owner}")
    elif chosen.home:
        found.note(
            f"/reindex: the bot is not in the server {chosen.home} that discord.home names", good=False
        )
    else:
        found.note(
            f"/reindex: {seen.owner} alone, whose application this is; discord.home would add a server's administrators"
        )
