"""The figures of several entities as lines of fixed-width text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.types import Table, TableRow

_GAP = 2


def table_lines(table: Table, width: int) -> tuple[str, ...]:
    r"""Return a table's rows as columns, or with two lines for each row if the columns are wider than `width`.

    >>> from bot.types import Table, TableRow
    >>> rows = (TableRow("OpenAI", "$50 billion", "", "2026-09", "reported", 2), TableRow("xAI", "2", "GW", "2026", "guided", 1))
    >>> print("\n".join(table_lines(Table("revenue", rows), 40)))
    OpenAI  $50 billion  2026-09      [2]
    xAI     2 GW         2026 guided  [1]
    >>> print("\n".join(table_lines(Table("revenue", rows), 24)))
    OpenAI
      $50 billion 2026-09 [2]
    xAI
      2 GW 2026 guided [1]
    """
    cells = [(row.entity, _value(row), _date(row), f"[{row.citation}]") for row in table.rows]
    widths = [max(map(len, column), default=0) for column in zip(*cells, strict=True)]
    if sum(widths) + _GAP * (len(widths) - 1) <= width:
        return tuple(
            (" " * _GAP).join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
            for row in cells
        )
    lines: list[str] = []
    previous = ""
    for entity, *rest in cells:
        lines += [f"  {' '.join(rest)}"] if entity == previous else [entity, f"  {' '.join(rest)}"]
        previous = entity
    return tuple(lines)


def _value(row: TableRow) -> str:
    """Return the value with its unit."""
    return f"{row.value} {row.unit.split(',')[0]}" if row.unit else row.value


def _date(row: TableRow) -> str:
    """Return the period, and the status of a figure that was not reported."""
    return row.as_of if row.status == "reported" else f"{row.as_of} {row.status}"
