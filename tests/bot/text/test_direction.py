"""Directions: what a question presumes, and which sentences contradict it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.direction import contradicts, poles, presumed_poles, supports


@pytest.mark.parametrize(
    "question",
    [
        "Did revenue fall?",
        "Would spending fall if rates rose?",
        "Why did revenue not fall?",
        "Why did prices fall and then rise?",
        "How many years does it take to get hooked up?",
        "What is HBM?",
        "How much did OpenAI lose in 2025?",
        "Why do they lose so much money?",
        "Who got more customers?",
    ],
)
def test_open_hypothetical_denying_and_neutral_questions_presume_no_direction(question: str) -> None:
    assert presumed_poles(question) == frozenset()


@pytest.mark.parametrize(
    ("question", "sentence", "is_contradiction"),
    [
        ("Why did AWS growth slow?", "AWS grew 28%, its quickest growth in 15 quarters.", True),
        ("Why did the margin shrink?", "The margin was 32.9%, up from 17.8% a year earlier.", True),
        ("Why did Broadcom cut its forecast?", "Broadcom left its forecast unchanged.", True),
        ("Which of them cut its plan?", "No company had lowered its plan.", True),
        ("By how much did it exceed its requirement?", "It was 6,623 MW below its requirement.", True),
        ("Why did the margin shrink?", "The margin fell to 20%, up from a low of 15%.", False),
        ("Why did the margin shrink?", "The margin was 32.9%.", False),
        ("What is the margin?", "The margin rose.", False),
        ("Which of them cut its plan?", "No company had lowered its plan, in what could be read.", True),
        ("Which of them cut its plan?", "Demand so weak could well lower it.", False),
        ("Why did they put their prices back up?", "They kept the discount in May.", True),
        ("Who found that racks cost more?", "Racks were 4 times cheaper.", True),
        ("Why do sales of switches lag those of chips?", "Sales of switches grew faster.", True),
        ("Why do they need fewer tokens?", "They take ten times as many tokens.", True),
        ("Who put up the money?", "The costs fell.", False),
        ("When did the regulator approve the plan?", "Federal regulators blocked the plan.", True),
        ("Why are prices falling?", "Prices have fallen fast, and hardly fallen for the best.", False),
        ("Why are prices falling?", "A falling price should not be read as a falling cost.", False),
        ("Why did the queue get longer?", "The queue was 2,061 GW, down 10%.", True),
        ("Why did the cloud get less profitable?", "The margin of the cloud rose.", True),
        ("Why did they make the model cheaper?", "The model is listed at twice the rate.", True),
        (
            "Why did it lose seats?",
            "It has 20 million seats in March 2026, from 15 million a quarter earlier.",
            True,
        ),
        (
            "Why did the margin shrink?",
            "The margin went from 33% in the first year to 39% in the next.",
            True,
        ),
        ("Why did the margin shrink?", "The margin was 39%, against 33% a year earlier.", True),
        ("Why did the margin shrink?", "The margin was 39%, against 33% at its rival.", False),
        ("Why did sales shrink?", "The seller raised $30 billion.", False),
        ("Why did sales shrink?", "The seller raised sales to $30 billion.", True),
        ("Which of them turned down?", "All of them were rising.", True),
        ("Why did they make a bigger plan?", "The plan was cut, and is bigger.", False),
    ],
)
def test_a_sentence_contradicts_a_premise_if_it_says_only_the_opposite(
    question: str, sentence: str, is_contradiction: bool
) -> None:
    assert contradicts(presumed_poles(question), sentence) is is_contradiction


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_sentence_contradicts_and_supports_a_premise(question: str, sentence: str) -> None:
    presumed = presumed_poles(question)
    assert not (contradicts(presumed, sentence) and supports(presumed, sentence))


def test_particles_do_not_count_in_questions() -> None:
    assert poles("Capacity is up") == {("direction", 0)}
    assert poles("Where did the chips end up?", in_question=True) == frozenset()


def test_forms_that_one_list_lacked_are_read() -> None:
    assert contradicts(presumed_poles("Why did margins rise?"), "Margins have sunk.")
