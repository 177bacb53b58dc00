"""The stand-in as a whole: its sockets, its settings, the faults that a test asks for."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from aiohttp import web

from tests.standin import applications, channels, faults, interactions, payloads
from tests.standin.faults import Fault
from tests.standin.gateway import MEMBERS, MESSAGE_CONTENT, PRESENCES, Gateway
from tests.standin.people import People
from tests.standin.rest import Request, Rest
from tests.standin.state import DIRECT, User, snowflake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import TracebackType

    import discord

    from tests.standin.state import Message

Found = TypeVar("Found")
_ROOT = Path(__file__).parents[2]


class Standin(People):
    """A Discord of one application on 127.0.0.1; see the package's docstring for an example.

    Args:
        token: the bot's token.
        message_content: whether the developer portal allows the message content intent.
        members: whether it allows the server members intent.
        shards: how many shards GET /gateway/bot recommends.
        heartbeat_interval: seconds between heartbeats; after two without one the connection is closed (4009).
        acknowledge_within: seconds in which an interaction must be acknowledged.
        team: makes the application a team's: names of members with their state (1 invited, 2 accepted) and role.
    """

    def __init__(
        self,
        *,
        token: str = "stand-in.token.not-a-secret",
        message_content: bool = False,
        members: bool = False,
        shards: int = 1,
        heartbeat_interval: float = 41.25,
        acknowledge_within: float = 3.0,
        team: Mapping[str, tuple[int, str]] | None = None,
    ) -> None:
        super().__init__()
        self.token = token
        self.allowed_intents = (MESSAGE_CONTENT if message_content else 0) | (MEMBERS if members else 0)
        self.shards = shards
        self.heartbeat_interval = heartbeat_interval
        self.acknowledge_within = acknowledge_within
        self.url = ""
        self.team = {self._member(name): told for name, told in (team or {}).items()}
        """The members of the team that the application belongs to; none if it is the developer's own."""
        self.gateway = Gateway(self)
        self._rest = Rest(self, (*applications.ROUTES, *channels.ROUTES, *interactions.ROUTES))
        self._runner = web.AppRunner(self._rest.app, access_log=None, shutdown_timeout=0.2)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gateway.drop()
        await self._runner.cleanup()

    def _member(self, name: str) -> User:
        made = User(snowflake(), name)
        self.users[made.id] = made
        return made

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return self.url.replace("http", "ws", 1) + "/"

    @property
    def application_flags(self) -> int:
        """The application's flags: the privileged intents that the developer portal allows."""
        flags = {PRESENCES: 1 << 13, MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}
        return sum(flag for intent, flag in flags.items() if self.allowed_intents & intent)

    @property
    def reads_content(self) -> bool:
        """Whether the application may read messages that do not concern it."""
        return bool(self.allowed_intents & MESSAGE_CONTENT)

    # What the bot did.

    @property
    def requests(self) -> list[Request]:
        """All requests of the bot, oldest first."""
        return self._rest.requests

    def requests_to(self, route: str) -> list[Request]:
        """The requests of a route: "POST /channels/*/messages", "PATCH /webhooks/**", "* /users/@me"."""
        return self._rest.matching(route)

    def notes(self) -> str:
        """The latest requests and what happened on the gateway, for the message of a failed wait."""
        lines = [f"  {item}" for item in self.requests[-8:]]
        lines += [f"  gateway: {kind}" for kind, _, _ in self.gateway.log[-6:]]
        return "\n".join(lines)

    async def until(
        self, ready: Callable[[], Found | None], timeout: float = 5.0, what: str = "the condition"
    ) -> Found:
        """Wait for the first answer of `ready` that is true; raises LateError."""
        return await self.pulse.until(ready, timeout, what)

    async def ready(self, timeout: float = 10.0, shards: int | None = None) -> None:
        """Wait until the bot is connected with all its shards: it has READY and its servers."""
        wanted = self.shards if shards is None else shards
        await self.until(lambda: len(self.gateway.connected) >= wanted, timeout, "the bot is connected")

    async def gone(self, timeout: float = 10.0) -> None:
        """Wait until the bot has no connection to the gateway."""
        await self.until(lambda: not self.gateway.connected, timeout, "the bot is gone")

    async def next_message(
        self,
        condition: Callable[[Message], bool] | None = None,
        timeout: float = 10.0,
        *,
        after: Message | None = None,
    ) -> Message:
        """The bot's first filled message later than `after` that meets the condition; no ephemeral one."""

        def found() -> Message | None:
            for message in self.messages.values():
                late = after is None or message.id > after.id
                shown = message.author is self.bot and not message.loading and not message.ephemeral
                if late and shown and (condition is None or condition(message)):
                    return message
            return None

        return await self.until(found, timeout, "the bot wrote a message")

    async def reply(self, message: Message, timeout: float = 10.0) -> Message:
        """The bot's reply to a person's message, or what it wrote in the message's thread."""

        def answers(found: Message) -> bool:
            direct = found.channel.kind == DIRECT and found.channel is message.channel
            return direct or found.reply_to is message or found.channel is message.thread

        return await self.next_message(answers, timeout, after=message)

    # What goes wrong.

    def fail_next(
        self,
        route: str,
        *,
        status: int | None = None,
        drop: Literal["close", "reset"] | None = None,
        delay: float = 0.0,
        commit: bool = False,
        times: int = 1,
        retry_after: float = 0.2,
        everywhere: bool = False,
        via: bool = True,
        body: dict[str, Any] | str | None = None,
    ) -> Fault:
        """Let the next requests of a route fail; the fault's `times` says how many are left.

        Args:
            route: "METHOD /path", where `*` or `{name}` stands for one part and `**` for any number.
            status: answer with this status. 429 has `retry_after`; `everywhere` makes it global; without
                `via` it looks like Cloudflare's, which discord.py does not retry.
            drop: end the TCP connection without an answer, by FIN or by RST.
            delay: seconds before that, or before the true answer where neither status nor drop is given.
            commit: whether the request has its effect all the same, before the delay.
            times: how many requests.
            body: instead of the usual body of the status; a string is sent as text/plain.
        """
        headers: dict[str, str] = {}
        if status == 429:
            usual, headers = faults.limited(retry_after, everywhere=everywhere, via=via)
            body = usual if body is None else body
        elif status == 503 and body is None:
            body = "upstream connect error or disconnect/reset before headers"
        elif status is not None and body is None:
            body = {"message": f"{status}: the stand-in was asked to fail", "code": 0}
        fault = Fault(faults.route(route), status, drop, delay, commit, times, body, headers)
        self._rest.faults.append(fault)
        return fault

    def limit(self, route: str, times: int, per: float) -> None:
        """A real rate limit for each channel, server or token of a route: `times` requests in `per` seconds.

        Discord's own for messages in a channel is about 5 in 5 s. Without a call nothing is limited.
        """
        self._rest.limits.append((faults.route(route), times, per))

    def drop(self, *, reset: bool = False) -> None:
        """Let the gateway's TCP connections go, by FIN or by RST; sessions can be resumed."""
        self.gateway.drop(reset=reset)

    def reconnect(self) -> None:
        """Op 7 on the gateway."""
        self.gateway.reconnect()

    def invalid_session(self, *, resumable: bool = False) -> None:
        """Op 9 on the gateway: with False the session is gone."""
        self.gateway.invalidate(resumable=resumable)

    def close(self, code: int = 4000) -> None:
        """Close the gateway's connections with a code."""
        self.gateway.close(code)

    def malformed_event(
        self, event: str = "MESSAGE_CREATE", data: object = None, raw: str | None = None
    ) -> None:
        """An event whose data no client understands, or (`raw`) a text that is not JSON."""
        if raw is not None:
            self.gateway.raw(raw)
            return
        broken = {"id": "not a number"} if data is None else data
        for session in self.gateway.connected:
            session.dispatch(event, broken)

    def gateway_down(self, times: int = 1) -> None:
        """Answer the next connections to the gateway with 503."""
        self.gateway.refusals += times

    def gateway_up(self) -> None:
        """End `gateway_down`, and `answers` other than all."""
        self.gateway.refusals, self.gateway.answers = 0, "all"

    def freeze(self) -> None:
        """Leave the gateway's TCP connections half open: nothing is read, sent or closed on them any more."""
        for session in self.gateway.connected:
            assert session.connection is not None
            session.connection.freeze()
            session.connection = None

    def dispatch(self, event: str, data: object) -> None:
        """Any event to all sessions."""
        for session in self.gateway.sessions.values():
            session.dispatch(event, data)

    # The bot, in this process and as one of its own.

    @asynccontextmanager
    async def running(self, client: discord.Client) -> AsyncIterator[asyncio.Task[None]]:
        """discord.py pointed here and this client connected, until the end; its task raises there what it died of."""
        from tests.standin.pointing import point_client_at

        before = asyncio.all_tasks()
        with point_client_at(self.url):
            task = asyncio.create_task(client.start(self.token))
            try:
                await self.until(
                    lambda: task.done() or len(self.gateway.connected) >= self.shards, 10, "connected"
                )
                yield task
            finally:
                rest = asyncio.all_tasks() - before - {task, asyncio.current_task()}
                for item in rest:
                    # discord.py would dispatch "ready" on a client that has lost its loop by then.
                    if getattr(item.get_coro(), "__name__", "") in {"_delay_ready", "_delay_shard_ready"}:
                        item.cancel()
                await client.close()
                await asyncio.wait([task, *rest], timeout=0.2)
                await asyncio.wait([task], timeout=5)
        task.result()

    async def launch(
        self, *arguments: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> asyncio.subprocess.Process:
        """Run `strata ARGUMENT...` in a process, pointed here, with this token; its output is piped.

        The caller waits for it or kills it, and reads its output with `communicate()`.
        """
        paths = os.pathsep.join(item for item in (str(_ROOT), os.environ.get("PYTHONPATH")) if item)
        variables = (
            os.environ | {"PYTHONPATH": paths, "STRATA_DISCORD_TOKEN": self.token} | dict(environment or {})
        )
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.standin.launch",
            self.url,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=variables,
            cwd=folder,
        )

    def save(self, file: Path, *shown: Message) -> None:
        """Write messages as JSON for `tests.standin.picture`, to be drawn one below the other."""
        names = {person.mention: f"@{person.name.title()}" for person in self.users.values()}
        names |= {f"<#{channel.id}>": f"#{channel.name}" for channel in self.channels.values()}
        data = {"messages": [payloads.message(message) for message in shown], "names": names}
        file.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
