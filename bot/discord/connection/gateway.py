"""The connections to Discord's gateway, one for each shard, which reconnect soon after every outage.

discord.py's own loop pauses up to 1,024 s between two attempts and waits forever for a gateway that accepts a connection
but sends nothing. This loop limits both. It resumes a session wherever Discord allows that, so that questions from a short
outage are still answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import yarl

log = logging.getLogger(__name__)

REFUSED_TOKEN = 4004
REFUSED_INTENTS = (4013, 4014)
_REFUSED = (REFUSED_TOKEN, *REFUSED_INTENTS, 4010, 4011, 4012)
"""Close codes after which a client must not reconnect; 4010 to 4012 mean wrong shards or a wrong version."""

_MAX_RESUMES = 3
"""Attempts to resume a session without any answer of the gateway, after which a new session is started."""

_MAX_IDENTIFIES = 3
"""New sessions without a stable connection, after which the client ends.

The supervisor then looks up how many sessions may still be started today: Discord resets the token of a bot that exceeds
the number.
"""

_CLOSE = 1.0
"""Seconds to wait for the gateway to confirm a close; a half-open connection never does."""


class UnstableError(Exception):
    """New sessions keep failing, so the supervisor must start a new client."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The time limits and pauses of connecting, in seconds.

    A bot is connected at most a minute after the gateway is available: `longest` plus `within`.
    """

    first: float = 1.0
    """The pause after the first failed attempt; each further one is twice as long."""
    longest: float = 30.0
    """The longest pause."""
    stable: float = 60.0
    """A connection that lasted this long makes the next outage begin with the shortest pause."""
    within: float = 20.0
    """The time limit for opening a connection and its session, and for each request before that."""
    grace: float = 10.0
    """The greatest delay of a heartbeat's acknowledgement."""
    identify: float = 5.0
    """The pause between two new sessions of any shards, which Discord requires."""


