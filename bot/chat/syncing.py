"""Registering the commands with Discord, only when they are others than last time."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING

from bot.chat.delivering import delivered

if TYPE_CHECKING:
    from discord import app_commands

    from bot.chat.client import Strata
    from bot.journal import Journal

log = logging.getLogger(__name__)


def digest(tree: app_commands.CommandTree[Strata], application: int) -> str:
    """A hash of all commands as Discord is told of them."""
    forms = [command.to_dict(tree) for command in tree.get_commands()]
    forms.sort(key=lambda form: (form["type"], form["name"]))
    told = json.dumps([application, forms], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


async def sync(client: Strata, journal: Journal) -> bool:
    """Register the commands unless the same ones were registered before; whether it was done."""
    wanted = digest(client.tree, client.application_id or 0)
    if await client.desk.noted(journal.get, "commands") == wanted:
        return False
    await delivered(client.tree.sync)
    await client.desk.noted(journal.put, "commands", wanted)
    log.info("registered the commands with Discord")
    return True
