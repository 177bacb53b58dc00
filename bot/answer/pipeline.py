"""A question, a retriever and a policy in; a reply out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.answer import confidence as judging
from bot.answer import sentences as selecting
from bot.answer.citations import LinkTo, Span, apart, citation, cite, with_neighbour
from bot.answer.evidence import Gatherer
from bot.answer.objections import Objection, absent, contradicted, strange, unborne, untimely
from bot.corpus import figures as figuring
from bot.corpus.figures import Figures
from bot.corpus.gazetteer import Gazetteer, bases, normalise
from bot.errors import QuestionError
from bot.question.intent import intent
from bot.question.model import Question, read
from bot.question.offtopic import without_asides
from bot.text.periods import dated
from bot.types import Abstention, Answer, Citation, Reply
from index.search import fusion

if TYPE_CHECKING:
    from index.retriever import Retriever
    from index.types import Document, Hit

LONGEST = 20_000
"""Characters of a question that are read at all."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How replies are made: the weights, where to abstain, how much to show."""

    threshold: float = 0.45
    """Below this probability Strata abstains."""
    sentences: int = 3
    """The most quotations in an answer."""
    margin: float = 3.0
    """How far below the best sentence's score another one may lie and still be shown.

    Of 2, 3, 4 and 8, 3 has most of what 8 gains in right answers, and less than half of what it loses in right citations, on
    half a of tests/gold; the other questions say the same.
    """
    nearest: int = 3
    """Headings that an abstention names."""
    asides: bool = True
    """Whether what a message says beside its question is left out."""
    gazetteer: bool = True
    """Whether tickers, compounds and slips of the finger are read as the library's own names."""
    names: bool = True
    """Whether a name that no document has stands in the way of an answer."""
    periods: bool = True
    """Whether a period that none of the best sentences is about does, and "this year" is read as a period."""
    premises: bool = True
    """Whether sentences that deny what the question takes for granted do."""
    trends: bool = True
    """Whether a rise or fall that the documents' figures never show does."""
    newest: bool = True
    """Whether the newest value of the figures that a question means comes first, and beside it what disagrees."""
    introductions: bool = True
    """Whether a question on a document's subject and nothing else is answered with its introduction, and one on a section
    of it with that section."""
    parts: bool = True
    """Whether things that a question names side by side, and the questions of one message, are looked up one by one where
    the best sentences leave one out."""
    ranking: fusion.Weights = field(default_factory=fusion.Weights)
    selecting: selecting.Weights = field(default_factory=selecting.Weights)
    judging: judging.Weights = field(default_factory=judging.Weights)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply and all that led to it, for explaining and for measuring."""

    reply: Reply
    question: Question
    hits: tuple[Hit, ...]
    candidates: tuple[selecting.Candidate, ...]
    evidence: judging.Evidence


def answer(
    text: str,
    retriever: Retriever,
    policy: Policy,
    *,
    today: date,
    link: LinkTo,
    gazetteer: Gazetteer,
    vocabulary: Callable[[str], Collection[str]] = lambda _: (),
    figures: Sequence[Figures] = (),
    layers: Collection[str] = (),
    top: int = 10,
) -> Outcome:
    """The reply to a question, quoting only documents of the given layers (of any, where none is given).

    `gazetteer` has the library's names, `figures` what its documents state in numbers, and `vocabulary` its words that begin
    with a letter, which are asked for where one may be misspelled.
    Raises QuestionError for a question that has no words or is longer than `LONGEST`.
    """
    if not text.strip():
        raise QuestionError('the question is empty; ask something, for example: strata ask "What is HBM?"')
    if len(text) > LONGEST:
        raise QuestionError(f"the question has {len(text):,} characters; at most {LONGEST:,} are read")
    text = text.encode(errors="replace").decode()  # half a character, from bytes that were not UTF-8
    wanted = intent(text)
    text, notes = _in_own_words(
        text, retriever, policy, gazetteer, vocabulary, today, asides=wanted != "small talk"
    )
    question = read(text)
    generation = retriever.generation
    id = reply_id(generation.manifest.id, question.text, layers)
    if wanted == "small talk":
        reply: Reply = Abstention(
            id, question.text, generation.manifest.id, 0.0, "small talk", introduction(generation.documents)
        )
        return Outcome(reply, question, (), (), judging.NOTHING)
    gathered = Gatherer(retriever, policy, gazetteer, figures, layers).gather(
        question, max(top, judging.HITS)
    )
    hits, ranked = gathered.hits, gathered.ranked
    elsewhere = partial(
        selecting.elsewhere, about=gazetteer.mentioned(question.text), mentioned=gazetteer.mentioned
    )
    objection = (
        _objection(question, ranked, elsewhere, retriever, gazetteer, vocabulary, figures, policy)
        if wanted == "question"
        else _ADVICE
    )
    evidence = judging.weigh(question, hits, retriever, objection=objection is not None)
    confidence = judging.probability(evidence, policy.judging) if hits else 0.0
    chosen: Sequence[selecting.Candidate] = ()
    if objection is _ADVICE or (objection is None and confidence >= policy.threshold):
        chosen = selecting.choose(
            ranked, retriever.terms, policy.sentences, policy.margin, gathered.needed, elsewhere
        )
        if len(gathered.newest) > 1 and all(candidate in chosen for candidate in gathered.newest):
            notes = (*notes, figuring.NOTE)
    elif objection is not None:
        chosen = objection.against[: policy.sentences]
    quotes, citations = cite(apart(map(_span, chosen)), today, link)
    if quotes and objection is None:
        reply = Answer(id, question.text, generation.manifest.id, confidence, quotes, citations, notes)
    else:
        objection = objection or _NOT_COVERED
        reply = Abstention(
            id,
            question.text,
            generation.manifest.id,
            confidence,
            objection.reason,
            objection.message,
            () if quotes else nearest_headings(hits, policy.nearest, today, link),
            quotes,
            citations,
            notes,
        )
    return Outcome(reply, question, hits[:top], ranked, evidence)


def _in_own_words(
    text: str,
    retriever: Retriever,
    policy: Policy,
    gazetteer: Gazetteer,
    vocabulary: Callable[[str], Collection[str]],
    today: date,
    *,
    asides: bool,
) -> tuple[str, tuple[str, ...]]:
    """A message in the library's words, without what it says `asides` from its question; and notes on how it was read."""
    notes: tuple[str, ...] = ()
    if policy.gazetteer:
        text, notes = normalise(
            text,
            gazetteer,
            known=lambda word: all(map(retriever.known, retriever.terms(word))),
            ordinary=retriever.encoder.is_word,
            vocabulary=vocabulary,
        )
    if policy.periods:
        text, years = dated(text, today)
        notes += years
    if policy.asides and asides:

        def counts(sentence: str) -> bool:
            """Whether it names something, or asks and says nothing else: "Why?" tells what is wanted."""
            asks = sentence.endswith("?") and not retriever.terms(sentence)
            return asks or bool(gazetteer.entity.search(sentence))

        text = without_asides(text, retriever.nearest, counts)
    return text, notes


