"""The gateway: sessions with sequence numbers over websockets, and the ways in which it fails."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from aiohttp import WSMsgType, web

from tests.standin import payloads
from tests.standin.state import DIRECT, Channel, Guild

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standin.server import Standin

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = MEMBERS | PRESENCES | MESSAGE_CONTENT
"""Intents that the developer portal must allow."""
_KNOWN_INTENTS = (1 << 26) - 1
_DISPATCH, _HEARTBEAT, _IDENTIFY, _PRESENCE, _VOICE, _RESUME, _RECONNECT = 0, 1, 2, 3, 4, 6, 7
_REQUEST_MEMBERS, _INVALID_SESSION, _HELLO, _ACK = 8, 9, 10, 11


class _Packer(Protocol):
    def pack(self, text: str) -> bytes: ...


class _Zlib:
    """One zlib stream for the whole connection, flushed after each message."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, text: str) -> bytes:
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class _Zstd:
    """One zstd stream for the whole connection, a block for each message, by the library that discord.py found."""

    _pack: Callable[[bytes], Any]

    def __init__(self) -> None:
        stream: Any
        try:
            import zstandard  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            from compression.zstd import ZstdCompressor  # type: ignore[import-not-found, unused-ignore]

            make: Any = ZstdCompressor
            stream = make()
            self._pack = lambda data: stream.compress(data, mode=ZstdCompressor.FLUSH_BLOCK)
        else:
            stream = zstandard.ZstdCompressor().compressobj()
            self._pack = lambda data: stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def pack(self, text: str) -> bytes:
        return bytes(self._pack(text.encode()))


_PACKERS: dict[str, Callable[[], _Packer]] = {"zlib-stream": _Zlib, "zstd-stream": _Zstd}


@dataclass(eq=False, slots=True)
class Session:
    """What survives a lost connection: the events that a RESUME may ask for."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    sent: list[tuple[int, str]] = field(default_factory=list)
    connection: Connection | None = None

    def sees(self, guild: Guild | None) -> bool:
        """Whether events of this server (None: direct messages) belong to the session's shard."""
        number, shards = self.shard
        return number == (0 if guild is None else (guild.id >> 22) % shards)

    def dispatch(self, event: str, data: object) -> None:
        """Send an event, or keep it for a RESUME while there is no connection."""
        self.sequence += 1
        text = json.dumps({"op": _DISPATCH, "s": self.sequence, "t": event, "d": data})
        self.sent.append((self.sequence, text))
        if self.connection is not None:
            self.connection.put(text)


