"""What buttons, selects and the form do. Each press is answered once, to the one who pressed."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

import discord

from bot.chat import browsing, messages, views
from bot.chat.delivering import LostError, acknowledge, delivered, form, sending
from bot.chat.replying import acknowledging, show, stands, tell, where
from bot.chat.types import Message
from bot.types import Abstention

if TYPE_CHECKING:
    from bot.chat.client import Interaction
    from bot.records import Record

log = logging.getLogger(__name__)

GONE = "That reply is too old: I no longer have it. Please ask again."
_POSTED_WITHIN = 60.0


async def pressed(interaction: Interaction, act: str, id: str) -> None:
    """A button under a reply."""
    await _guarded(interaction, act, _press(interaction, act, id))


async def chosen(interaction: Interaction, act: str, id: str, value: str) -> None:
    """An option of a select."""
    work = (
        _nearest(interaction, id, value) if act == "nearest" else browsing.chosen(interaction, act, id, value)
    )
    await _guarded(interaction, act, work)


async def turned(interaction: Interaction, act: str, id: str, page: int) -> None:
    """Another page of a select's options."""
    await _guarded(interaction, "page", browsing.turned(interaction, act, id, page))


async def submitted(interaction: Interaction, id: str) -> None:
    """The form that asks why an answer was no good."""
    await _guarded(interaction, "why", _why(interaction, id))


async def _guarded(interaction: Interaction, act: str, work: Any) -> None:
    """Do the work of a press; what fails is logged and told."""
    desk = interaction.client.desk
    desk.counters.count("strata_presses_total", act=act)
    if not desk.events.add(interaction.id, desk.clock()):
        work.close()
        return
    with desk.working():
        try:
            await work
        except LostError as lost:
            log.warning("%s", lost)
            desk.counters.count("strata_faults_total", kind="lost")
        except discord.NotFound:
            desk.counters.count("strata_faults_total", kind="deleted")
        except Exception:  # noqa: BLE001  # a press must not end in silence
            told = desk.fault(f"the button {act}", kind="press")
            with contextlib.suppress(LostError, discord.HTTPException, discord.InteractionResponded):
                await tell(interaction, told)


async def _press(interaction: Interaction, act: str, id: str) -> None:
    desk = interaction.client.desk
    record = await desk.noted(desk.journal.record, id)
    if record is None:
        await tell(interaction, GONE)
        return
    match act:
        case "sources":
            await show(interaction, messages.full_sources(record.reply()))
        case "up" | "down":
            await _related(interaction, record, act)
        case "good":
            await desk.noted(desk.journal.vote, id, interaction.user.id, 1)
            await tell(interaction, "Thank you. The vote is stored without your name.")
        case "bad":
            await _bad(interaction, id)
        case "watch":
            await _watch(interaction, record)
        case "post":
            await _post(interaction, record)
        case _:
            await _gap(interaction, record)


async def _related(interaction: Interaction, record: Record, act: str) -> None:
    desk = interaction.client.desk
    direction = "up" if act == "up" else "down"
    found = desk.catalogue.related([c.document for c in record.citations], "up" if act == "up" else "down")
    if not found:
        await tell(interaction, f"The library names nothing further {direction}stream of this.")
        return
    await show(interaction, *browsing.related(desk, found, f"{direction.capitalize()}stream of this answer"))


async def _bad(interaction: Interaction, id: str) -> None:
    desk = interaction.client.desk
    await desk.noted(desk.journal.vote, id, interaction.user.id, -1)
    modal = views.Why(id)
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.send_modal(modal))
    modal.stop()  # its submission is recognised by its custom id, also after a restart: nothing has to wait for it


async def _why(interaction: Interaction, id: str) -> None:
    desk = interaction.client.desk
    data: dict[str, Any] = dict(interaction.data or {})
    why = _field(data.get("components") or [], "why").strip()[:1_000]
    await desk.noted(desk.journal.vote, id, interaction.user.id, -1, why)
    await tell(interaction, "Thank you. It is stored without your name; /forget-me erases it.")


