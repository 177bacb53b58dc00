"""Replies as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.cli.output import as_json, terminal, whole_citations
from bot.display import source
from bot.types import Abstention, Answer, Citation, Quote, Table, TableRow
from index.text.months import written_date
from index.types import Source

WORDS = st.lists(st.text("abcdefgh…€", min_size=1, max_size=12), min_size=1, max_size=30).map(" ".join)
SOURCE = Source("a", "Anthropic", "Series G", "https://example.org/g", "2026-02")


def citation(number: int, title: str = "A", **rest: object) -> Citation:
    values: dict[str, object] = {
        "number": number, "document": "models/a", "title": title, "headings": ("Sales",), "path": "models/a.md",
        "first_line": 3, "last_line": 4, "link": "https://example.org/a.md#sales", "reviewed": date(2026, 11, 1),
        "stale": False, "sources": (SOURCE,),
    }  # fmt: skip
    return Citation(**values | rest)  # type: ignore[arg-type]


def answer(*texts: str, **citing: object) -> Answer:
    quotes = tuple(Quote(text, number, 0, 0, len(text)) for number, text in enumerate(texts, start=1))
    return Answer("A-1", "Q?", "g", 0.9, quotes, tuple(citation(q.citation, **citing) for q in quotes))


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(1, 120), WORDS)
def test_rendering_keeps_every_word_and_every_citation(texts: list[str], width: int, title: str) -> None:
    """Whatever the width, quotations are whole and each marker has its place, lines, link and source."""
    reply = answer(*texts, title=title)
    flat = " ".join(terminal(reply, width, whole_sources=True).split())
    for number, quoted in enumerate(texts, start=1):
        assert f"“{quoted}” [{number}]" in flat
        assert f"[{number}] {title} › Sales models/a.md:3-4 https://example.org/a.md#sales " in flat
    assert flat.count("source: Anthropic, “Series G”, February 2026 <https://example.org/g>") == len(texts)
    form = json.loads(json.dumps(as_json(reply)))
    assert [quote["text"] for quote in form["quotes"]] == texts
    assert {quote["citation"] for quote in form["quotes"]} == {c["number"] for c in form["citations"]}


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(40, 120), WORDS)
def test_no_line_of_a_reply_is_wider_than_the_terminal(texts: list[str], width: int, title: str) -> None:
    """Quotations, messages, notes, citations and sources wrap at spaces; only one long word may stick out."""
    abstention = Abstention(
        "A-1", "Q?", "g", 0.1, "not covered", " ".join(texts), (citation(1, title),), notes=(title,)
    )
    for reply in (answer(*texts, title=title, stale=True), abstention):
        for line in terminal(reply, width).split("\n"):
            assert len(line) <= width or len(line.split()) == 1


def test_a_citation_that_is_too_long_has_its_place_on_a_line_of_its_own() -> None:
    """The place is never broken, so that a terminal can open it."""
    long = answer(
        "x", title="Demand for electric energy from data centers", path="energy/data-center-demand.md"
    )
    assert (
        "[1] Demand for electric energy from data centers ›\n    Sales\n    energy/data-center-demand.md:3-4\n"
        in terminal(long, 52)
    )


@given(st.text(st.characters(categories=("Cc", "L")), min_size=1))
def test_a_document_cannot_steer_the_terminal(text: str) -> None:
    """Of control characters only the line break is left, in quotations, titles and sources."""
    bad = Source("a", text, text, "", "2026")
    told = terminal(answer(f"x{text}", title=text, sources=(bad,)), 80)
    assert not [c for c in told if c != "\n" and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0)]


def test_a_file_name_is_printed_on_one_line_without_control_characters() -> None:
    """A name may hold a line feed and an escape sequence that sets the terminal's title."""
    told = terminal(
        answer("x", path="b\x1b]0;title\x07\nx.md", link="https://example.org/\x1b[2J"),
        80,
        whole_sources=True,
    )
    assert "b ]0;title  x.md:3-4\n    https://example.org/ [2J\n" in told


def test_a_citation_has_two_short_lines() -> None:
    """The place, then two public sources, the number of the others, and the date of old facts."""
    sources = tuple(
        Source(str(n), f"Publisher {n}", "Title", "https://example.org", "2026-02") for n in range(5)
    )
    shown = terminal(answer("x", sources=sources, facts_to=date(2026, 7, 8)), 100)
    assert shown.split("\n")[-2:] == [
        "[1] A › Sales  models/a.md:3-4",
        "    Publisher 0, February 2026; Publisher 1, February 2026; 3 more · facts to July 2026",
    ]
    overdue = terminal(answer("x", sources=(), stale=True), 80)
    assert overdue.endswith("models/a.md:3-4\n    ! its review is overdue")


