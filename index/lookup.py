"""Exact look-ups: a table row that a question names, an identifier such as E2210, a sentence with all words of a question.

The rows of one table have nearly equal embeddings, and an encoder reads an identifier in pieces that other identifiers
share. So the passages that have a rare term of the question are read, and a sentence that matches the question exactly
raises the score of its passage.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.search.arrays import flat_positions
from index.search.question_terms import question_terms
from index.text import tokenizer
from index.text.table_row import cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index.store.generation import Generation
    from index.types import Passage

MAX_PASSAGES = 5
"""The most passages that may have a term by which something is looked up; a more frequent term is no name."""
MIN_SHARE = 0.7
"""The least IDF share of the question's terms that a row, its table's header and its headings must have: a question for
what a table lacks ("the dividend of Marrowby") must not find the row of Marrowby."""

_IDENTIFIER = re.compile(
    r"(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]{3,}"  # letters and digits: "e2210", "h100", but not "4o"
    r"|\d+\.\d+(?:\.\d+)+"  # a version: "3.0.14"
    r"|\w+_\w+"  # "max_queue"
)
ASKING = frozenset(
    tokenizer.terms(
        "mean means meaning stand define definition know find show list give say says said mention"
    )
)
"""Terms of asking: "What does E2210 mean?" asks for E2210 and nothing else."""
_EXPECTED = frozenset(
    tokenizer.terms(
        "share percentage percent proportion number amount date year place come came get got happen"
    )
)
"""Terms for what an answer says in other words: "What share came from two customers?" is answered by a percentage."""
MIN_TERMS = 2
"""The fewest terms of a question that a sentence may answer by having all of them."""


@dataclass(frozen=True, slots=True)
class Match:
    """What an exact look-up found in a passage."""

    share: float
    """The IDF share of the question's terms that the best sentence has with what stands above it, from `MIN_SHARE` to 1."""
    sentences: tuple[int, ...]
    """The positions of the sentences that match, from 0."""


def look_up(
    generation: Generation, word_of: Mapping[str, str], weights: Mapping[str, float], language: str
) -> dict[int, Match]:
    """Return the passages, by row, that have what a question asks for by name or identifier.

    Args:
        generation: The passages.
        word_of: The question's terms, each with its word in the question.
        weights: The IDF of each term.
        language: The language of the question.
    """
    asked = {term: weights[term] for term in word_of if term not in ASKING}
    asked = {term: weight for term, weight in asked.items() if term not in _EXPECTED} or asked
    keys = [
        term for term in asked if not _is_amount(term) and 0 < generation.lexical.df(term) <= MAX_PASSAGES
    ]
    rows = {int(row) for term in keys for row in generation.lexical.passages(term)}
    if not rows or not (total := sum(asked.values())):
        return {}
    found: dict[int, Match] = {}
    reader = _Reader(generation, word_of, frozenset(asked), frozenset(keys), language)
    for row in sorted(rows):
        shares = {
            position: sum(asked.get(term, 0.0) for term in terms) / total
            for position, terms in reader.matches(row).items()
        }
        positions = tuple(position for position, share in shares.items() if share >= MIN_SHARE)
        if positions:
            found[row] = Match(min(max(shares.values()), 1.0), positions)
    return found


def _is_amount(term: str) -> bool:
    """Return whether a term is a short number or a year, which name nothing.

    >>> _is_amount("12"), _is_amount("2026"), _is_amount("404"), _is_amount("7750"), _is_amount("e2210")
    (True, True, False, False, False)
    """
    return term.isdecimal() and (len(term) < 3 or (len(term) == 4 and term.startswith(("19", "20"))))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads passages for the keys of a question."""

    generation: Generation
    word_of: Mapping[str, str]
    asked: frozenset[str]
    """The terms of the question without those of asking."""
    keys: frozenset[str]
    """The rare terms of the question."""
    language: str

    def matches(self, row: int) -> dict[int, frozenset[str]]:
        """Return the positions of the sentences that match, each with its terms and those of the headings above it."""
        passage = self.generation.passage(row)
        sentences = flat_positions(self.generation.passage_sentences, np.array([row], np.int64))
        own = self.generation.lexical.shared(self.word_of, sentences)
        title = self.generation.document_of(row).title
        above = frozenset(self._terms(" ".join((title, *passage.headings)))).intersection(self.word_of)
        heading = self._terms(passage.headings[-1]) if passage.headings else frozenset()
        is_under = self._has_identifier(heading) or any(map(str.isdecimal, self.keys & heading))  # "404"
        if is_under and above >= self.asked:  # the question is the heading, which the first sentence explains
            return {0: above}
        return {
            position: terms | above
            for position, terms in enumerate(own)
            if is_under
            or self._has_identifier(terms)
            or self._has_all(terms)
            or self._is_row(passage, position, terms)
        }

    def _has_identifier(self, terms: frozenset[str]) -> bool:
        return any(_IDENTIFIER.fullmatch(self.word_of[term]) for term in self.keys & terms)

    def _has_all(self, terms: frozenset[str]) -> bool:
        """Return whether a sentence, with its lead, has every term of the question that says what it is about."""
        return len(self.asked) >= MIN_TERMS and self.asked <= terms

    def _is_row(self, passage: Passage, position: int, terms: frozenset[str]) -> bool:
        """Return whether a sentence is a table row with a cell that the question names; a number must be the first cell."""
        sentence = passage.sentences[position]
        if sentence.kind != "row" or self.keys.isdisjoint(terms):
            return False
        for column, cell in enumerate(cells(passage.quote(sentence))):
            name = self._terms(cell)
            is_name = column == 0 or not all(map(str.isdecimal, name))
            if is_name and name <= self.word_of.keys() and not self.keys.isdisjoint(name):
                return True
        return False

    def _terms(self, text: str) -> frozenset[str]:
        words = tokenizer.words(text, self.language)
        return frozenset(question_terms(words, self.language, self.generation.lexical.df))
