"""What buttons, selects and the form do. Each press is answered once, to the one who pressed."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.conversation import columns, question_of
from bot.discord.corrections import state
from bot.discord.delivery import LostError, acknowledge, delivered, form
from bot.discord.format import notices
from bot.discord.format import reply as messages
from bot.discord.replies import acknowledging, defer, held_back, show, stands, tell
from bot.discord.service.admission import NOT_HERE, where
from bot.discord.ui import browser, buttons
from bot.journal.journal import MOST_WATCHES
from bot.types import Abstention, Reply

if TYPE_CHECKING:
    from bot.discord.client import Interaction
    from bot.discord.format.message import Change

log = logging.getLogger(__name__)

GONE = "I no longer have that answer. Please ask again."
UNKNOWN = "That button is from an older version. Please ask again."
UNSAVED = "I couldn't save that just now. Please try again later."
HIDDEN = "That isn't shown in this channel: it is limited to other topics."

_SAVING = ("good", "bad", "why", "watch", "gap")
"""Presses that store something."""


async def pressed(interaction: Interaction, act: str, id: str) -> None:
    """Handle a button."""
    work = browser.turned(interaction, id) if act == "page" else _press(interaction, act, id)
    await _guarded(interaction, act, work)


async def chosen(interaction: Interaction, act: str, id: str, value: str) -> None:
    """Handle a select."""
    work = (
        _nearest(interaction, id, value) if act == "nearest" else browser.chosen(interaction, act, id, value)
    )
    await _guarded(interaction, act, work)


async def submitted(interaction: Interaction, id: str) -> None:
    """Handle the feedback form."""
    await _guarded(interaction, "why", _why(interaction, id))


async def unknown(interaction: Interaction) -> None:
    """Answer a button, a select or a form that this version does not have."""
    await _guarded(interaction, "unknown", tell(interaction, UNKNOWN))


async def _guarded(interaction: Interaction, act: str, work: Any) -> None:
    """Do the work of a press; what fails is logged and told."""
    desk = interaction.client.desk
    desk.counters.count("strata_presses_total", act=act)
    if not desk.events.add(interaction.id, desk.clock()):
        work.close()
        return
    with desk.working():
        try:
            if await held_back(interaction):
                work.close()
                return
            await work
        except LostError as lost:
            log.warning("%s", lost)
            desk.counters.count("strata_faults_total", kind="lost")
        except discord.NotFound:
            desk.counters.count("strata_faults_total", kind="deleted")
        except Exception as fault:  # noqa: BLE001  # a press must not end in silence
            told = desk.fault(f"the button {act}", kind="press")
            if isinstance(fault, sqlite3.Error):
                told = UNSAVED if act in _SAVING else notices.AWAY
            with contextlib.suppress(LostError, discord.HTTPException, discord.InteractionResponded):
                await tell(interaction, told)


async def _press(interaction: Interaction, act: str, id: str) -> None:
    if act == "bad":
        await _bad(interaction, id)
        return
    if act == "post":
        await _post(interaction, id)
        return
    await defer(interaction)
    replies = await _replies(interaction, id)
    if not replies:
        await tell(interaction, GONE)
        return
    if act == "sources" and _hidden(interaction, replies):
        await tell(interaction, HIDDEN)
        return
    match act:
        case "sources":
            await show(
                interaction, messages.full_sources(*replies, changes=await _changes(interaction, replies))
            )
        case "up" | "down":
            await _related(interaction, replies, act)
        case "good":
            await _vote(interaction, replies, 1)
            await tell(interaction, "Thanks for the feedback!")
        case "watch":
            await _watch(interaction, replies)
        case _:
            await _gap(interaction, replies)


async def _replies(interaction: Interaction, id: str) -> list[Reply]:
    """Return the replies of an id, two for a comparison; none if any of them is not known any more."""
    desk = interaction.client.desk
    found = [await desk.reply(one) for one in id.split("+")]
    replies = [reply for reply in found if reply is not None]
    return replies if len(replies) == len(found) else []


def _hidden(interaction: Interaction, replies: Sequence[Reply]) -> bool:
    """Tell whether a reply quotes what the channel may not show."""
    return any(map(interaction.client.desk.shelf(where(interaction)).hides, replies))


async def _vote(interaction: Interaction, replies: Sequence[Reply], value: int, why: str = "") -> None:
    """Store a person's vote on replies, 1 or -1, with the reason if there is one."""
    desk = interaction.client.desk
    await desk.save(*replies)
    for reply in replies:
        await desk.noted(desk.journal.vote, reply.id, interaction.user.id, value, why)


async def _changes(interaction: Interaction, replies: Sequence[Reply]) -> list[tuple[Change, ...]]:
    """Return the changes of the replies: quotations that the current generation no longer contains."""
    desk = interaction.client.desk
    return [await desk.read(desk.catalogue.changes, reply) for reply in replies]


