"""From a question to a reply: the steps in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.answer import excerpts
from bot.answer.citations import Span, citation, cite
from bot.answer.confidence import NO_FEATURES, Features, features, probability
from bot.answer.evidence import Evidence, gather
from bot.answer.figures.series import TWO_VALUES
from bot.answer.objections import ADVICE, CLOSEST, NOT_COVERED, Objection, find_objection
from bot.answer.sentence_ranking import Candidate, choose, is_pointer
from bot.corpus.languages import language_note
from bot.corpus.versions import version_note
from bot.display import day
from bot.question.analysis import analyse
from bot.question.question import Question
from bot.question.sets.set_words import may_ask_for_set
from bot.types import Abstention, Answer, Citation, Quote, Reply
from index.text.language import language

if TYPE_CHECKING:
    from bot.answer.policy import Policy
    from bot.corpus.corpus import Corpus
    from index.types import Document, Hit


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply with everything that led to it, for explaining and for measuring."""

    reply: Reply
    question: Question
    hits: tuple[Hit, ...]
    candidates: tuple[Candidate, ...]
    features: Features


def answer(
    text: str,
    corpus: Corpus,
    policy: Policy,
    today: date,
    layers: Collection[str] = (),
    top: int = 10,
) -> Outcome:
    """Return the reply to a question, and how it came about.

    Args:
        text: The question as it was typed.
        corpus: The generation of the library that answers.
        policy: The weights, limits and switches.
        today: The day that "this year" and review dates refer to.
        layers: The layers to answer from; all if empty.
        top: The number of passages in the outcome.

    Raises:
        QuestionError: The question has no words or is too long.
    """
    corpus = corpus.in_language(corpus.language_of(text))
    question = analyse(text, corpus, today, policy.question)
    if question.intent in ("small talk", "library"):
        return _introduce(question, corpus, layers)
    evidence = gather(question, corpus, policy, layers, top)
    objection = find_objection(question, evidence, corpus, policy)
    chosen = _choose(question, evidence, corpus, policy)
    found = features(question, evidence.hits, chosen, corpus)
    confidence = probability(found, policy.confidence) if chosen else 0.0
    draft = _Draft(question, evidence, chosen, found, confidence, corpus, policy, today, layers)
    if listed := draft.enumerate():
        reply: Reply = listed
    elif objection or (confidence < policy.threshold and not evidence.sides):
        # The two sides in a document on the question's subject are what was asked for, however the question is worded.
        reply = draft.abstain(objection or NOT_COVERED)
    else:
        reply = draft.quote()
    return Outcome(reply, question, evidence.hits[:top], evidence.ranked, found)


