"""A conversation at a prompt, in which a follow-up may refer to the question before it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.errors import BotFault
from bot.question.intent import intent
from index.errors import IndexFault

PROMPT = "? "
MAX_HISTORY_LINES = 1000
_ENDS = {"exit", "quit", ":q"}


SOURCES = "sources"
"""The line that asks for all sources of the last reply."""


def converse(
    reply: Callable[[str], str],
    follow: Callable[[str, str], str],
    history: Path,
    say: Callable[[str], None],
    sources: Callable[[], str] = str,
) -> None:
    """Read questions and print replies until the end of input, `exit` or Ctrl-C at the prompt.

    Small talk is not remembered: after "thanks", "and xAI?" still refers to the question before it.

    Args:
        reply: Returns the text of the reply to a question.
        follow: Returns a question and the question before it as a question that stands alone.
        history: The file that keeps questions for the arrow keys.
        say: Prints a text.
        sources: Returns all sources of the last reply as text; empty if it has no sources.
    """
    before = ""
    for line in _lines(history):
        if line.lower() == SOURCES and (listed := sources()):
            say(f"{listed}\n")
            continue
        question = follow(line, before) if before else line
        try:
            if question != line:
                say(f"(read as: {question})")
            say(reply(question) + "\n")
        except (BotFault, IndexFault) as fault:
            say(f"{fault}\n")
            continue
        if intent(question) != "small talk":
            before = question


def _lines(history: Path) -> Iterator[str]:
    """Yield the non-empty lines: from a prompt in a terminal, otherwise from standard input."""
    for line in _prompted(history) if _is_terminal() else sys.stdin or ():
        text = line.strip()
        if text.lower() in _ENDS:
            return
        if text:
            yield text


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _prompted(history: Path) -> Iterator[str]:
    """Yield the lines that a person types; the arrow keys recall lines of earlier conversations."""
    import readline

    with contextlib.suppress(OSError):
        history.parent.mkdir(parents=True, exist_ok=True)
        readline.read_history_file(history)
    readline.set_history_length(MAX_HISTORY_LINES)
    try:
        while True:
            yield input(_prompt())
    except (EOFError, KeyboardInterrupt):
        return
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(history)
            # The history holds questions, which other users of the machine must not read.
            history.chmod(0o600)


def _prompt() -> str:
    """Return the prompt for `input`; if standard output is not a terminal, write the prompt to standard error instead."""
    if sys.stdout is not None and sys.stdout.isatty():
        return PROMPT
    sys.stderr.write(PROMPT)
    sys.stderr.flush()
    return ""
