"""The tables of HTML pages: cells that span columns and rows, header rows, and the unit of the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.text.table_row import row_text, without_sign_columns

MAX_SPAN = 100
"""The most columns or rows that a cell spans; a larger number is an error of the page."""


@dataclass(slots=True)
class Cell:
    """A table cell: the columns and the rows that it spans, and its text."""

    columns: int
    rows: int
    text: str = ""


@dataclass(slots=True)
class Row:
    """A table row: its cells, its lines, and whether all of its cells are header cells (`th`)."""

    first_line: int
    last_line: int
    is_header: bool = True
    cells: list[Cell] = field(default_factory=list)

    @property
    def has_text(self) -> bool:
        """True if one of the cells has text."""
        return any(cell.text for cell in self.cells)


@dataclass(slots=True)
class Table:
    """An open table."""

    rows: list[Row] = field(default_factory=list)
    in_cell: bool = False


def read_table(rows: Sequence[Row], unit: str) -> tuple[str, list[str]]:
    """Return the line of a table's header, which may be empty, and the lines of its other rows.

    Several header rows become one: "Year ended June 30, 2026". A cell that spans rows is repeated in each of them, and
    so is a header cell that spans columns.

    Args:
        rows: The rows of the table.
        unit: The unit of the figures, which a paragraph above the table names; it becomes the head of the first column.
    """
    count = _header_rows(rows)
    grid = _grid(rows, count)
    if count or any(cell.columns > 1 for row in rows for cell in row.cells):
        grid = without_sign_columns(grid, count)
    columns = (
        [dict.fromkeys(row[at] for row in grid[:count] if row[at]) for at in range(len(grid[0]))]
        if grid
        else []
    )
    heads = [" ".join(names) for names in columns]
    if count and unit and not heads[0]:
        heads[0] = unit
    return row_text(heads), [row_text(row) for row in grid[count:]]


def _header_rows(rows: Sequence[Row]) -> int:
    """Return the number of header rows: the first rows of `th` cells, or the first rows without a name in a filing's table."""
    count = 0
    while count < len(rows) - 1 and rows[count].is_header:
        count += 1
    if count:
        return count
    while count < len(rows) - 1 and not rows[count].cells[0].text:
        count += 1
    return count if count and all(row.cells[0].text for row in rows[count:]) else 0


def _grid(rows: Sequence[Row], header_rows: int) -> list[list[str]]:
    """Return the text of each row and column, all rows of the same width."""
    texts: dict[tuple[int, int], str] = {}  # by row and column
    for number, row in enumerate(rows):
        column = 0
        for cell in row.cells:
            while (number, column) in texts:  # a cell of an earlier row spans this row
                column += 1
            # Beyond that width a page is hostile, and spans would cost more than the page itself.
            columns, below = (cell.columns, cell.rows) if column < MAX_SPAN else (1, 1)
            for right in range(columns):
                text = cell.text if right == 0 or number < header_rows else ""
                for down in range(min(below, len(rows) - number)):
                    texts[number + down, column + right] = text
            column += columns
    width = max((column + 1 for _, column in texts), default=0)
    return [[texts.get((number, column), "") for column in range(width)] for number in range(len(rows))]
