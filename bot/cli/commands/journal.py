"""The commands on saved replies and the bot's journal: `gaps`, `journal export`, `backup` and `move`, and `replay`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.console import echo, json_text, note, one_line, paint, width
from bot.cli.options import ABSTAINED, located

if TYPE_CHECKING:
    from bot.journal.entries import Record
    from bot.journal.journal import Journal
    from bot.settings.settings import Settings


_FILE = click.option(
    "--journal",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Journal file  [default: the library's only one]",
)


@click.command(short_help="List the questions that got no answer.")
@_FILE
@located
def gaps(settings: Settings, file: Path | None) -> int:
    """List the unanswered questions that the bot kept, the most frequent first."""
    from bot.display import on_one_line

    gaps = list(_journal(settings, file).gaps())
    for gap in gaps:
        nearest = paint(f"  nearest: {on_one_line(gap.nearest)}", "faint") if gap.nearest else ""
        echo(f"{gap.times:>4}  {on_one_line(gap.question)}{nearest}")
    if gaps:
        note('if a section does answer a question: strata questions add "QUESTION" DOCUMENT "HEADING"')
    return 0


@click.group(short_help="Export, back up or move the bot's journal.")
def journal() -> None:
    """Export, back up or move the journal of the Discord bot."""


@journal.command(name="export", short_help="Print the journal as JSON Lines.")
@_FILE
@located
def export(settings: Settings, file: Path | None) -> int:
    """Print the whole journal, one JSON object per line."""
    for row in _journal(settings, file).export():
        echo(json_text(row))
    return 0


@journal.command(name="backup", short_help="Copy the journal, even while the bot is running.")
@click.argument("to", type=click.Path(path_type=Path))
@_FILE
@located
def backup(settings: Settings, to: Path, file: Path | None) -> int:
    """Write a complete copy of the journal to the new file TO, even while the bot is running."""
    from bot.journal import file as journal_file

    source = _path(settings, file)
    journal_file.copy(source, to)
    echo(one_line(f"copied {source} to {to}"))
    return 0


@journal.command(name="move", short_help="Move the journal while the bot is stopped.")
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("to", type=click.Path(path_type=Path))
def move(source: Path, to: Path) -> None:
    """Move the journal FROM to the new file TO. The bot must not be running."""
    from bot.journal import file as journal_file

    journal_file.move(source, to)
    echo(one_line(f"moved {source} to {to}"))


@click.command(short_help="Show an earlier reply again.")
@click.argument("id")
@_FILE
@located
def replay(settings: Settings, id: str, file: Path | None) -> int:
    """Show the reply ID again, from the index that it was made from.

    Replies of the Discord bot and of 'strata ask --save' can be shown.
    """
    from bot.cli.output import terminal
    from bot.journal.replay import replay as make_again
    from bot.types import Abstention
    from index.store.store import Store

    reply = make_again(_record(settings, id, file), Store(settings.index_folder()), settings)
    echo(terminal(reply, width(sys.stdout), paint))
    return ABSTAINED if isinstance(reply, Abstention) else 0


def _record(settings: Settings, id: str, file: Path | None) -> Record:
    """Return the reply with this id: of `strata ask --save`, or else of the bot's journal."""
    from bot.journal.replay import saved

    if not (id.isascii() and id.isprintable()):
        raise click.ClickException(f"{id!r} is not the id of a reply")
    record = saved(id, settings.index_folder())
    if record is None and (file is not None or _default(settings).is_file()):
        record = _journal(settings, file).record(id)
    if record is None:
        raise click.ClickException(
            f"there is no reply {id}; the bot's journal and 'strata ask --save' keep replies for this command"
        )
    return record


def _default(settings: Settings) -> Path:
    """Return the journal that the settings name, or the only one."""
    from bot.journal import file as journal_file

    return settings.discord.journal or journal_file.find(settings.library_name())


def _path(settings: Settings, file: Path | None) -> Path:
    """Return the journal that was named, that the settings name, or that is the only one."""
    path = file or _default(settings)
    if not path.is_file():
        raise click.ClickException(f"there is no journal at {path}; 'strata bot' writes it")
    return path


def _journal(settings: Settings, file: Path | None) -> Journal:
    from bot.journal.journal import Journal

    return Journal(_path(settings, file))
