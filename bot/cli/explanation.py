"""The scores behind a reply, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from bot.answer.pipeline import Outcome
from bot.display import on_one_line
from index.types import Hit

if TYPE_CHECKING:
    from bot.composer.prompt import Composition

_MAX_SENTENCES = 12


def explain(outcome: Outcome, composition: Composition | None = None) -> str:
    """Return the scores behind a reply as text: the question, the hits, the best sentences and the composed text."""
    question = outcome.question
    lines = [
        f"read as: {on_one_line(question.text)}",
        f"asks for: {question.answer_type}; numbers: {_listed(question.numbers)}; names: {_listed(question.names)}",
    ]
    evidence = [(f.name, f"{getattr(outcome.features, f.name):.3f}") for f in fields(outcome.features)]
    lines.append(
        f"confidence {outcome.reply.confidence:.3f} from " + ", ".join(f"{n} {v}" for n, v in evidence)
    )
    if composition is not None:
        result = (
            f"refused: {composition.refused} ({on_one_line(composition.detail)})"
            if composition.refused
            else "verified"
        )
        lines.append(
            f"composed by {on_one_line(composition.model)} in {composition.milliseconds:.0f} ms: {result}"
        )
    reranked = ("reranked",) if any(hit.reranked is not None for hit in outcome.hits) else ()
    hits = [
        (
            str(h.rank), f"{h.score:.3f}", f"{h.dense:.3f}", f"{h.sentence:.3f}", f"{h.coverage:.3f}", f"{h.bm25:.2f}", f"{h.expected:+.3f}",
            *("" if h.reranked is None else f"{h.reranked:.3f}" for _ in reranked), _place(h),
        )
        for h in outcome.hits
    ]  # fmt: skip
    sentences = [
        (
            f"{c.score:.2f}", str(c.hit.rank), f"{c.cosine:.3f}", f"{c.coverage:.3f}", f"{c.context:.3f}", f"{c.kind:+.0f}",
            _shortened(c.text, 80),
        )
        for c in outcome.candidates[:_MAX_SENTENCES]
    ]  # fmt: skip
    return "\n\n".join(
        (
            "\n".join(lines),
            table(
                ("rank", "score", "dense", "sentence", "coverage", "bm25", "expected", *reranked, "passage"),
                hits,
            ),
            table(("score", "hit", "cosine", "coverage", "context", "kind", "sentence"), sentences),
        )
    )


def explanation(outcome: Outcome) -> dict[str, Any]:
    """Return every score behind a reply in the form that `strata ask --json --explain` prints."""
    question = outcome.question
    return {
        "asks_for": question.answer_type,
        "numbers": list(question.numbers),
        "names": list(question.names),
        "evidence": {f.name: round(getattr(outcome.features, f.name), 4) for f in fields(outcome.features)},
        "passages": [
            {
                "rank": hit.rank,
                "document": hit.document.id,
                "headings": list(hit.passage.headings),
                "first_line": hit.passage.first_line,
                "last_line": hit.passage.last_line,
                "score": round(hit.score, 4),
                "dense": round(hit.dense, 4),
                "sentence": round(hit.sentence, 4),
                "coverage": round(hit.coverage, 4),
                "bm25": round(hit.bm25, 4),
                "expected": round(hit.expected, 4),
                "reranked": None if hit.reranked is None else round(hit.reranked, 4),
            }
            for hit in outcome.hits
        ],
        "sentences": [
            {
                "text": candidate.text,
                "rank": candidate.hit.rank,
                "score": round(candidate.score, 4),
                "cosine": round(candidate.cosine, 4),
                "coverage": round(candidate.coverage, 4),
                "context": round(candidate.context, 4),
                "kind": candidate.kind,
            }
            for candidate in outcome.candidates[:_MAX_SENTENCES]
        ],
    }


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return columns two spaces apart, aligned to the right except the last.

    >>> print(table(("n", "name"), [("1", "a"), ("10", "b")]))
     n  name
     1  a
    10  b
    """
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head) - 1)]
    return "\n".join(
        "  ".join([*(cell.rjust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in (head, *rows)
    )


def _place(hit: Hit) -> str:
    place = f"{hit.document.path}:{hit.passage.first_line}-{hit.passage.last_line}"
    return on_one_line(f"{place} {' › '.join(hit.passage.headings)}")


def _listed(words: Sequence[str]) -> str:
    return on_one_line(", ".join(words)) or "none"


def _shortened(text: str, max_chars: int) -> str:
    line = on_one_line(" ".join(text.split()))
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"
