"""Commands that delete: what a person stored, an answer, everything about a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.discord.commands.admin import in_servers, may_manage
from bot.discord.context import defer, tell
from bot.discord.delivery import delivered
from bot.discord.format.notices import many
from bot.journal.journal import Journal

if TYPE_CHECKING:
    from bot.discord.context import Interaction

KEPT = "I deleted the message. I can't reach my storage right now, so what I stored about it is deleted later, with old answers."


@app_commands.command(name="forget-me", description="Delete your votes, reports and watches.")
async def forget_me(interaction: Interaction) -> None:
    """`/forget-me`."""
    services = interaction.client.services
    await defer(interaction)
    erased = await services.journal.write(Journal.forget, interaction.user.id)
    items = many(erased, "item")
    told = (
        f"Done. Deleted {items} (votes, reports or watches)." if erased else "I had nothing stored about you."
    )
    await tell(interaction, told)


@app_commands.command(name="forget-server", description="Delete everything I store about this server.")
@app_commands.describe(confirm="True deletes settings, answers, votes and unanswered questions for good")
@app_commands.default_permissions(manage_guild=True)
@in_servers
async def forget_server(interaction: Interaction, confirm: bool) -> None:
    """`/forget-server`."""
    services = interaction.client.services
    if not await may_manage(interaction):
        return
    if not confirm:
        await tell(
            interaction, "Nothing was deleted. Use confirm:True to delete everything about this server."
        )
        return
    await defer(interaction)
    erased = await services.answers.erase_server(interaction.guild_id or 0)
    told = (
        f"Done. Deleted {many(erased, 'item')}. All settings are back to their defaults. "
        "My messages stay until you delete them; their buttons no longer work."
    )
    await tell(interaction, told)


@app_commands.context_menu(name="Delete this answer")
async def delete_answer(interaction: Interaction, message: discord.Message) -> None:
    """Delete an answer and its stored data, at the request of the asker or a moderator."""
    services, me = interaction.client.services, interaction.client.user
    if me is None or message.author.id != me.id:
        await tell(interaction, "I can only delete my own answers.")
        return
    await defer(interaction)
    if await _may_delete(interaction, message):
        target = interaction.client.get_partial_messageable(message.channel.id).get_partial_message(
            message.id
        )
        replies, told = [], KEPT
        with services.errors.log_journal_errors("looking up an answer"):
            post = await services.journal.find(Journal.post, message.id)
            replies = post.reply.split("+") if post else []
        await delivered(target.delete)
        services.memory.forget(message.id)
        with services.errors.log_journal_errors("deleting an answer"):
            await services.journal.write(Journal.unpost, message.id)
            await services.journal.write(Journal.erase_replies, *replies)
            told = "Deleted."
    else:
        told = "Only the person who asked and people with Manage Messages can delete this answer."
    await tell(interaction, told)


async def _may_delete(interaction: Interaction, message: discord.Message) -> bool:
    """Return whether the person asked for an answer, or moderates its channel."""
    may = interaction.permissions
    if not interaction.guild_id or may.administrator or may.manage_messages:
        return True
    if message.interaction_metadata is not None:
        return message.interaction_metadata.user.id == interaction.user.id
    if message.reference is None or message.reference.message_id is None:
        return False
    channel = interaction.client.get_partial_messageable(message.reference.channel_id)
    try:
        asked = await channel.fetch_message(message.reference.message_id)
    except discord.HTTPException:  # the question is gone or not readable, so nobody knows who asked it
        return False
    return asked.author.id == interaction.user.id
