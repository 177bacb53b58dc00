"""The pull of the content folder from its git remote, before a rebuild that somebody requested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import PullError, SettingsError
from bot.settings.validation import check_private
from index.errors import GitError
from index.repository import remote

if TYPE_CHECKING:
    from pathlib import Path


async def pull(folder: Path, key: Path | None = None) -> None:
    """Fast-forward the checkout around a folder to the branch that it follows.

    Nothing that Discord or a webhook sends reaches git, and git sees none of Strata's secrets.

    Args:
        folder: The content folder.
        key: The file of the ssh key that `discord.pull_key` names.

    Raises:
        PullError: The checkout cannot be fast-forwarded; the message says why.
    """
    _check_key(key)
    try:
        await remote.pull(folder, key)
    except GitError as error:
        raise PullError(f"cannot fast-forward {folder}: {error}") from error


async def tracked(folder: Path, key: Path | None = None) -> str:
    """Return the remote branch that a checkout follows; raises PullError if it follows none or the key is unsafe."""
    _check_key(key)
    try:
        return str(await remote.upstream(folder))
    except GitError as error:
        raise PullError(f"cannot fast-forward {folder}: {error}") from error


def _check_key(key: Path | None) -> None:
    try:
        if key is not None:
            check_private(key, "discord.pull_key")
    except SettingsError as error:
        raise PullError(str(error)) from error
