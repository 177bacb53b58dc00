"""Running text: one line of plain NFC text that remembers where footnotes and line breaks stood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.types import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "\x00"
"""Stands in raw text where a footnote reference stood; no parser lets a real NUL through."""

_PIECE = re.compile(r"(?P<space>\s+)|(?P<mark>\x00)|(?P<word>[^\s\x00]+)")
# Controls and invisible format characters (bidirectional overrides, zero-width spaces, soft hyphens) can make
# a quotation look like other words. The zero-width joiners stay: scripts and emoji need them.
_INVISIBLE = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Inline:
    """One line of text, its footnote marks, and the offsets at which a further line of the file begins."""

    text: str
    marks: tuple[Mark, ...] = ()
    breaks: tuple[int, ...] = ()


def inline(raw: str, sources: Sequence[str] = ()) -> Inline:
    r"""The one line that `raw` says; each "\x00" in it is a reference to the next of `sources`.

    White space becomes single spaces; a space that only parted a footnote from its word goes with the
    footnote.

    >>> inline("Up 4 %\n this year \x00.  Next.", ["s1"])
    Inline(text='Up 4 % this year. Next.', marks=(Mark(offset=16, source='s1'),), breaks=(7,))
    """
    raw = _INVISIBLE.sub("", unicodedata.normalize("NFC", raw))
    if MARK not in raw and "\n" not in raw:
        return Inline(" ".join(raw.split()))
    words: list[str] = []
    marks: list[Mark] = []
    breaks: list[int] = []
    ids = iter(sources)
    length = newlines = 0
    spaced = marked = False
    for piece in _PIECE.finditer(raw):
        word = piece.group()
        if piece.lastgroup == "space":
            spaced = True
            newlines += word.count("\n")
        elif piece.lastgroup == "mark":
            marks.append(Mark(length, next(ids)))
            marked = True
        else:
            if spaced and length and not (marked and word[0] in ".,;:!?"):
                words.append(" ")
                length += 1
            breaks.extend([length] * newlines)
            words.append(word)
            length += len(word)
            newlines = 0
            spaced = marked = False
    return Inline("".join(words), tuple(marks), tuple(breaks))
