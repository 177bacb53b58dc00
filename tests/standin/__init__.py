"""A loopback stand-in for Discord: the real discord.py client talks to it over real sockets on 127.0.0.1.

A test builds a world, points the client at it, and acts for people; each act returns an Interaction or a Message that
tells, and waits for, what the bot did with it:

    async with Standin() as standin:
        guild = standin.guild()
        channel = standin.channel(guild, "general")
        ada = standin.user("ada", guild)
        with point_client_at(standin.url):
            running = asyncio.create_task(client.start(standin.token))    # a discord.Client
            await standin.ready()

            asked = await standin.slash(ada, channel, "ask", {"question": "Who makes HBM?"})
            assert await asked.acknowledgement() < 1.0
            answer = await asked.answer()                                 # a Message: .text .embeds .buttons .pings
            pressed = await standin.press(answer, "Sources", ada)         # by label or custom id
            assert (await pressed.answer()).ephemeral

            question = await standin.say(ada, channel, f"{standin.bot.mention} who makes HBM?")
            assert not (await standin.reply(question)).pings
            await client.close()

Faults: `standin.fail_next("PATCH /webhooks/**", status=500, commit=True)`, `drop()`, `reconnect()`,
`invalid_session()`, `close(4000)`, `malformed_event()`, `gateway_down(times)`. What the bot did: `standin.requests`,
`requests_to(route)`, `gateway.log`, `gateway.told("identify")`, `typings`, `commands`. Waiting for anything else:
`await standin.until(lambda: condition, timeout, what)`.

The bot as a process: `process = await standin.launch("bot", ...)`, which runs tests/standin/launch.py.
A picture of an answer: `standin.save(message, file)`, then `python -m tests.standin.picture FILE OUT.png`.

Modules: limits, permissions, mentions, options, payloads, faults (pure); state (values); world, people (acts of a
test); gateway, rest, messages, channels, applications, interactions (what the bot talks to); server (all of it).
"""

from __future__ import annotations

from tests.standin.errors import LateError, NotOfferedError, StandinError
from tests.standin.pointing import point_client_at
from tests.standin.server import Standin
from tests.standin.state import Channel, Guild, Interaction, Message, User

__all__ = [
    "Channel",
    "Guild",
    "Interaction",
    "LateError",
    "Message",
    "NotOfferedError",
    "Standin",
    "StandinError",
    "User",
    "point_client_at",
]
