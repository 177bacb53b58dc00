"""One generation of the library, as the questions and answers see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bot.corpus import figure_store
from bot.corpus.figure_store import Figure
from bot.corpus.figures import Figures, collect
from bot.corpus.gazetteer import Gazetteer, any_of
from bot.corpus.languages import languages, question_language
from bot.corpus.links import Links
from bot.text.words import bases, by_letter
from index.models.encoder import CompiledEncoder
from index.retriever import Retriever
from index.search.fusion import Weights
from index.search.question_terms import question_terms
from index.search.related_words import credit
from index.text.language import ENGLISH
from index.text.tokenizer import STOP_WORDS, words

if TYPE_CHECKING:
    from datetime import date

    from bot.corpus.text_figures import TextFigures
    from index.retriever import Retrieved
    from index.store.generation import Generation
    from index.types import Encoder, Reranker

CACHED_TEXTS = 8192
"""Texts whose terms are cached: the sentences of often quoted passages are read again for every question."""

RELATED_CREDIT = 0.7
"""The highest credit of a passage for a term that it lacks, as in `index.search.fusion.Weights.related`."""

MIN_VOCABULARY_LETTERS = 4
"""Letters of the shortest word of the library that a typo may stand for."""


class Corpus:
    """Everything that one generation of the library knows: passages, terms, names, figures and vocabulary.

    The gazetteer, the figures and the vocabulary are read from the documents on first use and kept as long as the generation
    serves. Safe to use from several threads.
    """

    def __init__(
        self,
        generation: Generation,
        encoder: Encoder,
        *,
        weights: Weights | None = None,
        links: Links | None = None,
        reranker: Reranker | None = None,
        reranked: int = 10,
        earlier: Callable[[date], Generation | None] | None = None,
    ) -> None:
        """Wrap an open generation.

        Args:
            generation: The generation, which stays open.
            encoder: The encoder that the generation was built with.
            weights: The weights of the ranking; the defaults if None.
            links: The makers of web addresses for headings; replies have no links if None.
            reranker: A cross-encoder that scores the best passages again, if any.
            reranked: The number of passages that the reranker scores.
            earlier: A function that opens the newest generation from before a day, or returns None.
        """
        self.generation = generation
        self.link = links or Links()
        self._earlier = earlier
        self._encoder = encoder
        self._retriever = Retriever(
            generation, encoder, weights or Weights(), reranker=reranker, reranked=reranked
        )
        self._example_rows = cache(
            encoder.encode_fixed if isinstance(encoder, CompiledEncoder) else encoder.encode
        )
        self.language = ENGLISH
        """The language of the questions that are put to the corpus; `in_language` changes it."""
        self._terms = _cached_terms(ENGLISH, generation)
        self._views: dict[str, Corpus] = {}

    def earlier(self, day: date) -> Generation | None:
        """Open the newest generation from before a day; None if none is kept. The caller closes it."""
        return self._earlier(day) if self._earlier else None

    # Language

    def in_language(self, language: str) -> Corpus:
        """Return the corpus for questions in a language: the same passages, with that language's stop words and stems."""
        if language == self.language:
            return self
        if language not in self._views:
            _ = self.gazetteer  # read once for all languages, since the copy takes it along
            view = copy(self)
            for name in ("figure_store", "text_figures"):  # their terms are stems
                vars(view).pop(name, None)
            vars(view).update(language=language, _terms=_cached_terms(language, self.generation), _views={})
            self._views[language] = view
        return self._views[language]

    def language_of(self, question: str) -> str:
        """Return the language of a question; if the question does not show it, the language of most documents."""
        return question_language(question, self)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the documents, the most frequent first; English if no document shows its language."""
        return languages(self.generation)

    @property
    def encoder_name(self) -> str:
        """The name of the encoder."""
        return self._encoder.id.name

    # Search

    def retrieve(
        self, text: str, top: int, layers: Collection[str] = (), also: Collection[int] = ()
    ) -> Retrieved:
        """Return the best `top` passages for a text, in some layers (in all if none is given), then the rows `also`."""
        return self._retriever.retrieve(text, top, layers=layers, also=also, language=self.language)

    def nearest_cosine(self, text: str) -> float:
        """Return the cosine of a text, encoded as a question, and its nearest passage; -1 in an empty library."""
        return self._retriever.nearest(text)

    def nearest_example(self, text: str, examples: tuple[str, ...]) -> float:
        """Return the highest cosine of a text and one of some examples, whose embeddings are kept."""
        rows = self._example_rows(examples)
        return float((rows @ self._retriever.embedding(text)).max())

    # Terms

    def terms(self, text: str) -> tuple[str, ...]:
        """Return the terms of a text: stems without stop words, in order."""
        return self._terms(text)

    def has_term(self, term: str) -> bool:
        """Return whether any passage has a term."""
        return self.generation.lexical.df(term) > 0

    def has_words(self, text: str) -> bool:
        """Return whether the passages have every term of a text; True for a text without terms."""
        return all(map(self.has_term, self.terms(text)))

    def idf(self, term: str) -> float:
        """Return how rare a term is in the library (inverse document frequency)."""
        return self.generation.lexical.idf(term)

    def nearest_term(self, term: str, terms: Collection[str]) -> float:
        """Return the highest cosine of the word of a term and the words of some terms; 0 if the library has none of them."""
        lexical = self.generation.lexical
        ids = [id for other in terms if (id := lexical.id(other)) is not None]
        own = lexical.id(term)
        if own is None or not ids:
            return 0.0
        rows = self.generation.words.rows_of(np.array([own, *ids]))
        lengths = np.linalg.norm(rows, axis=1)
        rows = rows / np.maximum(lengths, np.finfo(np.float32).tiny)[:, None]
        return float((rows[1:] @ rows[0]).max())

    def document_has_term(self, term: str, row: int) -> bool:
        """Return whether the document of the passage in a row has a term anywhere."""
        rows = self.generation.document_rows
        place = int(np.searchsorted(rows, row, side="right")) - 1
        found = self.generation.lexical.passages(term)
        first = int(np.searchsorted(found, rows[place]))
        return first < len(found) and int(found[first]) < int(rows[place + 1])

    def credits(self, terms: Collection[str], row: int) -> dict[str, float]:
        """Return how well the passage in a row covers each of some terms: 0 to 1.

        A term that the passage, its headings or an expected question of its section has is covered. The passage's most
        similar word covers other terms in part.
        """
        lexical = self.generation.lexical
        ids = {term: id for term in terms if self.has_term(term) and (id := lexical.id(term)) is not None}
        here = lexical.ids_of(np.array([row], np.int64))[0].astype(np.int64)
        asked = self.generation.words.rows_of(np.array([*ids.values()], np.int64))
        places = np.arange(len(here))
        related = credit(asked, self.generation.words.rows_of(here), places, np.array([0, len(here)]))
        covered = dict.fromkeys(terms, 0.0) | {
            term: RELATED_CREDIT * float(value)
            for term, value in zip(ids, related[:, 0] if ids else (), strict=True)
        }
        whole = {term for term, id in ids.items() if id in here}.union(self._expected_terms(row))
        return {term: 1.0 if term in whole else value for term, value in covered.items()}

    def _expected_terms(self, row: int) -> set[str]:
        """Return the terms of the expected questions of the section that the passage in a row is in."""
        generation = self.generation
        start, stop = generation.passage_questions[row].tolist()
        if start == stop:
            return set()
        place = int(np.searchsorted(generation.document_rows, row, side="right")) - 1
        first = int(generation.document_questions[place])
        listed = generation.expected_questions(place)[start - first : stop - first]
        return {term for question in listed for term in self.terms(question.text)}

    # Names and words

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The entities that titles and front matter name."""
        return Gazetteer.of(self.generation.documents)

    def figures_of(self, asked: frozenset[str]) -> tuple[Figures, ...]:
        """Return the figures of the entities whose terms are all among those of a question, in the library's own words."""
        gazetteer = self.gazetteer
        return collect(self.generation.documents, lambda text: self.terms(gazetteer.lengthened(text)), asked)

    @cached_property
    def figure_store(self) -> tuple[Figure, ...]:
        """Every figure of the library, with the parts of its metric, for questions about several entities."""
        gazetteer = self.gazetteer
        return figure_store.collect(
            self.generation.documents, lambda text: self.terms(gazetteer.lengthened(text))
        )

    @cached_property
    def text_figures(self) -> TextFigures:
        """The figures that tables and sentences state, read when a question needs them."""
        from bot.corpus.text_figures import TextFigures

        lengthened, terms = self.gazetteer.lengthened, self._terms
        names = frozenset(figure_store.named_entities(self.generation.documents))
        return TextFigures(self.generation, lambda text: terms(lengthened(text)), names)

    @cached_property
    def entity_names(self) -> re.Pattern[str]:
        """The names of entities that have figures, each with a possessive behind it, in any case."""
        names = figure_store.named_entities(self.generation.documents)
        return any_of(names, "(?!\\w)(?:['\N{RIGHT SINGLE QUOTATION MARK}]s?)?")

    def knows_name(self, name: str) -> bool:
        """Return whether a name is in the gazetteer or shares a term with a passage; True for a name without terms."""
        terms = self.terms(name)
        return not terms or self.gazetteer.has(name) or any(map(self.has_term, terms))

    def is_described(self, name: str) -> bool:
        """Return whether all words of a name are in file names, summaries or other parts of documents beside the text."""
        described = self.generation.described
        words = re.findall(r"[^\W_]+", name.lower())
        return all(not described.isdisjoint(bases(word)) for word in words)

    @property
    def unread_files(self) -> Sequence[str]:
        """The paths of the files that could not be read."""
        return self.generation.unread

    def is_common_word(self, word: str) -> bool:
        """Return whether the encoder has a word whole, so that the word is no rare name."""
        return self._encoder.is_word(word)

    def is_common_inflection(self, word: str) -> bool:
        """Return whether a word or one of its base forms is common."""
        return any(map(self._encoder.is_word, bases(word)))

    def words_like(self, word: str) -> Sequence[str]:
        """Return the library's words, as written, that begin with the same letter as a word."""
        return self._vocabulary.get(word[0].lower(), ())

    @cached_property
    def _vocabulary(self) -> Mapping[str, Sequence[str]]:
        """The words of the passages, as written, by their first letter in lower case."""
        written = STOP_WORDS.union(self.generation.words.counted())
        return by_letter(word for word in written if len(word) >= MIN_VOCABULARY_LETTERS and word.isalpha())


def _cached_terms(language: str, generation: Generation) -> Callable[[str], tuple[str, ...]]:
    """Return a function from a text to its terms in a language, with a cache.

    It does not refer to a corpus: a corpus that refers to itself would keep its generation open.
    """
    df = generation.lexical.df

    @lru_cache(CACHED_TEXTS)
    def terms(text: str) -> tuple[str, ...]:
        return tuple(question_terms(words(text, language), language, df))

    return terms
