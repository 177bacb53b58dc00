"""Routes of channels, messages, threads, servers and people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.standin import limits, messages, payloads, state
from tests.standin.errors import ApiError, Problem, invalid_form, missing_access, missing_permissions, unknown
from tests.standin.gateway import GUILDS
from tests.standin.rest import Call, Route

if TYPE_CHECKING:
    from tests.standin.state import Channel, Guild, Message


def _channel(call: Call, needed: str = "view_channel") -> Channel:
    """The channel of the path, which the bot must see."""
    channel = call.standin.channels.get(call.id("channel"))
    if channel is None:
        raise unknown("Channel")
    if not channel.may(call.standin.bot, "view_channel"):
        raise missing_access()
    if not channel.may(call.standin.bot, needed):
        raise missing_permissions()
    return channel


def _message(call: Call, channel: Channel) -> Message:
    found = channel.messages.get(call.id("message"))
    if found is None:
        raise unknown("Message")
    return found


def _own_message(call: Call) -> Message:
    message = _message(call, _channel(call))
    if message.author is not call.standin.bot:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    return message


def get_channel(call: Call) -> Any:
    """GET /channels/{channel}."""
    return payloads.channel(_channel(call))


def edit_channel(call: Call) -> Any:
    """PATCH /channels/{channel}: a thread's name and state alone.

    Who may write in a thread that is not locked may fetch it from the archive.
    """
    channel = _channel(call)
    fetches = call.body == {"archived": False} and not channel.locked
    fetches = fetches and channel.may(call.standin.bot, "send_messages_in_threads")
    owns = channel.owner is call.standin.bot
    if not (owns or fetches or channel.may(call.standin.bot, "manage_threads")):
        raise missing_permissions()
    channel.name = call.body.get("name", channel.name)
    channel.archived = call.body.get("archived", channel.archived)
    channel.locked = call.body.get("locked", channel.locked)
    call.standin.gateway.dispatch("THREAD_UPDATE", payloads.channel(channel), channel.guild, GUILDS)
    return payloads.channel(channel)


def send(call: Call) -> Any:
    """POST /channels/{channel}/messages; the same nonce twice gives the first message again."""
    channel = _channel(call)
    if channel.kind == state.FORUM:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    messages.may_send(call.standin, channel, call.body, call.files)
    messages.content(call.body, call.files)
    nonce = call.body.get("nonce")
    if nonce is not None and call.body.get("enforce_nonce"):
        for message in channel.messages.values():
            if message.nonce == str(nonce) and message.author is call.standin.bot:
                return payloads.message(message)
    flags = int(call.body.get("flags") or 0) & (state.SUPPRESS_EMBEDS | 1 << 12)
    made = messages.create(call.standin, channel, call.standin.bot, call.body, files=call.files, flags=flags)
    return payloads.message(made)


def get_message(call: Call) -> Any:
    """GET /channels/{channel}/messages/{message}."""
    message = _message(call, _channel(call, "read_message_history"))
    payload = payloads.message(message)
    if message.channel.kind == state.DIRECT or call.standin.reads_content:
        return payload
    return payloads.redacted(payload, call.standin.bot.id)


def history(call: Call) -> Any:
    """GET /channels/{channel}/messages, newest first, before or after an id."""
    channel = _channel(call, "read_message_history")
    before, after = int(call.query.get("before") or 1 << 63), int(call.query.get("after") or 0)
    found = [item for id, item in channel.messages.items() if after < id < before]
    most = int(call.query.get("limit") or 50)
    found = found[:most] if "after" in call.query else found[-most:]
    result = [payloads.message(item) for item in reversed(found)]
    if channel.kind == state.DIRECT or call.standin.reads_content:
        return result
    return [payloads.redacted(item, call.standin.bot.id) for item in result]


def edit_message(call: Call) -> Any:
    """PATCH /channels/{channel}/messages/{message}: the bot's own."""
    message = _own_message(call)
    if message.ephemeral:
        raise unknown("Message")
    if message.channel.archived:
        raise ApiError(400, 50083, "Thread is archived")
    messages.content(messages.merged(message, call.body), call.files)
    messages.edit(call.standin, message, call.body, call.files)
    return payloads.message(message)


def delete_message(call: Call) -> Any:
    """DELETE /channels/{channel}/messages/{message}."""
    channel = _channel(call)
    message = _message(call, channel)
    if message.author is not call.standin.bot and not channel.may(call.standin.bot, "manage_messages"):
        raise missing_permissions()
    messages.remove(call.standin, message)


def typing(call: Call) -> Any:
    """POST /channels/{channel}/typing."""
    channel = _channel(call, "send_messages")
    call.standin.typings.append(channel)


