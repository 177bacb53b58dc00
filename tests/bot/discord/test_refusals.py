"""Limits over real sockets, each at its edge; what is asked twice; fifty people at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.bot.discord.scene import ASKED, RUN_RATE, UNKNOWN, staged
from tests.standin import NotOfferedError, payloads

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_question_of_500_characters_is_read_and_of_501_is_not(tmp_path: Path) -> None:
    """The edge is exact; a message above it is told both numbers."""
    async with staged(tmp_path) as scene:
        exact = ASKED + " " + "x" * (499 - len(ASKED))
        assert len(exact) == 500
        assert not (await scene.ask(scene.ada, exact)).ephemeral
        with pytest.raises(
            NotOfferedError
        ):  # Discord's client does not let anybody type it, so no text is lost
            await scene.ask(scene.ada, exact + "x")
        told = (await scene.mention(scene.ada, exact + "x")).content
        assert "501 characters; the limit is 500" in told


@pytest.mark.parametrize("longest", [40, 300, 500])
async def test_the_options_of_compare_make_no_question_that_is_too_long(tmp_path: Path, longest: int) -> None:
    """Whatever fits into the options is read."""
    async with staged(tmp_path, longest_question=longest) as scene:
        (form,) = (item for item in scene.standin.commands[None] if item["name"] == "compare")
        lengths = {option["name"]: option.get("max_length") for option in form["options"]}
        values = {name: "x" * lengths[name] for name in ("a", "b", "on")}
        used = await scene.standin.slash(scene.ada, scene.channel, "compare", values)
        assert "too long" not in (await used.answer()).content


async def test_each_limit_refuses_privately_with_a_time(tmp_path: Path) -> None:
    """Person, channel and server: the first above the limit is told whose limit it is and when to come back."""
    async with staged(tmp_path, per_person=2, per_channel=3, per_server=4) as scene:
        other = scene.standin.channel(scene.guild, "other")
        carol = scene.standin.user("carol", scene.guild)
        for number, (user, channel, told) in enumerate(
            (
                (scene.ada, scene.channel, ""),
                (scene.ada, scene.channel, ""),
                (scene.ada, scene.channel, "You've reached"),
                (scene.bob, scene.channel, ""),
                (scene.bob, scene.channel, "This channel has reached"),
                (scene.bob, other, ""),
                (carol, other, "This server has reached"),
            )
        ):
            used = await scene.standin.slash(user, channel, "ask", {"question": f"What is {number}?"})
            message = await used.answer()
            assert message.ephemeral == bool(told)
            assert told in message.content
            assert ("Try again in " in message.content) == bool(told)


async def test_a_mention_above_the_limit_is_told_once(tmp_path: Path) -> None:
    """One public notice a minute to the same person, not one for each message."""
    async with staged(tmp_path, per_person=1) as scene:
        await scene.mention(scene.ada)
        for number in range(3):
            await scene.standin.say(scene.ada, scene.channel, f"{scene.standin.bot.mention} number {number}?")
        await scene.mention(scene.bob)
        mine = [m.plain for m in scene.channel.messages.values() if m.author is scene.standin.bot]
        assert len([text for text in mine if "Try again in" in text]) == 1
        assert len(mine) == 3


async def test_a_persons_day_outlives_the_process(tmp_path: Path) -> None:
    """What somebody asked today counts after a restart, and the journal has no id of theirs."""
    from bot.discord.context import Services
    from bot.discord.service.rate_limits import Request
    from bot.journal.journal import Journal

    async with staged(tmp_path, daily_person=2) as scene:
        await scene.ask(scene.ada)
        await scene.ask(scene.ada, UNKNOWN)
        await scene.standin.until(lambda: not scene.services.tasks.running)
        refused = await scene.ask(scene.ada, "What is HBM?")
        assert "You've reached today's question limit" in refused.content
        assert str(scene.ada.id) not in str(list(scene.journal.export()))
        again = Services.open(scene.library, Journal(scene.journal.path), scene.services.settings)
        at = datetime.now(UTC)
        assert again.admission.gate.admit(Request(scene.ada.id, 1, 2), 0.0, at) is not None
        assert again.admission.gate.admit(Request(scene.bob.id, 1, 2), 0.0, at) is None
        again.close()
        again.journal.current.close()


async def test_the_same_question_within_seconds_is_answered_once(tmp_path: Path) -> None:
    """A double click is told so privately; another person's same question is answered."""
    async with staged(tmp_path) as scene:
        await scene.ask(scene.ada)
        again = await scene.ask(scene.ada, ASKED.lower())
        assert again.ephemeral
        assert "You just asked that" in again.content
        assert RUN_RATE in (await scene.ask(scene.bob)).plain
        assert scene.services.metrics.value("strata_refusals_total", reason="repeated") == 1


