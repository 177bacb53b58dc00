"""New generations under a running bot: taken, refused, and told to those who saw the old ones."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import shutil
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot.chat.serving import application
from index.build import build
from tests.bagofwords import BagOfWords
from tests.bot.chat.scene import ASKED, RUN_RATE, Scene, staged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NEW = "Anthropic's revenue run rate was $14 billion at the end of December 2025."


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path) as made:
        yield made


def elsewhere(scene: Scene) -> Any:
    """Another process builds the library."""
    return build(scene.library.settings.content, scene.library.store, BagOfWords())


async def swapped(scene: Scene) -> None:
    """Wait until the newest generation on disk answers."""
    named = scene.library.store.pointer.read_text().strip()
    await scene.standin.until(lambda: scene.desk.catalogue.id == named)
    assert scene.library.generation.manifest.id == named


async def test_a_generation_of_another_process_answers_within_moments(scene: Scene) -> None:
    """The pointer moves, the new generation is opened and checked, and the next question gets it."""
    assert RUN_RATE in (await scene.ask(scene.ada)).plain
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await asyncio.to_thread(elsewhere, scene)
    await swapped(scene)
    assert NEW in (await scene.ask(scene.bob)).plain
    assert scene.desk.counters.of("strata_swaps_total", outcome="swapped") == 1


async def test_a_question_in_flight_finishes_on_the_old_generation(scene: Scene) -> None:
    """A swap during an answer changes nothing about it."""
    scene.slow.seconds = 0.6
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": ASKED})
    await asked.acknowledgement()
    await asyncio.sleep(0.1)
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await asyncio.to_thread(elsewhere, scene)
    await swapped(scene)
    answer = await asked.answer()
    await scene.standin.until(lambda: NEW in answer.plain)  # then the correction came
    assert "$9 billion" in answer.versions[1][0]
    scene.slow.seconds = 0.0
    assert NEW in (await scene.ask(scene.bob)).plain


async def test_replacing_under_load_drops_no_question(scene: Scene) -> None:
    """While people ask, generation follows generation; every question is answered with what one of them says."""
    answers: list[Any] = []

    async def load() -> None:
        for number in range(12):
            user = scene.standin.user(f"u{number}", scene.guild)
            answers.append(await scene.ask(user, f"{ASKED} {number}"))

    loading = asyncio.create_task(load())
    amount = "$9 billion"
    for number in range(20, 24):
        scene.change("models/anthropic.md", amount, f"${number} billion")
        amount = f"${number} billion"
        await asyncio.to_thread(elsewhere, scene)
        await swapped(scene)
    await loading
    assert len(answers) == 12
    assert all("revenue run rate was $" in answer.plain for answer in answers)
    assert scene.desk.counters.of("strata_faults_total", kind="reply") == 0


@pytest.mark.parametrize(
    "damage", ["bytes", "missing file", "pointer to nothing", "pointer is rubbish", "all gone"]
)
async def test_a_damaged_generation_is_not_taken(scene: Scene, damage: str) -> None:
    """Whatever is wrong on disk, the generation that answers goes on, and a sound one after it is taken."""
    await scene.ask(scene.ada)
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    store = scene.library.store
    before = scene.library.generation.manifest.id
    await asyncio.to_thread(_damaged, scene, damage)
    await scene.standin.until(lambda: scene.desk.counters.of("strata_swaps_total", outcome="fault"))
    assert scene.library.generation.manifest.id == before
    assert RUN_RATE in (await scene.ask(scene.bob)).plain
    if damage == "all gone":
        store.generations.mkdir()
    scene.change("energy/turbines.md", "2028", "2029")
    await asyncio.to_thread(elsewhere, scene)
    await swapped(scene)
    assert NEW in (await scene.ask(scene.root)).plain


def _damaged(scene: Scene, damage: str) -> None:
    """Build a new generation that is damaged before anybody sees the pointer move."""
    store = scene.library.store
    before = store.pointer.read_text()
    if damage == "all gone":
        shutil.rmtree(store.generations)
        store.pointer.write_text("20270101T000000000000Z-00000000\n")
        return
    if damage.startswith("pointer"):
        store.pointer.write_text(
            "../../etc\n" if "rubbish" in damage else "20270101T000000000000Z-00000000\n"
        )
        return
    hidden = store.pointer.with_name("HIDDEN")
    store.pointer.rename(hidden)
    elsewhere(scene)
    after = store.pointer.read_text().strip()
    store.pointer.write_text(before)
    file = store.generations / after / "passages.jsonl"
    if damage == "missing file":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes().replace(b"14 billion", b"15 billion"))
    store.pointer.write_text(after + "\n")


async def test_a_changed_source_corrects_the_message_that_quoted_it(scene: Scene) -> None:
    """The old words go, the new ones and the day come; question, sources and buttons stay."""
    answer = await scene.ask(scene.ada)
    reply = await scene.mention(scene.bob, "How much compute did Anthropic reserve for training in 2026?")
    await scene.standin.until(lambda: len(scene.journal.posts()) == 2)
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.desk.rebuild()
    await scene.standin.until(lambda: NEW in answer.plain)
    assert RUN_RATE not in answer.plain
    assert "source changed on " in answer.plain
    assert answer.plain.startswith(f"❓ {ASKED}")
    assert "Sources" in answer.buttons
    assert not answer.pings
    assert reply.versions == []


async def test_a_comparison_is_corrected_in_its_column(scene: Scene) -> None:
    """The column that quoted the old words shows the new ones under its name; the other stays."""
    values = {
        "a": "Anthropic",
        "b": "Zeppelin *Bakery*",
        "on": "revenue run rate at the end of December 2025",
    }
    message = await (await scene.standin.slash(scene.ada, scene.channel, "compare", values)).answer()
    assert RUN_RATE in message.plain
    await scene.standin.until(lambda: scene.journal.post(message.id))
    head = message.content.split("\n")[0]
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.desk.rebuild()
    await scene.standin.until(lambda: NEW in message.plain)
    assert RUN_RATE not in message.plain
    assert message.content.split("\n")[0] == head
    assert [field["name"] for field in message.embeds[0]["fields"]] == ["Anthropic", "Zeppelin \\*Bakery\\*"]


async def test_a_removed_passage_leaves_no_words_of_it(scene: Scene) -> None:
    """When nothing similar stands in its place, the message says so; when the words come back, it does too."""
    answer = await scene.ask(scene.ada)
    await scene.standin.until(lambda: scene.journal.post(answer.id))
    scene.change("models/anthropic.md", f"{RUN_RATE}[^post]", "Nothing is known of that.[^post]")
    await scene.desk.rebuild()
    await scene.standin.until(lambda: "it no longer says what stood here" in answer.plain)
    assert RUN_RATE not in answer.plain
    scene.change("models/anthropic.md", "Nothing is known of that.[^post]", f"{RUN_RATE}[^post]")
    await scene.desk.rebuild()
    await scene.standin.until(lambda: RUN_RATE in answer.plain)
    assert "source changed" not in answer.plain


async def test_a_message_that_is_gone_is_forgotten_and_others_are_corrected(scene: Scene) -> None:
    """A deleted message does not keep the next one from its correction; an edit that fails is tried again."""
    first = await scene.ask(scene.ada)
    second = await scene.ask(scene.bob)
    await scene.standin.until(lambda: len(scene.journal.posts()) == 2)
    scene.channel.messages.pop(second.id)
    scene.standin.messages.pop(second.id)
    scene.standin.fail_next("PATCH /channels/**", status=503)
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.desk.rebuild()
    await scene.standin.until(lambda: NEW in first.plain)
    await scene.standin.until(lambda: [post.message for post in scene.journal.posts()] == [first.id])


async def test_a_private_answer_is_not_remembered_by_its_message(scene: Scene) -> None:
    """Nothing of a private answer is in the channel, so nothing is kept to correct it."""
    await scene.ask(scene.ada, private=True)
    await scene.standin.until(lambda: not scene.desk.tasks)
    assert scene.journal.posts() == []


async def test_who_watches_is_told_before_and_after(scene: Scene) -> None:
    """A direct message shows the old words and the new, once for each change."""
    answer = await scene.ask(scene.ada)
    await (await scene.standin.press(answer, "Watch", scene.bob)).answer()
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.desk.rebuild()
    direct = scene.standin.direct(scene.bob)
    told = await scene.standin.next_message(lambda message: message.channel is direct)
    assert f"before: {RUN_RATE}" in told.plain
    assert f"now: {NEW}" in told.plain
    scene.change("energy/turbines.md", "2028", "2029")
    await scene.desk.rebuild()
    await scene.standin.until(lambda: NEW in answer.plain)
    await asyncio.sleep(0.2)
    assert len(direct.messages) == 1


async def test_who_takes_no_direct_messages_is_told_under_the_answer(scene: Scene) -> None:
    """The news stands in the channel as a reply to the answer, without a ping."""
    answer = await scene.ask(scene.ada)
    scene.bob.accepts_direct_messages = False
    await (await scene.standin.press(answer, "Watch", scene.bob)).answer()
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.desk.rebuild()
    told = await scene.standin.next_message(lambda message: "before:" in message.plain)
    assert told.channel is scene.channel
    assert told.reply_to is answer
    assert not told.pings


async def test_changes_while_the_bot_was_away_are_corrected_when_it_comes_back(tmp_path: Path) -> None:
    """The first thing after a start is to look at what its messages say."""
    from bot.chat.watching import correct

    async with staged(tmp_path) as scene:
        answer = await scene.ask(scene.ada)
        await scene.standin.until(lambda: scene.journal.post(answer.id))
        scene.change("models/anthropic.md", RUN_RATE, NEW)
        await asyncio.to_thread(elsewhere, scene)
        scene.library.refresh()
        assert scene.supervisor.client is not None
        await correct(scene.desk, scene.supervisor.client)
        assert NEW in answer.plain


async def test_the_content_folder_is_watched_where_the_setting_says_so(tmp_path: Path) -> None:
    """An edited file is answered from within moments, without a command."""
    async with staged(tmp_path, watch=True) as scene:
        await asyncio.sleep(0.5)
        scene.change("models/anthropic.md", RUN_RATE, NEW)
        before = scene.library.generation.manifest.id
        await scene.standin.until(lambda: scene.library.generation.manifest.id != before, 10.0)
        assert NEW in (await scene.ask(scene.ada)).plain


async def serving(scene: Scene, secret: str) -> tuple[web.AppRunner, str]:
    """The addresses for machines on a free port."""
    runner = web.AppRunner(
        application(scene.desk, scene.supervisor, secret, scene.watching.want_rebuild), access_log=None
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def test_a_signed_webhook_rebuilds_and_an_unsigned_one_does_not(scene: Scene) -> None:
    """GitHub's signature over the body is checked; a ping is answered; several pushes are one rebuild or two."""
    runner, url = await serving(scene, "secret")
    before = scene.library.generation.manifest.id
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    body = b'{"ref": "refs/heads/main"}'
    good = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    async with aiohttp.ClientSession() as session:
        for header in ("", "sha256=00", good[:-1], "sha1=" + good[7:]):
            async with session.post(
                f"{url}/reindex", data=body, headers={"X-Hub-Signature-256": header}
            ) as answer:
                assert answer.status == 401
        async with session.post(
            f"{url}/reindex", data=body + b" ", headers={"X-Hub-Signature-256": good}
        ) as answer:
            assert answer.status == 401
        ping = {"X-Hub-Signature-256": good, "X-GitHub-Event": "ping"}
        async with session.post(f"{url}/reindex", data=body, headers=ping) as answer:
            assert (answer.status, await answer.json()) == (200, {"pong": True})
        assert scene.library.generation.manifest.id == before
        for _ in range(3):
            async with session.post(
                f"{url}/reindex", data=body, headers={"X-Hub-Signature-256": good}
            ) as answer:
                assert answer.status == 202
        await scene.standin.until(lambda: scene.library.generation.manifest.id != before)
        async with session.get(f"{url}/reindex") as answer:
            assert answer.status == 405
    await runner.cleanup()


async def test_health_and_metrics_tell_what_is_so(scene: Scene) -> None:
    """/healthz is 200 while connected and 503 when stopping; /metrics counts questions; no webhook without a secret."""
    runner, url = await serving(scene, "")
    await scene.ask(scene.ada)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/healthz") as answer:
            assert answer.status == 200
            assert (await answer.json())["generation"] == scene.library.generation.manifest.id
        async with session.get(f"{url}/metrics") as answer:
            text = await answer.text()
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert 'strata_questions_total{outcome="answer",way="ask"} 1' in text
        assert "strata_acknowledge_seconds_count 1" in text
        assert "strata_ready 1" in text
        async with session.post(f"{url}/reindex") as answer:
            assert answer.status == 404
        scene.desk.open = False
        async with session.get(f"{url}/healthz") as answer:
            assert answer.status == 503
        scene.desk.open = True
    await runner.cleanup()
