"""What doctor finds."""

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
from bot.cli.doctor import Finding, diagnose, duration
from bot.settings.settings import Settings
from index import install
from index.models.bundle import DEFAULT, MANIFEST, WORDS
from tests.bot.library import write


@pytest.fixture
def settings(tmp_path: Path, compiled_folder: Path) -> Settings:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/encoders").symlink_to(compiled_folder.parent)
    return Settings(content=write(tmp_path / "content"), index=tmp_path / "index", cache=tmp_path / "cache")


def bad(settings: Settings) -> list[Finding]:
    return [finding for finding in diagnose(settings) if not finding.good]


def test_each_state_of_an_index_has_its_finding_and_its_remedy(settings: Settings) -> None:
    """Not built, good, behind the documents, and damaged beyond use."""
    assert [(f.what, f.fix) for f in bad(settings)] == [("index", "strata build")]
    build(settings)
    assert bad(settings) == []
    file = settings.content / "energy/turbines.md"
    file.write_text(file.read_text().replace("2028", "2029"))
    assert [f.state for f in bad(settings)] == ["the documents have changed since the index was built"]
    for passages in settings.index_folder().glob("generations/*/passages.jsonl"):
        passages.write_bytes(passages.read_bytes()[:-1])
    assert [(f.what, f.fix) for f in bad(settings)] == [("index", "strata build")]


def test_an_encoder_without_its_table_of_words_serves(
    settings: Settings, compiled_folder: Path, tmp_path: Path
) -> None:
    """Nothing is wrong with it; the command that adds the table is named."""
    build(settings)
    folder = tmp_path / "older/encoders" / compiled_folder.name
    shutil.copytree(compiled_folder, folder, ignore=shutil.ignore_patterns(WORDS))
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["files"][WORDS]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    older = replace(settings, cache=tmp_path / "older")
    assert bad(older) == []
    assert [(f.what, f.fix) for f in diagnose(older) if f.fix] == [("encoder", "strata compile")]


@pytest.mark.parametrize(
    ("encoder", "missing", "step"),
    [
        (DEFAULT, "", "strata compile"),
        (DEFAULT, "onnx", f"{install.model_command()} && strata compile"),
        (DEFAULT, "torch", "strata compile"),
        ("some-model", "torch", f"{install.command('compile')} && strata compile"),
    ],
)
def test_the_way_to_an_encoder_works_in_this_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: str, missing: str, step: str
) -> None:
    """If compiling would fail, the step before it is named; the index is not blamed for a missing encoder."""
    pytest.importorskip("sentence_transformers")
    if missing:
        monkeypatch.setitem(sys.modules, missing, None)
    found = bad(Settings(content=write(tmp_path / "content"), cache=tmp_path, encoder=encoder))
    assert [(f.what, f.fix) for f in found] == [("encoder", step), ("index", "fix the encoder first")]


def test_an_index_that_is_a_file_has_another_remedy_than_building(settings: Settings) -> None:
    """A build cannot help there: the folder has to be named anew."""
    settings.index_folder().write_text("a file", encoding="utf-8")
    assert [f.fix for f in bad(settings)] == ["name a folder: --index FOLDER, or index: in strata.yaml"]


def test_every_extra_is_listed(tmp_path: Path) -> None:
    """Also those that are not installed, with the command that installs them."""
    found = {f.what: f for f in diagnose(Settings(content=tmp_path / "content", cache=tmp_path))}
    for extra in ("compile", "convert", "eval", "llm"):
        assert found[f"extra [{extra}]"].good


def test_an_encoder_that_cannot_be_compiled_here_has_another_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without torch, `strata compile` alone would only fail again."""
    monkeypatch.setattr("bot.cli.doctor.find_spec", lambda _: None)
    (encoder,) = (
        f for f in bad(Settings(content=tmp_path / "content", cache=tmp_path)) if f.what == "encoder"
    )
    assert encoder.fix == "install the extra [compile] (its command is above), then run: strata compile"
    assert "run:" not in encoder.state


def test_without_encoder_or_content_the_next_step_is_named(tmp_path: Path) -> None:
    """Nothing is there yet, and nothing is raised."""
    found = bad(Settings(content=tmp_path / "content", cache=tmp_path))
    assert [finding.what for finding in found] == ["content", "encoder", "index"]
    assert all(finding.fix for finding in found)


@given(st.integers(-100, 10**8))
def test_an_age_has_one_unit(seconds: int) -> None:
    """A number and a word that agree; a clock that was set back makes it 0."""
    number, unit = duration(timedelta(seconds=seconds)).split()
    assert int(number) >= 0
    assert unit.endswith("s") == (number != "1")