def thread_from_message(call: Call) -> Any:
    """POST /channels/{channel}/messages/{message}/threads."""
    channel = _channel(call, "create_public_threads")
    message = _message(call, channel)
    if message.thread is not None:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    _thread_name(call)
    made = call.standin.start_thread(channel, call.body["name"], call.standin.bot, message)
    return payloads.channel(made)


def thread(call: Call) -> Any:
    """POST /channels/{channel}/threads: a thread without a message, or a forum's post."""
    channel = _channel(call, "create_public_threads")
    _thread_name(call)
    first = call.body.get("message")
    if channel.kind == state.FORUM:
        messages.content(first or {}, call.files)
    made = call.standin.start_thread(channel, call.body["name"], call.standin.bot)
    payload = payloads.channel(made)
    if channel.kind == state.FORUM:
        starter = messages.create(call.standin, made, call.standin.bot, first, files=call.files, id=made.id)
        payload["message"] = payloads.message(starter)
    return payload


def _thread_name(call: Call) -> None:
    problems: list[Problem] = list(limits.length(("name",), call.body.get("name"), 100, least=1))
    if problems:
        raise invalid_form(problems)


def join_thread(call: Call) -> Any:
    """PUT /channels/{channel}/thread-members/@me."""
    _channel(call).joined[call.standin.bot.id] = call.standin.bot


def leave_thread(call: Call) -> Any:
    """DELETE /channels/{channel}/thread-members/@me."""
    _channel(call).joined.pop(call.standin.bot.id, None)


def react(call: Call) -> Any:
    """PUT and DELETE of the bot's own reactions: recorded alone."""
    _message(call, _channel(call, "add_reactions"))


def direct(call: Call) -> Any:
    """POST /users/@me/channels."""
    person = call.standin.users.get(int(call.body["recipient_id"]))
    if person is None:
        raise unknown("User")
    return payloads.channel(call.standin.direct(person))


def _guild(call: Call) -> Guild:
    found = call.standin.guilds.get(call.id("guild"))
    if found is None:
        raise unknown("Guild")
    return found


def get_guild(call: Call) -> Any:
    """GET /guilds/{guild}."""
    return payloads.guild(_guild(call), [])


def guild_channels(call: Call) -> Any:
    """GET /guilds/{guild}/channels."""
    return [payloads.channel(item) for item in _guild(call).channels.values() if not item.is_thread]


def guild_roles(call: Call) -> Any:
    """GET /guilds/{guild}/roles."""
    return [payloads.role(item, place) for place, item in enumerate(_guild(call).roles.values())]


def guild_member(call: Call) -> Any:
    """GET /guilds/{guild}/members/{user}."""
    found = _guild(call).members.get(call.id("user"))
    if found is None:
        raise unknown("Member")
    return payloads.member(found)


def active_threads(call: Call) -> Any:
    """GET /guilds/{guild}/threads/active."""
    found = [item for item in _guild(call).channels.values() if item.is_thread and not item.archived]
    return {"threads": [payloads.channel(item) for item in found], "members": []}


def leave_guild(call: Call) -> Any:
    """DELETE /users/@me/guilds/{guild}."""
    call.standin.expel(_guild(call))


def get_user(call: Call) -> Any:
    """GET /users/{user}."""
    found = call.standin.users.get(call.id("user"))
    if found is None:
        raise unknown("User")
    return payloads.user(found)


_C, _M = "/channels/{channel:\\d+}", "/channels/{channel:\\d+}/messages/{message:\\d+}"
_G = "/guilds/{guild:\\d+}"

ROUTES = (
    Route("GET", _C, get_channel),
    Route("PATCH", _C, edit_channel),
    Route("POST", _C + "/messages", send),
    Route("GET", _C + "/messages", history),
    Route("GET", _M, get_message),
    Route("PATCH", _M, edit_message),
    Route("DELETE", _M, delete_message),
    Route("POST", _C + "/typing", typing),
    Route("POST", _M + "/threads", thread_from_message),
    Route("POST", _C + "/threads", thread),
    Route("PUT", _C + "/thread-members/@me", join_thread),
    Route("DELETE", _C + "/thread-members/@me", leave_thread),
    Route("PUT", _M + "/reactions/{emoji}/@me", react),
    Route("DELETE", _M + "/reactions/{emoji}/@me", react),
    Route("POST", "/users/@me/channels", direct),
    Route("DELETE", "/users/@me/guilds/{guild:\\d+}", leave_guild),
    Route("GET", "/users/{user:\\d+}", get_user),
    Route("GET", _G, get_guild),
    Route("GET", _G + "/channels", guild_channels),
    Route("GET", _G + "/roles", guild_roles),
    Route("GET", _G + "/members/{user:\\d+}", guild_member),
    Route("GET", _G + "/threads/active", active_threads),
)
