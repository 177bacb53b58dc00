"""The stand-in against a small client of the real discord.py."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

import discord
import pytest

from tests.standin import LateError, NotOfferedError, Standin
from tests.standin.client import Bot, Scene, call, raw, staged
from tests.standin.picture import draw

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_command_is_synced_deferred_and_answered_by_an_edit(scene: Scene) -> None:
    """A slash command goes from PUT commands to PATCH @original, told by times and versions."""
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": "hello"})
    assert await asked.acknowledgement() < 1.0
    answer = await asked.answer()
    assert answer.content == "hello"
    assert list(answer.buttons) == ["Sources", "Why"]
    assert answer.versions == [("", [], [])]
    assert scene.channel.latest is answer
    assert len(scene.standin.requests_to("PUT /applications/*/commands")) == 1


async def test_a_callback_tells_of_its_message_only_when_asked(scene: Scene) -> None:
    """discord.py asks with with_response=1 and gets the message; a second callback is 40060."""
    asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": "hello"})
    answer = await asked.answer()
    first = scene.standin.requests_to("POST /interactions/*/*/callback")[0]
    assert first.answer["interaction"]["response_message_id"] == str(answer.id)
    assert first.answer["resource"]["message"]["flags"] == 128
    status, body = await call(scene, "POST", f"/interactions/{asked.id}/{asked.token}/callback", {"type": 5})
    assert (status, body["code"]) == (400, 40060)
    status, body = await call(scene, "POST", f"/interactions/{asked.id}/wrong/callback", {"type": 5})
    assert (status, body["code"]) == (404, 10062)


async def test_an_interaction_acknowledged_too_late_is_unknown() -> None:
    """After the limit, which is 3 s by default, the callback is 10062 and the webhook unknown."""
    async with staged(acknowledge_within=0.05) as scene:
        scene.standin.fail_next("POST /interactions/**", delay=0.1)
        asked = await scene.standin.slash(scene.ada, scene.channel, "ask", {"question": "hello"})
        late = await scene.standin.until(lambda: scene.standin.requests_to("POST /interactions/**"))
        await scene.standin.until(lambda: late[0].status)
        assert late[0].answer["code"] == 10062
        assert not asked.acknowledged
        status, body = await call(
            scene, "POST", f"/webhooks/{scene.standin.bot.id}/{asked.token}", {"content": "x"}
        )
        assert (status, body["code"]) == (404, 10015)


async def test_buttons_selects_and_modals_answer(scene: Scene) -> None:
    """A button answers privately, another opens a modal that is sent, a select changes the message."""
    standin = scene.standin
    asked = await standin.slash(scene.ada, scene.channel, "ask", {"question": "hello"})
    answer = await asked.answer()
    private = await (await standin.press(answer, "Sources", scene.ada)).answer()
    assert (private.content, private.ephemeral) == ("source", True)
    assert private.id not in scene.channel.messages
    pressed = await standin.press(answer, "why", scene.root)
    assert (await pressed.opened())["title"] == "Why?"
    sent = await standin.submit_modal(pressed, {"Reason": "numbers"})
    assert (await sent.answer()).content == "because numbers"
    picked = await standin.select(answer, "pick", ["Chips"], scene.ada)
    assert await picked.answer() is answer
    assert answer.content == "picked chips"
    with pytest.raises(NotOfferedError, match="takes 1 to 200"):
        await standin.submit_modal(pressed, {"Reason": "x" * 201})
    with pytest.raises(NotOfferedError, match="has no"):
        await standin.select(answer, "pick", ["Energy"], scene.ada)


async def test_autocomplete_suggests(scene: Scene) -> None:
    """What is typed into an option comes back as choices."""
    typed = await scene.standin.autocomplete(scene.ada, scene.channel, "ask", "layer", "chip")
    assert await typed.suggestions() == [{"name": "chips", "value": "chip", "name_localizations": None}] or [
        {"name": "chips", "value": "chip"}
    ]
    assert typed.callback == 8


async def test_a_message_command_gets_the_text_of_its_message(scene: Scene) -> None:
    """The menu's command gives the text that the bot may otherwise not read."""
    message = await scene.standin.say(scene.ada, scene.channel, "secret question")
    asked = await scene.standin.message_command(scene.root, message, "Ask about this")
    assert (await asked.answer()).content == "secret question"


