"""The client: passes the events of one shard, or of several, to commands, buttons and replies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import discord

from bot.discord import channel_permissions, message_kind, question_lookup, replies
from bot.discord.commands import general
from bot.discord.connection.gateway import Shard, Timing, Turns
from bot.discord.context import Client, Interaction, where
from bot.discord.delivery import NOBODY
from bot.discord.format.escape import plain
from bot.discord.format.message import Message
from bot.discord.ui import feedback, registry
from bot.journal.journal import Journal

if TYPE_CHECKING:
    from bot.discord.context import Services
    from bot.journal.entries import Post

log = logging.getLogger(__name__)

HOW_TO_ASK = "Ask me a question, for example: What is HBM?"


def intents(*, message_content: bool) -> discord.Intents:
    """Return the intents of the bot: no privileged intent unless it reads every message."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.message_content = message_content
    return wanted


class Strata(Client):
    """The bot on one shard: passes events to commands, buttons and replies."""

    def __init__(self, services: Services, timing: Timing | None = None, **options: Any) -> None:
        super().__init__(
            intents=intents(message_content=services.settings.message_content),
            allowed_mentions=NOBODY,
            # The bot never needs the cache of messages or of members, which would grow with the servers.
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            **options,
        )
        self.services = services
        self.tree = general.Tree(self)
        for command in general.everything(services.settings.longest_question):
            self.tree.add_command(command)
        self.add_dynamic_items(*registry.ITEMS)
        self.connected_once = False
        self._timing = timing or Timing()
        self._shards: dict[int | None, Shard] = {}
        _survive_malformed_events(self)

    async def on_ready(self) -> None:
        """Note that the bot is connected, and erase the servers that removed it while it was away."""
        self.connected_once = True
        log.info("connected as %s, in %d servers", self.user, len(self.guilds))
        await (
            self.services.journal.opened.wait()
        )  # the journal may open late, for example when the disk is full
        with self.services.tasks.working(), self.services.errors.log_journal_errors("erasing servers"):
            known = await self.services.journal.read(Journal.servers)
            if not self.is_ready():
                return  # disconnected meanwhile: a server that is missing from the list may still have the bot
            for gone in known - {guild.id for guild in self.guilds}:
                await self.services.answers.erase_server(gone)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected until the client closes; raises ConnectionClosed and UnstableError."""
        del reconnect  # discord.py's own loop is not used
        turns = Turns(self._timing)
        self._shards = {id: Shard(self, id, self._timing, turns) for id in self._shard_ids()}
        try:
            async with asyncio.TaskGroup() as group:
                for shard in self._shards.values():
                    group.create_task(shard.run())
        except BaseExceptionGroup as faults:
            # The supervisor decides by the type of the first error, not by a group.
            raise faults.exceptions[0] from None

    def _shard_ids(self) -> Sequence[int | None]:
        return (self.shard_id,)

    @property
    def connected(self) -> bool:
        """Return whether every shard has a healthy session and the servers are known."""
        shards = self._shards.values()
        return self.is_ready() and bool(shards) and all(shard.connected for shard in shards)

    @property
    def latency(self) -> float:
        """Return the average heartbeat latency in seconds; NaN without a connection."""
        latencies = [shard.latency for shard in self._shards.values()]
        return sum(latencies) / len(latencies) if latencies else float("nan")

    def _get_websocket(self, guild_id: int | None = None, *, shard_id: int | None = None) -> Any:
        """Return the connection on which discord.py asks for the members of a server."""
        if shard_id is None and guild_id is not None and self.shard_count and len(self._shards) > 1:
            # Discord's own formula for the shard of a server.
            shard_id = (guild_id >> 22) % self.shard_count
        return self._shards[shard_id if shard_id is not None else next(iter(self._shards))].ws

    async def close(self) -> None:
        """Close the gateway's connections with 1000, then everything else."""
        await asyncio.gather(*(shard.close() for shard in self._shards.values()))
        await super().close()

    async def on_interaction(self, interaction: Interaction) -> None:
        """Handle forms by custom id, even forms that were opened before a restart, and components from other versions."""
        data: dict[str, Any] = dict(interaction.data or {})
        custom_id = str(data.get("custom_id"))
        if interaction.type is discord.InteractionType.modal_submit:
            if match := feedback.FORM.fullmatch(custom_id):
                await feedback.submitted(interaction, match["id"])
            else:
                await registry.unknown(interaction)
        elif interaction.type is discord.InteractionType.component and not registry.known(custom_id):
            await registry.unknown(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Handle mentions, replies to the bot, direct messages, and messages in its threads and in ask channels."""
        # Two bots could answer each other without end.
        if message.author.bot or message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return
        with self.services.tasks.working():
            try:
                await self._take(message)
            except Exception:  # noqa: BLE001  # an error in one message must not affect other answers
                self.services.errors.report("a message", kind="message")

    async def _take(self, message: discord.Message) -> None:
        me = self.user
        if me is None:
            return
        question = plain(message.content)
        mentioned = any(user.id == me.id for user in message.mentions)
        by_role = message.guild is not None and message.guild.self_role in message.role_mentions
        is_direct = not where(message).server
        # A follow-up needs no mention: a reply to the bot, or a message in a thread that the bot has opened.
        before = await self._before(message, is_direct=is_direct)
        if mentioned or by_role or is_direct or before is not None:
            way = "direct" if is_direct else "mention" if before is None else "follow-up"
        elif question and self._asks_by_itself(message):
            way = "channel"
        else:
            return
        if not self.services.repeats.events.add(message.id, self.services.clock()):
            return  # the gateway may repeat a message after a resume
        if not any(char.isalnum() for char in question):
            if way != "channel":
                await self._hint(message, mentioned=mentioned, by_role=by_role)
            return
        # A reply mentions its author by default, which says less than a mention that somebody typed.
        typed = is_direct or by_role or me.mention in message.content.replace("<@!", "<@")
        kind = message_kind.kind(question)
        if kind in ("remark", "thanks") or (kind == "statement" and not typed):
            if typed or (kind == "thanks" and mentioned):
                await self._chat(message, kind)
            return
        is_reply = way == "follow-up" and message.reference is not None
        keeps = kind == "question" and (typed or mentioned)
        abstains = typed or mentioned or is_reply or _is_put_to_the_bot(message, question, kind)
        asked = replies.Asked(question, before or "", way, abstains=abstains, keeps=keeps)
        await replies.answer_message(self.services, message, asked)

    async def _chat(self, message: discord.Message, kind: message_kind.Kind) -> None:
        """Answer thanks and remarks with one friendly line, at most once a minute per person."""
        key = (message.author.id, message.channel.id, "chat")
        if not self.services.admission.wants(where(message)).answers or not self.services.repeats.notices.add(
            key, self.services.clock()
        ):
            return
        told = "You're welcome! Ask me anything else." if kind == "thanks" else HOW_TO_ASK
        refers = channel_permissions.permissions(message).read_message_history
        with contextlib.suppress(discord.HTTPException):
            await replies.reply_to(message, Message(told), refers=refers)

    async def _hint(self, message: discord.Message, *, mentioned: bool, by_role: bool) -> None:
        """Explain how to ask if a message has no words or Discord hides them from the bot; at most once a day."""
        place = where(message)
        readable = mentioned or not place.server or self.services.settings.message_content
        if readable and not (mentioned or by_role):
            return
        if not self.services.admission.wants(place).answers:
            return
        key = (message.channel.id, message.author.id if mentioned else 0)
        if not self.services.repeats.hints.add(key, self.services.clock()):
            return
        if readable:
            told = HOW_TO_ASK
        elif by_role:
            told = "You mentioned my role, not me, so I can't read that. Pick the @mention with the bot icon, or use /ask."
        else:
            told = "I can only read messages that @mention me. Turn @ on when you reply, or use /ask."
        with contextlib.suppress(discord.HTTPException):
            await message.channel.send(told, allowed_mentions=NOBODY, nonce=message.id)

    def _asks_by_itself(self, message: discord.Message) -> bool:
        """Return whether a message is in an ask channel or starts a post of an ask forum, and does not reply to a person."""
        if not self.services.settings.message_content or message.reference is not None:
            return False
        if not self.services.admission.wants(where(message)).every_message:
            return False
        channel = message.channel
        return not isinstance(channel, discord.Thread) or channel.id == message.id

    async def _before(self, message: discord.Message, *, is_direct: bool) -> str | None:
        """Return the question that a message follows up on: "" if it is not known, None if there is no such question."""
        me = self.user
        reference = message.reference
        if reference is not None and reference.type is not discord.MessageReferenceType.reply:
            return None  # a forwarded message, even one of the bot, is not a reply to it
        if reference is not None and reference.message_id is not None and me is not None:
            answered = reference.resolved
            if not isinstance(answered, discord.Message):
                if await self._posted(reference.message_id):
                    return await self._question_of(reference.message_id)
            elif answered.author.id == me.id:
                return await question_lookup.question_of(self, answered)
            return None
        channel = message.channel
        if is_direct:
            return self.services.memory.question(channel.id) or None
        if me is None or not isinstance(channel, discord.Thread) or channel.id == message.id:
            return None
        if channel.owner_id != me.id and not await self._posted(channel.id):
            return None  # in a thread that a person started, the bot answers only when it is mentioned
        return self.services.memory.question(channel.id, public=True) or await self._question_of(channel.id)

    async def _posted(self, id: int) -> bool:
        return await self._post(id) is not None

    async def _post(self, id: int) -> Post | None:
        """Return the journal's entry of a message of the bot; None if there is none or the journal cannot be read."""
        with self.services.errors.log_journal_errors("looking up a message"):
            return await self.services.journal.find(Journal.post, id)
        return None

    async def _question_of(self, id: int) -> str:
        """Return the question that a message of the bot answers; fetches the message if necessary."""
        if question := self.services.memory.question(id, public=True):
            return question
        if (post := await self._post(id)) is None:
            return ""
        with contextlib.suppress(discord.HTTPException):
            answered = await self.get_partial_messageable(post.channel).fetch_message(id)
            return await question_lookup.question_of(self, answered)
        return ""

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Forget a message that is gone."""
        await self._forget(payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Forget messages that are gone."""
        await self._forget(*payload.message_ids)

    async def _forget(self, *ids: int) -> None:
        self.services.memory.forget(*ids)
        with self.services.tasks.working(), self.services.errors.log_journal_errors("forgetting messages"):
            await self.services.journal.write(Journal.unpost, *ids)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Erase everything about a server that removed the bot."""
        with self.services.tasks.working(), self.services.errors.log_journal_errors("erasing a server"):
            await self.services.answers.erase_server(guild.id)

    async def on_raw_thread_update(self, payload: discord.RawThreadUpdateEvent) -> None:
        """Correct the messages of a thread that was unarchived; archived threads are not edited."""
        is_archived = payload.data.get("thread_metadata", {}).get("archived", False)
        if not is_archived and payload.thread_id in self.services.corrections.archived:
            self.services.corrections.archived.discard(payload.thread_id)
            self.services.index.swapped.set()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Call the method of an event, unless the client is closed.

        discord.py 2.7.1 releases the event loop as it closes, but a wait for the members of a server may end later.
        """
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log the exception that the method of an event raised."""
        del args, kwargs
        self.services.errors.report(event_method, kind="event")

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Count a new session; `Turns` has waited as discord.py would here."""
        del shard_id, initial
        self.services.metrics.starts.inc()


class ShardedStrata(Strata, discord.AutoShardedClient):
    """The bot on as many shards as Discord recommends."""

    def _shard_ids(self) -> Sequence[int | None]:
        count = self.shard_count or 1
        self._connection.shard_count = count
        self._connection.shard_ids = range(count)
        return range(count)


def _is_put_to_the_bot(message: discord.Message, question: str, kind: message_kind.Kind) -> bool:
    """Return whether a message that does not mention the bot is a question for it, and not for other people.

    The first post of a thread in an ask forum always is.
    """
    if isinstance(message.channel, discord.Thread) and message.channel.id == message.id:
        return True
    return kind == "question" and not message.mentions and not message_kind.is_for_people(question)


def _survive_malformed_events(client: discord.Client) -> None:
    """Log an event that discord.py cannot parse, instead of ending the connection and all pending answers.

    In discord.py 2.7.1 an exception of a parser ends `Client.connect`. The supervisor would then start a new session and
    lose every interaction that was deferred and not answered yet.
    """
    parsers: dict[str, Callable[[Any], Any]] = client._connection.parsers  # noqa: SLF001

    def guarded(name: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def read(data: Any) -> Any:
            try:
                return parse(data)
            except asyncio.CancelledError:
                raise
            except Exception:  # one malformed event must not end the connection
                if name in ("READY", "RESUMED"):
                    raise  # without these events there is no session
                log.exception("an event %s could not be read and is left out", name)
                return None

        return read

    for name, parse in list(parsers.items()):
        parsers[name] = guarded(name, parse)
