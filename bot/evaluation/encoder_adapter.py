"""The adapter of `strata tune`: fitted to a library's expected questions, and tested on documents that were held out.

A third of the documents is held out. One half of them stops the training early. On the other half, the
tuned encoder must rank the right section clearly higher than the stock encoder, against the sections of the whole
library, because in use every section competes with the sections that the encoder was tuned on. Only then is the
adapter fitted to all documents, with as many steps per question.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.errors import BotFault
from bot.evaluation.statistics import Estimate, draws, estimate, ratios
from index.build.fingerprints import fingerprints
from index.encoded_text import passage_text, sentence_text
from index.models import default_encoder, trainer
from index.models.trainer import Example

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.models.adapter import Adapter
    from index.store.generation import Generation
    from index.types import Matrix

Encode = Callable[[Sequence[str]], "Matrix"]
Note = Callable[[str], object]

MIN_DOCUMENTS = 12
MIN_QUESTIONS = 200
"""The fewest documents and questions from which tuning can be tested on documents that were held out."""

BATCHES_PER_GENERAL = 8
"""Batches of questions for each batch of general pairs: a title with its heading, and a passage under it, so that
the encoder keeps reading titles as it did."""

GROUP = 8
"""Questions of one document in a batch."""


class TuningError(BotFault):
    """The library cannot be tuned, or the tuned encoder is not better."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its texts as they are encoded, and its expected questions."""

    document: str
    heading: str
    passages: tuple[str, ...]
    sentences: tuple[str, ...]
    questions: tuple[str, ...]
    best: tuple[tuple[str, str], ...]
    """For each question the passage and the sentence of the section that are nearest to it."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The result of tuning."""

    adapter: Adapter
    before: Estimate
    """The share of held-out questions whose section the stock encoder puts first."""
    after: Estimate
    change: Estimate
    """The change of the mean reciprocal rank of the right section."""


@dataclass(frozen=True, slots=True)
class Split:
    """The ids of documents: to fit the adapter, to stop early, and to judge."""

    fit: frozenset[str]
    stop: frozenset[str]
    judge: frozenset[str]


def sections(generation: Generation) -> list[Section]:
    """Return the sections of a generation, in order."""
    found: list[Section] = []
    for place, document in enumerate(generation.documents):
        questions = generation.expected_questions(place)
        first = int(generation.document_questions[place])
        rows: dict[str, list[int]] = {}
        for row in range(*generation.document_rows[place : place + 2].tolist()):
            rows.setdefault(generation.passage(row).anchor, []).append(row)
        for anchor, own in rows.items():
            numbers = [first + n for n, question in enumerate(questions) if question.anchor == anchor]
            found.append(
                _section(generation, document.id, own, numbers, [questions[n - first].text for n in numbers])
            )
    return found


def _section(
    generation: Generation, document: str, rows: list[int], numbers: list[int], questions: list[str]
) -> Section:
    """Return a section.

    Args:
        generation: The generation.
        document: The id of the document.
        rows: The section's passages.
        numbers: The rows of its expected questions.
        questions: Their texts.
    """
    title = generation.document_of(rows[0]).title
    passages = [generation.passage(row) for row in rows]
    passage_texts = [passage_text(title, passage) for passage in passages]
    sentence_texts = [sentence_text(title, p, sentence) for p in passages for sentence in p.sentences]
    best: list[tuple[str, str]] = []
    if numbers:
        asked = generation.question_rows[np.array(numbers, np.int64)]
        places = np.array(rows, np.int64)
        by_passage = asked @ generation.vectors.rows()[places].T
        by_sentence = asked @ generation.sentences_of(places)[0].T
        best = [
            (passage_texts[int(p)], sentence_texts[int(s)])
            for p, s in zip(by_passage.argmax(1), by_sentence.argmax(1), strict=True)
        ]
    heading = " > ".join((title, *passages[0].headings))
    return Section(
        document, heading, tuple(passage_texts), tuple(sentence_texts), tuple(questions), tuple(best)
    )


