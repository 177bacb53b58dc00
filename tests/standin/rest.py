"""The REST API's plumbing: each request is recorded, may fail as planned, is counted, checked, answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

from tests.standin import faults
from tests.standin.errors import ApiError
from tests.standin.faults import Bucket, Fault
from tests.standin.gateway import cut

if TYPE_CHECKING:
    from tests.standin.messages import Files
    from tests.standin.server import Standin

API = "/api/v10"
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf0000000200013500"
    "01b70000000049454e44ae426082"
)


@dataclass(slots=True)
class Request:
    """One request of the bot. `status` is None while it runs and where the connection was dropped."""

    method: str
    path: str
    body: Any
    query: dict[str, str]
    headers: dict[str, str]
    at: float
    files: list[str] = field(default_factory=list)
    status: int | None = None
    answer: Any = None
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class Call(NamedTuple):
    """What a route gets: the parts of its path, the body, the query, uploaded files."""

    standin: Standin
    parts: dict[str, str]
    body: Any
    query: dict[str, str]
    files: Files

    def id(self, name: str) -> int:
        """A part of the path as an id."""
        return int(self.parts[name])


Handler = Callable[[Call], Any]


class Route(NamedTuple):
    """A method and a path, whether the bot's token is needed, and what answers: JSON, or None for 204."""

    method: str
    path: str
    handler: Handler
    needs_token: bool = True


class Rest:
    """The API over aiohttp."""

    def __init__(self, standin: Standin, routes: Iterable[Route]) -> None:
        self._standin = standin
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.limits: list[tuple[Any, int, float]] = []
        self._buckets: dict[tuple[int, str], Bucket] = {}
        self.app = web.Application(client_max_size=1 << 26)
        for route in routes:
            self.app.router.add_route(route.method, API + route.path, self._answering(route))
        self.app.router.add_get("/cdn/{path:.*}", self._asset)
        self.app.router.add_get("/", standin.gateway.serve)
        self.app.router.add_get("/resume/", standin.gateway.serve)
        self.app.router.add_route(
            "*", "/{path:.*}", self._answering(Route("*", "", _missing, needs_token=False))
        )

    def matching(self, pattern: str) -> list[Request]:
        """Recorded requests whose "METHOD /path" matches."""
        regex = faults.route(pattern)
        return [item for item in self.requests if regex.fullmatch(f"{item.method} {item.path}")]

    async def _asset(self, request: web.Request) -> web.Response:
        for message in self._standin.messages.values():
            for item in message.attachments:
                if item["url"].endswith(request.path):
                    return web.Response(body=message.files[item["filename"]])
        return web.Response(body=_PIXEL, content_type="image/png")

    def _answering(self, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            loop = asyncio.get_running_loop()
            path = request.path.removeprefix(API)
            record = Request(
                request.method, path, None, dict(request.query), dict(request.headers), loop.time()
            )
            self.requests.append(record)
            try:
                return await self._serve(request, route, record)
            finally:
                record.seconds = loop.time() - record.at
                self._standin.pulse.beat()

        return answer

    async def _serve(self, request: web.Request, route: Route, record: Request) -> web.Response:
        body, files, problem = await _read(request)
        record.body, record.files = body, [name for name, _ in files.values()]
        fault = self._fault(f"{record.method} {record.path}")
        if fault is not None and not fault.commit:
            await asyncio.sleep(fault.delay)
            if fault.drop or fault.status:
                return self._fail(request, record, fault)
        status, payload, headers = self._limited(route, request, record)
        if status is None:
            named = request.headers.get("Authorization") == f"Bot {self._standin.token}"
            if route.needs_token and not named:
                problem = ApiError(401, 0, "401: Unauthorized")
            call = Call(self._standin, dict(request.match_info), body, record.query, files)
            status, payload = _result(route, call, problem)
        if fault is not None and fault.commit:
            await asyncio.sleep(fault.delay)
            if fault.drop or fault.status:
                return self._fail(request, record, fault)
        record.status, record.answer = status, payload
        return _response(status, payload, headers)

    def _fault(self, line: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.pattern.fullmatch(line):
                fault.times -= 1
                return fault
        return None

    def _fail(self, request: web.Request, record: Request, fault: Fault) -> web.Response:
        if fault.drop:
            cut(request.transport, reset=fault.drop == "reset")
            return web.Response(status=500)
        assert fault.status is not None
        record.status, record.answer = fault.status, fault.body
        if isinstance(fault.body, str):
            return web.Response(status=fault.status, text=fault.body, headers=fault.headers)
        return _response(fault.status, fault.body, fault.headers)

    def _limited(
        self, route: Route, request: web.Request, record: Request
    ) -> tuple[int | None, Any, dict[str, str]]:
        """Status and body of a 429 where a limit is used up, and the headers that tell of the bucket."""
        now = asyncio.get_running_loop().time()
        major = "/".join(
            request.match_info.get(name, "") for name in ("channel", "guild", "application", "token")
        )
        bucket, per_key = Bucket(50, 1.0, used=1, started=now), (-1, "")
        for number, (pattern, times, per) in enumerate(self.limits):
            if pattern.fullmatch(f"{record.method} {record.path}"):
                per_key = (number, major)
                bucket = self._buckets.setdefault(per_key, Bucket(times, per))
                wait = bucket.take(now)
                if wait:
                    body, headers = faults.limited(wait, everywhere=False, via=True)
                    return 429, body, bucket.headers(now) | headers
        name = f"{abs(hash((route.method, route.path, per_key[0]))):032x}"[:32]
        return None, None, bucket.headers(now) | {"X-RateLimit-Bucket": name, "Via": "1.1 google"}


def _result(route: Route, call: Call, problem: ApiError | None) -> tuple[int, Any]:
    """Status and body of an answer."""
    if problem is None:
        try:
            payload = route.handler(call)
        except ApiError as error:
            problem = error
        else:
            return (204 if payload is None else 200), payload
    return problem.status, problem.body


async def _read(request: web.Request) -> tuple[Any, Files, ApiError | None]:
    """The JSON body and uploaded files, and what is wrong with them: the request is recorded all the same."""
    files: Files = {}
    kind = request.content_type
    try:
        if kind == "multipart/form-data":
            body: Any = {}
            form = await request.post()
            for name, value in form.items():
                if isinstance(value, web.FileField):
                    files[name] = (value.filename, value.file.read())
                elif name == "payload_json":
                    body = json.loads(str(value))
            return body, files, None
        text = await request.text()
        return (json.loads(text) if text else {}), files, None
    except ValueError:
        return None, files, ApiError(400, 50109, "The request body contains invalid JSON.")


def _response(status: int, payload: Any, headers: dict[str, str]) -> web.Response:
    """An answer whose content type is exactly application/json: discord.py reads anything else as text."""
    if status == 204:
        return web.Response(status=204, headers=headers)
    headers = headers | {"Content-Type": "application/json"}
    return web.Response(status=status, body=json.dumps(payload).encode(), headers=headers)


def _missing(call: Call) -> Any:
    """A path that the stand-in does not have."""
    del call
    raise ApiError(404, 0, "404: Not Found")
