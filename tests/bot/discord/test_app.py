"""`strata bot` as a process of its own: started, stopped, killed, checked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import resource
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from bot.journal.journal import Journal
from tests.bot.discord.scene import ASKED, RUN_RATE, UNKNOWN, write
from tests.standin import Channel, Guild, Standin, User

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.slow


class Place:
    """A stand-in, a server with a person, and a folder with a library and its settings."""

    def __init__(self, standin: Standin, folder: Path, encoders: Path) -> None:
        self.standin = standin
        self.guild: Guild = standin.guild()
        self.channel: Channel = standin.channel(self.guild)
        self.ada: User = standin.user("ada", self.guild)
        self.folder = folder
        self.processes: list[asyncio.subprocess.Process] = []
        write(folder / "content")
        (folder / "cache").mkdir()
        (folder / "cache" / "encoders").symlink_to(encoders)
        self.settings()

    def settings(self, **discord: Any) -> None:
        """Write strata.yaml with these settings of `discord:`."""
        chosen = {"journal": "journal.sqlite"} | discord
        rows = "".join(
            f"  {key}: {str(value).lower()}\n" for key, value in chosen.items() if value is not None
        )
        text = f"cache: cache\nlayers: [energy, chips, models]\nbase_url: https://library.example\ndiscord:\n{rows}"
        (self.folder / "strata.yaml").write_text(text, encoding="utf-8")

    async def start(self, *words: str, **environment: str) -> asyncio.subprocess.Process:
        """Run `strata bot`."""
        return await self.run("bot", *words, **environment)

    async def run(self, *command: str, **environment: str) -> asyncio.subprocess.Process:
        """Run `strata`, with the folder's own settings alone."""
        own = {"HF_HUB_OFFLINE": "1", "STRATA_CACHE": "", "STRATA_CONTENT": "", "STRATA_INDEX": ""}
        process = await self.standin.launch(*command, folder=self.folder, environment=own | environment)
        self.processes.append(process)
        return process

    async def ask(self, question: str = ASKED) -> Any:
        """Use `/ask`."""
        asked = await self.standin.slash(self.ada, self.channel, "ask", {"question": question})
        return await asked.answer()

    async def up(self, starts: int = 1) -> None:
        """Wait until the bot has connected so many times, with its commands registered."""
        await self.standin.until(lambda: len(self.standin.gateway.told("identify")) >= starts, 60.0)
        await self.standin.ready()
        await self.standin.until(lambda: self.standin.commands.get(None))


@pytest.fixture
async def place(tmp_path: Path, compiled_folder: Path) -> AsyncIterator[Place]:
    async with Standin() as standin:
        made = Place(standin, tmp_path, compiled_folder.parent)
        yield made
        for process in made.processes:  # those that a failed test has left
            if process.returncode is None:
                process.kill()
                await process.communicate()


async def ended(process: asyncio.subprocess.Process, seconds: float = 60.0) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = await asyncio.wait_for(process.communicate(), seconds)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def logged(process: asyncio.subprocess.Process, end: str) -> str:
    """Wait for a line of the log with this end, and return the log up to it."""
    assert process.stderr is not None
    text = ""
    while not text.endswith(f"{end}\n"):
        line = await asyncio.wait_for(process.stderr.readline(), 60.0)
        assert line, text
        text += line.decode()
    return text


async def test_sigterm_ends_in_order(place: Place) -> None:
    """From nothing to an answer; then SIGTERM: the gateway is closed with 1000, the exit code is 0, within 10 s."""
    process = await place.start()
    await place.up()
    assert RUN_RATE in (await place.ask()).plain
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code, _, log = await ended(process)
    assert code == 0
    assert time.monotonic() - start < 10
    assert place.standin.gateway.told("close") == [1000]
    assert place.standin.token not in log
    assert "stopped" in log


async def test_sigterm_during_an_answer_finishes_it(place: Place) -> None:
    """A question that came just before is answered before the process ends."""
    process = await place.start()
    await place.up()
    asked = await place.standin.slash(place.ada, place.channel, "ask", {"question": ASKED})
    await asked.acknowledgement()
    process.send_signal(signal.SIGTERM)
    code, _, _ = await ended(process)
    assert code == 0
    assert RUN_RATE in (await asked.answer()).plain


async def test_sigterm_during_a_build_does_not_wait_for_it(place: Place) -> None:
    """A build that would take long is left; the generation before it is whole."""
    place.settings(watch=True)
    process = await place.start()
    await place.up()
    words = " ".join(f"gigawatt{n} of compute cost {n} billion dollars." for n in range(60))
    many = {f"chips/{n}.md": f"---\ntitle: Chip {n}\nlayer: chips\n---\n{n} {words}\n" for n in range(250)}
    await asyncio.sleep(1.0)
    write(place.folder / "content", many)
    await asyncio.sleep(2.5)
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code, _, _ = await ended(process)
    assert code == 0
    assert time.monotonic() - start < 10
    pointers = list((place.folder / "cache" / "indexes").glob("*/CURRENT"))
    assert len(list(pointers[0].parent.glob("generations/2*"))) == 1