async def test_text_reaches_the_bot_only_as_discord_gives_it(scene: Scene) -> None:
    """Without the intent: mentions, replies that ping and direct messages have text, the rest is empty."""
    standin, bot = scene.standin, scene.bot
    await standin.say(scene.ada, scene.channel, "not for you")
    mention = await standin.say(scene.ada, scene.channel, f"{standin.bot.mention} one")
    reply = await standin.reply(mention)
    await standin.say(scene.ada, scene.channel, "two", reply_to=reply, ping=False)
    await standin.say(scene.ada, scene.channel, "three", reply_to=reply)
    direct = await standin.say(scene.ada, standin.direct(scene.ada), "four")
    assert (await standin.reply(direct)).content == "four"
    texts = [message.content for message in bot.seen if message.author != bot.user]
    assert texts == ["", f"{standin.bot.mention} one", "", "three", "four"]
    assert scene.channel in standin.typings
    assert not reply.pings


async def test_the_message_content_intent_opens_all_text() -> None:
    """With the intent asked for and allowed, every message has its text."""
    intents = discord.Intents.default()
    intents.message_content = True
    async with staged(Bot(intents), message_content=True) as scene:
        await scene.standin.say(scene.ada, scene.channel, "for all")
        await scene.standin.until(lambda: scene.bot.seen)
        assert scene.bot.seen[0].content == "for all"


async def test_commands_are_offered_by_permission_and_place(scene: Scene) -> None:
    """A person without the permission is not offered the command; by force it reaches the bot all the same."""
    standin = scene.standin
    with pytest.raises(NotOfferedError, match="needs permissions 8"):
        await standin.slash(scene.ada, scene.channel, "stats")
    with pytest.raises(NotOfferedError, match="direct messages"):
        await standin.slash(scene.root, standin.direct(scene.root), "stats")
    forced = await standin.slash(scene.ada, scene.channel, "stats", forced=True)
    assert (await forced.answer()).content == "no"
    allowed = await standin.slash(scene.root, scene.channel, "stats")
    assert (await allowed.answer()).content == "stats"
    with pytest.raises(NotOfferedError, match="needs 'question'"):
        await standin.slash(scene.ada, scene.channel, "ask")


async def test_faults_fail_the_next_requests_of_a_route(scene: Scene) -> None:
    """A 429 with Via is waited for and retried; an edit that was committed and then dropped is not lost."""
    standin = scene.standin
    fault = standin.fail_next("PATCH /webhooks/**", status=429, retry_after=0.05)
    asked = await standin.slash(scene.ada, scene.channel, "ask", {"question": "limited"})
    assert (await asked.answer()).content == "limited"
    assert fault.times == 0
    assert [item.status for item in standin.requests_to("PATCH /webhooks/**")] == [429, 200]
    standin.fail_next("PATCH /webhooks/**", drop="reset", commit=True)
    asked = await standin.slash(scene.ada, scene.channel, "ask", {"question": "dropped"})
    assert (await asked.answer()).content == "dropped"
    assert standin.requests_to("PATCH /webhooks/**")[-1].status is None


async def test_a_real_limit_is_counted_for_each_channel(scene: Scene) -> None:
    """The second message in the window is 429 with the time that is left; another channel has its own count."""
    standin = scene.standin
    standin.limit("POST /channels/*/messages", 1, 60.0)
    other = standin.channel(scene.guild, "other")
    path = f"/channels/{scene.channel.id}/messages"
    assert (await call(scene, "POST", path, {"content": "x"}))[0] == 200
    status, body = await call(scene, "POST", path, {"content": "x"})
    assert status == 429
    assert 59 < body["retry_after"] <= 60
    assert (await call(scene, "POST", f"/channels/{other.id}/messages", {"content": "x"}))[0] == 200


