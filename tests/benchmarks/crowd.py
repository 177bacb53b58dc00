"""The bot, as a process of its own, asked by many people: acknowledgements, answers and memory.

python -m tests.benchmarks.crowd --people 50 500 --seconds 0 55
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.build import encoders as encoder_folder
from bot.settings.settings import Settings
from tests.bot.discord.scene import ASKED, RUN_RATE
from tests.bot.discord.test_app import Place, ended
from tests.standin import Standin

if TYPE_CHECKING:
    from asyncio.subprocess import Process

# Limits that no crowd of this benchmark reaches.
UNLIMITED = {"per_person": 0, "per_channel": 0, "per_server": 0, "queue": 10_000}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[50, 500])
    parser.add_argument(
        "--seconds", type=float, nargs="+", default=[0.0, 55.0], help="their questions spread over"
    )
    parser.add_argument("--limited", action="store_true", help="with the default limits")
    options = parser.parse_args()
    crowds = zip(options.people, options.seconds, strict=True)
    asyncio.run(measure(encoder_folder(Settings()), crowds, limited=options.limited))


async def measure(encoders: Path, crowds: Any, *, limited: bool) -> None:
    """Start the bot once, and print a line for each crowd."""
    with tempfile.TemporaryDirectory() as folder:
        async with Standin() as standin:
            place = Place(standin, Path(folder), encoders)
            place.settings(**({} if limited else UNLIMITED))
            process = await place.start()
            await place.up()
            await place.ask()
            print(f"after the first answer: {memory(process):.0f} MiB")
            for people, seconds in crowds:
                print(await crowd(place, people, seconds), f"{memory(process):.0f} MiB")
            process.send_signal(signal.SIGTERM)
            await ended(process)


async def crowd(place: Place, people: int, seconds: float) -> str:
    """Let people ask a question each, spread evenly over some seconds, and describe what they got."""

    async def one(number: int) -> tuple[float, bool]:
        await asyncio.sleep(seconds * number / people)
        user = place.standin.user(f"u{number}", place.guild)
        used = await place.standin.slash(user, place.channel, "ask", {"question": ASKED})
        return await used.acknowledgement(), RUN_RATE in (await used.answer(60.0)).plain

    got = await asyncio.gather(*(one(number) for number in range(people)))
    waits = [wait for wait, _ in got]
    answered = sum(right for _, right in got)
    return (
        f"{people} people in {seconds:g} s: {answered} answered, {people - answered} asked to come back; "
        f"acknowledged after {statistics.median(waits):.3f} s (median), {max(waits):.3f} s (longest);"
    )


def memory(process: Process) -> float:
    """Return the resident memory of a process in MiB (Linux)."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
