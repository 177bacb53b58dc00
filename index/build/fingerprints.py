"""Fingerprints of documents, by which an adapter notes what it was fitted to."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.store.generation import Generation


def fingerprints(generation: Generation) -> dict[str, str]:
    """Return the start of a hash of each document's expected questions and passages, by document id."""
    found = {}
    for place, document in enumerate(generation.documents):
        first, stop = generation.document_rows[place : place + 2].tolist()
        digest = sha256(bytes(generation.question_lines.span(place, place + 1)))
        digest.update(generation.passage_keys[first:stop].tobytes())
        found[document.id] = digest.hexdigest()[:8]
    return found