def split(documents: Sequence[str], seed: int) -> Split:
    """Return a random split: two thirds of the documents to fit the adapter, a sixth to stop early, a sixth to judge.

    >>> parts = split([str(number) for number in range(12)], seed=0)
    >>> [len(part) for part in (parts.fit, parts.stop, parts.judge)]
    [8, 2, 2]
    """
    order = sorted(documents)
    random.Random(seed).shuffle(order)  # noqa: S311  # nothing here is secret
    sixth = max(1, len(order) // 6)
    return Split(frozenset(order[2 * sixth :]), frozenset(order[:sixth]), frozenset(order[sixth : 2 * sixth]))


def batches(found: Sequence[Section], seed: int) -> list[list[Example]]:
    """Return the training examples of one epoch in batches.

    A batch has questions of neighbouring sections of a few documents, so that each section is a negative for its
    neighbours, and no two questions of one section. Two of three batches pair a question with its nearest sentence,
    the others with its nearest passage. General pairs are in batches of their own.
    """
    chance = random.Random(seed)  # noqa: S311  # nothing here is secret
    groups = []
    for document in dict.fromkeys(section.document for section in found):
        own = [section for section in found if section.document == document and section.questions]
        for number in range(max((len(section.questions) for section in own), default=0)):
            asked = [(section, number) for section in own if number < len(section.questions)]
            groups += [asked[start : start + GROUP] for start in range(0, len(asked), GROUP)]
    chance.shuffle(groups)
    filled: list[list[Example]] = []
    for place, batch in enumerate(_filled(groups)):
        # Questions are compared with sentences and with passages, so the adapter has to learn both.
        kind = 0 if place % 3 == 2 else 1
        filled.append([Example(section.questions[n], section.best[n][kind]) for section, n in batch])
    general = [Example(section.heading, section.passages[0]) for section in found if section.questions]
    chance.shuffle(general)
    wanted = len(filled) // BATCHES_PER_GENERAL
    filled += [general[i * trainer.BATCH : (i + 1) * trainer.BATCH] for i in range(wanted)]
    chance.shuffle(filled)
    return [batch for batch in filled if len(batch) > 1]


def _filled(groups: Sequence[list[tuple[Section, int]]]) -> Iterator[list[tuple[Section, int]]]:
    """Yield batches of groups from different documents, at most `trainer.BATCH` questions each."""
    waiting = list(groups)
    while waiting:
        batch: list[tuple[Section, int]] = []
        later = []
        for group in waiting:
            documents = {section.document for section, _ in batch}
            if group[0][0].document in documents or len(batch) + len(group) > trainer.BATCH:
                later.append(group)
            else:
                batch += group
        yield batch
        waiting = later


def ranks(found: Sequence[Section], asked: frozenset[str], encode: Encode) -> NDArray[np.int64]:
    """Return the rank (from 1) of the right section for each question of these documents, in order.

    A section's score is the highest cosine of the question and one of its passages. Of equal scores the right section
    comes last, so that an encoder that tells nothing apart gains nothing.

    Args:
        found: The sections that compete.
        asked: The ids of the documents whose questions are asked.
        encode: Encodes texts.
    """
    texts = [text for section in found for text in section.passages]
    starts = np.cumsum([0, *(len(section.passages) for section in found)])[:-1]
    right = [
        place for place, section in enumerate(found) if section.document in asked for _ in section.questions
    ]
    questions = [q for section in found if section.document in asked for q in section.questions]
    scores = np.maximum.reduceat(encode(questions) @ encode(texts).T, starts, axis=1)
    own = scores[np.arange(len(right)), right]
    # >= rather than >: an encoder that gives all sections the same score must not rank every one first.
    places: NDArray[np.int64] = (scores >= own[:, None]).sum(1)
    return places


def tune(generation: Generation, seed: int = 0, note: Note = lambda _: None) -> Tuned:
    """Return an adapter that was fitted to all documents after it was tested on documents that were held out.

    Args:
        generation: The generation with the expected questions.
        seed: Decides the split, the order of the examples and the initial adapter: the same seed on the same machine gives
            the same adapter.
        note: Called with a line about each step that begins.

    Raises:
        TuningError: There are too few questions, or the tuned encoder is not clearly better.
        EncoderError: A package is missing.
    """
    trainer.need_packages()
    found = sections(generation)
    documents = sorted({section.document for section in found if section.questions})
    count = sum(len(section.questions) for section in found)
    if len(documents) < MIN_DOCUMENTS or count < MIN_QUESTIONS:
        raise TuningError(
            f"{count} expected questions in {len(documents)} documents are too few to tune on; "
            f"write at least {MIN_QUESTIONS} in {MIN_DOCUMENTS} documents (see index/README.md)"
        )
    parts = split(documents, seed)
    before, after, share = _tested(found, parts, seed, note)
    # Reciprocal ranks of the same questions are paired, which narrows the interval.
    change = _change(1 / after - 1 / before, seed)
    first = [_change((places == 1).astype(float), seed) for places in (before, after)]
    measured = _line(first, change, len(before))
    if not change.low > 0:
        raise TuningError(f"the tuned encoder is not clearly better, so nothing was written: {measured}")
    fitted = batches(found, seed)
    steps = max(1, round(share * len(fitted)))
    note(f"{measured}; fitting to all {len(documents)} documents, {steps} steps")
    model = trainer.load(seed)
    trainer.train(model, fitted, seed, steps=steps)
    adapter = trainer.adapter_of(model, default_encoder.PUBLISHED, fingerprints(generation), measured)
    return Tuned(adapter, first[0], first[1], change)


def _tested(
    found: Sequence[Section], parts: Split, seed: int, note: Note
) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
    """Return the ranks of the judged questions before and after tuning, and the best share of an epoch."""
    model = trainer.load(seed)
    fitted = batches([section for section in found if section.document in parts.fit], seed)
    stopping = [section for section in found if section.document in parts.stop | parts.judge]

    def encode(texts: Sequence[str]) -> Matrix:
        return trainer.rows_of(model, texts)

    def score(encode: Encode) -> float:
        value = float((1 / ranks(stopping, parts.stop, encode)).mean())
        note(f"mean reciprocal rank on {len(parts.stop)} held-out documents: {value:.3f}")
        return value

    note(f"testing on {len(parts.judge)} documents that are held out")
    before = ranks(found, parts.judge, encode)
    steps = trainer.train(model, fitted, seed, score)
    # Step 0 means that the stock encoder was better than each rated step.
    if not steps:
        raise TuningError("training made the encoder worse on held-out documents, so nothing was written")
    return before, ranks(found, parts.judge, encode), steps / len(fitted)


def _change(values: NDArray[np.float64], seed: int) -> Estimate:
    """Return the mean of values, one per question, with its interval."""
    return estimate(ratios(values, np.ones(len(values)), draws(len(values), seed=seed)), len(values))


def _line(first: Sequence[Estimate], change: Estimate, count: int) -> str:
    """Return what was measured as one line."""
    before, after = first
    return (
        f"on {count} questions of held-out documents the right section is first for {after.value:.3f} (stock {before.value:.3f}), "
        f"mean reciprocal rank {change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
    )
