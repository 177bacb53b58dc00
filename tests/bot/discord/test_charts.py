"""Charts of replies as attachments."""

from __future__ import annotations

import pytest

from bot import chart
from bot.discord.delivery import form, sending
from bot.discord.format.message import Message, Picture
from bot.discord.replies import with_chart
from bot.settings.discord import Discord
from tests.bot.test_chart import RANKING

PICTURE = Picture("chart.png", b"\x89PNG", "Bar chart of revenue: Acme $65 billion.")


def test_a_picture_is_attached_with_its_description() -> None:
    message = Message("text", pictures=(PICTURE,))
    (edited,) = form(message)["attachments"]
    (sent,) = sending(message)["files"]
    assert edited.description == sent.description == PICTURE.alt
    assert sent.filename == "chart.png"
    assert "attachments" not in sending(message)


def test_an_edit_without_a_picture_leaves_those_of_the_message() -> None:
    assert "attachments" not in form(Message("text"))
    assert "files" not in sending(Message("text"))


@pytest.mark.skipif(not chart.is_available(), reason="needs the extra [charts]")
async def test_a_ranking_of_four_gets_a_chart_unless_the_setting_turns_it_off() -> None:
    message = Message("text")
    shown = await with_chart(message, RANKING, Discord())
    assert [picture.name for picture in shown.pictures] == ["chart.png"]
    assert shown.pictures[0].alt.startswith("Bar chart of revenue: Acme $65 billion;")
    assert await with_chart(message, RANKING, Discord(charts=False)) is message
