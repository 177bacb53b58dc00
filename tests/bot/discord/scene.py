"""The real bot, over real sockets, in a server of the stand-in, with a small library on a real disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.discord.background import BackgroundTasks
from bot.discord.connection.gateway import Timing
from bot.discord.connection.supervisor import Supervisor
from bot.discord.context import Services
from bot.journal.journal import Journal
from bot.library import Library
from bot.settings.discord import Discord
from bot.settings.settings import Settings
from bot.types import Abstention, Reply
from index.build.builder import build
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.standin import Channel, Guild, Standin, User, point_client_at

if TYPE_CHECKING:
    from pathlib import Path

ORDER = ("energy", "chips", "models")

ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"
RUN_RATE = "Anthropic's revenue run rate was $9 billion at the end of December 2025."

UNKNOWN = "Who bakes the best sourdough bread in Lisbon?"

DOCUMENTS = {
    "models/anthropic.md": f"""---
title: Anthropic
layer: models
summary: A model company and its revenue.
reviewed: 2026-01-05
review_by: 2026-02-04
aliases: [ANTH = Anthropic]
related: [chips/memory]
sources:
  - {{id: post, publisher: Anthropic, title: A post, url: "https://example.org/post", published: "2025-12"}}
---
Anthropic trains and serves the Claude models.

## Revenue

{RUN_RATE}[^post] It had doubled within a year.

## Compute

Anthropic reserved one gigawatt of compute for training in 2026.
""",
    "chips/memory.md": """---
title: High-bandwidth memory
layer: chips
summary: Stacked memory for accelerators.
reviewed: 2026-10-01
related: [energy/turbines, models/anthropic]
---
## Makers

SK Hynix, Samsung and Micron make high-bandwidth memory, and each had sold its output for 2026.
""",
    "energy/turbines.md": """---
title: Gas turbines
layer: energy
summary: Power behind the meter.
reviewed: 2026-10-01
related: [chips/memory]
---
## Orders

Turbine makers sold out their production slots through 2028.
""",
}


class Slow:
    """An encoder that counts words and can be made to wait."""

    def __init__(self) -> None:
        self.inner = BagOfWords()
        self.id = self.inner.id
        self.count = self.inner.count
        self.warm = self.inner.warm
        self.is_word = self.inner.is_word
        self.word_rows = self.inner.word_rows
        self.seconds = 0.0

    def encode(self, texts: Any, progress: Any = None) -> Any:
        return self.inner.encode(texts, progress)

    def encode_question(self, question: str) -> Any:
        import time

        time.sleep(self.seconds)
        return self.inner.encode_question(question)


def write(content: Path, documents: dict[str, str] = DOCUMENTS) -> None:
    """Write documents into a folder."""
    for path, text in documents.items():
        file = content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def library(folder: Path, documents: dict[str, str] = DOCUMENTS) -> Library:
    """The library, built below a folder."""
    content = folder / "content"
    write(content, documents)
    store, encoder = Store(folder / "index"), Slow()
    build(content, store, encoder)
    settings = Settings(
        content=content, index=folder / "index", base_url="https://library.example", layers=ORDER
    )
    return Library(settings, encoder, store, store.current())  # type: ignore[arg-type]


@dataclass
class Scene:
    """A stand-in with one server, one channel, two people, an administrator, and the bot connected to it."""

    standin: Standin
    services: Services
    supervisor: Supervisor
    watching: BackgroundTasks
    running: asyncio.Task[None]
    guild: Guild
    channel: Channel
    ada: User
    bob: User
    root: User

    @property
    def library(self) -> Library:
        """The library that answers."""
        return self.services.library

    @property
    def journal(self) -> Journal:
        """The journal that is written."""
        return self.services.journal.current

    @property
    def slow(self) -> Slow:
        """The encoder, which can be made to wait."""
        return self.library.encoder  # type: ignore[return-value]

    def change(self, path: str, old: str, new: str) -> None:
        """Edit a document of the library."""
        file = self.library.settings.content / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    async def ask(self, user: User, question: str = ASKED, **values: Any) -> Any:
        """Use `/ask`, and the message that answers."""
        asked = await self.standin.slash(user, self.channel, "ask", {"question": question, **values})
        return await asked.answer()

    async def mention(self, user: User, text: str = ASKED, channel: Channel | None = None) -> Any:
        """Mention the bot, and the message that answers."""
        said = await self.standin.say(user, channel or self.channel, f"{self.standin.bot.mention} {text}")
        return await self.standin.reply(said)


@asynccontextmanager
async def staged(
    tmp_path: Path,
    *,
    ready: bool = True,
    standin: dict[str, Any] | None = None,
    timing: Timing | None = None,
    again: float = 10.0,
    **settings: Any,
) -> AsyncIterator[Scene]:
    """A scene with these settings of `discord:`; without limits unless a test sets some.

    `again` is how many seconds corrections wait after the journal refused them.
    """
    async with Standin(**standin or {}) as stand:
        guild = stand.guild()
        unlimited = {"per_person": 0, "per_channel": 0, "per_server": 0, "poll": 0.1, "home": guild.id}
        chosen = Discord(**unlimited | settings)
        channel = stand.channel(guild)
        ada, bob = stand.user("ada", guild), stand.user("bob", guild)
        root = stand.user("root", guild, administrator=True)
        opened = library(tmp_path)
        journal = Journal(tmp_path / "journal.sqlite")
        services = Services.open(opened, journal, chosen, layers=ORDER)
        supervisor = Supervisor(services, stand.token, timing=timing, guild_ready_timeout=0.01)
        watching = BackgroundTasks(services, lambda: supervisor.client, again=again)
        with point_client_at(stand.url):
            running = asyncio.create_task(supervisor.run())
            beside = asyncio.create_task(watching.run())
            try:
                if ready:
                    await stand.ready()
                    await stand.until(lambda: supervisor.ready, what="the bot is ready")
                yield Scene(stand, services, supervisor, watching, running, guild, channel, ada, bob, root)
            finally:
                beside.cancel()
                await supervisor.stop()
                with contextlib.suppress(Exception, asyncio.CancelledError):
                    await asyncio.wait_for(running, 5)
                await asyncio.gather(beside, return_exceptions=True)
                services.close()
                journal.close()


TODAY = date(2026, 11, 24)


def contradicting(
    scene: Scene, reason: Any = "premise", message: str = "The library says otherwise."
) -> None:
    """Have the library abstain with what it would have quoted, as it does where a question's premise is wrong."""
    answering = scene.library.ask

    def ask(question: str, *args: Any, **values: Any) -> Reply:
        reply = answering(question, *args, **values)
        return Abstention(
            reply.id, question, reply.generation, 0.5, reason, message, (), reply.quotes, reply.citations
        )

    scene.library.ask = ask  # type: ignore[method-assign]
