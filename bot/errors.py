"""The errors of `bot`.

BotFault
├── SettingsError   strata.yaml, the environment or a calibration is invalid
├── QuestionError   a question is empty, too long or not text
├── GoldError       the gold questions or the options of an evaluation are invalid
├── ChartError      a chart cannot be drawn
├── JournalError    the journal cannot be opened
│   └── JournalAwayError   temporarily: the disk is full, or another process writes
├── ReplayError     a reply cannot be reproduced
├── PullError       the content folder's checkout cannot be fast-forwarded to its remote branch
└── QuoteError      a quotation is not a span of its passage (never shown to anyone)
"""

from __future__ import annotations

BAD_TOKEN = 4
"""The exit code if Discord refuses the token, or there is none."""


class BotFault(Exception):
    """The root. A message names the problem, the file or setting, and the next step."""


class SettingsError(BotFault):
    """strata.yaml, the environment or a calibration is invalid."""


class QuestionError(BotFault):
    """A question is empty, too long or not text."""


class GoldError(BotFault):
    """The gold questions or the options of an evaluation are invalid."""


class ChartError(BotFault):
    """A chart cannot be drawn."""


class JournalError(BotFault):
    """The journal cannot be opened."""


class JournalAwayError(JournalError):
    """The journal cannot be opened at the moment; a later attempt may succeed."""


class ReplayError(BotFault):
    """A reply cannot be reproduced."""


class PullError(BotFault):
    """The content folder's checkout cannot be fast-forwarded to its remote branch."""


class QuoteError(BotFault):
    """A quotation is not a span of its passage."""
