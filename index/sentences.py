"""Where sentences begin and end: sentencex, and what it gets wrong in the language of markets."""

from __future__ import annotations


def split(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences of one line of text as spans, in order; together they hold all that is not white space.

    >>> split("It fell. It rose.")
    ((0, 8), (9, 17))
    """
    from sentencex import segment

    spans = []
    at = 0
    for piece in segment("en", text):
        start = at + len(piece) - len(piece.lstrip())
        end = at + len(piece.rstrip())
        at += len(piece)
        if end > start:
            spans.append((start, end))
    return tuple(spans)


def lead_in(text: str) -> str:
    """The last sentence of a paragraph if it leads into what follows, that is, ends with a colon; else "".

    >>> lead_in("Costs fall. Three things matter:")
    'Three things matter:'
    """
    if not text.endswith(":"):
        return ""
    start, end = split(text)[-1]
    return text[start:end]
