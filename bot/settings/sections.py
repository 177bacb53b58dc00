"""The values of strata.yaml, checked by type and range, and the secrets that the file may name but never hold."""

from __future__ import annotations

import os
import reprlib
import stat
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import SettingsError

T = TypeVar("T")

Range = tuple[float, float]
"""The least and the greatest value that a number may have."""

DEFAULT_RANGE: Range = (0, 1_000_000)
"""The range of a number that has none of its own, so that no number is unbounded."""

_KINDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
_PATHS = {"Path", "Path | None"}
_NO_SECRETS: Mapping[str, tuple[str, str]] = {}


def parse(
    cls: type[T],
    raw: Any,
    file: Path,
    section: str = "",
    secrets: Mapping[str, tuple[str, str]] = _NO_SECRETS,
) -> T:
    """Return the settings of a section of strata.yaml as an instance of a dataclass whose fields all have defaults.

    Args:
        cls: The dataclass. A field whose type has a method `parse(raw, file)` is a section of its own.
        raw: What YAML made of the section.
        file: The settings file; its paths are relative to its folder.
        section: The section's key; empty for the whole file.
        secrets: Keys that must not be in the file, with the environment variable and the key of a secret's file that
            take their place.

    Raises:
        SettingsError: A key is unknown or a value has the wrong type. The message names file, key and type.
    """
    if raw is None:
        return cls()
    if not isinstance(raw, dict):
        raise SettingsError(f"{file}: {section or 'the file'} takes `key: value` lines")
    known = {f.name: str(f.type) for f in fields(cls)}  # type: ignore[arg-type]  # a dataclass
    prefix = f"{section}." if section else ""
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in secrets:
            variable, instead = secrets[key]
            raise SettingsError(
                f"{file}: {prefix}{key} does not belong in a settings file; set {variable} "
                f"or name a file of mode 0600 with {instead}"
            )
        if key not in known:
            name = f"{section}.{key}" if section else _brief(key)
            raise SettingsError(f"{file}: unknown key {name}; the keys are {', '.join(sorted(known))}")
        values[key] = _value(getattr(cls(), key), known[key], value, file, f"{prefix}{key}")
    return cls(**values)


def _value(default: Any, kind: str, value: Any, file: Path, name: str) -> Any:
    """Return the value of a key in the type of its field. `name` is the key with its section."""
    if hasattr(default, "parse"):
        return default.parse(value, file)
    if kind in _PATHS:
        return _path(value, file, name)
    if isinstance(default, tuple):
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise SettingsError(f"{file}: {name} takes a list of words")
        return tuple(_text(item, file, name) for item in value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return float("inf")  # the range refuses it
    if type(value) is not type(default):
        raise SettingsError(f"{file}: {name} takes {_KINDS[type(default)]}, not {_brief(value)}")
    return _text(value, file, name) if isinstance(value, str) else value


def _path(value: Any, file: Path, name: str) -> Path:
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{file}: {name} takes a path")
    try:
        return file.parent / Path(_text(value, file, name)).expanduser()
    except RuntimeError:  # "~name" of a user that does not exist
        raise SettingsError(f"{file}: {name}: there is no home folder for {value!r}") from None


def _text(value: str, file: Path, name: str) -> str:
    if any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in value):
        raise SettingsError(f"{file}: {name} takes text without control characters, not {_brief(value)}")
    return value


def _brief(value: Any) -> str:
    """Return a value as it may appear in a message: YAML aliases can make a short file stand for a billion words.

    >>> _brief(2), _brief([["x"] * 99] * 99)
    ('2', '[[...], [...], [...], ...]')
    """
    form = reprlib.Repr()
    form.maxlevel, form.maxlist, form.maxdict = 1, 3, 3
    return form.repr(value)


def check_ranges(
    settings: Any, ranges: Mapping[str, Range], section: str = "", file: Path | None = None
) -> None:
    """Raise SettingsError for the first number that is out of its range, with the key and the range.

    Numbers without an entry in `ranges` have `DEFAULT_RANGE`.
    """
    where = f"{file}: " if file is not None else ""
    prefix = f"{section}." if section else ""
    for f in fields(settings):
        value = getattr(settings, f.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        least, most = ranges.get(f.name, DEFAULT_RANGE)
        if not least <= value <= most:  # true of nan as well
            kind = "whole number" if isinstance(value, int) else "number"
            raise SettingsError(
                f"{where}{prefix}{f.name} is {_brief(value)}; use a {kind} from {least:,} to {most:,}"
            )


def secret(file: Path | None, key: str, variable: str, environment: Mapping[str, str] | None = None) -> str:
    """Return a secret from a file of mode 0600 or, without a file, from an environment variable; empty without either.

    Args:
        file: The file that holds the secret.
        key: The setting that names the file.
        variable: The environment variable.
        environment: The environment; by default that of the process.

    Raises:
        SettingsError: The file cannot be read, or others can read it too. The message never holds the secret.
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
