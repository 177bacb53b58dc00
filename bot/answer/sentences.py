"""Which sentences of the hits answer a question: pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from bot.question.model import Question, answers
from bot.text.periods import Period, meets, periods
from index.types import Hit

_WORD = re.compile(r"[^\W_]+")

TOP = 5
"""Sentences are taken from the passages of this many best hits."""


ASIDES = frozenset({"related", "see also", "further reading", "references", "sources", "external links"})
"""Headings under which a document points to others, in small letters."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each feature of a sentence is worth.

    Fitted on the development halves of public question sets for the share of questions whose right sentence comes
    first; weights fitted without a set serve it as well. `python -m tests.benchmarks.fit` fits them anew.
    """

    cosine: float = 9.4
    coverage: float = 3.0
    context: float = 2.3
    kind: float = 0.68
    period: float = 1.2
    passage: float = 15.0
    question: float = -7.7
    aside: float = -7.7
    """Of a sentence under a heading that only points elsewhere, as a list of related pages does."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit with what speaks for it."""

    hit: Hit
    position: int
    """Of the sentence in its passage."""
    cosine: float
    """Of the question and the sentence with its headings."""
    coverage: float
    """IDF share of the question's terms that stand in the sentence: 0 to 1."""
    context: float
    """The same for the sentence, its two neighbours and the headings."""
    kind: float
    """+1 or -1 where the question asks for a kind of thing that the sentence has or lacks; else 0."""
    period: float
    """+1 where the sentence is of a period that the question names, -1 where it is of another one; else 0."""
    score: float

    @property
    def place(self) -> tuple[int, int]:
        """The sentence's passage and where it stands there: the same for each question."""
        return self.hit.row, self.position

    @property
    def above(self) -> str:
        """What stands above the sentence: its document's title, its headings and its table's header or list's lead-in."""
        passage = self.hit.passage
        return " ".join((self.hit.document.title, *passage.headings, passage.sentences[self.position].lead))

    @property
    def text(self) -> str:
        """The sentence's words."""
        return self.hit.passage.quote(self.hit.passage.sentences[self.position])


def candidates(
    question: Question,
    hits: Sequence[Hit],
    terms: Callable[[str], Sequence[str]],
    coverage: Callable[[Iterable[str]], float],
    weights: Weights,
    most: int = TOP,
) -> list[Candidate]:
    """Every sentence of the best `most` hits, best first; of equal ones the better hit's, then the earlier.

    `terms` reads the terms of a heading; `coverage` tells which IDF share of the question's terms some terms make up.
    """
    found = []
    asked = periods(question.text)
    share = cache(coverage)  # most sentences have one of a few sets of the question's terms
    for hit in hits[:most]:
        passage = hit.passage
        header = frozenset(terms(" ".join((hit.document.title, *passage.headings))))
        own = hit.sentence_terms
        aside = bool(passage.headings) and passage.headings[-1].lower() in ASIDES
        for position, sentence in enumerate(passage.sentences):
            text = passage.quote(sentence)
            near = header.union(*own[max(0, position - 1) : position + 2])
            covered, context = share(own[position]), share(near)
            kind = answers(question.asks, text, question.text)
            period = _timely(asked, " ".join((*passage.headings, sentence.lead, text))) if asked else 0.0
            cosine = hit.sentence_cosines[position]
            score = (
                weights.cosine * cosine
                + weights.coverage * covered
                + weights.context * context
                + weights.kind * kind
                + weights.period * period
                + weights.passage * hit.score
                + (weights.question if text.rstrip().endswith("?") else 0.0)
                + (weights.aside if aside else 0.0)
            )
            found.append(Candidate(hit, position, cosine, covered, context, kind, period, score))
    return sorted(found, key=lambda c: -c.score)


def _timely(asked: Sequence[Period], sentence: str) -> float:
    told = periods(sentence)
    if not told:
        return 0.0
    return 1.0 if any(meets(one, other) for one in asked for other in told) else -1.0


def elsewhere(
    candidate: Candidate, about: Collection[str], mentioned: Callable[[str], Collection[str]]
) -> bool:
    """Whether a sentence is on something else than what a question names: `about` has the words of that.

    None of them is in it, above it or in another name of its document's subject, and it names something, or stands in the
    document of something that has figures. `mentioned` gives the words of the named things in a text.

    Of the eight best sentences of the answerable gold questions that name something, 2 of 144 such ones are right and 361 of
    1,776 others.
    """
    if not about:
        return False
    document = candidate.hit.document
    words = _WORD.findall(" ".join((candidate.above, *document.aliases, candidate.text)).lower())
    return frozenset(about).isdisjoint(words) and (
        any(series.entity == document.title for series in document.figures) or bool(mentioned(candidate.text))
    )


def choose(
    ranked: Sequence[Candidate],
    terms: Callable[[str], Sequence[str]],
    most: int,
    margin: float,
    needed: Sequence[Candidate] = (),
    elsewhere: Callable[[Candidate], bool] = lambda _: False,
) -> list[Candidate]:
    """The best candidate, those needed beside it, and those that come near it: at most `most`.

    Unless it is needed, what is `elsewhere`, on something else than the question, is left out where anything is not, and
    so is what repeats an earlier one: four fifths of the smaller one's terms stand in the other.
    """
    best = next((candidate for candidate in ranked if not elsewhere(candidate)), None)
    chosen: list[Candidate] = []
    seen: list[set[str]] = []
    for candidate in (*([best] if best else ranked[:1]), *needed, *ranked):
        if len(chosen) == most:
            break
        if candidate in chosen:
            continue
        own = set(terms(candidate.text))
        if chosen and candidate not in needed:
            far = candidate.score < chosen[0].score - margin
            if far or any(len(own & other) >= 0.8 * min(len(own), len(other)) for other in seen):
                continue
            if best and elsewhere(candidate):
                continue
        chosen.append(candidate)
        seen.append(own)
    return chosen
