"""Gold files as a person writes them, with their slips."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import GoldError
from bot.evaluation.gold import check, half, parse, read

GOOD = """\
# A remark.
- id: revenue-1
  question: "how big is anthropic?"
  kind: figure
  style: short
  places:
    - document: models/anthropic
      heading: Revenue
      sentence: "It earned $9 billion."
      part: 1
    - document: models/anthropic
      heading: ""
      sentence: It is a company.
      part: 2
- id: weather
  question: NO
  kind: absent topic
  places: []
"""

TEXTS = {"models/anthropic": {"": ["It is a company. It sells."], "Revenue": ["It earned $9 billion."]}}


def wrong(text: str) -> list[str]:
    """The problems of a file as they are told."""
    return [str(problem) for problem in parse(text, "g.yaml")[1]]


def test_a_file_is_read_as_it_is_written() -> None:
    """Places by part, words as words, lines for what is told later."""
    (first, second), problems = parse(GOOD, "g.yaml")
    assert problems == ()
    assert [[place.sentence for place in part] for part in first.parts] == [
        ["It earned $9 billion."], ["It is a company."]
    ]  # fmt: skip
    assert (first.style, first.line, first.places[1].line) == ("short", 2, 11)
    assert (second.question, second.is_answerable, second.parts) == ("NO", False, ())


def test_what_stands_in_the_library_has_no_problem() -> None:
    """A sentence may be a part of its paragraph."""
    assert list(check(parse(GOOD, "g.yaml")[0], TEXTS)) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("style: short", "stile: short", 5, "unknown key 'stile'; the keys of a question are contrary, id"),
        ("      part: 1", "      parts: 1", 10, "unknown key 'parts'; the keys of a place are"),
        ("  kind: figure\n", "", 2, "a question needs the key kind"),
        ("      heading: Revenue\n", "", 7, "a place needs the key heading"),
        ("part: 1", "part: one", 10, "part is a whole number from 1, not 'one'"),
        ("part: 2", "part: 3", 7, "a question in parts has a place for each of them, counted from 1"),
        ("      part: 1\n", "", 7, "a question in parts has a place for each of them"),
        ("places: []", "places: none", 18, "places are a list; [] where the library does not answer"),
        ("question: NO", "question: ''", 16, "question is empty"),
        ("question: NO", "question: [NO]", 16, "question takes text, not a list"),
        ("sentence: It is a company.", "sentence: ' '", 13, "sentence is empty"),
        ("  kind: absent topic", "  kind: a\n  kind: b", 18, "kind stands twice"),
        ("- id: weather", "- id: *weather", 15, "the file repeats a value by *weather"),
        (
            "- id: weather",
            "- weather\n- id: weather",
            15,
            "a question is “key: value” lines, with id, question",
        ),
        ('question: "how', 'question: "a" "how', 3, "the file is not YAML"),
    ],
)
def test_a_slip_is_told_with_its_line(old: str, new: str, line: int, said: str) -> None:
    """Which line, what is wrong with it, what would be right."""
    assert old in GOOD
    problems = wrong(GOOD.replace(old, new, 1))
    assert problems
    assert problems[0].startswith(f"g.yaml:{line}: ")
    assert said in problems[0]


def test_a_file_is_a_list() -> None:
    """A mapping at the top, and an empty file, are refused."""
    for text in ("", "id: a\n"):
        assert wrong(text) == ["g.yaml:1: gold questions are a list; begin each with “- id: …”"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("models/anthropic\n", "models/antropic\n", "no document 'models/antropic'; the nearest is 'models/anthropic'"),
        ("heading: Revenue", "heading: Revenues", "has no heading 'Revenues'; the nearest is 'Revenue'"),
        ("heading: Revenue", "heading: Staff", "has no heading 'Staff'; its headings are '', 'Revenue'"),
        ("earned $9", "earned $10", "'Revenue' does not say 'It earned $10 billion.'; write it as it stands there now"),
        ("heading: Revenue", 'heading: ""', "does not say 'It earned $9 billion.'; it stands under 'Revenue'"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_library_any_more_is_told(old: str, new: str, said: str) -> None:
    """The place's line, and where to look."""
    problems = list(check(parse(GOOD.replace(old, new, 1), "g.yaml")[0], TEXTS))
    assert str(problems[0]).startswith("g.yaml:7: revenue-1: ")
    assert said in str(problems[0])


def test_a_folder_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    """Other files are left alone; an id that two files have is told."""
    (tmp_path / "b.yaml").write_text(GOOD.replace("weather", "weather-b").replace("revenue-1", "revenue-2"))
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("nothing")
    assert [q.id for q in read(tmp_path)] == ["revenue-1", "weather", "revenue-2", "weather-b"]
    (tmp_path / "c.yaml").write_text(GOOD.replace("weather", "other"))
    with pytest.raises(
        GoldError, match=r"c.yaml:2: the id revenue-1 stands already in .*a.yml:2; take another"
    ):
        read(tmp_path)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """No such file, a folder without one, bytes that are no text, and more problems than anyone reads."""
    with pytest.raises(GoldError, match="there are no gold questions here"):
        read(tmp_path / "missing")
    with pytest.raises(GoldError, match="has no YAML file"):
        read(tmp_path)
    file = tmp_path / "g.yaml"
    file.write_bytes(b"\xff")
    with pytest.raises(GoldError, match="is not UTF-8 text"):
        read(file)
    file.write_text("- a\n" * 30)
    with pytest.raises(GoldError, match="… and 10 more"):
        read(file)


def test_the_halves_are_halves() -> None:
    """Of a thousand ids about as many are in one as in the other."""
    assert 450 <= sum(half(f"question-{n}") == "a" for n in range(1000)) <= 550
