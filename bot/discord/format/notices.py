"""Short messages besides replies: a question is too long, a limit is reached, something failed."""

from __future__ import annotations

from math import ceil

AWAY = "I can't reach my storage right now. Please try again later."


def many(count: int, noun: str) -> str:
    """Return a count with its noun in the singular or plural.

    >>> many(1, "document"), many(2_000, "document")
    ('1 document', '2,000 documents')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def too_long(question: str, most: int) -> str:
    """Return the notice that a question is too long.

    >>> too_long("x" * 1949, 500)
    "That's too long (1,949 characters; the limit is 500). Please shorten it."
    """
    return f"That's too long ({len(question):,} characters; the limit is {most:,}). Please shorten it."


def wait(seconds: float) -> str:
    """Return a waiting time in words.

    >>> wait(1.2), wait(60), wait(3600), wait(40_000)
    ('2 seconds', '60 seconds', '60 minutes', '12 hours')
    """
    whole = max(1, ceil(seconds))
    if whole <= 120:
        return many(whole, "second")
    return many(ceil(whole / 60), "minute") if whole <= 7_200 else many(ceil(whole / 3_600), "hour")


def limit(scope: str, seconds: float, *, daily: bool) -> str:
    """Return the notice that a limit is reached; `scope` is "you", "this channel" or "this server".

    >>> limit("you", 43, daily=False)
    "You've reached the question limit. Try again in 43 seconds."
    >>> limit("this channel", 18_000, daily=True)
    "This channel has reached today's question limit. Try again in 5 hours."
    """
    whom = "You've" if scope == "you" else f"{scope[0].upper()}{scope[1:]} has"
    which = "today's" if daily else "the"
    return f"{whom} reached {which} question limit. Try again in {wait(seconds)}."


def busy(seconds: float) -> str:
    """Return the notice that the queue is full."""
    return f"I'm busy right now. Please try again in {wait(seconds)}."


def too_fast(seconds: float) -> str:
    """Return the notice that a person used too many buttons and commands in a minute.

    >>> too_fast(12)
    "You're going too fast. Try again in 12 seconds."
    """
    return f"You're going too fast. Try again in {wait(seconds)}."


def fault(id: str) -> str:
    """Return the notice that something failed; the log has the details under the id."""
    return f"Something went wrong on my end. Please try again. (Error {id})"
