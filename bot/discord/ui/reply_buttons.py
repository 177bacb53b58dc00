"""The buttons and the select under replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import discord

from bot.discord.context import Interaction, defer, show, tell, where
from bot.discord.corrections import state
from bot.discord.delivery import delivered, form
from bot.discord.format import reply as messages
from bot.discord.format.lengths import OPTION, OPTIONS
from bot.discord.format.reply import tells_gap
from bot.discord.question_lookup import columns, question_of
from bot.discord.service.admission import NOT_HERE
from bot.discord.ui import browser
from bot.discord.ui.components import (
    GONE,
    HIDDEN,
    KEY,
    NEVER,
    REPLY_IDS,
    Button,
    ReplyButton,
    Select,
    changes_of,
    find,
    is_hidden,
    label,
)
from bot.discord.ui.feedback import BadButton, GoodButton
from bot.journal.journal import MOST_WATCHES
from bot.types import Abstention, Reply

if TYPE_CHECKING:
    from bot.discord.service.catalog import Direction, Shelf


class SourcesButton(ReplyButton, template=rf"s:sources:{REPLY_IDS}"):
    """A button that shows the whole quotations with their sources."""

    act, text = "sources", "Sources"

    async def show(self, interaction: Interaction, replies: Sequence[Reply]) -> None:
        """Show the quotes, unless the channel does not show their topics."""
        if is_hidden(interaction, replies):
            await tell(interaction, HIDDEN)
        else:
            changes = await changes_of(interaction, replies)
            await show(interaction, messages.full_sources(*replies, changes=changes))


class _RelatedButton(ReplyButton, template=NEVER):
    """A button that shows related documents in one direction of the value chain."""

    direction: ClassVar[Direction]

    async def show(self, interaction: Interaction, replies: Sequence[Reply]) -> None:
        """List the documents."""
        services = interaction.client.services
        cited = [citation.document for reply in replies for citation in reply.citations]
        found = services.questions.shelf(where(interaction)).related(cited, self.direction)
        if found:
            title = f"{self.text} of this answer"
            await show(interaction, *browser.related(services.index, found, title))
        else:
            await tell(interaction, f"No related {self.text.lower()} documents.")


class UpstreamButton(_RelatedButton, template=rf"s:up:{REPLY_IDS}"):
    """A button that shows documents about suppliers."""

    act, text, direction = "up", "Upstream", "up"


class DownstreamButton(_RelatedButton, template=rf"s:down:{REPLY_IDS}"):
    """A button that shows documents about customers."""

    act, text, direction = "down", "Downstream", "down"


class WatchButton(ReplyButton, template=rf"s:watch:{REPLY_IDS}"):
    """A button that starts or ends a watch on the sources of an answer."""

    act, text, saves = "watch", "Notify me of changes", True

    async def show(self, interaction: Interaction, replies: Sequence[Reply]) -> None:
        """Store the watch. The person is not notified of changes that they can see already."""
        services = interaction.client.services
        shown = interaction.message
        public = shown.id if shown and not shown.flags.ephemeral else 0
        outcome = "ended"
        await services.answers.save(*replies)
        for reply, changes in zip(replies, await changes_of(interaction, replies), strict=True):
            if reply.quotes:
                outcome = await services.feedback.watch(reply, where(interaction), public, state(changes))
        told = {
            "watched": "You're watching this answer. I'll send you a direct message if its sources change. "
            "I store your user ID for this; press the button again to stop.",
            "ended": "You stopped watching this answer.",
            "full": f"You can watch up to {MOST_WATCHES} answers. Stop watching one first.",
        }
        await tell(interaction, told[outcome])


class GapButton(ReplyButton, template=rf"s:gap:{REPLY_IDS}"):
    """A button that stores the question of an abstention for the authors of the library."""

    act, text, saves = "gap", "Request this topic", True

    async def show(self, interaction: Interaction, replies: Sequence[Reply]) -> None:
        """Store the question."""
        services = interaction.client.services
        shown = interaction.message
        question = await question_of(interaction.client, shown) if shown else ""
        missing = [reply for reply in replies if isinstance(reply, Abstention)]
        if not question:
            told = "I no longer have the question. Please ask it again, then press the button under the new reply."
        elif missing:
            await services.answers.save(*missing)
            for reply in missing:
                await services.feedback.report_gap(reply, where(interaction), question, pressed=True)
            told = "Thanks! Your question was passed on anonymously. /forget-me deletes it."
        else:
            told = "That question was answered, so there is nothing to report."
        await tell(interaction, told)


class ShareButton(Button, template=rf"s:post:{REPLY_IDS}"):
    """A button that shows a private reply to everybody in the channel."""

    act, text, style = "post", "Share in channel", discord.ButtonStyle.primary

    async def press(self, interaction: Interaction) -> None:
        """Share the reply, once in each channel."""
        services = interaction.client.services
        place = where(interaction)
        wants = services.admission.wants(place)
        if not wants.answers or wants.private_only:
            await tell(interaction, "Answers are private here." if wants.answers else NOT_HERE)
            return
        # Noted before the first await, so that two quick presses share the reply once.
        event = ("post", self.target, place.channel)
        if not services.repeats.events.add(event, services.clock()):
            await tell(interaction, "It was already shared here.")
            return
        try:
            await defer(interaction, private=False)
            replies = await find(interaction, self.target)
            if not replies or is_hidden(interaction, replies):
                await tell(interaction, HIDDEN if replies else GONE)
                services.repeats.events.discard(event)
                return
            await self._share(interaction, replies)
        except BaseException:
            services.repeats.events.discard(event)
            raise

    async def _share(self, interaction: Interaction, replies: Sequence[Reply]) -> None:
        services, place = interaction.client.services, where(interaction)
        shown = interaction.message
        question = await question_of(interaction.client, shown) if shown else ""
        names = columns(shown) if shown else ()
        message = messages.again(replies, shown.content if shown else "", names, question=question)
        view = under(*replies, shelf=services.questions.shelf(place))
        fields = form(message) | {"view": view}
        posted = await delivered(lambda: interaction.edit_original_response(**fields))
        if question:
            services.memory.remember(posted.id, question)
        await services.answers.note_posted(posted.id, place, *replies)


class NearestSelect(Select, template=rf"s:nearest:{KEY}"):
    """A select of the headings that an abstention names, which shows the text of the chosen heading."""

    act = "nearest"

    async def choose(self, interaction: Interaction, value: str) -> None:
        """Show the section; `value` is the position of the heading."""
        services = interaction.client.services
        await defer(interaction)
        reply = await services.answers.find(self.target)
        near = reply.nearest if isinstance(reply, Abstention) else ()
        if not value.isdigit() or int(value) >= len(near):
            await tell(interaction, GONE)
            return
        found = near[int(value)]
        shelf = services.questions.shelf(where(interaction))
        await show(interaction, browser.section(services.index, shelf, found.document, found.headings))


def under(*replies: Reply, shelf: Shelf, private: bool = False) -> discord.ui.View:
    """Return the buttons and the select under a reply, or under the two of a comparison."""
    view = discord.ui.View(timeout=None)
    id = "+".join(reply.id for reply in replies)
    if len(replies) == 1 and isinstance(replies[0], Abstention) and (nearest := _nearest(replies[0])):
        view.add_item(nearest)
    row = len(view.children)
    if quoting := [reply for reply in replies if reply.quotes]:
        cited = [c.document for reply in quoting for c in reply.citations]
        for button in (SourcesButton, GoodButton, BadButton, WatchButton):
            view.add_item(button(id, row=row))
        row += 1
        if shelf.related(cited, "up"):
            view.add_item(UpstreamButton(id, row=row))
        if shelf.related(cited, "down"):
            view.add_item(DownstreamButton(id, row=row))
    if missing := [reply.id for reply in replies if tells_gap(reply)]:
        view.add_item(GapButton("+".join(missing), row=row))
    if private and (quoting or missing):
        view.add_item(ShareButton(id, row=row))
    return view


def _nearest(reply: Abstention) -> NearestSelect | None:
    options = [
        discord.SelectOption(label=label(c.place, OPTION) or "…", value=str(n))
        for n, c in enumerate(reply.nearest[:OPTIONS])
    ]
    if not options:
        return None
    return NearestSelect(reply.id, options, placeholder="Read a related section", row=0)
