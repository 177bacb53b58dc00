"""Composed texts on Discord: real client, real sockets to the stand-in and to an endpoint that lies or is slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.discord.commands.general import privacy_text
from bot.discord.service import composed as module
from bot.discord.service.composed import ComposedTexts
from bot.settings.composer import Composer
from tests.bot.composer.endpoint import Endpoint
from tests.bot.discord.scene import RUN_RATE, UNKNOWN, Scene, staged

GOOD = "The revenue run rate of Anthropic was $9 billion at the end of December 2025 [1]."
LIE = "The revenue run rate of Anthropic was $19 billion at the end of December 2025 [1]."
SHOWN = "The revenue run rate of Anthropic was $9 billion at the end of December 2025."
KEY = "sk-0123456789"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits may follow each other at once."""
    monkeypatch.setattr(module, "PAUSE", 0.05)


@asynccontextmanager
async def composed(tmp_path: Path, endpoint: Endpoint, **more: Any) -> AsyncIterator[Scene]:
    """A scene whose answers are composed by this endpoint."""
    async with staged(tmp_path) as scene:
        composer = Composer(url=endpoint.url, model="small_model", **{"timeout": 5.0} | more)
        scene.services.composed = ComposedTexts(
            composer, KEY, scene.library, scene.services.tasks, scene.services.errors
        )
        yield scene


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """One that tells the truth until a test says otherwise."""
    with Endpoint("says", GOOD) as made:
        yield made


async def outcome(scene: Scene, name: str) -> None:
    """Wait until a composed text has come to this."""
    await scene.standin.until(
        lambda: scene.services.metrics.value("strata_composed_total", outcome=name) == 1, what=name
    )


@pytest.mark.parametrize("way", ["command", "private", "mention"])
async def test_a_verified_text_grows_in_front_of_the_answer(
    tmp_path: Path, endpoint: Endpoint, way: str
) -> None:
    """It is told apart from the quotations, which stay with their sources, in a public, a private and a plain message."""
    async with composed(tmp_path, endpoint) as scene:
        asking = (
            scene.mention(scene.ada) if way == "mention" else scene.ask(scene.ada, private=way == "private")
        )
        answer = await asking
        assert f"> **{RUN_RATE}**" in answer.content
        await outcome(scene, "composed")
        lines = [line for line in answer.content.split("\n") if not line.startswith("❓")]
        assert lines[0] == f"{SHOWN} **[1]**"
        assert lines[1] == "-# composed by small\\_model from the quotations below, not quoted"
        assert lines[2].startswith("> **Anthropic's revenue run rate was $9 billion")
        assert "https://example.org/post" in answer.links
        assert "Sources" in answer.buttons
        assert not answer.pings


async def test_sentences_are_shown_while_the_rest_is_written(tmp_path: Path) -> None:
    """What was verified is there before the end; when the rest is refused, the answer is as it was."""
    with Endpoint("drips", f"{GOOD}\n") as endpoint:
        async with composed(tmp_path, endpoint, timeout=2.0) as scene:
            answer = await scene.ask(scene.ada)
            plain = answer.content
            await scene.standin.until(lambda: SHOWN in answer.content, what="the first sentence")
            assert "-# composing from the quotations below …" in answer.content
            await outcome(scene, "timeout")
            assert answer.content == plain


async def test_a_lie_is_never_shown(tmp_path: Path, endpoint: Endpoint) -> None:
    """No edit of the message has it, and the reason is counted."""
    endpoint.text = f"{GOOD}\n{LIE}"
    async with composed(tmp_path, endpoint) as scene:
        answer = await scene.ask(scene.ada)
        await outcome(scene, "numbers")
        assert not any("$19" in str(request) for request in scene.standin.requests)
        assert SHOWN not in answer.content
        assert f"> **{RUN_RATE}**" in answer.content
        assert 'strata_composed_total{outcome="numbers"} 1' in scene.services.metrics.text()


@pytest.mark.parametrize(
    ("does", "reason"), [("breaks", "unreachable"), ("silent", "timeout"), ("huge", "huge")]
)
async def test_a_broken_endpoint_costs_nobody_their_answer(tmp_path: Path, does: str, reason: str) -> None:
    """The answer was there before, and the message is not edited."""
    with Endpoint(does) as endpoint:
        async with composed(tmp_path, endpoint, timeout=1.0) as scene:
            answer = await scene.ask(scene.ada)
            edits = len(scene.standin.requests)
            await outcome(scene, reason)
            assert f"> **{RUN_RATE}**" in answer.content
            assert not [request for request in scene.standin.requests[edits:] if request.method == "PATCH"]


async def test_an_abstention_is_not_sent_away(tmp_path: Path, endpoint: Endpoint) -> None:
    """Neither its question nor its headings."""
    async with composed(tmp_path, endpoint) as scene:
        await scene.ask(scene.ada, UNKNOWN)
        await asyncio.sleep(0.1)
        assert endpoint.requests == []


async def test_stopping_takes_an_unfinished_text_back(tmp_path: Path) -> None:
    """The message is the answer again, and the bot ends in time."""
    with Endpoint("drips", f"{GOOD}\n") as endpoint:
        async with composed(tmp_path, endpoint, timeout=60.0) as scene:
            answer = await scene.ask(scene.ada)
            await scene.standin.until(lambda: SHOWN in answer.content, what="the first sentence")
            await scene.services.tasks.stop(0.1, 2.0)
            assert SHOWN not in answer.content
            assert f"> **{RUN_RATE}**" in answer.content


@pytest.mark.parametrize(
    ("old", "new"), [("was $9 billion", "was $10 billion"), ("one gigawatt", "two gigawatts")]
)
@pytest.mark.parametrize("private", [False, True])
async def test_a_new_generation_ends_an_older_text(
    tmp_path: Path, old: str, new: str, *, private: bool
) -> None:
    """While it was composed, a source changed, or another one: a correction stands, the text does not."""
    with Endpoint("drips", f"{GOOD}\n") as endpoint:
        async with composed(tmp_path, endpoint, timeout=1.5) as scene:
            answer = await scene.ask(scene.ada, private=private)
            await scene.standin.until(lambda: SHOWN in answer.content, what="the first sentence")
            scene.change("models/anthropic.md", old, new)
            await scene.services.index.rebuild()
            await outcome(scene, "swapped")
            assert SHOWN not in answer.content
            assert "composing" not in answer.content
            assert ("$10 billion" in answer.content) == ("10" in new and not private)


async def test_no_more_than_are_allowed_are_composed_at_a_time(tmp_path: Path, endpoint: Endpoint) -> None:
    """One that waits too long for the others is not composed."""
    async with composed(tmp_path, endpoint, timeout=0.3, at_once=1) as scene:
        assert scene.services.composed is not None
        await scene.services.composed._room.acquire()
        await scene.ask(scene.ada)
        await outcome(scene, "busy")
        assert endpoint.requests == []


async def test_privacy_tells_where_questions_go(tmp_path: Path, endpoint: Endpoint) -> None:
    """With the host, where there is a composer; nothing of it where there is none."""
    async with composed(tmp_path, endpoint) as scene:
        assert "go to a language model at 127.0.0.1" in privacy_text(scene.services)
        scene.services.composed = None
        assert "language model" not in privacy_text(scene.services)