def test_an_overdue_review_is_told() -> None:
    """Next to the day of the last one."""
    assert "reviewed 1 November 2026  ! its review is overdue" in whole_citations(
        (citation(1, stale=True),), 80
    )
    assert "overdue" not in terminal(answer("x"), 80)


def test_old_facts_show_their_month() -> None:
    """The month stands beside the review, or alone where a document was never reviewed."""
    old = date(2026, 7, 8)
    assert "    reviewed 1 November 2026, facts to July 2026\n" in terminal(
        answer("x", facts_to=old), 80, whole_sources=True
    )
    assert "    facts to July 2026\n" in terminal(
        answer("x", facts_to=old, reviewed=None), 80, whole_sources=True
    )
    assert "facts to" not in terminal(answer("x"), 80)
    assert as_json(answer("x", facts_to=old))["citations"][0]["facts_to"] == "2026-07-08"
    assert as_json(answer("x"))["citations"][0]["facts_to"] is None


def test_a_lead_stands_above_its_quotation() -> None:
    """A table row comes with its header."""
    reply = Answer("A-1", "Q?", "g", 0.9, (Quote("2024 | $1", 1, 0, 0, 9, "Year | Sales"),), (citation(1),))
    assert terminal(reply, 80).startswith("“Year | Sales\n2024 | $1” [1]")


def test_an_abstention_names_the_nearest_headings_or_none() -> None:
    """Its message comes first, and nothing is quoted."""
    bare = Abstention("A-1", "Q?", "g", 0.1, "not covered", "No.")
    assert terminal(bare, 80) == "No."
    near = Abstention("A-1", "Q?", "g", 0.1, "not covered", "No.", (citation(1),), notes=("read as: B",))
    assert terminal(near, 80) == "No.\n\n(read as: B)\n\nClosest topics:\n  · A › Sales  models/a.md:3-4"


def test_the_json_form_has_its_documented_fields() -> None:
    """A consumer may rely on each of them."""
    common = {
        "schema",
        "id",
        "kind",
        "question",
        "generation",
        "confidence",
        "notes",
        "quotes",
        "citations",
        "excerpts",
    }
    form = as_json(answer("x"))
    assert set(form) == common
    assert set(form["quotes"][0]) == {"text", "lead", "citation", "score"}
    assert set(form["citations"][0]) == {
        "number", "document", "title", "authors", "headings", "path", "first_line", "last_line", "page", "link", "reviewed",
        "stale", "facts_to", "sources",
    }  # fmt: skip
    assert set(form["citations"][0]["sources"][0]) == {
        "id",
        "publisher",
        "title",
        "url",
        "published",
        "accessed",
        "kind",
    }
    abstained = as_json(Abstention("A-1", "Q?", "g", 0.1, "not covered", "No."))
    assert set(abstained) == common | {"reason", "message", "nearest"}


def test_the_day_of_reading_stands_in_for_a_missing_date() -> None:
    """A page without a date was read on one."""
    assert source(Source("a", "P", "T", "", "", "2026-04-06")) == "P, “T”, read 6 April 2026"


@given(st.dates(date(1, 1, 1)))
def test_a_partial_date_names_as_much_as_is_known(value: date) -> None:
    """Year, month or day."""
    text = value.isoformat()
    assert written_date(text[:4]) == text[:4]
    assert written_date(text).endswith(written_date(text[:7]))


TABLE = Table(
    "revenue (USD billion)",
    (
        TableRow("OpenAI", "$50 billion", "", "2026-09", "reported", 1),
        TableRow("xAI", "2", "USD billion, annualized", "2026", "guided", 1),
    ),
    ("no figure: Mistral",),
)


def test_a_table_comes_before_its_quotations() -> None:
    """The rows are in columns, and absences are in a line below them."""
    shown = terminal(replace(answer("x"), table=TABLE), 80)
    assert shown.startswith(
        "revenue (USD billion)\n"
        "OpenAI  $50 billion    2026-09      [1]\n"
        "xAI     2 USD billion  2026 guided  [1]\n\n"
        "(no figure: Mistral)\n\n“x” [1]"
    )


def test_the_json_form_of_a_table_has_its_documented_fields() -> None:
    form = as_json(replace(answer("x"), table=TABLE))["table"]
    assert set(form) == {"title", "rows", "remarks"}
    assert set(form["rows"][0]) == {"entity", "value", "unit", "as_of", "status", "citation"}


def test_code_keeps_its_lines_and_stands_without_quotation_marks() -> None:
    code = "for site in sites:\n    build(site)  # in the order of the list, however long the line is"
    reply = answer(code)
    reply = replace(reply, quotes=(replace(reply.quotes[0], is_code=True),))
    assert terminal(reply, 40).startswith(
        "[1]\n    for site in sites:\n        build(site)  # in the order of the list, however"
    )
