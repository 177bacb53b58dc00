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
"""Discord's error codes for locked threads: 50083 if the thread is archived too."""


def missing(has: discord.Permissions) -> tuple[str, ...]:
    """Return the names of the needed permissions that are missing.

    >>> missing(discord.Permissions(send_messages=True, view_channel=True, embed_links=True))
    ('Send Messages in Threads', 'Read Message History')
    """
    return () if has.administrator else tuple(name for key, name in NAMES.items() if not getattr(has, key))


def obstacle(channel: Any, has: discord.Permissions) -> str:
    """Return why the bot cannot write in a channel; empty if it can."""
    is_thread = isinstance(channel, discord.Thread)
    if is_thread and channel.locked and not has.manage_threads:
        return "the thread is locked"
    needed = "send_messages_in_threads" if is_thread else "send_messages"
    return "" if getattr(has, needed) else f"I'm missing the permission {NAMES[needed]}"


def refusal(fault: Exception) -> str:
    """Return the reason if Discord refused a message because of a missing permission; otherwise empty."""
    if not isinstance(fault, discord.HTTPException):
        return ""
    if fault.code in _LOCKED:
        return "the thread is locked"
    return "I'm missing permissions" if isinstance(fault, discord.Forbidden) else ""


def permissions(message: discord.Message) -> discord.Permissions:
    """Return the permissions of the bot in the channel of a message."""
    if message.guild is None or message.guild.me is None:
        return discord.Permissions.all()
    try:
        return message.channel.permissions_for(message.guild.me)
    except discord.ClientException:  # the parent channel of the thread is not cached
        return discord.Permissions.all()
