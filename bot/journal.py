"""What the bot remembers: SQLite in WAL mode, so that `strata gaps` can read while the bot writes.

Stored: replies (generation, kind, scores, the library's own quoted words and places), where a public reply stands,
votes, watches, settings of servers, and the questions of reported gaps.
Never stored: who asked, and the text of a question that was answered. A vote and a report carry a keyed hash that is
different for each reply, so that a person counts once and can erase it, and nothing links their votes.
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
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import JournalError
from bot.types import Abstention, Answer, Citation, Quote, Reply
from index.types import Source

if TYPE_CHECKING:
    from bot.types import Reason

VERSION = 1

_SCHEMA = """
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

TABLES = ("replies", "asks", "posts", "votes", "gaps", "watches", "preferences")


@dataclass(frozen=True, slots=True)
class Record:
    """A reply as it was made. Its question is not kept: `reply` takes it as an argument."""

    id: str
    generation: str
    kind: str
    """"answer" or "abstention"."""
    confidence: float
    today: date
    """The day that decided which documents were stale."""
    layers: tuple[str, ...]
    quotes: tuple[Quote, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    message: str = ""

    def reply(self, question: str = "") -> Reply:
        """The reply again, with a question of the caller's."""
        if self.kind == "answer":
            return Answer(
                self.id, question, self.generation, self.confidence, self.quotes, self.citations, self.notes
            )
        reason: Reason = self.reason  # type: ignore[assignment]  # it was one when it was stored
        return Abstention(
            self.id, question, self.generation, self.confidence, reason, self.message,
            self.nearest, self.quotes, self.citations, self.notes,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """A message in a channel that shows a reply."""

    message: int
    channel: int
    server: int
    reply: str
    """The reply's id; two with a plus sign between them for a comparison."""
    changed: str
    """What was last shown of changes to its sources; empty where it stands as it was."""
    at: float


@dataclass(frozen=True, slots=True)
class Watch:
    """A person who wants to be told when the evidence of a reply changes."""

    reply: str
    person: int
    channel: int
    message: int
    told: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that the library did not answer, with how often it was kept."""

    reply: str
    question: str
    nearest: str
    """The nearest heading that the library has; empty where there is none."""
    server: int
    times: int
    reported: int
    """1 where someone pressed "Report this gap"; 0 where the server's setting kept it."""
    at: float


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts for `/stats`."""

    asked: int
    answered: int
    up: int
    down: int
    gaps: int
    milliseconds: float
    """The median time to a reply."""


class Journal:
    """The journal in one file. Safe to use from several threads; several processes may read."""

    def __init__(self, path: Path) -> None:
        """Open or make the journal; raises JournalError where the file is none or cannot be written."""
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not path.exists()
            self._db = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
            if fresh:
                path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA secure_delete = ON")
            self._make()
        except (OSError, sqlite3.Error) as fault:
            raise JournalError(f"{path} is not a journal that can be used ({fault}); move it away") from fault
        self._key = self._secret()

    def _make(self) -> None:
        with self._writing():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    if statement.strip():
                        self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise JournalError(
                    f"{self.path} has version {version}, not {VERSION}; another Strata made it"
                )

    def _secret(self) -> bytes:
        with self._writing():
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('key', ?)", (secrets.token_bytes(32),))
            key = self._db.execute("SELECT value FROM meta WHERE key = 'key'").fetchone()[0]
        return bytes(key)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _all(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def get(self, key: str) -> str:
        """What was put under a key; empty where nothing was."""
        rows = self._all("SELECT value FROM meta WHERE key = ?", f"put {key}")
        return str(rows[0][0]) if rows else ""

    def put(self, key: str, value: str) -> None:
        """Keep a value under a key."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"put {key}", value))

    # Replies

    def add(
        self,
        reply: Reply,
        *,
        today: date,
        layers: tuple[str, ...] = (),
        server: int = 0,
        channel: int = 0,
        milliseconds: float = 0.0,
    ) -> None:
        """Note that a reply was made: without its question."""
        now = time.time()
        kind = "answer" if isinstance(reply, Answer) else "abstention"
        values = (reply.id, reply.generation, kind, reply.confidence, today.isoformat(), json.dumps(layers))
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, _packed(reply), now),
            )
            db.execute(
                "INSERT INTO asks VALUES (?, ?, ?, ?, ?)", (reply.id, server, channel, milliseconds, now)
            )

    def record(self, id: str) -> Record | None:
        """The reply with this id; None where there is none."""
        rows = self._all(
            "SELECT id, generation, kind, confidence, today, layers, evidence FROM replies WHERE id = ?", id
        )
        return _unpacked(*rows[0]) if rows else None

    def asked_since(self, at: float) -> dict[int, int]:
        """How many questions each server asked since then (seconds since 1970)."""
        return dict(
            self._all("SELECT server, count(*) FROM asks WHERE at >= ? AND server GROUP BY server", at)
        )

    def posted(self, reply: str, message: int, channel: int, server: int = 0) -> None:
        """Note that a message shows a reply."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO posts (message, channel, server, reply, at) VALUES (?, ?, ?, ?, ?)",
                (message, channel, server, reply, time.time()),
            )

    def posts(self, since: float = 0.0, most: int = 1_000) -> list[Post]:
        """Messages that show a reply, the newest first."""
        rows = self._all(
            "SELECT message, channel, server, reply, changed, at FROM posts WHERE at >= ? ORDER BY at DESC LIMIT ?",
            since,
            most,
        )
        return [Post(*row) for row in rows]

    def post(self, message: int) -> Post | None:
        """The reply that a message shows; None where it shows none."""
        rows = self._all(
            "SELECT message, channel, server, reply, changed, at FROM posts WHERE message = ?", message
        )
        return Post(*rows[0]) if rows else None

    def mark(self, message: int, changed: str) -> None:
        """Note what a message now shows of changes to its sources."""
        with self._writing() as db:
            db.execute("UPDATE posts SET changed = ? WHERE message = ?", (changed, message))

    def unpost(self, message: int) -> None:
        """Forget a message that is gone."""
        with self._writing() as db:
            db.execute("DELETE FROM posts WHERE message = ?", (message,))

    # What buttons allow to be stored

    def vote(self, reply: str, person: int, value: int, why: str = "") -> None:
        """Count a person's vote on a reply, 1 or -1, in place of an earlier one."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?)",
                (reply, self._alias(person, reply), value, why, time.time()),
            )

    def votes(self, reply: str) -> tuple[int, int]:
        """Votes for and against a reply."""
        rows = self._all("SELECT value, count(*) FROM votes WHERE reply = ? GROUP BY value", reply)
        counts = dict(rows)
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
        """Keep the question of an abstention: its reporter pressed the button, or the server's setting says so."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET reported = max(reported, excluded.reported)",
                (reply, self._alias(person, reply), server, question, nearest, int(pressed), time.time()),
            )

    def gaps(self, server: int | None = None) -> list[Gap]:
        """Kept questions that the library did not answer, of one server or of all; the most frequent first."""
        rows = self._all(
            "SELECT min(reply), min(question), min(nearest), min(server), count(*), max(reported), max(at)"
            " FROM gaps WHERE ?1 IS NULL OR server = ?1"
            " GROUP BY lower(trim(question, ' ?!.')) ORDER BY count(*) DESC, max(at) DESC",
            server,
        )
        return [Gap(*row) for row in rows]

    def watch(self, reply: str, person: int, channel: int, message: int) -> bool:
        """Watch a reply, or stop it; whether it is watched now."""
        with self._writing() as db:
            gone = db.execute("DELETE FROM watches WHERE reply = ? AND person = ?", (reply, person)).rowcount
            if not gone:
                db.execute(
                    "INSERT INTO watches (reply, person, channel, message, at) VALUES (?, ?, ?, ?, ?)",
                    (reply, person, channel, message, time.time()),
                )
        return not gone

    def watches(self) -> list[Watch]:
        """Everyone who watches a reply."""
        return [Watch(*row) for row in self._all("SELECT reply, person, channel, message, told FROM watches")]

    def tell(self, reply: str, person: int, told: str) -> None:
        """Note what a person was told of changes to a reply's evidence."""
        with self._writing() as db:
            db.execute("UPDATE watches SET told = ? WHERE reply = ? AND person = ?", (told, reply, person))

    def forget(self, person: int) -> int:
        """Erase everything that a person's presses left: how many votes, reports and watches there were."""
        with self._writing() as db:
            erased = db.execute("DELETE FROM watches WHERE person = ?", (person,)).rowcount
            for table, column in (("votes", "voter"), ("gaps", "reporter")):
                replies = [row[0] for row in db.execute(f"SELECT DISTINCT reply FROM {table}")]  # noqa: S608
                for reply in replies:
                    erased += db.execute(
                        f"DELETE FROM {table} WHERE reply = ? AND {column} = ?",  # noqa: S608
                        (reply, self._alias(person, reply)),
                    ).rowcount
        with self._lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased

    def prune(self, before: float) -> int:
        """Remove replies older than this that nobody watches, and what refers to them; how many."""
        with self._writing() as db:
            old = "SELECT id FROM replies WHERE at < ? AND id NOT IN (SELECT reply FROM watches)"
            db.execute(f"DELETE FROM votes WHERE reply IN ({old})", (before,))  # noqa: S608
            for table in ("asks", "posts"):
                db.execute(f"DELETE FROM {table} WHERE at < ?", (before,))  # noqa: S608
            return db.execute(f"DELETE FROM replies WHERE id IN ({old})", (before,)).rowcount  # noqa: S608

    # Settings of servers

    def preferences(self) -> dict[tuple[int, int], dict[str, Any]]:
        """What servers (channel 0) and channels have set."""
        rows = self._all("SELECT server, channel, value FROM preferences")
        return {(server, channel): json.loads(value) for server, channel, value in rows}

    def prefer(self, server: int, channel: int, value: dict[str, Any]) -> None:
        """Keep what a server (channel 0) or a channel has set; nothing set removes it."""
        with self._writing() as db:
            if value:
                db.execute(
                    "INSERT OR REPLACE INTO preferences VALUES (?, ?, ?)",
                    (server, channel, json.dumps(value)),
                )
            else:
                db.execute("DELETE FROM preferences WHERE server = ? AND channel = ?", (server, channel))

    # Reading it all

    def totals(self, server: int | None = None, since: float = 0.0) -> Totals:
        """Counts of one server or of all."""
        rows = self._all(
            "SELECT replies.kind, asks.milliseconds, asks.reply FROM asks JOIN replies ON replies.id = asks.reply"
            " WHERE asks.at >= ?1 AND (?2 IS NULL OR asks.server = ?2) ORDER BY asks.milliseconds",
            since,
            server,
        )
        replies = {row[2] for row in rows}
        up = down = 0
        for reply in replies:
            plus, minus = self.votes(reply)
            up, down = up + plus, down + minus
        return Totals(
            asked=len(rows),
            answered=sum(row[0] == "answer" for row in rows),
            up=up,
            down=down,
            gaps=len(self.gaps(server)),
            milliseconds=rows[len(rows) // 2][1] if rows else 0.0,
        )

    def export(self) -> Iterator[dict[str, Any]]:
        """Every row of every table but the key, as JSON objects that name their table; hashes in hexadecimal."""
        for table in TABLES:
            with self._lock:
                cursor = self._db.execute(f"SELECT * FROM {table}")  # noqa: S608
                names = [column[0] for column in cursor.description]
                rows = cursor.fetchall()
            for row in rows:
                values = {n: v.hex() if isinstance(v, bytes) else v for n, v in zip(names, row, strict=True)}
                for name in ("evidence", "value", "layers"):
                    if isinstance(values.get(name), str):
                        values[name] = json.loads(values[name])
                yield {"table": table, **values}

    def _alias(self, person: int, reply: str) -> bytes:
        """A person's name for one reply, told from no other reply's."""
        return hmac.new(self._key, f"{person}:{reply}".encode(), hashlib.sha256).digest()[:16]


def _packed(reply: Reply) -> str:
    evidence: dict[str, Any] = {
        "quotes": [asdict(q) for q in reply.quotes],
        "citations": [_citation_form(c) for c in reply.citations],
        "notes": reply.notes,
    }
    if isinstance(reply, Abstention):
        evidence |= {
            "reason": reply.reason,
            "message": reply.message,
            "nearest": [_citation_form(c) for c in reply.nearest],
        }
    return json.dumps(evidence, ensure_ascii=False)


def _citation_form(citation: Citation) -> dict[str, Any]:
    return asdict(citation) | {"reviewed": citation.reviewed.isoformat() if citation.reviewed else ""}


def _unpacked(
    id: str, generation: str, kind: str, confidence: float, today: str, layers: str, evidence: str
) -> Record:
    form = json.loads(evidence)
    return Record(
        id=id,
        generation=generation,
        kind=kind,
        confidence=confidence,
        today=date.fromisoformat(today),
        layers=tuple(json.loads(layers)),
        quotes=tuple(Quote(**quote) for quote in form["quotes"]),
        citations=tuple(_citation(c) for c in form["citations"]),
        nearest=tuple(_citation(c) for c in form.get("nearest", ())),
        notes=tuple(form["notes"]),
        reason=form.get("reason", ""),
        message=form.get("message", ""),
    )


def _citation(form: dict[str, Any]) -> Citation:
    return Citation(
        **form
        | {
            "headings": tuple(form["headings"]),
            "reviewed": date.fromisoformat(form["reviewed"]) if form["reviewed"] else None,
            "sources": tuple(Source(**source) for source in form["sources"]),
        }
    )
