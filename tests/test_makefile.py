"""The recipe of `make ask`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make_ask(folder: Path, status: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `make ask` without its set-up, with a command that prints its arguments and ends with a status."""
    command = folder / "strata"
    command.write_text(f'#!/bin/sh\nprintf "%s|" "$@"\nexit {status}\n', encoding="utf-8")
    command.chmod(0o755)
    # `make test` runs the tests inside make, whose variables turn on messages such as "Entering directory".
    inherited = {"Q", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    return subprocess.run(
        ["make", "--old-file=.venv/ready-to-ask", "ask", f"BIN={folder}", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "question",
    ["Why is $47 billion a lot?", 'What\'s "HBM"?', "-- -5% growth; why?", "$(shell exit 1) `id` $(Q) $HOME"],
)
def test_a_question_reaches_strata_as_it_was_typed(tmp_path: Path, question: str) -> None:
    """Neither make nor the shell reads a word of it."""
    done = make_ask(tmp_path, 0, f"Q={question}")
    assert (done.returncode, done.stdout) == (0, f"ask|--|{question}|"), done.stderr


def test_an_abstention_is_no_error_of_make(tmp_path: Path) -> None:
    """Exit code 3 is a reply; any other code is a failure."""
    assert (make_ask(tmp_path, 3, "Q=Why?").returncode, make_ask(tmp_path, 3, "Q=Why?").stderr) == (0, "")
    assert make_ask(tmp_path, 1, "Q=Why?").returncode != 0


def test_without_a_question_a_conversation_begins(tmp_path: Path) -> None:
    """`make ask` alone passes no argument."""
    assert make_ask(tmp_path, 0).stdout == "ask|"
