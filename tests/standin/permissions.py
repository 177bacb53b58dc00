"""Discord's permission bits, and what a member may do in a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BITS = {
    "kick_members": 1 << 1,
    "ban_members": 1 << 2,
    "administrator": 1 << 3,
    "manage_channels": 1 << 4,
    "manage_guild": 1 << 5,
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "manage_roles": 1 << 28,
    "manage_webhooks": 1 << 29,
    "use_application_commands": 1 << 31,
    "manage_threads": 1 << 34,
    "create_public_threads": 1 << 35,
    "create_private_threads": 1 << 36,
    "send_messages_in_threads": 1 << 38,
}
"""The bits that the stand-in knows, by the names that discord.py gives them."""

ALL = sum(BITS.values())


def bits(names: Iterable[str]) -> int:
    """The sum of some permissions.

    >>> bits(["administrator", "view_channel"])
    1032
    """
    total = 0
    for name in names:
        total |= BITS[name]
    return total


EVERYONE = bits(
    (
        "view_channel",
        "send_messages",
        "embed_links",
        "attach_files",
        "read_message_history",
        "add_reactions",
        "use_application_commands",
        "create_public_threads",
        "send_messages_in_threads",
    )
)
"""What a new server gives everybody, nearly."""


def effective(
    base: int, overwrites: Mapping[int, tuple[int, int]], everyone: int, roles: Iterable[int], user: int
) -> int:
    """A member's permissions in a channel: `base` of all roles, then the channel's (allow, deny) by id.

    The order is Discord's: everyone, then all roles together, then the member.

    >>> view, send = bits(["view_channel"]), bits(["send_messages"])
    >>> effective(view | send, {1: (0, send)}, 1, [], 9) == view
    True
    >>> effective(view | send, {1: (0, view)}, 1, [], 9)
    0
    """
    if base & BITS["administrator"]:
        return ALL
    allow, deny = overwrites.get(everyone, (0, 0))
    base = base & ~deny | allow
    allow = deny = 0
    for role in roles:
        more, less = overwrites.get(role, (0, 0))
        allow, deny = allow | more, deny | less
    base = base & ~deny | allow
    allow, deny = overwrites.get(user, (0, 0))
    base = base & ~deny | allow
    return base if base & BITS["view_channel"] else 0