def _field(components: list[dict[str, Any]], custom_id: str) -> str:
    """The text that a form's field holds.

    >>> _field([{"type": 18, "component": {"custom_id": "why", "value": "x"}}], "why")
    'x'
    """
    for part in components:
        if part.get("custom_id") == custom_id:
            return str(part.get("value") or "")
        inner = [*(part.get("components") or ()), *([part["component"]] if part.get("component") else ())]
        if found := _field(inner, custom_id):
            return found
    return ""


async def _watch(interaction: Interaction, record: Record) -> None:
    desk = interaction.client.desk
    shown = interaction.message
    place = where(interaction)
    watching = await desk.noted(
        desk.journal.watch, record.id, place.person, place.channel, shown.id if shown else 0
    )
    if watching == "watched":
        told = (
            "You watch this answer: when a new state of the library changes its evidence, I write to you what changed. "
            "Your user id is stored for that. Press Watch again, or use /forget-me, to end it."
        )
    else:
        told = "You no longer watch this answer; your user id is erased."
    await tell(interaction, told)


async def _post(interaction: Interaction, record: Record) -> None:
    """Show a private reply to everybody in the channel."""
    desk = interaction.client.desk
    place = where(interaction)
    if not desk.wants(place).answers:
        await tell(interaction, "I do not answer in this channel; its administrators decide where I do.")
        return
    if not desk.events.add(("post", record.id, place.channel), desk.clock()):
        await tell(interaction, "It is posted here already.")
        return
    question = await question_of(interaction)
    reply = record.reply()
    fields = sending(messages.reply(reply, question=question)) | {"view": views.under(reply, desk.catalogue)}
    with acknowledging(interaction):
        response = await acknowledge(lambda: interaction.response.send_message(**fields))
    message_id = response.message_id if response else None
    if message_id is None:
        message_id = (await delivered(interaction.original_response)).id
    if question:
        desk.remember(message_id, question)
    await stands(desk, message_id, place, reply)


async def _gap(interaction: Interaction, record: Record) -> None:
    """Keep the question of an abstention."""
    desk = interaction.client.desk
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.defer(ephemeral=True, thinking=True))
    question = await question_of(interaction)
    reply = record.reply(question)
    if not question:
        told = "I no longer have the question; please ask it again and report that reply."
    elif isinstance(reply, Abstention):
        await desk.report(reply, where(interaction), question, pressed=True)
        told = "Thank you. The question is kept for those who write the library, without your name; /forget-me erases it."
    else:
        told = "That question was answered."
    await delivered(lambda: interaction.edit_original_response(content=told))


async def question_of(interaction: Interaction) -> str:
    """The question that the pressed message answers: from its text, from memory, or from what it replies to."""
    desk = interaction.client.desk
    message = interaction.message
    if message is None:
        return ""
    if question := messages.question_of(message.content) or desk.remembered(message.id):
        return question
    return await asked_in(interaction.client, message)


async def asked_in(client: Any, message: discord.Message) -> str:
    """The question in the message that the bot's message replies to; empty where it cannot be read."""
    reference = message.reference
    if reference is None or reference.message_id is None:
        return ""
    asked = reference.resolved or reference.cached_message
    if not isinstance(asked, discord.Message):
        channel = client.get_partial_messageable(reference.channel_id)
        try:
            asked = await channel.fetch_message(reference.message_id)
        except discord.HTTPException:
            return ""
    return str(client.without_mention(asked.content))


async def _nearest(interaction: Interaction, id: str, value: str) -> None:
    """Show what stands under one of the nearest headings."""
    desk = interaction.client.desk
    record = await desk.noted(desk.journal.record, id)
    if record is None or not value.isdigit() or int(value) >= len(record.nearest):
        await tell(interaction, GONE)
        return
    found = record.nearest[int(value)]
    await show(interaction, browsing.section(desk, found.document, found.headings))


async def edit(interaction: Interaction, message: Message, view: discord.ui.View) -> None:
    """Put another message in the place of the pressed one."""
    fields = form(message) | {"view": view}
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.edit_message(**fields))
