"""Building the world that the bot lives in: people, servers, channels, threads, permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.standin import payloads, permissions, state
from tests.standin.errors import StandinError
from tests.standin.gateway import GUILDS, MEMBERS, Gateway
from tests.standin.pulse import Pulse
from tests.standin.state import Channel, Guild, Interaction, Member, Message, Role, User, snowflake

if TYPE_CHECKING:
    from collections.abc import Iterable


class World:
    """What exists. All that is made while the bot is connected is told to it as Discord would."""

    def __init__(self) -> None:
        self.bot = User(snowflake(), "Strata", bot=True)
        self.developer = User(snowflake(), "developer")
        self.users: dict[int, User] = {item.id: item for item in (self.bot, self.developer)}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.interactions: dict[str, Interaction] = {}
        self.commands: dict[int | None, list[dict[str, Any]]] = {}
        self.typings: list[Channel] = []
        self.pulse = Pulse(self.notes)
        self.gateway: Gateway

    def notes(self) -> str:
        """What a failed wait should tell."""
        return ""

    def user(self, name: str, *guilds: Guild, administrator: bool = False, allow: Iterable[str] = ()) -> User:
        """A new person, a member of these servers with these permissions."""
        person = User(snowflake(), name)
        self.users[person.id] = person
        for guild in guilds:
            self.join(person, guild, administrator=administrator, allow=allow)
        return person

    def guild(
        self,
        name: str = "Investors",
        *,
        id: int | None = None,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
    ) -> Guild:
        """A new server that the bot is in; `allow` and `deny` change what the bot's role may do.

        Without them the bot has what everyone has (`permissions.EVERYONE`). An `id` chooses the shard.
        """
        owner = User(snowflake(), f"owner of {name}")
        self.users[owner.id] = owner
        made = Guild(id or snowflake(), name, owner)
        everyone = permissions.EVERYONE & ~permissions.bits(deny)
        made.roles[made.id] = Role(made.id, "@everyone", everyone)
        role = Role(snowflake(), self.bot.name, everyone | permissions.bits(allow), self.bot.id)
        made.roles[role.id] = role
        made.members[owner.id] = Member(owner)
        made.members[self.bot.id] = Member(self.bot, [role])
        self.guilds[made.id] = made
        for session in self.gateway.sessions.values():
            if session.sees(made) and session.intents & GUILDS:
                payload = self.gateway.guild(made, session)
                del payload["unavailable"]
                session.dispatch("GUILD_CREATE", payload)
        return made

    def expel(self, guild: Guild) -> None:
        """Put the bot out of a server."""
        del self.guilds[guild.id]
        for id in guild.channels:
            self.channels.pop(id, None)
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild, GUILDS)

    def join(
        self, user: User, guild: Guild, *, administrator: bool = False, allow: Iterable[str] = ()
    ) -> Member:
        """Make a person a member, with a role of their own where they may do more than everyone."""
        member = Member(user)
        guild.members[user.id] = member
        extra = permissions.bits(allow) | (permissions.BITS["administrator"] if administrator else 0)
        if extra:
            member.roles.append(self.role(guild, f"{user.name}'s role", extra))
        payload = payloads.member(member) | {"guild_id": str(guild.id)}
        self.gateway.dispatch("GUILD_MEMBER_ADD", payload, guild, MEMBERS)
        return member

    def role(self, guild: Guild, name: str, bits: int = 0) -> Role:
        """A new role; append it to a member's `roles`."""
        made = Role(snowflake(), name, bits)
        guild.roles[made.id] = made
        data = {"guild_id": str(guild.id), "role": payloads.role(made, len(guild.roles))}
        self.gateway.dispatch("GUILD_ROLE_CREATE", data, guild, GUILDS)
        return made

    def channel(self, guild: Guild, name: str = "general", category: Channel | None = None) -> Channel:
        """A new text channel, in a category or in none."""
        return self._channel(guild, name, state.TEXT, category)

    def category(self, guild: Guild, name: str = "Talk") -> Channel:
        """A new category of channels."""
        return self._channel(guild, name, state.CATEGORY)

    def forum(self, guild: Guild, name: str = "questions") -> Channel:
        """A new forum; people `post` in it."""
        return self._channel(guild, name, state.FORUM)

    def _channel(self, guild: Guild, name: str, kind: int, parent: Channel | None = None) -> Channel:
        made = Channel(snowflake(), kind, name, guild, parent)
        guild.channels[made.id] = self.channels[made.id] = made
        self.gateway.dispatch("CHANNEL_CREATE", payloads.channel(made), guild, GUILDS)
        return made

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel or a thread."""
        assert channel.guild is not None
        event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        self.gateway.dispatch(event, payloads.channel(channel), channel.guild, GUILDS)
        del channel.guild.channels[channel.id], self.channels[channel.id]

    def direct(self, user: User) -> Channel:
        """The direct conversation of a person with the bot."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        made = Channel(snowflake(), state.DIRECT, recipient=user)
        self.channels[made.id] = made
        return made

    def permit(
        self,
        channel: Channel,
        whom: User | Role | Guild,
        *,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
    ) -> None:
        """Overwrite permissions in a channel for a person, the bot, a role or (a Guild) everyone."""
        channel.overwrites[whom.id] = permissions.bits(allow), permissions.bits(deny)
        self.gateway.dispatch("CHANNEL_UPDATE", payloads.channel(channel), channel.guild, GUILDS)

    def start_thread(
        self, channel: Channel, name: str, owner: User, message: Message | None = None
    ) -> Channel:
        """A new thread; one that starts at a message has the message's id."""
        if channel.guild is None or channel.is_thread:
            raise StandinError(f"there are no threads in {channel.name or 'a direct conversation'}")
        id = snowflake() if message is None else message.id
        made = Channel(
            id, state.PUBLIC_THREAD, name, channel.guild, channel, owner=owner, joined={owner.id: owner}
        )
        channel.guild.channels[id] = self.channels[id] = made
        if message is not None:
            message.thread = made
        if channel.may(self.bot, "view_channel"):
            payload = payloads.channel(made) | {"newly_created": True}
            self.gateway.dispatch("THREAD_CREATE", payload, channel.guild, GUILDS)
        return made
