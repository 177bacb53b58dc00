"""Questions and results as JSON Lines, so that Strata can be measured with other tools."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from bot.errors import BotFault, QuestionError
from bot.library import Library
from bot.types import Answer
from index.encoded_text import passage_text
from index.types import Hit


def read_questions(lines: Iterable[str], name: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the question of each line. Raises QuestionError that names the line.

    >>> list(read_questions(['{"id": "1", "question": "What is HBM?"}'], "q.jsonl"))
    [('1', 'What is HBM?')]
    """
    for number, line in enumerate(_decoded(lines, name), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            yield str(record["id"]), str(record["question"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise QuestionError(
                f'{name}:{number}: not an object with an "id" and a "question", such as {{"id": "1", "question": "…"}}'
            ) from None


def _decoded(lines: Iterable[str], name: str) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError:
        raise QuestionError(f"{name} is not UTF-8 text; save it as UTF-8") from None


def run(library: Library, questions: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield one result per question, in order; see bot/evaluation/README.md, "Judge Strata from outside"."""
    for id, question in questions:
        started = time.perf_counter()
        try:
            outcome = library.outcome(question)
        except BotFault as fault:
            yield {
                "id": id, "ranked": [], "answer": None, "abstained": True, "confidence": 0.0, "cited": [],
                "latency_ms": 0.0, "error": str(fault),
            }  # fmt: skip
            continue
        elapsed = 1000 * (time.perf_counter() - started)
        reply = outcome.reply
        answered = isinstance(reply, Answer)
        yield {
            "id": id,
            "ranked": [{"doc": stem(hit.document.path), "text": passage_words(hit)} for hit in outcome.hits],
            "answer": " ".join(
                f"{q.lead} {q.excerpt}".strip() for q in (quote.shown for quote in reply.quotes)
            )
            if answered
            else None,
            "abstained": not answered,
            "confidence": round(reply.confidence, 6),
            "cited": [stem(c.path) for c in reply.citations] if answered else [],
            "latency_ms": round(elapsed, 3),
        }


def passage_words(hit: Hit) -> str:
    """Return a passage with its title and headings, as it was encoded."""
    return passage_text(hit.document.title, hit.passage)


def stem(path: str) -> str:
    """Return a file's name without its folders and suffix.

    >>> stem("models/anthropic.md")
    'anthropic'
    """
    return PurePosixPath(path).stem
