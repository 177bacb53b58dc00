"""Browsing a library that is larger than Discord's selects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.discord.context import Services
from bot.discord.service.catalog import Shelf
from bot.discord.ui import browser
from bot.discord.ui.reply_buttons import under
from bot.journal.journal import Journal
from bot.settings.discord import Discord
from tests.bot.discord.replies import abstention, citation
from tests.bot.discord.scene import ORDER, library
from tests.standin.limits import message as violations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import discord

MANY = {
    f"chips/document-{n:03}.md": f"---\ntitle: Document {n} {'with a long title ' * 8}\nlayer: chips\n"
    f"summary: {'A long summary. ' * 20}\n---\nText of {n}.\n"
    for n in range(60)
}
HEADINGS = "---\ntitle: Many headings\nlayer: models\n---\n" + "".join(
    f"## Heading {n}\n\nText {n}.\n\n" for n in range(60)
)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    opened = library(
        tmp_path, MANY | {"models/headings.md": HEADINGS, "notes.md": "# Notes\n\nWithout a layer.\n"}
    )
    journal = Journal(tmp_path / "journal.sqlite")
    made = Services.open(opened, journal, Discord(), layers=ORDER)
    yield made
    made.close()
    journal.close()


def checked(view: discord.ui.View) -> list[str]:
    """The labels of a view that Discord takes."""
    rows = view.to_components()
    assert not violations({"content": "x", "components": rows})
    parts = [part for row in rows for part in row["components"]]
    return [part.get("label") or part.get("placeholder") or "" for part in parts]


async def test_many_documents_stand_on_pages(services: Services) -> None:
    """Sixty documents are three pages, each with its way on and back, within all limits."""
    for page, buttons in ((0, ["More"]), (1, ["Back", "More"]), (2, ["Back"]), (9, ["Back"])):
        message, view = browser.layer(Shelf(services.index.catalogue), "chips", page)
        assert message.fits()
        assert checked(view)[2:] == buttons


async def test_many_headings_stand_on_pages(services: Services) -> None:
    """A document with sixty headings as well."""
    found = services.index.catalogue.document("models/headings")
    assert found is not None
    message, view = browser.document(services.index, Shelf(services.index.catalogue), found)
    assert message.fits()
    assert checked(view)[1:] == ["Choose a heading (1 of 3)", "More"]


async def test_documents_without_a_layer_have_a_place(services: Services) -> None:
    """They stand behind the layers of the value chain."""
    assert list(services.index.catalogue.layers) == ["chips", "models", "other"]
    message, view = browser.overview(Shelf(services.index.catalogue))
    assert "other" in message.content
    assert checked(view) == ["Choose a topic"]


async def test_a_section_that_is_gone_is_told(services: Services) -> None:
    """What an old select leads to may not be in the library any more."""
    assert (
        browser.section(services.index, Shelf(services.index.catalogue), "chips/none", ("x",)).content
        == browser.GONE
    )
    assert (
        "Text 7."
        in browser.section(
            services.index, Shelf(services.index.catalogue), "models/headings", ("Heading 7",)
        ).content
    )


async def test_the_longest_headings_fit_under_an_abstention(services: Services) -> None:
    """Labels of the nearest headings are cut to what a select takes."""
    reply = abstention(nearest=tuple(citation(n, title="Very long title " * 30) for n in range(5)))
    assert checked(under(reply, shelf=Shelf(services.index.catalogue), private=True)) == [
        "Read a related section",
        "Request this topic",
        "Share in channel",
    ]


async def test_a_document_without_headings_can_be_read(services: Services) -> None:
    """What stands before the first heading is an option too."""
    found = services.index.catalogue.document("notes")
    assert found is not None
    assert services.index.catalogue.sections(found) == (("Notes",),) or services.index.catalogue.sections(
        found
    ) == ((),)
    plain = services.index.catalogue.document("chips/document-007")
    assert plain is not None
    _, view = browser.document(services.index, Shelf(services.index.catalogue), plain)
    select = view.to_components()[1]["components"][0]
    assert [option["label"] for option in select["options"]] == ["Beginning"]
    assert (
        "Text of 7." in browser.section(services.index, Shelf(services.index.catalogue), plain.id, ()).content
    )


async def test_a_heading_keeps_its_name_whatever_stands_before_it(services: Services) -> None:
    """A select that was shown before a new generation leads to the heading that it names."""

    def options() -> dict[str, str]:
        found = services.index.catalogue.document("models/headings")
        assert found is not None
        _, view = browser.document(services.index, Shelf(services.index.catalogue), found)
        rows = view.to_components()[1]["components"][0]["options"]
        return {option["label"]: option["value"] for option in rows}

    before = options()
    file = services.library.settings.content / "models" / "headings.md"
    file.write_text(HEADINGS.replace("## Heading 0", "## New\n\nNew text.\n\n## Heading 0"), encoding="utf-8")
    await services.index.rebuild()
    assert next(iter(options())) == "New"
    assert options()["Heading 5"] == before["Heading 5"]
