"""What stays private, what is stored, and what can be deleted: over the loopback Discord."""

from __future__ import annotations

import io
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bot.discord.app import _log_to_stderr
from tests.bot.discord.scene import ASKED, RUN_RATE, UNKNOWN, Scene, staged
from tests.standin import NotOfferedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

COMPUTE = "What is Anthropic's compute reservation?"
WHY = "Why had it doubled within a year?"
SALARY = "Bob, my salary is 81,000 and I hate my boss"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path) as made:
        yield made


@pytest.fixture
async def reading(tmp_path: Path) -> AsyncIterator[Scene]:
    """A scene whose channel is an ask channel of a server that keeps unanswered questions."""
    async with staged(tmp_path, standin={"message_content": True}, message_content=True) as made:
        await set_(made, "channel", every_message=True)
        await set_(made, "server", keep_unanswered=True)
        yield made


async def set_(scene: Scene, name: str, **values: object) -> str:
    """Use a settings command as the administrator; what it shows."""
    used = await scene.standin.slash(scene.root, scene.channel, f"settings {name}", values)
    return str((await used.answer()).plain)


def mine(scene: Scene) -> list[Any]:
    """The bot's public messages in the channel."""
    return [m for m in scene.channel.messages.values() if m.author is scene.standin.bot and not m.ephemeral]


# A private question feeds nothing public


@pytest.mark.parametrize("way", ["ask", "menu", "compare"])
async def test_a_private_question_is_no_context_of_a_public_follow_up(scene: Scene, way: str) -> None:
    """In a thread on an answer, what somebody asks privately leaves no trace in what the next person gets."""
    first = await scene.mention(scene.ada, "What is Anthropic's revenue?")
    thread = scene.standin.start_thread(scene.channel, "more", scene.bob, first)
    if way == "ask":
        used = await scene.standin.slash(scene.ada, thread, "ask", {"question": COMPUTE, "private": True})
    elif way == "menu":
        said = await scene.standin.say(scene.root, thread, COMPUTE)
        used = await scene.standin.message_command(scene.ada, said, "Ask about this")
    else:
        values = {"a": "Anthropic", "b": "SK Hynix", "on": "compute reservation", "private": True}
        used = await scene.standin.slash(scene.ada, thread, "compare", values)
    assert (await used.answer()).ephemeral
    said = await scene.standin.say(scene.bob, thread, f"{scene.standin.bot.mention} {WHY}")
    followed = await scene.standin.reply(said)
    assert "compute reservation" not in followed.plain
    assert "Answering: Why had it doubled within a year (Anthropic's revenue)?" in followed.plain


async def test_a_shared_answer_is_context_again(scene: Scene) -> None:
    """ "Share in channel" makes the question public: a reply to the shared answer follows it."""
    private = await scene.ask(scene.ada, COMPUTE, private=True)
    posted = await (await scene.standin.press(private, "Share in channel", scene.ada)).answer()
    said = await scene.standin.say(scene.bob, scene.channel, WHY, reply_to=posted)
    assert "(Anthropic's compute reservation)" in (await scene.standin.reply(said)).plain


async def test_a_private_follow_up_in_a_direct_conversation_is_the_persons_own(scene: Scene) -> None:
    """Nobody else is there, so the conversation goes on from a private answer."""
    direct = scene.standin.direct(scene.ada)
    await (
        await scene.standin.slash(scene.ada, direct, "ask", {"question": COMPUTE, "private": True})
    ).answer()
    said = await scene.standin.say(scene.ada, direct, WHY)
    assert "(Anthropic's compute reservation)" in (await scene.standin.reply(said)).plain


# Ids


async def test_the_same_question_twice_has_two_ids(scene: Scene) -> None:
    """Nothing in the journal can be computed from a guess at the question."""
    first, second = await scene.ask(scene.ada), await scene.ask(scene.bob)
    ids = [message.content.split("-# ")[-1].split(" ")[0] for message in (first, second)]
    assert ids[0] != ids[1]
    assert all(scene.journal.record(id) for id in ids)


# Talk in an ask channel


