"""Errors in the log, under the id that the person is shown."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.discord.format import notices

if TYPE_CHECKING:
    from bot.discord.operation.metrics import Metrics

log = logging.getLogger(__name__)


class ErrorLog:
    """The log of errors, which also counts them."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def report(self, doing: str, *, kind: str = "reply") -> str:
        """Log the current exception under a new id, and return the message for the person."""
        id = f"E-{secrets.token_hex(4)}"
        log.error("%s failed (%s)", doing, id, exc_info=sys.exception())
        self.metrics.faults.labels(kind=kind).inc()
        return notices.fault(id)

    @contextmanager
    def log_journal_errors(self, doing: str) -> Iterator[None]:
        """Log errors of the journal instead of raising them: a full disk must not cost anybody their answer."""
        try:
            yield
        except sqlite3.Error as fault:
            log.warning("%s failed: %s", doing, fault)
            self.metrics.faults.labels(kind="journal").inc()
        except RuntimeError:  # the journal's thread has ended
            self.report(doing, kind="journal")
