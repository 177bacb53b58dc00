"""What goes wrong between Discord and the bot, during an answer."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from bot.discord.commands.registration import digest
from bot.discord.connection.application import BAD_TOKEN, MISSING_INTENT, FatalError
from bot.discord.connection.supervisor import Supervisor
from tests.bot.discord.scene import ASKED, RUN_RATE, Scene, staged
from tests.standin import LateError, Standin, point_client_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path) as made:
        yield made


async def during(scene: Scene, fault: Callable[[], Any], seconds: float = 0.6) -> tuple[Any, Any]:
    """A command and a mention that are being answered when the fault comes; both answers."""
    scene.slow.seconds = seconds
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": ASKED})
    said = await scene.standin.say(scene.bob, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
    await asked.acknowledgement()
    fault()
    answer, reply = await asked.answer(15.0), await scene.standin.reply(said, 15.0)
    scene.slow.seconds = 0.0
    return answer, reply


async def alive(scene: Scene) -> None:
    """The bot answers a new question, connected once or again."""
    await scene.standin.ready(20.0)
    await scene.standin.until(lambda: scene.supervisor.ready, 20.0)
    assert RUN_RATE in (await scene.ask(scene.root)).plain


GATEWAY: dict[str, Callable[[Standin], None]] = {
    "op 7": lambda standin: standin.reconnect(),
    "TCP end": lambda standin: standin.drop(),
    "TCP reset": lambda standin: standin.drop(reset=True),
    "close 4000": lambda standin: standin.close(4000),
    "op 9 true": lambda standin: standin.invalid_session(resumable=True),
    "op 9 false": lambda standin: standin.invalid_session(),
    "malformed event": lambda standin: standin.malformed_event(),
    "malformed interaction": lambda standin: standin.malformed_event("INTERACTION_CREATE", {"id": "x"}),
    "text that is not JSON": lambda standin: standin.malformed_event(raw="{"),
}


_SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=_SLOW if name == "op 9 false" else ()) for name in GATEWAY]
)
async def test_an_answer_survives_what_happens_to_the_gateway(scene: Scene, fault: str) -> None:
    """The answers under way arrive, once each, and the bot goes on."""
    answer, reply = await during(scene, lambda: GATEWAY[fault](scene.standin))
    assert RUN_RATE in answer.plain
    assert RUN_RATE in reply.plain
    await alive(scene)
    mine = [m for m in scene.channel.messages.values() if m.author is scene.standin.bot]
    assert len(mine) == 3


@pytest.mark.parametrize("event", ["MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_CREATE", "MESSAGE_DELETE"])
async def test_a_malformed_event_costs_no_session(
    scene: Scene, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The event is logged and left out; the session goes on."""
    scene.standin.malformed_event(event)
    await scene.ask(scene.ada)
    assert len(scene.standin.gateway.told("identify")) == 1
    assert "could not be read and is left out" in caplog.text


ANSWERS: dict[str, dict[str, Any]] = {
    "429 of a user": {"status": 429, "retry_after": 0.3},
    "429 of all": {"status": 429, "retry_after": 0.3, "everywhere": True},
    "500": {"status": 500},
    "500 after commit": {"status": 500, "commit": True},
    "503": {"status": 503},
    "503 twice": {"status": 503, "times": 2},
    "dropped": {"drop": "close"},
    "reset": {"drop": "reset"},
    "dropped after commit": {"drop": "reset", "commit": True},
}


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=_SLOW if name == "503 twice" else ()) for name in ANSWERS]
)
async def test_an_edit_and_a_reply_arrive_once_through_faults(scene: Scene, fault: str) -> None:
    """Editing the deferral and sending a reply are tried again; nothing is doubled."""
    scene.standin.fail_next("PATCH /webhooks/**", **ANSWERS[fault])
    scene.standin.fail_next("POST /channels/*/messages", **ANSWERS[fault])
    answer, reply = await during(scene, lambda: None, 0.0)
    assert RUN_RATE in answer.plain
    assert RUN_RATE in reply.plain
    await alive(scene)
    mine = [m for m in scene.channel.messages.values() if m.author is scene.standin.bot]
    assert len(mine) == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 500, "commit": True},
        {"status": 500, "times": 2},
        {"status": 503},
        {"drop": "close"},
        {"drop": "reset"},
        {"drop": "reset", "commit": True},
        {"delay": 1.3},
        {"delay": 1.3, "commit": True},
    ],
)
async def test_an_acknowledgement_is_tried_again_within_its_three_seconds(
    scene: Scene, fault: dict[str, Any]
) -> None:
    """One fault of the callback does not lose the question, even where two 500s follow each other."""
    scene.standin.fail_next("POST /interactions/**", **fault)
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": ASKED})
    assert await asked.acknowledgement() < 3.0
    assert RUN_RATE in (await asked.answer()).plain
    assert not asked.followups


