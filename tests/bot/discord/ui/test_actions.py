"""Buttons: what they show, what they allow to be stored, and that they outlive the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.discord.scene import RUN_RATE, UNKNOWN, Scene, contradicting, staged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import Any


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path) as made:
        yield made


async def press(scene: Scene, message: Any, button: str, user: Any = None) -> Any:
    """Press a button, and what the person got."""
    pressed = await scene.standin.press(message, button, user or scene.ada)
    answer = await pressed.answer()
    assert await pressed.acknowledgement() < 1.0
    return answer


async def test_an_answer_has_its_buttons(scene: Scene) -> None:
    """Sources, both votes, the directions in which the library names something, and Watch."""
    answer = await scene.ask(scene.ada)
    assert list(answer.buttons) == ["Sources", "👍", "👎", "Notify me of changes", "Upstream"]
    silent = await scene.ask(scene.ada, UNKNOWN)
    assert list(silent.buttons) == ["Request this topic"]


async def test_sources_are_whole_and_private(scene: Scene) -> None:
    """Another person sees the quotation, its file and line, and its links, alone."""
    shown = await press(scene, await scene.ask(scene.ada), "Sources", scene.bob)
    assert shown.ephemeral
    assert RUN_RATE in shown.plain
    assert "models/anthropic.md:" in shown.plain
    assert "https://example.org/post" in shown.links


async def test_the_value_chain_is_followed_both_ways(scene: Scene) -> None:
    """Upstream of a model company stands memory; from there it goes on in both directions."""
    up = await press(scene, await scene.ask(scene.ada), "Upstream")
    assert up.ephemeral
    assert "High-bandwidth memory (chips)" in up.plain
    memory = await scene.ask(scene.ada, "Who makes high-bandwidth memory and had sold its output for 2026?")
    assert "Gas turbines (energy)" in (await press(scene, memory, "Upstream")).plain
    assert "Anthropic (models)" in (await press(scene, memory, "Downstream")).plain
    select = up.selects[0]
    opened = await scene.standin.select(up, select["custom_id"], ["High-bandwidth memory"], scene.ada)
    await opened.acknowledgement()
    assert "Stacked memory for accelerators." in up.plain


async def test_votes_are_counted_once_and_a_reason_is_asked_for(scene: Scene) -> None:
    """👍 counts one; 👎 opens a form; the last vote of a person holds."""
    answer = await scene.ask(scene.ada)
    id = answer.content.split("-# ")[-1].split(" ")[0]
    await press(scene, answer, "👍")
    await press(scene, answer, "👍", scene.bob)
    assert scene.journal.votes(id) == (2, 0)
    pressed = await scene.standin.press(answer, "👎", scene.ada)
    modal = await pressed.opened()
    assert modal["title"] == "What was wrong with this answer?"
    sent = await scene.standin.submit_modal(pressed, {"why": "It is *old* <@1>"})
    assert (await sent.answer()).ephemeral
    assert scene.journal.votes(id) == (1, 1)
    assert "It is *old* <@1>" in str(list(scene.journal.export()))


async def test_a_gap_is_kept_only_when_its_reporter_presses(scene: Scene) -> None:
    """The question of an abstention is stored by the press and not before; /forget-me erases it."""
    silent = await scene.ask(scene.ada, UNKNOWN)
    await scene.standin.until(lambda: scene.journal.post(silent.id))
    assert scene.journal.gaps() == []
    thanks = await press(scene, silent, "Request this topic", scene.bob)
    assert "anonymously" in thanks.plain
    (gap,) = scene.journal.gaps()
    assert (gap.question, gap.server, gap.reported) == (UNKNOWN, scene.guild.id, 1)
    forgotten = await scene.standin.slash(scene.bob, scene.channel, "forget-me")
    assert "Deleted 1 item" in (await forgotten.answer()).plain
    assert scene.journal.gaps() == []


async def test_a_gap_of_a_mention_is_read_from_the_message_that_asked(scene: Scene) -> None:
    """Without memory of it, the question comes from the message that the bot replied to."""
    silent = await scene.mention(scene.ada, UNKNOWN)
    await scene.standin.until(lambda: scene.journal.post(silent.id))
    scene.services.memory.forget(silent.id)
    await press(scene, silent, "Request this topic")
    assert [gap.question for gap in scene.journal.gaps()] == [UNKNOWN]


async def test_a_server_may_keep_every_unanswered_question(scene: Scene) -> None:
    """Only where an administrator said so is an abstention's question kept without a press; /about tells it."""
    setting = await scene.standin.slash(
        scene.root, scene.channel, "settings server", {"keep_unanswered": True}
    )
    await setting.answer()
    await scene.ask(scene.ada, UNKNOWN)
    await scene.standin.until(scene.journal.gaps)
    assert [(gap.question, gap.reported) for gap in scene.journal.gaps()] == [(UNKNOWN, 0)]
    about = await scene.standin.slash(scene.ada, scene.channel, "about")
    assert "because an admin here chose so" in (await about.answer()).plain


