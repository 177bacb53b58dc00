"""The context that commands, buttons and background tasks share, and how they talk to a person."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import discord
from discord import app_commands

from bot.discord.delivery import acknowledge, delivered, form, sending
from bot.discord.format import notices
from bot.discord.format.message import Message
from bot.discord.operation.error_log import ErrorLog
from bot.discord.operation.metrics import Metrics
from bot.discord.service.admission import Admission, Where
from bot.discord.service.catalog import UNSORTED
from bot.discord.service.feedback import Feedback
from bot.discord.service.journal_access import JournalAccess
from bot.discord.service.live_index import LiveIndex
from bot.discord.service.question_memory import QuestionMemory
from bot.discord.service.question_queue import Workers
from bot.discord.service.questions import Questions
from bot.discord.service.rate_limits import Repeats
from bot.discord.service.stored_answers import StoredAnswers
from bot.discord.service.tasks import Tasks
from bot.discord.worker_threads import Threads

if TYPE_CHECKING:
    from datetime import date

    from bot.discord.service.composed import ComposedTexts
    from bot.journal.journal import Journal
    from bot.library import Library
    from bot.settings.discord import Discord
    from bot.types import Reply

_OWNER_ROLES = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
"""Roles of a team whose members can reset the bot's token."""


@dataclass(slots=True)
class CorrectionState:
    """Corrections that the journal does not know yet."""

    shown: dict[Hashable, str] = field(default_factory=dict)
    """Corrections that were shown but could not be stored in the journal, by message or by (reply, person)."""
    noticed: set[tuple[int, str, str]] = field(default_factory=set)
    """Message, reply and state of the notices that the current corrections have posted under answers."""
    archived: set[int] = field(default_factory=set)
    """Archived threads with messages that wait for their correction."""


@dataclass(slots=True, repr=False)
class Services:
    """The parts of the bot that live on one event loop, through all connections to Discord."""

    library: Library
    settings: Discord
    clock: Callable[[], float]
    metrics: Metrics
    errors: ErrorLog
    tasks: Tasks
    threads: Threads
    journal: JournalAccess
    index: LiveIndex
    admission: Admission
    workers: Workers
    questions: Questions
    feedback: Feedback
    answers: StoredAnswers
    memory: QuestionMemory = field(default_factory=QuestionMemory)
    repeats: Repeats = field(default_factory=Repeats)
    corrections: CorrectionState = field(default_factory=CorrectionState)
    composed: ComposedTexts | None = None

    @classmethod
    def open(
        cls,
        library: Library,
        journal: Journal | None,
        settings: Discord,
        *,
        layers: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> Services:
        """Connect the parts with each other.

        Args:
            library: Answers the questions.
            journal: The open journal; without one, call `connect_journal` later.
            settings: The section `discord:` of the settings.
            layers: The value chain, most upstream first.
            clock: Returns seconds that never go back.
        """

        def ask(question: str, layers: tuple[str, ...], today: date) -> Reply:
            # Documents without a layer are shown under the name `UNSORTED`, but have an empty layer in the
            # index.
            within = ("", *layers) if UNSORTED in layers else layers
            return library.ask(question, within, today=today)

        metrics, tasks, threads = Metrics(), Tasks(), Threads()
        errors, access = ErrorLog(metrics), JournalAccess(threads)
        index = LiveIndex(library, settings, layers, threads, metrics)
        admission = Admission(settings, clock)
        workers = Workers(ask, settings.workers, settings.queue)
        questions = Questions(settings, index, admission, workers, tasks, metrics)
        feedback = Feedback(access)
        answers = StoredAnswers(access, feedback, admission, index, tasks, errors)
        services = cls(
            library=library,
            settings=settings,
            clock=clock,
            metrics=metrics,
            errors=errors,
            tasks=tasks,
            threads=threads,
            journal=access,
            index=index,
            admission=admission,
            workers=workers,
            questions=questions,
            feedback=feedback,
            answers=answers,
        )
        if journal:
            services.connect_journal(journal)
        return services

    def connect_journal(self, journal: Journal) -> None:
        """Write to this journal from now on, and apply the settings of servers that it has."""
        self.admission.load(journal)
        self.journal.connect(journal)

    def close(self) -> None:
        """Stop the threads."""
        self.workers.close()
        self.threads.close()


class Client(discord.Client):
    """A client with the services; `bot.discord.client` handles its events."""

    services: Services
    tree: app_commands.CommandTree[Any]


Interaction: TypeAlias = "discord.Interaction[Client]"


def where(source: Interaction | discord.Message) -> Where:
    """Return the person who asks, with the channel and the server."""
    person = source.user if isinstance(source, discord.Interaction) else source.author
    channel: Any = source.channel
    if isinstance(source, discord.Interaction):
        guild = source.guild_id
    else:  # the channel knows the id of a server that is not cached, so this is no direct conversation
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
    except discord.ClientException:  # the parent channel of the thread is not cached
        return 0


def owners(client: Client) -> frozenset[int]:
    """Return the ids of the people who run the application: its owner, or the team members who may change it.

    Invited people who have not accepted and members with the role Read Only are left out.
    """
    application = client.application
    if application is None:
        return frozenset()
    if (team := application.team) is None:
        return frozenset({application.owner.id})
    members = {
        member.id
        for member in team.members
        if member.membership_state is discord.TeamMembershipState.accepted and member.role in _OWNER_ROLES
    }
    return frozenset(members | ({team.owner_id} if team.owner_id else set()))


async def tell(interaction: Interaction, text: str) -> None:
    """Answer an interaction with one private sentence."""
    await show(interaction, Message(text))


async def defer(interaction: Interaction, *, private: bool = True) -> None:
    """Acknowledge an interaction before waiting for anything; `show` then takes the place of "is thinking"."""
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.defer(ephemeral=private, thinking=True))
    # If the first attempt arrived although it seemed to fail, discord.py does not know that the interaction is deferred.
    interaction.extras["deferred"] = "private" if private else "public"


async def show(interaction: Interaction, message: Message, view: discord.ui.View | None = None) -> None:
    """Answer an interaction with a private message; a public "is thinking" is deleted first."""
    if interaction.extras.get("deferred") == "public":
        # A deferred public reply cannot become private, so it makes room for a private follow-up.
        await delivered(interaction.delete_original_response)
        fields = sending(message) | ({"view": view} if view else {})
        await delivered(lambda: interaction.followup.send(ephemeral=True, **fields))
        return
    if interaction.response.is_done() or "deferred" in interaction.extras:
        shown = form(message) | ({"view": view} if view else {})
        await delivered(lambda: interaction.edit_original_response(**shown))
        return
    fields = sending(message) | ({"view": view} if view else {})
    with acknowledging(interaction):
        await acknowledge(lambda: interaction.response.send_message(ephemeral=True, **fields))


async def held_back(interaction: Interaction) -> bool:
    """Count a press, or a command without a question; tell the person if there were too many in the last minute."""
    services = interaction.client.services
    if not (wait := services.admission.press(interaction.user.id)):
        return False
    services.metrics.refusals.labels(reason="presses").inc()
    await tell(interaction, notices.too_fast(wait))
    return True


@contextlib.contextmanager
def acknowledging(interaction: Interaction) -> Any:
    """Count how long an acknowledgement takes."""
    start = time.perf_counter()
    yield
    interaction.client.services.metrics.acknowledge_seconds.observe(time.perf_counter() - start)
