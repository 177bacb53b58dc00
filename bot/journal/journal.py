"""The journal, the bot's memory on disk: SQLite in WAL mode, so that `strata gaps` can read while the bot writes.

Stored: replies (a random id, generation, kind, rounded confidence, the quoted words of the library and their places), the
messages that show a public reply, votes, watches, settings of servers, and the questions of reported gaps.

Never stored: who asked, the text of a question that was answered, or anything computed from it. Votes and reports are
stored under a keyed hash of the person that differs for each reply. So a person counts once and can erase the row, but two
votes of one person cannot be linked. With a daily limit for people, the count of each person is stored under a keyed hash
that changes every day, and is erased on the next day.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal

from bot.errors import JournalError
from bot.journal import erasure, export, file, schema, usage
from bot.journal.entries import Gap, Post, Record, Totals, Watch, confidence, evidence, unpacked
from bot.types import Answer, Reply

MOST_WATCHES = 50
"""The most replies that a person may watch."""

_CLOCK_STEP = 7 * 86_400.0
"""The most seconds by which `trusted_time` advances from one call to the next."""


class Journal:
    """The journal in one file. Safe to use from several threads; several processes may read.

    Reading uses a connection of its own, so it does not wait for a long write.
    """

    def __init__(self, path: Path) -> None:
        """Open the journal, or create it.

        Raises:
            JournalError: The file is not a journal or cannot be written.
            JournalAwayError: The file cannot be opened at the moment, for example because the disk is full.
        """
        self.path = path
        self._lock = threading.RLock()
        self._reading = threading.Lock()
        try:
            self._db, self._reader = file.connect(path)
        except (OSError, sqlite3.Error) as fault:
            raise file.unusable(path, fault) from fault
        try:
            self._make()
            self._key = self._secret()
        except sqlite3.Error as fault:
            self.close()
            raise file.unusable(path, fault) from fault
        except JournalError:
            self.close()
            raise

    def _make(self) -> None:
        """Create the tables that are missing; a journal of the current version is not written to."""
        if schema.version(self._db) == schema.VERSION:
            return
        with self._writing():
            if (found := schema.version(self._db)) > schema.VERSION:
                raise JournalError(
                    f"{self.path} has version {found}, not {schema.VERSION}; a newer Strata wrote it; install that version"
                )
            schema.upgrade(self._db)

    def _secret(self) -> bytes:
        if found := self._all("SELECT value FROM meta WHERE key = 'key'"):
            return bytes(found[0][0])
        with self._writing():
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('key', ?)", (secrets.token_bytes(32),))
        # Read again: another process may have stored its key first.
        return self._secret()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            # IMMEDIATE takes the write lock at once, so that a transaction cannot fail halfway for want of it.
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _all(self, query: str, *values: Any) -> list[Any]:
        with self._reading:
            return self._reader.execute(query, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._reading:
            self._reader.close()
            self._db.close()

    def check_owner(self, application: int) -> None:
        """Raise JournalError if this is the journal of another application."""
        owner = self.get("application") or str(application)
        if owner != str(application):
            raise JournalError(
                f"{self.path} is the journal of application {owner}, not of {application}: set discord.journal to another "
                "file, or leave it out"
            )

    def claim(self, application: int) -> None:
        """Store that the journal belongs to an application; raises JournalError if it belongs to another one."""
        self.check_owner(application)
        if not self.get("application"):
            self.put("application", str(application))

    def check_writable(self) -> None:
        """Write a value; raises sqlite3.Error if the disk is full or another process holds the lock."""
        self.put("checked", str(time.time()))

    def trusted_time(self, now: float) -> float:
        """Return the time for deciding which rows are old: `now`, unless the clock has jumped ahead.

        The result is at most a week after the previous result, or after the newest reply. So a clock that is years ahead
        removes only a week of the oldest rows each day until it is corrected, and not all rows at once.
        """
        ((newest,),) = self._all("SELECT max(at) FROM replies")
        last = float(self.get("clock") or newest or now)
        trusted = min(now, last + _CLOCK_STEP)
        self.put("clock", repr(max(trusted, last)))
        return trusted

    def get(self, key: str) -> str:
        """Return the value stored under a key; empty if there is none."""
        rows = self._all("SELECT value FROM meta WHERE key = ?", f"put {key}")
        return str(rows[0][0]) if rows else ""

    def put(self, key: str, value: str) -> None:
        """Keep a value under a key."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"put {key}", value))

    # Replies

    def add(  # more than six parameters: the columns of two tables, most with a default
        self,
        reply: Reply,
        *,
        today: date,
        layers: tuple[str, ...] = (),
        server: int = 0,
        channel: int = 0,
        milliseconds: float = 0.0,
        counts: bool = True,
    ) -> None:
        """Store a reply without its question.

        Args:
            reply: The reply.
            today: The date of the reply.
            layers: The layers that it was restricted to.
            server: The server; 0 in a direct conversation.
            channel: The channel.
            milliseconds: The time to the reply.
            counts: False for the second reply of a comparison, which counts as one question.
        """
        now = time.time()
        kind = "answer" if isinstance(reply, Answer) else "abstention"
        values = (reply.id, reply.generation, kind, confidence(reply), today.isoformat(), json.dumps(layers))
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, evidence(reply), now),
            )
            if counts:
                db.execute(
                    "INSERT INTO asks VALUES (?, ?, ?, ?, ?)", (reply.id, server, channel, milliseconds, now)
                )

    def record(self, id: str) -> Record | None:
        """Return the reply with this id, or None."""
        rows = self._all(
            "SELECT id, generation, kind, confidence, today, layers, evidence FROM replies WHERE id = ?", id
        )
        return unpacked(*rows[0]) if rows else None

    def asked_since(self, at: float) -> dict[int, int]:
        """Return the number of questions of each server and each channel since a time in seconds since 1970."""
        return dict(
            self._all(
                "SELECT server, count(*) FROM asks WHERE at >= ?1 AND server GROUP BY server"
                " UNION ALL SELECT channel, count(*) FROM asks WHERE at >= ?1 AND server GROUP BY channel",
                at,
            )
        )

    def alias_of_day(self, person: int, day: date) -> bytes:
        """Return a person's pseudonym for one day, which cannot be linked across days."""
        return self._alias(person, day.isoformat())

    def count(self, person: int, day: date) -> None:
        """Count a question of a person on a day, and erase the counts of other days."""
        with self._writing() as db:
            db.execute("DELETE FROM days WHERE day != ?", (day.isoformat(),))
            db.execute(
                "INSERT INTO days VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
                (day.isoformat(), self.alias_of_day(person, day)),
            )

    def counted(self, day: date) -> dict[bytes, int]:
        """Return the counts of a day by the pseudonyms of that day."""
        return dict(self._all("SELECT person, times FROM days WHERE day = ?", day.isoformat()))

    def posted(self, reply: str, message: int, channel: int, server: int = 0) -> None:
        """Store that a message shows a reply."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO posts (message, channel, server, reply, at) VALUES (?, ?, ?, ?, ?)",
                (message, channel, server, reply, time.time()),
            )

    def posts(self, since: float = 0.0, most: int = 1_000, before: Post | None = None) -> list[Post]:
        """Return at most `most` messages that show a reply, newest first; with `before`, only older messages."""
        rows = self._all(
            "SELECT message, channel, server, reply, changed, at FROM posts"
            " WHERE at >= ? AND (at, message) < (?, ?) ORDER BY at DESC, message DESC LIMIT ?",
            since,
            before.at if before else 9e99,
            before.message if before else 0,
            most,
        )
        return [Post(*row) for row in rows]

    def post(self, message: int) -> Post | None:
        """Return the reply that a message shows, or None."""
        rows = self._all(
            "SELECT message, channel, server, reply, changed, at FROM posts WHERE message = ?", message
        )
        return Post(*rows[0]) if rows else None

    def mark(self, message: int, changed: str) -> None:
        """Store the changes to its sources that a message shows."""
        with self._writing() as db:
            db.execute("UPDATE posts SET changed = ? WHERE message = ?", (changed, message))

    def unpost(self, *messages: int) -> None:
        """Forget messages that are gone."""
        with self._writing() as db:
            db.executemany("DELETE FROM posts WHERE message = ?", [(message,) for message in messages])

    def servers(self) -> set[int]:
        """Return the servers that the journal has data about."""
        with self._reading:
            return erasure.servers(self._reader)

    def erase_server(self, server: int) -> int:
        """Erase everything about a server; return the number of rows."""
        with self._writing() as db:
            erased = erasure.erase_server(db, server)
        self._truncate()
        return erased

    def erase_replies(self, *ids: str) -> None:
        """Erase replies with their votes and watches."""
        with self._writing() as db:
            erasure.erase_replies(db, ids)

    def _truncate(self) -> None:
        """Empty the write-ahead log, which still contains the erased rows."""
        with self._lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # Votes, reports and watches

    def vote(self, reply: str, person: int, value: int, why: str = "") -> None:
        """Store a person's vote on a reply, 1 or -1, which replaces an earlier vote; the same vote keeps its reason."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO votes VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value,"
                " why = CASE WHEN excluded.why = '' AND value = excluded.value THEN why ELSE excluded.why END,"
                " at = excluded.at",
                (reply, self._alias(person, reply), value, why, time.time()),
            )

    def votes(self, reply: str) -> tuple[int, int]:
        """Return the numbers of votes for and against a reply."""
        counts = dict(self._all("SELECT value, count(*) FROM votes WHERE reply = ? GROUP BY value", reply))
        return counts.get(1, 0), counts.get(-1, 0)

    def report(
        self,
        reply: str,
        person: int,
        question: str,
        nearest: str = "",
        server: int = 0,
        *,
        pressed: bool = True,
    ) -> None:
        """Store the question of an abstention, because a person pressed the button or the server keeps such questions."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET reported = max(reported, excluded.reported)",
                (reply, self._alias(person, reply), server, question, nearest, int(pressed), time.time()),
            )

    def gaps(self, server: int | None = None) -> list[Gap]:
        """Return the stored unanswered questions of one server or of all servers, most frequent first."""
        with self._reading:
            return usage.gaps(self._reader, server)

    def watch(
        self, reply: str, person: int, channel: int, message: int, told: str = ""
    ) -> Literal["watched", "ended", "full"]:
        """Start or end a watch on a reply; return "full" if the person already watches `MOST_WATCHES` others.

        Args:
            reply: The id of the reply.
            person: The person.
            channel: The channel of the message.
            message: The message that shows the reply.
            told: The changes to the sources that the person has seen already.
        """
        with self._writing() as db:
            if db.execute("DELETE FROM watches WHERE reply = ? AND person = ?", (reply, person)).rowcount:
                return "ended"
            watched = db.execute("SELECT count(*) FROM watches WHERE person = ?", (person,)).fetchone()[0]
            if watched >= MOST_WATCHES:
                return "full"
            db.execute(
                "INSERT INTO watches VALUES (?, ?, ?, ?, ?, ?)",
                (reply, person, channel, message, told, time.time()),
            )
        return "watched"

    def watches(self) -> list[Watch]:
        """Return all watches."""
        return [Watch(*row) for row in self._all("SELECT reply, person, channel, message, told FROM watches")]

    def tell(self, reply: str, person: int, told: str) -> None:
        """Store the changes to the sources of a reply that a person was told about."""
        with self._writing() as db:
            db.execute("UPDATE watches SET told = ? WHERE reply = ? AND person = ?", (told, reply, person))

    def forget(self, person: int) -> int:
        """Erase all votes, reports and watches of a person; return their number."""
        with self._writing() as db:
            erased = erasure.erase_person(db, person, self._alias)
        self._truncate()
        return erased

    def prune(self, before: float) -> int:
        """Remove old replies that nobody watches, the rows that refer to them, and old gaps; return the number of replies."""
        with self._writing() as db:
            return erasure.prune(db, before)

    # Settings of servers

    def preferences(self) -> dict[tuple[int, int], dict[str, Any]]:
        """Return the settings of servers (channel 0) and channels."""
        rows = self._all("SELECT server, channel, value FROM preferences")
        return {(server, channel): json.loads(value) for server, channel, value in rows}

    def prefer(self, server: int, channel: int, value: dict[str, Any]) -> None:
        """Store the settings of a server (channel 0) or a channel; empty settings remove the row."""
        with self._writing() as db:
            if value:
                db.execute(
                    "INSERT OR REPLACE INTO preferences VALUES (?, ?, ?)",
                    (server, channel, json.dumps(value)),
                )
            else:
                db.execute("DELETE FROM preferences WHERE server = ? AND channel = ?", (server, channel))

    # Totals and export

    def totals(self, server: int | None = None, since: float = 0.0) -> Totals:
        """Return the counts of one server or of all."""
        with self._reading:
            return usage.totals(self._reader, server, since)

    def export(self) -> Iterator[dict[str, Any]]:
        """Yield every row of every table except `meta` (see bot.journal.export)."""
        for table in schema.TABLES:
            with self._reading:  # released between tables, so that a slow reader does not hold up the bot
                rows = export.rows(self._reader, table)
            yield from rows

    def _alias(self, person: int, reply: str) -> bytes:
        """Return a person's pseudonym for one reply, which cannot be linked across replies."""
        return hmac.new(self._key, f"{person}:{reply}".encode(), hashlib.sha256).digest()[:16]
