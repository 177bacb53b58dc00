"""A language model's endpoint over a real socket that does what a test tells it: says a text, or misbehaves."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

HEAD = {"Content-Type": "text/event-stream"}


class Endpoint:
    """Serves `/v1/chat/completions` on 127.0.0.1 in a thread of its own; `requests` has what it was sent."""

    def __init__(self, does: str = "says", text: str = "", *, status: int = 200, raw: bytes = b"") -> None:
        """`does` is one of says, whole, silent, forever, loops, breaks, stops, raw, huge, drips, redirects."""
        self.does = does
        self.text = text
        self.status = status
        self.raw = raw
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.followed = 0
        self.url = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        app.router.add_route("*", "/elsewhere", self._elsewhere)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._started.set()
        await self._stopped.wait()
        await runner.cleanup()

    async def _elsewhere(self, request: web.Request) -> web.Response:
        del request
        self.followed += 1
        return web.Response(text="{}")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        if self.does == "redirects":
            return web.Response(status=307, headers={"Location": "/elsewhere"})
        if self.does == "whole":
            message = {"choices": [{"message": {"content": self.text}, "finish_reason": "stop"}]}
            return web.json_response(message, status=self.status)
        if self.status != 200:
            return web.Response(status=self.status, text=self.text)
        response = web.StreamResponse(headers=HEAD)
        await response.prepare(request)
        try:
            await self._stream(request, response)
        except (ConnectionError, asyncio.CancelledError):
            return response
        return response

    async def _stream(self, request: web.Request, response: web.StreamResponse) -> None:
        if self.does == "raw":
            await response.write(self.raw)
            return
        if self.does == "silent":
            await asyncio.sleep(30)
        if self.does == "huge":
            for _ in range(100):
                await response.write(b"x" * 100_000)
            return
        for piece in _pieces(self.text):
            await response.write(event({"content": piece}))
        if self.does == "breaks":
            assert request.transport is not None
            request.transport.abort()
            return
        if self.does == "stops":
            return
        while self.does in {"forever", "loops", "drips"}:
            pieces = {"forever": ["and "], "loops": _pieces(self.text), "drips": [""]}[self.does]
            for piece in pieces:
                await response.write(event({"content": piece}))
            await asyncio.sleep(0.01 if self.does == "drips" else 0)
        await response.write(event({}, finish="stop") + b"data: [DONE]\n\n")


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """A server-sent event with a piece of a chat completion."""
    data = {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return f"data: {json.dumps(data)}\n\n".encode()


def _pieces(text: str) -> Iterable[str]:
    return [text[at : at + 5] for at in range(0, len(text), 5)]
