"""The commands for everybody, and the command tree."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import discord
from discord import app_commands

from bot.discord import context
from bot.discord import replies as replying
from bot.discord.commands import admin, erasure, settings
from bot.discord.context import where
from bot.discord.delivery import LostError
from bot.discord.format import notices, reply
from bot.discord.format.escape import escape, plain
from bot.discord.format.lengths import OPTION, OPTIONS
from bot.discord.format.notices import many
from bot.discord.replies import Told
from bot.discord.service.admission import Taken
from bot.discord.service.stored_answers import Storing
from bot.discord.ui import browser

if TYPE_CHECKING:
    from bot.discord.context import Interaction, Services

log = logging.getLogger(__name__)

PRIVACY = (
    "**Stored by default:** for each answer, a random id, the sentences it quotes from the library and where a public "
    "answer is shown, so that I can correct it when a source changes. I also store the sentence I wrote myself, which may "
    "repeat a name from your question (“I couldn't find Foobar”).\n"
    "**Not stored:** who asked, and the text of a question that was answered.\n"
    "**Stored when you use a button:** your 👍 or 👎 with your reason, and the question of “Request this topic”, all "
    "without your name; your user ID for “Notify me of changes”.\n"
    "**If an admin chose to keep unanswered questions** (/about says so), I also keep public questions that you ask me by "
    "command, by @mention or in a reply to me, without your name. I never keep private questions, ordinary "
    "messages in a channel where I read every message, or direct messages.\n"
    "**Deleting:** /forget-me deletes what you stored with buttons. *Apps › Delete this answer* removes an answer you asked "
    "for. When I am removed from a server, I delete everything about it."
)

_ASKING = ("ask", "compare", "Ask about this")
"""The commands that ask a question."""

_ALL = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
_INSTALLED = app_commands.AppInstallationType(guild=True, user=False)


class Tree(app_commands.CommandTree[Any]):
    """The command tree: ignores repeated events, and lets `stop` wait for running commands."""

    def __init__(self, client: Any) -> None:
        super().__init__(client, allowed_contexts=_ALL, allowed_installs=_INSTALLED)

    async def _call(self, interaction: Interaction) -> None:
        services = interaction.client.services
        if interaction.type is not discord.InteractionType.autocomplete and not services.repeats.events.add(
            interaction.id, services.clock()
        ):
            return
        with services.tasks.working():
            await super()._call(interaction)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Limit how often a person uses commands that ask nothing; questions have limits of their own."""
        command = interaction.command
        is_command = interaction.type is discord.InteractionType.application_command
        if not is_command or (command is not None and command.qualified_name in _ASKING):
            return True
        return not await context.held_back(interaction)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the person that a command failed; the log has the details."""
        services = interaction.client.services
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        # Discord has shown an error already and accepts no more answers to the interaction.
        if isinstance(cause, LostError):
            log.warning("%s", cause)
            services.metrics.faults.labels(kind="lost").inc()
            return
        if isinstance(cause, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            told = "This command was updated. Restart Discord and try again."
        elif isinstance(cause, app_commands.NoPrivateMessage):
            told = "Use this command in a server."
        elif isinstance(cause, sqlite3.Error):
            services.errors.report(
                f"/{interaction.command.qualified_name if interaction.command else '?'}", kind="journal"
            )
            told = notices.AWAY
        else:
            try:
                raise cause
            except Exception:  # noqa: BLE001  # raised again so that the log has its traceback
                told = services.errors.report(
                    f"/{interaction.command.qualified_name if interaction.command else '?'}", kind="command"
                )
        with contextlib.suppress(LostError, discord.HTTPException):
            await context.tell(interaction, told)


def everything(longest: int) -> list[Any]:
    """Return all commands; `longest` is the most characters of a question."""
    everybody: list[Any] = [
        ask_command(longest),
        compare_command(longest),
        layers,
        about,
        privacy,
        erasure.forget_me,
        ask_about,
        erasure.delete_answer,
    ]
    administrators = [
        admin.reindex,
        admin.gaps,
        admin.stats,
        erasure.forget_server,
        settings.Settings(),
    ]
    return everybody + administrators


def names() -> frozenset[str]:
    """Return the names of all commands."""
    return frozenset(command.name for command in everything(longest=1))


def ask_command(longest: int) -> Any:
    """Return `/ask`; Discord's client limits the question to `longest` characters while it is typed."""

    async def ask(
        interaction: Interaction, question: str, layer: str = "", private: bool | None = None
    ) -> None:
        """`/ask`."""
        within = (layer.strip(),) if layer.strip() else ()
        await replying.answer_command(interaction, question, within, private=private, way="ask")

    ask.__annotations__["question"] = app_commands.Range[str, 1, longest]
    described = app_commands.describe(
        question="Your question, e.g. What is HBM?",
        layer="Only search this topic",
        private="Only show the answer to me",
    )(ask)
    made: Any = app_commands.command(description="Ask a question. Answers are direct quotes with sources.")(
        described
    )
    made.autocomplete("layer")(_layers)
    return made


