"""The filter that keeps secrets out of logs: the bot's token, the webhook's secret, the tokens of interactions."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

_TOKENS = (
    # in an address: /webhooks/1/aW50ZXJhY3Rpb24.../messages/@original
    re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w.=-]{20,}"),
    # in a payload: 'token': 'aW50ZXJhY3Rpb24...', "token":"..."
    re.compile(r"""(\\?["']\w*token\\?["']\s*:\s*\\?["'])[^"'\\]+"""),
    # of an interaction, wherever it is: base64 of "interaction:"
    re.compile(r"()\baW50ZXJhY3Rpb24[\w=-]{10,}"),
    # of a bot, wherever it is: three parts with dots between them
    re.compile(r"()\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"),
)
"""Patterns of the tokens of interactions, webhooks and bots. The first group of a pattern is kept."""


class Redacting(logging.Filter):
    """A log filter that replaces secrets in records and tracebacks, and never drops a record."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        # Longest first: a secret that contains another one is replaced as a whole.
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"<Redacting {len(self._secrets)} secrets>"

    def redacted(self, text: str) -> str:
        """Replace secrets in a text.

        >>> Redacting(["aaa.bbb.ccc"]).redacted("Bot aaa.bbb.ccc /webhooks/1/abcdefghijklmnopqrstu/x")
        'Bot [secret] /webhooks/1/[secret]/x'
        >>> Redacting([]).redacted("{'id': '1', 'token': 'abc'} aW50ZXJhY3Rpb246MTIzNDU2Nzg5OmFiYw==")
        "{'id': '1', 'token': '[secret]'} [secret]"
        """
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        for pattern in _TOKENS:
            text = pattern.sub(r"\1[secret]", text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record in place; always returns True."""
        record.msg, record.args = self.redacted(record.getMessage()), None
        # The traceback is formatted here, because a later handler would format it without this filter.
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redacted(record.exc_text)
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self.redacted(record.stack_info)
        return True
