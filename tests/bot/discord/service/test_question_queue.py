"""Each way of asking, by two people at once."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from bot.discord.format import reply
from tests.bot.discord.scene import ASKED, RUN_RATE, UNKNOWN, Scene, contradicting, staged
from tests.standin import payloads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ORDERS = "Who sold out their production slots through 2028?"
TURBINES = "Turbine makers sold out their production slots through 2028."


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path) as made:
        yield made


async def test_ask_defers_then_answers_in_its_place(scene: Scene) -> None:
    """Two people's `/ask` are acknowledged at once, and each deferral becomes its own answer."""
    asked = [
        await scene.standin.slash(user, scene.channel, "ask", {"question": question})
        for user, question in ((scene.ada, ASKED), (scene.bob, ORDERS))
    ]
    for one, words in zip(asked, (RUN_RATE, TURBINES), strict=True):
        assert await one.acknowledgement() < 1.0
        assert one.callback == 5
        answer = await one.answer()
        assert not answer.ephemeral
        assert re.search(rf"> (\*\*)?{re.escape(words)}.* \*\*\[1\]\*\*", answer.content)
        assert "A-" in answer.content.split("\n")[-1]
        assert not one.followups
        assert not answer.pings


async def test_an_answer_names_its_place_and_its_public_source(scene: Scene) -> None:
    """The heading and the publisher are linked, and the badge and the date of the source are shown."""
    answer = await scene.ask(scene.ada)
    assert answer.links == ["https://library.example/models/anthropic.md#revenue", "https://example.org/post"]
    assert "[1] Anthropic › Revenue · ⚠️ may be out of date" in answer.plain
    assert "↳ Anthropic, December 2025" in answer.plain
    assert answer.previews == []


async def test_ask_may_be_private_and_within_a_layer(scene: Scene) -> None:
    """`private` hides the answer; `layer` narrows it, and an unknown layer is told with those there are."""
    private = await scene.ask(scene.ada, private=True)
    assert private.ephemeral
    within = await scene.ask(scene.ada, layer="energy")
    assert RUN_RATE not in within.plain
    assert "Turbine makers" in (await scene.ask(scene.ada, ORDERS, layer="Energy")).plain
    wrong = await scene.ask(scene.ada, layer="bread")
    assert wrong.ephemeral
    assert "There is no topic “bread”. Choose one of: energy, chips, models." in wrong.content


async def test_layers_are_suggested_while_typing(scene: Scene) -> None:
    """Autocomplete offers the layers that hold what is typed."""
    typing = await scene.standin.autocomplete(
        scene.ada, scene.channel, "ask", "layer", "ch", values={"question": "x"}
    )
    assert [choice["value"] for choice in await typing.suggestions()] == ["chips"]
    typing = await scene.standin.autocomplete(
        scene.ada, scene.channel, "ask", "layer", "", values={"question": "x"}
    )
    assert [choice["name"] for choice in await typing.suggestions()] == ["energy", "chips", "models"]


async def test_mentions_are_answered_by_replies(scene: Scene) -> None:
    """Two mentions at once get a reply each, without a ping, and typing is shown."""
    ours, theirs = await asyncio.gather(scene.mention(scene.ada), scene.mention(scene.bob, ORDERS))
    assert RUN_RATE in ours.plain
    assert TURBINES in theirs.plain
    assert not ours.pings
    assert ours.reply_to.author is scene.ada
    assert scene.channel in scene.standin.typings
    assert "❓" not in ours.content


async def test_a_reply_to_an_answer_is_a_follow_up(scene: Scene) -> None:
    """The question before it is context, and what was understood is said."""
    first = await scene.mention(scene.ada, "What is Anthropic's compute reservation?")
    followed = await scene.standin.say(
        scene.bob, scene.channel, "Why had it doubled within a year?", reply_to=first
    )
    answer = await scene.standin.reply(followed)
    assert "Answering: Why had it doubled within a year (Anthropic's compute reservation)?" in answer.plain


