"""Parts of strata.yaml that have keys of their own, and the secrets that they name but never hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import SettingsError

T = TypeVar("T")

_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def parse(cls: type[T], raw: Any, file: Path, section: str, secrets: Mapping[str, tuple[str, str]]) -> T:
    """The settings below the key `section` of a file, as an instance of a dataclass whose fields all have defaults.

    `secrets` are keys that must not be there, with the environment variable and the key of a file that take their
    place. Raises SettingsError that names the key and what it takes.
    """
    if raw is None:
        return cls()
    if not isinstance(raw, dict):
        raise SettingsError(f"{file}: {section} takes `key: value` lines")
    known = {f.name: f.type for f in fields(cls)}  # type: ignore[arg-type]  # a dataclass
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in secrets:
            variable, instead = secrets[key]
            raise SettingsError(
                f"{file}: {section}.{key} does not belong in a settings file; set {variable} "
                f"or name a file of mode 0600 with {instead}"
            )
        if key not in known:
            raise SettingsError(
                f"{file}: unknown key {section}.{key}; the keys are {', '.join(sorted(known))}"
            )
        if known[key] == "Path | None":
            if not isinstance(value, str) or not value:
                raise SettingsError(f"{file}: {section}.{key} takes a path")
            values[key] = file.parent / Path(value).expanduser()
            continue
        default = getattr(cls(), key)
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)  # noqa: PLW2901  # 2 is a number as well as 2.0
        if type(value) is not type(default):
            raise SettingsError(f"{file}: {section}.{key} takes {_NAMES[type(default)]}, not {value!r}")
        values[key] = value
    return cls(**values)


def secret(file: Path | None, key: str, variable: str, environment: Mapping[str, str] | None = None) -> str:
    """What a file of mode 0600 holds or, where none is named, an environment variable; empty where neither is there.

    `key` is the setting that names the file. Raises SettingsError, without the secret, where the file cannot be read or
    others can read it, too.
    """
    environment = os.environ if environment is None else environment
    if file is None:
        return environment.get(variable, "").strip()
    check_private(file, key)
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "not text"
        raise SettingsError(f"{file}, which {key} names, cannot be read ({reason})") from None


def check_private(file: Path, key: str) -> None:
    """Raise SettingsError if the file that the setting `key` names is missing, or anybody but its owner can read it."""
    try:
        mode = file.stat().st_mode
    except OSError as fault:
        raise SettingsError(f"{file}, which {key} names, cannot be read ({fault.strerror})") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"{file} can be read by others; run: chmod 600 {file}")
