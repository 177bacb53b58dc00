"""What reaches a terminal, a pipe or a full disk: encodings, colours, control characters and failures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.console import activity, colour, json_text, left_out_files, one_line, safe
from index.build.builder import Report
from index.types import Problem
from tests.bot.cli.terminal import Terminal

ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"
BAD_NAME = "b\x1b]0;title\x07\x9b\nx.md"


@pytest.fixture
def strata(tmp_path: Path, compiled_folder: Path) -> Terminal:
    return Terminal(tmp_path, compiled_folder.parent)


def controls(text: str) -> list[str]:
    """Return the control characters of an output, except line feeds and the styles of Strata."""
    plain = re.sub(r"\x1b\[\d+m", "", text)
    return [char for char in plain if char != "\n" and (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0)]


def is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.startswith("error: ") and "Traceback" not in text


@given(st.text())
def test_no_text_steers_the_terminal(text: str) -> None:
    """Only line feeds and bold, faint and coloured text pass."""
    assert not controls(safe(text))
    assert "\n" not in one_line(text)
    assert not controls(one_line(text))


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_stays_the_same_value_without_control_characters(value: object) -> None:
    """Every control character is escaped, lone surrogates included, so that the text can always be written."""
    text = json_text(value)
    assert not controls(text)
    assert text.encode()
    assert json.loads(text) == value


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"TERM": "dumb"}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"FORCE_COLOR": ""}, None),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_the_environment_decides_about_colours(environment: dict[str, str], expected: bool | None) -> None:
    """An empty variable counts as not set; without a wish each stream decides for itself."""
    assert colour(environment) is expected


def test_work_that_takes_long_says_what_it_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the limit, once for each part of the work; what is over before it stays silent."""
    with activity("reading the documents") as shown:
        shown.show(1, 5)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("bot.cli.console.SILENT_SECONDS", 0.0)
    with activity("reading the documents") as shown:
        said = wait_for(capsys, "reading the documents\n")
        shown.begin("compiling the encoder")
        said += wait_for(capsys, "compiling the encoder\n")
        for done in (1, 2, 5):
            shown.show(done, 5)
    assert (
        said + capsys.readouterr().err == "reading the documents\ncompiling the encoder\nencoding 5 texts\n"
    )


def wait_for(capsys: pytest.CaptureFixture[str], expected: str) -> str:
    """Return what standard error has got once it ends with a line."""
    end, said = time.monotonic() + 30, ""
    while not said.endswith(expected):
        assert time.monotonic() < end
        time.sleep(0.01)
        said += capsys.readouterr().err
    return said


def test_colours_are_for_a_terminal_that_wants_them(strata: Terminal) -> None:
    """NO_COLOR and TERM=dumb hold for every command; FORCE_COLOR colours a pipe."""
    strata("build")
    for words in (("ask", ASKED), ("search", "Anthropic revenue"), ("doctor",)):
        assert "\x1b[" not in strata(*words).stdout
    assert "\x1b[" in strata("search", "Anthropic revenue", FORCE_COLOR="1").stdout
    assert "\x1b[1m" in strata.on_a_terminal("search", "Anthropic revenue", NO_COLOR="")[1]
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        for words in (("search", "Anthropic revenue"), ("doctor",)):
            assert "\x1b[" not in strata.on_a_terminal(*words, **variables)[1]


