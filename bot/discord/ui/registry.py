"""All buttons and selects that this version handles."""

from __future__ import annotations

from bot.discord.context import Interaction, tell
from bot.discord.ui import browser, feedback, reply_buttons
from bot.discord.ui.components import Button, Select, guarded

ITEMS: tuple[type[Button | Select], ...] = (
    reply_buttons.SourcesButton,
    reply_buttons.UpstreamButton,
    reply_buttons.DownstreamButton,
    reply_buttons.WatchButton,
    reply_buttons.GapButton,
    reply_buttons.ShareButton,
    reply_buttons.NearestSelect,
    feedback.GoodButton,
    feedback.BadButton,
    browser.LayerSelect,
    browser.DocumentSelect,
    browser.HeadingSelect,
    browser.PageButton,
)
"""The classes that the client registers."""

UNKNOWN = "That button is from an older version. Please ask again."


def known(custom_id: str) -> bool:
    """Return whether a custom id belongs to a component of this version.

    >>> known("s:sources:A-7f3c21d9"), known("s:sources:A-7f3c21d9+A-0badcafe"), known("s:share:A-7f3c21d9")
    (True, True, False)
    """
    templates = (item.__discord_ui_compiled_template__ for item in ITEMS)
    return any(template.fullmatch(custom_id) for template in (*templates, feedback.FORM))


async def unknown(interaction: Interaction) -> None:
    """Answer a component of another version."""
    await guarded(interaction, "unknown", lambda interaction: tell(interaction, UNKNOWN))
