"""Admission of questions: settings of the channel, length, layers, repeats and rate limits."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.discord.format import notices
from bot.discord.format.escape import plain
from bot.discord.format.lengths import shortened
from bot.discord.service.guild_settings import Preferences, allowed, resolve
from bot.discord.service.rate_limits import Gate, Limit, Recent, Request, Window, same_question

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import date

    from bot.discord.service.catalog import Catalogue
    from bot.journal.journal import Journal
    from bot.settings.discord import Discord

NOT_HERE = "I'm not enabled in this channel."
NOT_DIRECT = "I don't answer direct messages. Ask me in a server."

_SAME_WITHIN = 10.0
"""Seconds within which a repeated question of the same person is refused."""


@dataclass(frozen=True, slots=True)
class Where:
    """The person who asks, and the channel."""

    person: int
    channel: int
    parent: int = 0
    """The channel that contains the thread; 0 if the channel is not a thread."""
    server: int = 0
    """0 in a direct conversation."""
    category: int = 0
    """The category of the channel or of the thread's parent; 0 without a category."""

    @property
    def of_day(self) -> int:
        """The channel whose daily limit counts the question: a thread's parent; 0 in a direct conversation."""
        return (self.parent or self.channel) if self.server else 0


@dataclass(frozen=True, slots=True)
class Taken:
    """An accepted question."""

    question: str
    layers: tuple[str, ...]
    where: Where
    preferences: Preferences
    key: Any


class RefusedError(Exception):
    """A question is refused; the message tells the person why."""

    def __init__(self, told: str, reason: str) -> None:
        super().__init__(told)
        self.told = told
        self.reason = reason


class Admission:
    """The decision whether a question is accepted, from the settings of servers and the limits."""

    def __init__(self, settings: Discord, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._journal: Journal | None = None
        self.preferences: dict[tuple[int, int], dict[str, Any]] = {}
        """The stored settings by server and channel; channel 0 stands for the server itself."""
        self.gate = Gate(
            settings.per_person,
            settings.per_channel,
            settings.per_server,
            daily_person=settings.daily_person,
            daily_server=settings.daily_server,
            alias=self._alias,
        )
        self.same = Recent(_SAME_WITHIN)
        self.presses = Window(Limit(settings.presses, 60.0))

    def load(self, journal: Journal) -> None:
        """Read the settings of servers and the counts of today from a journal."""
        self._journal = journal
        self.preferences = dict(journal.preferences())
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        day = midnight.date()
        self.gate.seed(journal.asked_since(midnight.timestamp()), journal.counted(day), day)

    def _alias(self, person: int, day: date) -> Hashable:
        return self._journal.alias_of_day(person, day) if self._journal else person

    def press(self, person: int) -> float:
        """Count a press, or a command without a question; return the seconds to wait if there were too many, else 0."""
        now = self._clock()
        wait = self.presses.wait(person, now)
        if not wait:
            self.presses.count(person, now)
        return wait

    def wants(self, where: Where) -> Preferences:
        """Return the settings of a place."""
        channels = tuple(id for id in (where.channel, where.parent, where.category) if id)
        if not where.server:
            return Preferences(answers=self.settings.direct_messages, private=False)
        return resolve(self.preferences, where.server, channels, private=self.settings.private)

    def take(
        self,
        question: str,
        layers: tuple[str, ...],
        where: Where,
        catalogue: Catalogue,
        *,
        public: bool = False,
    ) -> Taken:
        """Accept a question and count it against the limits; raises RefusedError if it is refused.

        Args:
            question: The words of the person.
            layers: The layers that the person chose; empty for all.
            where: The person and the channel.
            catalogue: The library that answers.
            public: True if the answer can only be shown to everybody.
        """
        wants, now = self.wants(where), self._clock()
        # Ids of mentions and emoji would be read as numbers of the question.
        question = plain(question)
        if not wants.answers:
            raise RefusedError(NOT_HERE if where.server else NOT_DIRECT, "channel")
        if public and wants.private_only:
            raise RefusedError("Answers are private here. Use /ask instead.", "private")
        if not any(char.isalnum() for char in question):
            raise RefusedError("Please ask a question in words, for example: What is HBM?", "empty")
        if len(question) > self.settings.longest_question:
            raise RefusedError(notices.too_long(question, self.settings.longest_question), "long")
        # Before the limits, so that a typo in a layer does not use up a question.
        within = _within(layers, wants, catalogue)
        # A private answer may be followed by a public answer to the same question.
        key = (public, same_question(where.person, where.channel, question, within))
        if not self.same.add(key, now):
            raise RefusedError("You just asked that. See my answer above.", "repeated")
        request = Request(
            where.person, where.channel, where.server, wants.daily, where.of_day, wants.daily_channel
        )
        if refusal := self.gate.admit(request, now, datetime.now(UTC)):
            self.same.discard(key)
            # A question that was refused by a limit may be repeated once the limit has passed.
            told = notices.limit(refusal.scope, refusal.seconds, daily=refusal.daily)
            raise RefusedError(told, "limit")
        return Taken(question, within, where, wants, key)

    def give_back(self, taken: Taken) -> None:
        """Allow the same question again at once, because it was not answered."""
        self.same.discard(taken.key)


def _within(layers: tuple[str, ...], wants: Preferences, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the layers to answer from; raises RefusedError if there are none."""
    named = [catalogue.layer(layer) for layer in layers]
    if "" in named:
        known = shortened(", ".join(catalogue.layers), 400)
        told = f"There is no topic “{shortened(layers[named.index('')], 60)}”. Choose one of: {known}."
        raise RefusedError(told, "layer")
    within = allowed(tuple(named), wants.layers)
    if within is None:
        told = shortened(", ".join(wants.layers), 400)
        raise RefusedError(f"In this channel I only answer from: {told}.", "layer")
    if within and not any(layer in catalogue.layers for layer in within):
        told = (
            f"This channel is limited to topics that are no longer in the library ({shortened(', '.join(within), 400)}). "
            "An admin can fix this with /settings."
        )
        raise RefusedError(told, "layer")
    return within