async def test_a_follow_up_to_a_command_knows_the_question(scene: Scene) -> None:
    """The answer of `/ask` shows its question, so that a reply to it is understood, after a restart too."""
    first = await scene.ask(scene.ada, "What is Anthropic's compute reservation?")
    scene.services.memory.forget(first.id)
    followed = await scene.standin.say(
        scene.ada, scene.channel, "Why had it doubled within a year?", reply_to=first
    )
    assert "(Anthropic's compute reservation)" in (await scene.standin.reply(followed)).plain


async def test_a_follow_up_to_a_mention_reads_the_question_again(scene: Scene) -> None:
    """After a restart the question before is read from the message that the bot replied to."""
    first = await scene.mention(scene.ada, "What is Anthropic's compute reservation?")
    scene.services.memory.forget(first.id)
    followed = await scene.standin.say(
        scene.ada, scene.channel, "Why had it doubled within a year?", reply_to=first
    )
    assert "(Anthropic's compute reservation)" in (await scene.standin.reply(followed)).plain


async def test_a_message_in_the_thread_of_an_answer_is_a_follow_up(scene: Scene) -> None:
    """A thread begun at an answer goes on with its question; the bot answers there."""
    first = await scene.mention(scene.ada, "What is Anthropic's compute reservation?")
    thread = scene.standin.start_thread(scene.channel, "more", scene.bob, first)
    said = await scene.standin.say(
        scene.bob, thread, f"{scene.standin.bot.mention} Why had it doubled within a year?"
    )
    answer = await scene.standin.reply(said)
    assert answer.channel is thread
    assert "(Anthropic's compute reservation)" in answer.plain
    again = await scene.standin.say(
        scene.bob, thread, f"{scene.standin.bot.mention} Did it reserve one gigawatt of compute?"
    )
    assert "reserved one gigawatt" in (await scene.standin.reply(again)).plain


async def test_a_thread_message_that_cannot_be_read_is_hinted_at_once(scene: Scene) -> None:
    """Without the message content intent the bot says once that it has to be mentioned."""
    first = await scene.mention(scene.ada)
    thread = scene.standin.start_thread(scene.channel, "more", scene.bob, first)
    await scene.standin.say(scene.bob, thread, "And before?")
    hint = await scene.standin.next_message(lambda message: message.channel is thread)
    assert "I can only read messages that @mention me" in hint.content
    await scene.standin.say(scene.bob, thread, "Hello?")
    await scene.mention(scene.ada, ORDERS)
    assert len([m for m in thread.messages.values() if m.author is scene.standin.bot]) == 1


async def test_a_mention_of_the_bots_role_is_hinted_at(scene: Scene) -> None:
    """Discord offers the bot's role beside the bot, and shows the bot nothing of a message that mentions it alone."""
    role = next(role for role in scene.guild.roles.values() if role.bot)
    await scene.standin.say(scene.ada, scene.channel, f"{role.mention} {ASKED}")
    hint = await scene.standin.next_message(lambda message: message.author is scene.standin.bot)
    assert "You mentioned my role" in hint.content


async def test_a_mention_of_the_role_is_answered_where_it_can_be_read(tmp_path: Path) -> None:
    """With the message content intent it is as good as a mention."""
    async with staged(tmp_path, standin={"message_content": True}, message_content=True) as scene:
        role = next(role for role in scene.guild.roles.values() if role.bot)
        said = await scene.standin.say(scene.ada, scene.channel, f"{role.mention} {ASKED}")
        assert RUN_RATE in (await scene.standin.reply(said)).plain


