"""Off-topic sentences of a message: greetings, excuses, stories around the question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus

MIN_COSINE = 0.33
"""The cosine of a sentence and its nearest passage from which the sentence is on topic.

Chosen with the default encoder on three libraries (tests/benchmarks/README.md, "Off-topic sentences"). With an encoder whose
cosines are higher throughout, nothing is left out.
"""
MAX_SENTENCES = 8
"""A message with more sentences is a text and stays whole."""

_SENTENCE_END = re.compile(r"(?<=[.?!…;:])\s+")


def without_offtopic(text: str, corpus: Corpus) -> str:
    """Return a message without its off-topic sentences; the whole message if no sentence is on topic.

    Sentences with a number or an entity stay, and so does a bare question ("Why?"), which says what is wanted.
    """
    sentences = _SENTENCE_END.split(text.strip())
    if not 1 < len(sentences) <= MAX_SENTENCES:
        return text
    certain = {sentence for sentence in sentences if _always_stays(sentence, corpus)}
    if certain.issuperset(sentences):
        return text  # without encoding, which takes longer than the rest of a reply
    near = {
        sentence
        for sentence in sentences
        if sentence not in certain and corpus.nearest_cosine(sentence) >= MIN_COSINE
    }
    if not near and all(corpus.nearest_cosine(sentence) < MIN_COSINE for sentence in certain):
        return text
    return " ".join(sentence for sentence in sentences if sentence in certain or sentence in near)


def _always_stays(sentence: str, corpus: Corpus) -> bool:
    """Return whether a sentence stays whatever it is about."""
    is_bare_question = sentence.endswith("?") and not corpus.terms(sentence)
    has_number = bool(re.search(r"\d", sentence))
    return has_number or is_bare_question or bool(corpus.gazetteer.entity.search(sentence))
