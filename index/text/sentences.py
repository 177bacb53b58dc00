"""Where sentences begin and end: sentencex, and what it gets wrong in the language of markets.

Where a case is open, two sentences are rather kept together than one cut in half: a quotation that is longer
than it need be is still true.
"""

from __future__ import annotations

import re
from itertools import pairwise

WINDOW = 20_000
"""Characters that are split at once: sentencex takes time with the square of the quotation marks it sees."""

# Abbreviations that sentencex ends a sentence at, though more of it always follows. "5 Mt." is a unit.
_OPEN = re.compile(
    r"(?:^|[\s(\[\"'\u201c\u2018])(?:[Aa]pprox|ca|[Cc]f|[Ee]\.g|[Ee]st|[Ii]\.e|[Vv]iz|[Vv]s)\.$"
    r"|(?:^|(?<!\d)[\s(\[\"'\u201c\u2018])(?:Eqs?|Figs?|Ft|Mr|Mrs|Ms|Mt|Nos|Sects?|Vols?|Wash)\.$"
)
# "Sites: 1." and "(a)." number what follows.
_ENUMERATOR = re.compile(r"(?:^|[:;,]\s)\(?(?:\d{1,2}|[a-h]|[ivx]{1,4})[.)]$")
_CLOCK = re.compile(r"\d [ap]\.m\.$")
_ZONE = re.compile(r"(?:[ECMP]?[SD]?T|GMT|UTC|BST|CES?T)\b")
# A sentence goes on in lower case, unless a name does: xAI, iPhone, vLLM, o3, gpt-oss.
_NAME = re.compile(r"[a-z]{1,3}(?:[A-Z]|\d|-[a-z])")
_CLOSERS = re.compile(r"[)\]\u201d\u2019\"']+(?=\s|$)")
# Where sentencex sees no end: after an ellipsis, and after a sentence that stands in brackets of its own.
_MISSED = re.compile(
    r"\u2026[)\]\u201d\"']*\s+(?=[A-Z\d$\u201c\"(])|[.!?\u2026][)\]]\s+(?=[A-Z\d$\u201c\"(])"
)
_BRACKETS = {"(": ")", "[": "]"}


def split(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences of one line of text as spans, in order; together they hold all that is not white space.

    >>> text = "Up $30B (from $9B). U.S. vs. E.U., e.g. No. 1. xAI fell."
    >>> [text[start:end] for start, end in split(text)]
    ['Up $30B (from $9B).', 'U.S. vs. E.U., e.g. No. 1.', 'xAI fell.']
    """
    spans: list[tuple[int, int]] = []
    for start, end in _trimmed(text, _missed(text, _boundaries(text))):
        if spans and _goes_on(text[spans[-1][0] : spans[-1][1]], text[start:end]):
            spans[-1] = (spans[-1][0], end)
        else:
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


def _boundaries(text: str) -> list[int]:
    """Where sentencex begins a sentence, and the end of the text."""
    from sentencex import segment

    found = [0]
    at = 0
    while at < len(text):
        window = text[at : at + WINDOW]
        if at + WINDOW < len(text):
            cut = window.rfind(". ") + 2 if ". " in window else window.rfind(" ") + 1
            window = window[: cut or WINDOW]
        for piece in segment("en", window):
            at += len(piece)
            found.append(at)
    return found


def _missed(text: str, boundaries: list[int]) -> list[int]:
    """The boundaries, with those that sentencex missed."""
    found = boundaries[:1]
    for end in boundaries[1:]:
        for match in _MISSED.finditer(text, found[-1], end):
            start = found[-1]
            opener = text[start : start + 1]
            in_brackets = _BRACKETS.get(opener) == text[match.start() + 1]
            if match.end() < end and (match[0][0] == "\u2026" or in_brackets):
                found.append(match.end())
        found.append(end)
    return found


def _trimmed(text: str, boundaries: list[int]) -> list[tuple[int, int]]:
    """Spans between boundaries without white space around them; what closes a sentence belongs to it."""
    spans: list[tuple[int, int]] = []
    for at, end in pairwise(boundaries):
        start = at
        closer = _CLOSERS.match(text, start, end)
        if closer and spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], closer.end())
            start = closer.end()
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            start += len(piece) - len(piece.lstrip())
            spans.append((start, start + len(stripped)))
    return spans


def _goes_on(sentence: str, following: str) -> bool:
    """Whether a sentence does not end where it was cut."""
    if _OPEN.search(sentence) or _ENUMERATOR.search(sentence):
        return True
    if _CLOCK.search(sentence) and _ZONE.match(following):
        return True
    return sentence.endswith(".") and following[0].islower() and not _NAME.match(following)