async def test_a_reply_without_the_mention_is_hinted_at(scene: Scene) -> None:
    """A follow-up that the bot cannot read is told how to be read; a reply to a person is nobody's business."""
    first = await scene.mention(scene.ada)
    await scene.standin.say(scene.bob, scene.channel, "And before?", reply_to=first.reply_to)
    await scene.standin.say(scene.bob, scene.channel, "And before?", reply_to=first, ping=False)
    hint = await scene.standin.next_message(after=first)
    assert "I can only read messages that @mention me" in hint.content
    assert len([m for m in scene.channel.messages.values() if m.author is scene.standin.bot]) == 2


async def test_a_message_of_an_unknown_server_is_no_direct_one(scene: Scene) -> None:
    """Where the client has lost sight of a server, its settings hold all the same, and talk is left alone."""
    other = scene.standin.channel(scene.guild, "other")
    scene.services.admission.preferences[777, 0] = {"answers": False}
    for number, text in enumerate((f"{scene.standin.bot.mention} {ASKED}", ASKED)):
        said = await scene.standin.say(scene.bob, other, "look")
        event = payloads.event_message(said) | {
            "id": str(said.id + 1 + number),
            "guild_id": "777",
            "content": text,
        }
        event["mentions"] = [payloads.user(scene.standin.bot)] if not number else []
        scene.standin.dispatch("MESSAGE_CREATE", event)
    await scene.mention(scene.ada, ORDERS)
    assert [m.content for m in other.messages.values() if m.author is scene.standin.bot] == []
    assert scene.services.metrics.value("strata_refusals_total", reason="channel") == 1


async def test_a_forwarded_answer_is_no_follow_up(scene: Scene) -> None:
    """Somebody shows an answer elsewhere: nobody has asked anything."""
    first = await scene.mention(scene.ada)
    await scene.standin.until(lambda: scene.journal.post(first.id))
    other = scene.standin.channel(scene.guild, "other")
    said = await scene.standin.say(scene.bob, other, "look")
    event = payloads.event_message(said) | {"id": str(said.id + 1), "content": ""}
    event["message_reference"] = {"type": 1, "message_id": str(first.id), "channel_id": str(scene.channel.id)}
    scene.standin.dispatch("MESSAGE_CREATE", event)
    await scene.mention(scene.ada, ORDERS)
    assert not [m for m in other.messages.values() if m.author is scene.standin.bot]


async def test_a_direct_conversation_goes_on(scene: Scene) -> None:
    """There the question before is the last one asked, without a reply to it."""
    direct = scene.standin.direct(scene.ada)
    first = await scene.standin.say(scene.ada, direct, "What is Anthropic's compute reservation?")
    await scene.standin.reply(first)
    said = await scene.standin.say(scene.ada, direct, "Why had it doubled within a year?")
    assert "(Anthropic's compute reservation)" in (await scene.standin.reply(said)).plain


async def test_marks_of_discord_are_no_words_of_a_question(scene: Scene) -> None:
    """Mentions of others, channels and emoji bring no numbers into what is asked."""
    marked = f"{scene.bob.mention} {ASKED} <#{scene.channel.id}> <:think:1234567890>"
    answer = await scene.ask(scene.ada, marked)
    assert answer.plain.startswith(f"❓ {ASKED} think\n")
    assert RUN_RATE in answer.plain


async def test_ask_about_this_says_what_it_cannot_take(scene: Scene) -> None:
    """A long message and one without words get an answer that helps; the bot's own is asked again."""
    answer = await scene.mention(scene.ada)
    await scene.standin.until(lambda: scene.services.memory.question(answer.id))
    for text, told in (
        ("word " * 200, "That's too long (999 characters"),
        ("🔥", "couldn't find a question"),
    ):
        said = await scene.standin.say(scene.bob, scene.channel, text.strip())
        asked = await scene.standin.message_command(scene.ada, said, "Ask about this")
        assert told in (await asked.answer()).content
    again = await scene.standin.message_command(scene.bob, answer, "Ask about this")
    assert f"❓ {ASKED}" in (await again.answer()).plain


