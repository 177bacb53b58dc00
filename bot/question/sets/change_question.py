"""Questions that ask what changed on an entity since a point in time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.question.sets.time_bounds import TimeBounds, time_bounds

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.question.question import Question

_CHANGED = re.compile(
    r"\bwhat(?:['\u2019]s|\s+has|\s+is|\s+have)?\s+(?:\w+\s+)?(?:changed|new|different|updated)\b"  # "what changed", "what is new"
    r"|\bchanges?\s+(?:on|at|for|to|in)\b|\bwhat\s+did\b.*\bchange\b|\bnews\s+(?:on|about)\b",  # "changes on Nvidia"
    re.IGNORECASE,
)
_POSSESSIVE = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s?$")


@dataclass(frozen=True, slots=True)
class ChangeQuestion:
    """A question for what changed on an entity."""

    entity: str
    """The name, in lower case."""
    bounds: TimeBounds


def change_question(question: Question, corpus: Corpus, today: date) -> ChangeQuestion | None:
    """Return what a question asks the changes of, or None if it names no entity or no point in time."""
    if question.intent != "question" or not _CHANGED.search(question.text):
        return None
    bounds, rest = time_bounds(question.text, today)
    names = {_POSSESSIVE.sub("", found.group()).lower() for found in corpus.entity_names.finditer(rest)}
    if bounds.first is None or len(names) != 1:
        return None
    return ChangeQuestion(names.pop(), bounds)