@pytest.mark.parametrize(
    "text",
    [
        SALARY,
        "pasta tonight",
        "brb",
        "lol",
        "https://example.org/?a=b",
        "1",
        "anyone up for lunch?",
        "let's meet at noon?",
    ],
)
async def test_talk_in_an_ask_channel_gets_no_reply_and_is_not_stored(reading: Scene, text: str) -> None:
    """What people say to each other is neither answered nor kept, whatever the server keeps."""
    await reading.standin.say(reading.ada, reading.channel, text)
    await reading.standin.say(reading.ada, reading.channel, f"{reading.bob.mention} {UNKNOWN}")
    answer = await reading.mention(reading.bob)
    assert mine(reading) == [answer]
    assert reading.journal.gaps() == []
    assert "salary" not in str(list(reading.journal.export()))
    assert len([row for row in reading.journal.export() if row["table"] == "asks"]) == 1


async def test_a_question_in_an_ask_channel_is_answered_and_kept_only_by_its_button(reading: Scene) -> None:
    """It gets an abstention; its text is stored when somebody presses the button, and not before."""
    said = await reading.standin.say(reading.ada, reading.channel, UNKNOWN)
    silent = await reading.standin.reply(said)
    await reading.standin.until(lambda: reading.journal.post(silent.id))
    await reading.standin.until(lambda: not reading.services.tasks.running)
    assert reading.journal.gaps() == []
    await (await reading.standin.press(silent, "Request this topic", reading.ada)).answer()
    assert [gap.question for gap in reading.journal.gaps()] == [UNKNOWN]


async def test_a_phrase_in_an_ask_channel_is_answered_where_the_library_knows_it(reading: Scene) -> None:
    """Words without the form of a question may be a search: an answer is shown, an abstention is not."""
    said = await reading.standin.say(reading.ada, reading.channel, "Anthropic revenue run rate December 2025")
    assert RUN_RATE in (await reading.standin.reply(said)).plain


@pytest.mark.parametrize("way", ["private", "menu", "statement"])
async def test_only_public_questions_to_the_bot_are_kept(reading: Scene, way: str) -> None:
    """A server that keeps unanswered questions gets neither private ones nor what is no question."""
    if way == "private":
        await reading.ask(reading.ada, UNKNOWN, private=True)
    elif way == "menu":
        said = await reading.standin.say(reading.bob, reading.standin.channel(reading.guild, "t"), SALARY)
        await (await reading.standin.message_command(reading.ada, said, "Ask about this")).answer()
    else:
        await reading.mention(reading.ada, SALARY)
    await reading.standin.until(lambda: not reading.services.tasks.running)
    assert reading.journal.gaps() == []
    await reading.mention(reading.ada, UNKNOWN)
    await reading.standin.until(lambda: [gap.question for gap in reading.journal.gaps()] == [UNKNOWN])


# Remarks


@pytest.mark.parametrize("text", ["lol", "1", "Bob look at this", "I hate this", "wow, nice"])
async def test_a_remark_in_reply_to_an_answer_is_no_question(scene: Scene, text: str) -> None:
    """It gets nothing."""
    first = await scene.mention(scene.ada, COMPUTE)
    await scene.standin.say(scene.bob, scene.channel, text, reply_to=first)
    last = await scene.mention(scene.ada)
    assert mine(scene) == [first, last]


async def test_thanks_get_one_friendly_line(scene: Scene) -> None:
    """Once a minute, not an introduction; a mention with a remark is told how to ask."""
    first = await scene.mention(scene.ada)
    said = await scene.standin.say(scene.bob, scene.channel, "thanks!", reply_to=first)
    assert (await scene.standin.reply(said)).plain == "You're welcome! Ask me anything else."
    await scene.standin.say(scene.bob, scene.channel, "thanks a lot", reply_to=first)
    assert "Ask me a question" in (await scene.mention(scene.ada, "1")).plain
    assert len(mine(scene)) == 3


