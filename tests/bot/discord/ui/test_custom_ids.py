"""Custom ids of buttons, selects and the form. Messages keep them for years, so they never change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.discord.context import Services
from bot.discord.service.catalog import Catalogue, Shelf
from bot.discord.ui import browser
from bot.discord.ui.feedback import FeedbackForm
from bot.discord.ui.registry import known
from bot.discord.ui.reply_buttons import under
from bot.settings.discord import Discord
from tests.bot.discord.replies import abstention, answer, citation
from tests.bot.discord.scene import DOCUMENTS, ORDER, library

if TYPE_CHECKING:
    from pathlib import Path

    import discord

MEMORY = "ad02747bff"
"""The key of the document "chips/memory"."""

OLD = (
    "s:sources:A-7f3c21d9",
    "s:sources:A-7f3c21d9+A-0badcafe",
    "s:up:A-7f3c21d9",
    "s:down:A-7f3c21d9",
    "s:good:A-7f3c21d9",
    "s:bad:A-7f3c21d9",
    "s:watch:A-7f3c21d9",
    "s:post:A-7f3c21d9",
    "s:gap:A-0badcafe",
    "s:nearest:A-0badcafe",
    "s:layer:all",
    "s:document:related",
    f"s:document:{MEMORY}",
    f"s:heading:{MEMORY}",
    f"s:page:document:{MEMORY}:12",
    f"s:page:heading:{MEMORY}:0",
    "s:why:A-7f3c21d9",
    "s:why:A-7f3c21d9+A-0badcafe",
)
"""Every kind of custom id that a message on Discord may have."""


def custom_ids(view: discord.ui.View) -> list[str]:
    rows: Any = view.to_components()
    return [part["custom_id"] for row in rows for part in row["components"]]


async def test_custom_ids_under_replies(tmp_path: Path) -> None:
    shelf = Shelf(Catalogue(library(tmp_path).generation, ORDER))
    reply = answer("It is.", citations=(citation(document="chips/memory"),))
    assert custom_ids(under(reply, shelf=shelf, private=True)) == [
        "s:sources:A-7f3c21d9",
        "s:good:A-7f3c21d9",
        "s:bad:A-7f3c21d9",
        "s:watch:A-7f3c21d9",
        "s:up:A-7f3c21d9",
        "s:down:A-7f3c21d9",
        "s:post:A-7f3c21d9",
    ]
    assert custom_ids(under(abstention(), shelf=shelf)) == ["s:nearest:A-0badcafe", "s:gap:A-0badcafe"]
    assert custom_ids(under(reply, abstention(), shelf=shelf))[0] == "s:sources:A-7f3c21d9+A-0badcafe"


async def test_custom_ids_of_the_browser(tmp_path: Path) -> None:
    headings = "".join(f"## Heading {n}\n\nText {n}.\n\n" for n in range(60))
    documents = DOCUMENTS | {"chips/memory.md": f"---\ntitle: Memory\nlayer: chips\n---\n{headings}"}
    opened = library(tmp_path, documents)
    services = Services.open(opened, None, Discord(), layers=ORDER)
    catalogue = services.index.catalogue
    shelf = Shelf(catalogue)
    _, view = browser.overview(shelf)
    assert custom_ids(view) == ["s:layer:all"]
    _, view = browser.layer(shelf, "chips")
    assert custom_ids(view) == ["s:layer:all", "s:document:d9705d8ee2"]
    found = catalogue.document("chips/memory")
    assert found is not None
    _, view = browser.document(services.index, shelf, found, page=1)
    assert custom_ids(view) == [
        "s:layer:all",
        f"s:heading:{MEMORY}",
        f"s:page:heading:{MEMORY}:0",
        f"s:page:heading:{MEMORY}:2",
    ]
    _, view = browser.related(services.index, [found], "Related")
    assert custom_ids(view) == ["s:document:related"]
    services.close()


async def test_the_custom_id_of_the_form() -> None:
    assert FeedbackForm("A-7f3c21d9").custom_id == "s:why:A-7f3c21d9"


@pytest.mark.parametrize("custom_id", OLD)
def test_every_custom_id_is_known(custom_id: str) -> None:
    assert known(custom_id)
