"""The sentences on an entity that are new in the library since a day, and the number of those that are gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.answer.citations import Span
from bot.display import day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.corpus.corpus import Corpus
    from index.store.generation import Generation

MAX_ADDED = 4
"""The most new sentences that a reply quotes."""


@dataclass(frozen=True, slots=True)
class TextChanges:
    """The difference between an earlier generation and the current one, for the documents on an entity."""

    added: tuple[Span, ...]
    """The first new sentences, in the order of the library."""
    remark: str
    """The numbers of sentences that were added and removed, and since when."""


def text_changes(entity: str, since: date, corpus: Corpus) -> TextChanges | None:
    """Return what was added and removed since a day; None without an index from before that day, or without a difference.

    Args:
        entity: The name of the entity in lower case; the titles of its documents begin with it.
        since: The first day that counts.
        corpus: The current generation, with a way to earlier ones.
    """
    earlier = corpus.earlier(since)
    if earlier is None:
        return None
    with earlier:
        before = {_text(span) for span in _sentences(earlier, entity)}
        made = date.fromisoformat(earlier.manifest.created[:10])
    now = list(_sentences(corpus.generation, entity))
    added = [span for span in now if _text(span) not in before]
    removed = len(before.difference(map(_text, now)))
    if not added and not removed:
        return None
    sentences = "sentence" if len(added) == 1 else "sentences"
    remark = f"in the library since {day(made)}: {len(added)} {sentences} added, {removed} removed"
    return TextChanges(tuple(added[:MAX_ADDED]), remark)


def _sentences(generation: Generation, entity: str) -> Iterator[Span]:
    """Yield the sentences of the documents on an entity."""
    for place, document in enumerate(generation.documents):
        if not document.title.lower().startswith(entity):
            continue
        first, last = generation.document_rows[place : place + 2]
        for row in range(int(first), int(last)):
            passage = generation.passage(row)
            for sentence in passage.sentences:
                yield Span(document, passage, row, sentence.start, sentence.end, sentence.lead)


def _text(span: Span) -> str:
    return span.passage.text[span.start : span.end]
