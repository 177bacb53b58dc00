"""A table row as one line of text, `a | b | c`, and as a reader sees it: `a · Head: b · Head: c`.

The line is what passages hold and what a quotation is checked against; the second form has the same cells and heads,
word for word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BORDER = re.compile(
    r"(?:^| )\|(?= |$)"
)  # " |" between two cells, "|" after an empty first cell or before an empty last cell

_UNIT = re.compile(
    r"""\(?(?:
        (?:[A-Z][a-z]+\ |US\ |U\.S\.\ )*(?:dollars|amounts|figures|euros)?,?\ ?in\ (?:thousands|millions|billions)\b.*
                                        # "In millions", "(in thousands, except per share data)", "Dollars in billions"
        |[$€£¥]\ ?(?:thousand|million|billion|[mb]n?)s?   # "$ million", "€bn"
    )\)?""",
    re.IGNORECASE | re.VERBOSE,
)

_SIGNS_BEFORE = frozenset(["", "$", "€", "£", "¥", "(", "($", "-", "+"])
_SIGNS_AFTER = frozenset(["", ")", "%", ")%", "x", "pp", "pts"])


def row_text(cells: Sequence[str]) -> str:
    """Return the cells of a row on one line; empty cells at its end are left out.

    >>> row_text(["a", "", "b", ""]), row_text(["", "b"])
    ('a | | b', '| b')
    """
    text = " | ".join(" ".join(cell.split()) for cell in cells)
    return re.sub(r"\s+", " ", text.rstrip(" |")).strip()


def cells(text: str) -> list[str]:
    """Return the cells of a row from its line.

    >>> cells("a | | b"), cells("| b")
    (['a', '', 'b'], ['', 'b'])
    """
    return [cell.strip() for cell in _BORDER.split(text)]


def is_unit(text: str) -> bool:
    """Return whether a text only says in which unit the figures of a table are.

    >>> is_unit("(In millions)"), is_unit("€bn"), is_unit("In millions of homes and offices, power failed.")
    (True, True, False)
    """
    return len(text) <= 60 and not text.endswith(".") and _UNIT.fullmatch(text.strip()) is not None


def labelled(heads: str, row: str) -> str:
    """Return a row with a head before each cell but the first, without empty cells; a unit stands at the end.

    Args:
        heads: The line of the table's header row; empty if the table has none.
        row: The line of the row.

    >>> labelled("Layer | Example | Date", "Energy | GE Vernova | June 2026")
    'Energy · Example: GE Vernova · Date: June 2026'
    >>> labelled("(In millions) | 2026 | 2025", "Revenue | $4,812 | $3,377")
    'Revenue · 2026: $4,812 · 2025: $3,377 (In millions)'
    """
    names, values = cells(heads), cells(row)
    if not heads or len(values) > len(names):
        return " · ".join(value for value in values if value)
    shown = [
        values[0],
        *(
            f"{name}: {value}" if name and value else value
            for name, value in zip(names[1:], values[1:], strict=False)
        ),
    ]
    text = " · ".join(part for part in shown if part)
    if not is_unit(names[0]):
        return text
    return f"{text} {names[0]}" if names[0].startswith("(") else f"{text} ({names[0]})"


def without_sign_columns(rows: Sequence[Sequence[str]], header_rows: int) -> list[list[str]]:
    """Return the rows of a table with each column of signs joined to its figures: `$`, `4,812`, `)` become one cell.

    Tables of filings set the currency sign, the figure and the closing bracket of a negative figure in three columns.

    Args:
        rows: The rows, header rows first.
        header_rows: The number of header rows.

    >>> without_sign_columns([["", "2026", "", ""], ["Loss", "$", "(212", ")"], ["Sales", "$", "905", ""]], 1)
    [['', '2026'], ['Loss', '$(212)'], ['Sales', '$905']]
    """
    width = max((len(row) for row in rows), default=0)
    grid = [[*row, *[""] * (width - len(row))] for row in rows]
    column = width - 1
    while column > 0:
        body = {row[column] for row in grid[header_rows:]}
        if body <= _SIGNS_AFTER and column > 1 and _share_heads(grid[:header_rows], column - 1):
            _join(grid, column - 1, header_rows)
        elif body <= _SIGNS_BEFORE and column + 1 < len(grid[0]) and _share_heads(grid[:header_rows], column):
            _join(grid, column, header_rows)
        column -= 1
    return grid


def _share_heads(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Return whether a column and the next have the same heads, or heads of which only one is not empty."""
    return all(row[column] == row[column + 1] or not (row[column] and row[column + 1]) for row in rows)


def _join(grid: list[list[str]], column: int, header_rows: int) -> None:
    """Join a column with the column after it."""
    for number, row in enumerate(grid):
        left, right = row[column], row[column + 1]
        if number < header_rows:
            row[column : column + 2] = [left if left == right or not right else f"{left} {right}".strip()]
        else:
            row[column : column + 2] = [left + right]
