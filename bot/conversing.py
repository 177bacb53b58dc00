"""A conversation at a prompt: each question may lean on the one before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bot.errors import BotFault

PROMPT = "? "
_HISTORY = 1000


def converse(
    reply: Callable[[str], str], follow: Callable[[str, str], str], history: Path, say: Callable[[str], None]
) -> None:
    """Read questions until the end of input, `exit` or Ctrl-C; `reply` turns one into what is said.

    `follow` makes a question and the one before it into one that stands alone.

    Questions are kept in the `history` file for the arrow keys.
    """
    before = ""
    for line in _lines(history):
        question = follow(line, before) if before else line
        try:
            if question != line:
                say(f"(read as: {question})")
            say(reply(question) + "\n")
            before = question
        except BotFault as fault:
            say(f"{fault}\n")


def _lines(history: Path) -> Iterator[str]:
    import contextlib
    import readline

    with contextlib.suppress(OSError):
        history.parent.mkdir(parents=True, exist_ok=True)
        readline.read_history_file(history)
    readline.set_history_length(_HISTORY)
    try:
        while True:
            line = input(PROMPT).strip()
            if line.lower() in {"exit", "quit", ":q"}:
                return
            if line:
                yield line
    except (EOFError, KeyboardInterrupt):
        return
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(history)
