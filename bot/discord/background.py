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
"""Seconds from the start to the first pruning, so that a machine whose clock is wrong after a restart prunes nothing."""

_PAGE = 500
"""Messages that are compared with a generation at a time."""

_ARCHIVED = 50083
"""Discord's code for "Thread is archived"."""


class BackgroundTasks:
    """The background tasks of one process, which restart after an error."""

    def __init__(
        self,
        services: Services,
        client: Callable[[], Client | None],
        storage: Storage | None = None,
        *,
        again: float = _AGAIN_AFTER,
    ) -> None:
        """Prepare the tasks without starting them.

        Args:
            services: The parts of the bot.
            client: Returns the connected client, or None while reconnecting.
            storage: Opens the journal; None if it is open already.
            again: Seconds until corrections are retried after the journal was not writable; doubles each time.
        """
        self._services = services
        self._client = client
        self._storage = storage
        self._again = again
        self._wanted = asyncio.Event()
        self._pulls = False

    def want_rebuild(self, *, pulls: bool = False) -> None:
        """Request a rebuild of the index; several requests at once cause one rebuild.

        With `pulls`, the content is first fetched from its remote.
        """
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
            except Exception:  # noqa: BLE001  # no failure may stop the other tasks or the answers
                self._services.errors.report(work.__name__.strip("_"), kind="watching")
            await asyncio.sleep(_AGAIN_AFTER)

    async def _poll(self) -> None:
        """Load generations that another process built: poll the pointer, open and verify the generation, swap."""
        services = self._services
        # A damaged generation is tried again only after `_AGAIN`, because verifying it reads all of its files.
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
            except LockedError:  # the other build may have read the files before the request
                # The lock has no queue, so the request is repeated until the other build is done.
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
                # A saved file with the same content, or a file that is not indexed, needs no rebuild.
                elif await self._services.threads.build(self._services.library.is_stale):
                    self.want_rebuild()
            except (OSError, IndexFault) as fault:
                log.warning("%s cannot be read (%s); waiting for the next change", folder, fault)

    async def _prune(self) -> None:
        """Remove what is older than the settings allow, once a day."""
        services = self._services
        await asyncio.sleep(_PRUNE_AFTER)
        while True:
            # A wrong system clock must not delete everything, so the time is compared with the journal's own.
            now = await services.journal.write(Journal.trusted_time, time.time())
            removed = await services.journal.write(Journal.prune, now - services.settings.keep_days * 86_400)
            if removed:
                log.info("removed %d old replies from the journal", removed)
            await asyncio.sleep(86_400.0)

    async def _correct(self) -> None:
        """Correct the messages whose sources have changed: at the start, and after each new generation."""
        services, again = self._services, self._again
        while True:
            if (client := self._client()) is None or not client.is_ready():
                await asyncio.sleep(1.0)
                continue
            # Cleared first: a generation that arrives during the corrections starts another round.
            services.index.swapped.clear()
            try:
                await correct(services, client)
            except sqlite3.Error as fault:
                log.warning("messages are not corrected, because the journal is not writable: %s", fault)
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
            # An archived thread would be tried again after each generation; its update event starts the
            # correction.
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
    # Checked before anything is shown: otherwise a full disk would send the same notice in each round.
    await services.journal.write(Journal.check_writable)
    due = services.corrections.shown.get(key) != state
    try:
        yield due
    except sqlite3.Error:
        services.corrections.shown[key] = state
        raise
    services.corrections.shown.pop(key, None)


async def _edit(services: Services, client: Client, correction: Correction, today: date) -> bool:
    """Edit a message so that it shows the new wording of its sources; permanent errors are logged.

    Returns False if the message has to wait until somebody opens its archived thread again.
    """
    post = correction.post
    message = client.get_partial_messageable(post.channel).get_partial_message(post.message)
    try:
        before = None
        with contextlib.suppress(
            discord.Forbidden
        ):  # without the message history, the edited message shows no question
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
        raise  # a temporary error: all corrections are tried again later
    except discord.HTTPException as fault:
        log.warning(
            "message %s in channel %s cannot be corrected: %s", post.message, post.channel, fault.text
        )
    else:
        services.metrics.edits.inc()
    return True


async def _edited(client: Client, message: discord.PartialMessage, shown: Message) -> bool:
    """Edit a message. In an archived thread this happens only if the bot may archive the thread again afterwards.

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
    """Notify a person who watches a reply that its sources have changed.

    If the person accepts no direct messages, the notice is posted once below the answer, without a ping.
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
    """Return a nonce, by which Discord recognises a repeated send of the same message."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:24]


async def _tell_there(client: Client, watch: Watch, fields: dict[str, Any]) -> None:
    channel = client.get_partial_messageable(watch.channel)
    reference = discord.MessageReference(
        message_id=watch.message, channel_id=watch.channel, fail_if_not_exists=False
    )
    with contextlib.suppress(discord.HTTPException):  # neither way works, so nobody can be told
        await delivered(lambda: channel.send(reference=reference, mention_author=False, **fields))