_ADVICE = Objection("advice", "Strata gives no advice. What the library has on it:")
_NOT_COVERED = Objection("not covered", "The library does not answer this.")


def _objection(
    question: Question,
    ranked: Sequence[selecting.Candidate],
    elsewhere: Callable[[selecting.Candidate], bool],
    retriever: Retriever,
    gazetteer: Gazetteer,
    vocabulary: Callable[[str], Collection[str]],
    figures: Sequence[Figures],
    policy: Policy,
) -> Objection | None:
    """The first thing that stands in the way of an answer."""

    def known(name: str) -> bool:
        terms = retriever.terms(name)
        return not terms or gazetteer.has(name) or any(map(retriever.known, terms))

    def absence(name: str) -> str:
        described = retriever.generation.described
        words = re.findall(r"[^\W_]+", name.lower())
        is_described = all(not described.isdisjoint(bases(word)) for word in words)
        return absent(retriever.generation.unread, is_described=is_described)

    def ordinary(word: str) -> bool:
        return any(map(retriever.encoder.is_word, bases(word)))

    return (
        (strange(question, known, gazetteer.has, ordinary, vocabulary, absence) if policy.names else None)
        or (untimely(question, ranked, policy.selecting.period, elsewhere) if policy.periods else None)
        or (contradicted(question, ranked, retriever.terms) if policy.premises else None)
        or (unborne(question, ranked, figures, retriever.terms) if policy.trends else None)
    )


def introduction(documents: Sequence[Document]) -> str:
    """What Strata says of itself to someone who asks nothing of the library.

    >>> introduction([])
    'This is Strata. It answers questions from a library: in quotations with their sources, or not at all.'
    """
    layers = list(dict.fromkeys(document.layer for document in documents if document.layer))
    on = f" on {', '.join(layers)}" if layers else ""
    return f"This is Strata. It answers questions from a library{on}: in quotations with their sources, or not at all."


def nearest_headings(hits: Iterable[Hit], most: int, today: date, link: LinkTo) -> tuple[Citation, ...]:
    """The headings that the best hits stand under, each once."""
    found: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        found.setdefault((hit.document.id, hit.passage.anchor), hit)
    return tuple(
        citation(number, [Span(hit.document, hit.passage, hit.row, 0, 0)], today, link)
        for number, hit in enumerate(list(found.values())[:most], start=1)
    )


def reply_id(generation: str, question: str, layers: Collection[str]) -> str:
    """A name for a reply that is the same for the same question to the same generation: "A-7f3c21d9".

    >>> reply_id("g", "What is HBM?", ()) == reply_id("g", "What is HBM?", ())
    True
    """
    told = "\0".join((generation, question, *sorted(layers)))
    return f"A-{sha256(told.encode()).hexdigest()[:8]}"


def _span(candidate: selecting.Candidate) -> Span:
    passage = candidate.hit.passage
    start, end = with_neighbour(passage, candidate.position)
    lead = passage.sentences[candidate.position].lead
    return Span(candidate.hit.document, passage, candidate.hit.row, start, end, lead, candidate.score)
