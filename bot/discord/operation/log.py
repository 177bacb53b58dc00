"""Keeping secrets out of logs: the token, the webhook's secret and the tokens of interactions."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

_INTERACTION = re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w.-]{20,}")
"""The token of an interaction or a webhook in an address."""


class Redacting(logging.Filter):
    """Replaces secrets in a record and its traceback; never drops a record."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"<Redacting {len(self._secrets)} secrets>"

    def redacted(self, text: str) -> str:
        """The text without secrets.

        >>> Redacting(["aaa.bbb.ccc"]).redacted("Bot aaa.bbb.ccc /webhooks/1/abcdefghijklmnopqrstu/x")
        'Bot [secret] /webhooks/1/[secret]/x'
        """
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return _INTERACTION.sub(r"\1[secret]", text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed in place."""
        record.msg, record.args = self.redacted(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redacted(record.exc_text)
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self.redacted(record.stack_info)
        return True
