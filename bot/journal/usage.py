"""Counts of questions, votes and gaps, computed by SQLite because a busy server has 200,000 rows a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.journal.entries import Gap, Totals

if TYPE_CHECKING:
    import sqlite3

_ASKED = "asks.at >= ?1 AND (?2 IS NULL OR asks.server = ?2)"


def totals(db: sqlite3.Connection, server: int | None, since: float) -> Totals:
    """Return the counts of one server or of all servers since a time in seconds since 1970."""
    asked, answered = db.execute(
        f"SELECT count(*), total(kind = 'answer') FROM asks JOIN replies ON id = reply WHERE {_ASKED}",  # noqa: S608
        (since, server),
    ).fetchone()
    median = db.execute(
        f"SELECT milliseconds FROM asks JOIN replies ON id = reply WHERE {_ASKED}"  # noqa: S608
        " ORDER BY milliseconds LIMIT 1 OFFSET ?3",
        (since, server, asked // 2),
    ).fetchone()
    up, down = db.execute(
        "SELECT total(value = 1), total(value = -1) FROM votes WHERE reply IN"
        " (SELECT reply FROM asks WHERE at >= ?1 AND (?2 IS NULL OR server = ?2))",
        (since, server),
    ).fetchone()
    (gaps,) = db.execute(
        "SELECT count(DISTINCT lower(trim(question, ' ?!.'))) FROM gaps WHERE ?1 IS NULL OR server = ?1",
        (server,),
    ).fetchone()
    return Totals(
        asked=asked,
        answered=int(answered),
        up=int(up),
        down=int(down),
        gaps=gaps,
        milliseconds=median[0] if median else 0.0,
    )


def gaps(db: sqlite3.Connection, server: int | None) -> list[Gap]:
    """Return the unanswered questions of one server or of all servers, most frequent first."""
    rows = db.execute(
        "SELECT min(reply), min(question), min(nearest), min(server), count(*), max(reported), max(at)"
        " FROM gaps WHERE ?1 IS NULL OR server = ?1"
        # The same question counts once, however it is capitalised or punctuated.
        " GROUP BY lower(trim(question, ' ?!.')) ORDER BY count(*) DESC, max(at) DESC",
        (server,),
    )
    return [Gap(*row) for row in rows]