async def test_watching_stores_the_person_until_it_ends(scene: Scene) -> None:
    """The press is a switch, and says that it stores the user's id."""
    answer = await scene.ask(scene.ada)
    assert "I store your user ID" in (await press(scene, answer, "Notify me of changes")).plain
    assert [watch.person for watch in scene.journal.watches()] == [scene.ada.id]
    assert "stopped watching" in (await press(scene, answer, "Notify me of changes")).plain
    assert scene.journal.watches() == []


COMPARED = {"a": "Anthropic", "b": "Anthropic", "on": "revenue run rate at the end of December 2025"}


async def test_a_comparison_has_the_buttons_of_both_replies(scene: Scene) -> None:
    """Sources, votes and Watch are those of both columns, and what is missing can be reported."""
    values = COMPARED | {"b": "Zeppelin Bakery"}
    message = await (await scene.standin.slash(scene.ada, scene.channel, "compare", values)).answer()
    assert list(message.buttons) == [
        "Sources",
        "👍",
        "👎",
        "Notify me of changes",
        "Upstream",
        "Request this topic",
    ]
    assert RUN_RATE in (await press(scene, message, "Sources", scene.bob)).plain
    await press(scene, message, "👍")
    ids = message.embeds[-1]["footer"]["text"].split(" · ")[0].split(", ")
    assert [scene.journal.votes(id) for id in ids] == [(1, 0), (1, 0)]
    assert "You're watching" in (await press(scene, message, "Notify me of changes")).plain
    assert len(scene.journal.watches()) == 1
    await press(scene, message, "Request this topic")
    (gap,) = scene.journal.gaps()
    assert gap.question == "Anthropic and Zeppelin Bakery: revenue run rate at the end of December 2025"


async def test_a_private_comparison_is_posted_as_it_was(scene: Scene) -> None:
    """Head, columns and sources are those that the asker saw."""
    values = COMPARED | {"private": True}
    private = await (await scene.standin.slash(scene.ada, scene.channel, "compare", values)).answer()
    assert private.ephemeral
    assert scene.journal.posts() == []
    posted = await (await scene.standin.press(private, "Share in channel", scene.ada)).answer()
    assert not posted.ephemeral
    assert (posted.content, posted.embeds) == (private.content, private.embeds)
    await scene.standin.until(lambda: scene.journal.post(posted.id))


async def test_an_abstention_that_quotes_has_the_buttons_of_an_answer(scene: Scene) -> None:
    """Its quotations can be read whole, voted on and watched; small talk offers nothing to press."""
    contradicting(scene)
    silent = await scene.ask(scene.ada)
    assert RUN_RATE in silent.plain
    assert silent.plain.split("\n")[1] == "The library says otherwise."
    assert list(silent.buttons) == [
        "Sources",
        "👍",
        "👎",
        "Notify me of changes",
        "Upstream",
        "Request this topic",
    ]
    assert RUN_RATE in (await press(scene, silent, "Sources", scene.bob)).plain
    contradicting(scene, "advice", "The library gives no advice.")
    assert "Request this topic" not in (await scene.ask(scene.bob)).buttons


async def test_small_talk_is_no_gap(scene: Scene) -> None:
    """It has no buttons, and is not kept where a server keeps what is not answered."""
    contradicting(scene, "small talk", "You are welcome.")
    setting = await scene.standin.slash(
        scene.root, scene.channel, "settings server", {"keep_unanswered": True}
    )
    await setting.answer()
    thanks = await scene.mention(scene.ada, UNKNOWN)
    assert thanks.plain.split("\n")[0] == "You are welcome."
    await scene.standin.until(lambda: not scene.services.tasks.running)
    assert scene.journal.gaps() == []


async def test_sources_do_not_show_what_a_source_no_longer_says(scene: Scene) -> None:
    """After the library has changed, the press tells what stands there now."""
    answer = await scene.ask(scene.ada, private=True)
    scene.change("models/anthropic.md", "$9 billion", "$14 billion")
    await scene.services.index.rebuild()
    shown = await press(scene, answer, "Sources")
    assert "source changed; now reads: Anthropic's revenue run rate was $14 billion" in shown.plain
    assert RUN_RATE not in shown.plain


