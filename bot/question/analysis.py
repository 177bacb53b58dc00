"""The analysis of a question: every fact that its text states, in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.errors import QuestionError
from bot.question.answer_type import answer_type, defined_term
from bot.question.intent import Intent, intent
from bot.question.intent_examples import Meaning, meaning
from bot.question.offtopic import without_offtopic
from bot.question.question import Premise, Question
from bot.question.spelling import correct
from bot.text import direction
from bot.text.names import names
from bot.text.numbers import numbers
from bot.text.periods import periods, resolve_relative_year
from index.text.language import ENGLISH

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus

_HAS_NAME_FORM = re.compile(r"\d|(?<=\w)[A-Z]")  # "H100", "xAI"

MAX_QUESTION_CHARS = 20_000
"""Characters of the longest question that is read."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of query rewriting, each of which can be switched off to measure its worth."""

    spelling: bool = True
    """Read tickers, aliases, compounds and typos as the library's own words."""
    periods: bool = True
    """Read "this year" and "last year" as a year."""
    offtopic: bool = True
    """Leave out the sentences of a message that are about nothing in the library."""
    meaning: bool = True
    """Recognise requests for advice, for both sides, and questions about the library, by their nearest example."""


def analyse(text: str, corpus: Corpus, today: date, steps: Steps | None = None) -> Question:
    """Return the analysis of a question as a person typed it.

    Args:
        text: The question.
        corpus: The generation that the question is put to.
        today: The day that "this year" refers to.
        steps: The steps of query rewriting; all of them if None.

    Raises:
        QuestionError: The question has no words or is longer than `MAX_QUESTION_CHARS`.
    """
    if not text.strip():
        raise QuestionError('the question is empty; ask something, for example: strata ask "What is HBM?"')
    if len(text) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"the question has {len(text):,} characters; at most {MAX_QUESTION_CHARS:,} are read"
        )
    text = text.encode(errors="replace").decode()  # bytes that are not UTF-8 arrive as half characters
    steps = steps or Steps()
    if corpus.language != ENGLISH:
        return foreign_facts(text, corpus)
    wanted = intent(text)
    rewritten, notes = _rewritten(text, wanted, corpus, today, steps)
    found: Meaning = "fact"
    if steps.meaning and wanted == "question":
        found = meaning(rewritten, corpus)
    if found in ("advice", "library"):
        wanted = found
    question = replace(facts(rewritten, corpus, wanted), notes=notes)
    # "How many call it a bubble?" asks for a number, however near it is to "Is it a bubble?".
    return replace(question, both_sides=found == "both sides" and question.answer_type == "other")


def facts(text: str, corpus: Corpus, wanted: Intent = "question") -> Question:
    """Return the facts in a text that uses the library's words.

    Args:
        text: The question; white space is normalised.
        corpus: The generation that the question is put to.
        wanted: The intent of the message that the text is from.
    """
    text = " ".join(text.split())
    gazetteer = corpus.gazetteer
    return Question(
        text=text,
        intent=wanted,
        answer_type=answer_type(text),
        terms=frozenset(corpus.terms(text)),
        numbers=numbers(text),
        names=names(text),
        periods=periods(text),
        entities=gazetteer.mentioned(text),
        subject=gazetteer.subject(text),
        section=gazetteer.section(text),
        defined=defined_term(text),
        owners=gazetteer.owners(text),
        premise=Premise(direction.has_premise(text), direction.presumed_poles(text)),
    )


def foreign_facts(text: str, corpus: Corpus) -> Question:
    """Return the facts in a question in another language than English, which no English rule has read.

    Numbers and the names that the library knows are the same in every language. So are names with a digit or a capital inside,
    while a capital at the beginning of a word is no evidence: German gives it to every noun.

    Args:
        text: The question; white space is normalised.
        corpus: The generation that the question is put to, in the question's language.
    """
    text = " ".join(text.split())
    gazetteer = corpus.gazetteer
    return Question(
        text=text,
        intent="question",
        answer_type="other",
        terms=frozenset(corpus.terms(text)),
        numbers=numbers(text),
        names=tuple(name for name in names(text) if gazetteer.has(name) or _HAS_NAME_FORM.search(name)),
        periods=(),
        entities=gazetteer.mentioned(text),
        subject=gazetteer.subject(text),
        section=gazetteer.section(text),
    )


def _rewritten(
    text: str, wanted: Intent, corpus: Corpus, today: date, steps: Steps
) -> tuple[str, tuple[str, ...]]:
    """Return a message in the library's words, and notes on what was read as something else."""
    notes: tuple[str, ...] = ()
    if steps.spelling:
        text, notes = correct(text, corpus)
    if steps.periods:
        text, years = resolve_relative_year(text, today)
        notes += years
    if steps.offtopic and wanted != "small talk":
        text = without_offtopic(text, corpus)
    return text, notes
