"""Answer sentence selection: which sentences of the best passages answer a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bot.corpus.versions import document_periods
from bot.question.answer_type import type_match
from bot.text.periods import Period, matches, periods
from bot.text.quantities import normal, quantities
from index.types import LEAD_SEPARATOR, Document, Hit

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question
    from index.retriever import Retrieved
    from index.types import Passage

_WORD = re.compile(r"[^\W_]+")

PASSAGES = 5
"""Sentences are taken from this many of the best passages."""

SAME_SHARE = 0.8
"""A sentence repeats another if this share of the shorter sentence's terms is in the other."""

POINTER_HEADINGS = frozenset(
    {"related", "see also", "further reading", "references", "sources", "external links"}
)
"""Headings, in lower case, under which a document only points to others."""


def is_pointer(passage: Passage) -> bool:
    """Return whether a passage is under a heading that only points elsewhere."""
    return bool(passage.headings) and passage.headings[-1].lower() in POINTER_HEADINGS


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each feature of a sentence.

    Fitted on the development halves of public question sets for the share of questions whose right sentence comes first
    (`python -m tests.benchmarks.fit`); weights fitted without a set serve that set as well.
    """

    cosine: float = 9.4
    coverage: float = 3.0
    context: float = 2.3
    kind: float = 0.68
    period: float = 1.2
    passage: float = 15.0
    pointer: float = -7.7
    """The weight of a sentence under a heading that only points elsewhere, such as a list of related pages."""
    exact: float = 6.0
    """The weight of a row or an identifier that the question names exactly: more than two sentences of one passage differ by."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage, with its features."""

    hit: Hit
    position: int
    """The position of the sentence in its passage, from 0."""
    cosine: float
    """The cosine of the question and the sentence with its headings."""
    coverage: float
    """The IDF share of the question's terms that the sentence has: 0 to 1."""
    context: float
    """The same share for the sentence, its two neighbours and the headings."""
    kind: float
    """1 if the sentence holds the type of answer that the question expects, -1 if it lacks it; 0 without an expectation."""
    period: float
    """1 if the sentence is about a period that the question names, -1 if about another; 0 without periods."""
    score: float

    @property
    def place(self) -> tuple[int, int]:
        """The row of the passage and the position in it: the same for every question."""
        return self.hit.row, self.position

    @property
    def above(self) -> str:
        """The text above the sentence: the document's title, the headings, and a table's header or a list's lead-in."""
        passage = self.hit.passage
        return " ".join((self.hit.document.title, *passage.headings, passage.sentences[self.position].lead))

    @property
    def text(self) -> str:
        """The sentence."""
        return self.hit.passage.quote(self.hit.passage.sentences[self.position])


def rank_sentences(
    question: Question, hits: Sequence[Hit], retrieved: Retrieved, corpus: Corpus, weights: Weights
) -> list[Candidate]:
    """Return every sentence of some passages, best first; of equal sentences the better passage's, then the earlier.

    Args:
        question: The question.
        hits: The passages whose sentences are ranked.
        retrieved: The retrieval that coverage is measured against.
        corpus: The generation of the passages.
        weights: The weight of each feature.
    """
    found = []
    coverage = cache(retrieved.coverage)  # most sentences have one of a few sets of the question's terms
    for hit in hits:
        passage = hit.passage
        header = frozenset(corpus.terms(" ".join((hit.document.title, *passage.headings))))
        own = hit.sentence_terms
        points = is_pointer(passage)
        for position, sentence in enumerate(passage.sentences):
            text = passage.quote(sentence)
            around = header.union(*own[max(0, position - 1) : position + 2])
            covered, context = coverage(own[position]), coverage(around)
            is_named_above = question.answer_type == "name" and sentence.lead.endswith(LEAD_SEPARATOR)
            answering = (
                f"{sentence.lead} {text}" if is_named_above else text
            )  # "Who said": the speaker is the lead
            kind = type_match(question.answer_type, answering, question.text)
            stated = " ".join((*passage.headings, sentence.lead, text))
            period = _period_match(question.periods, stated, hit.document)
            cosine = hit.sentence_cosines[position]
            score = (
                weights.cosine * cosine
                + weights.coverage * covered
                + weights.context * context
                + weights.kind * kind
                + weights.period * period
                + weights.passage * hit.score
                + (weights.pointer if points else 0.0)
                + (weights.exact if position in hit.exact else 0.0)
            )
            found.append(Candidate(hit, position, cosine, covered, context, kind, period, score))
    return sorted(found, key=lambda c: -c.score)


def _period_match(asked: Sequence[Period], sentence: str, document: Document) -> float:
    """Return 1 if a sentence, or else its document, is about a period that is asked for, -1 if about another, 0 if about none."""
    if not asked or not (stated := periods(sentence) or document_periods(document)):
        return 0.0
    return 1.0 if any(matches(one, other) for one in asked for other in stated) else -1.0


def is_about_other(candidate: Candidate, question: Question, corpus: Corpus) -> bool:
    """Return whether a sentence is about another entity than the question names.

    Such a sentence has no word of the question's entities in itself, above itself or among its document's aliases, and either
    names an entity itself or is in the document of an entity that has figures. Of "Oracle's backlog" the entity is Oracle,
    whatever else the question names.
    """
    if not question.entities:
        return False
    document = candidate.hit.document
    words = _WORD.findall(" ".join((candidate.above, *document.aliases, candidate.text)).lower())
    if not (question.owners or question.entities).isdisjoint(words):
        return False
    is_entity_document = any(series.entity == document.title for series in document.figures)
    return is_entity_document or bool(corpus.gazetteer.mentioned(candidate.text))


def choose(
    ranked: Sequence[Candidate],
    question: Question,
    corpus: Corpus,
    needed: Sequence[Candidate],
    *,
    most: int,
    margin: float,
) -> list[Candidate]:
    """Return the best sentence, then the needed sentences, then those near the best that add something.

    A sentence adds nothing if it repeats the terms or the figures of another. Sentences about another entity are left out if
    any sentence is about the question's own, unless they are needed.

    Args:
        ranked: The sentences, best first.
        question: The question.
        corpus: The generation of the sentences.
        needed: The sentences that the answer must have beside the best.
        most: The largest number of sentences.
        margin: How far below the best sentence's score a further sentence may lie.
    """
    best = next((one for one in ranked if not is_about_other(one, question, corpus)), None)
    chosen: list[Candidate] = []
    for candidate in (*([best] if best else ranked[:1]), *needed, *ranked):
        if len(chosen) == most:
            break
        if candidate in chosen:
            continue
        if chosen and candidate not in needed:
            is_far = candidate.score < chosen[0].score - margin
            if is_far or any(_repeats(candidate, other, corpus) for other in chosen):
                continue
            if best and is_about_other(candidate, question, corpus):
                continue
        chosen.append(candidate)
    return chosen


def _repeats(candidate: Candidate, other: Candidate, corpus: Corpus) -> bool:
    """Return whether two sentences say the same: nearly the same terms, or the same figures."""
    own, others = set(corpus.terms(candidate.text)), set(corpus.terms(other.text))
    if len(own & others) >= SAME_SHARE * min(len(own), len(others)):
        return True
    figures, known = _figures(candidate.text), _figures(other.text)
    return bool(figures) and figures <= known


def _figures(text: str) -> set[tuple[object, str]]:
    """Return the values and units of a text; a number without a unit may be a year and does not count."""
    return {(found.value, found.unit) for found in quantities(normal(text)) if found.unit}
