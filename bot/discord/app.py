"""`strata bot`: open the library, connect the parts of the bot, and shut down cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from bot.errors import BAD_TOKEN, SettingsError
from bot.settings.composer import key
from bot.settings.discord import Discord, secret, token

if TYPE_CHECKING:
    from bot.discord.connection.supervisor import Supervisor
    from bot.discord.context import Services
    from bot.discord.operation.server import Rebuild
    from bot.library import Library, Opened
    from bot.settings.settings import Settings

log = logging.getLogger(__name__)

INTERRUPTED = 130


def run(settings: Settings, *, verbose: bool = False) -> int:
    """Run the bot until SIGTERM or Ctrl-C, and return the exit code.

    The codes are 0 (stopped), 4 (no usable token), 5 (an intent is missing) and 130 (stopped by Ctrl-C).

    Raises BotFault or IndexFault if the library cannot be opened.
    """
    from bot.library import ready

    chosen = settings.discord
    level = logging.DEBUG if verbose else logging.INFO
    endpoint = key(settings.composer) if settings.composer.on else ""
    try:
        found, hook = token(chosen), secret(chosen)
    except SettingsError as fault:
        # Without a token there is no secret to redact yet.
        _log_to_stderr([], level)
        log.error("%s", fault)  # noqa: TRY400  # one sentence, no traceback
        return BAD_TOKEN
    _log_to_stderr([found, hook, endpoint], level)
    opened = ready(settings, conversion_seconds=None)
    _tell(opened)
    return _left(asyncio.run(_serve(opened.library, settings, found, hook, endpoint)))


def _left(code: int) -> int:
    """Return the exit code, or end the process at once if a build is still running.

    Python would wait for the thread of the build. A build may be interrupted at any instant, because the current
    generation stays in place until the next one is complete.
    """
    if any(thread.name.startswith("strata-") for thread in threading.enumerate()):
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code)
    return code


def _tell(opened: Opened) -> None:
    if opened.report is not None:
        for problem in opened.report.problems:
            log.warning("%s", problem)
    if opened.damage:
        log.warning("%s; the index was built again from the documents", opened.damage)
    if opened.fault:
        log.warning("%s; the last good index answers", opened.fault)
    generation = opened.library.generation
    if generation.warning:
        log.warning("%s", generation.warning)
    log.info("generation %s: %d documents", generation.manifest.id, generation.manifest.documents)


def _log_to_stderr(secrets: list[str], level: int) -> None:
    """Log to standard error, without secrets."""
    import discord

    from bot.discord.operation.log_filter import Redacting

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    handler.addFilter(Redacting(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(level)
    # At DEBUG, discord.py logs whole events and requests: questions, names, interaction tokens.
    logging.getLogger("discord").setLevel(logging.INFO)
    # discord.py warns about missing voice libraries, which a text bot does not need.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


async def _serve(library: Library, settings: Settings, found: str, hook: str, endpoint: str) -> int:
    from bot.discord.background import BackgroundTasks
    from bot.discord.connection.application import FatalError
    from bot.discord.connection.supervisor import Supervisor
    from bot.discord.context import Services
    from bot.discord.service.composed import ComposedTexts
    from bot.discord.service.storage import Storage

    chosen = settings.discord
    services = Services.open(library, None, chosen, layers=settings.layers)
    if settings.composer.on:
        services.composed = ComposedTexts(
            settings.composer, endpoint, library, services.tasks, services.errors
        )
    storage = Storage(services.journal, services.admission, chosen.journal, settings.library_name())
    supervisor = Supervisor(services, found, identified=storage.open)
    watching = BackgroundTasks(services, lambda: supervisor.client, storage)
    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _on_signals(stopped)
    beside = asyncio.create_task(watching.run())
    connected = asyncio.create_task(supervisor.run())
    try:
        async with _served(chosen, services, supervisor, hook, watching.want_rebuild):
            ends: list[asyncio.Future[Any]] = [stopped, connected, beside]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                log.info("stopping")
                await supervisor.stop()
                # `stop` has closed the connections; the supervisor's task only has to notice.
                await asyncio.wait([connected], timeout=1.0)
                return stopped.result()
            for task in (connected, beside):
                if task.done():
                    task.result()
            return 0
    except FatalError as fatal:
        log.error("%s", fatal)  # noqa: TRY400  # one sentence, no traceback
        return fatal.code
    finally:
        for task in (beside, connected):
            task.cancel()
        await asyncio.gather(beside, connected, return_exceptions=True)
        services.close()
        storage.close()
        log.info("stopped")


def _on_signals(stopped: asyncio.Future[int]) -> None:
    """Let SIGTERM and Ctrl-C set the exit code; a second one kills at once."""
    loop = asyncio.get_running_loop()

    def stop(code: int) -> None:
        if not stopped.done():
            stopped.set_result(code)
        for number in (signal.SIGTERM, signal.SIGINT):
            # The default handlers end the process at once, which is what a second signal asks for.
            loop.remove_signal_handler(number)

    with contextlib.suppress(NotImplementedError):  # not available on Windows
        loop.add_signal_handler(signal.SIGTERM, stop, 0)
        loop.add_signal_handler(signal.SIGINT, stop, INTERRUPTED)


@contextlib.asynccontextmanager
async def _served(
    chosen: Discord, services: Services, supervisor: Supervisor, hook: str, rebuild: Rebuild
) -> AsyncIterator[None]:
    """Serve the HTTP endpoints if a port is set; raises SettingsError if the port is taken."""
    if not chosen.port:
        yield
        return
    from aiohttp import web

    from bot.discord.operation.server import application

    runner = web.AppRunner(
        application(services, supervisor, hook, rebuild), access_log=None, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, chosen.host, chosen.port).start()
        except OSError as fault:
            raise SettingsError(
                f"{chosen.host}:{chosen.port} is not available ({fault.strerror}); set another discord.port"
            ) from None
        log.info("serving /healthz and /metrics on %s:%d", chosen.host, chosen.port)
        yield
    finally:
        await runner.cleanup()
