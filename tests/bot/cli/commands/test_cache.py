"""The commands on the cache folder, and what doctor says of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.commands.cache import cache, stale_indexes
from bot.cli.commands.doctor import diagnose
from bot.settings.settings import Settings
from index.build.builder import build
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.bot.library import write


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of the first of three libraries: "gone" was deleted and "other" is still there."""
    monkeypatch.setenv("STRATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("STRATA_CONTENT", str(tmp_path / "mine"))
    monkeypatch.chdir(tmp_path)
    for name in ("other", "gone", "mine"):
        settings = Settings(content=write(tmp_path / name), cache=tmp_path / "cache")
        build(settings.content, Store(settings.index_folder()), BagOfWords())
    shutil.rmtree(tmp_path / "gone")
    return settings


def run(*words: str) -> Result:
    return CliRunner().invoke(cache, words, standalone_mode=False)


def names(tmp_path: Path) -> set[str]:
    return {path.name.split("-")[0] for path in (tmp_path / "cache/indexes").iterdir()}


def test_the_index_of_a_library_that_is_gone_is_listed_and_removed(
    settings: Settings, tmp_path: Path
) -> None:
    (stale,) = stale_indexes(settings)
    assert stale.library == tmp_path / "gone"
    assert stale.size > 1000
    assert [c.message for c in diagnose(settings) if c.name == "unused index"] == [str(stale)]
    assert str(stale.folder) in run("prune", "--dry-run").stdout
    assert names(tmp_path) == {"mine", "other", "gone"}
    done = run("prune")
    assert (done.return_value, done.stdout) == (0, f"{stale}\n")
    assert done.stderr.startswith("removed ")
    assert names(tmp_path) == {"mine", "other"}
    assert run("prune").stdout == ""


def test_an_index_without_a_record_is_removed_unless_it_is_that_of_the_settings(
    settings: Settings, tmp_path: Path
) -> None:
    """Versions before did not record the library."""
    for index in (tmp_path / "cache/indexes").iterdir():
        (index / "LIBRARY").unlink()
    assert "unknown library" in run("prune").stdout
    assert names(tmp_path) == {"mine"}
    build(settings.content, Store(settings.index_folder()), BagOfWords())
    assert Store(settings.index_folder()).library_folder() == settings.content


def test_an_index_that_is_open_or_being_built_is_kept(settings: Settings, tmp_path: Path) -> None:
    """A bot goes on answering after its documents were moved away."""
    (stale,) = stale_indexes(settings)
    store = Store(stale.folder)
    with store.current():
        done = run("prune")
        assert (done.return_value, "in use" in done.stderr) == (1, True)
    with store.lock():
        assert run("prune").return_value == 1
    assert names(tmp_path) == {"mine", "other", "gone"}
    with store.current() as generation:
        assert generation.manifest.documents == 2
    assert run("prune").return_value == 0


def test_other_folders_of_the_cache_are_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "cache/indexes/notes").mkdir()
    (tmp_path / "cache/indexes/file").touch()
    (tmp_path / "cache/encoders").mkdir()
    assert run("prune").return_value == 0
    assert names(tmp_path) == {"mine", "other", "notes", "file"}
    assert (tmp_path / "cache/encoders").is_dir()
    assert stale_indexes(settings) == []


@pytest.mark.usefixtures("settings")
def test_the_cache_folder_is_printed(tmp_path: Path) -> None:
    assert run("dir").stdout == f"{tmp_path / 'cache'}\n"


def test_a_build_of_a_folder_that_is_missing_leaves_nothing_behind(tmp_path: Path) -> None:
    from bot.build import build as build_library
    from index.errors import ContentError

    settings = Settings(content=tmp_path / "missing", cache=tmp_path / "cache")
    with pytest.raises(ContentError, match="missing"):
        build_library(settings, encoder=BagOfWords())
    assert not (tmp_path / "cache").exists()
