"""Settings of servers and channels: where the bot answers, how, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

Stored = Mapping[tuple[int, int], Mapping[str, Any]]
"""Settings by (server, channel); channel 0 is the server itself."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """How the bot behaves in one channel."""

    answers: bool = True
    """Whether the bot answers at all."""
    every_message: bool = False
    """Whether every message, or every forum post, counts as a question."""
    private: bool = False
    """Whether answers to /ask are shown only to the person who asks, unless they choose otherwise."""
    private_only: bool = False
    """Whether all answers are private: `/ask private:False` is private too, and mentions are not answered."""
    layers: tuple[str, ...] = ()
    """The layers that are quoted; empty for all."""
    daily: int = 0
    """The server's daily limit of questions; with 0, the limit of the deployment applies."""
    daily_channel: int = 0
    """The daily limit of a channel and its threads, if the channel has a `daily` of its own; 0 means no limit."""
    keep_unanswered: bool = False
    """Whether the text of public questions that the library does not answer is kept for `/gaps`."""

    def hides(self, chosen: bool | None) -> bool:
        """Return whether an answer is private; `chosen` is the choice of the person who asks, or None.

        >>> Preferences(private=True).hides(None), Preferences(private_only=True).hides(False)
        (True, True)
        """
        return self.private_only or (self.private if chosen is None else chosen)


OF_SERVERS_ALONE = frozenset({"keep_unanswered"})
"""Settings that only servers have."""


def resolve(stored: Stored, server: int, channels: tuple[int, ...], *, private: bool) -> Preferences:
    """Return the settings of a channel: its own, else its parent's, else its server's, else the deployment's.

    `channels` has the channel, then its parent if it is a thread, then the category.

    >>> stored = {(1, 0): {"answers": False}, (1, 7): {"answers": True, "layers": ["chips"]}}
    >>> resolve(stored, 1, (9, 7), private=False).answers, resolve(stored, 1, (8,), private=False).answers
    (True, False)
    >>> found = resolve({(1, 0): {"daily": 9}, (1, 7): {"daily": 2}}, 1, (7,), private=False)
    >>> found.daily, found.daily_channel
    (9, 2)
    """
    known = {f.name for f in fields(Preferences)}
    found = Preferences(private=private)
    for channel in (0, *reversed(channels)):
        given = stored.get((server, channel), {})
        values: dict[str, Any] = {k: tuple(v) if k == "layers" else v for k, v in given.items() if k in known}
        if channel:
            values = {k: v for k, v in values.items() if k not in OF_SERVERS_ALONE}
            values |= {"daily_channel": values.pop("daily")} if "daily" in values else {}
        found = replace(found, **values)
    return found


def allowed(asked: tuple[str, ...], layers: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the layers to answer from: those asked for that are allowed; None if none of them is allowed.

    >>> allowed((), ("chips",)), allowed(("chips",), ()), allowed(("energy",), ("chips",))
    (('chips',), ('chips',), None)
    """
    if not asked or not layers:
        return asked or layers
    both = tuple(layer for layer in asked if layer in layers)
    return both or None
