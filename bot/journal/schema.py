"""The schema of the journal, and the upgrade of a journal of an older version."""

from __future__ import annotations

import sqlite3

VERSION = 2

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE replies (
    id TEXT PRIMARY KEY, generation TEXT NOT NULL, kind TEXT NOT NULL, confidence REAL NOT NULL,
    today TEXT NOT NULL, layers TEXT NOT NULL, evidence TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE asks (
    reply TEXT NOT NULL, server INTEGER NOT NULL, channel INTEGER NOT NULL, milliseconds REAL NOT NULL, at REAL NOT NULL
);
CREATE INDEX asks_at ON asks (at);
CREATE TABLE posts (
    message INTEGER PRIMARY KEY, channel INTEGER NOT NULL, server INTEGER NOT NULL, reply TEXT NOT NULL,
    changed TEXT NOT NULL DEFAULT '', at REAL NOT NULL
);
CREATE INDEX posts_at ON posts (at);
CREATE TABLE votes (
    reply TEXT NOT NULL, voter BLOB NOT NULL, value INTEGER NOT NULL, why TEXT NOT NULL DEFAULT '', at REAL NOT NULL,
    PRIMARY KEY (reply, voter)
) WITHOUT ROWID;
CREATE TABLE gaps (
    reply TEXT NOT NULL, reporter BLOB NOT NULL, server INTEGER NOT NULL, question TEXT NOT NULL,
    nearest TEXT NOT NULL, reported INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (reply, reporter)
) WITHOUT ROWID;
CREATE TABLE watches (
    reply TEXT NOT NULL, person INTEGER NOT NULL, channel INTEGER NOT NULL, message INTEGER NOT NULL,
    told TEXT NOT NULL DEFAULT '', at REAL NOT NULL,
    PRIMARY KEY (reply, person)
) WITHOUT ROWID;
CREATE TABLE preferences (
    server INTEGER NOT NULL, channel INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (server, channel)
) WITHOUT ROWID;
"""

_SECOND = """
CREATE TABLE days (
    day TEXT NOT NULL, person BLOB NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (day, person)
) WITHOUT ROWID;
"""

TABLES = ("replies", "asks", "posts", "votes", "gaps", "watches", "preferences", "days")


def version(db: sqlite3.Connection) -> int:
    """Return the version of a journal; 0 for an empty file."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def upgrade(db: sqlite3.Connection) -> None:
    """Create the tables that a journal lacks. The caller opens a transaction."""
    # `executescript` would end the transaction of the caller.
    for statement in ";".join((_FIRST, _SECOND)[version(db) :]).split(";"):
        if statement.strip():
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
