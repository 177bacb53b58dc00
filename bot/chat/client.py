"""The client: events in, the desk asked. One class for one shard, one for many."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import discord

from bot.chat import commands, pressing, replying, views
from bot.chat.delivering import NOBODY
from bot.chat.messages import question_of

if TYPE_CHECKING:
    from bot.chat.desk import Desk

log = logging.getLogger(__name__)

Interaction: TypeAlias = "discord.Interaction[Strata]"


def intents(*, message_content: bool) -> discord.Intents:
    """What the bot wants to be told: no privileged intent unless every message is to be read."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.message_content = message_content
    return wanted


class Strata(discord.Client):
    """The bot on one shard."""

    def __init__(self, desk: Desk, **options: Any) -> None:
        super().__init__(
            intents=intents(message_content=desk.settings.message_content),
            allowed_mentions=NOBODY,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            **options,
        )
        self.desk = desk
        self.tree = commands.Tree(self)
        commands.add_to(self.tree)
        self.add_dynamic_items(*views.ITEMS)
        self.connected_once = False
        _survive_malformed_events(self)

    async def on_ready(self) -> None:
        """Say that the bot is connected."""
        self.connected_once = True
        log.info("connected as %s, in %d servers", self.user, len(self.guilds))

    async def on_interaction(self, interaction: Interaction) -> None:
        """Forms: they are recognised by their custom id, so that one that was opened before a restart is taken."""
        if interaction.type is discord.InteractionType.modal_submit:
            data: dict[str, Any] = dict(interaction.data or {})
            if match := views.WHY.fullmatch(str(data.get("custom_id"))):
                await pressing.submitted(interaction, match["id"])

    async def on_message(self, message: discord.Message) -> None:
        """A mention, a reply to the bot, a message in its thread or a direct conversation, or of an ask channel."""
        if message.author.bot or message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return
        if not self.desk.events.add(message.id, self.desk.clock()):
            return
        with self.desk.working():
            try:
                await self._take(message)
            except Exception:  # noqa: BLE001  # one message must not end the others' answers
                self.desk.fault("a message", kind="message")

    async def _take(self, message: discord.Message) -> None:
        me = self.user
        if me is None:
            return
        question = self.without_mention(message.content)
        mentioned = any(user.id == me.id for user in message.mentions)
        before = await self._before(message)
        if mentioned or message.guild is None or before is not None:
            if not question:
                await self._hint(message, mentioned=mentioned)
                return
            way = "direct" if message.guild is None else "mention" if before is None else "follow-up"
            await replying.answer_message(self.desk, message, question, before or "", way=way)
        elif self._asks_by_itself(message) and question:
            await replying.answer_message(self.desk, message, question, way="channel")

    async def _hint(self, message: discord.Message, *, mentioned: bool) -> None:
        """Say how to ask, once a day and channel, where there are no words or Discord does not show them to the bot."""
        if message.attachments or message.embeds or message.stickers:
            return
        if not mentioned and (message.guild is None or self.desk.settings.message_content):
            return
        if not self.desk.hints.add(message.channel.id, self.desk.clock()):
            return
        told = (
            "Mention me with a question, for example: What is HBM?"
            if mentioned
            else (
                "I can read only messages that mention me, and replies to me with the mention on; or use /ask."
            )
        )
        with contextlib.suppress(discord.HTTPException):
            await message.channel.send(told, allowed_mentions=NOBODY, nonce=message.id)

    def _asks_by_itself(self, message: discord.Message) -> bool:
        """Whether the message is of an ask channel, or begins a post of an ask forum, and is no reply to a person."""
        if not self.desk.settings.message_content or message.reference is not None:
            return False
        if not self.desk.wants(replying.where(message)).every_message:
            return False
        channel = message.channel
        return not isinstance(channel, discord.Thread) or channel.id == message.id

    async def _before(self, message: discord.Message) -> str | None:
        """The question that this one follows: "" where it is not known, None where it follows none."""
        me = self.user
        reference = message.reference
        if reference is not None and reference.message_id is not None and me is not None:
            answered = reference.resolved
            ours = isinstance(answered, discord.Message) and answered.author.id == me.id
            if ours or await self._posted(reference.message_id):
                return await self._question_of(reference.message_id, answered)
            return None
        channel = message.channel
        if me is None or not isinstance(channel, discord.Thread) or channel.id == message.id:
            return None
        if channel.owner_id != me.id and not await self._posted(channel.id):
            return None  # a forum's post, or a thread that people began: the bot answers mentions there
        return self.desk.remembered(channel.id) or await self._question_of(channel.id, None)

    async def _posted(self, id: int) -> bool:
        return await self.desk.noted(self.desk.journal.post, id) is not None

    async def _question_of(self, id: int, answered: Any) -> str:
        """The question that a message of the bot answers."""
        if question := self.desk.remembered(id):
            return question
        if not isinstance(answered, discord.Message):
            post = await self.desk.noted(self.desk.journal.post, id)
            if post is None:
                return ""
            with contextlib.suppress(discord.HTTPException):
                answered = await self.get_partial_messageable(post.channel).fetch_message(id)
        if not isinstance(answered, discord.Message):
            return ""
        return question_of(answered.content) or await pressing.asked_in(self, answered)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Forget a message that is gone."""
        self.desk.forget(payload.message_id)
        with self.desk.working():
            await self.desk.noted(self.desk.journal.unpost, payload.message_id)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log what an event's method raised."""
        del args, kwargs
        self.desk.fault(event_method, kind="event")

    def without_mention(self, text: str) -> str:
        """A message's words without the mention of the bot."""
        return re.sub(rf"<@!?{self.user.id if self.user else 0}>", " ", text).strip()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Count a new session; wait as discord.py does."""
        self.desk.counters.count("strata_starts_total")
        await super().before_identify_hook(shard_id, initial=initial)


class ShardedStrata(Strata, discord.AutoShardedClient):
    """The bot on as many shards as Discord recommends."""


def _survive_malformed_events(client: discord.Client) -> None:
    """Log an event that discord.py cannot read, instead of ending the connection and all answers under way.

    discord.py 2.7.1 lets what its parsers raise through to `Client.connect`, which ends; the supervisor would begin a
    new session, and lose every interaction whose deferral has no reply yet.
    """
    parsers: dict[str, Callable[[Any], Any]] = client._connection.parsers  # noqa: SLF001

    def guarded(name: str, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def read(data: Any) -> Any:
            try:
                return parse(data)
            except asyncio.CancelledError:
                raise
            except Exception:
                if name in ("READY", "RESUMED"):
                    raise  # without these there is no session to go on with
                log.exception("an event %s could not be read and is left out", name)
                return None

        return read

    for name, parse in list(parsers.items()):
        parsers[name] = guarded(name, parse)
