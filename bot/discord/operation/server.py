"""HTTP endpoints: /healthz, /metrics and the webhook /reindex."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
from typing import TYPE_CHECKING, Protocol

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bot.discord.operation.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from bot.discord.connection.supervisor import Supervisor
    from bot.discord.context import Services

log = logging.getLogger(__name__)


class Rebuild(Protocol):
    """A function that requests a rebuild of the index."""

    def __call__(self, *, pulls: bool) -> None:
        """Request a rebuild; `pulls` fetches the newest content first if the settings allow it."""


_LARGEST = 5 << 20
"""The largest body of a webhook in bytes; GitHub's push events are smaller."""


def signed(body: bytes, header: str, secret: str) -> bool:
    """Return whether GitHub's header X-Hub-Signature-256 matches the body.

    >>> header = "sha256=" + hmac.new(b"secret", b"{}", hashlib.sha256).hexdigest()
    >>> signed(b"{}", header, "secret"), signed(b"{ }", header, "secret"), signed(b"{}", "", "secret")
    (True, False, False)
    """
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    # A comparison in constant time reveals nothing about the right signature.
    return hmac.compare_digest(wanted.encode(), header.encode("utf-8", "replace"))


def application(services: Services, supervisor: Supervisor, secret: str, rebuild: Rebuild) -> web.Application:
    """Return the HTTP application. It has the webhook only if there is a secret."""

    async def health(request: web.Request) -> web.Response:
        del request
        # A bot that is stopping reports 503, so that a load balancer or Docker stops waiting for it.
        good = supervisor.ready and services.tasks.open
        manifest = services.library.generation.manifest
        told = {
            "ready": good,
            "generation": manifest.id,
            "documents": manifest.documents,
            "waiting": services.workers.taken,
            "journal": services.journal.problem or "ok",
            "index": "ok" if services.library.store.generations.is_dir() else "missing on disk",
        }
        return web.json_response(told, status=200 if good else 503)

    async def metrics(request: web.Request) -> web.Response:
        del request
        body = generate_latest(services.metrics.registry) + generate_latest(_gauges(services, supervisor))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

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


def _gauges(services: Services, supervisor: Supervisor) -> CollectorRegistry:
    """Read the current state of the bot as gauges."""
    # The values are read for each request, so nothing has to update them in between.
    registry = CollectorRegistry()
    manifest = services.library.generation.manifest
    client = supervisor.client

    def gauge(name: str, description: str, value: float) -> None:
        Gauge(f"strata_{name}", description, registry=registry).set(value)

    gauge("ready", "1 while the bot is connected.", supervisor.ready)
    gauge("waiting", "Questions in progress or in the queue.", services.workers.taken)
    gauge("documents", "Documents of the current generation.", manifest.documents)
    gauge("passages", "Passages of the current generation.", manifest.passages)
    gauge("servers", "Servers that the bot is in.", len(client.guilds) if client else 0)
    generation = Gauge("strata_generation", "The current generation.", ["id"], registry=registry)
    generation.labels(id=manifest.id).set(1)
    latency = client.latency if client is not None and supervisor.ready else math.nan
    if math.isfinite(latency):
        gauge("gateway_latency_seconds", "Latency of the gateway's heartbeat.", latency)
    return registry
