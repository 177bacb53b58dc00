"""The client of the composer's endpoint: sends quotations, and returns checked sentences as the model writes them.

This is the only call to a language model. Whatever the endpoint does, the caller has a text within the time limit, or the
reason for a refusal:

    unreachable   no connection, or it was lost     busy       the endpoint answered 429 or 503
    status        another HTTP status               garbage    not a chat completion, or an unfinished one
    timeout       not finished in time              huge       more bytes than a few sentences need
    empty         the model wrote nothing           ...        the faults of `bot.composer.grounding`
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from bot.composer.grounding import Fault
from bot.composer.prompt import (
    MAX_TEXT_CHARS,
    Composition,
    Evidence,
    Sentence,
    Splitter,
    chat_messages,
    check,
)
from bot.settings.composer import Composer
from index import install

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 5.0
"""The time limit for opening a connection."""
_MAX_RESPONSE_BYTES = 1_000_000
"""The size limit of a response; a token takes about 300 bytes in a stream."""
_MAX_LINE_BYTES = 65_536
"""The size limit of a line of a response."""
_NOT_A_COMPLETION = "the response is not a chat completion"
_CUT_OFF = "the model was cut off; raise composer.max_tokens"

Show = Callable[[Sentence], Awaitable[None]]
"""A callback for each checked sentence, in order."""


class EndpointError(Exception):
    """The endpoint returned no usable text."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the reason, one word of the table in the module's docstring, and its details."""
        super().__init__(detail)
        self.reason = reason


