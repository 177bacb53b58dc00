"""Keeping the bot connected: discord.py gives up where it need not; this begins again, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from typing import TYPE_CHECKING, Any

import discord

from bot.chat.client import ShardedStrata, Strata
from bot.chat.looking import FatalError, bad_token, look, missing_intent
from bot.chat.syncing import sync

if TYPE_CHECKING:
    from bot.chat.desk import Desk

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_HEALTHY = 60.0
"""Seconds of connection after which the pause begins again at its shortest."""

_FINISH, _SAY, _CLOSE = 4.0, 1.5, 1.0
"""Seconds for questions at hand to finish, for telling those that do not, and for closing: within 10 in all."""

_DRAIN = 10.0
"""Seconds that questions at hand have when a connection has ended and its client has to go."""

_REFUSED_TOKEN = 4004
_REFUSED_INTENTS = (4013, 4014)


class Supervisor:
    """Runs one client after the other until it is told to stop."""

    def __init__(self, desk: Desk, token: str, **options: Any) -> None:
        """`options` are those of discord.py's clients."""
        self._desk = desk
        self._options = options
        self._token = token
        self._stopping = asyncio.Event()
        self._connected: asyncio.Future[None] | None = None
        self.client: Strata | None = None
        """The client of now; None between two."""

    def __repr__(self) -> str:
        return f"<Supervisor of {self.client!r}>"

    @property
    def ready(self) -> bool:
        """Whether the bot is connected."""
        return self.client is not None and self.client.is_ready()

    async def run(self) -> None:
        """Stay connected until `stop`; raises FatalError where trying again will not help."""
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            start = time.monotonic()
            try:
                await self._session()
            except asyncio.CancelledError:
                if not self._stopping.is_set():
                    raise
            except FatalError:
                raise
            except discord.PrivilegedIntentsRequired:
                raise missing_intent() from None
            except discord.LoginFailure:
                raise bad_token() from None
            except discord.ConnectionClosed as closed:
                if closed.code == _REFUSED_TOKEN:
                    raise bad_token() from None
                if closed.code in _REFUSED_INTENTS:
                    raise missing_intent() from None
                log.warning("the gateway closed the connection with %s", closed.code)
            except Exception as fault:  # a bot that ends over one fault of the network is no use
                log.warning("the connection ended: %s: %s", type(fault).__name__, fault)
                log.debug("the traceback of it", exc_info=True)
            if self._stopping.is_set():
                return
            if time.monotonic() - start > _HEALTHY:
                pause = _FIRST_PAUSE
            self._desk.counters.count("strata_faults_total", kind="connection")
            wait = pause * random.uniform(0.8, 1.2)  # noqa: S311
            log.info("connecting again in %.1f s", wait)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def stop(self) -> None:
        """Take no more questions, finish or say so, close the gateway with 1000."""
        self._stopping.set()
        await self._desk.stop(_FINISH, _SAY)
        if self._connected is not None:
            # the one that reads the gateway goes first: it would answer the socket's closing with a code of its own
            self._connected.cancel()
            await asyncio.wait([self._connected], timeout=_CLOSE)
        if self.client is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.client.close(), _CLOSE)

    def _client(self, shards: int) -> Strata:
        if shards > 1:
            return ShardedStrata(self._desk, shard_count=shards, **self._options)
        return Strata(self._desk, **self._options)

    async def _session(self) -> None:
        seen = await look(self._token)
        if self._desk.settings.message_content and not seen.content:
            raise missing_intent()
        if seen.interactions_url:
            log.warning(
                "the application sends interactions to %s and not to the bot: clear Interactions Endpoint URL in the "
                "developer portal (General Information)",
                seen.interactions_url,
            )
        if seen.starts == 0:
            log.warning("Discord allows no more session starts today; the bot waits")
            await asyncio.sleep(_LONGEST_PAUSE)
            return
        shards = self._desk.settings.shards or seen.shards
        client = self._client(shards)
        self.client = client
        try:
            await client.login(self._token)
            try:
                await sync(client, self._desk.journal)
            except discord.HTTPException as fault:
                log.error("the commands could not be registered: %s", fault)  # noqa: TRY400
            if not self._stopping.is_set():
                self._connected = asyncio.ensure_future(client.connect())
                await self._connected
        finally:
            if not self._stopping.is_set():
                self.client = None
                if self._desk.tasks:
                    await asyncio.wait(set(self._desk.tasks), timeout=_DRAIN)
            with contextlib.suppress(
                Exception
            ):  # it has failed already, and the next one does not depend on it
                await client.close()
