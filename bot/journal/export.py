"""The rows of the journal's tables as JSON objects, for `strata journal export`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

_JSON_COLUMNS = ("evidence", "value", "layers")


def rows(db: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table, each with the name of the table; hashes are in hexadecimal."""
    cursor = db.execute(f"SELECT * FROM {table}")  # noqa: S608  # the name is one of schema.TABLES
    names = [column[0] for column in cursor.description]
    return [{"table": table, **_values(names, row)} for row in cursor]


def _values(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    """Return the columns of a row by name, with JSON parsed."""
    values = {n: v.hex() if isinstance(v, bytes) else v for n, v in zip(names, row, strict=True)}
    # In the table of votes, `value` is a number.
    parsed = {n: json.loads(values[n]) for n in _JSON_COLUMNS if isinstance(values.get(n), str)}
    return values | parsed
