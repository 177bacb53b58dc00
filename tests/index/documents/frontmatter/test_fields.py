"""Front matter is checked key by key, and every fault names its line."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.frontmatter.fields import Matter, read
from index.documents.frontmatter.syntax import Header
from index.documents.yaml_nodes import MAX_DEPTH, MAX_NODES
from index.types import Document, Group, Point, Series, Source

EMPTY = Document("models/anthropic", "models/anthropic.md", "Anthropic")
GOOD = """title: Anthropic
layer: models
summary: What Anthropic earns.
reviewed: 2026-11-24
review_by: "2026-12-24"
facts_to: 2026-11-20
aliases: [Claude, NO, 2026]
related:
  - models/openai
sources:
  - id: anthropic-2026-04
    publisher: Anthropic
    title: "Anthropic raises: more"
    url: https://www.anthropic.com/news/x
    published: 2026-04
  - {id: press, publisher: P, title: T, url: "https://p.example/a", accessed: 2026-11-24, kind: official data}
figures:
  - entity: Anthropic
    metric: revenue run rate
    unit: USD billion
    points:
      - {as_of: "2025-12", value: 9, source: anthropic-2026-04}
      - {as_of: 2026-Q1, value: 30.5, source: press}
"""


def matter(text: str) -> Matter:
    """Read a front matter that begins on the second line of its file."""
    return read(Header("yaml", text, 2, 0), EMPTY)


def faults(text: str) -> list[tuple[int, str]]:
    """Return the line and message of each fault."""
    return [(fault.line, fault.message) for fault in matter(text).faults]


def test_a_valid_front_matter_becomes_a_document() -> None:
    """Every value stays as it is written: NO is a name, 2026-04 a month."""
    found = matter(GOOD)
    assert found.faults == ()
    assert found.document == Document(
        id="models/anthropic",
        path="models/anthropic.md",
        title="Anthropic",
        layer="models",
        summary="What Anthropic earns.",
        reviewed=date(2026, 11, 24),
        review_by=date(2026, 12, 24),
        facts_to=date(2026, 11, 20),
        aliases=("Claude", "NO", "2026"),
        related=("models/openai",),
        sources=(
            Source(
                "anthropic-2026-04",
                "Anthropic",
                "Anthropic raises: more",
                "https://www.anthropic.com/news/x",
                "2026-04",
            ),
            Source("press", "P", "T", "https://p.example/a", accessed="2026-11-24", kind="official data"),
        ),
        figures=(
            Series(
                "Anthropic",
                "revenue run rate",
                "USD billion",
                (Point("2025-12", 9.0, "anthropic-2026-04"), Point("2026-Q1", 30.5, "press")),
            ),
        ),
    )


def test_values_have_the_lines_of_the_file() -> None:
    lines = matter(GOOD).lines
    assert lines["title"] == 2
    assert lines["related models/openai"] == 10
    assert lines["source press"] == 17
    assert lines["figure 0 1"] == 24


def test_nothing_is_required() -> None:
    """All keys may be missing or empty; with sources or figures, a title belongs to them."""
    assert faults("title: A\naliases:\nfigures: []\n") == []
    assert faults("layer: models\n") == faults("") == []
    assert (2, "the front matter has no title; add title: ...") in faults("sources:\n  - id: s\n")


@pytest.mark.parametrize(
    "text",
    [
        "layout: page\nnav_order: 3\n",
        "tags: [a, b]\ncssclasses: wide\nup: '[[Index]]'\n",
        "sidebar_position: 5\nslug: /quotas\ncustom: {a: 1, b: [2, 3]}\n",
        "title: A\ndraft: false\ndate: 2026-01-01\nauthor: Ann Lee\n",
    ],
)
def test_keys_of_other_tools_are_no_fault(text: str) -> None:
    assert faults(text) == []
    assert not matter(text).uses_schema


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("date: 2026-03-02\n", date(2026, 3, 2)),
        ("date: 2026-03-02T10:00:00+02:00\n", date(2026, 3, 2)),
        ("created: 2026/3/2\nlastmod: 2 May 2026\n", date(2026, 5, 2)),
        ("last_update: {date: 'May 2nd, 2026', author: Ann}\n", date(2026, 5, 2)),
        ("Last-Modified: Tue, 3 March 2026 08:00\n", date(2026, 3, 3)),
        ("date: 03/04/2026\n", None),
        ("date: someday\n", None),
        ("date:\n", None),
        ("date: 2026-02-30\n", None),
        ("date: 2026-03-02\nfacts_to: 2026-01-31\n", date(2026, 1, 31)),
        ("date: 2026-03-02\nreviewed: 2026-04-30\n", None),
    ],
)
def test_the_facts_of_a_dated_document_reach_to_its_newest_date(text: str, day: date | None) -> None:
    """Dates under any usual name count; the keys of Strata come first."""
    assert matter(text).document.facts_to == day


@pytest.mark.parametrize(
    ("text", "aliases"),
    [
        ("aliases: Pearl\n", ("Pearl",)),
        ("aliases: Pearl, The Pearl Hub\n", ("Pearl", "The Pearl Hub")),
        ("alias:\n  - Pearl\n  - 'Smith, Jones & Co'\n", ("Pearl", "Smith, Jones & Co")),
        ("aliases: [/old/pearl/, old.html, Pearl]\n", ("Pearl",)),
        ("aliases: ~\n", ()),
    ],
)
def test_other_names_are_a_list_or_a_text_with_commas(text: str, aliases: tuple[str, ...]) -> None:
    """Hugo and Jekyll list the old addresses of a page there, which name nothing."""
    assert matter(text).document.aliases == aliases


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("author: Ann Lee\n", ("Ann Lee",)),
        ("by: Ann Lee, Bo Ray and Cy Orr\n", ("Ann Lee", "Bo Ray", "Cy Orr")),
        ("authors: [Ann Lee, 'Ray, Bo']\n", ("Ann Lee", "Ray, Bo")),
        ("authors:\n  - name: Ann Lee\n    url: https://ann.example\n", ("Ann Lee",)),
        ("author: ~\n", ()),
    ],
)
def test_authors_are_names_in_a_list_or_a_text(text: str, authors: tuple[str, ...]) -> None:
    assert matter(text).document.authors == authors


def test_tags_keywords_and_categories_are_tags() -> None:
    text = "tags: '#power #grid'\nkeywords: data centers, power\ncategories: [Energy]\n"
    assert matter(text).document.tags == ("power", "grid", "data centers", "Energy")


def test_a_description_is_the_summary() -> None:
    assert matter("description: >\n  A hub\n  in the north\n").document.summary == "A hub in the north"
    assert matter("summary: One\ndescription: Two\n").document.summary == "One"


def test_one_bad_key_does_not_cost_the_others() -> None:
    """A colon or a bracket in a title, a template and a repeated value are faults of their line alone."""
    found = matter("title: Dagger: the hub\nup: {{up}}\nsummary: *s\ndescription: A hub.\naliases: [D]\n")
    assert found.document.title == "Dagger: the hub"
    assert (found.document.summary, found.document.aliases) == ("A hub.", ("D",))
    assert [fault.line for fault in found.faults][:1] == [2]
    assert matter("title: [Ember] hub\n").document.title == "[Ember] hub"


def test_a_date_in_words_is_understood_with_a_fault() -> None:
    found = matter("reviewed: 3 March 2026\n")
    assert found.document.reviewed == date(2026, 3, 3)
    assert "write reviewed: YYYY-MM-DD" in found.faults[0].message


def test_incomplete_sources_keep_what_they_have() -> None:
    """The host takes the place of the publisher; an address that is not of the web is never shown as a link."""
    (first, second) = matter(
        "sources:\n  - {id: a, url: 'http://intranet/a'}\n  - {id: b, url: 'javascript:x'}\n"
    ).document.sources
    assert first == Source("a", "intranet", "http://intranet/a", "http://intranet/a")
    assert second == Source("b", "b", "b", "")


def test_an_incomplete_figure_is_left_out() -> None:
    """A value that is not known must not become 0."""
    text = (
        GOOD
        + "      - {as_of: 2026-Q2, value: many, source: press}\n"
        + "      - {as_of: 2026-Q3, value: 40}\n"
        + "  - {entity: Anthropic, metric: staff, unit: people}\n"
    )
    found = matter(text)
    assert found.document.figures == matter(GOOD).document.figures
    assert len(found.faults) == 3


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("title: A\ncolour: red\nsources:\n  - id: s\n", 3, 'unknown key "colour"'),
        ("title: A\ntitle: B\n", 3, "has title twice"),
        ("title: [A]\n", 2, "title is not a text"),
        ("title: ''\n", 2, "title is not a text"),
        ("title: A\nreviewed: 2026-13-01\n", 3, "write reviewed: YYYY-MM-DD"),
        ("title: A\nreviewed: 2026-02-29\n", 3, "reviewed is not a day"),
        ("title: A\nreviewed: 2026-04\n", 3, "reviewed is not a day"),
        ("title: A\nreviewed: soon\n", 3, 'reviewed is not a day: "soon"'),
        ("title: A\nfacts_to: 2026-07\n", 3, "write facts_to: YYYY-MM-DD"),
        (
            "title: A\nsources:\n  - id: s\n    kind: rumor\n",
            5,
            'source "s" has the kind "rumor"; use one of filing,',
        ),
        ("title: A\nrelated: {a: b}\n", 3, "related is not a list"),
        ("title: A\nrelated:\n  - b\n  - b\n", 5, 'related has "b" twice'),
        ("title: A\nrelated:\n  - models/anthropic\n", 4, "the document itself"),
        ("title: A\nsources: 5\n", 3, "sources is not a list"),
        ("title: A\nsources:\n  - words\n", 4, "a source is not a list of keys"),
        ("title: A\nsources:\n  - publisher: P\n", 4, "a source has no id"),
        ("title: A\nsources:\n  - id: s\n", 4, 'source "s" has no date; add published: YYYY-MM-DD'),
        ("title: A\nsources:\n  - id: s\n", 4, 'source "s" has no publisher'),
        ("title: A\nsources:\n  - id: s\n    url: http://a.example\n", 5, "write a whole address, https://"),
        ("title: A\nsources:\n  - id: s\n    url: https://[a\n", 5, "write a whole address"),
        ("title: A\nsources:\n  - id: s\n    published: 2026-00\n", 5, 'has the date "2026-00"'),
        ("title: A\nsources:\n  - id: s\n    accessed: 2026-Q1\n", 5, "write accessed: YYYY-MM-DD"),
        ("title: A\nsources:\n  - id: s\n    volume: 3\n", 5, 'unknown key "volume"'),
        ("title: A\nsources:\n  - id: s\n  - id: s\n", 5, 'source "s" is listed twice'),
        ("title: A\nsources:\n  - id: a]b\n", 4, "a character that a footnote cannot hold"),
        ("title: A\nfigures:\n  - entity: E\n", 4, 'figure "E" has no metric'),
        ("title: A\nfigures:\n  - points: []\n", 4, "has no points; add one"),
        ("title: A\nfigures:\n  - points: [{value: nine}]\n", 4, 'the value "nine"; write a plain number'),
        ("title: A\nfigures:\n  - points: [{value: 1e999}]\n", 4, 'the value "1e999"'),
        ("title: A\nfigures:\n  - points: [{value: '9'}]\n", 4, 'the value "9"'),
        ("title: A\nfigures:\n  - points: [{value: .nan}]\n", 4, 'the value ".nan"'),
        ("title: A\nfigures:\n  - points: [{value: '9,000'}]\n", 4, "write a plain number"),
        ("title: A\nfigures:\n  - points: [{as_of: 2026-Q5}]\n", 4, 'has the date "2026-Q5"'),
        (
            "title: A\nfigures:\n  - points: [{source: s}]\n",
            4,
            'names the source "s", which sources does not list',
        ),
        ("title: A\nfigures:\n  - points: [{}]\n", 4, "a point of"),
        ("- a\n- b\n", 2, "the front matter is not a list of keys"),
        ("title: A\n  bad: b\n", 3, "the front matter is not YAML"),
        ("title: A\nx: [1\n", 3, "the front matter is not YAML"),
        ("title: A\nx: 'open\n", 3, "the front matter is not YAML"),
        ("title: A\nx: @b\n", 3, "the front matter is not YAML"),
        ("title: A\nx: a\x07b\n", 3, "the front matter"),
        ("title: &t A\nsummary: *t\n", 3, "repeats a value by *t"),
        ("title: !!python/object:os.system A\n", 2, "has the tag"),
        ("title: A\n? [a, b]\n: c\n", 3, "as a key"),
        ("a: " + "[" * 2000, 2, f"nested more than {MAX_DEPTH} deep"),
        ("a: [" + "b, " * MAX_NODES + "]", 2, f"more than {MAX_NODES:,} values"),
    ],
)
def test_a_fault_names_its_line_and_the_next_step(text: str, line: int, words: str) -> None:
    found = faults(text)
    assert any(at == line and words in message for at, message in found), found


def test_all_faults_of_a_file_are_reported() -> None:
    """One fault does not hide another."""
    assert len(faults("colour: red\nreviewed: soon\nsources:\n  - id: s\nrelated: x\n")) == 8


def test_an_alias_is_refused_before_it_is_expanded() -> None:
    """Nested aliases could expand into gigabytes."""
    layers = "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert "repeats a value" in faults("k0: &k0 [x]\n" + layers)[0][1]


WORDS = st.sampled_from(
    [
        "title",
        "sources",
        "id",
        "url",
        "figures",
        "points",
        "value",
        "as_of",
        "related",
        ":",
        ": ",
        "- ",
        "\n",
        "  ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a",
        "*a",
        "!!",
        "|",
        ">",
        "'",
        '"',
        "#",
        "?",
        "%",
        "@",
        "2026-01-01",
        "9",
        "~",
        "\t",
        "\\ud800",
        "\x00",
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS).map("".join)))
def test_any_text_becomes_a_document_or_faults_on_lines_of_the_file(text: str) -> None:
    found = matter(text)
    assert found.document.title
    found.document.title.encode()
    assert all(2 <= fault.line <= text.count("\n") + text.count("\r") + 2 for fault in found.faults)


def test_members_declare_groups_of_entities() -> None:
    """A group has a name and its members in order; a member that is listed twice counts once."""
    found = matter("title: The labs\nmembers:\n  AI labs: [OpenAI, xAI, OpenAI]\n")
    assert found.faults == ()
    assert found.document.members == (Group("AI labs", ("OpenAI", "xAI")),)


def test_the_end_of_the_fiscal_year_is_a_month() -> None:
    assert matter("title: Acme\nfiscal_year_ends: June\n").document.fiscal_year_ends == 6
    assert matter("title: Acme\n").document.fiscal_year_ends == 12
    message = "fiscal_year_ends is '6/30'; write the name of a month, such as fiscal_year_ends: June"
    assert (3, message) in faults("title: Acme\nfiscal_year_ends: 6/30\n")


@pytest.mark.parametrize(
    ("members", "line", "message"),
    [
        ("[OpenAI, xAI]", 3, "members is not a mapping; write members: {group name: [one, two]}"),
        ("{labs: [OpenAI]}", 3, 'group "labs" has fewer than two members; add some or delete the group'),
        ("{labs: [A, B], Labs: [C, D]}", 3, 'members has group "Labs" twice; keep one'),
    ],
)
def test_an_invalid_group_is_a_fault(members: str, line: int, message: str) -> None:
    """Every fault names its line, and the group is left out."""
    assert (line, message) in faults(f"title: The labs\nmembers: {members}\n")
