"""Administrators' commands: checked by the bot, and what they set holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.discord.context import owners
from tests.bot.discord.scene import ASKED, RUN_RATE, UNKNOWN, Scene, staged
from tests.standin import NotOfferedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with staged(tmp_path) as made:
        yield made


async def set_(scene: Scene, name: str, **values: object) -> str:
    """Use a settings command as the administrator; what it shows."""
    used = await scene.standin.slash(scene.root, scene.channel, f"settings {name}", values)
    return str((await used.answer()).plain)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("reindex", {}),
        ("gaps", {}),
        ("stats", {}),
        ("forget-server", {"confirm": True}),
        ("settings show", {}),
        ("settings server", {"answers": False}),
        ("settings channel", {"answers": False}),
    ],
)
async def test_others_are_not_offered_it_and_cannot_force_it(
    scene: Scene, name: str, values: dict[str, object]
) -> None:
    """Discord hides the command; a forced one is refused by the bot and changes nothing."""
    with pytest.raises(NotOfferedError):
        await scene.standin.slash(scene.ada, scene.channel, name, values)
    forced = await scene.standin.slash(scene.ada, scene.channel, name, values, forced=True)
    assert (await forced.answer()).content == "You need the Manage Server permission to use this."
    assert scene.journal.preferences() == {}
    assert scene.services.admission.preferences == {}


async def test_reindex_shows_progress_in_one_message(scene: Scene) -> None:
    """A changed document is read, the new generation answers, and one message tells how far it is."""
    scene.change("models/anthropic.md", "$9 billion", "$14 billion")
    used = await scene.standin.slash(scene.root, scene.channel, "reindex")
    await scene.standin.until(lambda: used.shown and "library is updated" in used.shown.content)
    assert used.shown.ephemeral
    assert not used.followups
    assert len(used.shown.versions) >= 2
    assert "$14 billion" in (await scene.ask(scene.ada)).plain
    again = await scene.standin.slash(scene.root, scene.channel, "reindex")
    await scene.standin.until(lambda: again.shown and "Nothing has changed" in again.shown.content)


async def test_reindex_keeps_the_library_that_answers_when_it_fails(scene: Scene) -> None:
    """Without a content folder the fault is told and the old generation goes on."""
    scene.library.settings.content.rename(scene.library.settings.content.with_name("elsewhere"))
    used = await scene.standin.slash(scene.root, scene.channel, "reindex")
    await scene.standin.until(lambda: used.shown and "update failed" in used.shown.content)
    assert RUN_RATE in (await scene.ask(scene.ada)).plain


async def test_a_problem_of_the_library_is_told_to_the_one_who_rebuilds(scene: Scene) -> None:
    """The report names file and line of what is wrong."""
    (scene.library.settings.content / "broken.md").write_text("---\ntitle: [\n---\nText.\n", encoding="utf-8")
    used = await scene.standin.slash(scene.root, scene.channel, "reindex")
    await scene.standin.until(lambda: used.shown and "broken.md:" in used.shown.plain)


@pytest.mark.parametrize("home", [0, 1])
async def test_reindex_is_for_those_who_run_the_bot(tmp_path: Path, home: int) -> None:
    """Administrators of any other server than the home server are refused; the application's owner is not."""
    async with staged(tmp_path, home=home) as scene:
        used = await scene.standin.slash(scene.root, scene.channel, "reindex")
        assert "Only the owner of my application" in (await used.answer()).content
        scene.standin.join(scene.standin.developer, scene.guild, allow=["manage_guild"])
        used = await scene.standin.slash(scene.standin.developer, scene.channel, "reindex")
        await scene.standin.until(lambda: used.shown and "Nothing has changed" in used.shown.content)