async def test_an_event_that_comes_twice_is_taken_once(tmp_path: Path) -> None:
    """After a resume the gateway may repeat a message; it gets one reply."""
    async with staged(tmp_path) as scene:
        said = await scene.standin.say(scene.ada, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
        await scene.standin.reply(said)
        scene.standin.dispatch("MESSAGE_CREATE", payloads.event_message(said))
        await scene.mention(scene.bob)
        mine = [m for m in scene.channel.messages.values() if m.author is scene.standin.bot]
        assert len(mine) == 2


async def test_beyond_the_queue_people_are_asked_to_come_back(tmp_path: Path) -> None:
    """With one worker and one waiting, the third question is refused at once, and the two are answered."""
    async with staged(tmp_path, workers=1, queue=1) as scene:
        scene.slow.seconds = 0.5
        users = [scene.standin.user(f"u{n}", scene.guild) for n in range(3)]
        used = [await scene.standin.slash(user, scene.channel, "ask", {"question": ASKED}) for user in users]
        answers = [await one.answer() for one in used]
        assert sorted(a.ephemeral for a in answers) == [False, False, True]
        (busy,) = [a for a in answers if a.ephemeral]
        assert "I'm busy right now. Please try again in" in busy.content
        scene.slow.seconds = 0.0
        assert not (await scene.ask(scene.ada)).ephemeral


async def test_fifty_people_at_once_are_acknowledged_in_time(tmp_path: Path) -> None:
    """Fifty questions in one moment: each acknowledged well under 3 s, each answered, none crossed with another."""
    async with staged(tmp_path, workers=2, queue=64) as scene:
        scene.slow.seconds = 0.02
        users = [scene.standin.user(f"u{n}", scene.guild) for n in range(50)]
        used = [
            await scene.standin.slash(user, scene.channel, "ask", {"question": f"{ASKED} {n}"})
            for n, user in enumerate(users)
        ]
        times = await asyncio.gather(*(one.acknowledgement() for one in used))
        assert max(times) < 1.5
        answers = await asyncio.gather(*(one.answer(20.0) for one in used))
        for n, answer in enumerate(answers):
            assert answer.plain.startswith(f"❓ {ASKED} {n}\n")


async def test_the_event_loop_is_free_while_questions_are_answered(tmp_path: Path) -> None:
    """A slow encoder holds up no acknowledgement and no heartbeat."""
    async with staged(tmp_path, standin={"heartbeat_interval": 0.2}) as scene:
        scene.slow.seconds = 1.0
        slow = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": ASKED})
        about = await scene.standin.slash(scene.bob, scene.channel, "about")
        assert await about.acknowledgement() < 0.5
        assert RUN_RATE in (await slow.answer()).plain
        assert len(scene.standin.gateway.told("identify")) == 1


HOSTILE = (
    "@everyone <@1> <@&2> **bold** [x](https://evil.example) https://evil.example discord.gg/evil :fire: # h"
)


async def test_nothing_that_people_or_documents_write_comes_alive(tmp_path: Path) -> None:
    """Mentions, links, invitations and markdown in a question and in a document are shown as text and ping nobody."""
    async with staged(tmp_path) as scene:
        evil = (
            RUN_RATE[:-1] + r" @everyone <@1> https://evil.example discord.gg/evil \*\*bold\*\* ||spoiler||."
        )
        scene.change("models/anthropic.md", RUN_RATE, evil)
        await scene.services.index.rebuild()
        for answer in (
            await scene.ask(scene.ada, f"{ASKED} {HOSTILE}"),
            await scene.mention(scene.bob, f"{ASKED} {HOSTILE}"),
            await scene.ask(scene.bob, f"{UNKNOWN} {HOSTILE}"),
            await (await scene.standin.press(await scene.ask(scene.ada), "Sources", scene.bob)).answer(),
        ):
            assert not answer.pings
            assert not answer.invites
            ours = ("https://library.example/", "https://example.org/")
            assert all(link.startswith(ours) for link in answer.links)
            assert not answer.formats & {"user", "role", "everyone", "spoiler", "heading1", "emoji"}
        assert all(_pings_nobody(request.body) for request in scene.standin.requests)


def _pings_nobody(body: Any) -> bool:
    """Whether a request that carries a message allows no mention."""
    fields = body.get("data", body) if isinstance(body, dict) else None
    if not isinstance(fields, dict) or not fields.get("content"):
        return True
    return bool(fields["allowed_mentions"]["parse"] == [])
