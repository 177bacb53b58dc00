"""Making, changing and removing messages: checked, stored, told to the bot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.standin import limits, payloads
from tests.standin.errors import ApiError, Problem, empty_message, invalid_form, missing_permissions
from tests.standin.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, GUILDS
from tests.standin.mentions import pings
from tests.standin.state import (
    DIRECT,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    Channel,
    Interaction,
    Message,
    User,
    snowflake,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.standin.server import Standin

Files = dict[str, tuple[str, bytes]]
"""Uploaded files: the field's name to the file's name and bytes."""


def content(data: dict[str, Any], files: Files) -> None:
    """Raise what Discord says of a body: 50035 with each violated limit, or 50006 when it is empty."""
    problems = limits.message(data)
    if problems:
        raise invalid_form(problems)
    embeds = [embed for embed in data.get("embeds") or [] if limits.embed_size(embed) or embed.get("image")]
    filled = (
        (data.get("content") or "").strip() or embeds or data.get("components") or data.get("attachments")
    )
    if not (filled or files):
        raise empty_message()


def merged(message: Message, body: dict[str, Any]) -> dict[str, Any]:
    """A message as an edit leaves it, so that what stays is checked too."""
    before: dict[str, Any] = {
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
    }
    if message.attachments:
        before["attachments"] = message.attachments
    return before | body


def create(
    standin: Standin,
    channel: Channel,
    author: User,
    data: dict[str, Any],
    *,
    files: Files | None = None,
    interaction: Interaction | None = None,
    flags: int = 0,
    id: int | None = None,
    kind: int = 0,
) -> Message:
    """Store a message whose body was checked, compute its pings and tell the bot unless it is ephemeral."""
    target = _target(channel, data)
    message = Message(
        id or snowflake(), channel, author, kind=kind or (19 if data.get("message_reference") else 0)
    )
    if data.get("message_reference") and target is None:
        message.kind = 0
    elif target is not None:
        message.reply_to = target
        message.reference = {"type": 0, "channel_id": str(channel.id), "message_id": str(target.id)}
        if channel.guild is not None:
            message.reference["guild_id"] = str(channel.guild.id)
    message.interaction = interaction
    message.nonce = None if data.get("nonce") is None else str(data["nonce"])
    message.flags = flags
    _fill(message, data, files or {}, standin.url)
    _ping(message)
    if not message.ephemeral:
        channel.messages[message.id] = message
        if channel.archived:
            channel.archived = False
            standin.gateway.dispatch("THREAD_UPDATE", payloads.channel(channel), channel.guild, GUILDS)
        standin.gateway.dispatch_message("MESSAGE_CREATE", payloads.event_message(message), channel)
    standin.messages[message.id] = message
    standin.pulse.beat()
    return message


def edit(standin: Standin, message: Message, data: dict[str, Any], files: Files | None = None) -> None:
    """Change what `data` names; a message that was loading is filled by its first edit, and pings then."""
    message.versions.append((message.content, message.embeds, message.components))
    first = message.loading
    message.flags &= ~LOADING
    if "flags" in data:
        message.flags = message.flags & ~SUPPRESS_EMBEDS | int(data["flags"] or 0) & SUPPRESS_EMBEDS
    _fill(message, data, files or {}, standin.url)
    if first:
        _ping(message)
    else:
        message.edited = datetime.now(UTC).isoformat()
    if not message.ephemeral:
        standin.gateway.dispatch_message("MESSAGE_UPDATE", payloads.event_message(message), message.channel)
    standin.pulse.beat()


def purge(standin: Standin, gone: Sequence[Message]) -> None:
    """Delete several messages of a server's channel, which is told as one event."""
    channel = gone[0].channel
    assert channel.guild is not None
    for message in gone:
        _drop(standin, message)
    ids = [str(message.id) for message in gone]
    told = {"ids": ids, "channel_id": str(channel.id), "guild_id": str(channel.guild.id)}
    standin.gateway.dispatch("MESSAGE_DELETE_BULK", told, channel.guild, GUILD_MESSAGES)


def _drop(standin: Standin, message: Message) -> None:
    message.deleted = True
    message.channel.messages.pop(message.id, None)
    standin.messages.pop(message.id, None)


def remove(standin: Standin, message: Message) -> None:
    """Delete a message."""
    _drop(standin, message)
    if not message.ephemeral:
        gone = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if message.channel.guild is not None:
            gone["guild_id"] = str(message.channel.guild.id)
        intent = DIRECT_MESSAGES if message.channel.kind == DIRECT else GUILD_MESSAGES
        standin.gateway.dispatch("MESSAGE_DELETE", gone, message.channel.guild, intent)
    standin.pulse.beat()


def may_send(standin: Standin, channel: Channel, data: dict[str, Any], files: Files) -> None:
    """Raise what Discord says where the bot may not send this here."""
    if channel.kind == DIRECT:
        assert channel.recipient is not None
        if not channel.recipient.accepts_direct_messages:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        return
    if channel.locked:
        raise ApiError(400, 50083, "Thread is archived")
    wanted = ["send_messages_in_threads" if channel.is_thread else "send_messages"]
    wanted += ["embed_links"] if data.get("embeds") else []
    wanted += ["attach_files"] if files else []
    wanted += ["read_message_history"] if data.get("message_reference") else []
    if not all(channel.may(standin.bot, name) for name in wanted):
        raise missing_permissions()


def _target(channel: Channel, data: dict[str, Any]) -> Message | None:
    """The message that this one replies to; None if there is none or it is gone and that may be."""
    reference = data.get("message_reference")
    if not reference:
        return None
    target = channel.messages.get(int(reference["message_id"]))
    if target is None and reference.get("fail_if_not_exists", True):
        raise invalid_form(
            [Problem(("message_reference",), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")]
        )
    return target


def _fill(message: Message, data: dict[str, Any], files: Files, url: str) -> None:
    if "content" in data:
        message.content = (data["content"] or "").strip()
    if "embeds" in data:
        message.embeds = [{"type": "rich"} | embed for embed in data["embeds"] or []]
    if "components" in data:
        message.components = numbered(data["components"] or [])
    if "allowed_mentions" in data:
        message.allowed_mentions = data["allowed_mentions"]
    if "attachments" in data or files:
        kept = {str(item["id"]) for item in data.get("attachments") or []}
        message.attachments = [item for item in message.attachments if item["id"] in kept]
    for name, body in files.values():
        id = str(snowflake())
        link = f"{url}/cdn/attachments/{message.channel.id}/{id}/{name}"
        item = {"id": id, "filename": name, "size": len(body), "url": link, "proxy_url": link}
        message.attachments.append(item)
        message.files[name] = body


def numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Components with the ids that Discord gives to those without one.

    >>> numbered([{"type": 1, "components": [{"type": 2, "label": "a"}]}])
    [{'id': 1, 'type': 1, 'components': [{'id': 2, 'type': 2, 'label': 'a'}]}]
    """
    number = 0
    result = []
    for row in rows:
        number += 1
        copy = {"id": number} | row
        copy["components"] = []
        for child in row.get("components", []):
            number += 1
            copy["components"].append({"id": number} | child)
        result.append(copy)
    return result


def _ping(message: Message) -> None:
    if message.flags & EPHEMERAL:
        return
    channel = message.channel
    reply_to = None if message.reply_to is None else message.reply_to.author.id
    everyone = channel.guild is not None and channel.may(message.author, "mention_everyone")
    message.pings = pings(
        message.content, message.allowed_mentions, replied_to=reply_to, may_everyone=everyone
    )
