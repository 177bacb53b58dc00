"""Getting a message to Discord through dropped connections, 5xx and late answers."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
import discord

from bot.discord.format.message import Message

log = logging.getLogger(__name__)

T = TypeVar("T")

WITHIN = 3.0
"""Seconds in which Discord wants an interaction acknowledged."""

_FIRST_TRY, _SECOND_TRY = 1.2, 1.4
"""Seconds for each of two tries: discord.py itself tries once more after a 500 and 1 s, which the first leaves room for."""

_ACKNOWLEDGED = 40060
"""Discord's code for "Interaction has already been acknowledged": an earlier try has arrived after all."""

_FAULTS = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError)
"""What may be better in a moment."""

_COLOUR = 0x4F6D7A


class LostError(Exception):
    """An interaction could not be acknowledged in time: Discord has told the person that the bot did not respond."""


async def acknowledge(respond: Callable[[], Awaitable[T]]) -> T | None:
    """Answer an interaction, trying once more within its three seconds.

    Returns what `respond` returned, or None where an earlier try had arrived although it seemed to fail.
    Raises LostError where neither arrived.
    """
    start = time.monotonic()
    reason: Exception | None = None
    for limit in (_FIRST_TRY, _SECOND_TRY):
        try:
            return await asyncio.wait_for(respond(), min(limit, WITHIN - (time.monotonic() - start)))
        except _FAULTS as fault:
            reason = fault
        except discord.HTTPException as fault:
            if fault.code == _ACKNOWLEDGED:
                return None
            if fault.status != 429 and not isinstance(fault, discord.NotFound):
                raise
            reason = fault
            if isinstance(fault, discord.NotFound):
                break
    raise LostError(f"an interaction was not acknowledged: {type(reason).__name__}: {reason}") from reason


async def delivered(act: Callable[[], Awaitable[T]], *, seconds: float = 60.0) -> T:
    """Do something that may be done twice (an edit, a message with a nonce) until it succeeds, with growing pauses.

    Raises the last fault after so many seconds, and at once what will not be better: a message that is gone, a
    missing permission, a form that Discord does not take.
    """
    end = time.monotonic() + seconds
    pause = 0.5
    while True:
        try:
            return await act()
        except _FAULTS as fault:
            wait = pause * random.uniform(0.8, 1.2)  # noqa: S311
            if time.monotonic() + wait > end:
                raise
            log.info("trying again in %.1f s after %s", wait, type(fault).__name__)
        except discord.HTTPException as fault:
            if fault.status != 429:
                raise
            wait = _retry_after(fault)
            if time.monotonic() + wait > end:
                raise
            log.warning("Discord asks to wait %.1f s", wait)
        await asyncio.sleep(wait)
        pause = min(pause * 2, 15.0)


def _retry_after(fault: discord.HTTPException) -> float:
    try:
        return min(float(fault.response.headers.get("Retry-After", "5")), 300.0)
    except ValueError:
        return 5.0


def form(message: Message) -> dict[str, Any]:
    """Return the arguments of discord.py's methods that edit a message."""
    return {
        "content": message.content or None,
        "embeds": [_embed(e) for e in message.embeds],
        "allowed_mentions": NOBODY,
    }


def sending(message: Message) -> dict[str, Any]:
    """Return the arguments of discord.py's methods that send a message: an empty list of embeds is left out."""
    fields = form(message)
    return {name: value for name, value in fields.items() if name != "embeds" or value}


NOBODY = discord.AllowedMentions.none()
"""Nothing that the bot writes pings anybody."""


def _embed(embed: Any) -> discord.Embed:
    made = discord.Embed(title=embed.title or None, description=embed.description or None, colour=_COLOUR)
    for name, value in embed.fields:
        made.add_field(name=name, value=value, inline=True)
    if embed.footer:
        made.set_footer(text=embed.footer)
    return made
