"""Three addresses for machines: /healthz, /metrics and the webhook /reindex."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

if TYPE_CHECKING:
    from bot.discord.connection.supervisor import Supervisor
    from bot.discord.service.service import Desk

log = logging.getLogger(__name__)


class Rebuild(Protocol):
    """Has the index rebuilt soon."""

    def __call__(self, *, pulls: bool) -> None:
        """Request a rebuild; `pulls` fetches the newest content first if the settings allow it."""


_LARGEST = 5 << 20
"""Bytes of a webhook's body."""


def signed(body: bytes, header: str, secret: str) -> bool:
    """Whether GitHub's header X-Hub-Signature-256 is that of the body.

    >>> header = "sha256=" + hmac.new(b"secret", b"{}", hashlib.sha256).hexdigest()
    >>> signed(b"{}", header, "secret"), signed(b"{ }", header, "secret"), signed(b"{}", "", "secret")
    (True, False, False)
    """
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), header.encode("utf-8", "replace"))


def application(desk: Desk, supervisor: Supervisor, secret: str, rebuild: Rebuild) -> web.Application:
    """Make the HTTP server. Without a secret it has no webhook; the webhook requests a rebuild of the newest content."""

    async def health(request: web.Request) -> web.Response:
        del request
        good = supervisor.ready and desk.open
        manifest = desk.library.generation.manifest
        told = {
            "ready": good,
            "generation": manifest.id,
            "documents": manifest.documents,
            "waiting": desk.asking.taken,
            "journal": desk.without_journal or "ok",
            "index": "ok" if desk.library.store.generations.is_dir() else "missing on disk",
        }
        return web.json_response(told, status=200 if good else 503)

    async def metrics(request: web.Request) -> web.Response:
        del request
        text = desk.counters.text(_gauges(desk, supervisor))
        return web.Response(text=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def reindex(request: web.Request) -> web.Response:
        body = await request.read()
        if not signed(body, request.headers.get("X-Hub-Signature-256", ""), secret):
            log.warning("a webhook without a valid signature was refused")
            return web.json_response({"error": "the signature is not valid"}, status=401)
        if (event := request.headers.get("X-GitHub-Event", "push")) != "push":
            return web.json_response({"pong": True} if event == "ping" else {"ignored": event[:80]})
        rebuild(pulls=True)
        return web.json_response({"rebuilding": True}, status=202)

    app = web.Application(client_max_size=_LARGEST)
    app.router.add_get("/healthz", health)
    app.router.add_get("/metrics", metrics)
    if secret:
        app.router.add_post("/reindex", reindex)
    return app


def _gauges(
    desk: Desk, supervisor: Supervisor
) -> dict[str, tuple[str, list[tuple[Mapping[str, str], float]]]]:
    manifest = desk.library.generation.manifest
    client = supervisor.client
    latency = client.latency if client is not None and supervisor.ready else math.nan
    values: dict[str, tuple[str, list[tuple[Mapping[str, str], float]]]] = {
        "strata_ready": ("Whether the bot is connected.", [({}, float(supervisor.ready))]),
        "strata_waiting": ("Questions that are answered or wait.", [({}, float(desk.asking.taken))]),
        "strata_documents": ("Documents of the generation that serves.", [({}, float(manifest.documents))]),
        "strata_passages": ("Passages of the generation that serves.", [({}, float(manifest.passages))]),
        "strata_generation": ("The generation that serves.", [({"id": manifest.id}, 1.0)]),
        "strata_servers": ("Servers that the bot is in.", [({}, float(len(client.guilds) if client else 0))]),
    }
    if math.isfinite(latency):
        values["strata_gateway_latency_seconds"] = ("Of the gateway's heartbeat.", [({}, latency)])
    return values