async def test_a_failed_post_can_be_pressed_again(scene: Scene) -> None:
    """A callback that does not arrive leaves nothing posted, and the next press posts."""
    private = await scene.ask(scene.ada, private=True)
    scene.standin.fail_next("POST /interactions/**", drop="reset", times=2)
    await scene.standin.press(private, "Share in channel", scene.ada)
    await scene.standin.until(lambda: scene.services.metrics.value("strata_faults_total", kind="lost"))
    posted = await (await scene.standin.press(private, "Share in channel", scene.ada)).answer()
    assert not posted.ephemeral


async def test_a_question_that_was_edited_is_not_reported_as_another(scene: Scene) -> None:
    """Without memory of it, an edited message no longer tells what was asked."""
    silent = await scene.mention(scene.ada, UNKNOWN)
    await scene.standin.until(lambda: scene.journal.post(silent.id))
    scene.services.memory.forget(silent.id)
    await scene.standin.edit(silent.reply_to, f"{scene.standin.bot.mention} Something rude")
    assert "no longer have the question" in (await press(scene, silent, "Request this topic")).plain
    assert scene.journal.gaps() == []


async def test_a_long_question_is_reported_whole(scene: Scene) -> None:
    """The message shows its beginning; what is kept is what was asked."""
    long = f"{UNKNOWN} {'and why ' * 40}".strip() + "?"
    silent = await scene.ask(scene.ada, long)
    assert "…" in silent.plain.split("\n")[0]
    await press(scene, silent, "Request this topic")
    assert [gap.question for gap in scene.journal.gaps()] == [long]


async def test_the_button_of_another_version_is_answered(scene: Scene) -> None:
    """What this version does not know says so to the one who pressed, and leaves nobody with a failure."""
    answer = await scene.ask(scene.ada)
    for id in ("s:share:A-7f3c21d9", "vote_up", "s:sources:"):
        pressed = await scene.standin.press(answer, id, scene.ada, forced=True)
        told = await pressed.answer()
        assert told.ephemeral
        assert "older version" in told.plain


async def test_a_button_of_another_process_works(tmp_path: Path) -> None:
    """After a restart, everything under an old message still does what it says, and an opened form can be sent."""
    async with staged(tmp_path) as first:
        answer = await first.ask(first.ada)
        silent = await first.ask(first.ada, UNKNOWN)
        opened = await first.standin.press(answer, "👎", first.ada)
        await opened.opened()
        await first.standin.until(lambda: first.journal.post(silent.id))
        saved = answer, silent, opened
        stand = first.standin
        await first.supervisor.stop()
        await first.running
        from bot.discord.connection.supervisor import Supervisor
        from bot.discord.context import Services
        from bot.journal.journal import Journal
        from tests.bot.discord.scene import ORDER

        services = Services.open(
            first.library, Journal(first.journal.path), first.services.settings, layers=ORDER
        )
        again = Supervisor(services, stand.token, guild_ready_timeout=0.01)
        import asyncio

        running = asyncio.create_task(again.run())
        await stand.until(lambda: again.ready)
        answer, silent, opened = saved
        assert RUN_RATE in (await (await stand.press(answer, "Sources", first.bob)).answer()).plain
        memory = await (await stand.press(answer, "Upstream", first.bob)).answer()
        assert "High-bandwidth memory" in memory.plain
        assert "Thanks" in (await (await stand.press(answer, "👍", first.bob)).answer()).plain
        sent = await stand.submit_modal(opened, {"why": "late"})
        assert (await sent.answer()).ephemeral
        await (await stand.press(silent, "Request this topic", first.ada)).answer()
        assert [gap.question for gap in services.journal.current.gaps()] == [UNKNOWN]
        await again.stop()
        await running
        services.close()
        services.journal.current.close()


async def test_a_button_of_a_reply_that_is_gone_says_so(scene: Scene) -> None:
    """When the journal no longer has the reply, the press is answered all the same."""
    answer = await scene.ask(scene.ada)
    await scene.standin.until(lambda: scene.journal.post(answer.id))
    scene.journal.prune(2e10)
    assert "I no longer have that answer" in (await press(scene, answer, "Sources")).plain


async def test_a_made_up_custom_id_does_no_harm(scene: Scene) -> None:
    """Custom ids that no button has are answered or left alone, and the bot lives on."""
    answer = await scene.ask(scene.ada)
    for id in ("s:sources:../../x", "s:post:A-ffffffff", "s:page:document:zzz:9999", "s:why:x"):
        await scene.standin.press(answer, id, scene.ada, forced=True)
    assert RUN_RATE in (await press(scene, answer, "Sources")).plain
