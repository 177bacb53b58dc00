"""Texts, dates and sources as every interface shows them."""

from __future__ import annotations

import textwrap
from datetime import date

from index.text.months import written_date
from index.types import Source

_CONTROLS = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) != "\n"}
"""Control characters, which a terminal would execute rather than show, mapped to spaces."""


def printable(text: str) -> str:
    r"""Return a text of a document without the characters that a terminal would execute.

    >>> printable("sold\x1b[31m out")
    'sold [31m out'
    """
    return text.translate(_CONTROLS)


def on_one_line(text: str) -> str:
    r"""Return a title or a file name as one printable line.

    >>> on_one_line("a\nb.md")
    'a b.md'
    """
    return printable(text).replace("\n", " ")


def wrap(text: str, width: int, indent: str = "", hanging: str | None = None) -> str:
    r"""Wrap each line of a text at spaces. Words and links are never broken; empty lines are dropped.

    Args:
        text: One or more lines.
        width: The maximum number of columns of a line.
        indent: The prefix of each line of `text`.
        hanging: The prefix of continuation lines; by default `indent`.

    >>> wrap("a source <https://example.org/long>", 20, "  ", "    ")
    '  a source\n    <https://example.org/long>'
    """
    wrapper = textwrap.TextWrapper(
        max(width, 1),
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(wrapper.fill(line) for line in text.split("\n") if line.strip())


def source(source: Source) -> str:
    """Return a public source as one line.

    >>> source(Source("a", "Anthropic", "Series G", "https://example.org/g", "2026-02"))
    'Anthropic, “Series G”, February 2026 <https://example.org/g>'
    """
    address = f" <{source.url}>" if source.url else ""
    return f"{source.publisher}, “{source.title}”, {_source_date(source)}{address}"


def short_source(source: Source) -> str:
    """Return the publisher and the date of a public source.

    >>> short_source(Source("a", "Anthropic", "Series G", "https://example.org/g", "2026-02"))
    'Anthropic, February 2026'
    """
    return f"{source.publisher}, {_source_date(source)}"


def _source_date(source: Source) -> str:
    read = f"read {written_date(source.accessed)}" if source.accessed else "undated"
    return written_date(source.published) if source.published else read


def day(value: date) -> str:
    """Return a date in words.

    >>> day(date(2026, 4, 6))
    '6 April 2026'
    """
    return written_date(value.isoformat())
