"""The validation of strata.yaml: its values become the fields of a dataclass; secrets are read from other files."""

from __future__ import annotations

import os
import re
import reprlib
import stat
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from bot.errors import SettingsError

T = TypeVar("T")

MAX_NUMBER = 1_000_000
"""The greatest value of a number whose field names no range, and whose least value is 0, so that no number is unbounded."""

_KINDS: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    tuple: "a list of words",
}
_CONTROL_CHARACTER = re.compile(
    r"[\x00-\x1f"  # C0: \x00 ends a path in the operating system, \x1b begins an escape sequence in a terminal
    r"\x7f-\x9f]"  # DEL and C1: \x9b begins an escape sequence as well
)
_MIN_SIMILARITY = 65
"""The least similarity of an unknown key to the key that is suggested, from 0 to 100: "uri" and "url" have 67."""
_NO_SECRETS: Mapping[str, tuple[str, str]] = {}


def parse(
    cls: type[T],
    raw: Any,
    file: Path,
    section: str = "",
    secrets: Mapping[str, tuple[str, str]] = _NO_SECRETS,
) -> T:
    """Return the settings of a section of strata.yaml as an instance of a dataclass whose fields all have defaults.

    msgspec converts each value to the type of its field. `Annotated[int, Meta(ge=1, le=50)]` is a number from 1 to 50.

    Args:
        cls: The dataclass. A field whose type has a method `parse(raw, file)` is a section of its own.
        raw: The section as YAML read it.
        file: The settings file; its paths are relative to its folder.
        section: The section's key; empty for the whole file.
        secrets: Keys that must not be in the file, each with the environment variable and the key of a secret's file
            to use instead.

    Raises:
        SettingsError: A key is unknown, or a value has the wrong type or is out of range. The message names the file,
            the key, and what the key takes.
    """
    if raw is None:
        return cls()
    if not isinstance(raw, dict):
        raise SettingsError(f"{file}: {section or 'the file'} takes `key: value` lines")
    hints = _hints(cls)
    prefix = f"{section}." if section else ""
    for key in raw:
        if key in secrets:
            variable, instead = secrets[key]
            raise SettingsError(
                f"{file}: {prefix}{key} does not belong in a settings file; set {variable} "
                f"or name a file of mode 0600 with {instead}"
            )
        if key not in hints:
            name = f"{section}.{key}" if section else _brief(key)
            raise SettingsError(f"{file}: unknown key {name}; {_suggestion(key, sorted(hints))}")
    return cls(**{key: _value(hints[key], value, file, f"{prefix}{key}") for key, value in raw.items()})


def _hints(cls: type) -> dict[str, Any]:
    """Return the type of each field of a dataclass, numbers with their ranges."""
    from msgspec import Meta

    bounds = Meta(ge=0, le=MAX_NUMBER)
    hints = get_type_hints(cls, localns={"Meta": Meta}, include_extras=True)
    return {
        field.name: Annotated[hint, bounds] if (hint := hints[field.name]) in {int, float} else hint
        for field in fields(cls)
    }


def _suggestion(key: Any, known: list[str]) -> str:
    """Return the next step for an unknown key: the key that was probably meant, or else all keys."""
    from rapidfuzz.process import extractOne

    near = extractOne(str(key), known, score_cutoff=_MIN_SIMILARITY)
    return f"did you mean {near[0]}?" if near else f"the keys are {', '.join(known)}"


def _value(hint: Any, value: Any, file: Path, name: str) -> Any:
    """Return a value in the type `hint`. `name` is its key with the section."""
    from msgspec import ValidationError, convert

    if hasattr(hint, "parse"):
        return hint.parse(value, file)
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and _CONTROL_CHARACTER.search(text):
            raise SettingsError(f"{file}: {name} takes text without control characters, not {_brief(text)}")
    try:
        return convert(value, hint, dec_hook=lambda _, path: _path(path, file, name))
    except ValidationError:
        raise SettingsError(f"{file}: {name} {_problem(hint, value)}") from None


def _path(value: Any, file: Path, name: str) -> Path:
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{file}: {name} takes a path, not {_brief(value)}")
    try:
        return file.parent / Path(value).expanduser()
    except RuntimeError:  # "~name" of a user that does not exist
        raise SettingsError(f"{file}: {name}: there is no home folder for {value!r}") from None


def _problem(hint: Any, value: Any) -> str:
    """Return what is wrong with a value that msgspec refuses: its range or its type."""
    if get_origin(hint) is not Annotated:
        return f"takes {_KINDS[get_origin(hint) or hint]}, not {_brief(value)}"
    number, bounds = get_args(hint)
    is_number = isinstance(value, int | number) and not isinstance(value, bool)
    if is_number:
        return f"is {_brief(value)}; use {_KINDS[number]} from {bounds.ge:,} to {bounds.le:,}"
    return f"takes {_KINDS[number]}, not {_brief(value)}"


def _brief(value: Any) -> str:
    """Return a value in a form short enough for a message: YAML aliases can make a short file expand to a billion words.

    >>> _brief(2), _brief([["x"] * 99] * 99), _brief(1 << 99_999)
    ('2', '[[...], [...], [...], ...]', 'a number of 100,000 bits')
    """
    form = reprlib.Repr()
    form.maxlevel, form.maxlist, form.maxdict = 1, 3, 3
    try:
        return form.repr(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return f"a number of {value.bit_length():,} bits" if isinstance(value, int) else type(value).__name__


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
        reason = fault.strerror if isinstance(fault, OSError) else "not UTF-8 text"
        raise SettingsError(f"{file}, which {key} names, cannot be read ({reason})") from None


def check_private(file: Path, key: str) -> None:
    """Raise SettingsError if the file that the setting `key` names is missing, or anybody but its owner can read it."""
    try:
        mode = file.stat().st_mode
    except OSError as fault:
        raise SettingsError(f"{file}, which {key} names, cannot be read ({fault.strerror})") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise SettingsError(f"{file} can be read by others; run: chmod 600 {file}")
