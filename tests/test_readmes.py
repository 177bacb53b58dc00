"""The commands in the READMEs exist, with the options that are shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli.main import cli

ROOT = Path(__file__).parents[1]
READMES = [
    *(ROOT / name for name in ("README.md", "bot/README.md", "bot/discord/README.md", "index/README.md")),
    ROOT / "bot/evaluation/README.md",
]
_CODE = re.compile(
    r"^(?: {4,}|\$ )(.*)$"  # an indented block, or a console's prompt
    r"|`(strata [^`]+)`",  # a command within a line
    re.MULTILINE,
)
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(#[^)\s]+)?\)")


def commands() -> Iterator[tuple[str, str]]:
    """Yield each `strata` command of the READMEs with the name of its file."""
    for path in READMES:
        for match in _CODE.finditer(path.read_text(encoding="utf-8")):
            line = (match[1] or match[2]).strip()
            if line.startswith("strata "):
                yield str(path.relative_to(ROOT)), line.partition("   #")[0].partition(" && ")[0]


@pytest.mark.parametrize(("file", "line"), sorted(set(commands())))
def test_a_command_of_a_readme_can_be_called(file: str, line: str) -> None:
    """The subcommand, its options and the kinds of their values are those of the program."""
    del file
    words = [word for word in shlex.split(line.replace("…", "x")) if not re.fullmatch(r"\[[A-Z]+\]", word)][
        1:
    ]
    command: click.Command = cli
    context = click.Context(cli, info_name="strata")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no command {words[0]}"
        command, words = found, words[1:]
    given = [word.partition("=")[0] for word in words if word.startswith("-") and word != "-"]
    known = {
        name for option in command.get_params(context) for name in (*option.opts, *option.secondary_opts)
    }
    assert set(given) <= known
    if not isinstance(command, click.Group):
        command.make_context("strata", words, resilient_parsing=True)


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_links_of_a_readme_lead_somewhere(path: Path) -> None:
    """Each file is there, and each anchor is a heading of it."""
    text = path.read_text(encoding="utf-8")
    for target, anchor in _LINK.findall(text) + [("", a) for a in re.findall(r"\]\((#[^)\s]+)\)", text)]:
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
            assert anchor[1:] in slugs


def test_the_readme_of_a_newcomer_is_short() -> None:
    """Everything beyond the first steps is in the READMEs beside the code."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 180
