"""The composer's endpoint: quotations out, verified sentences in as they are written. The only call to a language model.

Whatever the endpoint does, a text is there within the time that is set, or a reason why there is none:

    unreachable   no connection, or it broke        busy       429 or 503
    status        another status                    garbage    no chat completion, or an unfinished one
    timeout       not done in time                  huge       more than a few sentences need
    empty         nothing was written               ...        the faults of `bot.composer.grounding`
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from bot.composer.grounding import Fault
from bot.composer.prompt import WHOLE, Composition, Evidence, Sentence, Splitter, check, request
from bot.settings.composer import Composer
from index import install

log = logging.getLogger(__name__)

_CONNECT = 5.0
"""Seconds for a connection."""
_BYTES = 1_000_000
"""Of a whole response: each token comes in some 300 bytes."""
_LINE = 65_536
"""Of a line of it."""

Show = Callable[[Sentence], Awaitable[None]]
"""Called with each sentence that was verified, in order."""


class EndpointError(Exception):
    """The endpoint gave no text."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


async def compose(question: str, evidence: Evidence, composer: Composer, key: str, show: Show) -> Composition:
    """What the model makes of quotations. Each sentence is shown as soon as it was verified; nothing else ever is.

    Never raises for what the endpoint does.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    sentences: list[Sentence] = []
    refused, detail = "", ""
    try:
        async with (
            asyncio.timeout(composer.timeout),
            aclosing(_verified(question, evidence, composer, key)) as told,
        ):
            async for sentence in told:
                if isinstance(sentence, Fault):
                    refused, detail = sentence.reason, sentence.detail
                    break
                sentences.append(sentence)
                await show(sentence)
    except EndpointError as error:
        refused, detail = error.reason, str(error)
    except TimeoutError:
        refused, detail = "timeout", f"not done in {composer.timeout:g} s"
    if not sentences and not refused:
        refused, detail = "empty", "the model wrote nothing"
    elapsed = 1000 * (loop.time() - start)
    if refused:
        log.info("a composed text was refused (%s)", refused)
        return Composition(composer.model, (), refused, detail, elapsed)
    return Composition(composer.model, tuple(sentences), milliseconds=elapsed)


async def _verified(
    question: str, evidence: Evidence, composer: Composer, key: str
) -> AsyncGenerator[Sentence | Fault, None]:
    """Sentences as they are whole; the first fault is the last."""
    splitter, written, seen = Splitter(), 0, set[str]()
    async with aclosing(_pieces(request(question, evidence), composer, key)) as pieces:
        async for piece in pieces:
            if splitter.waiting + len(piece) > 2 * WHOLE:  # before it is split, which takes time
                yield Fault("length", f"more than {2 * WHOLE} characters at once")
                return
            whole = splitter.feed(piece) if piece else splitter.finish()
            for text in whole:
                told = check(text, evidence)
                if isinstance(told, Sentence):
                    if told.text in seen:
                        return  # a model that says it again has nothing more to say
                    seen.add(told.text)
                    written += len(told.shown) + 1
                    if written > WHOLE:
                        told = Fault("length", f"more than {WHOLE} characters")
                yield told


async def _pieces(messages: list[dict[str, str]], composer: Composer, key: str) -> AsyncGenerator[str, None]:
    """The text as it comes, and an empty piece at its end; raises EndpointError."""
    try:
        import aiohttp
    except ImportError:
        raise EndpointError("unreachable", f"aiohttp is missing; run: {install.command('llm')}") from None

    body = {
        "model": composer.model, "messages": messages, "stream": True, "temperature": 0, "max_tokens": composer.max_tokens,
    }  # fmt: skip
    # What is not decompressed cannot grow in memory.
    headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
    address = f"{composer.url.rstrip('/')}/chat/completions"
    limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT)
    try:
        async with (
            aiohttp.ClientSession(timeout=limits, auto_decompress=False) as session,
            session.post(address, json=body, headers=headers, allow_redirects=False) as response,
        ):
            if response.status != 200:
                reason = "busy" if response.status in {429, 503} else "status"
                raise EndpointError(reason, f"{address} answered {response.status}")
            if response.content_type == "text/event-stream":
                async with aclosing(_events(response.content)) as events:
                    async for piece in events:
                        yield piece
            else:
                yield _whole(await _limited(response.content))
            yield ""
    except (aiohttp.ClientError, OSError) as error:
        raise EndpointError("unreachable", f"{address}: {type(error).__name__}") from error


async def _events(content: Any) -> AsyncGenerator[str, None]:
    """The pieces of a stream of server-sent events; raises EndpointError unless it ends as it should."""
    async with aclosing(_lines(content)) as lines:
        async for line in lines:
            if not line.startswith(b"data:"):
                continue
            data = line.removeprefix(b"data:").strip()
            if data == b"[DONE]":
                return
            choice = _choice(data)
            if choice is None:
                continue
            delta = choice.get("delta")
            piece = delta.get("content") if isinstance(delta, dict) else None
            if isinstance(piece, str) and piece:
                yield piece
            ended = choice.get("finish_reason")
            if ended == "length":
                raise EndpointError("length", "the model was cut off; raise composer.max_tokens")
            if ended:
                return
    raise EndpointError("garbage", "the stream ended before the text did")


async def _lines(content: Any) -> AsyncGenerator[bytes, None]:
    """Lines within limits."""
    rest, total = b"", 0
    async for chunk in content.iter_any():
        total += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if total > _BYTES or any(len(line) > _LINE for line in (*lines, rest)):
            raise EndpointError("huge", f"more than {_BYTES:,} bytes, or {_LINE:,} in a line")
        for line in lines:
            yield line.strip()
    if rest:
        yield rest.strip()


async def _limited(content: Any) -> bytes:
    """All of a response that is no stream."""
    whole = bytearray()
    async for chunk in content.iter_any():
        whole += chunk
        if len(whole) > _BYTES:
            raise EndpointError("huge", f"more than {_BYTES:,} bytes")
    return bytes(whole)


def _whole(data: bytes) -> str:
    """The text of a response that came in one piece; some endpoints do not stream."""
    choice = _choice(data)
    message = choice.get("message") if choice else None
    text = message.get("content") if isinstance(message, dict) else None
    if choice is None or not isinstance(text, str):
        raise EndpointError("garbage", "what came is no chat completion")
    if choice.get("finish_reason") == "length":
        raise EndpointError("length", "the model was cut off; raise composer.max_tokens")
    return text


def _choice(data: bytes) -> dict[str, Any] | None:
    """The first choice of a chat completion or of a piece of one; None where it has none, as a report of use has not."""
    try:
        record = json.loads(data)
        choices = record["choices"]
        choice = choices[0] if choices else None
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise EndpointError("garbage", "what came is no chat completion") from None
    if choice is not None and not isinstance(choice, dict):
        raise EndpointError("garbage", "what came is no chat completion")
    return choice
