"""The question that a message of the bot answers, found in its text, in memory, or in the message before it."""

from __future__ import annotations

import discord

from bot.discord.context import Client
from bot.discord.format import reply
from bot.discord.format.escape import plain, unescape


async def question_of(client: Client, message: discord.Message) -> str:
    """Return the question that a message of the bot answers; empty if it is not known.

    A question that was asked privately is found only from the private message that answers it.
    """
    return (
        client.services.memory.question(message.id, public=not message.flags.ephemeral)
        or reply.question_of(message.content)
        or await asked_in(client, message)
    )


async def asked_in(client: Client, message: discord.Message) -> str:
    """Return the question in the message that a message of the bot replies to; empty if it cannot be read.

    A message that was edited after the answer counts as another question.
    """
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
    if asked.edited_at is not None and asked.edited_at > message.created_at:
        return ""
    return plain(asked.content)


def columns(message: discord.Message) -> tuple[str, ...]:
    """Return the titles of the columns in a message of the bot: two for a comparison, otherwise none."""
    fields = message.embeds[0].fields if message.embeds else []
    return tuple(unescape(field.name or "") for field in fields)
