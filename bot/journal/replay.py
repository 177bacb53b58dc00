"""The replay of a stored reply from the generation that it was made from.

Quotations, citations and the nearest headings are read from the generation and must equal the record. The message of an
abstention and the notes come from the record alone, because they depend on the question, which is not stored.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bot.answer.citations import Span, citation, cite
from bot.corpus.links import Links
from bot.errors import ReplayError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from bot.journal.entries import Record
    from bot.settings.settings import Settings
    from bot.types import Citation, Reply
    from index.store.generation import Generation
    from index.store.store import Store

_ID = re.compile(r"A-[0-9a-f]{8,64}")  # "A-7f3c21d90b1e", so that an id cannot be a path
_FOLDER = "replies"


def save(reply: Reply, index: Path, today: date, layers: tuple[str, ...]) -> Reply:
    """Save a reply without its question beside the index, readable only by the user, and return it with its new id.

    Raises OSError if the folder is not writable.

    Args:
        reply: The reply.
        index: The index folder.
        today: The date of the reply.
        layers: The layers that it was restricted to.
    """
    from bot.journal.entries import evidence, named

    reply = named(reply)
    row = {
        "id": reply.id,
        "generation": reply.generation,
        "kind": type(reply).__name__.lower(),
        "confidence": reply.confidence,
        "today": today.isoformat(),
        "layers": json.dumps(layers),
        "stored": evidence(reply),
    }
    folder = index / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{reply.id}"
    draft.touch(0o600, exist_ok=False)
    draft.write_text(json.dumps(row), encoding="utf-8")
    draft.replace(folder / f"{reply.id}.json")
    return reply


def saved(id: str, index: Path) -> Record | None:
    """Return the reply that was saved under an id, or None. Raises ReplayError if its file is damaged."""
    from bot.journal.entries import unpacked

    if not _ID.fullmatch(id):
        return None
    file = index / _FOLDER / f"{id}.json"
    try:
        return unpacked(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as fault:
        raise ReplayError(f"{file} cannot be read ({fault}); delete it") from None


def replay(record: Record, store: Store, settings: Settings) -> Reply:
    """Return a recorded reply, with every quotation, citation and near heading checked against its generation.

    Raises ReplayError if the generation is gone or differs from the record.
    """
    if record.generation not in store.ids():
        kept = ", ".join(store.ids()) or "none"
        raise ReplayError(
            f"the generation {record.generation} of {record.id} is gone (available: {kept}); "
            "raise keep in strata.yaml to keep more generations"
        )
    with store.open(record.generation) as generation:
        link = Links(settings.base_url, generation.manifest.commit, settings.branch)
        quotes, citations = cite(_spans(record, generation), record.today, link)
        is_near = all(_has_heading(c, generation, record, link) for c in record.nearest)
    if quotes != record.quotes or citations != record.citations or not is_near:
        raise ReplayError(
            f"{record.id} cannot be shown as it was: base_url or branch has changed since, "
            "or another version of Strata made the reply"
        )
    return record.reply()


def _has_heading(near: Citation, generation: Generation, record: Record, link: Links) -> bool:
    """Return whether a generation has a heading that equals the recorded one."""
    for place, document in enumerate(generation.documents):
        if document.id != near.document:
            continue
        first, last = generation.document_rows[place : place + 2].tolist()
        for row in range(first, last):
            span = Span(document, generation.passage(row), row, 0, 0)
            if (
                span.passage.headings == near.headings
                and citation(near.number, [span], record.today, link) == near
            ):
                return True
    return False


def _spans(record: Record, generation: Generation) -> list[Span]:
    rows = generation.manifest.passages
    if any(not 0 <= quote.row < rows for quote in record.quotes):
        raise ReplayError(f"{record.id} quotes a passage that {record.generation} does not have")
    return [
        Span(
            generation.document_of(q.row),
            generation.passage(q.row),
            q.row,
            q.start,
            q.end,
            q.lead,
            q.score,
            (q.excerpt_start, q.excerpt_end),
            q.label,
        )
        for q in record.quotes
    ]
