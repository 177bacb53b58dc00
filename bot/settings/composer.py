"""The section `composer:` of strata.yaml, and the API key of the composer's endpoint."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.settings import validation

if (
    TYPE_CHECKING
):  # imported by `validation` if there is a settings file, so that `strata ask` starts sooner without one
    from msgspec import Meta

KEY = "STRATA_COMPOSER_KEY"


@dataclass(frozen=True, slots=True)
class Composer:
    """The language model that composes a text from quotations; switched off unless `url` is set.

    See bot/README.md, "Composed answers".
    """

    url: str = ""
    """The base address of an endpoint that speaks OpenAI's chat completions: "http://127.0.0.1:8000/v1"."""
    model: str = ""
    """The name of the model at the endpoint."""
    key_file: Path | None = None
    """A file of mode 0600 with the key; without it STRATA_COMPOSER_KEY. Without either, no key is sent."""
    timeout: Annotated[float, Meta(ge=1, le=120)] = 20.0
    """The most seconds for a composed text; after that only the quotations are shown."""
    max_tokens: Annotated[int, Meta(ge=16, le=4_000)] = 400
    """The most tokens that the model may write."""
    at_once: Annotated[int, Meta(ge=1, le=64)] = 2
    """The texts that are composed at the same time; others wait, and the wait counts towards their `timeout`."""

    @property
    def on(self) -> bool:
        """Return True if answers are composed."""
        return bool(self.url)

    @classmethod
    def parse(cls, raw: Any, file: Path) -> Composer:
        """Return the settings of the section. Raises SettingsError that names the key and what the key takes."""
        instead = (KEY, "key_file")
        secrets = {"key": instead, "api_key": instead, "token": instead}
        return check(validation.parse(cls, raw, file, "composer", secrets), file)


def check(composer: Composer, file: Path) -> Composer:
    """Return the same settings. Raises SettingsError unless the endpoint has a model and an address that can be called."""
    if bool(composer.url) != bool(composer.model):
        raise SettingsError(f"{file}: composer takes both url and model, or neither")
    if composer.url:
        try:
            address = urlsplit(composer.url)
            is_valid = address.scheme in {"http", "https"} and bool(address.hostname) and address.port != 0
        except ValueError:
            is_valid = False
        if not is_valid:
            raise SettingsError(f"{file}: composer.url: {composer.url!r} is not an http or https address")
        if address.username or address.password or address.query or address.fragment:
            raise SettingsError(f"{file}: composer.url takes an address without a password, ? and #")
    return composer


def key(composer: Composer, environment: Mapping[str, str] | None = None) -> str:
    """Return the endpoint's API key; empty without a key.

    Raises SettingsError for a text that is not a key, which the message never shows, and for a key that would be sent
    over plain http to another machine.
    """
    found = validation.secret(composer.key_file, "composer.key_file", KEY, environment)
    if not found:
        return ""
    if not found.isascii() or not found.isprintable() or " " in found:
        raise SettingsError(f"{composer.key_file or KEY} does not hold a key (one word of ASCII characters)")
    address = urlsplit(composer.url)
    if address.scheme == "http" and not _is_here(address.hostname or ""):
        raise SettingsError(
            f"composer.url: a key is sent over https only; {composer.url} would show it to others"
        )
    return found


def _is_here(host: str) -> bool:
    """Return True if a host is this machine.

    >>> _is_here("localhost"), _is_here("127.0.0.1"), _is_here("::1"), _is_here("10.0.0.1"), _is_here("127.evil.example")
    (True, True, True, False, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
