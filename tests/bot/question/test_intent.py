"""What people want who ask no question of the library."""

from __future__ import annotations

import pytest

from bot.question.intent import intent


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Hello there!",
        "thanks, that was helpful",
        "who are you?",
        "Hey, are you a real person or a bot?",
        "good morning! how was your weekend",
        "What can you do?",
        "are you chatgpt or something else?",
        "help",
    ],
)
def test_small_talk(text: str) -> None:
    """Greetings, thanks, and questions about the one who answers."""
    assert intent(text) == "small talk"


@pytest.mark.parametrize(
    "text",
    [
        "Should I buy NVDA?",
        "is CRWV a buy at these levels?",
        "What's a fair price target for AVGO?",
        "would you rotate out of ORCL into MSFT",
        "VST or CEG, which one should I buy here?",
        "which ai layer should i put 10k into",
        "Is it too late to buy Nvidia?",
        "NVDA: buy or sell?",
        "Which AI stocks would you recommend?",
    ],
)
def test_advice(text: str) -> None:
    """Whether to buy, sell or hold, and what a price will be."""
    assert intent(text) == "advice"


@pytest.mark.parametrize(
    "text",
    [
        "Hi, what is HBM?",
        "Thanks. And who makes it?",
        "Who buys HBM from Micron?",
        "Why do investors hold Nvidia?",
        "How can investors get exposure to Anthropic?",
        "Did Meta buy power from Vistra?",
        "What do you know about xAI?",
        "Should I worry about depreciation?",
        "What would a fall in spending mean for short positions?",
        "What is the price of an H100 hour?",
    ],
)
def test_questions(text: str) -> None:
    """All else; a greeting in front changes nothing."""
    assert intent(text) == "question"
