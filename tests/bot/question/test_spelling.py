"""Spelling correction."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.corpus.corpus import Corpus
from bot.question.spelling import correct
from tests.bagofwords import BagOfWords
from tests.bot.library import corpus

DOCUMENTS = {
    "n.md": "---\ntitle: Nvidia\naliases: [NVDA = Nvidia, Jensen Huang = Nvidia, CUDA]\n---\nNow the sales in 2026.\n",
    "s.md": "---\ntitle: Software\naliases: [NOW = ServiceNow, GM = gross margin, Q1 = first quarter, ARR = recurring revenue]\n"
    "---\nARR earns annualized revenue growth. A tier of services. Michael Divided.\n",
    "a.md": "---\ntitle: Anthropic\naliases: [Claude = Anthropic Claude]\n---\nThe data center.\n",
}


class Reader(BagOfWords):
    """An encoder that has some English words whole."""

    def is_word(self, text: str) -> bool:
        """Return whether the encoder has a word whole."""
        return text in {"what", "stuck", "fat", "with", "now"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Three documents with aliases."""
    return corpus(tmp_path_factory.mktemp("library"), DOCUMENTS, Reader())


@pytest.mark.parametrize(
    ("text", "meant", "notes"),
    [
        ("nvda sales", "Nvidia sales", ("read as: Nvidia (NVDA)",)),
        ("NVDA's sales", "Nvidia's sales", ("read as: Nvidia (NVDA)",)),
        ("what jensen huang earns", "what Nvidia earns", ("read as: Nvidia (Jensen Huang)",)),
        ("gm in q1 26", "gross margin in first quarter 2026", ("read as: gross margin (GM)", "read as: first quarter (Q1)")),
        ("arr growth", "recurring revenue growth", ("read as: recurring revenue (ARR)",)),
        ("revenue in FY26", "revenue in fiscal 2026", ()),
        ("Claude revenue", "Anthropic Claude revenue", ()),
        ("datacenter growth", "data center growth", ()),
        ("antropic growth", "Anthropic growth", ("read as: Anthropic",)),
        ("annualised revenue", "annualized revenue", ()),
        ("of Micheal", "of Michael", ("read as: Michael",)),
        ("nvdias datta", "Nvidia's data", ("read as: Nvidia", "read as: data")),
        ("gros margin of Anthropic", "gross margin of Anthropic", ("read as: gross margin",)),
    ],
)  # fmt: skip
def test_aliases_periods_compounds_and_typos_become_the_librarys_words(
    library: Corpus, text: str, meant: str, notes: tuple[str, ...]
) -> None:
    """A note says what was read as another name."""
    assert correct(text, library) == (meant, notes)


@pytest.mark.parametrize(
    "text",
    [
        "Nvidia data",
        "growth now",  # NOW is ServiceNow in capitals alone
        "Nvidia (NVDA) sales",
        "Zorblatt sales",
        "stuck with fatter sales",
        "AT&NVDA&T",
        "dividends and crevices",  # the library has "services", one edit away
        "Dividends",  # at the beginning, a capital does not make a name
        "what does salez_max do",  # parts of identifiers are no words
        "what does --servicez do in `datta centr`",
        "datta.growht and Antropic2",
    ],
)
def test_what_needs_no_correction_stays(library: Corpus, text: str) -> None:
    """Words of the library and of the language, names far from every other, and names that are there in full already."""
    assert correct(text, library) == (text, ())


def test_capitals_tell_a_ticker_from_a_word(library: Corpus) -> None:
    """A short form that is also a word counts only in capitals."""
    assert correct("NOW growth", library)[0] == "ServiceNow growth"


def test_a_role_or_a_term_of_finance_is_read_in_the_words_of_the_library(tmp_path: Path) -> None:
    """Only if the library lacks the abbreviation."""
    words = {"a.md": "Ann Lee is the finance chief. Capital spending rose. The COO left."}
    library = corpus(tmp_path, words, Reader())
    text, notes = correct("what did the CFO and the COO say about capex", library)
    assert text == "what did the finance chief and the COO say about capital spending"
    assert notes == ("read as: finance chief (CFO)", "read as: capital spending (capex)")


def test_a_typo_of_a_stop_word_is_left_alone(library: Corpus) -> None:
    """It does not become the content word "tier", which is as near."""
    assert correct("how fast is thier growth", library) == ("how fast is thier growth", ())


def test_the_vocabulary_is_read_only_for_a_typo(tmp_path: Path) -> None:
    """Reading every word of a large library would cost more than the question."""
    library = corpus(tmp_path, DOCUMENTS, Reader())
    assert correct("stuck with NVDA", library)[1]
    assert "_vocabulary" not in vars(library)
    correct("stuck with salez", library)
    assert "_vocabulary" in vars(library)


@given(st.text(max_size=80))
def test_any_text_is_read(library: Corpus, text: str) -> None:
    """A note is made for what is read as another name."""
    meant, notes = correct(text, library)
    assert meant == text or notes or len(meant) >= len(text) or "FY" in text.upper()


def test_an_endless_word_is_not_taken_apart(library: Corpus) -> None:
    """However long it is, its parts are not looked up."""
    text = "é" * 10_000
    assert correct(text, library) == (text, ())