class Connection:
    """One websocket; a task of its own sends what is put on it, in order."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        self.ws = ws
        self.session: Session | None = None
        self._transport = request.transport
        make = _PACKERS.get(request.query.get("compress", ""))
        self._packer = None if make is None else make()
        self._outbox: asyncio.Queue[str | int] = asyncio.Queue()
        self.ending = False
        self.frozen = False

    def freeze(self) -> None:
        """Read and send nothing more, and leave the TCP connection open: the other side has vanished."""
        self.frozen = True
        if isinstance(self._transport, asyncio.ReadTransport):
            self._transport.pause_reading()

    def put(self, text: str) -> None:
        """Send this text after all before it."""
        self._outbox.put_nowait(text)

    def say(self, op: int, data: object = None) -> None:
        """Send an operation that is no event."""
        self.put(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def close(self, code: int) -> None:
        """Close with a code, after all that was put before."""
        self.ending = True
        self._outbox.put_nowait(code)

    def drop(self, *, reset: bool) -> None:
        """Let the TCP connection go without a closing frame: by a reset, or by an end of the stream."""
        self.ending = True
        cut(self._transport, reset=reset)

    async def send(self) -> None:
        """Send until a close is due."""
        while True:
            item = await self._outbox.get()
            if self.frozen:
                continue
            if isinstance(item, int):
                await self.ws.close(code=item)
                return
            if self.ws.closed:
                return
            try:
                if self._packer is None:
                    await self.ws.send_str(item)
                else:
                    await self.ws.send_bytes(self._packer.pack(item))
            except ConnectionError:
                return


def cut(transport: asyncio.BaseTransport | None, *, reset: bool) -> None:
    """End a TCP connection at once: with RST if `reset`, else with FIN."""
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if reset and raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort() if isinstance(transport, asyncio.WriteTransport) else transport.close()


class Gateway:
    """All sessions, what the bot did on them, and the faults that a test asks for.

    `log` holds (kind, data, loop time) with the kinds "connect", "identify", "resume", "heartbeat",
    "presence", "close" (the bot closed with this code; None: it vanished) and "ended" (the stand-in did it).
    """

    def __init__(self, standin: Standin) -> None:
        self._standin = standin
        self.sessions: dict[str, Session] = {}
        self.log: list[tuple[str, Any, float]] = []
        self.refusals = 0
        self.answers: Literal["all", "hello", "nothing"] = "all"
        """What new connections get: "hello" is a HELLO and acknowledged heartbeats, but never a session."""

    def told(self, what: str) -> list[Any]:
        """The data of all entries of the log of one kind, oldest first."""
        return [data for kind, data, _ in self.log if kind == what]

    @property
    def connected(self) -> list[Session]:
        """Sessions with a live connection."""
        return [session for session in self.sessions.values() if session.connection is not None]

    def dispatch(self, event: str, data: object, guild: Guild | None, intent: int = 0) -> None:
        """Send an event to the shard of the server, if the bot asked for its intent."""
        for session in self.sessions.values():
            if session.sees(guild) and (not intent or session.intents & intent):
                session.dispatch(event, data)

    def dispatch_message(self, event: str, data: dict[str, Any], channel: Channel) -> None:
        """Send a message's event; its content only where intents and Discord's exceptions allow it."""
        bot = self._standin.bot
        if channel.kind != DIRECT and not channel.may(bot, "view_channel"):
            return
        intent = DIRECT_MESSAGES if channel.kind == DIRECT else GUILD_MESSAGES
        for session in self.sessions.values():
            if session.sees(channel.guild) and session.intents & intent:
                open_ = channel.kind == DIRECT or session.intents & MESSAGE_CONTENT
                session.dispatch(event, data if open_ else payloads.redacted(data, bot.id))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection from HELLO to its end."""
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503, text="upstream connect error")
        ws = web.WebSocketResponse(max_msg_size=1 << 14, timeout=1.0)
        await ws.prepare(request)
        connection = Connection(request, ws)
        self._note("connect", {"path": request.path, "compress": request.query.get("compress")})
        sender = asyncio.create_task(connection.send())
        if self.answers == "nothing":
            connection.freeze()
        connection.say(
            _HELLO, {"heartbeat_interval": int(self._standin.heartbeat_interval * 1000), "_trace": []}
        )
        try:
            await self._listen(connection)
        finally:
            session = connection.session
            if session is not None and session.connection is connection:
                session.connection = None
                if ws.close_code in (1000, 1001) and not sender.done():
                    self.sessions.pop(session.id, None)
            code = None if ws.close_code == 1006 else ws.close_code
            self._note("ended" if connection.ending else "close", code)
            sender.cancel()
        return ws

    def _note(self, kind: str, data: object) -> None:
        self.log.append((kind, data, asyncio.get_running_loop().time()))
        self._standin.pulse.beat()

    async def _listen(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        beaten = loop.time()
        while True:
            left = beaten + 2 * self._standin.heartbeat_interval - loop.time()
            try:
                message = await connection.ws.receive(timeout=max(0.001, left))
            except TimeoutError:
                connection.close(4009)
                beaten = loop.time() + 5
                continue
            if message.type is not WSMsgType.TEXT:
                return
            try:
                payload = json.loads(message.data)
                op, data = payload["op"], payload.get("d")
            except (ValueError, KeyError, TypeError):
                connection.close(4002)
                continue
            if op == _HEARTBEAT:
                beaten = loop.time()
                self._note("heartbeat", data)
                connection.say(_ACK)
            elif op in (_IDENTIFY, _RESUME) and self.answers == "hello":
                self._note("ignored", op)
            elif op == _IDENTIFY:
                self._identify(connection, data)
            elif op == _RESUME:
                self._resume(connection, data)
            elif connection.session is None:
                connection.close(4003)
            elif op == _PRESENCE:
                self._note("presence", data)
            elif op == _REQUEST_MEMBERS:
                self._members(connection.session, data)
            elif op != _VOICE:
                connection.close(4001)

    def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        self._note("identify", data)
        standin = self._standin
        intents, (shard, shards) = data.get("intents"), data.get("shard") or (0, 1)
        if connection.session is not None:
            return connection.close(4005)
        if data.get("token") != standin.token:
            return connection.close(4004)
        if not 0 <= shard < shards:
            return connection.close(4010)
        if not isinstance(intents, int) or intents & ~_KNOWN_INTENTS:
            return connection.close(4013)
        if intents & PRIVILEGED & ~standin.allowed_intents:
            return connection.close(4014)
        session = Session(secrets.token_hex(16), intents, (shard, shards), connection=connection)
        for old in list(self.sessions.values()):
            if old.shard == session.shard and old.connection is None:
                del self.sessions[old.id]
        self.sessions[session.id] = connection.session = session
        guilds = [guild for guild in standin.guilds.values() if session.sees(guild)]
        ready = {
            "v": 10,
            "user": payloads.user(standin.bot)
            | {"verified": True, "mfa_enabled": True, "email": None, "flags": 0},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": f"{standin.gateway_url}resume/",
            "shard": [shard, shards],
            "application": {"id": str(standin.bot.id), "flags": standin.application_flags},
            "private_channels": [],
            "_trace": [],
        }
        session.dispatch("READY", ready)
        if intents & GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", self.guild(guild, session))
        self._standin.pulse.beat()
        return None

    def guild(self, guild: Guild, session: Session) -> dict[str, Any]:
        """A server as a session sees it: all its members only with the members intent, else the bot alone."""
        members = guild.members.values()
        everyone = session.intents & MEMBERS
        return payloads.guild(guild, [item for item in members if everyone or item.user is self._standin.bot])

    def _resume(self, connection: Connection, data: dict[str, Any]) -> None:
        self._note("resume", data)
        if data.get("token") != self._standin.token:
            return connection.close(4004)
        session = self.sessions.get(data.get("session_id") or "")
        if session is None:
            return connection.say(_INVALID_SESSION, data=False)
        if (data.get("seq") or 0) > session.sequence:
            return connection.close(4007)
        connection.session, session.connection = session, connection
        for sequence, text in session.sent:
            if sequence > (data.get("seq") or 0):
                connection.put(text)
        session.dispatch("RESUMED", {"_trace": []})
        self._standin.pulse.beat()
        return None

    def _members(self, session: Session, data: dict[str, Any]) -> None:
        guild = self._standin.guilds[int(data["guild_id"])]
        if data.get("user_ids"):
            ids = data["user_ids"] if isinstance(data["user_ids"], list) else [data["user_ids"]]
            found = [guild.members[int(id)] for id in ids if int(id) in guild.members]
        else:
            query = data.get("query") or ""
            found = [item for item in guild.members.values() if item.user.name.startswith(query)]
        chunk: dict[str, Any] = {
            "guild_id": str(guild.id),
            "members": [payloads.member(item) for item in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    # What a test may do to all connections.

    def drop(self, *, reset: bool = False) -> None:
        """Let every TCP connection go; sessions can be resumed."""
        for session in self.connected:
            assert session.connection is not None
            session.connection.drop(reset=reset)
            session.connection = None

    def reconnect(self) -> None:
        """Op 7: the bot should connect again and resume."""
        for session in self.connected:
            assert session.connection is not None
            session.connection.say(_RECONNECT)
            session.connection = None

    def invalidate(self, *, resumable: bool) -> None:
        """Op 9: with False the session is gone and the bot must identify again."""
        for session in self.connected:
            assert session.connection is not None
            session.connection.say(_INVALID_SESSION, data=resumable)
            session.connection = None
            if not resumable:
                del self.sessions[session.id]

    def close(self, code: int) -> None:
        """Close every connection with a code; the session is kept if the code allows a RESUME."""
        for session in self.connected:
            assert session.connection is not None
            session.connection.close(code)
            session.connection = None
            if code in (1000, 1001, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014):
                del self.sessions[session.id]

    def raw(self, text: str) -> None:
        """Send any text to every connection."""
        for session in self.connected:
            assert session.connection is not None
            session.connection.put(text)
