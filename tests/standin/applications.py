"""Routes of the application itself: who it is, the gateway's address, its commands."""

from __future__ import annotations

from typing import Any

from tests.standin import limits, payloads
from tests.standin.errors import ApiError, invalid_form, missing_access, unknown
from tests.standin.rest import Call, Route
from tests.standin.state import snowflake


def me(call: Call) -> Any:
    """GET /users/@me."""
    extra = {"verified": True, "mfa_enabled": True, "email": None, "flags": 0}
    return payloads.user(call.standin.bot) | extra


def application(call: Call) -> Any:
    """GET /applications/@me and /oauth2/applications/@me."""
    standin = call.standin
    return payloads.application(
        standin.bot.id, standin.bot.name, standin.developer, standin.application_flags, standin.team
    )


def my_guilds(call: Call) -> Any:
    """GET /users/@me/guilds."""
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "owner": False,
            "permissions": str(guild.permissions(call.standin.bot)),
            "features": [],
        }
        for guild in call.standin.guilds.values()
    ]


def gateway(call: Call) -> Any:
    """GET /gateway."""
    return {"url": call.standin.gateway_url}


def gateway_bot(call: Call) -> Any:
    """GET /gateway/bot: with the recommended shards and what is left of today's 1,000 session starts."""
    used = len(call.standin.gateway.told("identify"))
    start = {"total": 1000, "remaining": 1000 - used, "reset_after": 86_400_000, "max_concurrency": 1}
    return {"url": call.standin.gateway_url, "shards": call.standin.shards, "session_start_limit": start}


def _scope(call: Call) -> int | None:
    """The server that the commands of the path are for; None for all."""
    if call.id("application") != call.standin.bot.id:
        raise unknown("Application")
    if "guild" not in call.parts:
        return None
    if call.id("guild") not in call.standin.guilds:
        raise missing_access()
    return call.id("guild")


def list_commands(call: Call) -> Any:
    """GET .../commands."""
    return call.standin.commands.get(_scope(call), [])


def overwrite_commands(call: Call) -> Any:
    """PUT .../commands: replaces all; a command that was there keeps its id."""
    scope = _scope(call)
    if not isinstance(call.body, list):
        raise ApiError(400, 50035, "Invalid Form Body")
    problems = limits.commands(call.body)
    if problems:
        raise invalid_form(problems)
    known = {(item["type"], item["name"]): item["id"] for item in call.standin.commands.get(scope, [])}
    call.standin.commands[scope] = [_stored(call, item, scope, known) for item in call.body]
    return call.standin.commands[scope]


def _stored(
    call: Call, item: dict[str, Any], scope: int | None, known: dict[tuple[int, str], str]
) -> dict[str, Any]:
    kind = item.get("type") or 1
    allowed = item.get("default_member_permissions")
    stored = {
        "id": known.get((kind, item["name"]), str(snowflake())),
        "application_id": str(call.standin.bot.id),
        "version": str(snowflake()),
        "type": kind,
        "name": item["name"],
        "name_localizations": None,
        "description": item.get("description") or "",
        "description_localizations": None,
        "default_member_permissions": None if allowed is None else str(allowed),
        "contexts": item.get("contexts"),
        "integration_types": item.get("integration_types") or [0],
        "nsfw": bool(item.get("nsfw")),
        "dm_permission": item.get("dm_permission", True),
    }
    if kind == 1:
        stored["options"] = item.get("options") or []
    return stored if scope is None else stored | {"guild_id": str(scope)}


_A = "/applications/{application:\\d+}"

ROUTES = (
    Route("GET", "/users/@me", me),
    Route("GET", "/users/@me/guilds", my_guilds),
    Route("GET", "/applications/@me", application),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/gateway", gateway, needs_token=False),
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", _A + "/commands", list_commands),
    Route("PUT", _A + "/commands", overwrite_commands),
    Route("GET", _A + "/guilds/{guild:\\d+}/commands", list_commands),
    Route("PUT", _A + "/guilds/{guild:\\d+}/commands", overwrite_commands),
)
