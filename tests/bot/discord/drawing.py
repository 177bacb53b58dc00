"""The picture in the README: `python -m tests.bot.discord.drawing OUT.png [QUESTION]`.

The real bot answers from the real library with the real encoder, over the stand-in's sockets; the browser draws what
it sent. Without a question, a mention and a question that the library does not answer are shown.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bot.discord.connection.supervisor import Supervisor
from bot.discord.context import Services
from bot.journal.journal import Journal
from bot.library import ready
from bot.settings.settings import load
from tests.standin import Standin, point_client_at
from tests.standin.picture import draw

QUESTIONS = ("What is Anthropic's revenue run rate?", "What will Nvidia's revenue be in 2035?")
BASE = "https://library.example/content"


async def answered(questions: tuple[str, ...], saved: Path) -> None:
    """Ask the bot, and save what it wrote."""
    settings = load(base_url=BASE)
    library = ready(settings).library
    async with Standin() as standin:
        guild = standin.guild("Investors")
        channel = standin.channel(guild, "ask-strata")
        ada = standin.user("ada", guild)
        with tempfile.TemporaryDirectory() as folder, point_client_at(standin.url):
            journal = Journal(Path(folder) / "journal.sqlite")
            services = Services.open(library, journal, settings.discord, layers=settings.layers)
            supervisor = Supervisor(services, standin.token, guild_ready_timeout=0.01)
            running = asyncio.create_task(supervisor.run())
            await standin.until(lambda: supervisor.ready, 20.0)
            shown = []
            for question in questions:
                said = await standin.say(ada, channel, f"{standin.bot.mention} {question}")
                shown += [said, await standin.reply(said)]
            standin.save(saved, *shown)
            await supervisor.stop()
            await running
            services.close()
            journal.close()


def main() -> None:
    """Draw."""
    out, *questions = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "saved.json"
        asyncio.run(answered(tuple(questions) or QUESTIONS, saved))
        draw(json.loads(saved.read_text(encoding="utf-8")), Path(out))


if __name__ == "__main__":
    main()