async def test_of_a_team_only_those_who_may_change_the_application_run_the_bot(tmp_path: Path) -> None:
    """Neither people who were invited and have not accepted, nor members who may only read."""
    team = {"adm": (2, "admin"), "dev": (2, "developer"), "reader": (2, "read_only"), "invited": (1, "admin")}
    async with staged(tmp_path, standin={"team": team}, home=0) as scene:
        assert scene.supervisor.client is not None
        ids = {user.name: user.id for user in (*scene.standin.team, scene.standin.developer)}
        assert owners(scene.supervisor.client) == {ids["adm"], ids["dev"], ids["developer"]}


async def test_reindex_goes_on_when_its_message_cannot_be_edited(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """An interaction ends after 15 minutes; a rebuild that takes longer is served all the same."""
    scene.change("models/anthropic.md", "$9 billion", "$14 billion")
    scene.standin.fail_next("PATCH /webhooks/**", status=401, times=9)
    await scene.standin.slash(scene.root, scene.channel, "reindex")
    before = scene.library.generation.manifest.id
    await scene.standin.until(lambda: scene.services.index.catalogue.id != before)
    await scene.standin.until(lambda: not scene.services.tasks.running)
    assert "cannot be shown any more" in caplog.text
    assert scene.services.metrics.value("strata_faults_total", kind="command") == 0


async def test_a_category_sets_what_holds_in_its_channels(scene: Scene) -> None:
    """Its channels and their threads follow it, where they say nothing themselves."""
    category = scene.standin.category(scene.guild)
    inside = scene.standin.channel(scene.guild, "inside", category)
    thread = scene.standin.start_thread(inside, "t", scene.ada)
    assert "Answer questions: no" in await set_(scene, "channel", channel=category, answers=False)
    for channel in (inside, thread):
        used = await scene.standin.slash(scene.ada, channel, "ask", {"question": ASKED})
        assert "not enabled in this channel" in (await used.answer()).content
    await set_(scene, "channel", channel=inside, answers=True)
    used = await scene.standin.slash(scene.ada, thread, "ask", {"question": ASKED})
    assert RUN_RATE in (await used.answer()).plain


async def test_layers_that_the_library_lost_are_told(scene: Scene) -> None:
    """A channel that is kept to a layer without documents says so, and not that nothing is known."""
    assert "Topics: energy" in await set_(scene, "channel", layers="Energy")
    (scene.library.settings.content / "energy" / "turbines.md").unlink()
    await scene.services.index.rebuild()
    refused = await scene.ask(scene.ada)
    assert refused.ephemeral
    assert "limited to topics that are no longer in the library (energy)" in refused.content


async def test_gaps_are_grouped_and_of_this_server_alone(scene: Scene) -> None:
    """Reported questions stand under the nearest heading, with how often they were asked."""
    scene.journal.report("A-1", 1, "Who bakes *bread*?", "Anthropic › Revenue", scene.guild.id)
    scene.journal.report("A-1", 2, "Who bakes *bread*?", "Anthropic › Revenue", scene.guild.id)
    scene.journal.report("A-2", 2, "Another server's?", "", 5)
    used = await scene.standin.slash(scene.root, scene.channel, "gaps")
    shown = await used.answer()
    assert shown.ephemeral
    assert "Anthropic › Revenue" in shown.plain
    assert "Who bakes *bread*? ×2" in shown.plain
    assert "Another" not in shown.plain


async def test_one_gap_is_counted_in_the_singular(scene: Scene) -> None:
    """ "1 unanswered question"."""
    scene.journal.report("A-1", 1, "Who bakes?", "", scene.guild.id)
    used = await scene.standin.slash(scene.root, scene.channel, "gaps")
    assert "1 unanswered question:" in (await used.answer()).plain


async def test_many_gaps_fit_into_one_message(scene: Scene) -> None:
    """What does not fit is counted."""
    for number in range(60):
        scene.journal.report(f"A-{number}", 1, f"Question {number} {'words ' * 60}?", "", scene.guild.id)
    used = await scene.standin.slash(scene.root, scene.channel, "gaps")
    assert " more" in (await used.answer()).plain


async def test_stats_count_what_was_asked(scene: Scene) -> None:
    """Asked, answered and votes of this server."""
    await scene.ask(scene.ada)
    await scene.ask(scene.ada, UNKNOWN)
    used = await scene.standin.slash(scene.root, scene.channel, "stats")
    assert "Questions: 2 · answered: 50 %" in (await used.answer()).plain


async def test_a_server_can_silence_the_bot_but_for_one_channel(scene: Scene) -> None:
    """The server's setting holds everywhere but where a channel says otherwise; threads follow their channel."""
    other = scene.standin.channel(scene.guild, "strata")
    await set_(scene, "server", answers=False)
    assert "Answer questions: yes" in await set_(scene, "channel", channel=other, answers=True)
    refused = await scene.ask(scene.ada)
    assert refused.ephemeral
    assert "not enabled in this channel" in refused.content
    await scene.standin.say(scene.ada, scene.channel, f"{scene.standin.bot.mention} {ASKED}")
    assert RUN_RATE in (await scene.mention(scene.ada, ASKED, other)).plain
    thread = scene.standin.start_thread(other, "t", scene.ada)
    assert RUN_RATE in (await scene.mention(scene.ada, ASKED, thread)).plain
    assert not [
        m for m in scene.channel.messages.values() if m.author is scene.standin.bot and not m.ephemeral
    ]


async def test_private_can_be_the_rule(scene: Scene) -> None:
    """A server's default is private, and the asker may say otherwise."""
    await set_(scene, "server", private=True)
    assert (await scene.ask(scene.ada)).ephemeral
    assert not (await scene.ask(scene.bob, private=False)).ephemeral


async def test_a_channel_can_be_kept_to_layers(scene: Scene) -> None:
    """Only allowed layers are quoted, suggested and taken; an unknown one cannot be set."""
    assert "There is no topic" in await set_(scene, "channel", layers="bread")
    assert "Topics: energy" in await set_(scene, "channel", layers="energy")
    assert RUN_RATE not in (await scene.ask(scene.ada)).plain
    assert "I only answer from: energy" in (await scene.ask(scene.ada, "What?", layer="models")).content
    typing = await scene.standin.autocomplete(
        scene.ada, scene.channel, "ask", "layer", "", values={"question": "x"}
    )
    assert [choice["value"] for choice in await typing.suggestions()] == ["energy"]
    await set_(scene, "channel", layers="all")
    assert RUN_RATE in (await scene.ask(scene.bob)).plain


async def test_a_daily_limit_of_a_server_holds(scene: Scene) -> None:
    """The third question of a day is refused, privately, with how long to wait."""
    await set_(scene, "server", daily=2)
    await scene.ask(scene.ada)
    await scene.ask(scene.bob)
    refused = await scene.ask(scene.ada, UNKNOWN)
    assert refused.ephemeral
    assert "This server has reached today's question limit" in refused.content


async def test_a_daily_limit_of_a_channel_holds_in_its_threads(scene: Scene) -> None:
    """Another channel of the server goes on; a category or a thread has no day of its own."""
    other = scene.standin.channel(scene.guild, "other")
    assert "Questions a day: 1" in await set_(scene, "channel", daily=1)
    thread = scene.standin.start_thread(scene.channel, "t", scene.ada)
    await scene.mention(scene.ada, ASKED, thread)
    refused = await scene.ask(scene.bob)
    assert "This channel has reached today's question limit" in refused.content
    assert RUN_RATE in (await scene.mention(scene.ada, ASKED, other)).plain
    for part in (thread, scene.standin.category(scene.guild)):
        assert "for a channel (threads included)" in await set_(scene, "channel", channel=part, daily=3)


async def test_settings_outlive_the_process_and_can_be_reset(scene: Scene) -> None:
    """What is set is in the journal; reset removes it."""
    await set_(scene, "server", private=True, daily=7)
    assert scene.journal.preferences() == {(scene.guild.id, 0): {"private": True, "daily": 7}}
    await set_(scene, "server", reset=True)
    assert scene.journal.preferences() == {}
    assert "Private by default: no" in await set_(scene, "show")
