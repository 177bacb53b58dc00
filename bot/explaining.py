"""How a reply came about, as a table: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from bot.answering import Outcome
from bot.rendering import shown
from index.types import Hit

if TYPE_CHECKING:
    from bot.composing import Composition

_SENTENCES = 12


def explain(outcome: Outcome, composition: Composition | None = None) -> str:
    """Every score behind a reply: of the question, of each hit, of the best sentences; and what became of a composed text."""
    question = outcome.question
    told = [
        f"read as: {question.text}",
        f"asks for: {question.asks}; numbers: {_listed(question.numbers)}; names: {_listed(question.names)}",
    ]
    evidence = [(f.name, f"{getattr(outcome.evidence, f.name):.3f}") for f in fields(outcome.evidence)]
    told.append(
        f"confidence {outcome.reply.confidence:.3f} from " + ", ".join(f"{n} {v}" for n, v in evidence)
    )
    if composition is not None:
        became = (
            f"refused: {composition.refused} ({shown(composition.detail)})"
            if composition.refused
            else "verified"
        )
        told.append(f"composed by {composition.model} in {composition.milliseconds:.0f} ms: {became}")
    reranked = ("reranked",) if any(hit.reranked is not None for hit in outcome.hits) else ()
    hits = [
        (
            str(h.rank), f"{h.score:.3f}", f"{h.dense:.3f}", f"{h.sentence:.3f}", f"{h.coverage:.3f}", f"{h.bm25:.2f}",
            *("" if h.reranked is None else f"{h.reranked:.3f}" for _ in reranked), _place(h),
        )
        for h in outcome.hits
    ]  # fmt: skip
    sentences = [
        (
            f"{c.score:.2f}", str(c.hit.rank), f"{c.cosine:.3f}", f"{c.coverage:.3f}", f"{c.context:.3f}", f"{c.kind:+.0f}",
            _shortened(c.text, 80),
        )
        for c in outcome.candidates[:_SENTENCES]
    ]  # fmt: skip
    return "\n\n".join(
        (
            "\n".join(told),
            table(("rank", "score", "dense", "sentence", "coverage", "bm25", *reranked, "passage"), hits),
            table(("score", "hit", "cosine", "coverage", "context", "kind", "sentence"), sentences),
        )
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns two spaces apart: all to the right but the last.

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
    return f"{hit.document.path}:{hit.passage.first_line}-{hit.passage.last_line} {' › '.join(hit.passage.headings)}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "none"


def _shortened(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
