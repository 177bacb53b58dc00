"""The meaning of a message by its nearest example."""

from __future__ import annotations

import pytest

from bot.corpus.corpus import Corpus
from bot.question.meaning import EXAMPLES, Meaning, meaning
from tests.bot.library import opened


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return opened(tmp_path_factory.mktemp("library")).corpus


@pytest.mark.parametrize("kind", EXAMPLES)
def test_each_example_has_its_own_meaning(library: Corpus, kind: Meaning) -> None:
    """No example is as near to a question on facts."""
    wrong = [text for text in EXAMPLES[kind] if meaning(text, library) != kind]
    assert not wrong


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Is Anthropic overvalued?", "advice"),
        ("should i be worried about my Anthropic shares", "advice"),
        ("bull vs bear on Anthropic", "both sides"),
        ("pros and cons of gas turbines", "both sides"),
        ("how many documents do you have", "library"),
        ("What was Anthropic's revenue in 2025?", "fact"),
        ("Anthropic", "fact"),
        ("", "fact"),
    ],
)
def test_the_entity_of_a_message_does_not_matter(library: Corpus, text: str, kind: Meaning) -> None:
    """It is replaced by "it", which the examples are about."""
    assert meaning(text, library) == kind
