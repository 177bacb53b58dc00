"""Answering what people ask by commands and by messages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, TypeAlias

import discord

from bot.discord.delivery import LostError, acknowledge, delivered, form, sending
from bot.discord.format import notices
from bot.discord.format import reply as messages
from bot.discord.format.message import Message
from bot.discord.service.admission import RefusedError, Taken, Where
from bot.discord.service.service import Desk
from bot.discord.ui import buttons
from bot.types import Abstention, Answer, Reply

if TYPE_CHECKING:
    from bot.discord.client import Interaction

log = logging.getLogger(__name__)

STOPPED = "I was stopped before I could answer; please ask again in half a minute."

_TYPING = 8.0
"""Seconds after which "is typing" is shown again; Discord shows it for 10."""


def where(source: Interaction | discord.Message) -> Where:
    """Who asks where."""
    person = source.user if isinstance(source, discord.Interaction) else source.author
    channel: Any = source.channel
    if isinstance(source, discord.Interaction):
        guild = source.guild_id
    else:  # of a server that is not known, its channel tells the id: it is no direct conversation
        guild = source.guild.id if source.guild else getattr(channel, "guild_id", None)
    return Where(
        person.id,
        channel.id if channel else 0,
        parent=getattr(channel, "parent_id", None) or 0,
        server=guild or 0,
        category=_category(channel),
    )


def _category(channel: Any) -> int:
    try:
        return getattr(channel, "category_id", None) or 0
    except discord.ClientException:  # a thread whose channel is not known
        return 0


async def tell(interaction: Interaction, text: str) -> None:
    """Answer an interaction with one private sentence."""
    await show(interaction, Message(text))


async def defer(interaction: Interaction, *, private: bool = True) -> None:
    """Acknowledge an interaction before waiting for anything; `show` then takes the place of "is thinking"."""
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.defer(ephemeral=private, thinking=True))
    interaction.extras["deferred"] = (
        True  # discord.py does not know it where the first try had arrived after all
    )


async def show(interaction: Interaction, message: Message, view: discord.ui.View | None = None) -> None:
    """Answer an interaction with a private message; one that was deferred must have been so privately."""
    if interaction.response.is_done() or "deferred" in interaction.extras:
        shown = form(message) | ({"view": view} if view else {})
        await delivered(lambda: interaction.edit_original_response(**shown))
        return
    fields = sending(message) | ({"view": view} if view else {})
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.send_message(ephemeral=True, **fields))


async def held_back(interaction: Interaction) -> bool:
    """Count a press, or a command without a question; tell the person if there were too many in the last minute."""
    desk = interaction.client.desk
    if not (wait := desk.admission.press(interaction.user.id, desk.clock())):
        return False
    desk.counters.count("strata_refusals_total", reason="presses")
    await tell(interaction, f"That was a lot in a minute. Please try again in {notices.wait(ceil(wait))}.")
    return True


@contextlib.contextmanager
def acknowledging(interaction: Interaction) -> Any:
    """Count how long an acknowledgement takes."""
    start = time.perf_counter()
    yield
    interaction.client.desk.counters.took("strata_acknowledge_seconds", time.perf_counter() - start)


@dataclass(frozen=True, slots=True)
class Told:
    """What answers a question."""

    message: Message
    replies: tuple[Reply, ...]
    """One, or the two of a comparison."""
    question: str
    """As the library was asked: what a follow-up follows."""
    composed: Callable[[str], Message] | None = None
    """The message with a composed text in front of the quotations, where there may be one."""


Making: TypeAlias = Callable[[Taken], Awaitable[Told | None]]
"""Makes what answers a question that was taken; None where nothing is to be said."""


async def answer_command(
    interaction: Interaction,
    question: str,
    layers: tuple[str, ...] = (),
    *,
    private: bool | None,
    way: str,
    make: Making | None = None,
) -> None:
    """Acknowledge a command, then put the reply in the place of "is thinking".

    `make` makes something else than the reply to the question: a comparison.
    """
    desk = interaction.client.desk

    async def one(taken: Taken) -> Told:
        made = await desk.make(taken, taken.question, way=way)
        render = partial(messages.reply, made.reply, question=taken.question)
        return Told(render(), (made.reply,), taken.question, lambda text: render(composed=text))

    try:
        with desk.place():
            taken = desk.take(question, layers, where(interaction))
            hidden = taken.preferences.private if private is None else private
            try:
                await defer(interaction, private=hidden)
            except LostError:
                desk.give_back(taken)
                raise

            async def edit(message: Message, view: discord.ui.View | None) -> Any:
                fields = form(message) | {"view": view}
                return await delivered(lambda: interaction.edit_original_response(**fields))

            await _answer(desk, taken, make or one, edit, hidden=hidden)
    except RefusedError as refusal:
        await tell(interaction, refusal.told)


async def answer_message(
    desk: Desk, message: discord.Message, question: str, before: str = "", *, way: str
) -> None:
    """Answer a message with a reply to it, showing "is typing" meanwhile."""
    may = permissions(message)

    async def make(taken: Taken) -> Told | None:
        asked = await desk.followed(taken.question, before)
        made = await desk.make(taken, asked, way=way)
        if way == "channel" and isinstance(made.reply, Abstention) and made.reply.reason == "small talk":
            return None  # nobody has spoken to the bot
        notes = [f"read as: {asked}"] if asked != taken.question else []
        render = partial(messages.reply, made.reply, notes=notes, has_cards=may.embed_links)
        return Told(render(), (made.reply,), asked, lambda text: render(composed=text))

    async def send(shown: Message, view: discord.ui.View | None) -> Any:
        fields = sending(shown) | ({"view": view} if view else {})
        return await _reply_to(message, fields, refers=may.read_message_history)

    try:
        with desk.place():
            taken = desk.take(question, (), where(message))
            typing = asyncio.create_task(_type(message.channel))
            try:
                await _answer(desk, taken, make, send)
            finally:
                typing.cancel()
    except RefusedError as refusal:
        await _refuse(desk, message, refusal)


def permissions(message: discord.Message) -> discord.Permissions:
    """What the bot may do where a message stands."""
    if message.guild is None or message.guild.me is None:
        return discord.Permissions.all()
    try:
        return message.channel.permissions_for(message.guild.me)
    except discord.ClientException:  # a thread whose channel is not known
        return discord.Permissions.all()


async def _answer(
    desk: Desk,
    taken: Taken,
    make: Making,
    deliver: Callable[[Message, discord.ui.View | None], Awaitable[Any]],
    *,
    hidden: bool = False,
) -> None:
    """Make the reply, deliver it, and note where it stands; whatever fails is told where the reply would be."""
    try:
        told = await make(taken)
        if told is None:
            return
        view = buttons.under(*told.replies, catalogue=desk.catalogue, private=hidden)
        posted = await deliver(told.message, view)
    except asyncio.CancelledError:
        desk.give_back(taken)
        with contextlib.suppress(
            Exception
        ):  # the connection may be gone already; there is nobody else to tell
            await deliver(Message(STOPPED), None)
        raise
    except discord.NotFound:
        desk.give_back(taken)
        log.info("a question was deleted before its reply came")
        desk.counters.count("strata_faults_total", kind="deleted")
    except discord.Forbidden as fault:
        desk.give_back(taken)
        log.warning("no permission to reply in channel %s: %s", taken.where.channel, fault.text)
        desk.counters.count("strata_faults_total", kind="forbidden")
    except Exception:  # noqa: BLE001  # whatever it is, the person must not wait for a reply that never comes
        desk.give_back(taken)
        said = desk.fault("answering", kind="reply")
        with contextlib.suppress(discord.HTTPException, OSError, RuntimeError):
            await deliver(Message(said), None)
    else:
        _remember(desk, taken.where, told.question, posted.id)
        if not hidden:
            await stands(desk, posted.id, taken.where, *told.replies)
        reply = told.replies[0]
        if desk.composing and told.composed and isinstance(reply, Answer):
            desk.composing.begin(desk, reply, posted, told.composed)


def _remember(desk: Desk, place: Where, question: str, message: int) -> None:
    """Remember which question a message answers, and what was asked last in a thread or a direct conversation."""
    desk.remember(message, question)
    if place.parent or not place.server:
        desk.remember(place.channel, question)


async def stands(desk: Desk, message: int, place: Where, *replies: Reply) -> None:
    """Note that a message shows a reply, or two of a comparison, so that it is corrected when a source changes."""
    ids = "+".join(reply.id for reply in replies)
    with desk.unharmed("noting where a reply stands"):
        await desk.noted(desk.journal.posted, ids, message, place.channel, place.server)
    if replies[0].generation != desk.library.generation.manifest.id:
        desk.swapped.set()  # another generation came meanwhile, and its corrections were made without this message


async def _reply_to(
    message: discord.Message, fields: dict[str, Any], *, refers: bool = True
) -> discord.Message:
    """Send a reply to a message, or a plain message where that one is gone or the bot may not refer to it.

    The nonce lets Discord tell a second try from a second reply.
    """
    if refers:
        fields = fields | {
            "reference": message.to_reference(fail_if_not_exists=False),
            "mention_author": False,
        }
    return await delivered(lambda: message.channel.send(nonce=message.id, **fields))


async def _refuse(desk: Desk, message: discord.Message, refusal: RefusedError) -> None:
    """Say why a message is not answered: where it was not, silently, or at most once a minute to the same person."""
    if refusal.reason in ("channel", "repeated", "empty") and where(message).server:
        return
    loud = refusal.reason in ("long", "layer")
    if not loud and not desk.notices.add(
        (message.author.id, message.channel.id, refusal.reason), desk.clock()
    ):
        return
    with contextlib.suppress(discord.HTTPException):
        refers = permissions(message).read_message_history
        await _reply_to(message, sending(Message(refusal.told)), refers=refers)


async def _type(channel: Any) -> None:
    """Show "is typing" until cancelled."""
    while True:
        with contextlib.suppress(discord.HTTPException, OSError):  # an answer without it is an answer
            await channel.typing()
        await asyncio.sleep(_TYPING)
