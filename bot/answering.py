"""A question, a retriever and a policy in; a reply out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from bot import figuring, judging, parting, selecting
from bot.asides import without_asides
from bot.citing import LinkTo, Span, apart, citation, cite, with_neighbour
from bot.errors import QuestionError
from bot.figuring import Figures
from bot.following import follow
from bot.gazetteer import Gazetteer, bases, normalise, plain
from bot.intent import intent
from bot.objecting import Objection, contradicted, strange, unborne, untimely
from bot.periods import dated
from bot.reading import Question, read
from bot.types import Abstention, Answer, Citation, Reply
from index import fusion

if TYPE_CHECKING:
    from index.generation import Generation
    from index.retriever import Retrieved, Retriever
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
    about = _subject(question, generation, gazetteer, layers) if policy.introductions else ()
    retrieved, ranked, newest = _found(
        question, retriever, policy, layers, figures, max(top, judging.HITS), about
    )
    hits = retrieved.hits
    elsewhere = partial(
        selecting.elsewhere, about=gazetteer.mentioned(question.text), mentioned=gazetteer.mentioned
    )
    needed = newest[1:]
    if policy.introductions and not newest:
        opening = _opening(ranked, about, gazetteer.section(question.text))
        ranked = [*opening, *(one for one in ranked if one not in opening)]
        needed = opening[1:]
    if policy.parts:
        beside = _beside(ranked, question, retrieved, retriever, gazetteer, policy, layers, figures)
        ranked = [*beside, *(one for one in ranked if one not in beside)]
        needed += beside[1:] + _parts(ranked, question, retriever, gazetteer, policy, layers, figures)
    objection = (
        _objection(question, ranked, elsewhere, retriever, gazetteer, vocabulary, figures, policy)
        if wanted == "question"
        else _ADVICE
    )
    evidence = judging.weigh(question, hits, retriever, objection=objection is not None)
    confidence = judging.probability(evidence, policy.judging) if hits else 0.0
    chosen: Sequence[selecting.Candidate] = ()
    if objection is _ADVICE or (objection is None and confidence >= policy.threshold):
        chosen = selecting.choose(ranked, retriever.terms, policy.sentences, policy.margin, needed, elsewhere)
        if len(newest) > 1 and all(candidate in chosen for candidate in newest):
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
    return Outcome(reply, question, hits[:top], tuple(ranked), evidence)


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


def _found(
    question: Question,
    retriever: Retriever,
    policy: Policy,
    layers: Collection[str],
    figures: Sequence[Figures],
    top: int,
    about: tuple[int, ...] = (),
) -> tuple[Retrieved, list[selecting.Candidate], list[selecting.Candidate]]:
    """The passages for a question and their sentences, each best first, and those with the newest figures that it means.

    These come before all others. The passages of the rows `about` are among them whatever their score.
    """
    retrieved = retriever.retrieve(question.text, top, layers=layers, also=about)
    read_from = [hit for rank, hit in enumerate(retrieved.hits) if rank < selecting.TOP or hit.row in about]
    ranked = selecting.candidates(
        question, read_from, retriever.terms, retrieved.coverage, policy.selecting, len(read_from)
    )
    newest = _newest(question, ranked, retrieved, retriever, policy, layers, figures)
    ranked = [*newest, *(candidate for candidate in ranked if candidate not in newest)]
    return retrieved, ranked, newest


def _newest(
    question: Question,
    ranked: Sequence[selecting.Candidate],
    retrieved: Retrieved,
    retriever: Retriever,
    policy: Policy,
    layers: Collection[str],
    figures: Sequence[Figures],
) -> list[selecting.Candidate]:
    """The sentences with the newest figures that a question means, of those ranked or else of the passages nearest to them."""
    asked = figuring.meant(question, figures, retriever.terms) if policy.newest else None
    if asked is None:
        return []
    if found := figuring.stating(ranked, asked, asked.current, retriever.terms):
        return found
    own = retriever.retrieve(asked.name, judging.HITS, layers=layers)
    others = selecting.candidates(
        question, own.hits, retriever.terms, retrieved.coverage, policy.selecting, judging.HITS
    )
    return figuring.stating(others, asked, asked.current, retriever.terms)


def _subject(
    question: Question, generation: Generation, gazetteer: Gazetteer, layers: Collection[str]
) -> tuple[int, ...]:
    """The row of the passage that begins the document which a question is about as a whole; else none."""
    if not (id := gazetteer.subject(question.text)):
        return ()
    place = next(place for place, document in enumerate(generation.documents) if document.id == id)
    if layers and generation.documents[place].layer not in layers:
        return ()
    return (int(generation.document_rows[place]),)


def _opening(
    ranked: Sequence[selecting.Candidate], about: tuple[int, ...], section: tuple[str, str]
) -> list[selecting.Candidate]:
    """The sentences of the passages in the rows `about`, and of those below a heading of a document, in their order."""
    id, heading = section

    def is_asked(hit: Hit) -> bool:
        return bool(heading) and hit.document.id == id and heading in map(plain, hit.passage.headings)

    found = [one for one in ranked if one.hit.row in about or is_asked(one.hit)]
    return sorted(found, key=lambda one: one.place)


def _beside(
    ranked: list[selecting.Candidate],
    question: Question,
    retrieved: Retrieved,
    retriever: Retriever,
    gazetteer: Gazetteer,
    policy: Policy,
    layers: Collection[str],
    figures: Sequence[Figures],
) -> list[selecting.Candidate]:
    """Of things side by side in a question the newest of the figures that it means, one for each; none where one has none."""
    found = [
        _newest(read(part), ranked, retrieved, retriever, policy, layers, figures)[:1]
        for _, part in parting.parts(question.text, gazetteer)
    ]
    return [one for own in found for one in own] if all(found) else []


def _parts(
    ranked: list[selecting.Candidate],
    question: Question,
    retriever: Retriever,
    gazetteer: Gazetteer,
    policy: Policy,
    layers: Collection[str],
    figures: Sequence[Figures],
) -> list[selecting.Candidate]:
    """A sentence for each part of a question that an answer must not leave out.

    These are the things that stand side by side in it and that the best sentences do not name, and the questions of a
    message that asks several, as far as the library answers them.
    """
    shown = ranked[: policy.sentences]
    needed: list[selecting.Candidate] = []
    for thing, part in parting.parts(question.text, gazetteer):
        if not any(parting.names(candidate, thing) for candidate in shown):
            _, own, _ = _found(read(part), retriever, policy, layers, figures, selecting.TOP)
            needed += [candidate for candidate in own if parting.names(candidate, thing)][:1]

    def has(word: str) -> bool:
        return all(map(retriever.known, retriever.terms(word)))

    for part in parting.questions(question.text, partial(follow, gazetteer=gazetteer, has=has)):
        asked = read(part)
        retrieved, own, _ = _found(asked, retriever, policy, layers, figures, judging.HITS)
        evidence = judging.weigh(asked, retrieved.hits, retriever)
        if own and judging.probability(evidence, policy.judging) >= policy.threshold:
            needed.append(next((one for one in ranked if one.place == own[0].place), own[0]))
    return needed


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

    def ordinary(word: str) -> bool:
        return any(map(retriever.encoder.is_word, bases(word)))

    return (
        (strange(question, known, gazetteer.has, ordinary, vocabulary) if policy.names else None)
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
