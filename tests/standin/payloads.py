"""The world's values as Discord's JSON: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.standin import state
from tests.standin.state import Channel, Guild, Interaction, Member, Message, Role, User, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Payload = dict[str, Any]


def user(value: User) -> Payload:
    """A user object."""
    return {
        "id": str(value.id),
        "username": value.name,
        "global_name": None if value.bot else value.name.title(),
        "discriminator": "0",
        "avatar": None,
        "bot": value.bot,
        "public_flags": 0,
    }


def member(value: Member, *, with_user: bool = True) -> Payload:
    """A guild member object."""
    payload: Payload = {
        "roles": [str(role.id) for role in value.roles],
        "joined_at": timestamp(value.joined),
        "nick": None,
        "avatar": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    if with_user:
        payload["user"] = user(value.user)
    return payload


def role(value: Role, position: int = 0) -> Payload:
    """A role object."""
    return {
        "id": str(value.id),
        "name": value.name,
        "permissions": str(value.permissions),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": bool(value.bot),
        "mentionable": True,
        "flags": 0,
    } | ({"tags": {"bot_id": str(value.bot)}} if value.bot else {})


def channel(value: Channel) -> Payload:
    """A channel object of any kind."""
    last = next(reversed(value.messages), None)
    payload: Payload = {
        "id": str(value.id),
        "type": value.kind,
        "flags": 0,
        "last_message_id": None if last is None else str(last),
    }
    if value.recipient is not None:
        return payload | {"recipients": [user(value.recipient)]}
    assert value.guild is not None
    payload |= {
        "guild_id": str(value.guild.id),
        "name": value.name,
        "parent_id": None if value.parent is None else str(value.parent.id),
        "rate_limit_per_user": 0,
    }
    if value.is_thread:
        assert value.owner is not None
        return payload | {
            "owner_id": str(value.owner.id),
            "message_count": len(value.messages),
            "member_count": max(1, len(value.joined)),
            "total_message_sent": len(value.messages),
            "applied_tags": [],
            "thread_metadata": {
                "archived": value.archived,
                "locked": value.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": timestamp(value.id),
                "create_timestamp": timestamp(value.id),
            },
        }
    payload |= {
        "position": list(value.guild.channels).index(value.id),
        "topic": None,
        "nsfw": False,
        "permission_overwrites": [
            {
                "id": str(id),
                "type": 0 if id in value.guild.roles else 1,
                "allow": str(allow),
                "deny": str(deny),
            }
            for id, (allow, deny) in value.overwrites.items()
        ],
    }
    if value.kind == state.FORUM:
        payload |= {"available_tags": [], "default_sort_order": None, "default_forum_layout": 0}
    return payload


def guild(value: Guild, members: Iterable[Member]) -> Payload:
    """A guild object as GUILD_CREATE has it, with some of its members."""
    known = list(value.channels.values())
    return {
        "id": str(value.id),
        "name": value.name,
        "owner_id": str(value.owner.id),
        "icon": None,
        "features": [],
        "preferred_locale": "en-US",
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "afk_timeout": 300,
        "system_channel_id": None,
        "roles": [role(item, place) for place, item in enumerate(value.roles.values())],
        "emojis": [],
        "stickers": [],
        "unavailable": False,
        "member_count": len(value.members),
        "large": False,
        "joined_at": timestamp(value.id),
        "members": [member(item) for item in members],
        "channels": [channel(item) for item in known if not item.is_thread],
        "threads": [channel(item) for item in known if item.is_thread and not item.archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(value: Message, *, nested: bool = False) -> Payload:
    """A message object; a message that it replies to stands in it, once."""
    where = value.channel.guild
    payload: Payload = {
        "id": str(value.id),
        "channel_id": str(value.channel.id),
        "type": value.kind,
        "author": user(value.author),
        "content": value.content,
        "timestamp": timestamp(value.id),
        "edited_timestamp": value.edited,
        "tts": False,
        "mention_everyone": value.pings.everyone,
        "mentions": [],
        "mention_roles": [str(id) for id in sorted(value.pings.roles)],
        "attachments": value.attachments,
        "embeds": value.embeds,
        "components": value.components,
        "pinned": False,
        "flags": value.flags,
    }
    for id in sorted(value.pings.users):
        payload["mentions"].append({"id": str(id)} if where is None else _mentioned(where, id))
    if where is None:
        known = {
            person.id: person for person in (value.author, value.channel.recipient) if person is not None
        }
        payload["mentions"] = [user(known[id]) for id in sorted(value.pings.users) if id in known]
    if value.nonce is not None:
        payload["nonce"] = value.nonce
    if value.thread is not None:
        payload["thread"] = channel(value.thread)
    if value.interaction is not None:
        payload |= {
            "application_id": value.interaction.metadata["application_id"],
            "webhook_id": value.interaction.metadata["application_id"],
            "interaction_metadata": interaction_metadata(value.interaction),
        }
        if value.interaction.kind == state.COMMAND:
            payload["interaction"] = {
                "id": str(value.interaction.id),
                "type": value.interaction.kind,
                "name": value.interaction.name,
                "user": user(value.interaction.user),
            }
    if value.reference is not None:
        payload["message_reference"] = value.reference
        if not nested:
            gone = value.reply_to is None or value.reply_to.deleted
            payload["referenced_message"] = (
                None if gone or value.reply_to is None else message(value.reply_to, nested=True)
            )
    return payload


def _mentioned(where: Guild, id: int) -> Payload:
    if id not in where.members:
        return user(User(id, "unknown"))
    found = where.members[id]
    return user(found.user) | {"member": member(found, with_user=False)}


def event_message(value: Message) -> Payload:
    """A message as its events have it: with the server's id and the author's membership."""
    payload = message(value)
    where = value.channel.guild
    if where is not None:
        payload["guild_id"] = str(where.id)
        if value.author.id in where.members and value.interaction is None:
            payload["member"] = member(where.members[value.author.id], with_user=False)
    return payload | {"channel_type": value.channel.kind}


def redacted(payload: Payload, bot: int) -> Payload:
    """A message without what the message content intent guards, unless it is the bot's own or mentions it.

    >>> redacted({"content": "hi", "author": {"id": "2"}, "mentions": []}, 1)["content"]
    ''
    >>> redacted({"content": "hi", "author": {"id": "2"}, "mentions": [{"id": "1"}]}, 1)["content"]
    'hi'
    """
    payload = dict(payload)
    own = payload["author"]["id"] == str(bot)
    if not own and all(item["id"] != str(bot) for item in payload["mentions"]):
        payload |= {"content": "", "embeds": [], "attachments": [], "components": []}
    if payload.get("referenced_message"):
        payload["referenced_message"] = redacted(payload["referenced_message"], bot)
    return payload


def interaction_metadata(value: Interaction) -> Payload:
    """What a message tells of the interaction that it answers."""
    payload: Payload = {
        "id": str(value.id),
        "type": value.kind,
        "user": user(value.user),
        "authorizing_integration_owners": value.metadata["owners"],
    }
    if value.kind == state.MODAL:
        before = value.metadata.get("triggered_by")
        payload["triggering_interaction_metadata"] = None if before is None else interaction_metadata(before)
    elif value.message is not None:
        payload["interacted_message_id"] = str(value.message.id)
    return payload


def team(owner: User, members: Mapping[User, tuple[int, str]]) -> Payload:
    """A team object; its owner is a member with the role "admin"."""
    rows = {owner: (2, "admin"), **members}
    return {
        "id": str(owner.id + 1),
        "name": "Team",
        "icon": None,
        "owner_user_id": str(owner.id),
        "members": [
            {
                "membership_state": state,
                "permissions": ["*"],
                "role": role,
                "team_id": "1",
                "user": user(member),
            }
            for member, (state, role) in rows.items()
        ],
    }


def application(
    id: int, name: str, owner: User, flags: int, members: Mapping[User, tuple[int, str]]
) -> Payload:
    """An application object; with `members` it belongs to a team."""
    return {
        "id": str(id),
        "name": name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user(owner),
        "team": team(owner, members) if members else None,
        "verify_key": "0" * 64,
        "flags": flags,
        "install_params": None,
        "integration_types_config": {"0": {}},
        "interactions_endpoint_url": None,
        "redirect_uris": [],
        "approximate_guild_count": 1,
    }
