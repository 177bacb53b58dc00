"""The language of a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.text.language import NAMES, language
from index.text.stop_words import STOP_WORDS
from index.text.tokenizer import tokens

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("de", "Wie hoch war der Umsatz von Siemens Energy?"),
        ("de", "Wann öffnet das Werk in Dresden?"),
        ("de", "Nenne den Betreiber"),
        ("fr", "Quel est le prix de l'électricité à Lyon ?"),
        ("fr", "Qui dirige l'usine ?"),
        ("es", "¿Cuánto cuesta la energía en España?"),
        ("es", "quien dirige la empresa"),
        ("it", "Quanto costa la centrale di Enel?"),
        ("pt", "Qual é a capacidade da usina e quem são os donos?"),
        ("nl", "Hoeveel machines heeft ASML verkocht?"),
        ("zh", "台積電的毛利率是多少？"),
        ("zh", "HBM的价格是多少？"),
        ("ja", "トヨタの売上はいくらですか？"),
        ("ko", "삼성전자의 매출은 얼마입니까?"),
        ("ar", "ما هي قدرة محطة الطاقة؟"),
        ("ru", "Сколько стоит энергия?"),
        ("en", "What is the die size of the chip?"),
        ("en", "how much does La Poste owe El Corte?"),
        ("en", "was HBM sold out in 2025?"),
        ("en", "Who owns 台積電 and Samsung?"),
    ],
)
def test_tells_the_language_of_a_question(code: str, text: str) -> None:
    """Scripts and function words decide; names in another language do not."""
    assert language(text) == code


@pytest.mark.parametrize(
    "text",
    ["Nvidia gross margin 2026", "La Poste revenue", "von der Leyen speech", "Uber ai budget", "", "2026?"],
)
def test_words_without_evidence_are_of_no_language(text: str) -> None:
    """Keywords, names and numbers are the same in many languages."""
    assert language(text) == ""


def test_english_questions_are_never_taken_for_another_language() -> None:
    """The questions that people are expected to ask about the library, thousands of them."""
    questions = [
        line.lstrip("- ").strip("\"' \n")
        for file in sorted((ROOT / "content").rglob("*.questions.yaml"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.lstrip().startswith("- ")
    ]
    assert len(questions) > 500
    assert {question for question in questions if language(question) not in {"en", ""}} == set()


@pytest.mark.parametrize("code", sorted(STOP_WORDS))
def test_stop_words_are_spelled_as_the_tokenizer_compares_them(code: str) -> None:
    """A list entry with a diacritic that the tokenizer removes would never match."""
    spelled = {word for word in STOP_WORDS[code] if tokens(word, code) != []}
    assert code in NAMES
    assert spelled == set()
