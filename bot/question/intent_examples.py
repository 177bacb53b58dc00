"""The meaning of a message by its nearest example: advice, both sides, the library itself, or a fact.

Each meaning has examples about "it". A message in which the entity is replaced by "it" has the meaning of its nearest example,
if that is near enough and clearly nearer than every example of a question on facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus

Meaning = Literal["fact", "advice", "both sides", "library"]

EXAMPLES: dict[Meaning, tuple[str, ...]] = {
    "advice": (
        "Should I buy it?",
        "Is it overvalued?",
        "Is it a good investment?",
        "Is it a good time to invest in it?",
        "Should I be worried about my shares?",
        "What should I do with my money?",
        "Is the stock cheap or expensive?",
        "it to the moon?",
        "Which stock is the best to own?",
        "Am I too late to get in?",
        "Where should I put my savings?",
        "Would you hold it through the next results?",
        "Is it too expensive to get into now?",
        "Is it a safe bet for my pension?",
        "Is it time to take profits?",
    ),
    "both sides": (
        "What are the bull case and the bear case for it?",
        "bull vs bear on it",
        "What are the pros and cons of it?",
        "What are the arguments for and against it?",
        "What are both sides of it?",
        "Is it a bubble?",
        "Is the whole market a bubble?",
        "Is it hype or real?",
        "What do optimists and pessimists say about it?",
    ),
    "library": (
        "What do you cover?",
        "What topics are in your library?",
        "How many documents do you have?",
        "When were you last updated?",
        "How current is your information?",
        "Which sources do you use?",
        "What can I ask you?",
        "How big is the library?",
    ),
    "fact": (
        "What is its revenue?",
        "How much does it cost?",
        "Why did its price fall?",
        "Who makes it?",
        "What is it?",
        "How does it work?",
        "What are the risks of it?",
        "When will it open?",
        "What is its latest valuation?",
        "Which company is the largest?",
        "How fast is it growing?",
        "Is it profitable?",
        "Who are its investors?",
        "Is demand slowing?",
        "What happened to it in 2026?",
        "How many customers does it have?",
        "Can it pay its debts?",
        "What covers its costs?",
        "What does an investor pay for its stock compared with earnings?",
        "Which stocks depend on it?",
        "How did the stock react to its results?",
        "Will its price ever go back up?",
        "Can I invest in it?",
        "How are funds and pensions exposed to it?",
        "What is the bear case on it?",
        "What is the bull case for it?",
        "What could break the bull case?",
        "How does it compare with it?",
    ),
}

MIN_COSINE = 0.5
"""The cosine of a message and an example from which the message may mean the same."""
MIN_LEAD = 0.12
"""How far the nearest example must lie above the nearest question on facts."""


def meaning(text: str, corpus: Corpus) -> Meaning:
    """Return the meaning of a message."""
    near = {
        kind: corpus.nearest_example(_about_it(text, corpus), examples) for kind, examples in EXAMPLES.items()
    }
    best = max(near, key=lambda kind: near[kind])
    is_clear = near[best] >= MIN_COSINE and near[best] - near["fact"] >= MIN_LEAD
    if best == "library" and corpus.nearest_cosine(text) >= near[best]:
        return "fact"  # "What is the monthly document quota?" in a library on such quotas
    return best if is_clear else "fact"


def _about_it(text: str, corpus: Corpus) -> str:
    """Return a message with its entities, or the longest title in it, replaced by "it"; unchanged if nothing else remains."""
    replaced = corpus.gazetteer.entity.sub("it", text)
    if replaced == text and (title := corpus.gazetteer.title_in(text)):
        words = text.lower().replace("-", " ")
        place = words.find(title)
        replaced = f"{text[:place]}it{text[place + len(title) :]}" if place >= 0 else text
    return text if len(replaced.split()) < 2 else replaced
