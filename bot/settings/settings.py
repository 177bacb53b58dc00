"""The settings of strata.yaml and the environment, read once at the edge into one frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from bot.errors import SettingsError
from bot.settings import validation
from bot.settings.composer import Composer
from bot.settings.discord import Discord

if (
    TYPE_CHECKING
):  # imported by `validation` if there is a settings file, so that `strata ask` starts sooner without one
    from msgspec import Meta

DEFAULT_FILE = "strata.yaml"
DEFAULT_ENCODER = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of a deployment. Each field is a key of strata.yaml."""

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
    """The prefix of questions, for an encoder that needs one and whose files do not name it."""
    passage_prefix: str = ""
    """The prefix of passages, for such an encoder."""
    reranker: str = ""
    """A cross-encoder that was compiled with `strata compile --reranker`: a name or a folder; empty without one."""
    reranked: Annotated[int, Meta(ge=1, le=50)] = 10
    """The number of passages that the reranker scores for a question."""
    base_url: str = ""
    """The https address of the content folder on the web; `{commit}` stands for the content's git commit."""
    branch: str = "main"
    """The replacement for `{commit}` if the commit of the content is not known."""
    layers: tuple[str, ...] = ("energy", "chips", "infrastructure", "models", "inference", "applications")
    """The value chain, from the most upstream layer to the most downstream one."""
    tolerance: Annotated[float, Meta(ge=0, le=0.99)] = 0.0
    """The share of answers that may be wrong; 0 uses the library's calibration.yaml, if it has one."""
    sentences: Annotated[int, Meta(ge=1, le=4)] = 3
    """The greatest number of quotations in an answer."""
    keep: Annotated[int, Meta(ge=1, le=1_000)] = 3
    """The number of old generations to keep."""
    threads: Annotated[int, Meta(ge=0, le=256)] = 0
    """The threads of the encoder; 0 means one for each core that the process may use."""
    composer: Composer = field(default_factory=Composer)
    """The language model that turns quotations into a text, if any; see bot/README.md, "Composed answers"."""
    discord: Discord = field(default_factory=Discord)
    """The bot; see README, "Run it on Discord"."""

    def cache_folder(self) -> Path:
        """Return the folder for compiled encoders and, by default, indexes."""
        if self.cache is not None:
            return self.cache
        import platformdirs

        return Path(platformdirs.user_cache_dir("strata"))

    def index_folder(self) -> Path:
        """Return the folder of this library's generations: one for each content folder unless `index` is set."""
        if self.index is not None:
            return self.index
        return self.indexes_folder() / self.library_name()

    def library_name(self) -> str:
        """Return the name of the library's own folders: the name of the content folder and a hash of its path."""
        content = self.content.resolve()
        return f"{content.name}-{sha256(os.fsencode(content)).hexdigest()[:8]}"

    def indexes_folder(self) -> Path:
        """Return the folder of the indexes that have no folder of their own in the settings."""
        return self.cache_folder() / "indexes"

    def gold_path(self) -> Path:
        """Return the path of the gold questions, whether or not it exists."""
        if self.gold is not None:
            return self.gold
        named = self.content.name not in {"", ".."}
        beside = self.content.parent if named else self.content.resolve().parent
        other = beside / "tests" / "gold"
        return other if other.exists() and not (beside / "gold").exists() else beside / "gold"


def load(
    file: Path | None = None, environment: Mapping[str, str] | None = None, **overrides: Any
) -> Settings:
    """Return the settings of strata.yaml, then of STRATA_* variables, then `overrides`; the last one wins.

    Args:
        file: The settings file; by default STRATA_SETTINGS or the one in the working folder, if any. Its relative
            paths are relative to its folder.
        environment: The environment; by default that of the process.
        overrides: Fields of Settings with values of their type. None counts as not given.

    Raises:
        SettingsError: A value is wrong; the message names the file, the key and what the key takes.
    """
    environment = os.environ if environment is None else environment
    if file is None and "STRATA_SETTINGS" in environment:
        file = Path(environment["STRATA_SETTINGS"])
    if file is None:
        settings = _read(Path(DEFAULT_FILE)) if Path(DEFAULT_FILE).is_file() else Settings()
    elif file.is_file():
        settings = _read(file)
    else:
        raise SettingsError(f"{file}: there is no such settings file")
    values: dict[str, Any] = {
        name: Path(given)
        for name in ("content", "index", "cache")
        if (given := environment.get(f"STRATA_{name.upper()}"))
    }
    values |= {key: value for key, value in overrides.items() if value is not None}
    settings = replace(settings, **values)
    if settings.base_url and not settings.base_url.startswith("https://"):
        raise SettingsError(f"base_url: {settings.base_url!r} is not an https address")
    return settings


def _read(file: Path) -> Settings:
    """Return the settings of a file. Raises SettingsError with the line where YAML names one."""
    import yaml

    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise SettingsError(f"{file}:{line}: {getattr(fault, 'problem', None) or 'not YAML'}") from None
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "not UTF-8 text"
        raise SettingsError(f"{file}: cannot be read: {reason}") from None
    except ValueError as fault:  # PyYAML leaves impossible dates and huge numbers to Python: 2026-13-45
        raise SettingsError(f"{file}: a value cannot be read: {fault}") from None
    except RecursionError:
        raise SettingsError(f"{file}: the values are nested too deeply") from None
    if raw is not None and not isinstance(raw, dict):
        raise SettingsError(f"{file}:1: settings are `key: value` lines")
    return validation.parse(Settings, raw, file)
