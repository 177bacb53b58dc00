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

from bot.discord.operation.server import application
from index.build.builder import build
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.bot.discord.scene import ASKED, RUN_RATE, Scene, contradicting, staged

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
    await scene.standin.until(lambda: scene.services.index.catalogue.id == named)
    assert scene.library.generation.manifest.id == named


async def test_a_generation_of_another_process_answers_within_moments(scene: Scene) -> None:
    """The pointer moves, the new generation is opened and checked, and the next question gets it."""
    assert RUN_RATE in (await scene.ask(scene.ada)).plain
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await asyncio.to_thread(elsewhere, scene)
    await swapped(scene)
    assert NEW in (await scene.ask(scene.bob)).plain
    assert scene.services.metrics.value("strata_swaps_total", outcome="swapped") == 1


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
    assert scene.services.metrics.value("strata_faults_total", kind="reply") == 0


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
    await scene.standin.until(lambda: scene.services.metrics.value("strata_swaps_total", outcome="fault"))
    assert scene.library.generation.manifest.id == before
    assert RUN_RATE in (await scene.ask(scene.bob)).plain
    if damage == "all gone":
        store.generations.mkdir()
    scene.change("energy/turbines.md", "2028", "2029")
    await asyncio.to_thread(elsewhere, scene)
    await swapped(scene)
    assert NEW in (await scene.ask(scene.root)).plain


def _damaged(scene: Scene, damage: str) -> None:
    """Build a new generation elsewhere, and put it in its place damaged."""
    store = scene.library.store
    if damage == "all gone":
        shutil.rmtree(store.generations)
        store.pointer.write_text("20270101T000000000000Z-00000000\n")
        return
    if damage.startswith("pointer"):
        store.pointer.write_text(
            "../../etc\n" if "rubbish" in damage else "20270101T000000000000Z-00000000\n"
        )
        return
    other = Store(store.folder.with_name("elsewhere"))
    after = build(scene.library.settings.content, other, BagOfWords()).generation
    file = other.generations / after / "passages.jsonl"
    if damage == "missing file":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes().replace(b"14 billion", b"15 billion"))
    (other.generations / after).rename(store.generations / after)
    store.pointer.write_text(after + "\n")


async def test_a_changed_source_corrects_the_message_that_quoted_it(scene: Scene) -> None:
    """The old words go, the new ones and the day come; question, sources and buttons stay."""
    answer = await scene.ask(scene.ada)
    reply = await scene.mention(scene.bob, "How much compute did Anthropic reserve for training in 2026?")
    await scene.standin.until(lambda: len(scene.journal.posts()) == 2)
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
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
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: NEW in message.plain)
    assert RUN_RATE not in message.plain
    assert message.content.split("\n")[0] == head
    assert [field["name"] for field in message.embeds[0]["fields"]] == ["Anthropic", "Zeppelin \\*Bakery\\*"]


async def test_a_removed_passage_leaves_no_words_of_it(scene: Scene) -> None:
    """When nothing similar stands in its place, the message says so; when the words come back, it does too."""
    answer = await scene.ask(scene.ada)
    await scene.standin.until(lambda: scene.journal.post(answer.id))
    scene.change("models/anthropic.md", f"{RUN_RATE}[^post]", "Nothing is known of that.[^post]")
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: "this statement was removed" in answer.plain)
    assert RUN_RATE not in answer.plain
    scene.change("models/anthropic.md", "Nothing is known of that.[^post]", f"{RUN_RATE}[^post]")
    await scene.services.index.rebuild()
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
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: NEW in first.plain)
    await scene.standin.until(lambda: [post.message for post in scene.journal.posts()] == [first.id])


async def test_a_private_answer_is_not_remembered_by_its_message(scene: Scene) -> None:
    """Nothing of a private answer is in the channel, so nothing is kept to correct it."""
    await scene.ask(scene.ada, private=True)
    await scene.standin.until(lambda: not scene.services.tasks.running)
    assert scene.journal.posts() == []


