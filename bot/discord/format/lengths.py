"""Discord's limits, and texts cut to them.

Lengths are counted in UTF-16 code units, because no other way of counting characters gives a higher number.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.discord.format.escape import escape

CONTENT = 2_000
EMBEDS = 10
TITLE = 256
DESCRIPTION = 4_096
FIELDS = 25
NAME = 256
VALUE = 1_024
FOOTER = 2_048
ALL_EMBEDS = 6_000
LABEL = 80
OPTION = 100
OPTIONS = 25
CUSTOM_ID = 100
MODAL_TITLE = 45


def length(text: str) -> int:
    r"""Return the length of a text in UTF-16 code units.

    >>> length("a\N{FIRE}")
    3
    """
    return len(text) + sum(char > "\uffff" for char in text)


def shortened(text: str, most: int, form: Callable[[str], str] = escape) -> str:
    r"""Return a text after `form`, cut at the end of a word so that the result has at most `most` units.

    >>> shortened("Nine gigawatts of compute", 15)
    'Nine gigawatts…'
    >>> shortened("*" * 9, 8)
    '\\*\\*\\*…'
    """
    if length(whole := form(text)) <= most:
        return whole
    if most < 1:
        return ""
    low, high = 0, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        if length(form(text[:middle].rstrip())) < most:
            low = middle
        else:
            high = middle - 1
    cut = text[:low]
    if low < len(text) and not text[low].isspace() and " " in cut.strip():
        cut = cut[: cut.rindex(" ")]
    return form(cut.rstrip(" ,;:–-")) + "…"