async def compose(question: str, evidence: Evidence, composer: Composer, key: str, show: Show) -> Composition:
    """Return the text that the model composes from quotations, or the reason for a refusal.

    Each sentence is shown as soon as it has been checked, and nothing else is ever shown. Failures of the endpoint are not
    raised; they are the reason of a refusal.

    Args:
        question: The question.
        evidence: The quotations that the text may cite.
        composer: The settings of the endpoint.
        key: The endpoint's API key, or "".
        show: The callback for each checked sentence.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    sentences: list[Sentence] = []
    refused, detail = "", ""
    try:
        async with (
            asyncio.timeout(composer.timeout),
            aclosing(_checked(question, evidence, composer, key)) as results,
        ):
            async for result in results:
                if isinstance(result, Fault):
                    refused, detail = result.reason, result.detail
                    break
                sentences.append(result)
                await show(result)
    except EndpointError as error:
        refused, detail = error.reason, str(error)
    except TimeoutError:
        refused, detail = "timeout", f"not finished in {composer.timeout:g} s"
    if not sentences and not refused:
        refused, detail = "empty", "the model wrote nothing"
    elapsed = 1000 * (loop.time() - start)
    if refused:
        log.info("a composed text was refused (%s)", refused)
        return Composition(composer.model, (), refused, detail, elapsed)
    return Composition(composer.model, tuple(sentences), milliseconds=elapsed)


async def complete(messages: list[dict[str, str]], composer: Composer, key: str) -> str:
    """Return the whole text that the model writes to these messages.

    Raises:
        EndpointError: The endpoint returned no usable text, or not within the time limit of the settings.
    """
    written: list[str] = []
    try:
        async with asyncio.timeout(composer.timeout), aclosing(_pieces(messages, composer, key)) as pieces:
            async for piece in pieces:
                written.append(piece)  # noqa: PERF401  # what arrived so far is dropped at the time limit, too
    except TimeoutError:
        raise EndpointError("timeout", f"not finished in {composer.timeout:g} s") from None
    return "".join(written)


async def _checked(
    question: str, evidence: Evidence, composer: Composer, key: str
) -> AsyncGenerator[Sentence | Fault, None]:
    """Yield the sentences as they are complete, checked; end after the first fault."""
    splitter, written, seen = Splitter(), 0, set[str]()
    async with aclosing(_pieces(chat_messages(question, evidence), composer, key)) as pieces:
        async for piece in pieces:
            if (
                splitter.waiting + len(piece) > 2 * MAX_TEXT_CHARS
            ):  # splitting a long text would take too long
                yield Fault("length", f"more than {2 * MAX_TEXT_CHARS} characters at once")
                return
            for text in splitter.feed(piece) if piece else splitter.finish():
                result = check(text, evidence)
                if isinstance(result, Sentence):
                    if result.text in seen:
                        return  # a model that repeats a sentence is in a loop
                    seen.add(result.text)
                    written += len(result.shown) + 1
                    if written > MAX_TEXT_CHARS:
                        result = Fault("length", f"more than {MAX_TEXT_CHARS} characters")
                yield result


async def _pieces(messages: list[dict[str, str]], composer: Composer, key: str) -> AsyncGenerator[str, None]:
    """Yield the pieces of the text as they arrive, then an empty piece; raise EndpointError if the endpoint fails."""
    try:
        import aiohttp
    except ImportError:
        raise EndpointError("unreachable", f"aiohttp is missing; run: {install.command('llm')}") from None

    body = {
        "model": composer.model, "messages": messages, "stream": True, "temperature": 0, "max_tokens": composer.max_tokens,
    }  # fmt: skip
    # Without compression, a response cannot grow in memory beyond its size on the wire.
    headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
    address = f"{composer.url.rstrip('/')}/chat/completions"
    limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS)
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
                yield _text_of(await _read(response.content))
            yield ""
    except (aiohttp.ClientError, OSError) as error:
        raise EndpointError("unreachable", f"{address}: {type(error).__name__}") from error


async def _events(content: Any) -> AsyncGenerator[str, None]:
    """Yield the pieces of text in server-sent events; raise EndpointError if the stream ends too early."""
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
                raise EndpointError("length", _CUT_OFF)
            if ended:
                return
    raise EndpointError("garbage", "the stream ended before the text was complete")


async def _lines(content: Any) -> AsyncGenerator[bytes, None]:
    """Yield the lines of a response; raise EndpointError if the response or a line is too large."""
    rest, total = b"", 0
    async for chunk in content.iter_any():
        total += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if total > _MAX_RESPONSE_BYTES or any(len(line) > _MAX_LINE_BYTES for line in (*lines, rest)):
            raise EndpointError(
                "huge", f"more than {_MAX_RESPONSE_BYTES:,} bytes, or {_MAX_LINE_BYTES:,} in a line"
            )
        for line in lines:
            yield line.strip()
    if rest:
        yield rest.strip()


async def _read(content: Any) -> bytes:
    """Return the whole of a response that is not a stream; raise EndpointError if it is too large."""
    whole = bytearray()
    async for chunk in content.iter_any():
        whole += chunk
        if len(whole) > _MAX_RESPONSE_BYTES:
            raise EndpointError("huge", f"more than {_MAX_RESPONSE_BYTES:,} bytes")
    return bytes(whole)


def _text_of(data: bytes) -> str:
    """Return the text of a response in one piece, for endpoints that do not stream."""
    choice = _choice(data)
    message = choice.get("message") if choice else None
    text = message.get("content") if isinstance(message, dict) else None
    if choice is None or not isinstance(text, str):
        raise EndpointError("garbage", _NOT_A_COMPLETION)
    if choice.get("finish_reason") == "length":
        raise EndpointError("length", _CUT_OFF)
    return text


def _choice(data: bytes) -> dict[str, Any] | None:
    """Return the first choice of a chat completion or of a chunk; None for a chunk without choices, such as token usage."""
    try:
        record = json.loads(data)
        choices = record["choices"]
        choice = choices[0] if choices else None
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise EndpointError("garbage", _NOT_A_COMPLETION) from None
    if choice is not None and not isinstance(choice, dict):
        raise EndpointError("garbage", _NOT_A_COMPLETION)
    return choice
