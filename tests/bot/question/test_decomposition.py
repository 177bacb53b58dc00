"""Questions on several things."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.corpus.gazetteer import Gazetteer
from bot.question.decomposition import split_entities, split_questions
from bot.types import Answer
from index.build.builder import build
from index.types import Document
from tests.bot.library import opened

NAMES = Gazetteer.of(
    [Document(name.lower(), f"{name}.md", name) for name in ("Oracle", "Microsoft", "Meta", "Intel")]
)


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("How do Microsoft's and Oracle's backlogs compare?", ["Microsoft", "Oracle"]),
        ("oracle vs. microsoft backlog", ["oracle", "microsoft"]),
        ("Which is bigger: Oracle, Meta or Microsoft?", ["Oracle", "Meta", "Microsoft"]),
        ("What does Oracle rent to Microsoft?", []),
        ("What is Oracle's backlog?", []),
        ("Oracle, Meta, Microsoft and Intel", []),
        ("", []),
    ],
)
def test_things_side_by_side_are_told_apart(text: str, things: list[str]) -> None:
    """Two or three of them; each has the question with the others left out."""
    found = split_entities(text, NAMES)
    assert [thing for thing, _ in found] == things
    for thing, question in found:
        assert thing in question
        assert not any(other in question for other in things if other != thing)


def test_each_thing_has_a_quotation(tmp_path: Path) -> None:
    """Also where the best sentences are all on one of them."""
    library = opened(tmp_path)
    for name, number in (("Oracle", 638), ("Microsoft", 627)):
        (library.settings.content / f"{name.lower()}.md").write_text(
            f"# {name}\n\n## Backlog\n\n" + (
                f"{name}'s backlog of contracts was ${number} billion in May 2026.\n\n" if name == "Microsoft" else
                f"{name}'s backlog of contracts was ${number} billion in May 2026.\n\n"
                f"{name} and its backlog of contracts compare well with others.\n\n"
                f"Of {name}'s backlog of contracts {name} has financed a part, as backlogs compare.\n\n"
            )
        )  # fmt: skip
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    reply = library.ask(
        "How do the backlogs of contracts of Oracle and Microsoft compare?", today=date(2026, 6, 1)
    )
    assert isinstance(reply, Answer)
    assert {"oracle", "microsoft"} <= {citation.document for citation in reply.citations}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("What is HBM? Who makes it?", ["What is HBM?", "Who makes it (HBM)?"]),
        ("HBM is short. Who makes it?", []),
        ("Who? What? When? Where?", []),
        ("Really??? Who makes HBM?", ["Really?", "Who makes HBM?"]),
        ("", []),
    ],
)
def test_a_message_is_split_into_its_questions(tmp_path: Path, text: str, asked: list[str]) -> None:
    """Two or three of them; each after the first is read as a follow-up of the question before it."""
    assert list(split_questions(text, opened(tmp_path).corpus)) == asked


def test_each_question_of_a_message_has_a_quotation(tmp_path: Path) -> None:
    """As far as the library answers it, a follow-up too."""
    library = opened(tmp_path)
    (library.settings.content / "models" / "xai.md").write_text(
        "# xAI\n\n## Revenue\n\nxAI's revenue run rate was $1 billion at the end of December 2025.\n"
    )
    build(library.settings.content, library.store, library.encoder)
    library.refresh()
    asked = "What was Anthropic's revenue run rate at the end of December 2025? "
    for other, number in (("And xAI?", "$1 billion"), ("When will turbine makers have slots again?", "2028")):
        reply = library.ask(asked + other, today=date(2026, 6, 1))
        assert isinstance(reply, Answer)
        said = " ".join(quote.text for quote in reply.quotes)
        assert "$9 billion" in said
        assert number in said
