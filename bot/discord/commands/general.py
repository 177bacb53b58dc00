"""The commands: each parses, asks the desk, sends."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import discord
from discord import app_commands

from bot.discord import replies
from bot.discord.commands import admin
from bot.discord.delivery import LostError
from bot.discord.format import reply
from bot.discord.format.escape import escape, plain
from bot.discord.format.lengths import OPTION, OPTIONS, shortened
from bot.discord.format.notices import many
from bot.discord.replies import Told
from bot.discord.service.admission import Taken
from bot.discord.ui import browser

if TYPE_CHECKING:
    from bot.discord.client import Interaction
    from bot.discord.service.service import Desk

log = logging.getLogger(__name__)

PRIVACY = (
    "**Stored by default:** each reply's id, scores and the library's own words that it quotes, and where a public reply "
    "stands, so that I can correct it when a source changes. My own sentence in a reply is stored too, and may repeat a "
    "name from the question (“no document mentions Foobar”, “read as: Nvidia”).\n"
    "**Not stored:** who asked, and the text of a question that was answered.\n"
    "**Stored when you press:** 👍, 👎 with your reason, and the question of “Report this gap”, all without your name; "
    "your user id for “Watch”, to write to you.\n"
    "An administrator may choose to keep all unanswered questions of a server; /about tells whether this one does. "
    "/forget-me erases what you pressed."
)

_ASKING = ("ask", "compare", "Ask about this")
"""Commands that put a question."""

_ALL = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
_HERE = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
_INSTALLED = app_commands.AppInstallationType(guild=True, user=False)


class Tree(app_commands.CommandTree[Any]):
    """The command tree: refuses repeated events, and lets stopping wait for what is being answered."""

    def __init__(self, client: Any) -> None:
        super().__init__(client, allowed_contexts=_ALL, allowed_installs=_INSTALLED)

    async def _call(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        if interaction.type is not discord.InteractionType.autocomplete and not desk.events.add(
            interaction.id, desk.clock()
        ):
            return
        with desk.working():
            await super()._call(interaction)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Limit how often a person uses commands that ask nothing; questions have limits of their own."""
        command = interaction.command
        is_command = interaction.type is discord.InteractionType.application_command
        if not is_command or (command is not None and command.qualified_name in _ASKING):
            return True
        return not await replies.held_back(interaction)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the person that a command failed; the log has the rest."""
        desk = interaction.client.desk
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, LostError):
            log.warning("%s", cause)
            desk.counters.count("strata_faults_total", kind="lost")
            return
        if isinstance(cause, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            told = "This command has changed; please restart Discord, then try again."
        elif isinstance(cause, app_commands.NoPrivateMessage):
            told = "Use this command in a server."
        else:
            try:
                raise cause
            except Exception:  # noqa: BLE001  # it is logged with its traceback whatever it is
                told = desk.fault(
                    f"/{interaction.command.qualified_name if interaction.command else '?'}", kind="command"
                )
        with contextlib.suppress(LostError, discord.HTTPException):
            await replies.tell(interaction, told)


def add_to(tree: Tree) -> None:
    """Put all commands on a tree."""
    everybody: list[Any] = [ask, compare, layers, about, privacy, forget_me, ask_about]
    administrators = [
        admin.reindex,
        admin.gaps,
        admin.stats,
        admin.Settings(),
    ]
    for command in (*everybody, *administrators):
        tree.add_command(command)


@app_commands.command(description="Ask the library; every sentence of the answer is quoted, with its source.")
@app_commands.describe(
    question="What you want to know, for example: What is HBM?",
    layer="Answer from this layer of the value chain alone",
    private="Show the answer to you alone",
)
async def ask(interaction: Interaction, question: str, layer: str = "", private: bool | None = None) -> None:
    """`/ask`."""
    within = (layer.strip(),) if layer.strip() else ()
    await replies.answer_command(interaction, question, within, private=private, way="ask")


@ask.autocomplete("layer")
async def _layers(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    desk = interaction.client.desk
    known = desk.wants(replies.where(interaction)).layers or tuple(desk.catalogue.layers)
    found = [name for name in known if typed.casefold() in name.casefold() and len(name) <= OPTION]
    return [app_commands.Choice(name=name, value=name) for name in found[:OPTIONS]]


@app_commands.command(description="Compare two things: what the library says of one and of the other.")
@app_commands.describe(
    a="The one, for example: AMD",
    b="The other, for example: Nvidia",
    on="On what, for example: gross margin",
    private="Show the comparison to you alone",
)
async def compare(
    interaction: Interaction,
    a: app_commands.Range[str, 1, 100],
    b: app_commands.Range[str, 1, 100],
    on: app_commands.Range[str, 1, 200],
    private: bool | None = None,
) -> None:
    """`/compare`."""
    desk = interaction.client.desk
    one, other, what = plain(a), plain(b), plain(on).rstrip("?")

    async def both(taken: Taken) -> Told:
        asked = [f"What is the {what} of {name}?" for name in (one, other)]
        first = (await desk.make(taken, asked[0], way="compare")).reply
        second = (await desk.make(taken, asked[1], way="compare", counts=False)).reply
        head = reply.comparison(one, other, what)
        return Told(reply.compared(head, (one, other), (first, second)), (first, second), taken.question)

    question = f"{one} and {other}: {what}"
    await replies.answer_command(interaction, question, private=private, way="compare", make=both)


@app_commands.command(name="layers", description="Browse the library: layers, documents, headings.")
async def layers(interaction: Interaction) -> None:
    """`/layers`."""
    await replies.show(interaction, *browser.overview(interaction.client.desk))


@app_commands.command(description="Which library answers here, of which day, and what is stored.")
async def about(interaction: Interaction) -> None:
    """`/about`."""
    desk = interaction.client.desk
    keeps = desk.wants(replies.where(interaction)).keep_unanswered
    await replies.tell(interaction, about_text(desk, keeps=keeps))


def about_text(desk: Desk, *, keeps: bool) -> str:
    """The library in figures, and privacy in three lines."""
    manifest = desk.library.generation.manifest
    kept = (
        "every unanswered question's text" if keeps else "an unanswered question's text if someone reports it"
    )
    return "\n".join(
        [
            "**Strata** answers from a library of documents with quotations and sources, or says that it cannot.",
            f"Generation `{manifest.id}` of {reply.dated(manifest.id)}",
            f"{many(manifest.documents, 'document')}, {many(manifest.passages, 'passage')}",
            f"Encoder {shortened(manifest.encoder.name, 80)} (`{manifest.encoder.sha256[:8]}`)",
            "To follow up, reply to an answer with the mention on, or mention me in its thread.",
            "Privacy: who asks is not stored, nor is the text of an answered question.",
            f"Stored: replies (the library's own words), votes without names, {kept}.",
            "/privacy tells all of it; /forget-me erases what you pressed.",
        ]
    )


@app_commands.command(description="What is stored, what is not, and how to erase it.")
async def privacy(interaction: Interaction) -> None:
    """`/privacy`."""
    await replies.tell(interaction, privacy_text(interaction.client.desk))


def privacy_text(desk: Desk) -> str:
    """What is stored, and where else a question goes."""
    if desk.composing is None:
        return PRIVACY
    host = urlsplit(desk.composing.composer.url).hostname or ""
    sent = "a question that was answered and its quotations, without who asked, go to a language model at"
    return f"{PRIVACY}\n**Sent elsewhere:** {sent} {escape(host)}, which composes a text."


@app_commands.command(name="forget-me", description="Erase your votes, reports and watches.")
async def forget_me(interaction: Interaction) -> None:
    """`/forget-me`."""
    desk = interaction.client.desk
    await replies.defer(interaction)
    erased = await desk.noted(desk.journal.forget, interaction.user.id)
    told = (
        f"Erased: {erased} {'entry' if erased == 1 else 'entries'} (votes, reports, watches)."
        if erased
        else "There was nothing of yours to erase."
    )
    await replies.tell(interaction, told)


@app_commands.context_menu(name="Ask about this")
async def ask_about(interaction: Interaction, message: discord.Message) -> None:
    """The message command: private first, with a button that posts the answer."""
    desk = interaction.client.desk
    question = plain(message.content)
    if message.author.id == (interaction.client.user.id if interaction.client.user else 0):
        question = desk.remembered(message.id) or reply.question_of(message.content)
    if not any(char.isalnum() for char in question):
        told = "That message has no words that I could take for a question; use /ask with your own."
    elif len(question) > desk.settings.longest_question:
        told = (
            f"That message has {len(question):,} characters; I read up to {desk.settings.longest_question:,}. "
            "Use /ask with the question that it leaves you with."
        )
    else:
        await replies.answer_command(interaction, question, private=True, way="menu")
        return
    await replies.tell(interaction, told)
