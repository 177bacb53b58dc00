"""The command `strata` as a person runs it: a process of its own, on a pipe or on a pseudo-terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

from bot.cli.conversation import PROMPT
from tests.bot.library import write

ROOT = Path(__file__).parents[3]
CONTROL_CHARACTERS = ("\x03", "\x04")  # Ctrl-C and Ctrl-D


class Terminal:
    """Runs `strata` over a library below a folder."""

    def __init__(self, folder: Path, encoders: Path) -> None:
        self.folder = folder
        self.content = write(folder / "content")
        self.cache = folder / "cache"
        self.cache.mkdir()
        (self.cache / "encoders").symlink_to(encoders)

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of the command."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in {"NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"}
        }
        own = {"STRATA_CACHE": str(self.cache), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
        return kept | own | variables

    def __call__(
        self, *words: str | bytes, input: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command on pipes; `variables` go into its environment."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=self.folder, env=self.environment(**variables), input=input, capture_output=True, text=True,
            errors="surrogateescape", check=False,
        )  # fmt: skip

    def shell(self, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a line of bash in which `$strata` is the command."""
        environment = self.environment(strata=f"{sys.executable} -m bot", **variables)
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder, env=environment, capture_output=True, text=True, errors="surrogateescape", check=False,
        )  # fmt: skip

    def on_a_terminal(self, *words: str, typed: Sequence[str] = (), **variables: str) -> tuple[int, str]:
        """Run the command on a pseudo-terminal, and type a line at each prompt.

        A control character that has no effect for two seconds is typed again, as a person would: readline misses a
        Ctrl-C that arrives after the prompt is drawn and before it waits for a key.

        Returns the exit code and what the terminal shows.
        """
        terminal, its_end = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *words],
            cwd=self.folder, env=self.environment(**({"TERM": "xterm"} | variables)), stdin=its_end, stdout=its_end,
            stderr=its_end, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # Ctrl-C needs a controlling terminal
        )  # fmt: skip
        os.close(its_end)
        shown, lines, line = b"", iter(typed), ""
        with contextlib.suppress(OSError):  # Linux reports the end of a terminal as an error
            while True:
                if not select.select([terminal], [], [], 2)[0]:
                    if line in CONTROL_CHARACTERS:
                        os.write(terminal, line.encode())
                    continue
                if not (data := os.read(terminal, 65536)):
                    break
                shown += data
                # Only a prompt on a new line is waiting: a recalled question is drawn with "? " in it as well.
                if shown.endswith(f"\n{PROMPT}".encode()) and (line := next(lines, "")):
                    os.write(terminal, line.encode())
        os.close(terminal)
        return process.wait(), shown.decode(errors="replace").replace("\r\n", "\n")