async def test_a_lost_interaction_can_be_asked_again_at_once(scene: Scene) -> None:
    """Where no try arrives, nothing is made of it, and the same question is not taken for a repeated one."""
    scene.standin.fail_next("POST /interactions/**", drop="reset", times=2)
    lost = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": ASKED})
    with pytest.raises(LateError):
        await lost.acknowledgement(1.0)
    await scene.standin.until(lambda: scene.services.metrics.value("strata_faults_total", kind="lost"))
    assert RUN_RATE in (await scene.ask(scene.ada)).plain


async def test_a_press_survives_a_fault_of_its_callback(scene: Scene) -> None:
    """Buttons are acknowledged with the same patience."""
    answer = await scene.ask(scene.ada)
    scene.standin.fail_next("POST /interactions/**", status=500, commit=True)
    pressed = await scene.standin.press(answer, "Sources", scene.bob)
    assert RUN_RATE in (await pressed.answer()).plain


async def test_a_posted_answer_is_found_after_a_fault_of_its_callback(scene: Scene) -> None:
    """ "Share in channel" whose callback seemed to fail is posted once and noted."""
    private = await scene.ask(scene.ada, private=True)
    scene.standin.fail_next("POST /interactions/**", drop="reset", commit=True)
    posted = await (await scene.standin.press(private, "Share in channel", scene.ada)).answer()
    await scene.standin.until(lambda: scene.journal.post(posted.id))
    mine = [m for m in scene.channel.messages.values() if m.author is scene.standin.bot]
    assert len(mine) == 1


