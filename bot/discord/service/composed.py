"""Composed texts, which grow in front of an answer on Discord; each edit shows only verified sentences."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import discord

from bot.composer.llm_client import compose
from bot.composer.prompt import Composition, Evidence, Sentence
from bot.discord.delivery import delivered, form
from bot.discord.format.escape import escape, one_line
from bot.discord.format.message import Message
from bot.settings.composer import Composer

if TYPE_CHECKING:
    from bot.discord.operation.error_log import ErrorLog
    from bot.discord.service.tasks import Tasks
    from bot.library import Library
    from bot.types import Answer

log = logging.getLogger(__name__)

PAUSE = 1.5
"""Seconds between two edits of a message: Discord allows a bot five edits in five seconds in a channel."""

_GROWING = "-# composing from the quotations below …"

Render = Callable[[str], Message]
"""Renders an answer with a text in front of its quotations; with an empty text, the answer alone."""


class Posted(Protocol):
    """A message of the bot."""

    async def edit(self, **fields: Any) -> Any:
        """Change the message."""
        ...

    async def fetch(self) -> Any:
        """Return the message in its current form."""
        ...


class ComposedTexts:
    """The composition of texts for answers that are already delivered."""

    def __init__(
        self, composer: Composer, key: str, library: Library, tasks: Tasks, errors: ErrorLog
    ) -> None:
        """Prepare to compose.

        Args:
            composer: The settings of the model.
            key: The key of its endpoint; empty if it needs none.
            library: The library that answered the questions.
            tasks: Runs the compositions in the background.
            errors: Logs and counts errors.
        """
        self.composer = composer
        self._key = key
        self._library = library
        self._tasks = tasks
        self._errors = errors
        self._room = asyncio.Semaphore(composer.at_once)

    def begin(self, reply: Answer, posted: Posted, render: Render) -> None:
        """Compose a text in the background, until the bot stops."""
        self._tasks.start(self._grow(reply, posted, render))

    async def _grow(self, reply: Answer, posted: Posted, render: Render) -> None:
        """Edit a message while a text is composed; at the end show the whole text, or only the answer."""
        told: list[Sentence] = []
        shown = 0
        composing = asyncio.create_task(self._composed(reply, told))
        try:
            while not composing.done():
                await asyncio.wait({composing}, timeout=PAUSE)
                if not composing.done() and len(told) > shown and self._is_current(reply):
                    shown = len(told)
                    await _edit(posted, render(growing(told)))
            composition = composing.result()
            outcome = composition.refused or "composed"
            whole = render(whole_text(composition))
            if not composition.refused and not whole.fits():
                outcome = "length"
            if not self._is_current(reply):
                outcome = "swapped"
            if outcome == "composed":
                await delivered(lambda: posted.edit(**form(whole)))
            elif shown and (outcome != "swapped" or await _grows(posted)):
                await delivered(lambda: posted.edit(**form(render(""))))
            self._errors.metrics.composed.labels(outcome=outcome).inc()
            self._errors.metrics.composed_seconds.observe(composition.milliseconds / 1000)
        except asyncio.CancelledError:
            if shown:
                with contextlib.suppress(discord.HTTPException, OSError, RuntimeError):
                    await posted.edit(**form(render("")))
            raise
        except discord.HTTPException as fault:
            log.info("a composed text could not be shown: %s", fault.text)
            self._errors.metrics.composed.labels(outcome="undelivered").inc()
        except Exception:  # noqa: BLE001  # the answer is shown already; only the composed text is missing
            self._errors.report("composing", kind="composing")
        finally:
            composing.cancel()

    async def _composed(self, reply: Answer, told: list[Sentence]) -> Composition:
        """Let the model compose a text as soon as a slot is free; the time in the queue counts towards the limit."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.composer.timeout

        async def show(sentence: Sentence) -> None:
            told.append(sentence)

        try:
            async with asyncio.timeout_at(end):
                await self._room.acquire()
        except TimeoutError:
            return Composition(
                self.composer.model, refused="busy", detail="too many texts are being composed"
            )
        try:
            evidence = Evidence.of(reply.quotes, self._library.corpus.gazetteer.names)
            composer = replace(self.composer, timeout=max(0.0, end - loop.time()))
            return await compose(reply.question, evidence, composer, self._key, show)
        finally:
            self._room.release()

    def _is_current(self, reply: Answer) -> bool:
        """Return whether the reply is from the current generation."""
        return reply.generation == self._library.generation.manifest.id


async def _grows(posted: Posted) -> bool:
    """Return whether the message still shows a text that grows, and has not been corrected meanwhile."""
    try:
        return _GROWING in (await posted.fetch()).content
    except discord.HTTPException:  # a private message can be neither fetched nor corrected
        return True


async def _edit(posted: Posted, message: Message) -> None:
    """Edit a message; a failure is ignored, because the next edit shows more."""
    if message.fits():
        with contextlib.suppress(OSError, discord.DiscordServerError, discord.RateLimited):
            await posted.edit(**form(message))


def growing(sentences: Sequence[Sentence]) -> str:
    r"""Format verified sentences for Discord, with a note that more may follow.

    >>> growing([Sentence("HBM is sold_out.", (1, 2))])
    'HBM is sold\\_out. **[1][2]**\n-# composing from the quotations below …'
    """
    return f"{_sentences(sentences)}\n{_GROWING}"


def whole_text(composition: Composition) -> str:
    r"""Format a composed text for Discord, marked as not quoted; empty if it was refused.

    >>> whole_text(Composition("small", (Sentence("HBM is sold out.", (1,)),)))
    'HBM is sold out. **[1]**\n-# composed by small from the quotations below, not quoted'
    """
    if composition.refused:
        return ""
    model = escape(one_line(composition.model)[:60])
    return (
        f"{_sentences(composition.sentences)}\n-# composed by {model} from the quotations below, not quoted"
    )


def _sentences(sentences: Sequence[Sentence]) -> str:
    shown = (f"{escape(s.text)} **{''.join(f'[{number}]' for number in s.citations)}**" for s in sentences)
    return " ".join(shown)
