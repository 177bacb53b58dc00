"""`git pull` in the content folder before a rebuild that somebody asked for, where the setting says so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from pathlib import Path

from bot.chat.settings import SECRET, TOKEN
from bot.errors import PullError

_SECONDS = 120.0
"""After which a pull is given up."""

_CREDENTIALS = re.compile(r"//[^/@\s]+@")


async def pull(folder: Path) -> None:
    """Bring a checkout up to date with its remote, forwards alone; raises PullError with what git said.

    The command is fixed; nothing that Discord or a webhook sends is in it. Git asks nobody for anything and sees neither
    of the bot's secrets.
    """
    await _git(folder, "pull", "--ff-only", "--quiet")


async def tracked(folder: Path) -> str:
    """The branch of a remote that a checkout follows; raises PullError where it follows none."""
    return await _git(folder, "rev-parse", "--abbrev-ref", "@{upstream}")


async def _git(folder: Path, *words: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in (TOKEN, SECRET)}
    asking = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes", "LC_ALL": "C"}
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            "-C",
            str(folder),
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=asking | environment,
        )
    except OSError as fault:
        raise PullError(
            f"git cannot be run ({fault.strerror}); install it, or set discord.pull to false"
        ) from None
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
    except TimeoutError:
        raise PullError(f"git {words[0]} in {folder} took more than {_SECONDS:.0f} s and was ended") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    said = _CREDENTIALS.sub("//…@", out.decode(errors="replace")).strip().split("\n")[0]
    if process.returncode:
        raise PullError(f"git {' '.join(words)} in {folder} failed: {said or process.returncode}")
    return said