def test_names_of_files_are_printed_without_control_characters(strata: Terminal) -> None:
    """A file may be called like an escape sequence; every command shows its name on one line."""
    (strata.content / BAD_NAME).write_text("# Wine\n\nThe Barolo costs 45 euros. [^x]\n", encoding="utf-8")
    (strata.content / BAD_NAME.replace(".md", ".pdf")).write_bytes(b"\x00")
    for words in (
        ("build", "--full"),
        ("ask", "What does the Barolo cost?", "--explain"),
        ("ask", "What does the Barolo cost?", "--json", "--explain"),
        ("search", "Barolo"),
        ("check",),
        ("doctor",),
        ("ask", "--content", BAD_NAME, "What?"),
        ("ask", "--\x1b]0;x\x07"),
        ("eval", BAD_NAME),
        ("replay", BAD_NAME),
    ):
        done = strata(*words)
        assert not controls(done.stdout + done.stderr), words
        assert "Traceback" not in done.stderr, words
    assert "b ]0;title   x.md:3" in strata("ask", "What does the Barolo cost?").stdout
    conversation = strata("ask", input="What does the Barolo cost?\nand \x1b]0;x\x07?\n")
    assert not controls(conversation.stdout + conversation.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(strata: Terminal) -> None:
    """Standard output and a results file; nothing more comes when Python ends."""
    strata("build")
    (strata.folder / "q.jsonl").write_text(json.dumps({"id": "a", "question": ASKED}), encoding="utf-8")
    for line in (
        f'$strata ask "{ASKED}" > /dev/full',
        f'$strata ask "{ASKED}" --json > /dev/full',
        "$strata run q.jsonl --out /dev/full",
        "$strata run q.jsonl > /dev/full",
    ):
        done = strata.shell(line)
        assert (done.returncode, done.stdout) == (1, ""), line
        assert done.stderr.splitlines()[-1] == "error: cannot write the output: No space left on device", line
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
    assert strata.shell("$strata nonsense 2> /dev/full").returncode == 2


def test_a_reader_that_has_gone_is_no_failure(strata: Terminal) -> None:
    """`| head -1` ends the command quietly."""
    strata("build")
    done = strata.shell("set -o pipefail; $strata search Anthropic revenue | head -1")
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    assert strata.shell("$strata search Anthropic >&-; echo $?").stdout == "0\n"


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_a_terminal_without_utf_8_gets_the_nearest_characters(
    strata: Terminal, variables: dict[str, str]
) -> None:
    """Quotation marks become ASCII, and JSON stays the same value."""
    done = strata("ask", ASKED, **variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("\"Anthropic's revenue run rate was $9 billion")
    assert "Anthropic > Revenue" in done.stdout
    reply = json.loads(strata("ask", ASKED, "--json", **variables).stdout)
    assert reply["citations"][0]["sources"][0]["publisher"] == "Anthropic"


def test_input_that_is_not_text_is_read_as_well_as_can_be(strata: Terminal) -> None:
    """Bytes that are not UTF-8 on standard input and in arguments cause no traceback."""
    assert strata("ask", "-", input=f"{ASKED} caf\udce9").returncode == 0
    done = strata("replay", b"\xff")
    assert done.returncode == 1
    assert is_one_line(done.stderr)


def test_an_unexpected_failure_is_one_line_and_its_traceback_is_a_variable_away(strata: Terminal) -> None:
    """The line names the variable that prints the traceback."""
    code = (
        "import sys, bot.cli.commands.ask, bot.cli.main; sys.argv = ['strata', 'ask', 'Hi']\n"
        "bot.cli.main.cli.commands['ask'].callback = lambda **_: {}['two\\nlines']\n"
        "bot.cli.main.main()"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, env=strata.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert is_one_line(done.stderr)
    assert "unexpected error: KeyError" in done.stderr
    assert "STRATA_DEBUG=1" in done.stderr
    full = subprocess.run(
        run, env=strata.environment(STRATA_DEBUG="1"), capture_output=True, text=True, check=False
    )
    assert "Traceback" in full.stderr
    assert "error: unexpected error: KeyError" in full.stderr


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "ImportError('x') from KeyboardInterrupt()"])
def test_ctrl_c_while_python_imports_is_quiet(raised: str) -> None:
    """The entry point catches the interrupt before it imports anything of Strata."""
    code = (
        "import sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'click': raise {raised}\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from bot.__main__ import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "stopped\n")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("tolerance: 2026-13-45", "a value cannot be read: month must be in 1..12"),
        ('content: "a\\0b"', "content takes text without control characters"),
        ("threads: 99999", "threads is 99999; use a whole number from 0 to 256"),
    ],
)
def test_a_wrong_setting_is_one_line(strata: Terminal, settings: str, message: str) -> None:
    """The line names the file or key and what the key takes."""
    (strata.folder / "strata.yaml").write_text(settings, encoding="utf-8")
    done = strata("ask", "Hi")
    assert (done.returncode, is_one_line(done.stderr)) == (1, True), done.stderr
    assert message in done.stderr


def test_deeply_nested_json_is_one_line(strata: Terminal) -> None:
    """The line has the number of the line in the file."""
    (strata.folder / "q.jsonl").write_text("[" * 100_000, encoding="utf-8")
    done = strata("run", "q.jsonl")
    assert (done.returncode, is_one_line(done.stderr)) == (1, True), done.stderr
    assert "q.jsonl:1: " in done.stderr


def test_check_fix_on_a_full_disk_is_one_line(strata: Terminal) -> None:
    """The limit of a file's size stands in for a full disk: the write fails, and the document is as before."""
    before = (strata.content / "models/anthropic.md").read_bytes()
    done = strata.shell("trap '' XFSZ; ulimit -f 0; $strata check --fix")
    assert done.returncode == 1
    assert "error: content/models/anthropic.md cannot be written (" in done.stderr
    assert "Traceback" not in done.stderr
    assert (strata.content / "models/anthropic.md").read_bytes() == before


def test_a_folder_without_documents_is_the_first_thing_said(tmp_path: Path) -> None:
    """Before the encoder is looked for, and without an index folder left behind."""
    variables = {"STRATA_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(Path(__file__).parents[3])}
    for words in (["ask", "Hi"], ["ask"], ["search", "Hi"], ["build"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=tmp_path, env={**os.environ, **variables}, capture_output=True, text=True, check=False, input="",
        )  # fmt: skip
        assert (done.returncode, is_one_line(done.stderr)) == (1, True), done.stderr
        assert "there is no documents folder content" in done.stderr
        assert "--content FOLDER" in done.stderr
    assert not (tmp_path / "cache").exists()


def test_a_build_says_how_many_files_are_left_out_and_why() -> None:
    problems = (Problem("a.pdf", 1, "is a scan"), Problem("b.md", 3, "the date is odd", fatal=False))
    report = Report("g", 3, 9, 20, 0, 9, 0, 29, False, 0.1, problems, {".key": 2}, 4)
    assert left_out_files(report) == (
        "passed over: 2 files (2 .key); ignored: 4; not readable: 1 file; run: strata check"
    )
    assert left_out_files(replace(report, problems=problems[1:], passed_over={}, ignored=0)) == ""