def _choose(question: Question, evidence: Evidence, corpus: Corpus, policy: Policy) -> Sequence[Candidate]:
    """Return the sentences that an answer shows, best first."""
    if evidence.sides:
        return evidence.sides
    ranked = evidence.ranked
    saying = excerpts.answering(ranked, ranked, question, corpus) or list(ranked)
    needed = excerpts.answering(evidence.needed, ranked, question, corpus)
    return choose(saying, question, corpus, needed, most=policy.sentences, margin=policy.margin)


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everything that a reply is made from."""

    question: Question
    evidence: Evidence
    chosen: Sequence[Candidate]
    """The sentences of an answer, best first."""
    features: Features
    confidence: float
    corpus: Corpus
    policy: Policy
    today: date
    layers: Collection[str]

    @property
    def _head(self) -> tuple[str, str, str, float]:
        """The fields that answers and abstentions begin with: id, question, generation, confidence."""
        generation = self.corpus.generation.manifest.id
        text = self.question.text
        return reply_id(generation, text, self.layers), text, generation, self.confidence

    def quote(self) -> Reply:
        """Return the answer; an abstention if no sentence can be quoted verbatim."""
        quotes, citations = self._cite(self.chosen)
        if not quotes:
            return self.abstain(NOT_COVERED)
        return Answer(*self._head, quotes, citations, self._notes(self.chosen))

    def enumerate(self) -> Answer | None:
        """Return the answer to a question for a set: figures, items of a list or rows of a table; None for any other question."""
        if not may_ask_for_set(self.question.text):
            return None
        from bot.answer.set_answer import (
            draft_set,
        )  # reads many patterns, which most questions need not wait for

        drafted = draft_set(self.question, self.corpus, self.today, self.layers)
        if drafted is None:
            return None
        quotes, citations = cite(drafted.spans, self.today, self.corpus.link)
        table = drafted.table(quotes)
        if not quotes or (table is not None and not table.rows):
            return None
        id, text, generation, _ = self._head
        notes = (*self.question.notes, *drafted.notes)
        return Answer(id, text, generation, 1.0, quotes, citations, notes, table)

    def abstain(self, objection: Objection) -> Abstention:
        """Return the abstention for a reason, with the sentences that the reason calls for."""
        chosen: Sequence[Candidate] = objection.against[: self.policy.sentences]
        # A passage on Anthropic is not close to a question on xAI, however similar the words.
        is_closest = (
            objection is NOT_COVERED
            and self.features.named == 1
            and self.confidence >= self.policy.closest * self.policy.threshold
        )
        if objection is ADVICE:
            chosen = self.chosen
        elif is_closest:
            chosen = self.chosen[:1]
        quotes, citations = self._cite(chosen)
        return Abstention(
            *self._head,
            objection.reason,
            CLOSEST if is_closest and quotes else objection.message,
            self._nearest_headings(quotes) if is_closest or not quotes else (),
            quotes,
            citations,
            self._notes(chosen) if objection is ADVICE else (*self.question.notes, *self._language_notes()),
        )

    def _cite(self, chosen: Iterable[Candidate]) -> tuple[tuple[Quote, ...], tuple[Citation, ...]]:
        return cite(excerpts.spans(chosen, self.evidence.sides), self.today, self.corpus.link)

    def _notes(self, chosen: Sequence[Candidate]) -> tuple[str, ...]:
        newest = self.evidence.newest
        has_two_values = len(newest) > 1 and all(candidate in chosen for candidate in newest)
        two_values = (TWO_VALUES,) if has_two_values else ()
        versions = version_note([(one.text, one.hit.row) for one in chosen], self.evidence.versions)
        others = (versions,) if versions else ()
        return (*self.question.notes, *two_values, *others, *self._language_notes(chosen))

    def _language_notes(self, chosen: Sequence[Candidate] = ()) -> tuple[str, ...]:
        """Return a remark if the quotations, or else the library, are in another language than the question."""
        quoted = language(" ".join(candidate.text for candidate in chosen))
        return tuple(filter(None, [language_note(self.corpus, quoted)]))

    def _nearest_headings(self, quotes: Sequence[Quote]) -> tuple[Citation, ...]:
        """Return the headings of the best passages, each once, without quoted passages and headings that only point elsewhere."""
        quoted = {quote.row for quote in quotes}
        found: dict[tuple[str, str], Hit] = {}
        for hit in self.evidence.hits:
            if hit.row not in quoted and not is_pointer(hit.passage):
                found.setdefault((hit.document.id, hit.passage.anchor), hit)
        return tuple(
            citation(number, [Span(hit.document, hit.passage, hit.row, 0, 0)], self.today, self.corpus.link)
            for number, hit in enumerate(list(found.values())[: self.policy.nearest], start=1)
        )


def _introduce(question: Question, corpus: Corpus, layers: Collection[str]) -> Outcome:
    """Return the reply to small talk or to a question about the library: a text about Strata itself, or about the library."""
    generation = corpus.generation
    id = reply_id(generation.manifest.id, question.text, layers)
    message = introduction(generation.documents)
    if question.intent == "library":
        message = description(generation.documents, date.fromisoformat(generation.manifest.created[:10]))
    reply = Abstention(id, question.text, generation.manifest.id, 0.0, "small talk", message)
    return Outcome(reply, question, (), (), NO_FEATURES)


def introduction(documents: Sequence[Document]) -> str:
    """Return the sentence with which Strata introduces itself.

    >>> introduction([])
    "Hi, I'm Strata. I answer questions with quotes and sources from a library, or tell you when it has no answer."
    """
    layers = _layers(documents)
    on = f" on {layers}" if layers else ""
    return f"Hi, I'm Strata. I answer questions with quotes and sources from a library{on}, or tell you when it has no answer."


def description(documents: Sequence[Document], updated: date) -> str:
    """Return what the library covers, how large it is and how current.

    >>> from index.types import Document
    >>> description([Document("a", "a.md", "A", "chips", facts_to=date(2026, 9, 1))], date(2026, 11, 30))
    'The library has 1 document on chips. It was last updated on 30 November 2026, and its newest facts are from September 2026.'
    """
    count = len(documents)
    layers = _layers(documents)
    on = f" on {layers}" if layers else ""
    newest = max((document.facts_to for document in documents if document.facts_to), default=None)
    facts = f", and its newest facts are from {newest:%B %Y}" if newest else ""
    size = f"{count} document{'' if count == 1 else 's'}{on}"
    return f"The library has {size}. It was last updated on {day(updated)}{facts}."


def _layers(documents: Sequence[Document]) -> str:
    """Return the layers of some documents as an enumeration."""
    layers = list(dict.fromkeys(document.layer for document in documents if document.layer))
    return " and ".join(filter(None, [", ".join(layers[:-1]), *layers[-1:]]))


def reply_id(generation: str, question: str, layers: Collection[str]) -> str:
    """Return the name of a reply, which is the same for the same question to the same generation: "A-7f3c21d9".

    >>> reply_id("g", "What is HBM?", ()) == reply_id("g", "What is HBM?", ())
    True
    """
    identity = "\0".join((generation, question, *sorted(layers)))
    return f"A-{sha256(identity.encode()).hexdigest()[:8]}"
