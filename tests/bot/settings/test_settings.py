"""Settings from strata.yaml, the environment and the command line, in that order."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.settings.settings import Settings, load
from bot.settings.validation import parse


def written(folder: Path, text: str) -> Path:
    file = folder / "strata.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_everything_has_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(environment={}) == Settings() == load(written(tmp_path, ""), {})


def test_paths_of_a_file_are_relative_to_its_folder(tmp_path: Path) -> None:
    found = load(written(tmp_path, "content: docs\nindex: /var/index\n"), {})
    assert (found.content, found.index) == (tmp_path / "docs", Path("/var/index"))


def test_the_environment_overrides_the_file_and_the_command_line_overrides_both(tmp_path: Path) -> None:
    file = written(tmp_path, "content: a\ncache: a\n")
    environment = {"STRATA_CONTENT": "b", "STRATA_INDEX": "b", "STRATA_SETTINGS": str(file)}
    found = load(None, environment, content=Path("c"), index=None)
    assert (found.content, found.index, found.cache) == (Path("c"), Path("b"), tmp_path / "a")


def test_strata_yaml_in_the_working_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "sentences: 2\nlayers: [a, b]\n")
    monkeypatch.chdir(tmp_path)
    found = load(environment={})
    assert (found.sentences, found.layers) == (2, ("a", "b"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sentences: 5", "sentences is 5; use a whole number from 1 to 4"),
        ("sentences: two", "takes a whole number"),
        ("sentences: true", "takes a whole number"),
        ("reranked: 0", "reranked is 0; use a whole number from 1 to 50"),
        ("reranked: 51", "reranked is 51; use a whole number from 1 to 50"),
        ("keep: 0", "keep is 0; use a whole number from 1 to 1,000"),
        ("keep: 100000", "from 1 to 1,000"),
        ("threads: -1", "threads is -1; use a whole number from 0 to 256"),
        ("threads: 99999", "threads is 99999; use a whole number from 0 to 256"),
        ("tolerance: .nan", "tolerance is nan; use a number from 0 to 0.99"),
        ("tolerance: 1", "tolerance is 1; use a number from 0 to 0.99"),
        (f"tolerance: {10**400}", "0000; use a number from 0 to 0.99"),
        (f"threads: 0x{'f' * 9_999}", "threads is a number of 39,996 bits; use a whole number from 0 to 256"),
        ("threads:", "threads takes a whole number, not None"),
        ("sentences: 3.5", "sentences takes a whole number, not 3.5"),
        ("tolerance: 2026-13-45", "strata.yaml: a value cannot be read: month must be in 1..12"),
        ('content: "a\\0b"', "content takes text without control characters"),
        ('encoder: "a\\eb"', "encoder takes text without control characters"),
        ('layers: ["a\\0b"]', "layers takes text without control characters"),
        ("content: ~nobody-of-this-name/docs", "content: there is no home folder for"),
        ("content: ''", "content takes a path"),
        (f"layers: {'[' * 3000}", "strata.yaml"),
        ("base_url: http://example.org", "not an https address"),
        ("layers: chips", "takes a list of words"),
        ("content: 3", "takes a path"),
        ("contents: docs", "unknown key 'contents'; did you mean content?"),
        ("volume: 3", "unknown key 'volume'; the keys are base_url, branch, cache, composer, content, "),
        ("1: 2", "unknown key 1"),
        ("- a", "`key: value`"),
        ("a: [", "strata.yaml:1: "),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
    ],
)
def test_a_wrong_value_is_refused_with_its_file_its_key_and_what_the_key_takes(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingsError) as fault:
        load(written(tmp_path, text), {})
    assert message in str(fault.value)


def test_a_missing_or_binary_settings_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such settings file"):
        load(tmp_path / "none.yaml", {})
    file = tmp_path / "strata.yaml"
    file.write_bytes(b"content: \xff")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(file, {})


def test_a_message_about_an_alias_bomb_is_short(tmp_path: Path) -> None:
    """YAML aliases that repeat each other expand to a billion words."""
    lines = ["&a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"&{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    with pytest.raises(SettingsError, match="threads takes a whole number") as fault:
        load(written(tmp_path, "threads:\n" + "".join(f"  - {line}\n" for line in lines)), {})
    assert len(str(fault.value)) < 300


def test_every_number_has_an_upper_limit(tmp_path: Path) -> None:
    for section in (Settings(), Settings().discord, Settings().composer):
        for f in fields(section):
            value = getattr(section, f.name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                name = {"Settings": "", "Discord": "discord", "Composer": "composer"}[type(section).__name__]
                line = f"{f.name}: {2**63}"
                text = (
                    f"{name}: {{url: 'http://localhost', model: m, {line}}}" if name == "composer" else line
                )
                text = f"discord: {{{line}}}" if name == "discord" else text
                with pytest.raises(SettingsError, match=rf"{f.name} is .*; use a (whole )?number from"):
                    load(written(tmp_path, text), {})


@given(st.integers(1, 4), st.integers(1, 1000), st.floats(0, 0.99))
def test_a_value_in_its_range_is_read_as_it_is(sentences: int, keep: int, tolerance: float) -> None:
    raw = {"sentences": sentences, "keep": keep, "tolerance": tolerance}
    found = parse(Settings, raw, Path("strata.yaml"))
    assert found == Settings(sentences=sentences, keep=keep, tolerance=tolerance)


def test_a_path_that_is_empty_in_the_file_has_its_default(tmp_path: Path) -> None:
    assert load(written(tmp_path, "index:\n"), {}).index is None


def test_msgspec_is_not_imported_without_a_settings_file(tmp_path: Path) -> None:
    """The import takes as long as a tenth of a question."""
    code = "import sys; from bot.settings.settings import load; load(environment={}); assert 'msgspec' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_each_content_folder_has_an_index_of_its_own(tmp_path: Path) -> None:
    """Two folders with the same name have two indexes; two paths to the same folder have one index."""
    one, two = (Settings(content=tmp_path / name / "content", cache=tmp_path) for name in "ab")
    assert one.index_folder() != two.index_folder()
    again = Settings(content=tmp_path / "b" / ".." / "a" / "content", cache=tmp_path)
    assert one.index_folder() == again.index_folder()
    assert Settings(index=tmp_path).index_folder() == tmp_path


def test_gold_questions_are_beside_the_content_folder_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is `gold`, or `tests/gold` if only that exists, also if the working folder is the content folder."""
    monkeypatch.chdir(tmp_path)
    assert Settings().gold_path() == Path("gold")
    (tmp_path / "tests" / "gold").mkdir(parents=True)
    assert Settings().gold_path() == Path("tests/gold")
    (tmp_path / "gold").mkdir()
    assert Settings().gold_path() == Path("gold")
    assert load(written(tmp_path, "gold: questions\n"), {}).gold_path() == tmp_path / "questions"
    (tmp_path / "content").mkdir()
    monkeypatch.chdir(tmp_path / "content")
    assert Settings(content=Path()).gold_path() == tmp_path / "gold"
