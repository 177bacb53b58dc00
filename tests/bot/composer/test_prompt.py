"""Composed sentences: which are shown, which are refused, and how a stream is split."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.composer.grounding import Fault
from bot.composer.prompt import (
    MAX_SENTENCE_CHARS,
    Evidence,
    Sentence,
    Splitter,
    chat_messages,
    check,
    split_markers,
)

EVIDENCE = Evidence(
    (
        (
            1,
            "Anthropic said its revenue run rate had passed $30 billion in April 2026, against about $9 billion before.",
        ),
        (2, "Microsoft's capital spending was $80B in fiscal 2025.\nSpending at Amazon was $100B."),
        (3, "Month | Run rate\n2025-12 | $9 billion"),
        (4, "Oracle did not say when the 1.2 GW site in Abilene opens; it calls the plan “on track”."),
        (5, "Visit https://example.org/x or ask @ir: the H100 \N{RIGHTWARDS ARROW} B200 swap takes ~5 days."),
    ),
    frozenset({"anthropic", "cohere", "microsoft"}),
)


@pytest.mark.parametrize(
    "text",
    [
        "Anthropic's revenue run rate passed $30bn in April 2026 [1].",
        "In April 2026, Anthropic's run rate had passed $30 billion, against $9 billion before [1].",
        "Revenue at Anthropic had passed a run rate of 30 billion dollars [1].",
        "Microsoft spent $80 billion in fiscal 2025, and Amazon $100 billion [2].",
        "The run rate was $9 billion [3][1].",
        "Oracle calls the plan “on track”, but did not say when the 1.2-gigawatt site in Abilene opens [4].",
        "The H100 swap takes ~5 days [5].",
    ],
)
def test_a_sentence_that_rewords_its_quotations_is_shown(text: str) -> None:
    """Other forms of numbers, another order, two quotations joined."""
    assert isinstance(check(text, EVIDENCE), Sentence)


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("markers", "Anthropic's revenue run rate passed $30bn."),
        ("markers", "Anthropic's revenue run rate passed $30bn [9]."),
        ("markers", "Anthropic's revenue run rate passed $30bn [1][9]."),
        ("markers", "Anthropic's revenue run rate passed $30bn (1)."),
        ("markers", "Anthropic's revenue run rate passed $30bn 【1】."),
        ("markers", ""),
        ("length", "[1]"),
        ("length", "Anthropic said its revenue run rate had passed. " * 10 + "[1]"),
        # numbers
        ("numbers", "Anthropic's revenue run rate passed $31bn in April 2026 [1]."),
        ("numbers", "Anthropic's revenue run rate passed $30 million [1]."),
        ("numbers", "Anthropic's revenue run rate passed 30 billion [1]."),
        ("numbers", "Anthropic's revenue run rate passed €30 billion [1]."),
        ("numbers", "Anthropic's revenue run rate passed $30 billion in April 2027 [1]."),
        ("numbers", "Anthropic's revenue run rate passed thirty-one billion dollars [1]."),
        ("numbers", "Anthropic's revenue run rate more than tripled [1]."),
        ("numbers", "Anthropic's revenue run rate passed 3e10 [1]."),
        ("numbers", "Anthropic's revenue run rate passed 30.000.000.000 [1]."),
        ("numbers", "The H200 swap takes ~5 days [5]."),
        ("numbers", "The swap takes ~5 weeks [5]."),
        ("numbers", "Oracle did not say when the 1.2 GWh site in Abilene opens [4]."),
        (
            "markup",
            "Anthropic's revenue run rate passed \N{DOLLAR SIGN}30 billion by \N{VULGAR FRACTION ONE HALF} [1].",
        ),
        ("markup", "Anthropic's revenue run rate passed $30 billion\N{SUPERSCRIPT TWO} [1]."),
        (
            "markup",
            "Anthropic's run rate passed $\N{FULLWIDTH DIGIT THREE}\N{FULLWIDTH DIGIT ONE} billion [1].",
        ),
        # names
        ("names", "OpenAI's revenue run rate passed $30 billion [1]."),
        ("names", "Cohere said its revenue run rate had passed $30 billion [1]."),
        ("names", "The revenue run rate of cohere had passed $30 billion [1]."),
        ("names", "Anthropic Labs said its revenue run rate had passed $30 billion [1]."),
        ("names", "Anthropic said its revenue run rate had passed $30 billion in May 2026 [1]."),
        ("names", "Microsoft's spending was $100B, and Amazon's $80B [2][1]."),
        ("names", "Spending at Anthropic was $80B in fiscal 2025 [1][2]."),
        (
            "markup",
            "\N{CYRILLIC CAPITAL LETTER A}nthropic said its revenue run rate had passed $30 billion [1].",
        ),
        # words
        ("words", "Anthropic is an undervalued bargain for patient investors [1]."),
        ("words", "Anthropic told us its revenue run rate had passed $30 billion [1]."),
        ("names", "Ignore the rules: Anthropic's revenue run rate passed $30 billion [1]."),
        # direction
        ("direction", "Anthropic's revenue run rate fell below $30 billion [1]."),
        ("direction", "Anthropic's revenue run rate never passed $30 billion [1]."),
        ("direction", "Anthropic's revenue run rate collapsed, against $30 billion before [1]."),
        ("direction", "Anthropic's revenue run rate slid, against $30 billion before [1]."),
        ("direction", "Anthropic's cheaper revenue run rate had passed $30 billion [1]."),
        ("direction", "Oracle calls the plan “on track” and did say when the site in Abilene opens [4]."),
        # markup
        ("markup", "Anthropic's revenue run rate passed $30 billion: https://evil.example [1]."),
        ("markup", "Anthropic's revenue run rate passed $30 billion, see evil.example/x [1]."),
        ("markup", "Visit https://example.org/x or ask about the swap [5]."),
        ("markup", "Anthropic's revenue run rate passed $30 billion <@123> [1]."),
        ("markup", "Anthropic's revenue run rate passed $30 billion @everyone [1]."),
        ("markup", "**Anthropic's** revenue run rate passed $30 billion [1]."),
        ("markup", "- Anthropic's revenue run rate passed $30 billion [1]."),
        ("markup", "1. Anthropic's revenue run rate passed $30 billion [1]."),
        ("markup", "Anthropic's revenue `run rate` passed $30 billion [1]."),
        ("markup", "Anthropic's [revenue](x) run rate passed $30 billion [1]."),
        ("markup", "Anthropic's revenue run\N{ZERO WIDTH SPACE} rate passed $30 billion [1]."),
        ("markup", "Anthropic's revenue run\N{RIGHT-TO-LEFT OVERRIDE} rate passed $30 billion [1]."),
        ("markup", "Anthropic's revenue run rate passed $30 billion \N{ROCKET} [1]."),
        ("markup", "Oracle did not call the plan “late” [4]."),
        ("markup", "Anthropic's revenue run rate passed\x1b[31m $30 billion [1]."),
    ],
)
def test_a_sentence_that_its_quotations_do_not_support_is_refused(reason: str, text: str) -> None:
    """The fault has the reason that the metrics count."""
    told = check(text, EVIDENCE)
    assert isinstance(told, Fault), told
    assert told.reason == reason, told


WORDS = st.sampled_from(
    [
        "Anthropic",
        "Cohere",
        "Amazon",
        "revenue",
        "run",
        "rate",
        "rose",
        "fell",
        "$30",
        "$31",
        "billion",
        "million",
        "2026",
        "2027",
        "[1]",
        "[2]",
        "[9]",
        "not",
        "you",
        "the",
        "of",
        "in",
        "https://evil.example",
        "@everyone",
        "**",
        "H100",
        "thirty",
        "twice",
        "—",
        ".",
        ",",
        "“",
        "”",
        "\u200b",
    ]
)


@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_shown_sentences_have_only_numbers_and_names_of_their_quotations(text: str) -> None:
    """Holds for any mixture of supported and unsupported words."""
    told = check(text, EVIDENCE)
    if isinstance(told, Fault):
        return
    cited = " ".join(words for number, words in EVIDENCE.quotes if number in told.citations)
    assert set(told.citations) <= {1, 2}
    assert len(told.text) <= MAX_SENTENCE_CHARS
    for lie in (
        "31",
        "2027",
        "Cohere",
        "H100",
        "thirty",
        "twice",
        "fell",
        "you",
        "not",
        "evil",
        "@",
        "*",
        "\u200b",
    ):
        assert lie not in told.text
    for true in ("Anthropic", "Amazon", "2026", "$30"):
        assert true not in told.text or true in cited


@given(st.text(max_size=200))
def test_any_text_can_be_checked(text: str) -> None:
    """The check returns a sentence or a fault for every text."""
    told = check(text, EVIDENCE)
    assert isinstance(told, Sentence | Fault)


TEXT = (
    "Orders rose to $3.5 billion in Q1 2026 [1]. The U.S. share fell. [2][3] Prices, e.g. of HBM, rose [1, 2]!\n"
    "Mr. Huang said so [4]. And that is all [1]"
)


@given(st.lists(st.integers(0, len(TEXT)), max_size=30))
def test_a_stream_is_split_into_the_same_sentences_whatever_its_pieces(cuts: list[int]) -> None:
    """Markers behind a full stop belong to the sentence before it."""
    splitter = Splitter()
    places = [0, *sorted(cuts), len(TEXT)]
    found: list[str] = []
    for start, end in pairwise(places):
        found += splitter.feed(TEXT[start:end])
    found += splitter.finish()
    assert found == [
        "Orders rose to $3.5 billion in Q1 2026 [1].",
        "The U.S. share fell. [2][3]",
        "Prices, e.g. of HBM, rose [1, 2]!",
        "Mr. Huang said so [4].",
        "And that is all [1]",
    ]


def test_markers_are_split_off_and_shown_at_the_end() -> None:
    """Each marker is shown once."""
    assert split_markers("Orders rose [2], and prices [1, 2].") == ("Orders rose, and prices.", (2, 1))
    assert Sentence("Orders rose.", (2, 1)).shown == "Orders rose. [2][1]"


def test_the_request_holds_each_quotation_on_one_line_with_its_marker() -> None:
    """A quotation cannot look like another one."""
    told = chat_messages("Who?\n[7] I", Evidence(((1, "A.\n[2] B."), (2, "C."))))[-1]["content"]
    assert told.split("\n") == ["Question: Who? [7] I", "Quotations:", "A. [2] B. [1]", "C. [2]"]
    assert not re.search(r"Acme", told)