class Backoff:
    """Pauses that grow from `first` to `longest`, each shortened by up to 30 % at random.

    An outage disconnects many bots at once; the jitter keeps them from reconnecting at once.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._pause = 0.0

    def after(self, lasted: float | None) -> float:
        """Return the seconds to wait after a connection that lasted so long; None if it was never established."""
        timing = self._timing
        if lasted is not None and lasted >= timing.stable:
            self._pause = 0.0
        pause = self._pause
        if not pause and lasted is None:
            pause = timing.first
        # The first reconnection has no pause, because Discord asks for a new connection every few hours (op 7).
        self._pause = min(pause * 2 or timing.first, timing.longest)
        return min(pause, timing.longest) * random.uniform(0.7, 1.0)  # noqa: S311


@dataclass(frozen=True, slots=True)
class Session:
    """The part of a session that outlives its connection."""

    id: str
    sequence: int | None
    gateway: yarl.URL
    """The address at which Discord wants the session to be resumed."""


class Turns:
    """A queue in which the shards of a client start new sessions, `identify` seconds apart."""

    def __init__(self, timing: Timing) -> None:
        self._seconds = timing.identify
        self._lock = asyncio.Lock()
        self._last = float("-inf")

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the turn, which ends once the new session was requested, successfully or not."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            await asyncio.sleep(self._last + self._seconds - loop.time())
            try:
                yield
            finally:
                self._last = loop.time()


class Shard:
    """One connection to the gateway, kept open until its client closes."""

    def __init__(self, client: Any, id: int | None, timing: Timing, turns: Turns) -> None:
        """Make a shard of a client; `id` is None if the client has no other shard."""
        self.id = id
        self.ws: DiscordWebSocket | None = None
        self._client = client
        self._timing = timing
        self._turns = turns
        self._session: Session | None = None
        self._established: float | None = None
        """When the session of this connection was established, by the loop's clock."""
        self._failed = self._unanswered_resumes = self._identifies = 0
        self._closing = False
        shard = self

        class Socket(DiscordWebSocket):
            """A socket that its shard knows from the start, so that a socket that hangs can be closed."""

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                shard.ws = self

        self._socket = Socket

    @property
    def connected(self) -> bool:
        """Whether the session is established, its socket open and its last heartbeat acknowledged in time."""
        return self._established is not None and self.ws is not None and self.ws.open and self._left() > 0

    @property
    def latency(self) -> float:
        """Seconds from a heartbeat to its acknowledgement; not finite before the first acknowledgement."""
        return self.ws.latency if self.ws is not None else float("nan")

    def _left(self) -> float:
        """Seconds until the next acknowledgement of a heartbeat is overdue; negative if it is."""
        beat = self.ws._keep_alive if self.ws is not None else None  # noqa: SLF001
        if beat is None or beat.interval is None:
            return 0.0
        return beat._last_ack + beat.interval + self._timing.grace - time.perf_counter()  # noqa: SLF001

    async def run(self) -> None:
        """Stay connected until the client closes.

        Raises ConnectionClosed if Discord refuses the client, and UnstableError if new sessions keep failing.
        """
        backoff = Backoff(self._timing)
        loop = asyncio.get_running_loop()
        while not (self._closing or self._client.is_closed()):
            try:
                await self._connect()
                await self._read()
            except ReconnectWebSocket as request:
                log.info("the gateway asks shard %s to %s", self.id or 0, request.op)
            except discord.ConnectionClosed as closed:
                if closed.code in _REFUSED:
                    raise
                log.warning("the gateway closed the connection with %s", closed.code)
            except UnstableError:
                raise
            except Exception as fault:  # a network error, or a frame that discord.py cannot parse
                reason = str(fault) or "no answer in time"
                log.warning("the connection to the gateway failed: %s: %s", type(fault).__name__, reason)
                log.debug("its traceback", exc_info=True)
            if self._closing or self._client.is_closed():
                return
            lasted = None if self._established is None else loop.time() - self._established
            await self._drop()
            self._after(lasted)
            if wait := backoff.after(lasted):
                self._client.services.metrics.faults.labels(kind="connection").inc()
                log.info("connecting to the gateway again in %.1f s", wait)
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Close the connection with 1000, which ends its session."""
        self._closing = True
        await self._drop(1000)

    async def _drop(self, code: int = 4000) -> None:
        """Close the connection without waiting long for the other side; 4000 keeps the session."""
        ws, self._established = self.ws, None
        if ws is None:
            return
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE):
                await ws.close(code)

    def _after(self, lasted: float | None) -> None:
        """Update the counts and the session for the next attempt; `lasted` is None if no session was established."""
        ws, known = self.ws, self._session
        if lasted is not None and lasted >= self._timing.stable:
            self._identifies = 0
        self._failed = self._failed + 1 if lasted is None else 0
        if ws is None:
            return  # there was no socket, so the session is unchanged
        if ws.session_id is None or (lasted is None and self._unanswered_resumes >= _MAX_RESUMES):
            self._session = None
        elif known is None or known.id != ws.session_id:
            self._session = Session(ws.session_id, ws.sequence, ws.gateway)
        else:
            self._session = replace(known, sequence=ws.sequence)

    async def _connect(self) -> None:
        """Open a connection, and resume the known session or request a new one."""
        session, self.ws = self._session, None
        if session is not None:
            # A session has its own address; if that address does not answer, the default gateway may.
            gateway = session.gateway if self._failed % 2 == 0 else self._socket.DEFAULT_GATEWAY
            async with asyncio.timeout(self._timing.within):
                await self._open(gateway=gateway, resume=True, session=session.id, sequence=session.sequence)
            self._unanswered_resumes += 1
            return
        if self._identifies >= _MAX_IDENTIFIES:
            raise UnstableError(f"{self._identifies} new sessions in a row did not last")
        async with self._turns.turn(), asyncio.timeout(self._timing.within):
            await self._open()
        self._identifies += 1

    async def _open(self, **how: Any) -> None:
        await self._socket.from_client(self._client, shard_id=self.id, **how)

    async def _read(self) -> None:
        """Pass events on until the connection ends; raises TimeoutError if the gateway falls silent."""
        ws = self.ws
        assert ws is not None
        loop = asyncio.get_running_loop()
        # Registered before the first poll: otherwise the event could arrive unnoticed.
        answers = [ws.wait_for(event, lambda _: True) for event in ("READY", "RESUMED")]
        async with asyncio.timeout(self._timing.within):
            while not any(answer.done() for answer in answers):
                await ws.poll_event()
        self._established = loop.time()
        self._unanswered_resumes = 0
        async with asyncio.timeout(None) as limit:
            while True:
                # A half-open connection delivers no error, so a late heartbeat acknowledgement ends the read.
                limit.reschedule(loop.time() + self._left())
                await ws.poll_event()
