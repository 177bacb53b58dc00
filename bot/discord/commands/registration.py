"""The registration of the commands with Discord, when they have changed or Discord has lost them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bot.discord.delivery import delivered
from bot.journal.journal import Journal

if TYPE_CHECKING:
    from discord import app_commands

    from bot.discord.context import Client


log = logging.getLogger(__name__)


def digest(tree: app_commands.CommandTree[Client], application: int) -> str:
    """Return a hash of all commands as they are sent to Discord."""
    forms = [command.to_dict(tree) for command in tree.get_commands()]
    forms.sort(key=lambda form: (form["type"], form["name"]))
    told = json.dumps([application, forms], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


async def sync(client: Client) -> bool:
    """Register the commands if they have changed or differ from Discord's; return whether they were registered."""
    services = client.services
    wanted, before = digest(client.tree, client.application_id or 0), ""
    with contextlib.suppress(sqlite3.Error):
        before = await services.journal.read(Journal.get, "commands")
    if before == wanted:
        registered = await delivered(lambda: client.http.get_global_commands(client.application_id or 0))
        ours = [command.to_dict(client.tree) for command in client.tree.get_commands()]
        if outline(registered) == outline(ours):
            return False
        log.warning("Discord has other commands than this bot registered: registering them again")
    await delivered(client.tree.sync)
    log.info("registered the commands with Discord")
    with contextlib.suppress(sqlite3.Error):  # without the hash, the next start registers them again
        await services.journal.write(Journal.put, "commands", wanted)
    return True


def outline(commands: Iterable[Mapping[str, Any]]) -> Any:
    """Return the names, descriptions and options of commands, which Discord returns unchanged.

    >>> outline([{"name": "ask", "type": 1, "description": "Ask.", "options": [{"name": "question", "type": 3}]}])
    [(1, 'ask', 'Ask.', [(3, 'question', '', [])])]
    """
    rows = [
        (
            int(item.get("type") or 1),
            item["name"],
            item.get("description") or "",
            outline(item.get("options") or ()),
        )
        for item in commands
    ]
    return sorted(rows)
