"""Git repositories for tests, made with git, and traps that show whether a command was run."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

AUTHOR = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
DOCUMENT = "# Chips\n\n## Memory\n\nThe memory of the year is sold out.\n"


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    done = subprocess.run(
        ["git", *AUTHOR, "-C", str(folder), *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    """Make a repository with the document content/chips.md in one commit, and return its folder."""
    (folder / "content").mkdir(parents=True)
    (folder / "content/chips.md").write_text(DOCUMENT, encoding="utf-8")
    git(folder, "init", "--quiet")
    commit(folder, "Begin")
    return folder


def commit(folder: Path, message: str) -> str:
    """Commit everything in a folder, and return the commit's id."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@dataclass(frozen=True)
class Trap:
    """A command that leaves a marker if anything runs it."""

    marker: Path

    @classmethod
    def at(cls, folder: Path) -> Trap:
        return cls(folder / "the-command-ran")

    @property
    def command(self) -> str:
        """A shell command that leaves the marker and fails."""
        return f"touch {self.marker}; false"

    @property
    def script(self) -> Path:
        """An executable file that does the same."""
        file = self.marker.with_name("trap.sh")
        file.write_text(f"#!/bin/sh\n{self.command}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    @property
    def sprung(self) -> bool:
        return self.marker.exists()
