"""Files of comma- or tab-separated values, whose rows become the rows of a table."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from index.documents.inline import MARK, inline
from index.documents.outline import Body
from index.types import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ROWS = 5_000
"""The most rows of a file that are read; a larger table is a database, not a document."""
MAX_CELL_CHARS = 10_000


def parse(text: str, suffix: str) -> tuple[Body, str]:
    r"""Return the rows of a .csv or .tsv file, and a warning if the file has more than `MAX_ROWS`.

    The first row that is not empty is the header, and the lead of each other row.

    >>> parse("site,halls\nElm,11\n", ".csv")[0].items[0].text
    'Elm | 11'
    """
    blocks: list[Block] = []
    header = ""
    warning = ""
    for first, last, cells in _rows(text, "\t" if suffix == ".tsv" else _delimiter(text)):
        row = " | ".join(cells).strip(" |")
        if not row:
            continue
        if not header:
            header, place = row, (first, last)
        elif len(blocks) == MAX_ROWS:
            warning = f"the table has more than {MAX_ROWS:,} rows; the rest is left out: split the file"
            break
        else:
            blocks.append(Block("row", row, first, last, lead=header))
    if header and not blocks:
        blocks.append(Block("row", header, *place))
    return Body(tuple(blocks)), warning


def _delimiter(text: str) -> str:
    """Return the character that separates the cells of the first line: "," unless ";" or a tab is more frequent."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return max((",", ";", "\t"), key=first.count)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the first and the last line of each row and its cells; a row that is not valid is read as one cell."""
    reader = csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter)
    end = 0
    while True:
        start = end + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell beyond the limit of the module
            end = max(reader.line_num, start)
            continue
        end = max(reader.line_num, start)
        yield start, end, [inline(cell.replace(MARK, "")[:MAX_CELL_CHARS]).text for cell in cells]
