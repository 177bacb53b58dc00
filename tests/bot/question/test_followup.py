"""Follow-ups that lean on the question before."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.question.followup import follow, rewrite
from tests.bot.library import DOCUMENTS, corpus

BEFORE = "What was Anthropic's run rate in 2024?"


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("and xAI?", "What was xAI's run rate in 2024?"),
        ("How about Nvidia's?", "What was Nvidia's run rate in 2024?"),
        ("nvidia?", "What was nvidia's run rate in 2024?"),
        ("Mistral AI?", "What was Mistral AI's run rate in 2024?"),
        ("and in 2025?", "What was Anthropic's run rate in 2025?"),
        ("And at the end of 2025?", "What was Anthropic's run rate at the end of 2025?"),
        ("and Q3?", "What was Anthropic's run rate in Q3 2024?"),
        ("and last year?", "What was Anthropic's run rate last year?"),
        ("what of Nvidia?", "What was Nvidia's run rate in 2024?"),
        ("the same question for xAI", "What was xAI's run rate in 2024?"),
        ("Why did it grow?", "Why did it grow (Anthropic's run rate in 2024)?"),
        ("Who audits it?", "Who audits it (Anthropic)?"),
        ("Why?", "Why (Anthropic's run rate in 2024)?"),
        ("since when", "since when (Anthropic's run rate in 2024)"),
        ("And its gross margin?", "And its gross margin (Anthropic)?"),
        ("and that one's?", "and that one's (Anthropic)?"),
        ("How does it compare with Google?", "What was Anthropic and Google's run rate in 2024?"),
        ("compare with xAI", "What was Anthropic and xAI's run rate in 2024?"),
        ("what's the bear case?", "what's the bear case (Anthropic)?"),
        ("what would change that view", "what would change that view (Anthropic)"),
    ],
)
def test_a_follow_up_takes_what_it_lacks_from_the_question_before(question: str, meant: str) -> None:
    """A new name or period takes the place of the old one; else the names are carried along."""
    assert rewrite(question, BEFORE) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Thanks",
        "What is the bear case for Google?",
        "Compare Google and Nvidia",
        "Define HBM",
        "Who makes HBM?",
        "?",
        "Does Google use its own chips?",
        "Is it true that Google pays?",
    ],
)
def test_what_names_no_new_subject_stays_as_it_is(question: str) -> None:
    """Neither a word of thanks nor a short question of its own is a name."""
    assert rewrite(question, BEFORE) == question


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("and margins?", "and margins (Anthropic)?"),
        ("margins?", "margins (Anthropic)?"),
        ("and perplexity?", "What was perplexity's run rate in 2024?"),
    ],
)
def test_a_lower_case_word_of_the_library_is_a_topic_and_any_other_a_name(question: str, meant: str) -> None:
    """The library says which words it has that are no names."""
    assert rewrite(question, BEFORE, is_topic={"margins"}.__contains__) == meant


def test_a_period_is_added_where_the_question_before_has_none() -> None:
    """The period comes last."""
    assert rewrite("And in 2025?", "What is Meta's capex?") == "What is Meta's capex in 2025?"


def test_what_was_carried_is_carried_on() -> None:
    """From one follow-up to the next."""
    assert rewrite("When did it double?", rewrite("Why did it grow?", BEFORE)) == (
        "When did it double (Anthropic's run rate in 2024)?"
    )


@given(st.text(max_size=80))
def test_the_first_question_is_never_rewritten(question: str) -> None:
    """There is nothing before it."""
    assert rewrite(question, "") == rewrite(question, "  ") == question


@given(st.text(max_size=60), st.text(max_size=60))
def test_anything_can_follow_anything(question: str, before: str) -> None:
    """No pair of texts is too odd, and a rewritten question is of these two alone."""
    meant = rewrite(question, before)
    assert len(meant) <= len(question) + 2 * len(before) + 8


def test_a_question_after_small_talk_stands_alone(tmp_path: Path) -> None:
    library = corpus(tmp_path, DOCUMENTS)
    assert follow("and xAI?", "hello", library) == "and xAI?"
    assert follow("and xAI?", BEFORE, library) == "What was xAI's run rate in 2024?"


def test_a_month_without_a_year_takes_the_year_of_the_question_before() -> None:
    assert rewrite("And in Sept?", BEFORE) == "What was Anthropic's run rate in Sept 2024?"
