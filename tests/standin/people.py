"""What people do: write, reply, use commands, press, choose, fill in; as Discord's client lets them."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from tests.standin import command_options, limits, messages, payloads, permissions, state
from tests.standin.errors import NotOfferedError, StandinError
from tests.standin.state import Channel, Interaction, Message, User, snowflake
from tests.standin.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class People(World):
    """The acts of people. Each returns at once; the Interaction it returns tells and waits for the rest."""

    async def say(
        self, user: User, channel: Channel, text: str, *, reply_to: Message | None = None, ping: bool = True
    ) -> Message:
        """Write a message; a reply mentions the author of what it replies to unless `ping` is off.

        The bot gets the text only where Discord would give it: with the message content intent, in a direct
        conversation, or where the message mentions the bot (a reply to it with `ping` does).
        """
        if not channel.may(user, "view_channel") or not channel.may(user, "send_messages"):
            raise NotOfferedError(f"{user.name} may not write in #{channel.name}")
        data: dict[str, Any] = {"content": text}
        if reply_to is not None:
            data["message_reference"] = {"message_id": reply_to.id}
            data["allowed_mentions"] = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        if not 1 <= len(text.strip()) <= limits.CONTENT:
            raise NotOfferedError(f"a message has 1 to {limits.CONTENT} characters, not {len(text)}")
        return messages.create(self._standin(), channel, user, data)

    async def post(self, user: User, forum: Channel, title: str, text: str) -> Message:
        """Begin a thread in a forum; the message that it begins with is `.channel.latest` of the thread."""
        thread = self.start_thread(forum, title, user)
        return messages.create(self._standin(), thread, user, {"content": text}, id=thread.id)

    async def edit(self, message: Message, text: str) -> None:
        """A person edits their message."""
        messages.edit(self._standin(), message, {"content": text})

    async def remove(self, message: Message) -> None:
        """A person deletes a message."""
        messages.remove(self._standin(), message)

    async def purge(self, *gone: Message) -> None:
        """A moderator deletes several messages of a channel at once."""
        messages.purge(self._standin(), gone)

    async def slash(
        self,
        user: User,
        channel: Channel,
        name: str,
        values: Mapping[str, Any] | None = None,
        *,
        forced: bool = False,
    ) -> Interaction:
        """Use a slash command ("ask", "settings show") with its options by name.

        Raises NotOfferedError where Discord's client would refuse: no such command, a wrong option, no
        permission, not in direct messages. `forced` skips the checks of permission and place: administrators
        of a server can give anybody a command, so the bot has to check for itself.
        """
        command, data = command_options.command(self._offered(channel, 1), name, values or {})
        self._may_use(user, channel, command, forced=forced)
        return self._begin(state.COMMAND, user, channel, name, data)

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        name: str,
        option: str,
        typed: str,
        *,
        values: Mapping[str, Any] | None = None,
    ) -> Interaction:
        """Type `typed` into an option of a slash command; `values` are the options filled in before."""
        command, data = command_options.command(
            self._offered(channel, 1), name, dict(values or {}) | {option: typed}, option
        )
        self._may_use(user, channel, command, forced=False)
        return self._begin(state.AUTOCOMPLETE, user, channel, name, data)

    async def message_command(
        self, user: User, message: Message, name: str, *, forced: bool = False
    ) -> Interaction:
        """Use a command of a message's menu ("Ask about this"); the bot gets the message with its text."""
        found = [item for item in self._offered(message.channel, 3) if item["name"] == name]
        if not found:
            raise NotOfferedError(f"there is no message command {name!r}")
        self._may_use(user, message.channel, found[0], forced=forced)
        target = {str(message.id): payloads.message(message)}
        data = {"id": found[0]["id"], "name": name, "type": 3, "target_id": str(message.id)}
        return self._begin(
            state.COMMAND, user, message.channel, name, data | {"resolved": {"messages": target}}
        )

    async def press(self, message: Message, button: str, user: User, *, forced: bool = False) -> Interaction:
        """Press the button with this custom id or label; `forced` presses it although it is disabled or gone.

        A forced press of a button that the message has no more takes `button` for its custom id.
        """
        self._reachable(message, user)
        if forced:
            known = [part for part in message.parts() if button in (part.get("custom_id"), part.get("label"))]
            custom_id = known[0]["custom_id"] if known else button
        else:
            part = message.part(button)
            if part["type"] != 2 or "custom_id" not in part or part.get("disabled"):
                raise NotOfferedError(f"{button!r} cannot be pressed: {part}")
            custom_id = part["custom_id"]
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        return self._begin(state.COMPONENT, user, message.channel, custom_id, data, message=message)

    async def select(
        self, message: Message, custom_id: str, values: Sequence[str], user: User
    ) -> Interaction:
        """Choose options of a select, by value or label."""
        self._reachable(message, user)
        part = message.part(custom_id)
        if part["type"] != 3 or part.get("disabled"):
            raise NotOfferedError(f"nothing can be chosen from {custom_id!r}: {part}")
        known = {word: item["value"] for item in part["options"] for word in (item["label"], item["value"])}
        if not part.get("min_values", 1) <= len(values) <= part.get("max_values", 1):
            raise NotOfferedError(f"{custom_id!r} does not take {len(values)} values")
        if any(value not in known for value in values):
            raise NotOfferedError(f"{custom_id!r} has no {values}; it has {list(known)}")
        data = {
            "custom_id": part["custom_id"],
            "component_type": 3,
            "values": [known[value] for value in values],
            "id": 1,
        }
        return self._begin(state.COMPONENT, user, message.channel, part["custom_id"], data, message=message)

    async def submit_modal(
        self, interaction: Interaction, values: Mapping[str, str | list[str]]
    ) -> Interaction:
        """Fill in and send the modal that was opened: texts (of selects: lists) by custom id or label."""
        if interaction.modal is None:
            raise NotOfferedError(f"{interaction.name!r} opened no modal")
        data = command_options.modal(interaction.modal, values)
        custom_id = interaction.modal["custom_id"]
        user, channel = interaction.user, interaction.channel
        extra = {"triggered_by": interaction}
        return self._begin(
            state.MODAL, user, channel, custom_id, data, message=interaction.message, extra=extra
        )

    def _standin(self) -> Any:
        return self

    def _offered(self, channel: Channel, kind: int) -> list[dict[str, Any]]:
        """The commands of a kind in a channel: the server's own before those of all servers."""
        own = [] if channel.guild is None else self.commands.get(channel.guild.id, [])
        return [item for item in (*own, *self.commands.get(None, [])) if item["type"] == kind]

    def _may_use(self, user: User, channel: Channel, command: dict[str, Any], *, forced: bool) -> None:
        if forced:
            return
        name, needed = command["name"], command["default_member_permissions"]
        place = 1 if channel.guild is None else 0
        contexts = command["contexts"]
        if contexts is None:
            contexts = [0, 1] if command["dm_permission"] in (True, None) else [0]
        if place not in contexts:
            raise NotOfferedError(f"{name!r} is not offered {'here' if place == 0 else 'in direct messages'}")
        if channel.guild is None:
            return
        if not channel.may(user, "view_channel") or not channel.may(user, "use_application_commands"):
            raise NotOfferedError(f"{user.name} may not use commands in #{channel.name}")
        has = channel.guild.permissions(user)
        administrator = has & permissions.BITS["administrator"]
        if needed is not None and not administrator and (needed == "0" or has & int(needed) != int(needed)):
            raise NotOfferedError(f"{name!r} is not offered to {user.name}: it needs permissions {needed}")

    def _reachable(self, message: Message, user: User) -> None:
        private = message.ephemeral and message.interaction is not None
        if message.deleted or (
            private and message.interaction is not None and message.interaction.user is not user
        ):
            raise NotOfferedError(f"{user.name} does not see that message")
        if not message.channel.may(user, "view_channel"):
            raise NotOfferedError(f"{user.name} does not see #{message.channel.name}")

    def _begin(
        self,
        kind: int,
        user: User,
        channel: Channel,
        name: str,
        data: dict[str, Any],
        *,
        message: Message | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Interaction:
        if not self.gateway.sessions:
            raise StandinError("the bot is not connected; await standin.ready() first")
        now = asyncio.get_running_loop().time()
        made = Interaction(
            snowflake(), secrets.token_hex(32), kind, user, channel, name, self.pulse, now, message
        )
        guild = channel.guild
        owners = {"0": str(guild.id) if guild is not None else "0"}
        made.metadata = {"application_id": str(self.bot.id), "owners": owners} | dict(extra or {})
        self.interactions[made.token] = made
        payload: dict[str, Any] = {
            "id": str(made.id),
            "application_id": str(self.bot.id),
            "type": kind,
            "token": made.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": payloads.channel(channel) | {"permissions": str(channel.permissions(user))},
            "app_permissions": str(channel.permissions(self.bot)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": owners,
            "context": 1 if guild is None else 0,
            "attachment_size_limit": 10 << 20,
            "data": data,
        }
        if message is not None:
            payload["message"] = payloads.message(message)
        if guild is None:
            payload["user"] = payloads.user(user)
        else:
            member = payloads.member(guild.members[user.id])
            payload |= {
                "guild_id": str(guild.id),
                "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
                "guild_locale": "en-US",
                "member": member | {"permissions": str(channel.permissions(user))},
            }
        self.gateway.dispatch("INTERACTION_CREATE", payload, guild)
        return made
