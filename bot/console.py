"""What the commands share: options that say which library is meant, and lines for people.

Results go to standard output, notes and progress to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.types import visible

if TYPE_CHECKING:
    from bot.types import Reply
    from index.build import Report
    from index.types import Progress

ABSTAINED = 3
"""The exit code where the library does not answer."""

_STYLES: dict[str, dict[str, Any]] = {
    "strong": {"bold": True},
    "faint": {"dim": True},
    "warning": {"fg": "yellow"},
}


def note(text: str) -> None:
    """A line on standard error."""
    click.echo(text, err=True)


def located(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which library is meant; they reach the command as `settings`."""

    def run(content: Path | None, index: Path | None, settings: Path | None, **rest: Any) -> Any:
        from bot.settings import load

        return command(load(settings, content=content, index=index), **rest)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    for option in (
        click.option(
            "--settings", type=click.Path(path_type=Path), help="Settings file; by default strata.yaml here."
        ),
        click.option("--index", type=click.Path(path_type=Path), help="Folder of the index."),
        click.option(
            "--content", type=click.Path(path_type=Path), help="Folder of the documents; by default content."
        ),
    ):
        run = option(run)
    run.__dict__["__click_params__"] += command.__dict__.pop("__click_params__", [])
    return run


def as_text(reply: Reply) -> str:
    """A reply as this terminal shows it."""
    from bot.rendering import terminal

    return terminal(reply, width(), paint)


def paint(text: str, style: str) -> str:
    """Text in a style, unless NO_COLOR is set."""
    if "NO_COLOR" in os.environ:
        return text
    return "\n".join(click.style(line, **_STYLES[style]) for line in text.split("\n"))


def width() -> int:
    """The columns of the terminal, at most 100."""
    import shutil

    return min(shutil.get_terminal_size((100, 24)).columns, 100)


def tell(report: Report) -> None:
    """What a build did, on standard error."""
    for problem in report.problems:
        note(str(problem))
    if report.passed_over:
        note(passed_over(report.passed_over))
    done = "nothing has changed" if report.unchanged else f"generation {report.generation}"
    documents = "document" if report.documents == 1 else "documents"
    passages = "passage" if report.passages == 1 else "passages"
    note(
        f"{done}: {report.documents} {documents}, {report.passages} {passages} ({report.reused} reused, "
        f"{report.encoded} encoded, {report.removed} removed) in {report.seconds:.2f} s"
    )


def passed_over(suffixes: Mapping[str, int]) -> str:
    """Return one line on files of kinds that Strata does not read.

    >>> passed_over({".rst": 2, ".key": 1, "": 1})
    'passed over: 4 files (2 .rst, 1 .key, 1 without a suffix)'
    """
    count = sum(suffixes.values())
    kinds = sorted(suffixes.items(), key=lambda kind: (-kind[1], kind[0] == "", kind[0]))
    listed = ", ".join(f"{number} {visible(suffix) or 'without a suffix'}" for suffix, number in kinds[:8])
    more = ", …" if len(kinds) > 8 else ""
    return f"passed over: {count} file{'s' if count != 1 else ''} ({listed}{more})"


@contextmanager
def progress(label: str = "encoding") -> Iterator[Progress | None]:
    """Show on standard error, if it is a terminal, which file is converted and how many texts are encoded.

    However it ends, Ctrl-C included, the bar gives the terminal its cursor back.
    """
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        bars: dict[str, Any] = {}

        def show(done: int, total: int, doing: str = label, /) -> None:
            if doing not in bars:
                bars[doing] = click.progressbar(length=total, file=sys.stderr, label=doing)
                stack.callback(bars[doing].render_finish)
                bars[doing].render_progress()
            bars[doing].update(done - bars[doing].pos)
            if done >= total and doing != label:
                click.echo(err=True)

        yield show
