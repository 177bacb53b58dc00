"""A loopback stand-in for Discord: the real discord.py client talks to it over real sockets on 127.0.0.1.

A test builds a world, points the client at it, and acts for people; each act returns an Interaction or a
Message that tells, and waits for, what the bot did with it:

    async with Standin() as standin:
        guild = standin.guild()
        channel = standin.channel(guild, "general")
        ada = standin.user("ada", guild)
        async with standin.running(client):                    # a discord.Client, started and closed
            asked = await standin.slash(ada, channel, "ask", {"question": "Who makes HBM?"})
            assert await asked.acknowledgement() < 1.0
            answer = await asked.answer()                  # a Message: .text .embeds .buttons .pings .links
            pressed = await standin.press(answer, "Sources", ada)         # by label or custom id
            assert (await pressed.answer()).ephemeral

            question = await standin.say(ada, channel, f"{standin.bot.mention} who makes HBM?")
            assert not (await standin.reply(question)).pings

Where the test starts the bot in its own way, `with point_client_at(standin.url):` and `await standin.ready()` do.

People (`people.py`): `say`, `edit`, `remove`, `post` (in a forum), `slash`, `autocomplete`,
`message_command`, `press`, `select`, `submit_modal`. The world (`world.py`): `user`, `guild`, `role`, `join`,
`channel`, `forum`, `start_thread`, `direct`, `permit`, `expel`, `remove_channel`.

Faults: `fail_next("PATCH /webhooks/**", status=500, commit=True)`, `drop()`, `reconnect()`,
`invalid_session()`, `close(4000)`, `malformed_event()`, `gateway_down(times)`, `limit(route, times, per)`; an
interaction's token expires by `asked.expired = True`. What the bot did: `requests`, `requests_to(route)`,
`gateway.log`, `gateway.told("identify")`, `typings`, `commands`. Waiting for anything else:
`await standin.until(lambda: condition, timeout, what)`.

The bot as a process: `process = await standin.launch("bot", ...)`, which runs tests/standin/launch.py.
A picture of an answer: `standin.save(file, message)`, then `python -m tests.standin.picture FILE OUT.png`.

discord.py waits 2 s for servers before on_ready: a client made with `guild_ready_timeout=0.01` does not. It waits
5 s before it identifies again, and before each further shard: a client that overrides `before_identify_hook` does
not.

Modules: limits, permissions, mentions, markdown, options, payloads, faults (pure); state (values); world,
people (acts of a test); gateway, rest, messages, channels, applications, interactions (what the bot talks to);
server (all of it together); pointing, launch, picture.
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
