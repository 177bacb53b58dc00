"""Questions in bulk: JSON Lines in and out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.commands.bulk import read_questions, run
from bot.errors import QuestionError
from index.retriever import Retriever
from tests.bot.library import opened

ASKED = "What was Anthropic's revenue run rate at the end of December 2025?"


@given(st.lists(st.tuples(st.text(), st.text())))
def test_questions_are_read_back_from_their_lines(pairs: list[tuple[str, str]]) -> None:
    """Any text can be an id or a question, and empty lines are passed over."""
    lines = [f"{json.dumps({'id': id, 'question': question})}\n" for id, question in pairs]
    assert list(read_questions(["\n", *lines, "  \n"], "q.jsonl")) == pairs


@pytest.mark.parametrize("line", ["{", "[]", '"text"', "3", "null", '{"id": 1}', '{"question": "?"}'])
def test_a_line_that_is_no_question_is_told_by_its_number(line: str) -> None:
    """File and line."""
    with pytest.raises(QuestionError, match=r"q\.jsonl:2: "):
        list(read_questions(['{"id": 1, "question": "Why?"}', line], "q.jsonl"))


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    """The message names the file and the remedy."""
    file = tmp_path / "q.jsonl"
    file.write_bytes(b'{"id": 1, "question": "caf\xe9"}\n')
    with file.open(encoding="utf-8") as lines, pytest.raises(QuestionError, match="not UTF-8"):
        list(read_questions(lines, file.name))


def test_every_question_has_one_result_in_its_place(tmp_path: Path) -> None:
    """One that cannot be read neither ends the run nor goes missing; half a character is no fault."""
    library = opened(tmp_path)
    questions = [("a", ""), ("b", ASKED), ("c", "x" * 20_001), ("d", "\ud800 run rate"), ("e", ASKED)]
    results = list(run(library, questions))
    assert [result["id"] for result in results] == list("abcde")
    assert [("error" in result) for result in results] == [True, False, True, False, False]
    assert results[1] | {"id": "", "latency_ms": 0} == results[4] | {"id": "", "latency_ms": 0}
    assert all(json.dumps(result).encode() for result in results)


def test_ranked_passages_come_in_the_order_of_retrieval_with_their_headings(tmp_path: Path) -> None:
    """Outside measures see what was ranked, as it was encoded."""
    library = opened(tmp_path)
    result = next(run(library, [("a", ASKED)]))
    hits = Retriever(library.generation, library.encoder).retrieve(ASKED).hits
    assert [passage["doc"] for passage in result["ranked"]] == [
        hit.document.path[:-3].split("/")[1] for hit in hits
    ]
    assert result["ranked"][0]["text"].startswith("Anthropic")
    assert "Revenue" in result["ranked"][0]["text"]
