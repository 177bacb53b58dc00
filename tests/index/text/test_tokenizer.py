from __future__ import annotations

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.tokenizer import terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$30B", "30 billion"),
        ("$30bn", "$30 Billion"),
        ("1.5M users", "1.5 million users"),
        ("40%", "40 percent"),
        ("3.5GW", "3.5 GW"),
        ("3nm", "3 nm"),
        ("1,250,000", "1250000"),
        ("run-rate", "run rate"),
        ("GPT-5", "gpt 5"),
        ("GPUs", "gpu"),
        ("gpus", "GPU"),
        ("LLMs", "llm"),
        ("VCs", "VC"),
        ("Anthropic's", "Anthropic"),
        ("Anthropic\N{RIGHT SINGLE QUOTATION MARK}s", "Anthropic"),
        ("U.S. exports", "US exports"),
        ("A.I.", "AI"),
        ("Zürich", "zurich"),
        ("\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT SIX}", "26"),
        ("companies", "company"),
        ("2027E", "2027 estimates"),
        ("WHAT IS THE RUN RATE", "run rate"),
    ],
)
def test_two_spellings_of_the_same_thing_have_the_same_terms(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("US", "us"), ("IT spending", "it spending"), ("GPT-4", "GPT-4o"), ("3.5", "35"), ("H100", "H200")],
)
def test_acronyms_differ_from_pronouns_and_versions_from_each_other(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_a_question_of_stop_words_has_no_terms() -> None:
    assert terms("What is it that they do, and why?") == []


@given(st.text(max_size=200))
def test_terms_of_any_text_are_never_empty_and_always_the_same(text: str) -> None:
    found = terms(text)
    assert all(found)
    assert found == terms(text)


def test_threads_get_the_same_terms() -> None:
    text = "Margins of accelerator makers were rising across several quarters. " * 20
    expected = terms(text)
    found: list[list[str]] = []
    threads = [Thread(target=lambda: found.extend(terms(text) for _ in range(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 160


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Die Verluste der Häuser", "kein Verlust im Haus"),
        ("fr", "les centrales de l'usine", "une centrale, des usines"),
        ("es", "los centros eléctricos", "del centro eléctrico"),
        ("it", "l'impianto di Enel", "gli impianti dell'Enel"),
        ("ar", "المحطة", "مَحَطَّة"),
    ],
)
def test_word_forms_of_a_language_have_the_same_terms(language: str, one: str, other: str) -> None:
    """Stop words and elisions are left out, and endings, accents and vowel signs do not matter."""
    assert terms(one, language) == terms(other, language)


def test_unspaced_scripts_give_pairs_of_letters() -> None:
    """A question finds a word inside a sentence; names in Latin letters and numbers stay whole."""
    assert set(terms("月產能", "zh")) <= set(terms("台灣晶圓廠的月產能為12萬片", "zh"))
    assert terms("HBM3E的价格", "zh")[0] == "hbm3e"
    assert terms("삼성전자의", "ko")[:2] == ["삼성", "성전"]


def test_english_is_the_default() -> None:
    """A text of an unknown language is read as English."""
    assert terms("the prices of gas", "xx") == terms("the prices of gas")


def test_an_identifier_with_underscores_is_a_term_beside_its_parts() -> None:
    assert terms("Raise __max_queue, not `MAX_QUEUE`.") == [
        "rais",
        "max",
        "queue",
        "max",
        "queue",
        "max_queu",
        "max_queu",
    ]
