"""Background tasks: load new generations, correct outdated replies, notify people who watch an answer."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.discord.corrections import Correction, News, ReplyChanges
from bot.discord.delivery import delivered, form, sending
from bot.discord.format import reply
from bot.discord.format.message import Message
from bot.discord.question_lookup import columns
from bot.errors import PullError
from bot.journal.journal import Journal
from bot.watch import MISSING, changes_async
from index.errors import IndexFault, LockedError

if TYPE_CHECKING:
    from bot.discord.context import Client, Services
    from bot.discord.service.storage import Storage
    from bot.journal.entries import Watch

log = logging.getLogger(__name__)

_AGAIN = 60.0
"""Seconds after which a generation that could not be read is tried again."""

_AGAIN_AFTER = 10.0
"""Seconds after which a failed task starts again."""

_LONGEST_AGAIN = 600.0
"""The longest pause, in seconds, while the journal is not writable."""

_PRUNE_AFTER = 3_600.0
"""Seconds from the start to the first pruning: a bot that restarts often with a wrong clock never prunes."""

_PAGE = 500
"""Messages that are compared at a time."""

_ARCHIVED = 50083
"""Discord's code for "Thread is archived"."""


class BackgroundTasks:
    """Runs the background tasks."""

    def __init__(
        self,
        services: Services,
        client: Callable[[], Client | None],
        storage: Storage | None = None,
        *,
        again: float = _AGAIN_AFTER,
    ) -> None:
        """Prepare the work.

        Args:
            services: The parts of the bot.
            client: Returns the connected client, or None while reconnecting.
            storage: Opens the journal; None if it is open already.
            again: seconds after which corrections that the journal cannot take begin again; doubles each time.
        """
        self._services = services
        self._client = client
        self._storage = storage
        self._again = again
        self._wanted = asyncio.Event()
        self._pulls = False

    def want_rebuild(self, *, pulls: bool = False) -> None:
        """Have the index rebuilt soon, `pulls` from the newest content of its remote; several wishes at once are one."""
        self._pulls = self._pulls or pulls
        self._wanted.set()

    async def run(self) -> None:
        """Run all tasks until cancelled."""
        works = [self._poll, self._rebuild, self._correct, self._prune]
        if self._services.settings.watch:
            works.append(self._watch)
        if self._storage is not None:
            works.append(self._storage.run)
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(self._again_and_again(work))

    async def _again_and_again(self, work: Callable[[], Awaitable[None]]) -> None:
        """Restart a task that failed; the bot keeps answering meanwhile."""
        while True:
            try:
                await work()
            except Exception:  # noqa: BLE001  # whatever it is, the other works and the answers go on
                self._services.errors.report(work.__name__.strip("_"), kind="watching")
            await asyncio.sleep(_AGAIN_AFTER)

    async def _poll(self) -> None:
        """Load generations that another process built: poll the pointer, open and verify the generation, swap."""
        services = self._services
        tried, at = services.library.generation.manifest.id, 0.0
        pointer, is_missing = services.library.store.pointer, False
        while True:
            await asyncio.sleep(services.settings.poll)
            try:
                named = pointer.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as fault:
                if not is_missing:
                    log.warning(
                        "%s cannot be read (%s); the generation in memory answers; run: strata build",
                        pointer,
                        fault,
                    )
                is_missing = True
                continue
            is_missing = False
            now = time.monotonic()
            if named == services.library.generation.manifest.id or (named == tried and now - at < _AGAIN):
                continue
            tried, at = named, now
            try:
                if await services.threads.build(services.library.refresh):
                    log.info("generation %s answers now", services.library.generation.manifest.id)
                    services.metrics.swaps.labels(outcome="swapped").inc()
                    await services.threads.build(services.index.update_catalogue)
                    services.index.swapped.set()
                else:
                    log.warning("generation %s cannot be read; the one before goes on answering", named[:60])
                    services.metrics.swaps.labels(outcome="fault").inc()
            except IndexFault as fault:
                log.warning("%s (the generation before goes on answering)", fault)
                services.metrics.swaps.labels(outcome="fault").inc()

    async def _rebuild(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            pulls, self._pulls = self._pulls, False
            try:
                await self._services.index.rebuild(pulls=pulls)
            except LockedError:  # another process builds; what it has read may be older than the wish
                await asyncio.sleep(2.0)
                self._wanted.set()
            except (IndexFault, PullError) as fault:
                log.warning("%s (the generation before goes on answering)", fault)

    async def _watch(self) -> None:
        """Rebuild after changes in the content folder, also when the folder itself is replaced."""
        folder = self._services.library.settings.content
        async for change in changes_async(folder):
            try:
                if change == MISSING:
                    log.warning("%s is gone; waiting for it to come back", folder)
                elif await self._services.threads.build(self._services.library.is_stale):
                    self.want_rebuild()
            except (OSError, IndexFault) as fault:
                log.warning("%s cannot be read (%s); waiting for the next change", folder, fault)

    async def _prune(self) -> None:
        """Remove what is older than the settings allow, once a day."""
        services = self._services
        await asyncio.sleep(_PRUNE_AFTER)
        while True:
            now = await services.journal.write(Journal.trusted_time, time.time())
            removed = await services.journal.write(Journal.prune, now - services.settings.keep_days * 86_400)
            if removed:
                log.info("removed %d old replies from the journal", removed)
            await asyncio.sleep(86_400.0)

    async def _correct(self) -> None:
        """Correct messages whose sources changed, after each swap and once at the start."""
        services, again = self._services, self._again
        while True:
            if (client := self._client()) is None or not client.is_ready():
                await asyncio.sleep(1.0)
                continue
            services.index.swapped.clear()
            try:
                await correct(services, client)
            except sqlite3.Error as fault:
                log.warning("messages are not corrected, since the journal cannot take it: %s", fault)
                await asyncio.sleep(again)
                again = min(again * 2, _LONGEST_AGAIN)
                continue
            except (discord.DiscordException, aiohttp.ClientError, OSError, RuntimeError) as fault:
                log.warning("messages could not be corrected (%s); trying again in a minute", fault)
                await asyncio.sleep(60.0)
                continue
            again = self._again
            await services.index.swapped.wait()


async def correct(services: Services, client: Client) -> None:
    """Correct messages, newest first, then notify the people who watch them."""
    since = time.time() - services.settings.edit_days * 86_400
    await services.threads.build(services.index.update_catalogue)
    catalogue, today = services.index.catalogue, date.today()
    posts = await services.threads.build(services.journal.current.posts, since, _PAGE)
    while posts:
        looking = ReplyChanges(services.journal.current, catalogue)
        for correction in await services.threads.build(looking.corrections, posts):
            if correction.post.channel in services.corrections.archived:
                continue
            message = correction.post.message
            async with _once(services, message, correction.state) as due:
                if not due or await _edit(services, client, correction, today):
                    await services.journal.write(Journal.mark, message, correction.state)
        posts = await services.threads.build(services.journal.current.posts, since, _PAGE, posts[-1])
    for item in await services.threads.build(ReplyChanges(services.journal.current, catalogue).news):
        watch, state = item.watch, item.state
        async with _once(services, (watch.reply, watch.person), state) as due:
            if due:
                await _tell(services, client, item, today)
            await services.journal.write(Journal.tell, watch.reply, watch.person, state)
    services.corrections.noticed.clear()


@contextlib.asynccontextmanager
async def _once(services: Services, key: Hashable, state: str) -> AsyncIterator[bool]:
    """Yield True if people have not seen this state yet; the block shows it and writes it to the journal.

    If the journal is not writable, nothing is shown. If the journal fails after something was shown, this process
    remembers the state and does not show it again.
    """
    await services.journal.write(Journal.check_writable)
    due = services.corrections.shown.get(key) != state
    try:
        yield due
    except sqlite3.Error:
        services.corrections.shown[key] = state
        raise
    services.corrections.shown.pop(key, None)


async def _edit(services: Services, client: Client, correction: Correction, today: date) -> bool:
    """Show the new wording of its sources in a message; permanent errors are logged.

    Returns False if the message has to wait until somebody opens its archived thread again.
    """
    post = correction.post
    message = client.get_partial_messageable(post.channel).get_partial_message(post.message)
    try:
        before = None
        with contextlib.suppress(discord.Forbidden):  # without the history the question is left out
            before = await delivered(message.fetch)
        shown = reply.again(
            correction.replies,
            before.content if before else "",
            columns(before) if before else (),
            changes=[[replace(change, on=today) for change in of_one] for of_one in correction.changes],
        )
        if not await _edited(client, message, shown):
            services.corrections.archived.add(post.channel)
            return False
    except discord.NotFound:
        await services.journal.write(Journal.unpost, post.message)
    except discord.DiscordServerError:
        raise  # Discord is away: all of it is tried again later
    except discord.HTTPException as fault:
        log.warning(
            "message %s in channel %s cannot be corrected: %s", post.message, post.channel, fault.text
        )
    else:
        services.metrics.edits.inc()
    return True


async def _edited(client: Client, message: discord.PartialMessage, shown: Message) -> bool:
    """Edit a message; in an archived thread only if the bot may put the thread back into the archive afterwards.

    Returns False if the message has to wait until somebody opens the thread again.
    """
    fields = form(shown)
    try:
        await delivered(lambda: message.edit(**fields))
    except discord.HTTPException as fault:
        if fault.code != _ARCHIVED:
            raise
        thread = await client.fetch_channel(message.channel.id)
        if not isinstance(thread, discord.Thread):
            raise
        may = thread.permissions_for(thread.guild.me)
        if not (may.manage_threads or (thread.owner_id == thread.guild.me.id and not thread.locked)):
            return False
        await thread.edit(archived=False)
        try:
            await delivered(lambda: message.edit(**fields))
        finally:
            await delivered(lambda: thread.edit(archived=True))
    return True


async def _tell(services: Services, client: Client, news: News, today: date) -> None:
    """Write to a person who watches a reply.

    If they take no direct messages, write under the answer, without a ping: once, however many people watch.
    """
    watch = news.watch
    if news.changes:
        post = await services.journal.read(Journal.post, watch.message) if watch.message else None
        place = (
            f"https://discord.com/channels/{post.server or '@me'}/{post.channel}/{post.message}"
            if post
            else ""
        )
        fields = sending(reply.watched(news.reply, news.changes, today, place))
        try:
            direct = await delivered(lambda: client.create_dm(discord.Object(watch.person)))
            await delivered(
                lambda: direct.send(nonce=_nonce(watch.reply, watch.person, news.state), **fields)
            )
        except discord.DiscordServerError:
            raise
        except discord.HTTPException:
            key = (watch.message, watch.reply, news.state)
            if post and key not in services.corrections.noticed:
                services.corrections.noticed.add(key)
                fields = sending(reply.watched(news.reply, news.changes, today))
                await _tell_there(client, watch, fields | {"nonce": _nonce(*key)})


def _nonce(*parts: object) -> str:
    """Make a nonce by which Discord tells a second try from a second message."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:24]


async def _tell_there(client: Client, watch: Watch, fields: dict[str, Any]) -> None:
    channel = client.get_partial_messageable(watch.channel)
    reference = discord.MessageReference(
        message_id=watch.message, channel_id=watch.channel, fail_if_not_exists=False
    )
    with contextlib.suppress(discord.HTTPException):  # neither way is open: there is nobody to tell
        await delivered(lambda: channel.send(reference=reference, mention_author=False, **fields))
