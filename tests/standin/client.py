"""A small client of the real discord.py, and a scene in which it runs."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands

from tests.standin import Channel, Guild, Standin, User

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Why(discord.ui.Modal, title="Why?"):
    """A modal with one text."""

    reason: discord.ui.TextInput[Why] = discord.ui.TextInput(label="Reason", max_length=200)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"because {self.reason.value}", ephemeral=True)


class Buttons(discord.ui.View):
    """A button each for a follow-up, a modal and an update, and a select."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Sources", custom_id="sources")
    async def sources(self, interaction: discord.Interaction, button: discord.ui.Button[Buttons]) -> None:
        del button
        await interaction.response.send_message("source", ephemeral=True)

    @discord.ui.button(label="Why", custom_id="why")
    async def why(self, interaction: discord.Interaction, button: discord.ui.Button[Buttons]) -> None:
        del button
        await interaction.response.send_modal(Why())

    @discord.ui.select(custom_id="pick", options=[discord.SelectOption(label="Chips", value="chips")])
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Buttons]) -> None:
        await interaction.response.edit_message(content=f"picked {select.values[0]}")


class Bot(discord.Client):
    """Every way of asking, answered with an echo."""

    def __init__(self, intents: discord.Intents | None = None) -> None:
        super().__init__(intents=intents or discord.Intents.default(), guild_ready_timeout=0.01)
        self.tree = app_commands.CommandTree(self)
        self.seen: list[discord.Message] = []
        self.events: list[str] = []

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the 5 s that discord.py waits before it identifies again."""

    async def setup_hook(self) -> None:
        @self.tree.command(description="Ask.")
        async def ask(interaction: discord.Interaction, question: str, layer: str = "") -> None:
            await interaction.response.defer(thinking=True)
            await interaction.edit_original_response(content=f"{question} {layer}".strip(), view=Buttons())

        @ask.autocomplete("layer")
        async def layers(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            del interaction
            return [app_commands.Choice(name=f"{typed}s", value=typed)]

        @self.tree.command(description="For administrators.")
        @app_commands.default_permissions(administrator=True)
        @app_commands.guild_only()
        async def stats(interaction: discord.Interaction) -> None:
            allowed = interaction.permissions.administrator
            await interaction.response.send_message("stats" if allowed else "no", ephemeral=True)

        @self.tree.context_menu(name="Ask about this")
        async def about(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(message.content, ephemeral=True)

        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.seen.append(message)
        if self.user in message.mentions or (message.guild is None and message.author != self.user):
            async with message.channel.typing():
                await message.reply(message.content, allowed_mentions=discord.AllowedMentions.none())

    async def on_resumed(self) -> None:
        self.events.append("resumed")

    async def on_ready(self) -> None:
        self.events.append("ready")


class Scene:
    """A stand-in with one server, one channel, two people and a connected bot."""

    def __init__(self, standin: Standin, bot: Bot, guild: Guild, channel: Channel) -> None:
        self.standin, self.bot, self.guild, self.channel = standin, bot, guild, channel
        self.ada: User = standin.user("ada", guild)
        self.root: User = standin.user("root", guild, administrator=True)


@asynccontextmanager
async def staged(bot: Bot | None = None, **settings: Any) -> AsyncIterator[Scene]:
    """A scene, and an end at which the bot has not died."""
    async with Standin(**settings) as standin:
        guild = standin.guild()
        channel = standin.channel(guild)
        bot = bot or Bot()
        async with standin.running(bot):
            yield Scene(standin, bot, guild, channel)


async def raw(standin: Standin, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """A request with the bot's token, without discord.py."""
    headers = {"Authorization": f"Bot {standin.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"{standin.url}/api/v10{path}", json=body) as response,
    ):
        assert response.status == 204 or response.headers["Content-Type"] == "application/json"
        return response.status, await response.json()


async def call(scene: Scene, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """The same in a scene."""
    return await raw(scene.standin, method, path, body)
