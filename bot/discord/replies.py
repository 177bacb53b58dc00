"""Answers to the questions in commands and messages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import discord

from bot import chart
from bot.discord import channel_permissions
from bot.discord.context import Interaction, Services, defer, tell, where
from bot.discord.delivery import NOBODY, LostError, delivered, form, sending
from bot.discord.format import reply as messages
from bot.discord.format.message import Message, Picture
from bot.discord.service.admission import RefusedError, Taken, Where
from bot.discord.service.stored_answers import Storing
from bot.discord.ui import reply_buttons
from bot.settings.discord import Discord
from bot.types import Abstention, Answer, Reply

log = logging.getLogger(__name__)

STOPPED = "I had to restart before I could answer. Please ask again in 30 seconds."

_CANNOT = "\N{SPEAKER WITH CANCELLATION STROKE}"
"""The reaction to a message that the bot can answer neither in the channel nor in a direct message."""

_TYPING = 8.0
"""Seconds between two typing indicators; Discord shows each for 10 seconds."""


@dataclass(frozen=True, slots=True)
class Told:
    """The message that answers a question."""

    message: Message
    replies: tuple[Reply, ...]
    """One, or the two of a comparison."""
    question: str
    """The question for the library, which follow-ups refer to."""
    composed: Callable[[str], Message] | None = None
    """Renders the message with a composed text in front of the quotations; None if it cannot have one."""


Making: TypeAlias = Callable[[Taken], Awaitable[Told | None]]
"""Answers an accepted question; returns None if the bot should stay silent."""


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

    Args:
        interaction: The command.
        question: The words of the person.
        layers: The layers to answer from; empty for all.
        private: Whether the person asked for a private reply; None if they did not say.
        way: The name of the command, for the metrics.
        make: Makes another message than the reply to the question, for example a comparison.
    """
    services = interaction.client.services

    def is_hidden(taken: Taken) -> bool:
        return taken.preferences.hides(private)

    async def one(taken: Taken) -> Told:
        made = await services.questions.answer(taken, taken.question, way=way)
        await services.answers.store(made, taken, Storing(taken.question, keeps=not is_hidden(taken)))
        render = partial(messages.reply, made.reply, question=taken.question)
        shown = await with_chart(render(), made.reply, services.settings)
        return Told(shown, (made.reply,), taken.question, lambda text: render(composed=text))

    try:
        with services.questions.place():
            # The question is accepted before it is deferred, because only then is it known whether the reply is
            # private.
            taken = services.questions.take(question, layers, where(interaction))
            hidden = is_hidden(taken)
            try:
                await defer(interaction, private=hidden)
            except LostError:
                services.questions.give_back(taken)
                raise

            async def edit(message: Message, view: discord.ui.View | None) -> Any:
                return await delivered(lambda: interaction.edit_original_response(**form(message), view=view))

            await _answer(services, taken, make or one, edit, hidden=hidden)
    except RefusedError as refusal:
        await tell(interaction, refusal.told)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in a message."""

    question: str
    before: str = ""
    """The question before this follow-up; empty if this question is not a follow-up or the earlier question is unknown."""
    way: str = "mention"
    abstains: bool = True
    """True if an abstention is shown: people who talk to each other do not want one."""
    keeps: bool = False
    """True if the question was clearly put to the bot, so that a server may keep it if it is unanswered."""


async def answer_message(services: Services, message: discord.Message, asked: Asked) -> None:
    """Answer a message with a reply to it, showing "is typing" meanwhile."""
    may = channel_permissions.permissions(message)

    async def make(taken: Taken) -> Told | None:
        question = await services.questions.complete(taken.question, asked.before)
        made = await services.questions.answer(taken, question, way=asked.way)
        if _is_unwanted(made.reply, asked):
            return None
        await services.answers.store(made, taken, Storing(question, keeps=asked.keeps))
        notes = [messages.understood(question)] if question != taken.question else []
        render = partial(messages.reply, made.reply, notes=notes)
        shown = render()
        if may.attach_files:
            shown = await with_chart(shown, made.reply, services.settings)
        return Told(shown, (made.reply,), question, lambda text: render(composed=text))

    async def send(shown: Message, view: discord.ui.View | None) -> Any:
        return await reply_to(message, shown, view, refers=may.read_message_history)

    if obstacle := channel_permissions.obstacle(message.channel, may):
        if asked.way != "channel":  # a person who did not address the bot expects no direct message from it
            await _tell_elsewhere(services, message, obstacle)
        return
    try:
        with services.questions.place():
            taken = services.questions.take(asked.question, (), where(message), public=True)
            # A typing indicator would promise a reply, and an abstention may stay unsaid.
            typing = asyncio.create_task(_type(message.channel)) if asked.abstains else None
            try:
                refused = partial(_tell_elsewhere, services, message) if asked.way != "channel" else None
                await _answer(services, taken, make, send, refused=refused)
            finally:
                if typing:
                    typing.cancel()
    except RefusedError as refusal:
        if asked.abstains:
            await _refuse(services, message, refusal)


def _is_unwanted(reply: Reply, asked: Asked) -> bool:
    """Return whether a reply is better not shown, because nobody addressed the bot and the reply quotes nothing."""
    if not isinstance(reply, Abstention):
        return False
    return (asked.way == "channel" and reply.reason == "small talk") or not (asked.abstains or reply.quotes)


async def _tell_elsewhere(services: Services, message: discord.Message, obstacle: str) -> None:
    """Tell the author why the bot cannot reply, in a direct message or else by a reaction; at most once a day."""
    services.metrics.faults.labels(kind="forbidden").inc()
    place = where(message)
    if not place.server or not services.admission.wants(place).answers:
        return
    if not services.repeats.hints.add(("obstacle", message.channel.id, message.author.id), services.clock()):
        return
    log.warning("no reply can be sent in channel %s: %s", message.channel.id, obstacle)
    told = f"I can't reply in <#{message.channel.id}>: {obstacle}. Use /ask there, or tell an admin."
    try:
        await delivered(lambda: message.author.send(told, allowed_mentions=NOBODY, nonce=message.id))
    except discord.HTTPException:
        with contextlib.suppress(discord.HTTPException):
            await message.add_reaction(_CANNOT)


async def _answer(
    services: Services,
    taken: Taken,
    make: Making,
    deliver: Callable[[Message, discord.ui.View | None], Awaitable[Any]],
    *,
    hidden: bool = False,
    refused: Callable[[str], Awaitable[None]] | None = None,
) -> None:
    """Make the reply, deliver it, and store which message shows it; after an error, deliver an apology instead.

    Args:
        services: The parts of the bot.
        taken: The accepted question.
        make: Makes the reply.
        deliver: Sends a message with its buttons.
        hidden: True if only the person who asked can see the reply.
        refused: Tells the person that Discord does not let the bot write in the channel.
    """
    try:
        told = await make(taken)
        if told is None:
            return
        view = reply_buttons.under(*told.replies, shelf=services.questions.shelf(taken.where), private=hidden)
        posted = await deliver(told.message, view)
    except asyncio.CancelledError:
        services.questions.give_back(taken)
        with contextlib.suppress(Exception):  # the connection may already be closed
            await deliver(Message(STOPPED), None)
        raise
    except discord.NotFound:
        services.questions.give_back(taken)
        log.info("a question was deleted before its reply came")
        services.metrics.faults.labels(kind="deleted").inc()
    except Exception as fault:  # noqa: BLE001  # after any error, the person must not wait for a reply in vain
        services.questions.give_back(taken)
        if obstacle := channel_permissions.refusal(fault):
            if refused:
                await refused(obstacle)
            else:
                log.warning("no reply can be sent in channel %s: %s", taken.where.channel, obstacle)
                services.metrics.faults.labels(kind="forbidden").inc()
            return
        said = services.errors.report("answering", kind="reply")
        with contextlib.suppress(discord.HTTPException, OSError, RuntimeError):
            await deliver(Message(said), None)
    else:
        _remember(services, taken.where, told.question, posted.id, private=hidden)
        if not hidden:
            await services.answers.note_posted(posted.id, taken.where, *told.replies)
        reply = told.replies[0]
        if services.composed and told.composed and isinstance(reply, Answer):
            services.composed.begin(reply, posted, told.composed)


def _remember(services: Services, place: Where, question: str, message: int, *, private: bool) -> None:
    """Remember which question a message answers, and the last question of a thread or a direct conversation.

    Everybody in a thread can follow up on its last question, so private questions are left out.
    """
    services.memory.remember(message, question, private=private)
    if not place.server or (place.parent and not private):
        services.memory.remember(place.channel, question)


async def with_chart(message: Message, reply: Reply, settings: Discord) -> Message:
    """Return a message with the chart of its reply, if the reply has a chart; drawn in another thread."""
    drawn = chart.chart_of(reply) if settings.charts and chart.is_available() else None
    if drawn is None:
        return message
    try:
        data = await asyncio.to_thread(chart.draw, drawn)
    except Exception:  # whatever the drawing library raises, the reply is sent without its chart
        log.exception("a chart could not be drawn")
        return message
    return replace(message, pictures=(Picture("chart.png", data, drawn.alt),))


async def reply_to(
    message: discord.Message,
    shown: Message,
    view: discord.ui.View | None = None,
    *,
    refers: bool = True,
) -> discord.Message:
    """Send a reply to a message, or a plain message if the original is gone or the bot may not refer to it.

    Discord recognises a repeated send by the nonce.
    """
    fields: dict[str, Any] = {"view": view} if view else {}
    if refers:
        fields |= {
            "reference": message.to_reference(fail_if_not_exists=False),
            "mention_author": False,
        }
    return await delivered(lambda: message.channel.send(nonce=message.id, **sending(shown), **fields))


async def _refuse(services: Services, message: discord.Message, refusal: RefusedError) -> None:
    """Tell a person why the question was refused, at most once a minute; some refusals stay silent in servers."""
    if refusal.reason in ("channel", "repeated", "empty") and where(message).server:
        return
    # These refusals ask the person to change the question, so they are always shown.
    loud = refusal.reason in ("long", "layer")
    if not loud and not services.repeats.notices.add(
        (message.author.id, message.channel.id, refusal.reason), services.clock()
    ):
        return
    with contextlib.suppress(discord.HTTPException):
        refers = channel_permissions.permissions(message).read_message_history
        await reply_to(message, Message(refusal.told), refers=refers)


async def _type(channel: Any) -> None:
    """Show "is typing" until cancelled."""
    while True:
        with contextlib.suppress(
            discord.HTTPException, OSError
        ):  # an answer without a typing indicator is still an answer
            await channel.typing()
        await asyncio.sleep(_TYPING)
