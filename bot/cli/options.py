"""Options that commands share: those that locate the library, and the words of a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

ABSTAINED = 3
"""The exit code of an abstention."""


def located(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options --content, --index and --settings, which the command gets as `settings`."""

    def run(content: Path | None, index: Path | None, settings: Path | None, **rest: Any) -> Any:
        from bot.settings.settings import load

        return command(load(settings, content=content, index=index), **rest)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    for option in (
        click.option(
            "--settings", type=click.Path(path_type=Path), help="Settings file  [default: strata.yaml]"
        ),
        click.option(
            "--index", type=click.Path(path_type=Path), help="Index folder  [default: in the user's cache]"
        ),
        click.option(
            "--content", type=click.Path(path_type=Path), help="Documents folder  [default: content]"
        ),
    ):
        run = option(run)
    # click shows options in the reverse order of their decorators: the command's own come first.
    run.__dict__["__click_params__"] += command.__dict__.pop("__click_params__", [])
    return run


class QuestionCommand(click.Command):
    """A command whose arguments are the words of a question, in quotes or not.

    A word in quotes that begins with "-" and holds a space ("-5% growth, why?") cannot be an option and is read as text.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments, with a space before each text that begins like an option."""
        takes_value = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        previous = ["", *args]
        read = [
            # click takes a leading space for text; `ask` strips it again.
            f" {arg}" if _is_text(arg) and before not in takes_value else arg
            for before, arg in zip(previous, args, strict=False)
        ]
        return super().parse_args(ctx, read)


def _is_text(argument: str) -> bool:
    """Return True if an argument that begins with "-" is a text: an option has no space before its value.

    >>> _is_text("-5% growth, why?"), _is_text("--content=my folder"), _is_text("--json"), _is_text("What is HBM?")
    (True, False, False, False)
    """
    return argument.startswith("-") and " " in argument.partition("=")[0]
