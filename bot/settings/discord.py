"""The section `discord:` of strata.yaml, the bot's token and the webhook's secret.

To add a key, add a field with its default and its docstring to `Discord`. A number without `Annotated` goes from 0 to
1,000,000 (`validation.MAX_NUMBER`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from bot.errors import SettingsError
from bot.settings import validation

if (
    TYPE_CHECKING
):  # imported by `validation` if there is a settings file, so that `strata ask` starts sooner without one
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
    """Whether answers to /ask are shown only to the person who asks, unless they or the server choose otherwise."""
    direct_messages: bool = True
    """Whether questions in direct messages are answered."""
    message_content: bool = False
    """Ask Discord for the message content intent, so that servers may have channels where every message is answered."""
    charts: bool = True
    """Whether a ranking or a series of four or more values gets a chart, where the extra [charts] is installed."""
    longest_question: Annotated[int, Meta(ge=1, le=2_000)] = 500
    """The most characters of a question."""
    per_person: int = 6
    """The questions that a person may ask in a minute; 0 means no limit."""
    per_channel: int = 30
    """The questions that a channel may ask in a minute; 0 means no limit."""
    per_server: int = 60
    """The questions that a server may ask in a minute; 0 means no limit."""
    presses: Annotated[int, Meta(ge=0, le=1_000_000)] = 40
    """The buttons, menus and commands without a question that a person may use in a minute; 0 means no limit."""
    daily_person: int = 0
    """The questions that a person may ask in a day; 0 means no limit."""
    daily_server: int = 0
    """The questions that a server may ask in a day; 0 means no limit. A server may set a lower limit."""
    workers: Annotated[int, Meta(ge=1, le=64)] = 2
    """The questions that are answered at the same time; more questions than cores wait for each other."""
    queue: Annotated[int, Meta(ge=1, le=10_000)] = 64
    """The questions that may wait; beyond that, people are asked to try again."""
    pull: bool = False
    """Fast-forward the content folder's git checkout to its remote branch before the webhook or /reindex rebuilds."""
    pull_key: Path | None = None
    """A file of mode 0600 with the ssh key (a deploy key) for `pull`; without it ssh chooses a key."""
    watch: bool = False
    """Rebuild when a file of the content folder changes."""
    poll: Annotated[float, Meta(ge=0.1, le=3_600)] = 2.0
    """Seconds between two checks for a generation that another process has built."""
    edit_days: Annotated[float, Meta(ge=0, le=3_650)] = 30.0
    """The days for which the bot corrects its messages when a source changes; 0 means never."""
    keep_days: Annotated[float, Meta(ge=0, le=3_650)] = 365.0
    """The days for which the journal keeps replies."""
    journal: Path | None = None
    """The journal's file; by default a folder for this application and library in the user's data folder."""
    host: str = "127.0.0.1"
    """The address on which /healthz, /metrics and /reindex are served."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    """The port of these endpoints; 0 switches them off."""
    webhook_secret_file: Path | None = None
    """A file of mode 0600 with the webhook's secret; otherwise STRATA_WEBHOOK_SECRET is used.

    Without a secret there is no webhook.
    """
    home: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    """The id of the server whose administrators may use /reindex; with 0, only the owner of the application may."""
    shards: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """The number of shards; 0 means the number that Discord recommends."""

    @classmethod
    def parse(cls, raw: Any, file: Path) -> Discord:
        """Return the settings of the section. Raises SettingsError that names the key and what the key takes."""
        secrets = {
            "token": (TOKEN, "token_file"),
            "webhook_secret": (SECRET, "webhook_secret_file"),
            "secret": (SECRET, "webhook_secret_file"),
        }
        return validation.parse(cls, raw, file, "discord", secrets)


def token(settings: Discord, environment: Mapping[str, str] | None = None) -> str:
    """Return the bot's token. Raises SettingsError that says where to put a token, and never shows what was found."""
    found = validation.secret(settings.token_file, "discord.token_file", TOKEN, environment)
    if not found:
        raise SettingsError(f"{TOKEN} is not set and discord.token_file names no file; {README}")
    if found.count(".") != 2 or not found.isascii() or any(char.isspace() for char in found):
        raise SettingsError(
            f"{settings.token_file or TOKEN} does not hold a bot token (three parts with dots between them); {README}"
        )
    return found


def secret(settings: Discord, environment: Mapping[str, str] | None = None) -> str:
    """Return the webhook's secret; empty without a webhook."""
    return validation.secret(settings.webhook_secret_file, "discord.webhook_secret_file", SECRET, environment)
