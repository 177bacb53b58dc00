"""The rules for documents name the line of each problem and the next step."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.loader import parse
from index.lint import FIGURE, definitions, lint, with_definitions
from index.types import Document, Problem, Source

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 24)
MATTER = """---
title: Anthropic
reviewed: 2026-11-24
review_by: 2026-12-24
related: [chips/nvidia]
sources:
  - id: a-2026-04
    publisher: Anthropic
    title: Anthropic raises
    url: https://www.anthropic.com/news/raise
    published: 2026-04-06
figures:
  - entity: Anthropic
    metric: run rate
    unit: USD billion
    points:
      - {as_of: 2026-04, value: 30, source: a-2026-04}
---
Anthropic sells access to Claude.

## Revenue is real

Anthropic's run rate was $30 billion in April 2026.[^a-2026-04]

## Related

- [Nvidia](../chips/nvidia.md#margins): sells the chips.

[^a-2026-04]: Anthropic, "Anthropic raises", published 6 April 2026. <https://www.anthropic.com/news/raise>
"""
NVIDIA = """---
title: Nvidia
related: [models/anthropic]
---
Nvidia sells chips.

## Margins

Margins are high there, says [Anthropic](../models/anthropic.md).
"""


def library(root: Path, anthropic: str = MATTER, nvidia: str = NVIDIA) -> tuple[Problem, ...]:
    """Return the problems of a library of two documents."""
    for path, text in (("models/anthropic.md", anthropic), ("chips/nvidia.md", nvidia)):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    return lint(root, TODAY)


def test_a_correct_library_has_no_problems(tmp_path: Path) -> None:
    assert library(tmp_path) == ()
    assert lint(tmp_path, TODAY, lambda text: len(text.split()), 64) == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("2026-12-24", "2026-11-23", 4, "review_by is 2026-11-23, before reviewed (2026-11-24)"),
        (
            "reviewed: 2026-11-24\nreview_by: 2026-12-24",
            "review_by: 2026-11-23",
            3,
            "review_by was 2026-11-23; review",
        ),
        (
            "reviewed: 2026-11-24",
            "reviewed: 2026-11-25",
            3,
            "reviewed is 2026-11-25, after today (2026-11-24)",
        ),
        (
            "review_by: 2026-12-24",
            "facts_to: 2026-11-25",
            4,
            "facts_to is 2026-11-25, after today (2026-11-24)",
        ),
        (
            "reviewed: 2026-11-24\nreview_by: 2026-12-24",
            "reviewed: 2026-11-01\nfacts_to: 2026-11-02",
            4,
            "facts_to is 2026-11-02, after reviewed (2026-11-01)",
        ),
        (
            "review_by: 2026-12-24",
            "facts_to: 2026-04-05",
            4,
            "facts_to is 2026-04-05, but a source was published 2026-04-06",
        ),
        ("published: 2026-04-06", "published: 2026-12", 7, "published: 2026-12, after today"),
        (
            "value: 30,",
            "value: 31,",
            17,
            'figure "Anthropic run rate 2026-04" is 31, which is not in the text',
        ),
        ("value: 30,", "value: 3,", 17, "is 3, which is not in the text"),
        ("access to Claude", "H100 hours for 2.5 cents", 19, '"2.5 cents" has no source; add a footnote'),
        ("[Nvidia]", "It has 8,000 staff [Nvidia]", 27, "to this list item"),
        ("nvidia.md#", "amd.md#", 27, 'the link "../chips/amd.md#margins" points to a missing file'),
        ("../chips", "/chips", 27, "points to a missing file"),
        ("#margins", "#margin", 27, "points to a missing heading of chips/nvidia.md"),
        ("../chips/nvidia.md#margins", "#gone", 27, "points to a missing heading of models/anthropic.md"),
        (
            "6 April 2026. <",
            "7 April 2026. <",
            29,
            "footnotes differ from the front matter; run: strata check --fix",
        ),
        ("\n[^a-2026-04]: ", "\n[^b]: ", 29, "footnotes differ"),
        ("\n[^a-2026-04]: ", "\n[^b]: ", 29, 'the footnote "b" is not a source'),
        ("chips/nvidia]", "chips/amd]", 5, 'related has "chips/amd", which is no document'),
        (
            "Anthropic sells access to Claude.",
            "Margins are high there, says [Anthropic](anthropic.md).",
            19,
            "the same text is in chips/nvidia.md:9; delete one of the two",
        ),
    ],
)
def test_each_rule_names_the_line_and_the_next_step(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in MATTER
    found = library(tmp_path, MATTER.replace(old, new))
    assert any(p.line == line and words in p.message for p in found if "anthropic" in p.path), found
    assert not any(problem.fatal for problem in found)


def test_facts_to_may_be_the_day_of_the_newest_source_or_later(tmp_path: Path) -> None:
    for day in ("2026-04-06", "2026-11-24"):
        assert library(tmp_path, MATTER.replace("review_by: 2026-12-24", f"facts_to: {day}")) == ()


def test_related_documents_must_list_each_other(tmp_path: Path) -> None:
    (problem,) = library(tmp_path, nvidia=NVIDIA.replace("related: [models/anthropic]", "related: []"))
    assert str(problem) == (
        "models/anthropic.md:5: models/anthropic lists chips/nvidia as related, "
        "but chips/nvidia does not list models/anthropic; add it there"
    )


def test_a_short_form_with_two_meanings_is_found(tmp_path: Path) -> None:
    """Whether in one document or two; the same meaning twice is fine."""
    aliases = "related: [models/anthropic]\naliases: [NVDA = Nvidia, {other} = Anthropic]"
    good = NVIDIA.replace("related: [models/anthropic]", aliases.format(other="ANTH"))
    known = MATTER.replace("related: [chips/nvidia]", "related: [chips/nvidia]\naliases: [anth = Anthropic]")
    assert library(tmp_path, known, good) == ()
    (problem,) = library(tmp_path, known, good.replace("ANTH = Anthropic", "ANTH = Nvidia"))
    assert str(problem) == (
        'models/anthropic.md:6: "anth" means "Anthropic" here and "Nvidia" in chips/nvidia.md, '
        "so it is not expanded in questions; give it one meaning"
    )


def test_a_source_that_nothing_cites_is_found(tmp_path: Path) -> None:
    other = "sources:\n  - {id: b, publisher: B, title: T, url: 'https://b.example', accessed: 2026-01-02}"
    found = library(tmp_path, MATTER.replace("sources:", other))
    assert [(p.line, p.message) for p in found if "never" in p.message] == [
        (7, 'source "b" is never used; cite it with [^b] or delete it')
    ]


def test_a_file_that_cannot_be_read_is_fatal_and_the_others_are_checked(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes(b"\0")
    (fatal,) = library(tmp_path)
    assert (fatal.path, fatal.fatal) == ("bad.md", True)


def test_figures_need_no_source_without_front_matter(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("# Note\n\nIt costs $5, see [^1].\n\n[^1]: My own words.\n")
    assert library(tmp_path) == ()


def test_text_that_is_too_long_for_the_encoder_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\n## " + "long " * 20 + "\n\nShort.\n\n" + "word " * 60 + "\n")
    found = lint(tmp_path, TODAY, lambda text: len(text.split()), 40)
    assert [(p.line, p.message.split(",")[0]) for p in found] == [
        (3, "title and headings are too long for the encoder"),
        (7, "a sentence has more than the 40 tokens that the encoder reads; split it"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "$30",
        "€ 5",
        "45%",
        "3.5 GW",
        "12 months",
        "8,000",
        "2.5x",
        "10x",
        "$1.4 trillion",
        "100 MW",
        "16 GB",
        "5 percent",
    ],
)
def test_figures_need_a_source(text: str) -> None:
    assert FIGURE.search(f"It was {text} then")


@pytest.mark.parametrize(
    "text",
    [
        "2026",
        "May 2026",
        "H100",
        "Q3 FY27",
        "Claude 4",
        "two years",
        "v2.0",
        "GPT-5.5",
        "GPT-5",
        "5 exits",
        "A100 units",
    ],
)
def test_names_and_years_need_no_source(text: str) -> None:
    assert not FIGURE.search(f"It was {text} then")


def test_definitions_have_dates_in_words_and_escaped_markdown() -> None:
    sources = (
        Source("a", "A", "One [two] *x*", "https://a.example", "2026-04-06"),
        Source("b", "B", "T", "https://b.example", "2026-04"),
        Source("c", "C", "T", "https://c.example", "2026"),
        Source("d", "D", "T", "https://d.example", accessed="2026-11-24"),
    )
    assert definitions(Document("d", "d.md", "D", sources=sources)) == (
        '[^a]: A, "One \\[two\\] \\*x\\*", published 6 April 2026. <https://a.example>\n'
        '[^b]: B, "T", published April 2026. <https://b.example>\n'
        '[^c]: C, "T", published 2026. <https://c.example>\n'
        '[^d]: D, "T", accessed 24 November 2026. <https://d.example>\n'
    )


def fixed(text: str) -> str:
    """Return a text with its footnote definitions written."""
    return with_definitions(text, parse("a.md", text.encode()).document)


def test_definitions_are_put_at_the_end() -> None:
    """Missing definitions are added; definitions elsewhere are moved."""
    bare = MATTER[: MATTER.rindex("\n[^a-2026-04]:")]
    assert fixed(bare) == MATTER
    assert fixed(bare.rstrip()) == MATTER
    assert fixed(MATTER) == MATTER
    moved = MATTER.replace("## Related", "[^a-2026-04]: old\n  words\n\n## Related")
    assert fixed(moved).count("[^a-2026-04]:") == 1
    assert fixed(moved).endswith(MATTER[-120:])


def test_definitions_of_other_footnotes_stay() -> None:
    assert "[^mine]: My note." in fixed(MATTER + "[^mine]: My note.\n")


def test_line_ends_stay_as_they_are() -> None:
    windows = MATTER.replace("6 April", "7 April").replace("\n", "\r\n")
    assert fixed(windows) == MATTER.replace("\n", "\r\n")


def test_a_text_without_sources_is_unchanged() -> None:
    assert fixed("# A\n\nText.[^1]\n\n[^1]: x") == "# A\n\nText.[^1]\n\n[^1]: x"


@given(st.text(alphabet="ab [^]:-\n`*", max_size=100))
def test_definitions_do_not_change_the_blocks_of_any_body(body: str) -> None:
    """A second run changes nothing."""
    text = MATTER[: MATTER.index("Anthropic sells")] + body
    once = fixed(text)
    assert fixed(once) == once
    if "```" not in body and "`" not in body:
        assert parse("a.md", once.encode()).sections == parse("a.md", text.encode()).sections
