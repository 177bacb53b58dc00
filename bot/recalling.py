"""The commands that read what the bot remembers: `gaps`, `journal export` and `replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.console import ABSTAINED, as_text, located

if TYPE_CHECKING:
    from bot.journal import Journal
    from bot.settings import Settings


@click.command()
@located
def gaps(settings: Settings) -> int:
    """List the questions that were kept because the library does not answer them, the most frequent first."""
    from bot.rendering import shown

    for gap in _journal(settings).gaps():
        nearest = click.style(f"  nearest: {shown(gap.nearest)}" if gap.nearest else "", dim=True)
        click.echo(f"{gap.times:>4}  {shown(gap.question)}{nearest}")
    return 0


@click.group()
def journal() -> None:
    """What the bot remembers."""


@journal.command(name="export")
@located
def export(settings: Settings) -> int:
    """Print the whole journal, a JSON object a line."""
    import json

    for row in _journal(settings).export():
        click.echo(json.dumps(row, ensure_ascii=False))
    return 0


@click.command()
@click.argument("id")
@located
def replay(settings: Settings, id: str) -> int:
    """Give the reply ID (A-7f3c21d90b1e) again, from the generation that it was made from."""
    from bot.replaying import replay as again
    from bot.types import Abstention
    from index.store import Store

    record = _journal(settings).record(id)
    if record is None:
        raise click.ClickException(f"the journal has no reply {id}")
    reply = again(record, Store(settings.index_folder()), settings)
    click.echo(as_text(reply))
    return ABSTAINED if isinstance(reply, Abstention) else 0


def _journal(settings: Settings) -> Journal:
    from bot.journal import Journal

    path = settings.discord.journal_file()
    if not path.is_file():
        raise click.ClickException(f"there is no journal at {path}; the bot writes it")
    return Journal(path)
