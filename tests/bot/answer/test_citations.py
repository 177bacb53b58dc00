"""Quotations are verbatim spans of their passages, with numbered citations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.citations import Span, cite, verified_quote
from bot.corpus.links import Links
from bot.errors import QuoteError
from index.types import Document, Passage, Sentence, Source

TODAY = date(2026, 11, 24)
TEXT = "Anthropic sells access. It also sells seats. They grow. They shrink."
SENTENCES = (
    Sentence(0, 23, 4),
    Sentence(24, 44, 4, sources=("a",)),
    Sentence(45, 55, 5),
    Sentence(56, 68, 6),
)
SOURCE = Source("a", "Anthropic", "A post", "https://example.org/a", "2026-01")
DOCUMENT = Document("models/a", "models/a.md", "A", review_by=date(2026, 11, 23), sources=(SOURCE,))
PASSAGE = Passage("models/a", ("Sales",), "sales", 4, 6, TEXT, SENTENCES, lead="Month | Sales")


def span(start: int, end: int, lead: str = "", passage: Passage = PASSAGE) -> Span:
    return Span(DOCUMENT, passage, 7, start, end, lead)


@given(st.integers(-5, 75), st.integers(-5, 75))
def test_a_quotation_is_a_span_of_its_passage_or_refused(start: int, end: int) -> None:
    """Offsets outside of the passage and spans without words make no quotation."""
    try:
        quote = verified_quote(span(start, end), 1)
    except QuoteError:
        assert not (0 <= start < end <= len(TEXT)) or not TEXT[start:end].strip()
    else:
        assert quote.text == TEXT[start:end]
        assert quote.text.strip()


def test_a_lead_that_is_not_verbatim_is_refused() -> None:
    """A lead comes from the passage's text or from the passage's own lead."""
    assert verified_quote(span(0, 23, "Month | Sales"), 1).lead == "Month | Sales"
    assert verified_quote(span(24, 44, "Anthropic sells access."), 1).lead
    with pytest.raises(QuoteError, match=r"models/a\.md"):
        verified_quote(span(0, 23, "Month | Losses"), 1)


def test_one_heading_is_cited_once_with_all_lines_and_sources() -> None:
    """Two quotations of a place share a number; another heading has the next one."""
    other = Passage("models/a", ("Risks",), "risks", 9, 9, TEXT, SENTENCES)
    quotes, citations = cite([span(56, 68), span(0, 23, passage=other), span(0, 44)], TODAY, Links())
    assert [quote.citation for quote in quotes] == [1, 2, 1]
    assert [(c.number, c.place, c.lines) for c in citations] == [
        (1, "A › Sales", "models/a.md:4-6"),
        (2, "A › Risks", "models/a.md:4"),
    ]
    assert citations[0].sources == (SOURCE,)
    assert citations[1].sources == ()
    assert citations[0].stale


def test_a_span_that_is_not_verbatim_is_left_out_with_its_citation() -> None:
    """A refused span takes no number."""
    other = Passage("models/a", ("Risks",), "risks", 9, 9, TEXT, SENTENCES)
    quotes, citations = cite([span(0, 99, passage=other), span(0, 23)], TODAY, Links())
    assert [quote.citation for quote in quotes] == [1]
    assert [c.headings for c in citations] == [("Sales",)]
    assert cite([span(3, 3)], TODAY, Links()) == ((), ())


def test_a_document_is_stale_from_the_day_after_its_review_was_due() -> None:
    """On the day itself it is not."""
    for today, stale in ((date(2026, 11, 23), False), (date(2026, 11, 24), True)):
        assert cite([span(0, 23)], today, Links())[1][0].stale is stale


def test_facts_are_old_after_sixty_days() -> None:
    """A citation carries the date of the facts from the 61st day on."""
    document = replace(DOCUMENT, facts_to=date(2026, 9, 1))
    cited = Span(document, PASSAGE, 7, 0, 23)
    for today, shown in ((date(2026, 10, 31), None), (date(2026, 11, 1), date(2026, 9, 1))):
        assert cite([cited], today, Links())[1][0].facts_to == shown
    assert cite([span(0, 23)], TODAY, Links())[1][0].facts_to is None


def test_a_link_without_a_commit_uses_the_branch() -> None:
    """Content with changes of its own has no commit; without a base there is no link."""
    assert (
        Links("https://example.org/{commit}", "", "release/1")("a.md", "")
        == "https://example.org/release/1/a.md"
    )
    assert Links()("a.md", "b") == ""


def test_an_excerpt_is_contiguous_around_its_span_or_refused() -> None:
    """The text before and behind is verbatim; a label is one of the headings."""
    quote = verified_quote(replace(span(24, 44), excerpt=(0, 55), label="Sales"), 1)
    assert quote.excerpt == TEXT[0:55] == f"{quote.before}{quote.text}{quote.after}"
    assert (quote.excerpt_start, quote.excerpt_end) == (0, 55)
    for wrong in ({"excerpt": (30, 55)}, {"excerpt": (0, 99)}, {"label": "Losses"}):
        with pytest.raises(QuoteError):
            verified_quote(replace(span(24, 44), **wrong), 1)  # type: ignore[arg-type]


def test_code_is_cited_with_all_its_lines() -> None:
    text = "make\nmake check"
    passage = Passage("a", ("Build",), "build", 7, 8, text, (Sentence(0, len(text), 7, "code"),))
    quotes, (cited,) = cite([Span(DOCUMENT, passage, 7, 0, len(text))], TODAY, Links())
    assert quotes[0].is_code
    assert cited.lines == "models/a.md:7-8"


def test_a_quotation_of_a_pdf_file_names_its_page_and_links_to_it() -> None:
    document = Document("plan", "plan.pdf", "Plan")
    passage = Passage("plan", (), "page=12", 40, 41, TEXT, SENTENCES)
    (cited,) = cite([Span(document, passage, 7, 0, 23)], TODAY, Links("https://example.org"))[1]
    assert (cited.lines, cited.link) == ("plan.pdf#page=12", "https://example.org/plan.pdf#page=12")
    word_file = replace(document, path="plan.docx")
    (cited,) = cite([Span(word_file, replace(passage, anchor="costs"), 7, 0, 23)], TODAY, Links())[1]
    assert cited.lines == "plan.docx"
