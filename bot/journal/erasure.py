"""The deletion of rows of the journal: of a server, a reply or a person, or older than a date.

The caller opens a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

_OF_SERVERS = ("posts", "asks", "gaps", "preferences")
"""Tables with a column `server`."""

_OF_REPLIES = ("votes", "watches")
"""Tables that refer to a reply and to no server."""


def servers(db: sqlite3.Connection) -> set[int]:
    """Return the servers that have data."""
    union = " UNION ".join(f"SELECT server FROM {table}" for table in _OF_SERVERS)  # noqa: S608
    return {server for (server,) in db.execute(union) if server}


def erase_server(db: sqlite3.Connection, server: int) -> int:
    """Erase a server's settings, gaps, posts and replies, with their votes and watches; return the number of rows.

    A reply that another server asked for too is kept: in old journals, equal replies share one row.
    """
    replies = {id for (id,) in db.execute("SELECT reply FROM asks WHERE server = ?", (server,))}
    for (ids,) in db.execute("SELECT reply FROM posts WHERE server = ?", (server,)):
        replies.update(ids.split("+"))
    replies -= {id for (id,) in db.execute("SELECT reply FROM asks WHERE server != ?", (server,))}
    erased = 0
    for table in _OF_SERVERS:
        erased += db.execute(f"DELETE FROM {table} WHERE server = ?", (server,)).rowcount  # noqa: S608
    return erased + erase_replies(db, replies)


def erase_replies(db: sqlite3.Connection, ids: Iterable[str]) -> int:
    """Erase replies, their votes and watches; return the number of rows."""
    rows = [(id,) for id in ids]
    erased = 0
    for table in _OF_REPLIES:
        erased += db.executemany(f"DELETE FROM {table} WHERE reply = ?", rows).rowcount  # noqa: S608
    return erased + db.executemany("DELETE FROM replies WHERE id = ?", rows).rowcount


def erase_person(db: sqlite3.Connection, person: int, alias: Callable[[int, str], bytes]) -> int:
    """Erase a person's watches, votes and reports; return the number of rows.

    `alias` returns the pseudonym of a person for one reply, under which the rows are stored.
    """
    erased = db.execute("DELETE FROM watches WHERE person = ?", (person,)).rowcount
    for table, column in (("votes", "voter"), ("gaps", "reporter")):
        # A person's pseudonym differs for each reply, so it has to be computed for every reply with votes or
        # reports.
        for (reply,) in db.execute(f"SELECT DISTINCT reply FROM {table}").fetchall():  # noqa: S608
            erased += db.execute(
                f"DELETE FROM {table} WHERE reply = ? AND {column} = ?",  # noqa: S608
                (reply, alias(person, reply)),
            ).rowcount
    return erased


def prune(db: sqlite3.Connection, before: float) -> int:
    """Remove old replies that nobody watches, the rows that refer to them, and old gaps; return the number of replies.

    `before` is in seconds since 1970.
    """
    old = "SELECT id FROM replies WHERE at < ? AND id NOT IN (SELECT reply FROM watches)"
    db.execute(f"DELETE FROM votes WHERE reply IN ({old})", (before,))  # noqa: S608
    for table in ("asks", "posts", "gaps"):
        db.execute(f"DELETE FROM {table} WHERE at < ?", (before,))  # noqa: S608
    return db.execute(f"DELETE FROM replies WHERE id IN ({old})", (before,)).rowcount  # noqa: S608
