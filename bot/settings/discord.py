"""The section `discord:` of strata.yaml, the bot's token and the webhook's secret.

To add a key, add a field with its default and its docstring to `Discord`. A number without `Annotated` goes from 0 to
1,000,000 (`sections.MAX_NUMBER`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from bot.errors import SettingsError
from bot.settings import sections

if (
    TYPE_CHECKING
):  # read by `sections` when there is a settings file: `strata ask` starts sooner without msgspec
    from msgspec import Meta

TOKEN = "STRATA_DISCORD_TOKEN"  # noqa: S105  # the variable's name, not a token
SECRET = "STRATA_WEBHOOK_SECRET"  # noqa: S105

README = 'see README.md, "Run it on Discord"'


@dataclass(frozen=True, slots=True)
class Discord:
    """The settings of the bot. Each field is a key below `discord:`."""

    token_file: Path | None = None
    """A file of mode 0600 with the token; without it the token comes from STRATA_DISCORD_TOKEN."""
    private: bool = False
    """Whether answers to /ask are shown to the asker alone, where neither they nor the server say otherwise."""
    direct_messages: bool = True
    """Whether questions in direct messages are answered."""
    message_content: bool = False
    """Ask Discord for the message content intent, so that servers may have channels where every message is answered."""
    charts: bool = True
    """Whether a ranking or a series of four or more values gets a chart, where the extra [charts] is installed."""
    longest_question: Annotated[int, Meta(ge=1, le=2_000)] = 500
    """Characters of a question."""
    per_person: int = 6
    """Questions that a person may ask in a minute; 0 is no limit."""
    per_channel: int = 30
    """Questions that a channel may ask in a minute; 0 is no limit."""
    per_server: int = 60
    """Questions that a server may ask in a minute; 0 is no limit."""
    presses: Annotated[int, Meta(ge=0, le=1_000_000)] = 40
    """Buttons, menus and commands without a question that a person may use in a minute; 0 is no limit."""
    daily_person: int = 0
    """Questions that a person may ask in a day; 0 is no limit."""
    daily_server: int = 0
    """Questions that a server may ask in a day; 0 is no limit. A server may set a lower one."""
    workers: Annotated[int, Meta(ge=1, le=64)] = 2
    """Questions answered at the same time; more than there are cores wait for each other."""
    queue: Annotated[int, Meta(ge=1, le=10_000)] = 64
    """Questions that may wait; beyond it people are asked to try again."""
    pull: bool = False
    """Fast-forward the content folder's git checkout to its remote branch before the webhook or /reindex rebuilds."""
    pull_key: Path | None = None
    """A file of mode 0600 with the ssh key (a deploy key) for `pull`; without it ssh chooses a key."""
    watch: bool = False
    """Rebuild when a file of the content folder changes."""
    poll: Annotated[float, Meta(ge=0.1, le=3_600)] = 2.0
    """Seconds between two looks at whether another process has built a new generation."""
    edit_days: Annotated[float, Meta(ge=0, le=3_650)] = 30.0
    """Days for which the bot corrects its own messages when a source changes; 0 is never."""
    keep_days: Annotated[float, Meta(ge=0, le=3_650)] = 365.0
    """Days for which the journal keeps replies."""
    journal: Path | None = None
    """The journal's file; by default a folder for this application and library in the user's data folder."""
    host: str = "127.0.0.1"
    """Where /healthz, /metrics and /reindex are served."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    """Their port; 0 is none."""
    webhook_secret_file: Path | None = None
    """A file of mode 0600 with the webhook's secret; without it STRATA_WEBHOOK_SECRET. Without either there is no webhook."""
    home: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    """The id of the server whose administrators may /reindex; without it, the owner of the application alone."""
    shards: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """How many shards; 0 is what Discord recommends."""

    @classmethod
    def parse(cls, raw: Any, file: Path) -> Discord:
        """Return the settings of the section. Raises SettingsError that names the key and what the key takes."""
        secrets = {
            "token": (TOKEN, "token_file"),
            "webhook_secret": (SECRET, "webhook_secret_file"),
            "secret": (SECRET, "webhook_secret_file"),
        }
        return sections.parse(cls, raw, file, "discord", secrets)


def token(settings: Discord, environment: Mapping[str, str] | None = None) -> str:
    """Return the bot's token. Raises SettingsError that says where to put a token, and never shows what was found."""
    found = sections.secret(settings.token_file, "discord.token_file", TOKEN, environment)
    if not found:
        raise SettingsError(f"{TOKEN} is not set and discord.token_file names no file; {README}")
    if found.count(".") != 2 or not found.isascii() or any(char.isspace() for char in found):
        raise SettingsError(
            f"{settings.token_file or TOKEN} does not hold a bot token (three parts with dots between them); {README}"
        )
    return found


def secret(settings: Discord, environment: Mapping[str, str] | None = None) -> str:
    """Return the webhook's secret; empty without a webhook."""
    return sections.secret(settings.webhook_secret_file, "discord.webhook_secret_file", SECRET, environment)
