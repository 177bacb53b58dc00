"""The commands on the bot's journal: `gaps`, `journal export`, `journal backup`, `journal move` and `replay`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import journal_file
from bot.console import ABSTAINED, as_text, located

if TYPE_CHECKING:
    from bot.journal import Journal
    from bot.settings import Settings


_FILE = click.option(
    "--journal",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The journal to read; by default the only one there is, or the only one of this library.",
)


@click.command()
@_FILE
@located
def gaps(settings: Settings, file: Path | None) -> int:
    """List the questions that were kept because the library does not answer them, the most frequent first."""
    from bot.rendering import shown

    for gap in _journal(settings, file).gaps():
        nearest = click.style(f"  nearest: {shown(gap.nearest)}" if gap.nearest else "", dim=True)
        click.echo(f"{gap.times:>4}  {shown(gap.question)}{nearest}")
    return 0


@click.group()
def journal() -> None:
    """Export, back up or move the bot's journal."""


@journal.command(name="export")
@_FILE
@located
def export(settings: Settings, file: Path | None) -> int:
    """Print the whole journal, a JSON object a line."""
    import json

    for row in _journal(settings, file).export():
        click.echo(json.dumps(row, ensure_ascii=False))
    return 0


@journal.command(name="backup")
@click.argument("to", type=click.Path(path_type=Path))
@_FILE
@located
def backup(settings: Settings, to: Path, file: Path | None) -> int:
    """Write a whole copy of the journal to the new file TO, also while the bot runs."""
    source = _path(settings, file)
    journal_file.copy(source, to)
    click.echo(f"{source} is copied to {to}")
    return 0


@journal.command(name="move")
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("to", type=click.Path(path_type=Path))
def move(source: Path, to: Path) -> None:
    """Move the journal FROM to the new file TO. The bot must not be running."""
    journal_file.move(source, to)
    click.echo(f"{source} is now {to}")


@click.command()
@click.argument("id")
@_FILE
@located
def replay(settings: Settings, id: str, file: Path | None) -> int:
    """Give the reply ID (A-7f3c21d90b1e) again, from the generation that it was made from."""
    from bot.replaying import replay as again
    from bot.types import Abstention
    from index.store import Store

    record = _journal(settings, file).record(id)
    if record is None:
        raise click.ClickException(f"the journal has no reply {id}")
    reply = again(record, Store(settings.index_folder()), settings)
    click.echo(as_text(reply))
    return ABSTAINED if isinstance(reply, Abstention) else 0


def _path(settings: Settings, file: Path | None) -> Path:
    """Return the journal that was named, that the settings name, or that is the only one."""
    path = file or settings.discord.journal or journal_file.find(settings.library_name())
    if not path.is_file():
        raise click.ClickException(f"there is no journal at {path}; the bot writes it")
    return path


def _journal(settings: Settings, file: Path | None) -> Journal:
    from bot.journal import Journal

    return Journal(_path(settings, file))