BUTTON = {"type": 2, "style": 1, "label": "b", "custom_id": "b"}
OVER: dict[str, Any] = {
    "content": {"content": "x" * 2001},
    "embeds": {"embeds": [{"title": "x"}] * 11},
    "embeds.0.title": {"embeds": [{"title": "x" * 257}]},
    "embeds.0.description": {"embeds": [{"description": "x" * 4097}]},
    "embeds.0.fields": {"embeds": [{"fields": [{"name": "x", "value": "x"}] * 26}]},
    "embeds.0.fields.0.name": {"embeds": [{"fields": [{"name": "x" * 257, "value": "x"}]}]},
    "embeds.0.fields.0.value": {"embeds": [{"fields": [{"name": "x", "value": "x" * 1025}]}]},
    "embeds.0.footer.text": {"embeds": [{"footer": {"text": "x" * 2049}}]},
    "embeds.0.author.name": {"embeds": [{"author": {"name": "x" * 257}}]},
    "components": {
        "components": [{"type": 1, "components": [BUTTON | {"custom_id": str(n)}]} for n in range(6)]
    },
    "components.0.components": {
        "components": [{"type": 1, "components": [BUTTON | {"custom_id": str(n)} for n in range(6)]}]
    },
    "components.0.components.0.label": {
        "components": [{"type": 1, "components": [BUTTON | {"label": "x" * 81}]}],
    },
    "components.0.components.0.custom_id": {
        "components": [{"type": 1, "components": [BUTTON | {"custom_id": "x" * 101}]}],
    },
    "components.0.components.1.custom_id": {"components": [{"type": 1, "components": [BUTTON, BUTTON]}]},
    "components.0.components.0.options": {
        "components": [
            {
                "type": 1,
                "components": [
                    {
                        "type": 3,
                        "custom_id": "s",
                        "options": [{"label": str(n), "value": str(n)} for n in range(26)],
                    }
                ],
            }
        ]
    },
}


@pytest.mark.parametrize("path", OVER)
async def test_a_message_one_over_a_limit_is_an_invalid_form(path: str) -> None:
    """Each limit is answered with 50035 and an error at the place of the offence."""
    async with Standin() as standin:
        channel = standin.channel(standin.guild())
        status, body = await raw(
            standin, "POST", f"/channels/{channel.id}/messages", {"content": "x"} | OVER[path]
        )
    assert (status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    errors = body["errors"]
    for key in path.split("."):
        errors = errors[key]
    assert errors["_errors"]


async def test_all_embeds_together_have_a_limit() -> None:
    """6,000 characters over all embeds pass; one more is refused."""
    async with Standin() as standin:
        channel = standin.channel(standin.guild())
        path = f"/channels/{channel.id}/messages"
        full = {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2000}]}
        assert (await raw(standin, "POST", path, full))[0] == 200
        full["embeds"].append({"title": "x"})
        _, body = await raw(standin, "POST", path, full)
        assert body["errors"]["embeds"]["_errors"][0]["code"] == "MAX_EMBED_SIZE_EXCEEDED"


async def test_a_reply_to_a_deleted_message_is_refused_unless_it_may_be_gone(scene: Scene) -> None:
    """50035 at message_reference; with fail_if_not_exists false it becomes a plain message."""
    standin = scene.standin
    message = await standin.say(scene.ada, scene.channel, "soon gone")
    await standin.remove(message)
    path = f"/channels/{scene.channel.id}/messages"
    reference = {"message_id": str(message.id)}
    status, body = await call(scene, "POST", path, {"content": "x", "message_reference": reference})
    assert body["errors"]["message_reference"]["_errors"][0]["code"] == "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
    reference = {"message_id": str(message.id), "fail_if_not_exists": False}  # type: ignore[dict-item]
    status, body = await call(scene, "POST", path, {"content": "x", "message_reference": reference})
    assert (status, "message_reference" in body) == (200, False)
    assert (await call(scene, "GET", f"{path}/{message.id}"))[1]["code"] == 10008


async def test_permissions_are_the_channels(scene: Scene) -> None:
    """A channel that the bot may not see is 50001, one where it may not write 50013."""
    standin = scene.standin
    hidden, mute = standin.channel(scene.guild, "hidden"), standin.channel(scene.guild, "mute")
    standin.permit(hidden, scene.guild, deny=["view_channel"])
    standin.permit(mute, standin.bot, deny=["send_messages"])
    for channel, code in ((hidden, 50001), (mute, 50013)):
        status, body = await call(scene, "POST", f"/channels/{channel.id}/messages", {"content": "x"})
        assert (status, body["code"]) == (403, code)
    await standin.say(scene.root, hidden, f"{standin.bot.mention} psst")
    await standin.say(scene.root, scene.channel, f"{standin.bot.mention} hello")
    await standin.until(lambda: scene.bot.seen)
    assert scene.bot.seen[0].channel.id == scene.channel.id


