"""The figures of tables and sentences, read document by document when a question needs them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bot.corpus.figure_store import Figure, Terms
from bot.corpus.sentence_figures import sentence_figures
from bot.corpus.table_figures import table_figures
from bot.corpus.tables import DataTable, tables_of

if TYPE_CHECKING:
    from index.store.generation import Generation

MAX_DOCUMENTS = 400
"""The most documents that are read for one question; the documents with most passages on its terms come first."""

CACHED_DOCUMENTS = 2_048
"""Documents whose tables and figures are kept in memory."""


class TextFigures:
    """The tables of a generation and the figures that its tables and sentences state. Threads may share an instance."""

    def __init__(self, generation: Generation, terms: Terms, names: Collection[str]) -> None:
        """Read nothing yet.

        Args:
            generation: The generation.
            terms: A function from a text to its terms.
            names: The names of the entities that the library knows, in lower case.
        """

        @lru_cache(CACHED_DOCUMENTS)
        def tables(place: int) -> tuple[DataTable, ...]:
            return tables_of(generation, place)

        @lru_cache(CACHED_DOCUMENTS)
        def figures(place: int) -> tuple[Figure, ...]:
            found = [
                figure
                for table in tables(place)
                for figure in table_figures(table, terms, lambda name: name.lower() in names)
            ]
            return (*found, *sentence_figures(generation, place, terms))

        self._generation = generation
        self._tables, self._figures = tables, figures

    def about(self, terms: Iterable[str]) -> tuple[Figure, ...]:
        """Return the figures of the documents that have one of some terms."""
        return tuple(figure for place in self._places(terms) for figure in self._figures(place))

    def tables(self, terms: Iterable[str]) -> Iterator[DataTable]:
        """Yield the tables of the documents that have one of some terms."""
        for place in self._places(terms):
            yield from self._tables(place)

    def _places(self, terms: Iterable[str]) -> list[int]:
        """Return the places of the documents that have one of some terms, in the order of the library."""
        lexical = self._generation.lexical
        rows = [lexical.passages(term) for term in sorted(terms)]
        if not rows:
            return []
        places = self._generation.places_of(np.concatenate(rows).astype(np.int64))
        found, counts = np.unique(places, return_counts=True)
        best = np.argsort(-counts, kind="stable")[:MAX_DOCUMENTS]
        return sorted(int(place) for place in found[best])