async def test_small_talk_in_an_ask_channel_is_left_alone(tmp_path: Path) -> None:
    """Nobody has spoken to the bot there; a mention is answered."""
    async with staged(tmp_path, standin={"message_content": True}, message_content=True) as scene:
        contradicting(scene, "small talk", "You are welcome.")
        setting = await scene.standin.slash(
            scene.root, scene.channel, "settings channel", {"every_message": True}
        )
        await setting.answer()
        await scene.standin.say(scene.ada, scene.channel, "thanks all")
        await scene.mention(scene.bob, "thanks")
        mine = [m for m in scene.channel.messages.values() if m.author is scene.standin.bot]
        assert len([m for m in mine if not m.ephemeral]) == 1


async def test_direct_messages_are_answered(scene: Scene) -> None:
    """In a direct conversation no mention is needed, and commands work there."""
    direct = scene.standin.direct(scene.ada)
    said = await scene.standin.say(scene.ada, direct, ASKED)
    assert RUN_RATE in (await scene.standin.reply(said)).plain
    asked = await scene.standin.slash(scene.ada, direct, "ask", {"question": ORDERS})
    assert TURBINES in (await asked.answer()).plain


async def test_ask_about_this_is_private_until_it_is_posted(scene: Scene) -> None:
    """The message command answers the one who used it; "Share in channel" shows it to all, once."""
    said = await scene.standin.say(scene.bob, scene.channel, ASKED)
    asked = await scene.standin.message_command(scene.ada, said, "Ask about this")
    private = await asked.answer()
    assert private.ephemeral
    assert RUN_RATE in private.plain
    posted = await (await scene.standin.press(private, "Share in channel", scene.ada)).answer()
    assert not posted.ephemeral
    assert f"❓ {ASKED}" in posted.plain
    assert "Share in channel" not in posted.buttons
    await scene.standin.until(lambda: scene.journal.post(posted.id))
    again = await (await scene.standin.press(private, "Share in channel", scene.ada)).answer()
    assert again.ephemeral


async def test_an_abstention_names_what_is_near_and_shows_it(scene: Scene) -> None:
    """The nearest headings are a select; choosing one shows its text to the one who chose."""
    silent = await scene.ask(scene.ada, UNKNOWN)
    assert "Closest topics:" in silent.plain
    select = silent.selects[0]
    chosen = await scene.standin.select(
        silent, select["custom_id"], [select["options"][0]["value"]], scene.bob
    )
    shown = await chosen.answer()
    assert shown.ephemeral
    assert "> " in shown.content
    assert shown.links[0].startswith("https://library.example/")


async def test_a_comparison_has_two_columns(scene: Scene) -> None:
    """Each column quotes with a citation, or says that the library does not cover it."""
    asked = await scene.standin.slash(
        scene.ada,
        scene.channel,
        "compare",
        {"a": "Anthropic", "b": "Zeppelin Bakery", "on": "revenue run rate"},
    )
    message = await asked.answer()
    (left, right) = message.embeds[0]["fields"]
    assert left["name"] == "Anthropic"
    assert "[1]" in left["value"]
    assert right["value"] == "I couldn't find Zeppelin Bakery anywhere in the library."
    assert left["inline"]
    assert right["inline"]
    assert "https://example.org/post" in message.links


async def test_layers_are_browsed_down_to_the_text(scene: Scene) -> None:
    """Layer, document and heading are chosen in one private message."""
    shown = await (await scene.standin.slash(scene.ada, scene.channel, "layers")).answer()
    assert shown.ephemeral
    for label in ("models", "Anthropic", "Revenue"):
        select = next(s for s in shown.selects if label in [option["label"] for option in s["options"]])
        chosen = await scene.standin.select(shown, select["custom_id"], [label], scene.ada)
        await chosen.acknowledgement()
        assert chosen.callback == 7
    assert RUN_RATE in shown.plain
    assert "https://library.example/models/anthropic.md#revenue" in shown.links


