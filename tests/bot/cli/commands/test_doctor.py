"""The health checks of `strata doctor`."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.build import build
from bot.cli.commands.doctor import diagnose, duration
from bot.settings.settings import Settings
from bot.types import Check
from index import install
from index.models.bundle import DEFAULT, MANIFEST, WORDS
from tests.bot.library import write


@pytest.fixture
def settings(tmp_path: Path, compiled_folder: Path) -> Settings:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/encoders").symlink_to(compiled_folder.parent)
    return Settings(content=write(tmp_path / "content"), index=tmp_path / "index", cache=tmp_path / "cache")


def failed(settings: Settings) -> list[Check]:
    return [check for check in diagnose(settings) if not check.ok]


def test_each_state_of_an_index_has_its_fix(settings: Settings) -> None:
    """Not built, up to date, older than the documents, and damaged."""
    assert [(check.name, check.fix) for check in failed(settings)] == [("index", "strata build")]
    build(settings)
    assert failed(settings) == []
    file = settings.content / "energy/turbines.md"
    file.write_text(file.read_text().replace("2028", "2029"))
    assert [check.message for check in failed(settings)] == [
        "the documents have changed since the index was built"
    ]
    for passages in settings.index_folder().glob("generations/*/passages.jsonl"):
        passages.write_bytes(passages.read_bytes()[:-1])
    assert [(check.name, check.fix) for check in failed(settings)] == [("index", "strata build")]


def test_an_encoder_without_its_table_of_words_is_ok(
    settings: Settings, compiled_folder: Path, tmp_path: Path
) -> None:
    """The check is ok, and its fix adds the table."""
    build(settings)
    folder = tmp_path / "older/encoders" / compiled_folder.name
    shutil.copytree(compiled_folder, folder, ignore=shutil.ignore_patterns(WORDS))
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["files"][WORDS]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    older = replace(settings, cache=tmp_path / "older")
    assert failed(older) == []
    assert [(check.name, check.fix) for check in diagnose(older) if check.fix] == [
        ("encoder", "strata compile")
    ]


@pytest.mark.parametrize(
    ("encoder", "missing", "step"),
    [
        (DEFAULT, "", "strata compile"),
        (DEFAULT, "onnx", f"{install.model_command()} && strata compile"),
        (DEFAULT, "torch", "strata compile"),
        ("some-model", "torch", f"{install.command('compile')} && strata compile"),
    ],
)
def test_the_fix_for_a_missing_encoder_works_in_this_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: str, missing: str, step: str
) -> None:
    """If compiling would fail, the fix installs the missing package first."""
    pytest.importorskip("sentence_transformers")
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    found = failed(Settings(content=write(tmp_path / "content"), cache=tmp_path, encoder=encoder))
    assert [(check.name, check.fix) for check in found] == [
        ("encoder", step),
        ("index", "fix the encoder first"),
    ]


def test_the_fix_for_an_index_that_is_a_file_is_to_name_a_folder(settings: Settings) -> None:
    settings.index_folder().write_text("a file", encoding="utf-8")
    assert [check.fix for check in failed(settings)] == [
        "name a folder: --index FOLDER, or index: in strata.yaml"
    ]


def test_every_extra_is_listed(tmp_path: Path) -> None:
    """An extra that is not installed is ok."""
    found = {check.name: check for check in diagnose(Settings(content=tmp_path / "content", cache=tmp_path))}
    for extra in ("compile", "convert", "eval", "llm"):
        assert found[f"extra [{extra}]"].ok


def test_every_failed_check_of_an_empty_installation_has_a_fix(tmp_path: Path) -> None:
    found = failed(Settings(content=tmp_path / "content", cache=tmp_path))
    assert [check.name for check in found] == ["content", "encoder", "index"]
    assert all(check.fix for check in found)


@given(st.integers(-100, 10**8))
def test_a_duration_has_one_unit(seconds: int) -> None:
    """The unit agrees with the number; a clock that was set back gives 0 seconds."""
    number, unit = duration(timedelta(seconds=seconds)).split()
    assert int(number) >= 0
    assert unit.endswith("s") == (number != "1")
