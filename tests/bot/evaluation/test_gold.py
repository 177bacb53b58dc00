"""Gold files, with the mistakes that people make in them."""

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


def problems_of(text: str) -> list[str]:
    """Return the problems of a file as messages."""
    return [str(problem) for problem in parse(text, "g.yaml")[1]]


def test_a_gold_file_is_read_with_parts_and_lines() -> None:
    (first, second), problems = parse(GOOD, "g.yaml")
    assert problems == ()
    assert [[place.sentence for place in part] for part in first.parts] == [
        ["It earned $9 billion."], ["It is a company."]
    ]  # fmt: skip
    assert (first.style, first.line, first.places[1].line) == ("short", 2, 11)
    assert (second.question, second.is_answerable, second.parts) == ("NO", False, ())


def test_a_sentence_inside_a_paragraph_of_the_library_has_no_problem() -> None:
    assert list(check(parse(GOOD, "g.yaml")[0], TEXTS)) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "style: short",
            "stile: short",
            5,
            "unknown key 'stile'; the keys of a question are contrary, half, id",
        ),
        ("      part: 1", "      parts: 1", 10, "unknown key 'parts'; the keys of a place are"),
        ("  kind: figure\n", "", 2, "a question needs the key kind"),
        ("      heading: Revenue\n", "", 7, "a place needs the key heading"),
        ("part: 1", "part: one", 10, "part takes a whole number from 1, not 'one'"),
        ("part: 2", "part: 3", 7, "a question with parts needs a place for each part, counted from 1"),
        ("      part: 1\n", "", 7, "a question with parts needs a place for each part"),
        ("places: []", "places: none", 18, "places takes a list; [] if the library does not answer"),
        ("question: NO", "question: ''", 16, "question is empty"),
        ("style: short", "half: c", 5, "half takes a or b, not 'c'"),
        ("question: NO", "question: [NO]", 16, "question takes text, not a list"),
        ("sentence: It is a company.", "sentence: ' '", 13, "sentence is empty"),
        ("  kind: absent topic", "  kind: a\n  kind: b", 18, "kind is there twice"),
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
def test_a_mistake_is_reported_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    problems = problems_of(GOOD.replace(old, new, 1))
    assert problems
    assert problems[0].startswith(f"g.yaml:{line}: ")
    assert message in problems[0]


def test_a_mapping_and_an_empty_file_are_refused() -> None:
    for text in ("", "id: a\n"):
        assert problems_of(text) == ["g.yaml:1: gold questions are a list; begin each with “- id: …”"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("models/anthropic\n", "models/antropic\n", "no document 'models/antropic'; the nearest is 'models/anthropic'"),
        ("heading: Revenue", "heading: Revenues", "has no heading 'Revenues'; the nearest is 'Revenue'"),
        ("heading: Revenue", "heading: Staff", "has no heading 'Staff'; its headings are '', 'Revenue'"),
        ("earned $9", "earned $10", "'Revenue' does not say 'It earned $10 billion.'; copy the sentence as it is there now"),
        ("heading: Revenue", 'heading: ""', "does not say 'It earned $9 billion.'; it is under 'Revenue'"),
    ],
)  # fmt: skip
def test_a_place_that_is_not_in_the_library_is_reported_with_the_nearest_match(
    old: str, new: str, message: str
) -> None:
    problems = list(check(parse(GOOD.replace(old, new, 1), "g.yaml")[0], TEXTS))
    assert str(problems[0]).startswith("g.yaml:7: revenue-1: ")
    assert message in str(problems[0])


def test_a_folder_is_read_by_file_name_and_duplicate_ids_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(GOOD.replace("weather", "weather-b").replace("revenue-1", "revenue-2"))
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("nothing")
    assert [q.id for q in read(tmp_path)] == ["revenue-1", "weather", "revenue-2", "weather-b"]
    (tmp_path / "c.yaml").write_text(GOOD.replace("weather", "other"))
    with pytest.raises(
        GoldError, match=r"c.yaml:2: the id revenue-1 is already used in .*a.yml:2; use another one"
    ):
        read(tmp_path)


def test_an_unreadable_gold_path_is_an_error(tmp_path: Path) -> None:
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


def test_the_two_halves_have_about_the_same_size() -> None:
    assert 450 <= sum(half(f"question-{n}") == "a" for n in range(1000)) <= 550


def test_a_file_may_name_the_half_and_a_whole_section() -> None:
    """Without a sentence, any text under the heading answers."""
    text = GOOD.replace("  style: short", "  half: b").replace(
        '      sentence: "It earned $9 billion."\n', ""
    )
    (first, second), problems = parse(text, "g.yaml")
    assert problems == ()
    assert (first.half, first.places[0].sentence) == ("b", "")
    assert second.half == half("weather")
    assert list(check([first], TEXTS)) == []
    assert len(list(check([first], {"models/anthropic": {"": ["It is a company."]}}))) == 1
