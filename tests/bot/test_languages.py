"""Questions and documents in other languages than English."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.answer.pipeline import answer
from bot.answer.policy import Policy
from bot.corpus.corpus import Corpus
from bot.corpus.languages import language_note
from bot.question.analysis import analyse
from bot.question.followup import follow
from bot.types import Abstention, Answer, Reply
from tests.bagofwords import BagOfWords
from tests.bot.library import corpus

TODAY = date(2026, 11, 30)

GERMAN = """---
title: Wasserwerk Aue
---
Das Wasserwerk Aue liefert im Jahr 18 Millionen Liter. Die Gebühren sind 2025 um 4 Prozent gestiegen. Der Eigentümer
heißt Auetal AG.
"""
FRENCH = """---
title: La scierie de Brume
---
La scierie de Brume produit 40 tonnes par jour. Elle est dirigée par Claire Nolet.
"""
CHINESE = """---
title: 海風發電廠
---
海風發電廠的年發電量為三億度。電廠位於北岸，由海風公司經營。
"""
ARABIC = """---
title: مصنع الورق
---
ينتج مصنع الورق 70 طنا في اليوم. يقع المصنع على النهر.
"""
ENGLISH = """---
title: Harrow paper mill
aliases: [HPM = Harrow paper mill]
---
The Harrow paper mill sells 90 tonnes of paper. Its owner is Pell Group. Services have divided the market.
"""


def library(folder: Path, *documents: str, encoder: str = "bag-of-words") -> Corpus:
    """A library of these documents."""
    texts = {f"{number}.md": text for number, text in enumerate(documents)}
    return corpus(folder, texts, BagOfWords(encoder))


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("Wie hoch ist der Umsatz von Nvidia?", "Also wie hoch ist er 2024 bei Intel?"),
        ("Wie hoch ist der Umsatz von Nvidia?", "Intel?"),
        ("Quel est le prix du papier ?", "et en 2024 ?"),
        ("¿Cuánto vende Nvidia?", "¿y en 2024?"),
        ("英伟达的毛利率是多少？", "2024?"),
    ],
)
def test_english_rules_for_follow_ups_leave_other_languages_alone(
    mixed: Corpus, before: str, question: str
) -> None:
    assert follow(question, before, mixed) == question


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A document in each of five languages."""
    return library(tmp_path_factory.mktemp("mixed"), GERMAN, FRENCH, CHINESE, ARABIC, ENGLISH)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """One English document."""
    return library(tmp_path_factory.mktemp("english"), ENGLISH)


def reply_of(corpus: Corpus, text: str, threshold: float = 0.0) -> Reply:
    """The reply to a question."""
    return answer(text, corpus, Policy(threshold=threshold), TODAY).reply


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        (
            "Wie stark sind die Gebühren im Wasserwerk Aue gestiegen?",
            "Gebühren sind 2025 um 4 Prozent gestiegen",
        ),
        ("Wem gehört das Wasserwerk, wie heißt der Eigentümer?", "Der Eigentümer heißt Auetal AG."),
        ("Qui dirige la scierie de Brume ?", "dirigée par Claire Nolet"),
        ("海風發電廠的年發電量是多少？", "海風發電廠的年發電量為三億度。"),
        ("كم طنا ينتج مصنع الورق؟", "ينتج مصنع الورق 70 طنا في اليوم."),
        ("Who is the owner of the Harrow paper mill?", "Its owner is Pell Group."),
    ],
)
def test_a_question_is_answered_from_documents_of_its_language(
    mixed: Corpus, question: str, quoted: str
) -> None:
    """The quotation is verbatim, in letters that are read from the right, too."""
    reply = reply_of(mixed, question)
    assert isinstance(reply, Answer)
    assert quoted in " ".join(quote.excerpt for quote in reply.quotes)


@pytest.mark.parametrize(
    "question",
    ["Wie heißt der Chef von Zorbex?", "Quel est le prix de Zorbex ?", "¿Cuánto gasta Zorbex en los datos?"],
)
def test_english_guards_do_not_read_other_languages(english: Corpus, question: str) -> None:
    """A capital letter, an unknown word or a word of denial is no reason to abstain in another language."""
    reply = reply_of(english, question, threshold=1.0)
    assert isinstance(reply, Abstention)
    assert reply.reason == "not covered"
    assert reply.notes == ("The library is in English.",)
    assert reply.nearest


def test_words_of_another_language_are_not_corrected(english: Corpus) -> None:
    """An English text with the same word has it corrected."""
    view = english.in_language("es")
    assert (
        analyse("¿Cuál es el pricio de los servicies?", view, TODAY).text
        == "¿Cuál es el pricio de los servicies?"
    )
    assert analyse("Who sells servicies?", english, TODAY).notes


def test_german_nouns_are_no_names(mixed: Corpus) -> None:
    """Names with digits or capitals inside, and names of the library, still are."""
    found = analyse(
        "Hat die Firma im Werk eine H100 oder xAI oder das Wasserwerk von Aue?",
        mixed.in_language("de"),
        TODAY,
    )
    assert found.names == ("H100", "xAI", "Wasserwerk", "Aue")
    assert found.answer_type == "other"
    assert not found.premise.is_asserted


def test_a_question_without_function_words_is_read_in_the_librarys_language(tmp_path: Path) -> None:
    """Keywords get the stems that the documents have."""
    german = library(tmp_path, GERMAN)
    assert german.languages == ("de",)
    assert german.language_of("Gebühr Wasserwerk") == "de"
    assert german.in_language("de").has_words("Gebühr")


def test_names_keep_their_english_stem_in_other_languages(english: Corpus) -> None:
    """ "Services" has another stem in French, but is found in the English text."""
    assert english.in_language("fr").has_words("Harrow services")


def test_a_remark_says_that_the_encoder_reads_english(tmp_path: Path) -> None:
    """A multilingual encoder, told by its name, needs no remark."""
    question = "Wie hoch sind die Gebühren?"
    weak = reply_of(library(tmp_path / "a", GERMAN), question)
    assert weak.notes == ("The encoder bag-of-words reads English; a search in German finds less.",)
    strong = library(tmp_path / "b", GERMAN, encoder="multilingual-e5-small")
    assert reply_of(strong, question).notes == ()


def test_an_english_question_to_a_german_library_gets_a_remark(tmp_path: Path) -> None:
    """The remark names the languages of the library, whether it answers or abstains."""
    german = library(tmp_path, GERMAN)
    for threshold in (0.0, 1.0):
        reply = reply_of(german, "What is the Wasserwerk Aue?", threshold)
        assert reply.notes == ("The library is in German.",)


def test_english_answers_get_no_remark(mixed: Corpus, english: Corpus) -> None:
    """The usual case stays as it is."""
    for asked in (mixed, english):
        assert reply_of(asked, "Who is the owner of the Harrow paper mill?").notes == ()


def test_all_languages_of_a_library_are_named(mixed: Corpus) -> None:
    """The most frequent first."""
    assert set(mixed.languages) == {"de", "fr", "zh", "ar", "en"}
    assert language_note(mixed.in_language("ru")).startswith("The library is in ")


def test_one_foreign_word_at_the_top_does_not_decide_the_language(tmp_path: Path) -> None:
    """The time zone ET is also a French word."""
    text = "Quarterly call\n\n## Opening\n\nJune 30, 5:00 p.m. ET\n\n## Remarks\n\nThe mill sold 90 tonnes of its paper, and that is more than it was.\n"
    assert library(tmp_path, text).languages == ("en",)
