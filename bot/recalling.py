"""The commands that read saved replies and the bot's journal: `gaps`, `journal export` and `replay`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.console import echo, json_text, paint, width
from bot.options import ABSTAINED, located

if TYPE_CHECKING:
    from bot.journal import Journal
    from bot.records import Record
    from bot.settings import Settings


@click.command(short_help="List the questions that nothing answers.")
@located
def gaps(settings: Settings) -> int:
    """List the questions that the library does not answer and that the bot kept, the most frequent first."""
    from bot.rendering import on_one_line

    for gap in _journal(settings).gaps():
        nearest = paint(f"  nearest: {on_one_line(gap.nearest)}", "faint") if gap.nearest else ""
        echo(f"{gap.times:>4}  {on_one_line(gap.question)}{nearest}")
    return 0


@click.group(short_help="Read the journal of the Discord bot.")
def journal() -> None:
    """Read the journal of the Discord bot."""


@journal.command(name="export", short_help="Print the journal as JSON Lines.")
@located
def export(settings: Settings) -> int:
    """Print the whole journal, one JSON object per line."""
    for row in _journal(settings).export():
        echo(json_text(row))
    return 0


@click.command(short_help="Show an earlier reply again.")
@click.argument("id")
@located
def replay(settings: Settings, id: str) -> int:
    """Show the reply ID again, from the index that it was made from.

    Replies of the Discord bot and of 'strata ask --save' can be shown.
    """
    from bot.rendering import terminal
    from bot.replaying import replay as again
    from bot.types import Abstention
    from index.store import Store

    reply = again(_record(settings, id), Store(settings.index_folder()), settings)
    echo(terminal(reply, width(sys.stdout), paint))
    return ABSTAINED if isinstance(reply, Abstention) else 0


def _record(settings: Settings, id: str) -> Record:
    """Return the reply with this id: of `strata ask --save`, or else of the bot's journal."""
    from bot.replaying import saved

    if not (id.isascii() and id.isprintable()):
        raise click.ClickException(f"{id!r} is not the id of a reply")
    record = saved(id, settings.index_folder())
    if record is None and settings.discord.journal_file().is_file():
        record = _journal(settings).record(id)
    if record is None:
        raise click.ClickException(
            f"there is no reply {id}; the bot's journal and 'strata ask --save' keep replies for this command"
        )
    return record


def _journal(settings: Settings) -> Journal:
    from bot.journal import Journal

    path = settings.discord.journal_file()
    if not path.is_file():
        raise click.ClickException(f"there is no journal at {path}; 'strata bot' writes it")
    return Journal(path)
