"""Evidence: the passages for a question, their sentences, and the sentences that an answer must not leave out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.answer.confidence import HITS
from bot.answer.excerpts import answering, defines
from bot.answer.figures.series import figures_meant, stating_sentences
from bot.answer.sentence_ranking import PASSAGES, Candidate, rank_sentences
from bot.answer.sides import is_below, rows_below, sides
from bot.corpus.gazetteer import NO_SECTION, Section, plain_heading
from bot.corpus.versions import document_periods, newest_first
from bot.text.periods import matches

if TYPE_CHECKING:
    from bot.answer.policy import Policy
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question
    from index.retriever import Retrieved
    from index.types import Document, Hit


@dataclass(frozen=True, slots=True)
class Evidence:
    """The passages and sentences that were found for a question."""

    hits: tuple[Hit, ...]
    """The passages, best first; those of other versions of a document come last."""
    ranked: tuple[Candidate, ...]
    """Their sentences, in the order in which they may be quoted."""
    needed: tuple[Candidate, ...]
    """The sentences that an answer must have beside the best."""
    newest: tuple[Candidate, ...]
    """The sentences with the newest of the figures that the question means, one per value."""
    sides: tuple[Candidate, ...] = ()
    """A sentence on each side of a question that asks for both; otherwise none."""
    versions: Mapping[int, Sequence[Hit]] = field(default_factory=dict)
    """The passages of other versions of a document that a newer passage replaces, by its row."""


def gather(question: Question, corpus: Corpus, policy: Policy, layers: Collection[str], top: int) -> Evidence:
    """Return the evidence for a question.

    First comes the newest of the figures that the question means, or its subject's introduction, or the section that it asks
    for; then the sentences by score.

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
        if question.defined and not question.subject:
            defining = [one for one in ranked if defines(one, question.defined, self.corpus)]
            same_passage = [one for one in defining if one.hit.row == defining[0].hit.row]
            ranked = _first(sorted(same_passage, key=lambda one: one.place)[:1], ranked)
        both = self._both_sides(question, top, retrieved) if question.both_sides else ()
        kept, versions = self._one_version_each(question, retrieved.hits)
        hits = (*kept, *(hit for hit in retrieved.hits if hit not in kept))
        return Evidence(hits, tuple(ranked), tuple(needed), tuple(newest), both, versions)

    def _both_sides(self, question: Question, top: int, retrieved: Retrieved) -> tuple[Candidate, ...]:
        """Return the first sentence of each side that says something, from the first of the best documents on its subject with two sides."""
        for document in dict.fromkeys(hit.document for hit in retrieved.hits[:PASSAGES]):
            headings = sides(document, self.corpus) if self._is_on(document, question) else ()
            if not headings:
                continue
            rows = rows_below(document, headings, self.corpus)
            _, ranked, _ = self._look_up(question, top, rows)
            inside = sorted((one for one in ranked if one.hit.row in rows), key=lambda one: one.place)
            saying = answering(inside, inside, question, self.corpus)
            found = [next((one for one in saying if is_below(one, heading)), None) for heading in headings]
            if all(found):
                return tuple(one for one in found if one is not None)
        return ()

    def _is_on(self, document: Document, question: Question) -> bool:
        """Return whether the title or the aliases of a document name a question's entities, or else another of its terms."""
        names = set(self.corpus.terms(" ".join((document.title, *document.aliases))))
        entities = {term for word in question.entities for term in self.corpus.terms(word)}
        return entities <= names and bool(names & question.terms)

    def _look_up(
        self, question: Question, top: int, also: tuple[int, ...] = ()
    ) -> tuple[Retrieved, list[Candidate], list[Candidate]]:
        """Return the passages for a question, their sentences, and the sentences with the newest figures, which come first.

        The passages of the rows `also` are included whatever their score.
        """
        retrieved = self.corpus.retrieve(question.text, top, self.layers, also)
        hits, _ = self._one_version_each(question, retrieved.hits)
        read_from = [hit for rank, hit in enumerate(hits) if rank < PASSAGES or hit.row in also]
        ranked = self._sentences(question, read_from, retrieved)
        newest = self._newest(question, ranked, retrieved)
        return retrieved, _first(newest, ranked), newest

    def _one_version_each(
        self, question: Question, hits: Sequence[Hit]
    ) -> tuple[list[Hit], dict[int, list[Hit]]]:
        """Return the hits without older versions, unless the question names their period, and what each replaces."""
        asked = question.periods
        preferred = {
            hit.row
            for hit in hits
            if asked and any(matches(one, own) for one in asked for own in document_periods(hit.document))
        }
        return newest_first(hits, preferred)

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
