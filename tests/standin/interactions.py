"""Routes that answer interactions: the callback, then the webhook of the interaction's token."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.standin import limits, messages, payloads, state
from tests.standin.errors import ApiError, Problem, invalid_form, unknown
from tests.standin.rest import Call, Route
from tests.standin.state import EPHEMERAL, LOADING, SUPPRESS_EMBEDS, Interaction, Message

TOKEN_LIVES = 900.0
"""Seconds that an interaction's token serves."""
_MESSAGE, _THINKING, _LATER_UPDATE, _UPDATE, _CHOICES, _MODAL = 4, 5, 6, 7, 8, 9
_ALLOWED = {
    state.COMMAND: {_MESSAGE, _THINKING, _MODAL},
    state.COMPONENT: {_MESSAGE, _THINKING, _LATER_UPDATE, _UPDATE, _MODAL},
    state.AUTOCOMPLETE: {_CHOICES},
    state.MODAL: {_MESSAGE, _THINKING, _LATER_UPDATE, _UPDATE},
}


def callback(call: Call) -> Any:
    """POST /interactions/{interaction}/{token}/callback: once, and in 3 s."""
    interaction = call.standin.interactions.get(call.parts["token"])
    if interaction is None or interaction.id != call.id("interaction"):
        raise unknown("Interaction")
    passed = asyncio.get_running_loop().time() - interaction.sent
    if interaction.acknowledged:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    if passed > call.standin.acknowledge_within:
        raise unknown("Interaction")
    kind, data = call.body.get("type"), call.body.get("data") or {}
    on_message = kind not in (_LATER_UPDATE, _UPDATE) or interaction.message is not None
    if kind not in _ALLOWED[interaction.kind] or not on_message:
        raise invalid_form(
            [Problem(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {_ALLOWED[interaction.kind]}.")]
        )
    _answer(call, interaction, kind, data)
    interaction.callback, interaction.acknowledged_after = kind, passed
    interaction.versions = 0 if interaction.original is None else len(interaction.original.versions)
    return _with_response(interaction, kind) if call.query.get("with_response") in ("1", "true") else None


def _answer(call: Call, interaction: Interaction, kind: int, data: dict[str, Any]) -> None:
    if kind == _MESSAGE:
        messages.content(data, call.files)
        interaction.original = _new(call, interaction, data)
    elif kind == _THINKING:
        interaction.original = _new(call, interaction, data, LOADING)
    elif kind == _LATER_UPDATE:
        interaction.original = interaction.message
    elif kind == _UPDATE:
        assert interaction.message is not None
        messages.content(messages.merged(interaction.message, data), call.files)
        messages.edit(call.standin, interaction.message, data, call.files)
        interaction.original = interaction.message
    elif kind == _CHOICES:
        problems = limits.choices(data.get("choices") or [])
        if problems:
            raise invalid_form(problems)
        interaction.choices = data.get("choices") or []
    else:
        problems = [Problem(("data", *item.path), item.code, item.message) for item in limits.modal(data)]
        if problems:
            raise invalid_form(problems)
        interaction.modal = data


def _new(call: Call, interaction: Interaction, data: dict[str, Any], flags: int = 0) -> Message:
    flags |= int(data.get("flags") or 0) & (EPHEMERAL | SUPPRESS_EMBEDS)
    return messages.create(
        call.standin,
        interaction.channel,
        call.standin.bot,
        {} if flags & LOADING else data,
        files=call.files,
        interaction=interaction,
        flags=flags,
        kind=20 if interaction.kind == state.COMMAND else 0,
    )


def _with_response(interaction: Interaction, kind: int) -> Any:
    about: dict[str, Any] = {"id": str(interaction.id), "type": interaction.kind}
    resource: dict[str, Any] = {"type": kind}
    if interaction.original is not None:
        message = interaction.original
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        if kind in (_MESSAGE, _THINKING, _UPDATE):
            resource["message"] = payloads.message(message)
    return {"interaction": about, "resource": resource}


def _interaction(call: Call) -> Interaction:
    """The acknowledged interaction of the token."""
    found = call.standin.interactions.get(call.parts["token"])
    if found is None or call.id("application") != call.standin.bot.id or not found.acknowledged:
        raise unknown("Webhook")
    if found.expired or asyncio.get_running_loop().time() - found.sent > TOKEN_LIVES:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return found


def _of(call: Call, interaction: Interaction) -> Message:
    """@original, or one of its follow-ups by id."""
    wanted = call.parts["message"]
    for message in (interaction.original, *interaction.followups):
        if message is not None and not message.deleted and wanted in ("@original", str(message.id)):
            return message
    raise unknown("Message")


def follow_up(call: Call) -> Any:
    """POST /webhooks/{application}/{token}: as in Discord, the first one fills a deferred message."""
    interaction = _interaction(call)
    messages.content(call.body, call.files)
    first = interaction.original
    if first is not None and first.loading and not first.deleted:
        body = {key: value for key, value in call.body.items() if key != "flags"}
        messages.edit(call.standin, first, body, call.files)
        return payloads.message(first)
    made = _new(call, interaction, call.body)
    interaction.followups.append(made)
    call.standin.pulse.beat()
    return payloads.message(made)


def get_message(call: Call) -> Any:
    """GET /webhooks/{application}/{token}/messages/{message}."""
    return payloads.message(_of(call, _interaction(call)))


def edit_message(call: Call) -> Any:
    """PATCH /webhooks/{application}/{token}/messages/{message}."""
    message = _of(call, _interaction(call))
    messages.content(messages.merged(message, call.body), call.files)
    messages.edit(call.standin, message, call.body, call.files)
    return payloads.message(message)


def delete_message(call: Call) -> Any:
    """DELETE /webhooks/{application}/{token}/messages/{message}."""
    messages.remove(call.standin, _of(call, _interaction(call)))


_W = "/webhooks/{application:\\d+}/{token}"
_M = _W + "/messages/{message}"

ROUTES = (
    Route("POST", "/interactions/{interaction:\\d+}/{token}/callback", callback, needs_token=False),
    Route("POST", _W, follow_up, needs_token=False),
    Route("GET", _M, get_message, needs_token=False),
    Route("PATCH", _M, edit_message, needs_token=False),
    Route("DELETE", _M, delete_message, needs_token=False),
)