async def test_a_killed_bot_comes_back_and_old_buttons_work(place: Place) -> None:
    """`kill -9`, a new process: buttons and journal are there, the commands are not registered again."""
    process = await place.start()
    await place.up()
    answer, silent = await place.ask(), await place.ask(UNKNOWN)
    process.kill()
    await ended(process)
    again = await place.start()
    await place.up(2)
    pressed = await place.standin.press(answer, "Sources", place.ada)
    assert RUN_RATE in (await pressed.answer()).plain
    reported = await place.standin.press(silent, "Request this topic", place.ada)
    assert "passed on anonymously" in (await reported.answer()).content
    assert len(place.standin.requests_to("PUT /applications/*/commands")) == 1
    again.send_signal(signal.SIGTERM)
    assert (await ended(again))[0] == 0


@pytest.mark.parametrize("token", ["wrong.token.given", "no-token-at-all", ""])
async def test_a_bad_token_exits_at_once_with_its_code(place: Place, token: str) -> None:
    """Code 4 and one sentence that says where to mend it; the token is not repeated."""
    code, out, log = await ended(await place.start(STRATA_DISCORD_TOKEN=token))
    assert code == 4
    assert out == ""
    assert "STRATA_DISCORD_TOKEN" in log
    assert not token or token not in log
    assert "Traceback" not in log


async def test_a_missing_intent_exits_at_once_with_its_code(place: Place) -> None:
    """Code 5 and the place in the developer portal."""
    place.settings(message_content=True)
    code, _, log = await ended(await place.start())
    assert code == 5
    assert "Message Content Intent" in log
    assert "Traceback" not in log


async def test_the_token_may_stand_in_a_file(place: Place) -> None:
    """A file of mode 0600 serves; one that others can read does not."""
    (place.folder / "token").write_text(place.standin.token)
    place.settings(token_file="token")
    (place.folder / "token").chmod(0o644)
    code, _, log = await ended(await place.start("--check", STRATA_DISCORD_TOKEN=""))
    assert code == 4
    (place.folder / "token").chmod(0o600)
    code, out, _ = await ended(await place.start("--check", STRATA_DISCORD_TOKEN=""))
    assert f"token: the token of {place.standin.bot.name}" in out
    assert place.standin.token not in log + out


async def test_check_tells_what_is_wrong_and_how_to_invite(place: Place) -> None:
    """Index, token, intents, permissions of each server, and an invite link with exactly the permissions needed."""
    code, out, _ = await ended(await place.start("--check"))
    assert code == 1
    assert "FAIL  index: nothing has been built" in out
    process = await place.run("build")
    assert (await ended(process))[0] == 0
    code, out, _ = await ended(await place.start("--check"))
    assert (code, "FAIL" in out) == (0, False)
    assert "commands: none registered yet" in out
    invitation = out.strip().split("\n")[-1]
    found = re.fullmatch(r"invite: https://discord\.com/oauth2/authorize\?(.*)", invitation)
    assert found
    assert f"client_id={place.standin.bot.id}" in found[1]
    assert "scope=bot+applications.commands" in found[1]
    wanted = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 38
    assert f"permissions={wanted}" in found[1]
    assert "ok    journal: journal.sqlite (the bot creates it when it starts)" in out
    assert not (place.folder / "journal.sqlite").exists()
    assert "ok    /reindex: allowed for developer only" in out
    assert "Public Bot is on" in out
    place.settings(home=1, pull=True, message_content=True)
    place.standin.guild("Poor", deny=["embed_links", "read_message_history"])
    code, out, _ = await ended(await place.start("--check"))
    assert code == 5
    assert "FAIL  intents" in out
    assert "FAIL  /reindex: the bot is not in the server 1" in out
    assert "FAIL  pull: cannot fast-forward" in out
    assert "server Poor" in out
    assert "lacks Embed Links, Read Message History" in out
    assert place.standin.gateway.told("identify") == []


async def test_a_first_connection_that_is_refused_does_not_end_the_process(place: Place) -> None:
    """503 at the first connect is waited out."""
    place.standin.gateway_down(1)
    process = await place.start()
    await place.up()
    assert RUN_RATE in (await place.ask()).plain
    process.send_signal(signal.SIGTERM)
    assert (await ended(process))[0] == 0


async def test_a_missing_library_is_one_sentence(place: Place) -> None:
    """Without documents and index the process ends with what to do, and without a traceback."""
    (place.folder / "content").rename(place.folder / "elsewhere")
    code, _, log = await ended(await place.start())
    assert code == 1
    assert "content" in log
    assert "Traceback" not in log


async def test_a_damaged_index_is_told_and_an_older_one_answers(place: Place) -> None:
    """A generation whose bytes have changed is not served; the bot says so and answers from what is whole or anew."""
    assert (await ended(await place.run("build")))[0] == 0
    (file,) = (place.folder / "cache" / "indexes").glob("*/generations/*/passages.jsonl")
    file.write_bytes(file.read_bytes().replace(b"9 billion", b"8 billion"))
    process = await place.start()
    identified = asyncio.ensure_future(place.up())
    finished = asyncio.ensure_future(process.wait())
    await asyncio.wait([identified, finished], return_when=asyncio.FIRST_COMPLETED, timeout=60)
    if finished.done():
        identified.cancel()
        code, _, log = await ended(process)
        assert code == 1
        assert "strata build" in log
        assert "Traceback" not in log
    else:
        assert RUN_RATE in (await place.ask()).plain
        process.send_signal(signal.SIGTERM)
        await ended(process)


