"""Excerpts: the sentences around an answering sentence that make it a whole thought.

An excerpt is contiguous, in the document's order, and never leaves its paragraph. A list item or a table row has its lead
instead of neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.answer.citations import Span
from bot.text.names import names
from index.text.courtesies import is_courtesy

if TYPE_CHECKING:
    from bot.answer.sentence_ranking import Candidate
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question
    from index.types import Passage

MIN_WORDS = 30
"""Words from which the first excerpt of a reply is a whole thought."""
MAX_WORDS = 90
"""The most words of the first excerpt, unless its answering sentence alone is longer."""
MAX_FURTHER_WORDS = 45
"""The most words of a further excerpt, unless its answering sentence alone is longer."""
MAX_REPLY_WORDS = 150
"""The most words of all excerpts of a reply: with its sources, one screen of a phone."""
MAX_NEW_TERMS = 3
"""The most terms that a sentence which only announces has beyond its headings and the question; at least half are theirs."""

_NEEDS_SENTENCE_BEFORE = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Them|He|His|She|Her|Both|Such"  # "It also sells seats."
    r"|However|But|Instead|Meanwhile|Moreover|Also|Thus|Therefore|Yet|Nor|Similarly|Likewise|Conversely"  # "However, ..."
    r"|For (?:example|instance)|In (?:contrast|turn|addition|other words)|As a result"  # "For example, ..."
    r"|The (?:former|latter|same|other|company|deal|figure))\b"  # "The company also ..."
)
"""The beginning of a sentence that continues the sentence before it."""


def excerpt(passage: Passage, position: int, *, least: int, most: int) -> tuple[int, int]:
    """Return the start and the end of the excerpt around a sentence.

    The excerpt begins with the sentences that its first sentence continues, and goes on with the sentences that continue it;
    then it grows forwards until it has `least` words.

    Args:
        passage: The passage.
        position: The position of the answering sentence in the passage, from 0.
        least: The number of words from which the excerpt does not grow further.
        most: The most words of an excerpt of several sentences.

    >>> from index.types import Passage, Sentence
    >>> text = "Anthropic sells access. It also sells seats. Prices fell."
    >>> parts = (Sentence(0, 23, 1), Sentence(24, 44, 1), Sentence(45, 57, 1))
    >>> excerpt(Passage("a", (), "", 1, 1, text, parts), 0, least=1, most=90)
    (0, 44)
    """
    first = last = position

    def fits(place: int) -> bool:
        start, end = min(first, place), max(last, place)
        return (
            start >= 0
            and end < len(passage.sentences)
            and all(_is_next(passage, one) for one in range(start, end))
            and _words(passage, start, end) <= most
        )

    while _continues(passage, first) and fits(first - 1):
        first -= 1
    while fits(last + 1) and _continues(passage, last + 1):
        last += 1
    while _words(passage, first, last) < least and fits(last + 1):
        last += 1
    return passage.sentences[first].start, passage.sentences[last].end


def announces(candidate: Candidate, question: Question, corpus: Corpus) -> bool:
    """Return whether a sentence only announces: it says little that its headings and the question do not say.

    "The case for calling AI a bubble begins with returns." under "The case that it is a bubble" leaves the reason to the
    sentence behind it. Questions, courtesies and references to another document announce as well; a sentence with a number, a new name or the expected type of answer does not.
    """
    text = candidate.text.rstrip()
    if text.endswith(("?", ":")) or is_courtesy(text):
        return True
    if candidate.kind > 0 or candidate.hit.passage.sentences[candidate.position].kind != "prose":
        return False
    if any(map(str.isdigit, text)):
        return False
    if _refers_to_document(text, corpus):
        return True
    known = {*corpus.terms(candidate.above), *question.terms}
    if any(term not in known for name in names(text) for term in corpus.terms(name)):
        return False
    is_definition = bool(question.defined) and defines(candidate, question.defined, corpus)
    own = set(corpus.terms(text))
    new = len(own - known)
    return new <= min(MAX_NEW_TERMS, len(own) - new) and not is_definition


def _refers_to_document(text: str, corpus: Corpus) -> bool:
    """Return whether a sentence says what another document shows; a title that is an entity's name may say anything."""
    title = corpus.gazetteer.title_in(text) if _DOCUMENT_VERB.search(text) else ""
    rest = text[len(title) :]
    is_subject = bool(title) and text.lower().startswith(title) and bool(_DOCUMENT_VERB.match(rest))
    return is_subject and not corpus.gazetteer.mentioned(text[: len(title)])


_DOCUMENT_VERB = re.compile(
    r"\s+(?:compares|describes|explains|lists|covers|treats|follows|shows|sets|gives|has)\b"  # "… compares the indexes."
)
"""A verb whose subject may be a document."""


