"""The parts of a message of the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.discord.format.lengths import (
    ALL_EMBEDS,
    CONTENT,
    DESCRIPTION,
    EMBEDS,
    FIELDS,
    FOOTER,
    NAME,
    TITLE,
    VALUE,
    length,
)


@dataclass(frozen=True, slots=True)
class Embed:
    """A card below a message."""

    title: str = ""
    description: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    """Names and values, which Discord shows side by side if there is room."""
    footer: str = ""

    @property
    def size(self) -> int:
        """Return the length that counts towards `ALL_EMBEDS`."""
        texts = [
            self.title,
            self.description,
            self.footer,
            *(text for field in self.fields for text in field),
        ]
        return sum(map(length, texts))


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG picture below a message."""

    name: str
    """The name of the file: "chart.png"."""
    data: bytes
    alt: str
    """The picture in words, for people who cannot see it."""


@dataclass(frozen=True, slots=True)
class Message:
    """The content of a message."""

    content: str = ""
    embeds: tuple[Embed, ...] = ()
    pictures: tuple[Picture, ...] = ()

    def fits(self) -> bool:
        """Return whether the message is within Discord's limits."""
        return (
            length(self.content) <= CONTENT
            and len(self.embeds) <= EMBEDS
            and sum(embed.size for embed in self.embeds) <= ALL_EMBEDS
            and all(
                length(e.title) <= TITLE
                and length(e.description) <= DESCRIPTION
                and length(e.footer) <= FOOTER
                and len(e.fields) <= FIELDS
                and all(0 < length(n) <= NAME and 0 < length(v) <= VALUE for n, v in e.fields)
                for e in self.embeds
            )
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a quotation after it was shown."""

    quote: int
    """The position of the quotation in the reply."""
    now: str
    """The new wording; empty if the quotation was removed."""
    on: date | None = None
    """The day that the message names for the change; None if it names no day."""