async def test_who_watches_is_told_before_and_after(scene: Scene) -> None:
    """A direct message shows the old words and the new, once for each change."""
    answer = await scene.ask(scene.ada)
    await (await scene.standin.press(answer, "Notify me of changes", scene.bob)).answer()
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    direct = scene.standin.direct(scene.bob)
    told = await scene.standin.next_message(lambda message: message.channel is direct)
    assert f"before: {RUN_RATE}" in told.plain
    assert f"now: {NEW}" in told.plain
    place = f"https://discord.com/channels/{scene.guild.id}/{scene.channel.id}/{answer.id}"
    assert place in told.links
    scene.change("energy/turbines.md", "2028", "2029")
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: NEW in answer.plain)
    await asyncio.sleep(0.2)
    assert len(direct.messages) == 1


async def test_who_takes_no_direct_messages_is_told_under_the_answer(scene: Scene) -> None:
    """The news stands in the channel as a reply to the answer, without a ping."""
    answer = await scene.ask(scene.ada)
    scene.bob.accepts_direct_messages = False
    await (await scene.standin.press(answer, "Notify me of changes", scene.bob)).answer()
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    told = await scene.standin.next_message(lambda message: "before:" in message.plain)
    assert told.channel is scene.channel
    assert told.reply_to is answer
    assert not told.pings


async def test_many_watchers_without_direct_messages_are_told_once(scene: Scene) -> None:
    """One message under the answer for all of them."""
    answer = await scene.ask(scene.ada)
    for user in (scene.ada, scene.bob, scene.root):
        user.accepts_direct_messages = False
        await (await scene.standin.press(answer, "Notify me of changes", user)).answer()
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: all(watch.told for watch in scene.journal.watches()))
    told = [m for m in scene.channel.messages.values() if "before:" in m.plain]
    assert len(told) == 1


async def test_a_watcher_of_a_private_answer_is_not_told_in_the_channel(scene: Scene) -> None:
    """Where direct messages are closed, nobody else learns of it."""
    answer = await scene.ask(scene.bob, private=True)
    scene.bob.accepts_direct_messages = False
    await (await scene.standin.press(answer, "Notify me of changes", scene.bob)).answer()
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: scene.journal.watches()[0].told)
    assert not [m for m in scene.channel.messages.values() if m.author is scene.standin.bot]


async def test_what_had_changed_before_is_no_news(scene: Scene) -> None:
    """Who begins to watch an answer that was corrected already is told of the next change alone."""
    answer = await scene.ask(scene.ada)
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: NEW in answer.plain)
    await (await scene.standin.press(answer, "Notify me of changes", scene.bob)).answer()
    scene.change("models/anthropic.md", "$14 billion", "$15 billion")
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: "$15 billion" in answer.plain)
    direct = scene.standin.direct(scene.bob)
    await scene.standin.until(lambda: direct.messages)
    (told,) = direct.messages.values()
    assert "$15 billion" in told.plain


async def test_an_abstention_that_quotes_is_corrected_and_watched(scene: Scene) -> None:
    """Its quotation changes in its place; its own sentence stays."""
    contradicting(scene)
    silent = await scene.ask(scene.ada)
    await (await scene.standin.press(silent, "Notify me of changes", scene.bob)).answer()
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: NEW in silent.plain)
    assert silent.plain.split("\n")[:2] == [f"❓ {ASKED}", "The library says otherwise."]
    direct = scene.standin.direct(scene.bob)
    told = await scene.standin.next_message(lambda message: message.channel is direct)
    assert f"now: {NEW}" in told.plain


async def test_one_message_that_cannot_be_edited_keeps_no_other_from_it(scene: Scene) -> None:
    """What Discord will never take is logged and left; the messages after it are corrected at once."""
    answers = [await scene.ask(user) for user in (scene.ada, scene.bob, scene.root)]
    await scene.standin.until(lambda: len(scene.journal.posts()) == 3)
    body = {"message": "Invalid Form Body", "code": 50035, "errors": {}}
    scene.standin.fail_next("PATCH /channels/**", status=400, body=body)
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: sum(NEW in answer.plain for answer in answers) == 2)


async def archived(scene: Scene) -> tuple[Any, Any]:
    """An answer in an archived thread, whose sources have changed; and the thread."""
    thread = scene.standin.start_thread(scene.channel, "t", scene.ada)
    inside = await scene.mention(scene.ada, ASKED, thread)
    other = await scene.mention(scene.bob)
    await scene.standin.until(lambda: len(scene.journal.posts()) == 2)
    thread.archived = True
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: NEW in other.plain)
    return inside, thread


