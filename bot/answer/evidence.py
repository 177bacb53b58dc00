"""What an answer may quote: the passages for a question, their sentences, and those that it must not leave out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.answer import confidence, sentences
from bot.answer.sentences import Candidate
from bot.corpus import figures as figuring
from bot.corpus.figures import Figures
from bot.corpus.gazetteer import Gazetteer, plain
from bot.question import decomposition
from bot.question.followup import follow
from bot.question.model import Question, read

if TYPE_CHECKING:
    from bot.answer.pipeline import Policy
    from index.retriever import Retrieved, Retriever
    from index.types import Hit


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found for a question."""

    hits: tuple[Hit, ...]
    """The passages, best first."""
    ranked: tuple[Candidate, ...]
    """Their sentences in the order in which they may be quoted."""
    needed: tuple[Candidate, ...]
    """Those that an answer must not leave out beside the first."""
    newest: tuple[Candidate, ...]
    """Those with the newest of the figures that the question means, one a value."""


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Looks up what an answer may quote, in documents of some layers (of any, where none is given)."""

    retriever: Retriever
    policy: Policy
    gazetteer: Gazetteer
    figures: Sequence[Figures]
    layers: Collection[str]

    def gather(self, question: Question, top: int) -> Gathered:
        """What there is for a question, in its best `top` passages.

        First comes the newest of the figures that it means, or what its subject's document says first, or the section that it
        asks for; of things side by side one sentence each; then the sentences by their score.
        """
        about = self._introduction(question) if self.policy.introductions else ()
        retrieved, ranked, newest = self._look_up(question, top, about)
        needed = newest[1:]
        if self.policy.introductions and not newest:
            opening = _opening(ranked, about, self.gazetteer.section(question.text))
            ranked, needed = _first(opening, ranked), opening[1:]
        if self.policy.parts:
            things = decomposition.parts(question.text, self.gazetteer)
            beside = self._beside(things, ranked, retrieved)
            ranked = _first(beside, ranked)
            needed = [*needed, *beside[1:], *self._left_out(things, question, ranked)]
        return Gathered(retrieved.hits, tuple(ranked), tuple(needed), tuple(newest))

    def _look_up(
        self, question: Question, top: int, about: tuple[int, ...] = ()
    ) -> tuple[Retrieved, list[Candidate], list[Candidate]]:
        """The passages for a question, their sentences, best first, and those with the newest figures, which come before all.

        The passages of the rows `about` are among them whatever their score.
        """
        retrieved = self.retriever.retrieve(question.text, top, layers=self.layers, also=about)
        read_from = [
            hit for rank, hit in enumerate(retrieved.hits) if rank < sentences.TOP or hit.row in about
        ]
        ranked = self._candidates(question, read_from, retrieved)
        newest = self._newest(question, ranked, retrieved)
        return retrieved, _first(newest, ranked), newest

    def _candidates(self, question: Question, hits: Sequence[Hit], retrieved: Retrieved) -> list[Candidate]:
        """The sentences of some passages, by what they cover of what was `retrieved` for."""
        return sentences.candidates(
            question, hits, self.retriever.terms, retrieved.coverage, self.policy.selecting, len(hits)
        )

    def _newest(
        self, question: Question, ranked: Sequence[Candidate], retrieved: Retrieved
    ) -> list[Candidate]:
        """The sentences with the newest figures that a question means, of those ranked or else of the passages nearest to them."""
        terms = self.retriever.terms
        asked = figuring.meant(question, self.figures, terms) if self.policy.newest else None
        if asked is None:
            return []
        if found := figuring.stating(ranked, asked, asked.current, terms):
            return found
        own = self.retriever.retrieve(asked.name, confidence.HITS, layers=self.layers)
        return figuring.stating(self._candidates(question, own.hits, retrieved), asked, asked.current, terms)

    def _introduction(self, question: Question) -> tuple[int, ...]:
        """The row of the passage that begins the document which a question is about as a whole; else none."""
        if not (id := self.gazetteer.subject(question.text)):
            return ()
        generation = self.retriever.generation
        place = next(place for place, document in enumerate(generation.documents) if document.id == id)
        if self.layers and generation.documents[place].layer not in self.layers:
            return ()
        return (int(generation.document_rows[place]),)

    def _beside(
        self, things: Sequence[tuple[str, str]], ranked: Sequence[Candidate], retrieved: Retrieved
    ) -> list[Candidate]:
        """A sentence for each of the things side by side in a question; none where one of them has none.

        It has the newest of the figures that the question means, or where it asks for the things as a whole, it is the first
        that the thing's own document says.
        """
        found = [self._alone(read(part), ranked, retrieved) for _, part in things]
        return [one for own in found for one in own] if all(found) else []

    def _alone(
        self, question: Question, ranked: Sequence[Candidate], retrieved: Retrieved
    ) -> list[Candidate]:
        """The one sentence that answers the question on a thing alone, if it is known beforehand."""
        if newest := self._newest(question, ranked, retrieved):
            return newest[:1]
        about = self._introduction(question) if self.policy.introductions else ()
        if not about:
            return []
        _, own, _ = self._look_up(question, sentences.TOP, about)
        return _opening(own, about)[:1]

    def _left_out(
        self, things: Sequence[tuple[str, str]], question: Question, ranked: Sequence[Candidate]
    ) -> list[Candidate]:
        """A sentence for each part of a question that the best sentences leave out.

        These are the things that stand side by side in it and that they do not name, and the questions of a message that asks
        several, as far as the library answers them.
        """
        shown = ranked[: self.policy.sentences]
        needed: list[Candidate] = []
        for thing, part in things:
            if not any(decomposition.names(candidate, thing) for candidate in shown):
                _, own, _ = self._look_up(read(part), sentences.TOP)
                needed += [candidate for candidate in own if decomposition.names(candidate, thing)][:1]

        def has(word: str) -> bool:
            return all(map(self.retriever.known, self.retriever.terms(word)))

        for part in decomposition.questions(
            question.text, partial(follow, gazetteer=self.gazetteer, has=has)
        ):
            asked = read(part)
            retrieved, own, _ = self._look_up(asked, confidence.HITS)
            evidence = confidence.weigh(asked, retrieved.hits, self.retriever)
            if own and confidence.probability(evidence, self.policy.judging) >= self.policy.threshold:
                needed.append(next((one for one in ranked if one.place == own[0].place), own[0]))
        return needed


def _first(some: Sequence[Candidate], ranked: Sequence[Candidate]) -> list[Candidate]:
    """These candidates, then the others."""
    return [*some, *(one for one in ranked if one not in some)] if some else list(ranked)


def _opening(
    ranked: Sequence[Candidate], about: tuple[int, ...], section: tuple[str, str] = ("", "")
) -> list[Candidate]:
    """The sentences of the passages in the rows `about`, and of those below a heading of a document, in their order."""
    id, heading = section

    def is_asked(hit: Hit) -> bool:
        return bool(heading) and hit.document.id == id and heading in map(plain, hit.passage.headings)

    found = [one for one in ranked if one.hit.row in about or is_asked(one.hit)]
    return sorted(found, key=lambda one: one.place)
