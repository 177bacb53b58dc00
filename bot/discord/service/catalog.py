"""The contents of a generation for browsing: layers, documents, sections, and related documents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from bot.discord.format.message import Change

if TYPE_CHECKING:
    from bot.types import Citation, Reply
    from index.store.generation import Generation
    from index.types import Document, Passage

Direction = Literal["up", "down"]
"""The direction in the value chain: towards energy and chips (up), or towards applications (down)."""

UNSORTED = "other"
"""The name under which documents without a layer are shown."""

_MOST_SENTENCES = 5
"""The most sentences that count as the new wording of an excerpt."""
_SIMILAR = 0.5
"""The similarity (difflib's ratio) from which a sentence counts as the new wording of another sentence."""


class Catalogue:
    """A generation as a tree of layers, documents and sections. It is safe to use from several threads."""

    def __init__(self, generation: Generation, order: Sequence[str]) -> None:
        """Read a generation; `order` has the layers of the value chain, from the most upstream to the most downstream."""
        self.generation = generation
        self._order = {layer: place for place, layer in enumerate(order)}

    @property
    def id(self) -> str:
        """The generation's id."""
        return self.generation.manifest.id

    @cached_property
    def _places(self) -> dict[str, int]:
        return {document.id: place for place, document in enumerate(self.generation.documents)}

    @cached_property
    def layers(self) -> dict[str, tuple[Document, ...]]:
        """The documents of each layer: first the layers of the value chain in order, then other layers by name."""
        found: dict[str, list[Document]] = {}
        for document in self.generation.documents:
            found.setdefault(document.layer or UNSORTED, []).append(document)
        names = sorted(found, key=lambda layer: (self._order.get(layer, len(self._order)), layer))
        return {name: tuple(sorted(found[name], key=lambda d: d.title)) for name in names}

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {key(id): id for id in self._places}

    def warm(self) -> Catalogue:
        """Fill the caches, which takes a moment in a large library, and return the catalogue."""
        _ = self.layers, self._keys
        return self

    def document(self, id: str) -> Document | None:
        """Return the document with this id, or None."""
        place = self._places.get(id)
        return None if place is None else self.generation.document(place)

    def by_key(self, short: str) -> Document | None:
        """Return the document whose id has this key, or None."""
        return self.document(self._keys.get(short, ""))

    def layer(self, name: str) -> str:
        """Return the layer with this name, whatever its case; empty if there is none."""
        return next((layer for layer in self.layers if layer.casefold() == name.casefold()), "")

    def layer_by_key(self, short: str) -> str:
        """Return the layer whose name has this key; empty if there is none."""
        return next((layer for layer in self.layers if key(layer) == short), "")

    def passages(self, id: str) -> tuple[Passage, ...]:
        """Return the passages of a document, in order."""
        place = self._places.get(id)
        if place is None:
            return ()
        first, last = self.generation.document_rows[place : place + 2].tolist()
        return tuple(self.generation.passage(row) for row in range(first, last))

    def sections(self, document: Document) -> tuple[tuple[str, ...], ...]:
        """Return the heading paths that have text, in order; () stands for the text before the first heading."""
        return tuple(dict.fromkeys(passage.headings for passage in self.passages(document.id)))

    def section(self, id: str, headings: Sequence[str]) -> tuple[Passage, ...]:
        """Return the passages under a heading path; () stands for the text before the first heading."""
        return tuple(p for p in self.passages(id) if p.headings == tuple(headings))

    def related(self, ids: Iterable[str], direction: Direction) -> tuple[Document, ...]:
        """Return the related documents that are further up or down the value chain, nearest first."""
        asked = dict.fromkeys(ids)
        found: dict[str, tuple[int, Document]] = {}
        for id in asked:
            document = self.document(id)
            own = self._order.get(document.layer) if document else None
            if document is None or own is None:
                continue
            for other in document.related:
                neighbour = self.document(other)
                place = self._order.get(neighbour.layer) if neighbour else None
                if neighbour is None or place is None or other in asked:
                    continue
                distance = own - place if direction == "up" else place - own
                if distance > 0:
                    found.setdefault(other, (distance, neighbour))
        return tuple(document for _, document in sorted(found.values(), key=lambda f: (f[0], f[1].title)))

    def changes(self, reply: Reply) -> tuple[Change, ...]:
        """Return the quotations of a reply that this generation no longer contains, each with its new wording."""
        documents = {c.number: c for c in reply.citations}
        found = []
        for position, quote in enumerate(reply.quotes):
            citation = documents.get(quote.citation)
            passages = self._cited(citation) if citation else ()
            if any(quote.excerpt in passage.text for passage in passages):
                continue
            under = citation.headings if citation else ()
            # Only the surroundings of the sentence may have changed; then the whole excerpt is compared, not
            # the sentence.
            stays = any(quote.text in passage.text for passage in passages)
            found.append(Change(position, successor(quote.excerpt if stays else quote.text, passages, under)))
        return tuple(found)

    def _cited(self, citation: Citation) -> tuple[Passage, ...]:
        """Return the passages of a document, or of the documents with its title if its file was renamed."""
        if citation.document in self._places:
            return self.passages(citation.document)
        named = (d.id for d in self.generation.documents if d.title == citation.title)
        return tuple(passage for id in named for passage in self.passages(id))


class Shelf:
    """The part of a catalogue that a channel may show, because a channel can be limited to some layers."""

    def __init__(self, catalogue: Catalogue, allowed: Sequence[str] = ()) -> None:
        """Set the allowed layers; an empty sequence allows all layers."""
        self.catalogue = catalogue
        self._allowed = allowed

    @property
    def layers(self) -> dict[str, tuple[Document, ...]]:
        """The allowed layers with their documents."""
        layers = self.catalogue.layers
        if not self._allowed:
            return layers
        return {name: documents for name, documents in layers.items() if name in self._allowed}

    def shows(self, document: Document) -> bool:
        """Return whether the layer of a document is allowed."""
        return not self._allowed or (document.layer or UNSORTED) in self._allowed

    def document(self, id: str) -> Document | None:
        """Return the document with this id, if it is allowed."""
        return self._shown(self.catalogue.document(id))

    def by_key(self, short: str) -> Document | None:
        """Return the document whose id has this key, if it is allowed."""
        return self._shown(self.catalogue.by_key(short))

    def layer_by_key(self, short: str) -> str:
        """Return the allowed layer whose name has this key; empty if there is none."""
        return next((layer for layer in self.layers if key(layer) == short), "")

    def related(self, ids: Iterable[str], direction: Direction) -> tuple[Document, ...]:
        """Return the related documents of allowed layers, up or down the value chain, nearest first."""
        return tuple(filter(self.shows, self.catalogue.related(ids, direction)))

    def hides(self, reply: Reply) -> bool:
        """Return whether a reply cites a document whose layer is not allowed."""
        cited = (self.catalogue.document(c.document) for c in reply.citations)
        return any(document is not None and not self.shows(document) for document in cited)

    def _shown(self, document: Document | None) -> Document | None:
        return document if document is not None and self.shows(document) else None


def successor(text: str, passages: Iterable[Passage], headings: Sequence[str]) -> str:
    """Return the sentences most similar to a removed text, preferring sentences under its heading.

    Returns an empty text if no sentences are similar enough.
    """
    best, found = _SIMILAR, ""
    for passage in sorted(passages, key=lambda p: p.headings != tuple(headings)):
        spans = passage.sentences
        for first in range(len(spans)):
            for last in range(first, min(first + _MOST_SENTENCES, len(spans))):
                candidate = passage.text[spans[first].start : spans[last].end]
                matcher = SequenceMatcher(None, text, candidate, autojunk=False)
                # The quick ratios are upper bounds: most candidates never need the slow comparison.
                if matcher.real_quick_ratio() <= best or matcher.quick_ratio() <= best:
                    continue
                if (ratio := matcher.ratio()) > best:
                    best, found = ratio, candidate
    return found


def key(id: str) -> str:
    """Return a short name for an id, for use in the custom id of a component.

    >>> key("models/anthropic")
    'c6e01b0869'
    """
    # A custom id has at most 100 characters, which the id of a document may exceed.
    return hashlib.sha256(id.encode()).hexdigest()[:10]
