"""The key `composer:` of strata.yaml, and the endpoint's key."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.settings import sections

KEY = "STRATA_COMPOSER_KEY"


@dataclass(frozen=True, slots=True)
class Composer:
    """Which language model joins quotations to a text; none, unless `url` is set. See README, "Composed answers"."""

    url: str = ""
    """The base address of an endpoint that speaks OpenAI's chat completions: "http://127.0.0.1:8000/v1"."""
    model: str = ""
    """What the endpoint calls the model."""
    key_file: Path | None = None
    """A file of mode 0600 with the key; without it STRATA_COMPOSER_KEY. Without either no key is sent."""
    timeout: float = 20.0
    """Seconds that a composed text may take in all; after them the quotations stand alone."""
    max_tokens: int = 400
    """Tokens that the model may write."""
    at_once: int = 2
    """Texts that the bot has composed at a time; the others wait, within `timeout`."""

    @property
    def on(self) -> bool:
        """Whether answers are composed at all."""
        return bool(self.url)

    @classmethod
    def parse(cls, raw: Any, file: Path) -> Composer:
        """The settings under `composer:` of a file; raises SettingsError that names the key and what it takes."""
        instead = (KEY, "key_file")
        secrets = {"key": instead, "api_key": instead, "token": instead}
        return check(sections.parse(cls, raw, file, "composer", secrets), file)


_RANGES: dict[str, sections.Range] = {"timeout": (1, 120), "max_tokens": (16, 4_000), "at_once": (1, 64)}


def check(composer: Composer, file: Path) -> Composer:
    """Return the same settings. Raises SettingsError for a value out of range."""
    if bool(composer.url) != bool(composer.model):
        raise SettingsError(f"{file}: composer takes both url and model, or neither")
    if composer.url:
        try:
            address = urlsplit(composer.url)
            sound = address.scheme in {"http", "https"} and bool(address.hostname) and address.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise SettingsError(f"{file}: composer.url: {composer.url!r} is not an http or https address")
        if address.username or address.password or address.query or address.fragment:
            raise SettingsError(f"{file}: composer.url takes an address without a password, ? and #")
    sections.check_ranges(composer, _RANGES, "composer", file)
    return composer


def key(composer: Composer, environment: Mapping[str, str] | None = None) -> str:
    """The endpoint's key, or empty; raises SettingsError that never says what was found.

    A key goes over https, or to this machine.
    """
    found = sections.secret(composer.key_file, "composer.key_file", KEY, environment)
    if not found:
        return ""
    if not found.isascii() or not found.isprintable() or " " in found:
        raise SettingsError(
            f"what {composer.key_file or KEY} holds is not a key: one word of ASCII characters"
        )
    address = urlsplit(composer.url)
    if address.scheme == "http" and not _is_here(address.hostname or ""):
        raise SettingsError(
            f"composer.url: a key is sent over https alone; {composer.url} would show it to others"
        )
    return found


def _is_here(host: str) -> bool:
    """Whether a host is this machine.

    >>> _is_here("localhost"), _is_here("127.0.0.1"), _is_here("::1"), _is_here("10.0.0.1"), _is_here("127.evil.example")
    (True, True, True, False, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