async def test_ctrl_c_ends_in_order_with_its_own_code(place: Place) -> None:
    """The gateway is closed with 1000 and the exit code is 130."""
    process = await place.start()
    await place.up()
    process.send_signal(signal.SIGINT)
    code, _, log = await ended(process)
    assert code == 130
    assert place.standin.gateway.told("close") == [1000]
    assert "Traceback" not in log


async def test_a_damaged_journal_is_one_sentence(place: Place) -> None:
    """The file is named and left as it is; nothing connects."""
    (place.folder / "journal.sqlite").write_bytes(b"no database" * 500)
    code, _, log = await ended(await place.start())
    assert code == 1
    assert "journal.sqlite cannot be opened as a journal" in log
    assert "Traceback" not in log
    assert place.standin.gateway.told("identify") == []


async def test_a_second_bot_on_one_journal_is_refused(place: Place) -> None:
    """One line that names the process; the first goes on, and after its `kill -9` a new one starts."""
    first = await place.start()
    await place.up()
    code, _, log = await ended(await place.start())
    assert code == 1
    assert f"journal.sqlite is in use by process {first.pid}" in log
    assert "Traceback" not in log
    assert RUN_RATE in (await place.ask()).plain
    first.kill()
    await ended(first)
    again = await place.start()
    await place.up(2)
    again.send_signal(signal.SIGTERM)
    assert (await ended(again))[0] == 0


async def test_two_applications_and_an_earlier_version_leave_each_other_s_journals_alone(
    place: Place,
) -> None:
    """Each bot writes to the folder of its application and library; the old journal is offered, and left as it is."""
    data = place.folder / "data" / "strata"
    home = {"XDG_DATA_HOME": str(data.parent)}
    old = data / "journal.sqlite"
    data.mkdir(parents=True)
    Journal(old).close()
    before = old.read_bytes()
    place.settings(journal=None)
    process = await place.start(**home)
    await place.up()
    assert RUN_RATE in (await place.ask()).plain
    silent = await place.ask(UNKNOWN)
    await (await place.standin.press(silent, "Request this topic", place.ada)).answer()
    process.send_signal(signal.SIGTERM)
    _, _, log = await ended(process)
    (own,) = data.glob("*/journal.sqlite")
    assert own.parent.name.startswith(f"{place.standin.bot.id}-content-")
    assert f"strata journal move '{old}' '{own}'" in log
    assert old.read_bytes() == before
    code, out, _ = await ended(await place.run("gaps", **home))
    assert (code, UNKNOWN in out) == (0, True)
    other = own.with_name("other.sqlite")
    async with Standin() as elsewhere:
        place.settings(journal=own)
        refused = await elsewhere.launch(
            "bot", folder=place.folder, environment={"STRATA_CACHE": "", "HF_HUB_OFFLINE": "1"} | home
        )
        place.processes.append(refused)
        code, _, log = await ended(refused)
    assert code == 1
    assert f"is the journal of application {place.standin.bot.id}, not of {elsewhere.bot.id}" in log
    code, out, _ = await ended(await place.run("journal", "backup", str(other), **home))
    assert code == 0
    code, out, _ = await ended(await place.run("journal", "export", "--journal", str(other), **home))
    assert '"table": "gaps"' in out


async def test_a_bot_starts_without_a_journal_and_picks_it_up_later(place: Place) -> None:
    """Nothing can be written where the journal is: the bot answers, says so, and needs no restart afterwards."""
    assert (await ended(await place.run("build")))[0] == 0
    process = await place.start()
    await place.up()
    process.kill()  # the journal's log is left behind, as after a crash
    await ended(process)
    process = await place.start()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, most))
    await place.up(2)
    answer = await place.ask()
    assert RUN_RATE in answer.plain
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
    with contextlib.closing(Journal(place.folder / "journal.sqlite")) as journal:
        before = len(list(journal.export()))
        started = await logged(process, "storage: journal journal.sqlite")
        assert RUN_RATE in (await place.ask("What was Anthropic's revenue run rate in December 2025?")).plain
        await place.standin.until(lambda: len(list(journal.export())) > before)
    process.send_signal(signal.SIGTERM)
    code, _, log = await ended(process)
    assert code == 0
    assert "the bot answers without a journal meanwhile" in started
    assert "Traceback" not in log


async def test_a_port_that_is_taken_is_one_sentence(place: Place) -> None:
    """The process says which address it cannot listen on."""
    port = place.standin.url.rsplit(":", 1)[1]
    place.settings(port=port)
    code, _, log = await ended(await place.start())
    assert code == 1
    assert f"127.0.0.1:{port} is not available" in log


def test_the_platform_has_what_stopping_needs() -> None:
    """Signals can be handled in the event loop where these tests run."""
    assert os.name == "posix"