async def test_a_reply_to_a_deleted_message_is_sent_all_the_same(scene: Scene) -> None:
    """The answer comes as a message of its own; a deferral that was deleted is let go."""
    scene.slow.seconds = 0.4
    said = await scene.standin.say(scene.ada, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
    asked = await scene.standin.slash(scene.bob, scene.channel, "ask", {"question": ASKED})
    await asked.acknowledgement()
    await scene.standin.remove(said)
    await scene.standin.remove(asked.original)
    answer = await scene.standin.next_message(after=said)
    assert RUN_RATE in answer.plain
    assert answer.reply_to is None
    await scene.standin.until(lambda: scene.services.metrics.value("strata_faults_total", kind="deleted"))
    scene.slow.seconds = 0.0
    await alive(scene)


async def test_an_expired_token_ends_in_the_log_and_not_in_the_bot(scene: Scene) -> None:
    """A reply that comes too late for its interaction is let go."""
    scene.slow.seconds = 0.3
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": ASKED})
    await asked.acknowledgement()
    asked.expired = True
    await scene.standin.until(lambda: not scene.services.tasks.running, 10.0)
    scene.slow.seconds = 0.0
    await alive(scene)


async def test_a_form_that_discord_does_not_take_is_told(scene: Scene) -> None:
    """50035 does not leave anybody waiting: the person reads that it failed, with an id."""
    body = {"message": "Invalid Form Body", "code": 50035, "errors": {}}
    scene.standin.fail_next("PATCH /webhooks/**", status=400, body=body)
    assert "Something went wrong on my end" in (await scene.ask(scene.ada)).content
    assert RUN_RATE in (await scene.ask(scene.ada)).plain


async def test_typing_that_fails_costs_no_answer(scene: Scene) -> None:
    """The answer to a mention does not depend on "is typing"."""
    scene.standin.fail_next("POST /channels/*/typing", status=403, times=9)
    assert RUN_RATE in (await scene.mention(scene.ada)).plain


async def test_a_channel_where_the_bot_may_not_write_is_survived(scene: Scene) -> None:
    """A missing permission is logged; commands go on working there."""
    scene.standin.permit(scene.channel, scene.standin.bot, deny=["send_messages"])
    await scene.standin.say(scene.ada, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
    await scene.standin.until(lambda: scene.services.metrics.value("strata_faults_total", kind="forbidden"))
    assert RUN_RATE in (await scene.ask(scene.ada)).plain


async def test_a_reply_is_sent_where_the_bot_may_not_read_the_history(scene: Scene) -> None:
    """Without that permission Discord takes no reference: the answer comes as a message of its own."""
    scene.standin.permit(scene.channel, scene.standin.bot, deny=["read_message_history", "embed_links"])
    await scene.ask(scene.bob)  # the client has heard of it by now
    said = await scene.standin.say(scene.ada, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
    answer = await scene.standin.next_message(after=said)
    assert RUN_RATE in answer.plain
    assert answer.reply_to is None


async def test_what_the_library_raises_is_told_with_an_id(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """The person reads one sentence and an id; the log has the traceback under it."""

    def broken(question: str) -> Any:
        raise RuntimeError(f"the disk of {len(question)} is gone")

    scene.slow.encode_question = broken  # type: ignore[method-assign]
    told = await scene.ask(scene.ada)
    id = told.content.rsplit("(Error ", 1)[1].rstrip(")")
    assert id.startswith("E-")
    assert "disk" not in told.content
    assert id in caplog.text
    assert "the disk of" in caplog.text
    assert (
        id in (await scene.mention(scene.bob)).content
        or "Something went wrong on my end" in scene.channel.latest.content
    )


async def test_a_journal_that_cannot_be_written_costs_no_answer(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk is full or the file is locked: the answer comes, the log says that it was not noted."""
    scene.journal._db.execute("PRAGMA query_only = ON")
    assert RUN_RATE in (await scene.ask(scene.ada)).plain
    assert RUN_RATE in (await scene.mention(scene.bob)).plain
    assert "storing a reply failed" in caplog.text


async def test_a_journal_that_is_busy_holds_up_no_answer(scene: Scene) -> None:
    """While something long is done with it, answers come; they are noted in their order afterwards."""
    free = threading.Event()
    busy = asyncio.ensure_future(scene.services.threads.write(free.wait))
    answer = await scene.ask(scene.ada)
    assert RUN_RATE in answer.plain
    assert scene.journal.posts() == []
    free.set()
    await busy
    await scene.standin.until(lambda: scene.journal.post(answer.id))
    assert RUN_RATE in (await (await scene.standin.press(answer, "Sources", scene.bob)).answer()).plain


async def test_a_work_beside_the_answers_begins_again_when_it_fails(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in one of them ends neither the others nor the bot."""

    async def broken() -> None:
        raise KeyError("x")

    monkeypatch.setattr("bot.discord.background._AGAIN_AFTER", 0.01)
    monkeypatch.setattr(scene.watching, "_poll", broken)
    running = asyncio.create_task(scene.watching.run())
    await scene.standin.until(
        lambda: scene.services.metrics.value("strata_faults_total", kind="watching") > 2
    )
    assert not running.done()
    running.cancel()
    assert "broken failed" in caplog.text


@_SLOW
async def test_a_first_connection_that_is_refused_is_tried_again(tmp_path: Path) -> None:
    """503 from the gateway, and from REST, at the very first does not end the bot."""
    async with staged(tmp_path, ready=False) as scene:
        scene.standin.gateway_down(1)
        scene.standin.fail_next("GET /users/@me", status=503)
        await scene.standin.ready(20.0)
        await scene.standin.until(lambda: scene.supervisor.ready, 20.0)
        assert RUN_RATE in (await scene.ask(scene.ada)).plain


@_SLOW
async def test_many_shards_are_used_where_discord_recommends_them(tmp_path: Path) -> None:
    """With two recommended shards both connect, and a malformed event, op 7 and a drop are survived as well."""
    async with staged(tmp_path, standin={"shards": 2}) as scene:
        shards = sorted(identify["shard"] for identify in scene.standin.gateway.told("identify"))
        assert shards == [[0, 2], [1, 2]]
        for fault in ("malformed event", "op 7", "TCP reset"):
            answer, _ = await during(scene, lambda fault=fault: GATEWAY[fault](scene.standin), 0.2)  # type: ignore[misc]
            assert RUN_RATE in answer.plain
            await scene.standin.ready(20.0)
            scene.services.admission.same._seen.clear()


async def test_commands_are_registered_only_when_they_have_changed(tmp_path: Path) -> None:
    """A second start sends no commands; the hash tells changed ones."""
    async with staged(tmp_path) as scene:
        assert len(scene.standin.requests_to("PUT /applications/*/commands")) == 1
        assert scene.supervisor.client is not None
        tree = scene.supervisor.client.tree
        before = digest(tree, 1)
        assert before != digest(tree, 2)
        again = Supervisor(scene.services, scene.standin.token, guild_ready_timeout=0.01)
        running = asyncio.create_task(again.run())
        await scene.standin.until(lambda: again.ready)
        assert len(scene.standin.requests_to("PUT /applications/*/commands")) == 1
        tree.remove_command("about")
        assert digest(tree, 1) != before
        assert again.client is not None
        await again.client.close()
        running.cancel()


async def test_commands_that_cannot_be_registered_do_not_keep_the_bot_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Discord's refusal is logged; mentions are answered."""
    async with staged(tmp_path, ready=False) as scene:
        scene.standin.fail_next("PUT /applications/*/commands", status=403)
        await scene.standin.ready()
        await scene.standin.until(lambda: scene.supervisor.ready)
        assert RUN_RATE in (await scene.mention(scene.ada)).plain
        assert "commands could not be registered" in caplog.text


@pytest.mark.parametrize(
    ("settings", "standin", "code"),
    [
        ({}, {}, BAD_TOKEN),
        ({"message_content": True}, {}, MISSING_INTENT),
    ],
)
async def test_what_trying_again_cannot_mend_ends_at_once(
    tmp_path: Path, settings: dict[str, Any], standin: dict[str, Any], code: int
) -> None:
    """A bad token and a missing intent each raise their own code with one sentence that says where to mend it."""
    async with staged(tmp_path, ready=False, standin=standin, **settings) as scene:
        token = "wrong.token.here" if code == BAD_TOKEN else scene.standin.token
        with pytest.raises(FatalError, match="developer portal") as caught:
            await asyncio.wait_for(Supervisor(scene.services, token).run(), 5)
        assert caught.value.code == code
        assert token not in str(caught.value)
        scene.running.cancel()


@pytest.mark.parametrize(("close", "code"), [(4004, BAD_TOKEN), (4014, MISSING_INTENT)])
async def test_a_refusal_by_the_gateway_ends_at_once(scene: Scene, close: int, code: int) -> None:
    """A token that is reset, and an intent that is taken away, under way end the bot with their own code."""
    scene.standin.close(close)
    with pytest.raises(FatalError) as caught:
        await asyncio.wait_for(asyncio.shield(scene.running), 5)
    assert caught.value.code == code


async def test_stopping_finishes_answers_and_closes_with_1000(scene: Scene) -> None:
    """A question at hand is answered, a new one is told to come back, the gateway is closed in order."""
    scene.slow.seconds = 0.8
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": ASKED})
    await asked.acknowledgement()
    stopping = asyncio.create_task(scene.supervisor.stop())
    await asyncio.sleep(0.1)
    refused = await scene.ask(scene.bob)
    assert "I'm restarting" in refused.content
    await stopping
    assert RUN_RATE in (await asked.answer()).plain
    await asyncio.wait_for(asyncio.shield(scene.running), 3)
    assert scene.standin.gateway.told("close") == [1000]


async def test_stopping_tells_those_it_cannot_answer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that does not finish in time is told so where its answer would be."""
    monkeypatch.setattr("bot.discord.connection.supervisor._FINISH", 0.2)
    scene.slow.seconds = 2.0
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": ASKED})
    said = await scene.standin.say(scene.bob, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
    await asked.acknowledgement()
    await scene.supervisor.stop()
    assert "I had to restart before I could answer" in (await asked.answer()).content
    assert "I had to restart before I could answer" in (await scene.standin.reply(said)).content


async def test_the_token_is_in_no_log_and_no_repr(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither discord.py's debug log nor the bot's, through the redaction, holds the token or an interaction's."""
    from bot.discord.operation.log_filter import Redacting

    async with staged(tmp_path) as scene:
        with caplog.at_level(logging.DEBUG):
            scene.standin.drop()
            scene.standin.fail_next("PATCH /webhooks/**", drop="reset")
            await alive(scene)
        filter_ = Redacting([scene.standin.token])
        for record in caplog.records:
            filter_.filter(record)
            told = f"{record.getMessage()}{record.exc_text or ''}"
            assert scene.standin.token not in told
            assert all(
                i.token not in told for i in scene.standin.interactions.values() if "/webhooks/" in told
            )
        for thing in (
            scene.supervisor,
            scene.supervisor.client,
            scene.services,
            scene.services.settings,
            filter_,
        ):
            assert scene.standin.token not in repr(thing)


async def test_the_client_points_at_discord_outside_of_tests() -> None:
    """No setting names another host: the stand-in is reached by changing discord.py in the test's process alone."""
    from discord.http import Route

    from bot.settings.discord import Discord

    assert Route.BASE.startswith("https://discord.com/")
    with point_client_at("http://127.0.0.1:1"):
        assert Route.BASE.startswith("http://127.0.0.1")
    assert not [name for name in Discord.__slots__ if "url" in name or "api" in name or "gateway" in name]


async def test_what_comes_after_the_end_begins_nothing(scene: Scene) -> None:
    """discord.py may tell of an event, such as being ready, when its client has let go of the loop already."""
    client = scene.supervisor.client
    assert client is not None
    await scene.supervisor.stop()
    assert client.is_closed()
    client.dispatch("ready")