async def _layers(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    services = interaction.client.services
    known = services.admission.wants(where(interaction)).layers or tuple(services.index.catalogue.layers)
    found = [name for name in known if typed.casefold() in name.casefold() and len(name) <= OPTION]
    return [app_commands.Choice(name=name, value=name) for name in found[:OPTIONS]]


def compare_command(longest: int) -> Any:
    """Return `/compare`, whose options together make a question of at most `longest` characters."""

    async def compare(interaction: Interaction, a: str, b: str, on: str, private: bool | None = None) -> None:
        """`/compare`."""
        services = interaction.client.services
        one, other, what = plain(a), plain(b), plain(on).rstrip("?")

        async def both(taken: Taken) -> Told:
            questions = [f"What is the {what} of {name}?" for name in (one, other)]
            first, second = [
                await services.questions.answer(taken, question, way="compare") for question in questions
            ]
            keeps = not taken.preferences.hides(private)
            await services.answers.store(first, taken, Storing(questions[0], keeps=keeps))
            await services.answers.store(second, taken, Storing(questions[1], counts=False))
            head = reply.comparison(one, other, what)
            replies = first.reply, second.reply
            return Told(reply.compared(head, (one, other), replies), replies, taken.question)

        question = f"{one} and {other}: {what}"
        await replying.answer_command(interaction, question, private=private, way="compare", make=both)

    # A quarter for each name leaves half of the question for what is compared.
    most = min(100, max(1, longest // 4))
    lengths = {"a": most, "b": most, "on": min(200, max(1, longest - 2 * most - len(" and : ")))}
    for name, length in lengths.items():
        compare.__annotations__[name] = app_commands.Range[str, 1, length]
    described = app_commands.describe(
        a="First company or topic, e.g. AMD",
        b="Second company or topic, e.g. Nvidia",
        on="What to compare, e.g. gross margin",
        private="Only show the answer to me",
    )(compare)
    return app_commands.command(description="Compare what the library says about two companies or topics.")(
        described
    )


@app_commands.command(name="layers", description="Browse the library by topic.")
async def layers(interaction: Interaction) -> None:
    """`/layers`."""
    shelf = interaction.client.services.questions.shelf(where(interaction))
    await context.show(interaction, *browser.overview(shelf))


@app_commands.command(description="What I am, how current my library is, and what I store.")
async def about(interaction: Interaction) -> None:
    """`/about`."""
    services = interaction.client.services
    keeps = services.admission.wants(where(interaction)).keep_unanswered
    await context.tell(interaction, about_text(services, keeps=keeps))


def about_text(services: Services, *, keeps: bool) -> str:
    """Return the text of `/about`: what the bot is, how current the library is, and what is stored."""
    manifest = services.library.generation.manifest
    gaps = (
        "the text of public questions that I can't answer, because an admin here chose so"
        if keeps
        else "a question that I can't answer, if someone presses “Request this topic”"
    )
    documents = f"{many(manifest.documents, 'document')}, {many(manifest.passages, 'passage')}"
    return "\n".join(
        [
            (
                "**Strata** answers questions by quoting a library of documents, with sources. "
                "If the library doesn't cover something, I say so."
            ),
            f"Library updated {reply.dated(manifest.id)}: {documents}.",
            "To ask a follow-up, reply to my answer (leave @ on) or mention me in its thread.",
            (
                "Under an answer: **Sources** shows the full quotes. **Upstream** and **Downstream** show related documents "
                "about suppliers and customers. **Notify me of changes** sends you a direct message when a source changes."
            ),
            (
                "Privacy: I don't store who asks, nor the text of an answered question. "
                f"I store answers (the library's own words), votes without names, and {gaps}."
            ),
            "See /privacy for details. /forget-me deletes your votes, reports and watches.",
        ]
    )


@app_commands.command(description="What I store, what I don't, and how to delete it.")
async def privacy(interaction: Interaction) -> None:
    """`/privacy`."""
    await context.tell(interaction, privacy_text(interaction.client.services))


def privacy_text(services: Services) -> str:
    """Return the text of `/privacy`: what is stored, and where else a question is sent."""
    if services.composed is None:
        return PRIVACY
    host = urlsplit(services.composed.composer.url).hostname or ""
    sent = "answered questions and their quotes, without who asked, go to a language model at"
    return f"{PRIVACY}\n**Sent elsewhere:** {sent} {escape(host)}, which writes a summary."


@app_commands.context_menu(name="Ask about this")
async def ask_about(interaction: Interaction, message: discord.Message) -> None:
    """Answer a message privately, with a button that shares the answer."""
    services = interaction.client.services
    question = plain(message.content)
    if message.author.id == (interaction.client.user.id if interaction.client.user else 0):
        question = services.memory.question(
            message.id, public=not message.flags.ephemeral
        ) or reply.question_of(message.content)
    if not any(char.isalnum() for char in question):
        told = "I couldn't find a question in that message. Try /ask instead."
    elif len(question) > services.settings.longest_question:
        told = f"{notices.too_long(question, services.settings.longest_question)} Try /ask with a shorter question."
    else:
        await replying.answer_command(interaction, question, private=True, way="menu")
        return
    await context.tell(interaction, told)
