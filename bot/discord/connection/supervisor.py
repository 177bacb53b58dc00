"""The supervisor of the connection: starts a new client when one has ended, and shuts down cleanly.

Within one client, `bot.discord.connection.gateway` reconnects after outages. A client ends only if its token, its intents
or its shards are refused, or if new sessions keep failing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.client import ShardedStrata, Strata
from bot.discord.commands.registration import sync
from bot.discord.connection.application import FatalError, bad_token, look, missing_intent
from bot.discord.connection.gateway import REFUSED_INTENTS, REFUSED_TOKEN, Backoff, Timing
from bot.errors import BotFault

if TYPE_CHECKING:
    from bot.discord.context import Services

log = logging.getLogger(__name__)

_FINISH, _SAY, _CLOSE = 4.0, 1.5, 1.0
"""Seconds to finish running questions, to notify the askers of unfinished questions, and to close.

The sum stays below 10, after which Docker kills a container that was told to stop.
"""

_DRAIN = 10.0
"""Seconds that running questions get before the client of an ended connection is closed."""

_SPARE_STARTS = 100
"""If fewer session starts are left today, they are spread over the time until Discord allows more.

Discord resets the token of a bot that starts more than 1,000 sessions a day.
"""


class Supervisor:
    """The owner of the connection, which starts one client after another until `stop`."""

    def __init__(
        self,
        services: Services,
        token: str,
        *,
        timing: Timing | None = None,
        identified: Callable[[int], Awaitable[None]] | None = None,
        **options: Any,
    ) -> None:
        """Prepare to connect.

        Args:
            services: The parts of the bot.
            token: The bot's token.
            timing: The time limits and pauses of connecting.
            identified: Called with the application's id before each client connects, to open its journal.
            options: The options of discord.py's clients.
        """
        self._services = services
        self._options = options
        self._token = token
        self._timing = timing or Timing()
        self._identified = identified
        self._stopping = asyncio.Event()
        self._connected: asyncio.Future[None] | None = None
        self.client: Strata | None = None
        """The current client, or None while reconnecting."""

    def __repr__(self) -> str:
        return f"<Supervisor of {self.client!r}>"

    @property
    def ready(self) -> bool:
        """Return whether the bot is connected: events arrive, and heartbeats are acknowledged."""
        return self.client is not None and self.client.connected

    async def run(self) -> None:
        """Stay connected until `stop`; raises FatalError if a retry cannot succeed."""
        backoff = Backoff(self._timing)
        while not self._stopping.is_set():
            start = time.monotonic()
            try:
                await self._session()
            except asyncio.CancelledError:
                if not self._stopping.is_set():
                    raise
            except (FatalError, BotFault):
                raise
            except discord.LoginFailure:
                raise bad_token() from None
            except discord.ConnectionClosed as closed:
                if closed.code == REFUSED_TOKEN:
                    raise bad_token() from None
                if closed.code in REFUSED_INTENTS:
                    raise missing_intent() from None
                log.warning("the gateway closed the connection with %s", closed.code)
            except Exception as fault:  # a network error must not stop the bot
                log.warning("the connection ended: %s: %s", type(fault).__name__, fault)
                log.debug("traceback", exc_info=True)
            if self._stopping.is_set():
                return
            self._services.metrics.faults.labels(kind="connection").inc()
            lasted = time.monotonic() - start
            wait = backoff.after(lasted if lasted > self._timing.stable else None)
            log.info("connecting again in %.1f s", wait)
            await self._rest(wait)

    async def _rest(self, seconds: float) -> None:
        """Wait for some seconds, or until stopping."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def stop(self) -> None:
        """Stop accepting questions, finish the running questions or tell their askers, then close the connection (1000)."""
        self._stopping.set()
        await self._services.tasks.stop(_FINISH, _SAY)
        if self._connected is not None:
            # The reader is cancelled first, because it would answer the close with its own code.
            self._connected.cancel()
            await asyncio.wait([self._connected], timeout=_CLOSE)
        if self.client is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.client.close(), _CLOSE)

    def _client(self, shards: int) -> Strata:
        if shards > 1:
            return ShardedStrata(self._services, self._timing, shard_count=shards, **self._options)
        return Strata(self._services, self._timing, **self._options)

    async def _session(self) -> None:
        async with asyncio.timeout(self._timing.within):
            seen = await look(self._token)
        if self._services.settings.message_content and not seen.content:
            raise missing_intent()
        if seen.interactions_url:
            log.warning(
                "the application sends interactions to %s and not to the bot: clear Interactions Endpoint URL in the "
                "developer portal (General Information)",
                seen.interactions_url,
            )
        if self._identified is not None:
            await self._identified(seen.id)
        if seen.starts < _SPARE_STARTS:
            # Evenly spread starts keep the bot reachable until the reset, whatever makes its sessions fail.
            wait = seen.more_starts_in / (seen.starts + 1)
            log.warning("Discord allows %d more session starts today; waiting %.0f s", seen.starts, wait)
            await self._rest(wait)
            if self._stopping.is_set() or not seen.starts:
                return
        client = self._client(self._services.settings.shards or seen.shards)
        self.client = client
        try:
            await self._register(client)
            if not self._stopping.is_set():
                self._connected = asyncio.ensure_future(client.connect())
                await self._connected
        finally:
            if not self._stopping.is_set():
                self.client = None
                if self._services.tasks.running:
                    await asyncio.wait(set(self._services.tasks.running), timeout=_DRAIN)
            with contextlib.suppress(
                Exception
            ):  # the client has failed already, and the next client does not need it
                await client.close()

    async def _register(self, client: Strata) -> None:
        """Log in and register the commands. The bot connects even if the registration fails."""
        async with asyncio.timeout(self._timing.within):
            await client.login(self._token)
        try:
            async with asyncio.timeout(self._timing.within):
                await sync(client)
        except (discord.HTTPException, TimeoutError) as fault:
            log.error("the commands could not be registered: %s", fault or type(fault).__name__)  # noqa: TRY400
