"""The messages that a new generation makes outdated, and the people to notify."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.discord.format.message import Change

if TYPE_CHECKING:
    from bot.discord.service.catalog import Catalogue
    from bot.journal.entries import Post, Watch
    from bot.journal.journal import Journal
    from bot.types import Reply


@dataclass(frozen=True, slots=True)
class Correction:
    """A message whose marks of changed sources are outdated."""

    post: Post
    replies: tuple[Reply, ...]
    """One, or the two of a comparison."""
    changes: tuple[tuple[Change, ...], ...]
    state: str


@dataclass(frozen=True, slots=True)
class News:
    """A change to report to a person who watches a reply."""

    watch: Watch
    reply: Reply
    changes: tuple[Change, ...]
    state: str


def state(*changes: Sequence[Change]) -> str:
    """Serialise the changes to one or several replies for the journal; empty without changes.

    >>> state(()), state((), (Change(0, "It is."),))
    ('', '[[], [[0, "It is."]]]')
    """
    told = [[[c.quote, c.now] for c in of_one] for of_one in changes]
    return json.dumps(told, ensure_ascii=False) if any(told) else ""


class ReplyChanges:
    """The changes that a generation brings to earlier replies; each reply is read once."""

    def __init__(self, journal: Journal, catalogue: Catalogue) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._seen: dict[str, tuple[Reply, tuple[Change, ...]] | None] = {}

    def corrections(self, posts: Iterable[Post]) -> list[Correction]:
        """Return the messages that do not show the current changes."""
        due = []
        for post in posts:
            ids = post.reply.split("+")
            found = [one for id in ids if (one := self._look(id))]
            replies, changes = tuple(reply for reply, _ in found), tuple(changed for _, changed in found)
            told = state(*changes)
            if len(found) == len(ids) and told != post.changed:
                due.append(Correction(post, replies, changes, told))
        return due

    def news(self) -> list[News]:
        """Return the watches of people who have not been told about the current changes."""
        due = []
        for watch in self._journal.watches():
            found = self._look(watch.reply)
            if found and (told := state(found[1])) != watch.told:
                due.append(News(watch, *found, told))
        return due

    def _look(self, id: str) -> tuple[Reply, tuple[Change, ...]] | None:
        if id not in self._seen:
            record = self._journal.record(id)
            reply = record.reply() if record else None
            self._seen[id] = None if reply is None else (reply, self._catalogue.changes(reply))
        return self._seen[id]
