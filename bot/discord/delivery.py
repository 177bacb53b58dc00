"""Delivery of messages to Discord despite dropped connections, server errors and slow responses."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any, TypeVar

import aiohttp
import discord

from bot.discord.format.message import Message, Picture

log = logging.getLogger(__name__)

T = TypeVar("T")

WITHIN = 3.0
"""Discord's limit, in seconds, for acknowledging an interaction."""

_FIRST_TRY, _SECOND_TRY = 1.2, 1.4
"""Seconds for each of two attempts. The first leaves room for discord.py's own retry, 1 s after a server error."""

_ACKNOWLEDGED = 40060
"""Discord's code for "Interaction has already been acknowledged": an earlier attempt did arrive."""

_FAULTS = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError)
"""Temporary errors."""

_COLOUR = 0x4F6D7A


class LostError(Exception):
    """An interaction was not acknowledged in time, so Discord showed "the application did not respond"."""


async def acknowledge(respond: Callable[[], Awaitable[T]]) -> T | None:
    """Acknowledge an interaction, with one retry within its three seconds.

    Returns the result of `respond`, or None if the first attempt arrived although it seemed to fail.
    Raises LostError if both attempts fail.
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
            # 429 is a rate limit, and "not found" means that the interaction has expired; other errors are
            # bugs.
            if fault.status != 429 and not isinstance(fault, discord.NotFound):
                raise
            reason = fault
            if isinstance(fault, discord.NotFound):
                break
    raise LostError(f"an interaction was not acknowledged: {type(reason).__name__}: {reason}") from reason


async def delivered(act: Callable[[], Awaitable[T]], *, seconds: float = 60.0) -> T:
    """Retry an idempotent call (an edit, a message with a nonce) with growing pauses until it succeeds.

    Raises the last error after `seconds`, and permanent errors at once: a deleted message, a missing permission, an
    invalid form.
    """
    end = time.monotonic() + seconds
    pause = 0.5
    while True:
        try:
            return await act()
        except _FAULTS as fault:
            # Random pauses keep many failed calls from returning to Discord in the same moment.
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
    """Return the arguments of discord.py's methods that edit a message; without pictures, those of the message stay.

    Each try needs a form of its own: discord.py closes the files of a form that was sent.
    """
    fields: dict[str, Any] = {
        "content": message.content or None,
        "embeds": [_embed(e) for e in message.embeds],
        "allowed_mentions": NOBODY,
    }
    if message.pictures:
        fields["attachments"] = [_file(picture) for picture in message.pictures]
    return fields


def sending(message: Message) -> dict[str, Any]:
    """Return the arguments of discord.py's methods that send a message: an empty list of embeds is left out."""
    fields = form(message)
    if "attachments" in fields:
        fields["files"] = fields.pop("attachments")
    return {name: value for name, value in fields.items() if name != "embeds" or value}


def _file(picture: Picture) -> discord.File:
    return discord.File(BytesIO(picture.data), picture.name, description=picture.alt)


NOBODY = discord.AllowedMentions.none()
"""The bot never pings anybody."""


def _embed(embed: Any) -> discord.Embed:
    made = discord.Embed(title=embed.title or None, description=embed.description or None, colour=_COLOUR)
    for name, value in embed.fields:
        made.add_field(name=name, value=value, inline=True)
    if embed.footer:
        made.set_footer(text=embed.footer)
    return made
