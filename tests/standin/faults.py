"""Faults planned by a test: the next requests of a route that fail, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` requests whose "METHOD /path" matches."""

    pattern: re.Pattern[str]
    status: int | None
    drop: str | None
    delay: float
    commit: bool
    times: int
    body: dict[str, Any] | str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def route(pattern: str) -> re.Pattern[str]:
    """A pattern of "METHOD /path": `*` and `{name}` stand for one part, `**` for any number of them.

    >>> bool(route("POST /channels/*/messages").fullmatch("POST /channels/7/messages"))
    True
    >>> bool(route("* /channels/{id}").fullmatch("PATCH /channels/7/messages"))
    False
    >>> bool(route("PATCH /webhooks/**").fullmatch("PATCH /webhooks/1/token/messages/@original"))
    True
    """
    parts = re.split(r"(\*\*|\*|\{\w+\})", pattern)
    regex = "".join(
        ".*" if part == "**" else "[^/ ]+" if part[:1] in ("*", "{") else re.escape(part) for part in parts
    )
    return re.compile(regex)


def limited(retry_after: float, *, everywhere: bool, via: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """Body and headers of a 429; without `via` it looks like Cloudflare's, which clients must not retry.

    >>> limited(0.5, everywhere=True, via=True)[0]["global"]
    True
    """
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": everywhere}
    headers = {"Retry-After": str(max(1, round(retry_after)))}
    headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    if via:
        headers["Via"] = "1.1 google"
    return body, headers


@dataclass(slots=True)
class Bucket:
    """A real limit: `times` requests in each window of `per` seconds."""

    times: int
    per: float
    used: int = 0
    started: float = 0.0

    def take(self, now: float) -> float:
        """Count one request at `now`; how long to wait if there is no room, else 0.

        >>> bucket = Bucket(1, 5.0)
        >>> bucket.take(0.0), bucket.take(1.0), bucket.take(6.0)
        (0.0, 4.0, 0.0)
        """
        if now - self.started >= self.per:
            self.started, self.used = now, 0
        if self.used >= self.times:
            return self.started + self.per - now
        self.used += 1
        return 0.0

    def headers(self, now: float) -> dict[str, str]:
        """What an answer tells of the bucket."""
        left = max(0.0, self.started + self.per - now)
        return {
            "X-RateLimit-Limit": str(self.times),
            "X-RateLimit-Remaining": str(self.times - self.used),
        } | {"X-RateLimit-Reset-After": f"{left:.3f}"}
