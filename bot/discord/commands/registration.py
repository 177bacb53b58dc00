"""Registering the commands with Discord, only when they are others than last time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sqlite3
from typing import TYPE_CHECKING

from bot.discord.delivery import delivered

if TYPE_CHECKING:
    from discord import app_commands

    from bot.discord.client import Strata

log = logging.getLogger(__name__)


def digest(tree: app_commands.CommandTree[Strata], application: int) -> str:
    """A hash of all commands as Discord is told of them."""
    forms = [command.to_dict(tree) for command in tree.get_commands()]
    forms.sort(key=lambda form: (form["type"], form["name"]))
    told = json.dumps([application, forms], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


async def sync(client: Strata) -> bool:
    """Register the commands unless the journal says that the same ones were registered; return whether it was done."""
    desk = client.desk
    wanted, known = digest(client.tree, client.application_id or 0), ""
    with contextlib.suppress(sqlite3.Error):
        known = await desk.read(desk.journal.get, "commands")
    if known == wanted:
        return False
    await delivered(client.tree.sync)
    log.info("registered the commands with Discord")
    with contextlib.suppress(sqlite3.Error):  # the next start registers them again
        await desk.noted(desk.journal.put, "commands", wanted)
    return True
