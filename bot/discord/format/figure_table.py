"""A table of figures as a block of fixed-width text that fits a phone."""

from __future__ import annotations

from dataclasses import replace

from bot.discord.format.escape import one_line
from bot.discord.format.lengths import length, shortened
from bot.text.fixed_width_table import table_lines
from bot.types import Table, TableRow

PHONE_COLUMNS = 36
"""The characters of fixed width that fit on a line of a phone."""

MAX_TABLE = 700
"""The greatest length of a table's rows, so that there is room for the sources."""

_TITLE = 120
_CELL = 34
_REMARK = 200
_REMARKS = 4


def table_block(table: Table) -> str:
    r"""Return a table's title, its rows in a code block and its remarks.

    The number of rows that do not fit is shown below the block.

    >>> row = TableRow("OpenAI", "$50 billion", "", "2026-09", "reported", 1)
    >>> print(table_block(Table("revenue", (row,), ("no figure: xAI",))))
    **revenue**
    ```
    OpenAI  $50 billion  2026-09  [1]
    ```
    -# no figure: xAI
    """
    rows = tuple(map(_plain, table.rows))
    shown = len(rows)
    while shown > 1 and length("\n".join(_lines(rows[:shown]))) > MAX_TABLE:
        shown -= 1
    remarks = [f"-# {shortened(one_line(remark), _REMARK)}" for remark in table.remarks[:_REMARKS]]
    if shown < len(rows):
        remarks.insert(0, f"-# {len(rows) - shown} more rows did not fit")
    block = "\n".join(("```", *_lines(rows[:shown]), "```"))
    return "\n".join((f"**{shortened(one_line(table.title), _TITLE)}**", block, *remarks))


def _lines(rows: tuple[TableRow, ...]) -> tuple[str, ...]:
    return table_lines(Table("", rows), PHONE_COLUMNS)


def _plain(row: TableRow) -> TableRow:
    """Return a row whose cells cannot end the code block and are short enough for a phone."""
    entity, value, unit = (
        shortened(one_line(cell).replace("`", "'"), _CELL, lambda text: text)
        for cell in (row.entity, row.value, row.unit)
    )
    return replace(row, entity=entity, value=value, unit=unit)
