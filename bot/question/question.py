"""A question, analysed once: every later stage reads these fields."""

from __future__ import annotations

from dataclasses import dataclass

from bot.corpus.gazetteer import NO_SECTION, Section
from bot.question.answer_type import AnswerType
from bot.question.intent import Intent
from bot.text.lexicon import Pole
from bot.text.periods import Period


@dataclass(frozen=True, slots=True)
class Premise:
    """What a question takes for granted."""

    is_asserted: bool = False
    """Whether the question takes anything for granted at all: it does not ask whether, suppose or deny."""
    poles: frozenset[Pole] = frozenset()
    """The directions that the question takes for granted: that revenue fell, that prices rose."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the library's words, with every fact that its text states."""

    text: str
    """The rewritten question: what is encoded and what the reply shows."""
    intent: Intent
    answer_type: AnswerType
    terms: frozenset[str]
    """The distinct terms of the text."""
    numbers: tuple[str, ...]
    """The numbers in the text, in plain form: "30", "2026", "3.5"."""
    names: tuple[str, ...]
    """The words that look like names: capitals inside the text, digits beside letters."""
    periods: tuple[Period, ...]
    entities: frozenset[str]
    """The words, in lower case, of the entities that the question names."""
    subject: str = ""
    """The id of the document that the question asks an overview of, or ""."""
    section: Section = NO_SECTION
    defined: str = ""
    """The term that the question asks the meaning of, or ""."""
    both_sides: bool = False
    """Whether the question asks for the case for and the case against something."""
    owners: frozenset[str] = frozenset()
    """The words, in lower case, of the entities in the possessive: "oracle" in "Oracle's backlog"."""
    premise: Premise = Premise()
    notes: tuple[str, ...] = ()
    """Remarks on how the question was read: "read as: Nvidia (NVDA)"."""
