"""What can go wrong in front of the index.

BotFault
├── SettingsError   strata.yaml or the environment asks for what cannot be
├── QuestionError   the question cannot be read: empty, too long
├── GoldError       the gold questions, or what to compare with, cannot be used
├── JournalError    the journal cannot be opened
│   └── JournalAwayError   not now, but perhaps later: the disk is full, or another process writes
├── ReplayError     a reply cannot be made again as it was
├── PullError       the content folder's checkout cannot be fast-forwarded to its remote branch
└── QuoteError      a quotation is not a span of its passage (never shown to anyone)
"""

from __future__ import annotations


class BotFault(Exception):
    """The root: its message says what, which thing, and the next step."""


class SettingsError(BotFault):
    """strata.yaml or the environment asks for what cannot be."""


class QuestionError(BotFault):
    """The question cannot be read."""


class GoldError(BotFault):
    """The gold questions, or what to compare with, cannot be used."""


class JournalError(BotFault):
    """The journal cannot be opened."""


class JournalAwayError(JournalError):
    """The journal cannot be opened now, but perhaps later."""


class ReplayError(BotFault):
    """A reply cannot be made again as it was."""


class PullError(BotFault):
    """The content folder's checkout cannot be fast-forwarded to its remote branch."""


class QuoteError(BotFault):
    """A quotation is not a span of its passage."""
