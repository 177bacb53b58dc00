"""The end of a command: every failure becomes one line on standard error and an exit code.

STRATA_DEBUG=1 prints the traceback as well.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from bot.cli.console import discard, error, note
from bot.errors import BotFault
from index.errors import IndexFault

FAILED = 1
STOPPED = 130
DEBUG = "STRATA_DEBUG"


def exit_code(group: click.Group, name: str) -> int:
    """Run the command of this process's arguments and return its exit code. Each failure becomes one line on standard error."""
    try:
        status = _invoke(group, name)
        if sys.stdout is not None:
            # A full disk or a closed pipe may show only now; after this line Python would report it by itself.
            sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt, EOFError):
        note("stopped")
        return STOPPED
    except Exception as fault:  # noqa: BLE001  # every error ends in one line
        if os.environ.get(DEBUG):
            import traceback

            traceback.print_exc()
        return _report(fault)
    return status if isinstance(status, int) else 0


def _invoke(group: click.Group, name: str) -> Any:
    """Run the command. `click.Group.main` would hide a closed pipe behind exit code 1."""
    variable = f"_{name.upper()}_COMPLETE"  # which the script of `strata completion` sets
    if instruction := os.environ.get(variable):
        from click.shell_completion import shell_complete

        return shell_complete(group, {}, name, variable, instruction)
    try:
        with group.make_context(name, sys.argv[1:]) as context:
            return group.invoke(context)
    except click.exceptions.Exit as end:  # --help, --version
        return end.exit_code


def _report(fault: Exception) -> int:
    """Print the error, and return the exit code."""
    match fault:
        case BrokenPipeError():  # the reader of the output has gone, as in `strata gaps | head -1`
            discard(sys.stdout)
            discard(sys.stderr)
            return 0
        case click.UsageError() if _is_help(fault):
            fault.show()
        case click.UsageError():
            error(fault.format_message())
            if fault.ctx is not None:
                note(f"Try '{fault.ctx.command_path} --help'.")
        case click.ClickException():
            error(fault.format_message())
        case BotFault() | IndexFault():
            error(str(fault))
        case OSError():
            place = f"{fault.filename}: " if fault.filename else "cannot write the output: "
            error(f"{place}{fault.strerror or fault}")
            discard(sys.stdout)
        case ImportError() if _is_interrupt(fault):
            note("stopped")
            return STOPPED
        case _:
            detail = f"{type(fault).__name__}: {fault}".strip(": ")
            error(f"unexpected error: {detail[:300]} (set {DEBUG}=1 to see the traceback)")
            discard(sys.stdout)
    return fault.exit_code if isinstance(fault, click.ClickException) else FAILED


def _is_help(fault: click.UsageError) -> bool:
    """Return True if the message is the help of a group that was called without a command (click 8.2 and newer)."""
    return isinstance(fault, getattr(click.exceptions, "NoArgsIsHelpError", ()))


def _is_interrupt(fault: ImportError) -> bool:
    """Return True if Ctrl-C interrupted an import, which a module written in C reports as an ImportError."""
    return isinstance(fault.__cause__ or fault.__context__, KeyboardInterrupt)
