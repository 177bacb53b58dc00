"""Tables for reading: the same rows as text and as Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan

from bot.evaluation.statistics import Estimate

Row = tuple[str, ...]

_MENTION = re.compile(r"@(?=[^\W\d])")


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the names of the columns, rows of as many cells, and a remark; title and remark may be empty."""

    title: str
    head: Row
    rows: tuple[Row, ...]
    note: str = ""
    words: frozenset[int] = frozenset([0])
    """The columns that are words rather than numbers, from 0."""

    def text(self) -> str:
        """For a terminal: words to the left, numbers to the right.

        >>> print(Table("Counts", ("kind", "n"), (("date", "1"), ("list", "10"))).text())
        Counts
          kind   n
          date   1
          list  10
        """
        widths = [max(len(row[i]) for row in (self.head, *self.rows)) for i in range(len(self.head))]
        lines = []
        for row in (self.head, *self.rows):
            cells = [
                cell.ljust(width) if i in self.words else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append(f"  {'  '.join(cells)}".rstrip())
        return "\n".join((self.title, *lines, *((f"  {self.note}",) if self.note else ())))

    def markdown(self) -> str:
        r"""For a page.

        >>> print(Table("Counts", ("kind", "n"), (("a | b", "1"),)).markdown())
        **Counts**
        <BLANKLINE>
        | kind | n |
        | --- | ---: |
        | a \| b | 1 |
        """
        rule = ["---" if i in self.words else "---:" for i in range(len(self.head))]
        rows = [_line(row) for row in (self.head, *self.rows)]
        rows.insert(1, f"| {' | '.join(rule)} |")
        title = (f"**{self.title}**", "") if self.title else ()
        note = ("", self.note) if self.note else ()
        return "\n".join((*title, *rows, *note))


def _line(row: Sequence[str]) -> str:
    return f"| {' | '.join(escaped(cell) for cell in row)} |"


def escaped(text: str) -> str:
    r"""Words as Markdown shows them, on one line: no markup, no link, no mention comes of a document's text.

    >>> escaped("*a* | <b>\n@c [d](e)")
    '\\*a\\* \\| &lt;b> @\u2060c \\[d\\](e)'
    """
    plain = " ".join(text.split())
    for mark in "\\`*_[]|#~":
        plain = plain.replace(mark, f"\\{mark}")
    return _MENTION.sub("@\N{WORD JOINER}", plain.replace("<", "&lt;"))


def share(value: float) -> str:
    """A number of three decimals; a dash for none.

    >>> share(0.5), share(float("nan"))
    ('0.500', '–')
    """
    return "–" if isnan(value) else f"{value:.3f}"


def with_interval(found: Estimate) -> str:
    """A value with its interval.

    >>> with_interval(Estimate(0.5, 0.45, 0.55, 9))
    '0.50 [.45 .55]'
    """
    if isnan(found.value) or not found.n:
        return "–"
    return f"{found.value:.2f} [{_short(found.low)} {_short(found.high)}]"


def difference(found: Estimate) -> str:
    """A difference with its sign, a star where its interval leaves 0 out, and the interval; "same" where nothing differs.

    >>> difference(Estimate(0.1, 0.05, 0.15, 9))
    '+0.100* [+.050 +.150]'
    """
    if isnan(found.value) or not found.n:
        return "–"
    if found.value == found.low == found.high == 0:
        return "same"
    star = "*" if found.is_clear else ""
    low, high = (f"{bound:+.3f}".replace("0.", ".", 1) for bound in (found.low, found.high))
    return f"{found.value:+.3f}{star} [{low} {high}]"


def estimate_json(found: Estimate) -> dict[str, float | int | None]:
    """An estimate in the JSON forms, where there is no nan.

    >>> estimate_json(Estimate(float("nan"), 0.0, 0.5, 0))
    {'value': None, 'low': 0.0, 'high': 0.5, 'n': 0}
    """
    return {key: number_json(value) for key, value in asdict(found).items()}


def number_json(value: float) -> float | None:
    """A number in the JSON forms; None for nan."""
    return None if isnan(value) else value


def _short(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"
