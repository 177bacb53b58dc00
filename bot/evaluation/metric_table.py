"""A table of figures as text and as Markdown, and figures as the words of its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from bot.evaluation.statistics import Estimate

Row = tuple[str, ...]

_MARKUP = re.compile(r"[\\`*_\[\]|#~]")  # "*bold*", "[link](address)", the border of a table cell
_MENTION = re.compile(r"@(?=[^\W\d])")  # "@someone", which GitHub would notify


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title and a note, which may be empty, as text and as Markdown."""

    title: str
    head: Row
    rows: tuple[Row, ...]
    note: str = ""
    words: frozenset[int] = frozenset([0])
    """The columns, from 0, that hold words and are aligned to the left."""

    def text(self) -> str:
        """Return the table as aligned text for a terminal.

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
        r"""Return the table as Markdown.

        >>> print(Table("Counts", ("kind", "n"), (("a | b", "1"),)).markdown())
        **Counts**
        <BLANKLINE>
        | kind | n |
        | --- | ---: |
        | a \| b | 1 |
        """
        rule = ["---" if i in self.words else "---:" for i in range(len(self.head))]
        rows = [_markdown_row(row) for row in (self.head, *self.rows)]
        rows.insert(1, f"| {' | '.join(rule)} |")
        title = (f"**{self.title}**", "") if self.title else ()
        note = ("", self.note) if self.note else ()
        return "\n".join((*title, *rows, *note))


def _markdown_row(row: Sequence[str]) -> str:
    return f"| {' | '.join(escape_markdown(cell) for cell in row)} |"


def escape_markdown(text: str) -> str:
    r"""Return a text that Markdown shows as it is, on one line: without markup, links and mentions.

    >>> escape_markdown("*a* | <b>\n@c [d](e)")
    '\\*a\\* \\| &lt;b> @\u2060c \\[d\\](e)'
    """
    plain = _MARKUP.sub(r"\\\g<0>", " ".join(text.split())).replace("<", "&lt;")
    return _MENTION.sub("@\N{WORD JOINER}", plain)


def rounded(value: float) -> str:
    """Return a number with three decimals; a dash for nan.

    >>> rounded(0.5), rounded(float("nan"))
    ('0.500', '–')
    """
    return "–" if isnan(value) else f"{value:.3f}"


def with_interval(found: Estimate) -> str:
    """Return a value with its interval.

    >>> with_interval(Estimate(0.5, 0.45, 0.55, 9))
    '0.50 [.45 .55]'
    """
    if isnan(found.value) or not found.n:
        return "–"
    return f"{found.value:.2f} [{_two_decimals(found.low)} {_two_decimals(found.high)}]"


def difference(found: Estimate) -> str:
    """Return a difference with its interval, and with an asterisk if the interval excludes 0; "same" if both are 0.

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


def _two_decimals(value: float) -> str:
    """Return a number with two decimals, and without the 0 before the point."""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"
