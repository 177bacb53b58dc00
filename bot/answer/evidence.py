"""Evidence: the passages for a question, their sentences, and the sentences that an answer must not leave out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answer.confidence import HITS, features, probability
from bot.answer.figures import figures_meant, stating_sentences
from bot.answer.sentences import PASSAGES, Candidate, rank_sentences
from bot.corpus.gazetteer import NO_SECTION, Section, plain_heading

if TYPE_CHECKING:
    from bot.answer.policy import Policy
    from bot.corpus.corpus import Corpus
    from bot.question.model import Question
    from index.retriever import Retrieved
    from index.types import Hit


@dataclass(frozen=True, slots=True)
class Evidence:
    """The passages and sentences that were found for a question."""

    hits: tuple[Hit, ...]
    """The passages, best first."""
    ranked: tuple[Candidate, ...]
    """Their sentences, in the order in which they may be quoted."""
    needed: tuple[Candidate, ...]
    """The sentences that an answer must have beside the best."""
    newest: tuple[Candidate, ...]
    """The sentences with the newest of the figures that the question means, one per value."""


def gather(question: Question, corpus: Corpus, policy: Policy, layers: Collection[str], top: int) -> Evidence:
    """Return the evidence for a question.

    First comes the newest of the figures that the question means, or its subject's introduction, or the section that it asks
    for; of entities side by side a sentence on each; then the sentences by score.

    Args:
        question: The question.
        corpus: The generation to search.
        policy: The weights and switches.
        layers: The layers to search; all if empty.
        top: The number of passages.
    """
    return _Search(corpus, policy, layers).gather(question, max(top, HITS))


@dataclass(frozen=True, slots=True)
class _Search:
    """The search for evidence in some layers of a generation."""

    corpus: Corpus
    policy: Policy
    layers: Collection[str]

    def gather(self, question: Question, top: int) -> Evidence:
        introduction = self._introduction(question)
        retrieved, ranked, newest = self._look_up(question, top, introduction)
        needed = newest[1:]
        if self.policy.introductions and not newest:
            opening = _opening(ranked, introduction, question.section)
            ranked, needed = _first(opening, ranked), opening[1:]
        each = self._one_for_each_part(question, ranked, retrieved)
        ranked = _first(each, ranked)
        needed = [*needed, *each[1:], *self._left_out(question, ranked)]
        return Evidence(retrieved.hits, tuple(ranked), tuple(needed), tuple(newest))

    def _look_up(
        self, question: Question, top: int, also: tuple[int, ...] = ()
    ) -> tuple[Retrieved, list[Candidate], list[Candidate]]:
        """Return the passages for a question, their sentences, and the sentences with the newest figures, which come first.

        The passages of the rows `also` are included whatever their score.
        """
        retrieved = self.corpus.retrieve(question.text, top, self.layers, also)
        read_from = [hit for rank, hit in enumerate(retrieved.hits) if rank < PASSAGES or hit.row in also]
        ranked = self._sentences(question, read_from, retrieved)
        newest = self._newest(question, ranked, retrieved)
        return retrieved, _first(newest, ranked), newest

    def _sentences(self, question: Question, hits: Sequence[Hit], retrieved: Retrieved) -> list[Candidate]:
        return rank_sentences(question, hits, retrieved, self.corpus, self.policy.selection)

    def _newest(
        self, question: Question, ranked: Sequence[Candidate], retrieved: Retrieved
    ) -> list[Candidate]:
        """Return the sentences with the newest figures that a question means.

        Sentences that are ranked already come first; otherwise the passages nearest to the figures' own name are searched.
        """
        figures = figures_meant(question, self.corpus) if self.policy.newest else None
        if figures is None:
            return []
        if found := stating_sentences(ranked, figures, figures.current, self.corpus):
            return found
        own = self.corpus.retrieve(figures.name, HITS, self.layers)
        sentences = self._sentences(question, own.hits, retrieved)
        return stating_sentences(sentences, figures, figures.current, self.corpus)

    def _introduction(self, question: Question) -> tuple[int, ...]:
        """Return the row of the passage that begins the document which the question asks an overview of, or none."""
        if not (self.policy.introductions and question.subject):
            return ()
        generation = self.corpus.generation
        place = next(
            place for place, document in enumerate(generation.documents) if document.id == question.subject
        )
        if self.layers and generation.documents[place].layer not in self.layers:
            return ()
        return (int(generation.document_rows[place]),)

    def _one_for_each_part(
        self, question: Question, ranked: Sequence[Candidate], retrieved: Retrieved
    ) -> list[Candidate]:
        """Return a sentence on each of the entities side by side; none if one of them has no sentence of its own.

        The sentence has the newest of the figures that the question means or, in a question about the entities as a whole, is
        the first of the entity's introduction.
        """
        found = [self._only(part.question, ranked, retrieved) for part in question.parts]
        return [one for own in found for one in own] if all(found) else []

    def _only(self, question: Question, ranked: Sequence[Candidate], retrieved: Retrieved) -> list[Candidate]:
        """Return the one sentence that the question's figures or subject determine, if there is one."""
        if newest := self._newest(question, ranked, retrieved):
            return newest[:1]
        introduction = self._introduction(question)
        if not introduction:
            return []
        _, own, _ = self._look_up(question, PASSAGES, introduction)
        return _opening(own, introduction)[:1]

    def _left_out(self, question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
        """Return a sentence for each entity that the best sentences do not mention, and for each of several questions.

        A question of several counts only if the library answers it.
        """
        shown = ranked[: self.policy.sentences]
        needed: list[Candidate] = []
        for part in question.parts:
            if not any(candidate.mentions(part.entity) for candidate in shown):
                _, own, _ = self._look_up(part.question, PASSAGES)
                needed += [candidate for candidate in own if candidate.mentions(part.entity)][:1]
        for asked in question.subquestions:
            retrieved, own, _ = self._look_up(asked, HITS)
            found = features(asked, retrieved.hits, self.corpus)
            if own and probability(found, self.policy.confidence) >= self.policy.threshold:
                needed.append(next((one for one in ranked if one.place == own[0].place), own[0]))
        return needed


def _first(some: Sequence[Candidate], ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return some of the candidates, then the others."""
    return [*some, *(one for one in ranked if one not in some)] if some else list(ranked)


def _opening(
    ranked: Sequence[Candidate], rows: tuple[int, ...], section: Section = NO_SECTION
) -> list[Candidate]:
    """Return the sentences of the passages in some rows, and of a section, in their own order."""

    def is_in_section(hit: Hit) -> bool:
        headings = map(plain_heading, hit.passage.headings)
        return bool(section.heading) and hit.document.id == section.document and section.heading in headings

    found = [one for one in ranked if one.hit.row in rows or is_in_section(one.hit)]
    return sorted(found, key=lambda one: one.place)