async def test_threads_and_forum_posts_are_told_to_the_bot(scene: Scene) -> None:
    """A forum's post is a thread that begins with a message; a message's thread has its id."""
    standin = scene.standin
    forum = standin.forum(scene.guild)
    post = await standin.post(scene.ada, forum, "HBM", f"{standin.bot.mention} who makes it?")
    reply = await standin.reply(post)
    assert reply.channel is post.channel
    assert reply.channel.parent is forum
    message = await standin.say(scene.ada, scene.channel, "a topic")
    channel = scene.bot.get_channel(scene.channel.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.get_partial_message(message.id).create_thread(name="topic")
    assert thread.id == message.id
    assert message.thread is standin.channels[thread.id]
    await thread.send("in it")
    assert standin.channels[thread.id].latest.content == "in it"


async def test_an_archived_thread_is_edited_after_it_is_fetched_from_there(scene: Scene) -> None:
    """Discord refuses the edit with 50083; who may write in the thread may fetch it, unless it is locked."""
    said = await scene.standin.say(scene.ada, scene.channel, "begin")
    thread = scene.standin.start_thread(scene.channel, "more", scene.ada, said)
    place = scene.bot.get_partial_messageable(thread.id)
    sent = await place.send("one")
    thread.archived = True
    with pytest.raises(discord.HTTPException) as caught:
        await sent.edit(content="two")
    assert caught.value.code == 50083
    found = await scene.bot.fetch_channel(thread.id)
    assert isinstance(found, discord.Thread)
    await found.edit(archived=False)
    await sent.edit(content="two")
    thread.archived = thread.locked = True
    with pytest.raises(discord.Forbidden):
        await found.edit(archived=False)


async def test_files_are_kept(scene: Scene) -> None:
    """An uploaded file can be read from the message."""
    channel = scene.bot.get_channel(scene.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.send(file=discord.File(io.BytesIO(b"a,b"), "gaps.csv"))
    assert scene.channel.latest.files == {"gaps.csv": b"a,b"}


async def test_the_first_follow_up_fills_a_deferred_message(scene: Scene) -> None:
    """As in Discord, and so it stays private where the deferral was."""
    standin = scene.standin
    asked = await standin.slash(scene.ada, scene.channel, "ask", {"question": "hello"})
    answer = await asked.answer()
    asked.original = None
    status, body = await call(scene, "POST", f"/webhooks/{standin.bot.id}/{asked.token}", {"content": "more"})
    assert (status, (await asked.followup()).content) == (200, "more")
    answer.flags |= 128
    asked.original = answer
    status, body = await call(
        scene, "POST", f"/webhooks/{standin.bot.id}/{asked.token}", {"content": "filled"}
    )
    assert (body["id"], answer.content, answer.loading) == (str(answer.id), "filled", False)
    asked.expired = True
    status, body = await call(scene, "POST", f"/webhooks/{standin.bot.id}/{asked.token}", {"content": "late"})
    assert (status, body["code"]) == (401, 50027)


async def test_a_saved_message_is_drawn(scene: Scene, tmp_path: Path) -> None:
    """What was answered can be drawn as a page; links and mentions of others are not made up."""
    asked = await scene.standin.slash(
        scene.ada, scene.channel, "ask", {"question": "**hi** <https://a.example>"}
    )
    answer = await asked.answer()
    assert answer.links == ["https://a.example"]
    assert answer.previews == []
    scene.standin.save(tmp_path / "reply.json", answer)
    draw(json.loads((tmp_path / "reply.json").read_text()), tmp_path / "reply.html")
    page = (tmp_path / "reply.html").read_text()
    assert '<strong>hi</strong> <a href="https://a.example">https://a.example</a>' in page
    assert "Ada used <b>/ask</b>" in page


async def test_fifty_people_at_once_are_acknowledged_quickly(scene: Scene) -> None:
    """The stand-in itself takes no noticeable part of the 3 s."""
    people = [scene.standin.user(f"person{n}", scene.guild) for n in range(50)]
    asked = [
        await scene.standin.slash(item, scene.channel, "ask", {"question": item.name}) for item in people
    ]
    answers = await asyncio.gather(*(item.answer() for item in asked))
    assert [item.content for item in answers] == [item.name for item in people]
    assert max([await item.acknowledgement() for item in asked]) < 1.5


async def test_the_program_runs_pointed_at_the_stand_in(tmp_path: Path) -> None:
    """The launcher is the program: it takes its arguments and ends with its status."""
    async with Standin() as standin:
        process = await standin.launch("no-such-command", folder=tmp_path)
        _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"no-such-command" in errors


async def test_a_wait_that_fails_says_what_happened(scene: Scene) -> None:
    """The error names what was waited for and the latest requests."""
    with pytest.raises(LateError, match=r"(?s)the moon: not within 0.01 s\n.*PUT /applications"):
        await scene.standin.until(lambda: None, 0.01, "the moon")
