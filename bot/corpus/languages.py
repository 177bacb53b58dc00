"""The languages of a library, and the language in which a question is read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from index.models.families import is_multilingual
from index.text.language import ENGLISH, NAMES, language

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from index.store.generation import Generation

MAX_SAMPLED_DOCUMENTS = 48
"""Documents that are read to learn the languages of a library, evenly spaced: about 2 ms."""
MIN_SHARE = 0.1
"""The share of the sampled documents from which a language counts as a language of the library."""


def languages(generation: Generation) -> tuple[str, ...]:
    """Return the languages of a library, the most frequent first; English if no document shows its language."""
    count = len(generation.documents)
    step = max(-(-count // MAX_SAMPLED_DOCUMENTS), 1)
    found = Counter(filter(None, (_document_language(generation, place) for place in range(0, count, step))))
    total = sum(found.values())
    return tuple(name for name, number in found.most_common() if number >= MIN_SHARE * total) or (ENGLISH,)


def _document_language(generation: Generation, place: int) -> str:
    """Return the language of the first passages of a document, or "" if they do not show it.

    They are read together: a line such as "5:00 p.m. ET" alone has one word of French.
    """
    first, stop = generation.document_rows[place : place + 2].tolist()
    return language("\n".join(generation.passage(row).text for row in range(first, min(stop, first + 3))))


def question_language(text: str, corpus: Corpus) -> str:
    """Return the language of a question; if the question does not show it, the language of most documents."""
    return language(text) or corpus.languages[0]


def language_note(corpus: Corpus, quoted: str = "") -> str:
    """Return the remark on the languages of a question and of the library, or "" if none is needed.

    Args:
        corpus: The library, in the language of the question.
        quoted: The language of the quotations; "" for an abstention or if they do not show it.
    """
    asked = corpus.language
    available = (quoted,) if quoted else corpus.languages
    if asked not in available:
        return f"The library is in {_listed(corpus.languages)}."
    if asked != ENGLISH and not is_multilingual(corpus.encoder_name):
        return f"The encoder {corpus.encoder_name} reads English; a search in {NAMES[asked]} finds less."
    return ""


def _listed(codes: tuple[str, ...]) -> str:
    names = [NAMES[code] for code in codes]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
