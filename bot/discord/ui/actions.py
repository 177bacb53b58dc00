"""What buttons, selects and the form do. Each press is answered once, to the one who pressed."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord

from bot.discord.conversation import columns, question_of
from bot.discord.corrections import state
from bot.discord.delivery import LostError, acknowledge, delivered, form
from bot.discord.format import reply as messages
from bot.discord.replies import acknowledging, defer, held_back, show, stands, tell, where
from bot.discord.ui import browser, buttons
from bot.journal.journal import MOST_WATCHES
from bot.types import Abstention, Reply

if TYPE_CHECKING:
    from bot.discord.client import Interaction
    from bot.discord.format.message import Change

log = logging.getLogger(__name__)

GONE = "That reply is too old: I no longer have it. Please ask again."
UNKNOWN = "That was made by another version of me, which I no longer understand. Please ask again."


async def pressed(interaction: Interaction, act: str, id: str) -> None:
    """A button."""
    work = browser.turned(interaction, id) if act == "page" else _press(interaction, act, id)
    await _guarded(interaction, act, work)


async def chosen(interaction: Interaction, act: str, id: str, value: str) -> None:
    """An option of a select."""
    work = (
        _nearest(interaction, id, value) if act == "nearest" else browser.chosen(interaction, act, id, value)
    )
    await _guarded(interaction, act, work)


async def submitted(interaction: Interaction, id: str) -> None:
    """The form that asks why an answer was no good."""
    await _guarded(interaction, "why", _why(interaction, id))


async def unknown(interaction: Interaction) -> None:
    """A button, a select or a form that this version does not give."""
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
        except Exception:  # noqa: BLE001  # a press must not end in silence
            told = desk.fault(f"the button {act}", kind="press")
            with contextlib.suppress(LostError, discord.HTTPException, discord.InteractionResponded):
                await tell(interaction, told)


async def _press(interaction: Interaction, act: str, id: str) -> None:
    desk = interaction.client.desk
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
    match act:
        case "sources":
            await show(
                interaction, messages.full_sources(*replies, changes=await _changes(interaction, replies))
            )
        case "up" | "down":
            await _related(interaction, replies, act)
        case "good":
            for reply in replies:
                await desk.noted(desk.journal.vote, reply.id, interaction.user.id, 1)
            await tell(interaction, "Thank you. The vote is stored without your name.")
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


async def _changes(interaction: Interaction, replies: Sequence[Reply]) -> list[tuple[Change, ...]]:
    """What the generation that serves no longer says of what the replies quote."""
    desk = interaction.client.desk
    return [await desk.read(desk.catalogue.changes, reply) for reply in replies]


async def _related(interaction: Interaction, replies: Sequence[Reply], act: str) -> None:
    desk = interaction.client.desk
    direction = "up" if act == "up" else "down"
    cited = [c.document for reply in replies for c in reply.citations]
    found = desk.catalogue.related(cited, "up" if act == "up" else "down")
    if not found:
        await tell(interaction, f"The library names nothing further {direction}stream of this.")
        return
    await show(interaction, *browser.related(desk, found, f"{direction.capitalize()}stream of this answer"))


async def _bad(interaction: Interaction, id: str) -> None:
    desk = interaction.client.desk
    modal = buttons.Why(id)
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.send_modal(modal))
    modal.stop()  # its submission is recognised by its custom id, also after a restart: nothing has to wait for it
    for one in id.split("+"):
        await desk.noted(desk.journal.vote, one, interaction.user.id, -1)


async def _why(interaction: Interaction, id: str) -> None:
    desk = interaction.client.desk
    data: dict[str, Any] = dict(interaction.data or {})
    why = _field(data.get("components") or [], "why").strip()[:1_000]
    await defer(interaction)
    replies = await _replies(interaction, id)
    for reply in replies:
        await desk.noted(desk.journal.vote, reply.id, interaction.user.id, -1, why)
    told = "Thank you. It is stored without your name; /forget-me erases it." if replies else GONE
    await tell(interaction, told)


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


async def _watch(interaction: Interaction, replies: Sequence[Reply]) -> None:
    """Begin to watch, or end it; what has changed already is not news."""
    desk = interaction.client.desk
    place = where(interaction)
    shown = interaction.message
    public = shown.id if shown and not shown.flags.ephemeral else 0
    outcome = "ended"
    for reply, changes in zip(replies, await _changes(interaction, replies), strict=True):
        if reply.quotes:
            outcome = await desk.noted(
                desk.journal.watch, reply.id, place.person, place.channel, public, state(changes)
            )
    told = {
        "watched": "You watch this answer: when its evidence in the library changes, I write to you what changed. "
        "Your user id is stored for that. Press Watch again, or use /forget-me, to end it.",
        "ended": "You no longer watch this answer; your user id is erased.",
        "full": f"You watch {MOST_WATCHES} answers, which is the most. Press Watch under one of them to end it.",
    }
    await tell(interaction, told[outcome])


async def _post(interaction: Interaction, id: str) -> None:
    """Show a private reply to everybody in the channel."""
    desk = interaction.client.desk
    place = where(interaction)
    if not desk.wants(place).answers:
        await tell(interaction, "I do not answer in this channel; its administrators decide where I do.")
        return
    posting = ("post", id, place.channel)
    if not desk.events.add(posting, desk.clock()):
        await tell(interaction, "It is posted here already.")
        return
    try:
        await defer(interaction, private=False)
        replies = await _replies(interaction, id)
        if not replies:  # the public "is thinking" goes: only the one who pressed is told
            await delivered(interaction.delete_original_response)
            await delivered(lambda: interaction.followup.send(GONE, ephemeral=True))
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
    fields = form(message) | {"view": buttons.under(*replies, catalogue=desk.catalogue)}
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
        told = "I no longer have the question; please ask it again and report that reply."
    elif missing:
        for reply in missing:
            await desk.report(reply, where(interaction), question, pressed=True)
        told = "Thank you. The question is kept for those who write the library, without your name; /forget-me erases it."
    else:
        told = "That question was answered."
    await tell(interaction, told)


async def _nearest(interaction: Interaction, id: str, value: str) -> None:
    """Show what stands under one of the nearest headings."""
    desk = interaction.client.desk
    await defer(interaction)
    reply = await desk.reply(id)
    nearest = reply.nearest if isinstance(reply, Abstention) else ()
    if not value.isdigit() or int(value) >= len(nearest):
        await tell(interaction, GONE)
        return
    found = nearest[int(value)]
    await show(interaction, browser.section(desk, found.document, found.headings))
