"""The exact text that is encoded for a passage or a sentence: a header, a lead and the words.

The header is the title and the heading path of the document, and the lead is the sentence or header row that the
words of a list or table need to be understood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.documents.outline import shorten
from index.types import Passage, Sentence

Count = Callable[[str], int]
"""Returns the number of tokens that the encoder reads for a text."""

MAX_CHARS_PER_TOKEN = 32
"""A text with more characters per token than this is no language and is not counted: it is too long."""


def header(title: str, headings: Sequence[str]) -> str:
    """Return the title and the heading path, as they precede each encoded text.

    >>> header("Nvidia", ("Key observations", "The margin is the prize"))
    'Nvidia > Key observations > The margin is the prize'
    """
    return " > ".join((title, *headings))


def passage_text(title: str, passage: Passage) -> str:
    """Return exactly what is encoded for a passage: header, lead (if any) and text, on lines of their own."""
    top = passage.header or header(title, passage.headings)
    return encoded_passage(top, passage.lead, passage.text)


def sentence_text(title: str, passage: Passage, sentence: Sentence) -> str:
    """Return exactly what is encoded for a sentence: header, colon, lead (if any) and the sentence."""
    top = passage.header or header(title, passage.headings)
    return encoded_sentence(top, sentence.lead, passage.quote(sentence))


def encoded_passage(header: str, lead: str, text: str) -> str:
    """Return the header, the lead (if any) and the text of a passage, on lines of their own."""
    return "\n".join((header, lead, text) if lead else (header, text))


def encoded_sentence(header: str, lead: str, text: str) -> str:
    """Return the header, a colon, the lead (if any) and a sentence."""
    return f"{header}: {lead} {text}" if lead else f"{header}: {text}"


def fit_header(title: str, headings: Sequence[str], count: Count, limit: int) -> str:
    """Return the header in at most `limit` tokens: in full, or only title and last heading, shortened as needed.

    An ellipsis alone is returned if nothing longer fits.

    >>> fit_header("Nvidia", ("Key observations", "The margin is the prize"), len, 25)
    'Nvidia > … > The margin…'
    """
    whole = header(title, headings)
    if is_countable(whole, limit) and count(whole) <= limit:
        return whole
    if headings:
        return _longest_fit(lambda size: _short_header(title, headings, size), 4 * limit, count, limit)
    return _longest_fit(lambda size: shorten(title, size), 8 * limit, count, limit)


def _short_header(title: str, headings: Sequence[str], size: int) -> str:
    """Return the title and the last heading in at most `size` characters each."""
    between = ("…",) if len(headings) > 1 else ()
    return header(shorten(title, size), (*between, shorten(headings[-1], size)))


def _longest_fit(text: Callable[[int], str], max_size: int, count: Count, limit: int) -> str:
    """Return the longest of text(1) ... text(max_size) within `limit` tokens, or an ellipsis if none fits."""
    low, high = 0, max_size
    while low < high:
        middle = (low + high + 1) // 2
        if count(text(middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    return text(low) if low else "…"


def is_countable(text: str, limit: int) -> bool:
    """Return whether a text can be within `limit` tokens, so that counting it is worth the time."""
    return len(text) <= MAX_CHARS_PER_TOKEN * limit