async def _related(interaction: Interaction, replies: Sequence[Reply], act: str) -> None:
    desk = interaction.client.desk
    direction = "up" if act == "up" else "down"
    cited = [c.document for reply in replies for c in reply.citations]
    found = desk.shelf(where(interaction)).related(cited, "up" if act == "up" else "down")
    if not found:
        await tell(interaction, f"No related {direction}stream documents.")
        return
    await show(interaction, *browser.related(desk, found, f"{direction.capitalize()}stream of this answer"))


async def _bad(interaction: Interaction, id: str) -> None:
    modal = buttons.Why(id)
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.send_modal(modal))
    modal.stop()  # its submission is recognised by its custom id, also after a restart: nothing has to wait for it
    await _vote(interaction, await _replies(interaction, id), -1)


async def _why(interaction: Interaction, id: str) -> None:
    data: dict[str, Any] = dict(interaction.data or {})
    why = _field(data.get("components") or [], "why").strip()[:1_000]
    await defer(interaction)
    replies = await _replies(interaction, id)
    await _vote(interaction, replies, -1, why)
    await tell(interaction, "Thanks for the feedback! /forget-me deletes it." if replies else GONE)


def _field(components: list[dict[str, Any]], custom_id: str) -> str:
    """Return the text of a field of a form.

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


async def _watch(interaction: Interaction, replies: Sequence[Reply]) -> None:
    """Begin to watch, or end it; what has changed already is not news."""
    desk = interaction.client.desk
    place = where(interaction)
    shown = interaction.message
    public = shown.id if shown and not shown.flags.ephemeral else 0
    outcome = "ended"
    await desk.save(*replies)
    for reply, changes in zip(replies, await _changes(interaction, replies), strict=True):
        if reply.quotes:
            outcome = await desk.noted(
                desk.journal.watch, reply.id, place.person, place.channel, public, state(changes)
            )
    told = {
        "watched": "You're watching this answer. I'll send you a direct message if its sources change. "
        "I store your user ID for this; press the button again to stop.",
        "ended": "You stopped watching this answer.",
        "full": f"You can watch up to {MOST_WATCHES} answers. Stop watching one first.",
    }
    await tell(interaction, told[outcome])


async def _post(interaction: Interaction, id: str) -> None:
    """Show a private reply to everybody in the channel."""
    desk = interaction.client.desk
    place = where(interaction)
    wants = desk.wants(place)
    if not wants.answers or wants.private_only:
        await tell(interaction, "Answers are private here." if wants.answers else NOT_HERE)
        return
    posting = ("post", id, place.channel)
    if not desk.events.add(posting, desk.clock()):
        await tell(interaction, "It was already shared here.")
        return
    try:
        await defer(interaction, private=False)
        replies = await _replies(interaction, id)
        if not replies or _hidden(interaction, replies):
            await tell(interaction, HIDDEN if replies else GONE)
            desk.events.discard(posting)
            return
        await _posted(interaction, replies)
    except BaseException:
        desk.events.discard(posting)
        raise


async def _posted(interaction: Interaction, replies: Sequence[Reply]) -> None:
    """Put replies in the place of a public "is thinking", and note that they are shown there."""
    desk = interaction.client.desk
    shown = interaction.message
    question = await question_of(interaction.client, shown) if shown else ""
    names = columns(shown) if shown else ()
    message = messages.again(replies, shown.content if shown else "", names, question=question)
    fields = form(message) | {"view": buttons.under(*replies, shelf=desk.shelf(where(interaction)))}
    posted = await delivered(lambda: interaction.edit_original_response(**fields))
    if question:
        desk.remember(posted.id, question)
    await stands(desk, posted.id, where(interaction), *replies)


async def _gap(interaction: Interaction, replies: Sequence[Reply]) -> None:
    """Keep the question of an abstention."""
    desk = interaction.client.desk
    shown = interaction.message
    question = await question_of(interaction.client, shown) if shown else ""
    missing = [reply for reply in replies if isinstance(reply, Abstention)]
    if not question:
        told = (
            "I no longer have the question. Please ask it again, then press the button under the new reply."
        )
    elif missing:
        await desk.save(*missing)
        for reply in missing:
            await desk.report(reply, where(interaction), question, pressed=True)
        told = "Thanks! Your question was passed on anonymously. /forget-me deletes it."
    else:
        told = "That question was answered, so there is nothing to report."
    await tell(interaction, told)


async def _nearest(interaction: Interaction, id: str, value: str) -> None:
    """Show what stands under one of the nearest headings."""
    desk = interaction.client.desk
    await defer(interaction)
    reply = await desk.reply(id)
    near = reply.nearest if isinstance(reply, Abstention) else ()
    if not value.isdigit() or int(value) >= len(near):
        await tell(interaction, GONE)
        return
    found = near[int(value)]
    shelf = desk.shelf(where(interaction))
    await show(interaction, browser.section(desk, shelf, found.document, found.headings))
