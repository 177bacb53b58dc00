"""A reply of the journal made once more, from the generation that it was made from.

Quotations, citations and the nearest headings are read from the generation and have to be as they were noted. Strata's own
sentence and its notes come from the journal alone: they are made from the question, which is not kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.citing import LinkTo, Span, citation, cite
from bot.errors import ReplayError

if TYPE_CHECKING:
    from bot.records import Record
    from bot.settings import Settings
    from bot.types import Citation, Reply
    from index.generation import Generation
    from index.store import Store


def replay(record: Record, store: Store, settings: Settings) -> Reply:
    """The reply again: every quotation, citation and near heading read from its generation, and equal to what was noted.

    Raises ReplayError where the generation is gone, or says something else than was noted.
    """
    if record.generation not in store.ids():
        kept = ", ".join(store.ids()) or "none"
        raise ReplayError(
            f"the generation {record.generation} of {record.id} is gone (there is {kept}); "
            "raise keep in strata.yaml to keep more of them"
        )
    with store.open(record.generation) as generation:
        link = LinkTo(settings.base_url, generation.manifest.commit, settings.branch)
        quotes, citations = cite(_spans(record, generation), record.today, link)
        is_near = all(_stands(c, generation, record, link) for c in record.nearest)
    if quotes != record.quotes or citations != record.citations or not is_near:
        raise ReplayError(
            f"{record.id} cannot be made again as it was: base_url or branch is another one now, "
            "or another version of Strata made it"
        )
    return record.reply()


def _stands(near: Citation, generation: Generation, record: Record, link: LinkTo) -> bool:
    """Whether a generation has a heading as it was noted."""
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
        Span(generation.document_of(q.row), generation.passage(q.row), q.row, q.start, q.end, q.lead, q.score)
        for q in record.quotes
    ]
