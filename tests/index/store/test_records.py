from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from index.store.records import document_line, document_of, passage_line, passage_of
from index.types import Document, Group, Heading, Passage, Point, Sentence, Series, Source

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
NUMBER = st.integers(0, 10_000)
KIND = st.sampled_from(["prose", "item", "row", "code"])


def lists_of(elements: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """Return a strategy for short tuples."""
    return st.lists(elements, max_size=3).map(tuple)


SENTENCES = st.builds(Sentence, start=NUMBER, end=NUMBER, line=NUMBER, kind=KIND, sources=NAMES, lead=TEXT)
PASSAGES = st.builds(
    Passage,
    document=TEXT,
    headings=NAMES,
    anchor=TEXT,
    first_line=NUMBER,
    last_line=NUMBER,
    text=TEXT,
    sentences=lists_of(SENTENCES),
    lead=TEXT,
    header=TEXT,
)
POINTS = st.builds(Point, TEXT, st.floats(allow_nan=False, allow_infinity=False), TEXT)
DOCUMENTS = st.builds(
    Document,
    id=TEXT,
    path=TEXT,
    title=TEXT,
    layer=TEXT,
    summary=TEXT,
    authors=NAMES,
    tags=NAMES,
    reviewed=st.none() | st.dates(),
    review_by=st.none() | st.dates(),
    facts_to=st.none() | st.dates(),
    aliases=NAMES,
    related=NAMES,
    sources=lists_of(
        st.builds(Source, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, st.sampled_from(["", "filing", "blog"]))
    ),
    figures=lists_of(st.builds(Series, TEXT, TEXT, TEXT, lists_of(POINTS))),
    headings=lists_of(st.builds(Heading, NAMES, TEXT, NUMBER)),
    sha256=TEXT,
    members=lists_of(st.builds(Group, TEXT, NAMES)),
    fiscal_year_ends=st.integers(1, 12),
)


@settings(max_examples=40)
@given(DOCUMENTS)
def test_a_document_read_from_its_line_is_equal(document: Document) -> None:
    """A line has one newline, at its end."""
    line = document_line(document)
    assert document_of(line) == document
    assert line.find(b"\n") == len(line) - 1


@given(PASSAGES)
def test_a_passage_read_from_its_line_is_equal(passage: Passage) -> None:
    line = passage_line(passage)
    assert passage_of(line, passage.document) == passage
    assert line.find(b"\n") == len(line) - 1


def test_the_strategies_set_every_field() -> None:
    """This fails if a field is added to a type but not to its line."""
    assert len(Document.__slots__) == 18
    assert len(Passage.__slots__) == 9
    assert len(Sentence.__slots__) == 6
    assert len(Source.__slots__) == 7