async def test_about_and_privacy_tell_what_they_should(scene: Scene) -> None:
    """`/about` names day and counts, and nothing that only operators understand; `/privacy` what is stored."""
    about = (await (await scene.standin.slash(scene.ada, scene.channel, "about")).answer()).plain
    manifest = scene.library.generation.manifest
    for told in (
        reply.dated(manifest.id),
        "3 documents",
        "passages",
        "I don't store who asks",
        "Upstream",
    ):
        assert told in about
    assert manifest.id not in about
    assert "bag-of-words" not in about
    privacy = (await (await scene.standin.slash(scene.ada, scene.channel, "privacy")).answer()).plain
    assert "Not stored: who asked" in privacy
    assert "/forget-me" in privacy


async def test_what_is_not_for_the_bot_is_left_alone(scene: Scene) -> None:
    """Other people's talk, other bots and the bot's own messages are not answered."""
    other = scene.standin.user("other", scene.guild)
    other.bot = True
    await scene.standin.say(scene.ada, scene.channel, "What is HBM?")
    await scene.standin.say(other, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
    await scene.mention(scene.bob, ORDERS)
    assert len([m for m in scene.channel.messages.values() if m.author is scene.standin.bot]) == 1


async def test_a_bare_mention_is_told_how_to_ask(scene: Scene) -> None:
    """A mention without words gets a hint."""
    said = await scene.standin.say(scene.ada, scene.channel, scene.standin.bot.mention)
    hint = await scene.standin.next_message(after=said)
    assert "Ask me a question" in hint.content


async def test_every_message_of_an_ask_channel_is_answered_once(tmp_path: Path) -> None:
    """With the intent and the channel's setting, messages and forum posts are questions; replies to people are not."""
    async with staged(tmp_path, standin={"message_content": True}, message_content=True) as scene:
        forum = scene.standin.forum(scene.guild)
        other = scene.standin.channel(scene.guild, "talk")
        for channel in (scene.channel, forum):
            setting = await scene.standin.slash(
                scene.root, scene.channel, "settings channel", {"channel": channel, "every_message": True}
            )
            assert "Treat every message as a question: yes" in (await setting.answer()).content
        said = await scene.standin.say(scene.ada, scene.channel, ASKED)
        assert RUN_RATE in (await scene.standin.reply(said)).plain
        await scene.standin.say(scene.bob, scene.channel, "I think so too", reply_to=said)
        await scene.standin.say(scene.bob, other, ASKED)
        post = await scene.standin.post(scene.ada, forum, "Turbines", ORDERS)
        answer = await scene.standin.next_message(lambda m: m.channel is post.channel)
        assert TURBINES in answer.plain
        await scene.standin.say(scene.bob, post.channel, "Really?")
        await scene.mention(scene.bob, ORDERS)
        mine = [
            m for m in scene.standin.messages.values() if m.author is scene.standin.bot and not m.ephemeral
        ]
        assert [m.channel for m in mine].count(other) == 0
        assert [m.channel for m in mine].count(post.channel) == 1
        assert [m.channel for m in mine].count(scene.channel) == 2


async def test_without_the_setting_no_privileged_intent_is_asked_for(scene: Scene) -> None:
    """The default bot asks for servers and messages, not for members, presences or the content of messages."""
    (identify,) = scene.standin.gateway.told("identify")
    assert identify["intents"] == (1 << 0) | (1 << 9) | (1 << 12)
    setting = await scene.standin.slash(
        scene.root, scene.channel, "settings channel", {"every_message": True}
    )
    assert "Message Content Intent" in (await setting.answer()).content


async def test_only_the_replys_own_words_are_journaled(scene: Scene) -> None:
    """After an answered question the journal has the reply and where it stands, and not who asked what."""
    answer = await scene.ask(scene.ada)
    await scene.standin.until(lambda: scene.journal.post(answer.id))
    told = str(list(scene.journal.export()))
    assert RUN_RATE in told
    assert ASKED not in told
    assert str(scene.ada.id) not in told
