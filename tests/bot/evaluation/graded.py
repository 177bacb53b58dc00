"""Records with known measures."""

from __future__ import annotations

from bot.evaluation.gold import Gold, Place
from bot.evaluation.grade import Ranking, Record, Shown


def record(
    id: str,
    confidence: float,
    *,
    kind: str = "figure",
    style: str = "short",
    threshold: float = 0.5,
    right: tuple[bool, ...] = (),
    rank: int = 0,
    reason: str | None = None,
    contrary: bool | None = None,
    document: str = "a",
    text: str = "",
) -> Record:
    """Return the record of a question with one part and one place.

    Args:
        id: The question's id.
        confidence: The confidence of the reply.
        kind: The kind of the question.
        style: The style of the question.
        threshold: The confidence below which the reply is an abstention.
        right: For each quotation, True if it answers the question.
        rank: The rank of the place's passage; 0 if it was not retrieved, -1 if the question is unanswerable.
        reason: The reason of an abstention; by default it follows from the threshold.
        contrary: True if the reply quotes the contrary sentence; None if there is no such sentence.
        document: The document of the quotations.
        text: The text of the quotations.
    """
    is_answerable = rank >= 0
    place = Place("a", "H", "S.")
    return Record(
        gold=Gold(
            id,
            f"{id}?",
            kind,
            style,
            (place,) if is_answerable else (),
            (place,) if contrary is not None else (),
        ),
        ranking=Ranking(
            rank, float(rank == 1), float(1 <= rank <= 5), float(1 <= rank <= 10), 1 / rank if rank else 0.0,
            1 / rank if rank else 0.0,
        ) if is_answerable else None,
        confidence=confidence,
        threshold=threshold,
        reason=reason if reason is not None else "" if confidence >= threshold else "not covered",
        shown=tuple(
            Shown(document, "H", text or f"{id} {n}", ok, ok, is_verbatim=True, opens=True, numbers=1, unsupported=0)
            for n, ok in enumerate(right)
        ),
        sentence1=float(right[0]) if right else 0.0,
        sentence3=float(any(right)),
        contrary=bool(contrary),
        beside=(),
        nearest=(),
        loose=0,
    )  # fmt: skip


SIX = (
    record("a1", 0.9, rank=1, right=(True, False)),
    record("a2", 0.8, rank=2, right=(False, True), style="full"),
    record("a3", 0.6, rank=0, right=(False,), kind="date"),
    record("a4", 0.3, rank=4, right=(True,), kind="date"),
    record("u1", 0.7, rank=-1, right=(False,), kind="near miss", style=""),
    record("u2", 0.1, rank=-1, right=(False,), kind="false premise", contrary=True),
)
"""Four answerable questions, three with an answer, two of them right; two unanswerable ones, one with an abstention."""
