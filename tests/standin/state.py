"""The world that the stand-in keeps: people, servers, channels, messages, interactions."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.standin import markdown, permissions
from tests.standin.errors import StandinError
from tests.standin.mentions import Pings

if TYPE_CHECKING:
    from tests.standin.pulse import Pulse

TEXT, DIRECT, CATEGORY, PUBLIC_THREAD, FORUM = 0, 1, 4, 11, 15
"""Kinds of channels."""
SUPPRESS_EMBEDS, EPHEMERAL, LOADING = 1 << 2, 1 << 6, 1 << 7
"""Flags of messages."""
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
"""Kinds of interactions."""

_EPOCH = 1_420_070_400_000
_numbers = itertools.count()


def snowflake() -> int:
    """A new id, later than all before it."""
    return (int(time.time() * 1000) - _EPOCH << 22) | (next(_numbers) & 0x3FFFFF)


def timestamp(id: int) -> str:
    """When an id was made, in ISO 8601.

    >>> timestamp(0)
    '2015-01-01T00:00:00+00:00'
    """
    return datetime.fromtimestamp(((id >> 22) + _EPOCH) / 1000, UTC).isoformat()


@dataclass(eq=False, slots=True)
class User:
    """A person, or the bot."""

    id: int
    name: str
    bot: bool = False
    accepts_direct_messages: bool = True

    @property
    def mention(self) -> str:
        """What to write to mention them."""
        return f"<@{self.id}>"


@dataclass(eq=False, slots=True)
class Role:
    """A role of one server."""

    id: int
    name: str
    permissions: int = 0
    bot: int = 0
    """The bot whose own role this is, given with its invitation; 0 for a role of people."""

    @property
    def mention(self) -> str:
        """What to write to mention everybody with the role."""
        return f"<@&{self.id}>"


@dataclass(eq=False, slots=True)
class Member:
    """A person in a server."""

    user: User
    roles: list[Role] = field(default_factory=list)
    joined: int = field(default_factory=snowflake)


@dataclass(eq=False, slots=True)
class Guild:
    """A server. The role that everyone has carries the server's own id."""

    id: int
    name: str
    owner: User
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)

    def permissions(self, user: User) -> int:
        """What a member may do before any channel has its say."""
        if user is self.owner:
            return permissions.ALL
        base = self.roles[self.id].permissions
        for role in self.members[user.id].roles:
            base |= role.permissions
        return permissions.ALL if base & permissions.BITS["administrator"] else base


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel, a forum, a category, a thread or a direct conversation of one person with the bot.

    The parent of a thread is its channel, that of a channel its category.
    """

    id: int
    kind: int
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    recipient: User | None = None
    owner: User | None = None
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    joined: dict[int, User] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread (a forum's post is one too)."""
        return self.kind == PUBLIC_THREAD

    @property
    def latest(self) -> Message:
        """The newest message."""
        if not self.messages:
            raise StandinError(f"#{self.name} has no message")
        return next(reversed(self.messages.values()))

    def permissions(self, user: User) -> int:
        """What a person may do here."""
        if self.guild is None:
            return permissions.ALL & ~permissions.BITS["administrator"]
        if user.id not in self.guild.members:
            return 0
        place = self.parent if self.is_thread and self.parent is not None else self
        roles = [role.id for role in self.guild.members[user.id].roles]
        base = self.guild.permissions(user)
        return permissions.effective(base, place.overwrites, self.guild.id, roles, user.id)

    def may(self, user: User, name: str) -> bool:
        """Whether a person has one permission here."""
        return bool(self.permissions(user) & permissions.BITS[name])


