"""strata.yaml and the environment, read once at the edge into one frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.chat.settings import Discord
from bot.composer import Composer
from bot.errors import SettingsError

DEFAULT_FILE = "strata.yaml"
DEFAULT_ENCODER = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a deployment may choose. A key of strata.yaml is a field of this class."""

    content: Path = Path("content")
    """The library's folder."""
    index: Path | None = None
    """The folder of the generations; by default one in the user's cache folder for each content folder."""
    cache: Path | None = None
    """The folder for compiled encoders and indexes; by default the user's cache folder."""
    gold: Path | None = None
    """The folder or file of the gold questions; by default `gold` or `tests/gold` beside the content folder."""
    encoder: str = DEFAULT_ENCODER
    """Any sentence-transformers model: a name or a folder."""
    query_prefix: str = ""
    """What the encoder reads before a question, where its model needs that and does not bring it along."""
    passage_prefix: str = ""
    """The same before a passage."""
    reranker: str = ""
    """A cross-encoder that was compiled with `strata compile --reranker`: a name or a folder; empty for none."""
    reranked: int = 10
    """How many passages of a question it scores."""
    base_url: str = ""
    """Where the content folder can be read on the web, https only; `{commit}` stands for the content's git commit."""
    branch: str = "main"
    """What `{commit}` becomes where the content's commit is not known."""
    layers: tuple[str, ...] = ("energy", "chips", "infrastructure", "models", "inference", "applications")
    """The value chain, from the most upstream layer to the most downstream one."""
    tolerance: float = 0.0
    """The share of answers that may be wrong, 0 to 1; 0 is what the library's calibration.yaml says, if it has one."""
    sentences: int = 3
    """The most quotations in an answer: 1 to 4."""
    keep: int = 3
    """Old generations kept."""
    threads: int = 0
    """Threads for the encoder; 0 is one for each core that the process may use."""
    composer: Composer = field(default_factory=Composer)
    """The language model that joins quotations to a text, if any; see README, "Composed answers"."""
    discord: Discord = field(default_factory=Discord)
    """The bot; see README, "Run it on Discord"."""

    def cache_folder(self) -> Path:
        """Where compiled encoders and, by default, indexes live."""
        if self.cache is not None:
            return self.cache
        import platformdirs

        return Path(platformdirs.user_cache_dir("strata"))

    def index_folder(self) -> Path:
        """Where this library's generations live: one folder for each content folder unless it is set."""
        if self.index is not None:
            return self.index
        return self.indexes_folder() / self.library_name()

    def library_name(self) -> str:
        """Return the library's name for folders of its own: the content folder's, and a hash of its path."""
        content = self.content.resolve()
        return f"{content.name}-{sha256(os.fsencode(content)).hexdigest()[:8]}"

    def indexes_folder(self) -> Path:
        """Return the folder of the indexes that have no folder of their own in the settings."""
        return self.cache_folder() / "indexes"

    def gold_path(self) -> Path:
        """Where the gold questions are, or would be."""
        if self.gold is not None:
            return self.gold
        named = self.content.name not in {"", ".."}
        beside = self.content.parent if named else self.content.resolve().parent
        other = beside / "tests" / "gold"
        return other if other.exists() and not (beside / "gold").exists() else beside / "gold"


_PATHS = {"content", "index", "cache", "gold"}
_LISTS = {"layers"}


def load(
    file: Path | None = None, environment: Mapping[str, str] | None = None, **overrides: Any
) -> Settings:
    """Settings from strata.yaml (`file`, or the one in the working folder, if any), then STRATA_* variables, then `overrides`.

    Relative paths of the file are relative to its folder. Overrides that are None count as not given.
    Raises SettingsError that names the file, the key and what it takes.
    """
    environment = os.environ if environment is None else environment
    if file is None and "STRATA_SETTINGS" in environment:
        file = Path(environment["STRATA_SETTINGS"])
    if file is None:
        values = _read(Path(DEFAULT_FILE)) if Path(DEFAULT_FILE).is_file() else {}
    elif file.is_file():
        values = _read(file)
    else:
        raise SettingsError(f"{file}: there is no such settings file")
    for name in ("content", "index", "cache"):
        if given := environment.get(f"STRATA_{name.upper()}"):
            values[name] = Path(given)
    values.update({key: value for key, value in overrides.items() if value is not None})
    return check(replace(Settings(), **values))


def check(settings: Settings) -> Settings:
    """The same settings; raises SettingsError for a value out of range."""
    if settings.base_url and not settings.base_url.startswith("https://"):
        raise SettingsError(f"base_url: {settings.base_url!r} is not an https address")
    if not 0 <= settings.tolerance < 1:
        raise SettingsError(f"tolerance: {settings.tolerance} is not a share from 0 to 1")
    if not 1 <= settings.sentences <= 4:
        raise SettingsError(f"sentences: {settings.sentences} is not between 1 and 4")
    if not 1 <= settings.reranked <= 50:
        raise SettingsError(f"reranked: {settings.reranked} is not between 1 and 50")
    if settings.keep < 1:
        raise SettingsError(f"keep: {settings.keep} is less than 1")
    if settings.threads < 0:
        raise SettingsError(f"threads: {settings.threads} is less than 0")
    return settings


def _read(file: Path) -> dict[str, Any]:
    import yaml

    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise SettingsError(f"{file}:{line}: {getattr(fault, 'problem', None) or 'not YAML'}") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{file}: cannot be read: {fault}") from None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise SettingsError(f"{file}:1: settings are `key: value` lines")
    known = {f.name: f.type for f in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in known:
            raise SettingsError(f"{file}: unknown key {key!r}; the keys are {', '.join(sorted(known))}")
        values[key] = _typed(file, key, value)
    return values


def _typed(file: Path, key: str, value: Any) -> Any:
    if key in _PATHS:
        if not isinstance(value, str):
            raise SettingsError(f"{file}: {key} takes a path")
        return file.parent / Path(value).expanduser()
    if key in _LISTS:
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise SettingsError(f"{file}: {key} takes a list of words")
        return tuple(value)
    if key == "discord":
        return Discord.parse(value, file)
    if key == "composer":
        return Composer.parse(value, file)
    default = getattr(Settings(), key)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(default):
        raise SettingsError(f"{file}: {key} takes {_NAMES[type(default)]}, not {value!r}")
    return value


_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