def defines(candidate: Candidate, term: str, corpus: Corpus) -> bool:
    """Return whether a sentence says what a term is: the term is its subject, or the heading that it is the first sentence of."""
    wanted = set(corpus.terms(term))
    headings = candidate.hit.passage.headings
    if not wanted or (candidate.position == 0 and headings and wanted == set(corpus.terms(headings[-1]))):
        return bool(wanted)
    found = _DEFINITION.match(candidate.text)
    subject = found[1] if found else ""
    if "-" not in term:
        subject = _COMPOUND.sub(" ", subject)
    return wanted <= set(corpus.terms(subject))


def starts_with(candidate: Candidate, term: str, corpus: Corpus) -> bool:
    """Return whether a sentence begins with a term, an article apart: "Reasoning models write down steps"."""
    wanted = corpus.terms(term)
    is_continuation = _NEEDS_SENTENCE_BEFORE.match(candidate.text)
    return bool(wanted) and not is_continuation and corpus.terms(candidate.text)[: len(wanted)] == wanted


_DEFINITION = re.compile(
    r"((?:[^\s(]+(?:\s+\([^)]*\))?,?\s+){1,7}?)"  # "High-bandwidth memory, or HBM, ", "HBM (high-bandwidth memory) "
    r"(?:is|are|was|were|means?|refers? to|stands? for|describes?)\b"
)
"""A defining sentence: a short subject, then "is" or "are" and a description."""

_COMPOUND = re.compile(r"\w+(?:-\w+)+")
"""A word with hyphens, which is about more than its parts: "chip-on-wafer"."""


def answering(
    candidates: Sequence[Candidate], ranked: Sequence[Candidate], question: Question, corpus: Corpus
) -> list[Candidate]:
    """Return candidates with each sentence that only announces replaced by the next of its paragraph, or left out."""
    places = {one.place: one for one in ranked}
    found: dict[tuple[int, int], Candidate] = {}
    for candidate in candidates:
        current: Candidate | None = candidate
        while current is not None and announces(current, question, corpus):
            is_next = _is_next(current.hit.passage, current.position)
            current = places.get((current.hit.row, current.position + 1)) if is_next else None
        if current is not None:
            found.setdefault(current.place, current)
    return list(found.values())


def spans(chosen: Iterable[Candidate], sides: Sequence[Candidate] = ()) -> list[Span]:
    """Return the excerpts of the chosen sentences: at most `MAX_REPLY_WORDS` words, and no text twice.

    Args:
        chosen: The sentences, best first.
        sides: Those of the sentences that are the two sides of a question, whose headings label them.
    """
    found: list[Span] = []
    words = 0
    for candidate in chosen:
        passage, is_first = candidate.hit.passage, not found or candidate in sides
        sentence = passage.sentences[candidate.position]
        bounds = excerpt(
            passage,
            candidate.position,
            least=MIN_WORDS if is_first else 0,
            most=MAX_WORDS if is_first else MAX_FURTHER_WORDS,
        )
        span = Span(
            candidate.hit.document,
            passage,
            candidate.hit.row,
            sentence.start,
            sentence.end,
            sentence.lead,
            candidate.score,
            bounds,
            passage.headings[-1] if candidate in sides and passage.headings else "",
        )
        clipped = _clipped(span, found)
        if clipped is None:
            continue
        size = len(f"{clipped.lead} {passage.text[slice(*clipped.bounds)]}".split())
        if found and words + size > MAX_REPLY_WORDS:
            continue
        words += size
        found.append(clipped)
    return found


def _clipped(span: Span, others: Iterable[Span]) -> Span | None:
    """Return a span without what other excerpts show; None if they show its answering sentence."""
    first, last = span.bounds
    for other in others:
        start, end = other.bounds
        if other.row != span.row or end <= first or last <= start:
            continue
        if start < span.end and span.start < end:
            return None
        first, last = (span.start, last) if end <= span.start else (first, span.end)
    return replace(span, excerpt=(first, last))


def _continues(passage: Passage, position: int) -> bool:
    sentence = passage.sentences[position]
    return sentence.kind == "prose" and bool(_NEEDS_SENTENCE_BEFORE.match(passage.quote(sentence)))


def _is_next(passage: Passage, position: int) -> bool:
    """Return whether the sentence after a position is prose of the same paragraph."""
    if position + 1 >= len(passage.sentences):
        return False
    here, following = passage.sentences[position : position + 2]
    return here.kind == following.kind == "prose" and "\n" not in passage.text[here.end : following.start]


def _words(passage: Passage, first: int, last: int) -> int:
    return len(passage.text[passage.sentences[first].start : passage.sentences[last].end].split())