@dataclass(eq=False, slots=True)
class Message:
    """A message as it stands now; `versions` holds what it was before each edit, oldest first."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    flags: int = 0
    kind: int = 0
    allowed_mentions: dict[str, Any] | None = None
    pings: Pings = field(default_factory=Pings)
    reference: dict[str, Any] | None = None
    reply_to: Message | None = None
    interaction: Interaction | None = None
    thread: Channel | None = None
    nonce: str | None = None
    edited: str | None = None
    deleted: bool = False
    versions: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def ephemeral(self) -> bool:
        """Whether only the person who asked sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still says "the bot is thinking"."""
        return bool(self.flags & LOADING)

    @property
    def text(self) -> str:
        """All that a person reads in it: content, then each embed's texts, a line each."""
        lines: list[str | None] = [self.content]
        for embed in self.embeds:
            lines += [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
            for part in embed.get("fields") or []:
                lines += [part["name"], part["value"]]
            lines.append((embed.get("footer") or {}).get("text"))
        return "\n".join(line for line in lines if line)

    @property
    def links(self) -> list[str]:
        """The addresses of everything in it that a person can click: in texts, of embeds, of buttons."""
        found = markdown.links(self.content)
        for embed in self.embeds:
            found += [part["url"] for part in (embed, embed.get("author") or {}) if part.get("url")]
            for text in (embed.get("title"), embed.get("description")):
                found += markdown.links(text or "")
            for part in embed.get("fields") or []:
                found += markdown.links(part["name"]) + markdown.links(part["value"])
        return found + [part["url"] for part in self.parts() if part.get("url")]

    @property
    def previews(self) -> list[str]:
        """The addresses for which Discord would show a preview under it."""
        return [] if self.flags & SUPPRESS_EMBEDS else markdown.links(self.content, previewed=True)

    @property
    def invites(self) -> list[str]:
        """Invitations to servers in its content."""
        return markdown.invites(self.content)

    @property
    def plain(self) -> str:
        """What a person reads in it, without marks of Markdown."""
        return markdown.plain(self.text)

    @property
    def formats(self) -> set[str]:
        """The kinds of Markdown in it: "bold", "link", "user" (a mention), "heading1", ..."""
        return markdown.formats(self.text)

    @property
    def buttons(self) -> dict[str, dict[str, Any]]:
        """Its buttons by label (by emoji where there is no label), in order."""
        found = {}
        for child in self.parts():
            if child["type"] == 2:
                found[child.get("label") or child["emoji"]["name"]] = child
        return found

    @property
    def selects(self) -> list[dict[str, Any]]:
        """Its selects in order."""
        return [child for child in self.parts() if child["type"] in (3, 5, 6, 7, 8)]

    def parts(self) -> list[dict[str, Any]]:
        """Buttons and selects of all rows, in order."""
        return [child for row in self.components for child in row["components"]]

    def part(self, custom_id: str) -> dict[str, Any]:
        """The button or select with this custom id, or the button with this label."""
        for child in self.parts():
            if child.get("custom_id") == custom_id:
                return child
        if custom_id in self.buttons:
            return self.buttons[custom_id]
        known = [child.get("custom_id") or child.get("url") for child in self.parts()]
        raise StandinError(
            f"the message has no button or select {custom_id!r}; it has {list(self.buttons)} {known}"
        )


@dataclass(eq=False, slots=True)
class Interaction:
    """A command, a press, a choice, a modal or an autocomplete of a person, and how the bot answered so far.

    What is not there yet is None; the methods wait for it and raise LateError.
    """

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    name: str
    """The command's name or the component's custom id."""
    pulse: Pulse
    sent: float
    message: Message | None = None
    """The message that the pressed button or chosen select is on."""
    acknowledged_after: float | None = None
    """Seconds from sending to the bot's callback."""
    callback: int | None = None
    """The type of the callback: 4 message, 5 thinking, 6 deferred update, 7 update, 8 choices, 9 modal."""
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: dict[str, Any] | None = None
    choices: list[dict[str, Any]] | None = None
    expired: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    versions: int = 0
    """How many edits the original had when the bot acknowledged."""

    @property
    def acknowledged(self) -> bool:
        """Whether the bot's callback came in time."""
        return self.acknowledged_after is not None

    @property
    def shown(self) -> Message | None:
        """What the person got: the original once filled (or, if deferred, changed), or a follow-up."""
        first = self.original
        if (
            first is not None
            and not first.loading
            and (self.callback != 6 or len(first.versions) > self.versions)
        ):
            return first
        return self.followups[0] if self.followups else None

    async def acknowledgement(self, timeout: float = 5.0) -> float:
        """Seconds from sending to the bot's callback."""
        what = f"{self.name!r} acknowledged"
        await self.pulse.until(lambda: self.acknowledged, timeout, what)
        assert self.acknowledged_after is not None
        return self.acknowledged_after

    async def answer(self, timeout: float = 10.0) -> Message:
        """The message that the person got (see `shown`)."""
        return await self.pulse.until(lambda: self.shown, timeout, f"{self.name!r} answered")

    async def followup(self, number: int = 1, timeout: float = 10.0) -> Message:
        """The follow-up message of this number, from 1."""
        what = f"{self.name!r} followed up {number} times"
        await self.pulse.until(lambda: len(self.followups) >= number, timeout, what)
        return self.followups[number - 1]

    async def opened(self, timeout: float = 5.0) -> dict[str, Any]:
        """The modal that the bot opened."""
        return await self.pulse.until(lambda: self.modal, timeout, f"{self.name!r} opened a modal")

    async def suggestions(self, timeout: float = 5.0) -> list[dict[str, Any]]:
        """The choices with which the bot answered an autocomplete: name and value of each."""
        await self.pulse.until(lambda: self.choices is not None, timeout, f"{self.name!r} suggested")
        return self.choices or []
