"""Answering what people ask by commands and by messages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import discord

from bot.chat import messages, views
from bot.chat.delivering import LostError, acknowledge, delivered, form, sending
from bot.chat.desk import Desk, RefusedError, Taken, Where
from bot.chat.types import Message

if TYPE_CHECKING:
    from bot.chat.client import Interaction
    from bot.types import Reply

log = logging.getLogger(__name__)

STOPPED = "I was stopped before I could answer; please ask again in half a minute."

_TYPING = 8.0
"""Seconds after which "is typing" is shown again; Discord shows it for 10."""


def where(source: Interaction | discord.Message) -> Where:
    """Who asks where."""
    person = source.user if isinstance(source, discord.Interaction) else source.author
    guild = source.guild_id if isinstance(source, discord.Interaction) else source.guild and source.guild.id
    channel: Any = source.channel
    return Where(
        person.id, channel.id if channel else 0, getattr(channel, "parent_id", None) or 0, guild or 0
    )


async def tell(interaction: Interaction, text: str) -> None:
    """Answer an interaction with one private sentence."""
    await show(interaction, Message(text))


async def show(interaction: Interaction, message: Message, view: discord.ui.View | None = None) -> None:
    """Answer an interaction with a private message."""
    fields = sending(message) | ({"view": view} if view else {})
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.send_message(ephemeral=True, **fields))


@contextlib.contextmanager
def acknowledging(interaction: Interaction) -> Any:
    """Count how long an acknowledgement takes."""
    start = time.perf_counter()
    yield
    interaction.client.desk.counters.took("strata_acknowledge_seconds", time.perf_counter() - start)


async def answer_command(
    interaction: Interaction,
    question: str,
    layers: tuple[str, ...] = (),
    *,
    private: bool | None,
    way: str,
) -> None:
    """Acknowledge a command, then put the reply in the place of "is thinking"."""
    desk = interaction.client.desk
    try:
        with desk.place():
            taken = desk.take(question, layers, where(interaction))
            hidden = taken.preferences.private if private is None else private
            try:
                with acknowledging(interaction):
                    await acknowledge(lambda: interaction.response.defer(ephemeral=hidden, thinking=True))
            except LostError:
                desk.give_back(taken)
                raise

            async def edit(message: Message, view: discord.ui.View | None) -> Any:
                fields = form(message) | {"view": view}
                return await delivered(lambda: interaction.edit_original_response(**fields))

            await _answer(desk, taken, taken.question, edit, way=way, hidden=hidden, show_question=True)
    except RefusedError as refusal:
        await tell(interaction, refusal.told)


async def answer_message(
    desk: Desk, message: discord.Message, question: str, before: str = "", *, way: str
) -> None:
    """Answer a message with a reply to it, showing "is typing" meanwhile."""
    place = where(message)
    try:
        with desk.place():
            taken = desk.take(question, (), place)
            asked = desk.followed(taken.question, before)
            typing = asyncio.create_task(_type(message.channel))
            try:

                async def send(shown: Message, view: discord.ui.View | None) -> Any:
                    fields = sending(shown) | ({"view": view} if view else {})
                    return await _reply_to(message, fields)

                notes = [f"read as: {asked}"] if asked != taken.question else []
                await _answer(desk, taken, asked, send, way=way, notes=notes)
            finally:
                typing.cancel()
    except RefusedError as refusal:
        await _refuse(desk, message, refusal)


async def _answer(
    desk: Desk,
    taken: Taken,
    asked: str,
    deliver: Callable[[Message, discord.ui.View | None], Awaitable[Any]],
    *,
    way: str,
    hidden: bool = False,
    show_question: bool = False,
    notes: Sequence[str] = (),
) -> None:
    """Make the reply, deliver it, and note where it stands; whatever fails is told where the reply would be."""
    try:
        made = await desk.make(taken, asked, way=way)
        reply = made.reply
        shown = messages.reply(reply, question=taken.question if show_question else "", notes=notes)
        view = views.under(reply, desk.catalogue, private=hidden)
        posted = await deliver(shown, view)
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
        told = desk.fault("answering", kind="reply")
        with contextlib.suppress(discord.HTTPException, OSError, RuntimeError):
            await deliver(Message(told), None)
    else:
        await _note(desk, taken, asked, reply, posted, hidden=hidden)


async def _note(desk: Desk, taken: Taken, asked: str, reply: Reply, posted: Any, *, hidden: bool) -> None:
    """Remember which question a message answers, and where a public reply stands."""
    desk.remember(posted.id, asked)
    if taken.where.parent:
        desk.remember(taken.where.channel, asked)
    if not hidden:
        await stands(desk, posted.id, taken.where, reply)


async def stands(desk: Desk, message: int, place: Where, *replies: Reply) -> None:
    """Note that a message shows a reply, or two of a comparison, so that it is corrected when a source changes."""
    ids = "+".join(reply.id for reply in replies)
    with desk.unharmed("noting where a reply stands"):
        await desk.noted(desk.journal.posted, ids, message, place.channel, place.server)
    if replies[0].generation != desk.library.generation.manifest.id:
        desk.swapped.set()  # another generation came meanwhile, and its corrections were made without this message


async def _reply_to(message: discord.Message, fields: dict[str, Any]) -> discord.Message:
    """Send a reply to a message, or a plain message where that one is gone.

    The nonce lets Discord tell a second try from a second reply.
    """
    reference = message.to_reference(fail_if_not_exists=False)
    return await delivered(
        lambda: message.channel.send(reference=reference, mention_author=False, nonce=message.id, **fields)
    )


async def _refuse(desk: Desk, message: discord.Message, refusal: RefusedError) -> None:
    """Say why a message is not answered: where it was not, silently, or at most once a minute to the same person."""
    if refusal.reason in ("channel", "repeated", "empty") and message.guild is not None:
        return
    loud = refusal.reason in ("long", "layer")
    if not loud and not desk.notices.add(
        (message.author.id, message.channel.id, refusal.reason), desk.clock()
    ):
        return
    with contextlib.suppress(discord.HTTPException):
        await _reply_to(message, sending(Message(refusal.told)))


async def _type(channel: Any) -> None:
    """Show "is typing" until cancelled."""
    while True:
        with contextlib.suppress(discord.HTTPException, OSError):  # an answer without it is an answer
            await channel.typing()
        await asyncio.sleep(_TYPING)
