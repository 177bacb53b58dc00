"""Normalisation of raw text to one line of plain NFC text, and of code to lines, with the offsets of footnotes and line breaks."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.types import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "\x00"
"""The placeholder for a footnote reference in raw text. The parsers remove NUL characters of a file."""

_PIECE = re.compile(
    r"(?P<space>\s+)"  # "  \n"
    r"|(?P<mark>\x00)"  # a footnote reference
    r"|(?P<word>[^\s\x00]+)"  # "$30B,"
)
# Control characters and invisible format characters (bidirectional overrides, zero-width spaces, soft hyphens) can
# make a quotation look like other words. The zero-width joiners stay, because scripts and emoji need them.
_INVISIBLE = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Inline:
    """One line of text, or lines of code, with its footnote marks and `breaks`, the offsets at which the file's next lines begin."""

    text: str
    marks: tuple[Mark, ...] = ()
    breaks: tuple[int, ...] = ()


def inline(raw: str, sources: Sequence[str] = ()) -> Inline:
    r"""Return raw text as one line; each `MARK` in it is a footnote reference to the next of `sources`.

    White space becomes single spaces, and a space that only separates a footnote from its word is removed.
    Invisible characters are removed, and letters are composed with their accents (NFC).

    >>> inline("Up 4 %\n this year \x00.  Next.", ["s1"])
    Inline(text='Up 4 % this year. Next.', marks=(Mark(offset=16, source='s1'),), breaks=(7,))
    """
    if not (raw.isascii() and raw.isprintable()):
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


def code(raw: str) -> Inline:
    r"""Return code with its lines and their indentation, without the indentation that all lines share.

    Blank lines at both ends and invisible characters are removed, and each tab is four spaces.

    >>> code("\n  if ready:\n  \tgo()  \n\n")
    Inline(text='if ready:\n  go()', marks=(), breaks=(10,))
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", raw.replace(MARK, "")))
    lines = textwrap.dedent(re.sub(r"[^\S\n]", " ", text.expandtabs(4))).split("\n")
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return Inline(text, breaks=tuple(found.end() for found in re.finditer("\n", text)))