# Logs


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard error, logged to as `strata bot --verbose` does."""
    root = logging.getLogger()
    kept = [(logging.getLogger(name), logging.getLogger(name).level) for name in ("", "bot", "discord")]
    handlers = root.handlers[:]
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    _log_to_stderr([], logging.DEBUG)
    yield written
    root.handlers[:] = handlers
    for logger, level in kept:
        logger.setLevel(level)


async def test_a_verbose_log_has_no_question_name_or_token(tmp_path: Path, log: io.StringIO) -> None:
    """Commands, buttons, mentions and direct messages leave nothing of people in the log."""
    async with staged(tmp_path) as scene:
        asker = scene.standin.user("zephyrine", scene.guild)
        answer = await scene.ask(asker)
        await (await scene.standin.press(answer, "Sources", scene.bob)).answer()
        await scene.mention(scene.bob, UNKNOWN)
        await scene.standin.reply(await scene.standin.say(asker, scene.standin.direct(asker), COMPUTE))
        scene.standin.fail_next("PATCH /webhooks/**", status=400, body={"message": "x", "code": 50035})
        await scene.ask(asker, COMPUTE)
        tokens = [*scene.standin.interactions, scene.standin.token]
    text = log.getvalue()
    assert "connected as" in text
    for secret in (
        ASKED,
        UNKNOWN,
        COMPUTE,
        "zephyrine",
        "Zephyrine",
        str(asker.id),
        str(scene.bob.id),
        *tokens,
    ):
        assert secret not in text


# What is offered, and to whom


@pytest.mark.parametrize("name", ["reindex", "gaps", "stats", "settings show", "forget-server"])
async def test_commands_of_administrators_are_not_offered_in_direct_messages(scene: Scene, name: str) -> None:
    """They are about a server."""
    values = {"confirm": True} if name == "forget-server" else {}
    with pytest.raises(NotOfferedError, match="direct messages"):
        await scene.standin.slash(scene.root, scene.standin.direct(scene.root), name, values)


async def test_direct_messages_can_be_switched_off(tmp_path: Path) -> None:
    """A question there is told so once, and is not looked up."""
    async with staged(tmp_path, direct_messages=False) as scene:
        direct = scene.standin.direct(scene.ada)
        said = await scene.standin.say(scene.ada, direct, ASKED)
        assert "don't answer direct messages" in (await scene.standin.reply(said)).plain
        used = await scene.standin.slash(
            scene.bob, scene.standin.direct(scene.bob), "ask", {"question": ASKED}
        )
        assert "don't answer direct messages" in (await used.answer()).plain
        assert [row for row in scene.journal.export() if row["table"] == "replies"] == []


async def test_private_answers_can_be_enforced(scene: Scene) -> None:
    """Nobody shows an answer to others: not with private:False, a mention or the button."""
    before = await scene.ask(scene.root, private=True)
    assert "Always private: yes" in await set_(scene, "server", private_only=True)
    answer = await scene.ask(scene.ada, private=False)
    assert answer.ephemeral
    assert RUN_RATE in answer.plain
    told = await scene.mention(scene.bob)
    assert told.plain == "Answers are private here. Use /ask instead."
    shared = await (await scene.standin.press(before, "Share in channel", scene.root)).answer()
    assert shared.ephemeral
    assert mine(scene) == [told]


async def test_settings_name_the_missing_permissions(scene: Scene) -> None:
    """By the names that Discord shows."""
    assert "missing" not in await set_(scene, "show")
    scene.standin.permit(scene.channel, scene.standin.bot, deny=["send_messages", "embed_links"])
    assert "I'm missing permissions in" in (shown := await set_(scene, "show"))
    assert shown.endswith("Send Messages, Embed Links")


# Deleting


@pytest.mark.parametrize("way", ["ask", "mention"])
async def test_an_answer_is_deleted_for_who_asked_and_for_moderators(scene: Scene, way: str) -> None:
    """Others are refused; what is stored of it goes too."""
    moderator = scene.standin.user("mod", scene.guild, allow=["manage_messages"])
    for user in (scene.ada, moderator):
        answer = await (scene.ask(scene.ada) if way == "ask" else scene.mention(scene.ada))
        await scene.standin.until(lambda answer=answer: scene.journal.post(answer.id))
        (id,) = [post.reply for post in scene.journal.posts()]
        refused = await scene.standin.message_command(scene.bob, answer, "Delete this answer")
        assert "Only the person who asked" in (await refused.answer()).plain
        assert not answer.deleted
        used = await scene.standin.message_command(user, answer, "Delete this answer")
        assert (await used.answer()).plain == "Deleted."
        assert answer.deleted
        assert scene.journal.record(id) is None
        assert scene.journal.posts() == []
        scene.services.admission.same._seen.clear()
    said = await scene.standin.say(scene.bob, scene.channel, "Hello")
    used = await scene.standin.message_command(scene.root, said, "Delete this answer")
    assert "only delete my own" in (await used.answer()).plain


async def test_a_server_that_removes_the_bot_is_erased(scene: Scene) -> None:
    """Questions, answers and settings go at once."""
    await set_(scene, "server", keep_unanswered=True, daily=7)
    await scene.ask(scene.ada, UNKNOWN)
    await scene.standin.until(scene.journal.gaps)
    scene.standin.expel(scene.guild)
    await scene.standin.until(lambda: scene.journal.servers() == set())
    assert [row for row in scene.journal.export() if row["table"] in ("replies", "gaps", "preferences")] == []
    await scene.standin.until(lambda: scene.services.admission.preferences == {})


async def test_a_server_that_removed_the_bot_while_it_was_away_is_erased(tmp_path: Path) -> None:
    """At the next connection, and no other server."""
    async with staged(tmp_path, ready=False) as scene:
        scene.journal.report("A-1", 1, "Secret?", "", 777)
        scene.journal.report("A-2", 1, "Kept?", "", scene.guild.id)
        await scene.standin.ready()
        await scene.standin.until(lambda: scene.journal.servers() == {scene.guild.id})


async def test_an_administrator_erases_a_server(scene: Scene) -> None:
    """Only with confirm:True, and only an administrator."""
    await set_(scene, "server", keep_unanswered=True)
    await scene.ask(scene.ada, UNKNOWN)
    await scene.standin.until(scene.journal.gaps)
    for user, confirm in ((scene.ada, True), (scene.root, False)):
        used = await scene.standin.slash(
            user, scene.channel, "forget-server", {"confirm": confirm}, forced=True
        )
        await used.answer()
        assert scene.journal.gaps()
    used = await scene.standin.slash(scene.root, scene.channel, "forget-server", {"confirm": True})
    assert "Deleted" in (await used.answer()).plain
    assert scene.journal.servers() == set()
    assert "Keep unanswered questions: no" in await set_(scene, "show")


# Where the bot cannot write


async def test_a_mention_that_cannot_be_answered_is_told_in_a_direct_message(scene: Scene) -> None:
    """Once, with the missing permission; by a reaction to those who take no direct messages."""
    scene.standin.permit(scene.channel, scene.standin.bot, deny=["send_messages"])
    scene.bob.accepts_direct_messages = False
    for user in (scene.ada, scene.ada, scene.bob):
        await scene.standin.say(user, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
    direct = scene.standin.direct(scene.ada)
    told = await scene.standin.next_message(lambda message: message.channel is direct)
    assert "I'm missing" in told.plain
    assert "Use /ask there" in told.plain
    await scene.standin.until(lambda: scene.standin.requests_to("PUT /channels/*/messages/*/reactions/*/@me"))
    await scene.standin.until(lambda: not scene.services.tasks.running)
    assert len(direct.messages) == 1


async def test_nobody_gets_a_direct_message_who_has_not_spoken_to_the_bot(reading: Scene) -> None:
    """In an ask channel where the bot cannot write, a question is left alone."""
    reading.standin.permit(reading.channel, reading.standin.bot, deny=["send_messages"])
    await reading.standin.say(reading.ada, reading.channel, ASKED)
    other = reading.standin.channel(reading.guild, "other")
    await reading.mention(reading.bob, ASKED, other)
    await reading.standin.until(lambda: not reading.services.tasks.running)
    assert not reading.standin.direct(reading.ada).messages


@pytest.mark.parametrize("code", [50083, 160005])
async def test_a_thread_that_is_locked_during_an_answer_is_one_warning(
    scene: Scene, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    """No traceback, no second try; the asker reads why in a direct message."""
    thread = scene.standin.start_thread(scene.channel, "t", scene.ada)
    scene.slow.seconds = 0.3
    body = {"message": "Thread is locked", "code": code}
    scene.standin.fail_next("POST /channels/*/messages", status=400 if code == 50083 else 403, body=body)
    await scene.standin.say(scene.ada, thread, f"{scene.standin.bot.mention} {ASKED}")
    direct = scene.standin.direct(scene.ada)
    told = await scene.standin.next_message(lambda message: message.channel is direct)
    assert "the thread is locked" in told.plain
    await scene.standin.until(lambda: not scene.services.tasks.running)
    sent = scene.standin.requests_to(f"POST /channels/{thread.id}/messages")
    assert len(sent) == 1
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.exc_info for record in warnings if record.name.startswith("bot")] == [None]


# A full disk


async def test_words_on_a_full_disk_are_true(scene: Scene) -> None:
    """A setting that cannot be saved does not hold, and says so; Sources of a fresh answer are shown."""
    scene.journal._db.execute("PRAGMA query_only = ON")
    assert "nothing has changed" in await set_(scene, "server", answers=False)
    answer = await scene.ask(scene.ada)
    assert RUN_RATE in answer.plain
    assert RUN_RATE in (await (await scene.standin.press(answer, "Sources", scene.bob)).answer()).plain
    voted = await (await scene.standin.press(answer, "👍", scene.bob)).answer()
    assert "couldn't save" in voted.plain
    scene.journal._db.execute("PRAGMA query_only = OFF")


# Topics


async def test_a_limit_to_topics_holds_for_browsing_and_buttons(scene: Scene) -> None:
    """/layers, Upstream, Sources, sharing and near headings show nothing of other topics."""
    answer = await scene.ask(scene.ada)
    private = await scene.ask(scene.bob, private=True)
    shown = await (await scene.standin.slash(scene.ada, scene.channel, "layers")).answer()
    await set_(scene, "channel", layers="chips, energy")
    limited = await (await scene.standin.slash(scene.ada, scene.channel, "layers")).answer()
    assert "models" not in limited.plain
    assert [option["label"] for option in limited.selects[0]["options"]] == ["energy", "chips"]
    old = await scene.standin.select(shown, shown.selects[0]["custom_id"], ["models"], scene.ada)
    await old.acknowledgement()
    assert "no longer available here" in shown.plain
    for message, button in ((answer, "Sources"), (private, "Share in channel")):
        user = scene.ada if message is answer else scene.bob
        told = await (await scene.standin.press(message, button, user)).answer()
        assert told.ephemeral
        assert "limited to other topics" in told.plain
    memory = await scene.ask(scene.ada, "Who makes high-bandwidth memory and had sold its output for 2026?")
    assert "Upstream" in memory.buttons
    assert "Downstream" not in memory.buttons


async def test_buttons_made_before_the_limit_lead_to_no_other_topic(scene: Scene) -> None:
    """Upstream and Downstream of an old answer name only allowed documents."""
    question = "Who makes high-bandwidth memory and had sold its output for 2026?"
    memory = await scene.ask(scene.ada, question)
    await set_(scene, "channel", layers="chips")
    for button in ("Upstream", "Downstream"):
        told = await (await scene.standin.press(memory, button, scene.bob)).answer()
        assert told.plain == f"No related {button.lower()} documents."


async def test_commands_that_discord_lost_are_registered_again(scene: Scene) -> None:
    """The journal has their digest, but Discord has none of them, or another deployment's."""
    from bot.discord.commands.registration import sync

    assert scene.supervisor.client is not None
    assert not await sync(scene.supervisor.client)
    for others in ([], scene.standin.commands[None][:2]):
        scene.standin.commands[None] = others
        assert await sync(scene.supervisor.client)
        assert len(scene.standin.commands[None]) > 10
    assert not await sync(scene.supervisor.client)
