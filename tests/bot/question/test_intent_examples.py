"""The meaning of a message by its nearest example."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.corpus.corpus import Corpus
from bot.question.intent_examples import EXAMPLES, Meaning, meaning
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


def test_a_question_that_a_document_answers_is_not_about_the_library(library: Corpus, tmp_path: Path) -> None:
    """A library on document quotas has an answer to "how many documents"."""
    text = "How many documents are in the library?"
    assert meaning(text, library) == "library"
    quotas = opened(
        tmp_path, {"quotas.md": f"# {text}\n\n{text} There are 9,000 documents in the library.\n"}
    )
    assert meaning(text, quotas.corpus) == "fact"