async def test_an_archived_thread_goes_back_into_the_archive_after_a_correction(scene: Scene) -> None:
    """With Manage Threads the bot corrects the answer and leaves the thread as it was."""
    scene.standin.permit(scene.channel, scene.standin.bot, allow=["manage_threads"])
    await scene.ask(scene.root)  # the client has heard of it by now
    thread = scene.standin.start_thread(scene.channel, "t", scene.ada)
    inside = await scene.mention(scene.ada, ASKED, thread)
    await scene.standin.until(lambda: scene.journal.post(inside.id))
    thread.archived = True
    scene.change("models/anthropic.md", RUN_RATE, NEW)
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: NEW in inside.plain and thread.archived)


async def test_an_archived_thread_that_could_not_be_archived_again_is_left_alone(scene: Scene) -> None:
    """Without that permission the answer is corrected as soon as somebody opens the thread again."""
    inside, thread = await archived(scene)
    assert thread.archived
    assert RUN_RATE in inside.plain
    await scene.standin.say(scene.bob, thread, "I am back")
    await scene.standin.until(lambda: NEW in inside.plain)


async def test_a_corrected_follow_up_still_says_how_it_was_read(scene: Scene) -> None:
    """The small print in front of the quotation stays."""
    first = await scene.mention(scene.ada, "What is Anthropic's compute reservation?")
    said = await scene.standin.say(
        scene.bob, scene.channel, "Why had it doubled within a year?", reply_to=first
    )
    answer = await scene.standin.reply(said)
    await scene.standin.until(lambda: len(scene.journal.posts()) == 2)
    before = answer.plain.split("\n")[0]
    assert "Answering: " in before
    scene.change("models/anthropic.md", "doubled within a year", "tripled within a year")
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: "tripled" in answer.plain)
    assert answer.plain.split("\n")[0] == before


async def test_a_document_that_got_another_file_is_no_change(scene: Scene) -> None:
    """What it says stands in the library as before."""
    answer = await scene.ask(scene.ada)
    await scene.standin.until(lambda: scene.journal.post(answer.id))
    content = scene.library.settings.content
    (content / "models" / "anthropic.md").rename(content / "models" / "claude.md")
    await scene.services.index.rebuild()
    other = await scene.ask(scene.bob, "Who sold out their production slots through 2028?")
    await scene.standin.until(lambda: scene.journal.post(other.id))
    scene.change("energy/turbines.md", "2028", "2029")
    await scene.services.index.rebuild()
    await scene.standin.until(lambda: "2029" in other.plain)
    assert answer.versions[1:] == []


async def test_messages_that_are_purged_and_servers_that_are_left_are_forgotten(scene: Scene) -> None:
    """Nothing points at what is not there any more."""
    answers = [await scene.mention(user) for user in (scene.ada, scene.bob, scene.root)]
    await scene.standin.until(lambda: len(scene.journal.posts()) == 3)
    await scene.standin.purge(*answers[:2])
    await scene.standin.until(lambda: [post.message for post in scene.journal.posts()] == [answers[2].id])
    assert not scene.services.memory.question(answers[0].id)
    scene.standin.expel(scene.guild)
    await scene.standin.until(lambda: scene.journal.posts() == [])


async def test_changes_while_the_bot_was_away_are_corrected_when_it_comes_back(tmp_path: Path) -> None:
    """The first thing after a start is to look at what its messages say."""
    from bot.discord.background import correct

    async with staged(tmp_path) as scene:
        answer = await scene.ask(scene.ada)
        await scene.standin.until(lambda: scene.journal.post(answer.id))
        scene.change("models/anthropic.md", RUN_RATE, NEW)
        await asyncio.to_thread(elsewhere, scene)
        scene.library.refresh()
        assert scene.supervisor.client is not None
        await correct(scene.services, scene.supervisor.client)
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
        application(scene.services, scene.supervisor, secret, scene.watching.want_rebuild), access_log=None
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
        other = {"X-Hub-Signature-256": good, "X-GitHub-Event": "issues"}
        async with session.post(f"{url}/reindex", data=body, headers=other) as answer:
            assert (answer.status, await answer.json()) == (200, {"ignored": "issues"})
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
        scene.services.tasks.open = False
        async with session.get(f"{url}/healthz") as answer:
            assert answer.status == 503
        scene.services.tasks.open = True
    await runner.cleanup()
