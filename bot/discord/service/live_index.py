"""The index that answers, its catalogue, and its rebuilds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.discord.operation.pull import pull
from bot.discord.service.catalog import Catalogue
from index.errors import IndexFault

if TYPE_CHECKING:
    from bot.discord.operation.metrics import Metrics
    from bot.discord.worker_threads import Threads
    from bot.library import Library
    from bot.settings.discord import Discord
    from index.build.builder import Report
    from index.types import Progress

log = logging.getLogger(__name__)


class LiveIndex:
    """The library's current generation. One rebuild runs at a time."""

    def __init__(
        self, library: Library, settings: Discord, layers: Sequence[str], threads: Threads, metrics: Metrics
    ) -> None:
        """Read the catalogue of the library's current generation.

        Args:
            library: The library that answers the questions.
            settings: The settings, which say whether a rebuild may pull the content first.
            layers: The value chain, most upstream first.
            threads: The threads, one of which builds.
            metrics: The counts of new generations.
        """
        self.library = library
        self._settings = settings
        self._layers = tuple(layers)
        self._threads = threads
        self._metrics = metrics
        self.catalogue = Catalogue(library.generation, self._layers).warm()
        """The contents of the current generation; after a swap it is updated a moment later."""
        self.rebuilding = asyncio.Lock()
        self.swapped = asyncio.Event()
        """Set when a new generation may have been loaded."""

    async def rebuild(
        self, *, full: bool = False, progress: Progress | None = None, pulls: bool = False
    ) -> Report:
        """Bring the index up to date and answer from it.

        Args:
            full: Encode everything again.
            progress: Called with the number of texts that are done.
            pulls: Fetch the newest content from its remote first, if the settings allow it.

        Raises:
            IndexFault: The index cannot be built; the previous generation keeps answering.
            PullError: The content cannot be fetched.
        """
        async with self.rebuilding:
            if pulls and self._settings.pull:
                await pull(self.library.settings.content, self._settings.pull_key)
            try:
                report = await self._threads.build(self.library.rebuild, full=full, progress=progress)
            except IndexFault:
                self._metrics.swaps.labels(outcome="fault").inc()
                raise
            if not report.unchanged:
                self._metrics.swaps.labels(outcome="built").inc()
                log.info("generation %s answers now", report.generation)
            await self._threads.build(self.update_catalogue)
        self.swapped.set()
        return report

    def update_catalogue(self) -> None:
        """Read the catalogue of the current generation. Call it in a thread: it takes a moment in a large library."""
        generation = self.library.generation
        if self.catalogue.id != generation.manifest.id:
            self.catalogue = Catalogue(generation, self._layers).warm()
