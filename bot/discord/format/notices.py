"""What is said beside replies: why a question is not read, when to come back, that something failed. Pure."""

from __future__ import annotations

from math import ceil


def many(count: int, noun: str) -> str:
    """A number of things.

    >>> many(1, "document"), many(2_000, "document")
    ('1 document', '2,000 documents')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def too_long(question: str, most: int) -> str:
    """Why a long question is not read."""
    return f"Your question has {len(question):,} characters; I read up to {most:,}. Please ask it in fewer words."


def wait(seconds: float) -> str:
    """How long to wait.

    >>> wait(1.2), wait(3600), wait(40_000)
    ('2 s', '60 min', '12 h')
    """
    whole = max(1, ceil(seconds))
    if whole <= 120:
        return f"{whole} s"
    return f"{ceil(whole / 60)} min" if whole <= 7_200 else f"{ceil(whole / 3_600)} h"


def busy(seconds: float) -> str:
    """That the queue is full."""
    return f"I have more questions than I can answer right now; please try again in {wait(seconds)}."


def fault(id: str) -> str:
    """That something failed, with the id under which the log has the rest."""
    return f"That failed on my side; nothing is wrong with your question. Please try again. ({id})"
