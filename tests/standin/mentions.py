"""Whom a message would ping: pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`", re.DOTALL)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")


@dataclass(frozen=True, slots=True)
class Pings:
    """Whom a message pings: ids of users and roles, and whether everyone. False where it pings nobody."""

    users: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    everyone: bool = False

    def __bool__(self) -> bool:
        return bool(self.users or self.roles or self.everyone)


def pings(
    content: str,
    allowed: Mapping[str, Any] | None,
    *,
    replied_to: int | None = None,
    may_everyone: bool = True,
) -> Pings:
    """Whom `content` pings under `allowed` (None: all is allowed, as Discord has it), code spans left out.

    `replied_to` is the author of the message that it replies to, `may_everyone` the sender's permission
    "mention everyone" (roles count as mentionable).

    >>> pings("<@1> @everyone `<@2>`", None)
    Pings(users=frozenset({1}), roles=frozenset(), everyone=True)
    >>> bool(pings("<@1> <@&2> @here", {"parse": []}, replied_to=3))
    False
    >>> sorted(pings("<@1> <@2>", {"parse": [], "users": ["2"], "replied_user": True}, replied_to=3).users)
    [2, 3]
    """
    text = _CODE.sub(" ", content)
    users = {int(id) for id in _USER.findall(text)}
    roles = {int(id) for id in _ROLE.findall(text)}
    everyone = bool(_EVERYONE.search(text)) and may_everyone
    replied = replied_to is not None
    if allowed is not None:
        parse = allowed.get("parse") or []
        users = users if "users" in parse else users & {int(id) for id in allowed.get("users") or []}
        roles = roles if "roles" in parse else roles & {int(id) for id in allowed.get("roles") or []}
        everyone = everyone and "everyone" in parse
        replied = replied and bool(allowed.get("replied_user"))
    if replied and replied_to is not None:
        users |= {replied_to}
    return Pings(frozenset(users), frozenset(roles), everyone)
