"""Obstacles to a reply in a channel: missing permissions, locked threads."""

from __future__ import annotations

from typing import Any

import discord

NAMES = {
    "view_channel": "View Channels",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
}
"""The permissions that the bot needs, by the names that Discord's settings show."""

_LOCKED = frozenset({50083, 160005})
"""Discord's codes for a thread that is archived and locked, and for one that is locked."""


def missing(has: discord.Permissions) -> tuple[str, ...]:
    """Name the needed permissions that are missing.

    >>> missing(discord.Permissions(send_messages=True, view_channel=True, embed_links=True))
    ('Send Messages in Threads', 'Read Message History')
    """
    return () if has.administrator else tuple(name for key, name in NAMES.items() if not getattr(has, key))


def obstacle(channel: Any, has: discord.Permissions) -> str:
    """Say why the bot cannot write in a channel; empty if it can."""
    is_thread = isinstance(channel, discord.Thread)
    if is_thread and channel.locked and not has.manage_threads:
        return "the thread is locked"
    needed = "send_messages_in_threads" if is_thread else "send_messages"
    return "" if getattr(has, needed) else f"I'm missing the permission {NAMES[needed]}"


def refusal(fault: Exception) -> str:
    """Say why Discord refused a message, if it was for want of permission; else empty."""
    if not isinstance(fault, discord.HTTPException):
        return ""
    if fault.code in _LOCKED:
        return "the thread is locked"
    return "I'm missing permissions" if isinstance(fault, discord.Forbidden) else ""


def permissions(message: discord.Message) -> discord.Permissions:
    """Return what the bot may do in the channel of a message."""
    if message.guild is None or message.guild.me is None:
        return discord.Permissions.all()
    try:
        return message.channel.permissions_for(message.guild.me)
    except discord.ClientException:  # a thread whose channel is not known
        return discord.Permissions.all()
