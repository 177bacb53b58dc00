"""Buttons: what they show, what they allow to be stored, and that they outlive the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.chat.scene import RUN_RATE, UNKNOWN, Scene, staged

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
    assert list(answer.buttons) == ["Sources", "👍", "👎", "Watch", "Upstream"]
    silent = await scene.ask(scene.ada, UNKNOWN)
    assert list(silent.buttons) == ["Report this gap"]


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
    assert modal["title"] == "What was wrong?"
    sent = await scene.standin.submit_modal(pressed, {"why": "It is *old* <@1>"})
    assert (await sent.answer()).ephemeral
    assert scene.journal.votes(id) == (1, 1)
    assert "It is *old* <@1>" in str(list(scene.journal.export()))


async def test_a_gap_is_kept_only_when_its_reporter_presses(scene: Scene) -> None:
    """The question of an abstention is stored by the press and not before; /forget-me erases it."""
    silent = await scene.ask(scene.ada, UNKNOWN)
    await scene.standin.until(lambda: scene.journal.post(silent.id))
    assert scene.journal.gaps() == []
    thanks = await press(scene, silent, "Report this gap", scene.bob)
    assert "without your name" in thanks.plain
    (gap,) = scene.journal.gaps()
    assert (gap.question, gap.server, gap.reported) == (UNKNOWN, scene.guild.id, 1)
    forgotten = await scene.standin.slash(scene.bob, scene.channel, "forget-me")
    assert "Erased: 1" in (await forgotten.answer()).plain
    assert scene.journal.gaps() == []


async def test_a_gap_of_a_mention_is_read_from_the_message_that_asked(scene: Scene) -> None:
    """Without memory of it, the question comes from the message that the bot replied to."""
    silent = await scene.mention(scene.ada, UNKNOWN)
    scene.desk.forget(silent.id)
    await press(scene, silent, "Report this gap")
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
    assert "every unanswered question's text" in (await about.answer()).plain


async def test_watching_stores_the_person_until_it_ends(scene: Scene) -> None:
    """The press is a switch, and says that it stores the user's id."""
    answer = await scene.ask(scene.ada)
    assert "Your user id is stored" in (await press(scene, answer, "Watch")).plain
    assert [watch.person for watch in scene.journal.watches()] == [scene.ada.id]
    assert "erased" in (await press(scene, answer, "Watch")).plain
    assert scene.journal.watches() == []


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
        from bot.chat.desk import Desk
        from bot.chat.supervising import Supervisor
        from bot.journal import Journal
        from tests.bot.chat.scene import ORDER

        desk = Desk(first.library, Journal(first.journal.path), first.desk.settings, layers=ORDER)
        again = Supervisor(desk, stand.token, guild_ready_timeout=0.01)
        import asyncio

        running = asyncio.create_task(again.run())
        await stand.until(lambda: again.ready)
        answer, silent, opened = saved
        assert RUN_RATE in (await (await stand.press(answer, "Sources", first.bob)).answer()).plain
        sent = await stand.submit_modal(opened, {"why": "late"})
        assert (await sent.answer()).ephemeral
        await (await stand.press(silent, "Report this gap", first.ada)).answer()
        assert [gap.question for gap in desk.journal.gaps()] == [UNKNOWN]
        await again.stop()
        await running
        desk.close()
        desk.journal.close()


async def test_a_button_of_a_reply_that_is_gone_says_so(scene: Scene) -> None:
    """When the journal no longer has the reply, the press is answered all the same."""
    answer = await scene.ask(scene.ada)
    await scene.standin.until(lambda: scene.journal.post(answer.id))
    scene.journal.prune(2e10)
    assert "I no longer have it" in (await press(scene, answer, "Sources")).plain


async def test_a_made_up_custom_id_does_no_harm(scene: Scene) -> None:
    """Custom ids that no button has are answered or left alone, and the bot lives on."""
    answer = await scene.ask(scene.ada)
    for id in ("s:sources:../../x", "s:post:A-ffffffff", "s:page:document:zzz:9999", "s:why:x"):
        await scene.standin.press(answer, id, scene.ada, forced=True)
    assert RUN_RATE in (await press(scene, answer, "Sources")).plain
