"""The tokenizer for lexical search: a text becomes tokens, words and terms.

Tokens are spelled as in the text, words are tokens in lower case, and terms are stemmed words. Stop words are
dropped from all three.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_FUNCTION_WORDS = """
a about above after again against all also am an and any are aren't as at be because been before
being below between both but by can can't cannot could couldn't did didn't do does doesn't doing
don't down during each few for from further had hadn't has hasn't have haven't having he her here
hers herself him himself his i if in into is isn't it its itself just let's me more most my myself
no nor not of off on once only or other ought our ours ourselves out over own same shan't she should
shouldn't so some such than that the their theirs them themselves then there these they this those
through to too under until up us very was wasn't we were weren't will with won't would wouldn't you
your yours yourself yourselves
"""
_QUESTION_WORDS = """
what what's which who who's whom whose when where why how much many
eg ie please pls tell explain describe thanks hello hi hey afaik asap btw fyi iirc imho lol tldr
"""
_WITHOUT_APOSTROPHE = """
whats whos wheres hows thats theres heres theyd theyre theyve youre youve im ive id isnt arent wasnt werent
doesnt didnt dont havent hasnt hadnt cant couldnt wont wouldnt shouldnt
"""
STOP_WORDS = frozenset((_FUNCTION_WORDS + _QUESTION_WORDS + _WITHOUT_APOSTROPHE).split())
"""Words that carry no topic: function words, words of asking and greeting, and their spellings without
apostrophe."""

_ACRONYMS = frozenset({"US", "IT", "WHO"})
"""Acronyms that are stop words in lower case. They keep their capitals."""

_UNITS = {
    "b": "billion",
    "bn": "billion",
    "m": "million",
    "mn": "million",
    "t": "trillion",
    "tn": "trillion",
} | {
    "%": "percent",
    "e": "estimate",  # 2027E
}
"""Suffixes of numbers and the words for them: "30B" has the same terms as "30 billion"."""

_SPACED_UNITS = "k|x|nm|mm|w|kw|mw|gw|tw|kwh|mwh|gwh|twh|kb|mb|gb|tb|pb|hz|mhz|ghz|flops|tflops|pflops"
"""Units that authors write with or without a space: "3nm" has the same terms as "3 nm"."""

_TOKEN = re.compile(
    r"((?:[^\W\d_]\.)+[^\W\d_](?![^\W_]))"  # initials: U.S
    r"|(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*)"  # a number: 1,250.5 or 5.5
    rf"({'|'.join(_UNITS)}|{_SPACED_UNITS})?(?![^\W_])"  # ... and its unit: bn
    r"|([^\W_]+(?:\.\d+)*(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)?)",  # a word: v2.1, 4o, Anthropic's
    re.IGNORECASE,
)
_SNAKE_CASE = re.compile(r"[^\W_]+(?:_+[^\W_]+)+")  # "max_queue", a token beside "max" and "queue"
_PLURAL_ACRONYM = re.compile(
    r"[A-Z]{2,}s"  # GPUs
    r"|[bcdfghjklmnpqrstvwxz]{2,}[aeiou]?s"  # gpus: Snowball keeps the "s" if no vowel precedes it
)

_DIACRITICS = re.compile(
    "[\N{COMBINING GRAVE ACCENT}-\N{COMBINING LATIN SMALL LETTER X}"  # accents
    "\N{ARABIC TATWEEL}\N{ARABIC FATHATAN}-\N{ARABIC SUKUN}\N{ARABIC LETTER SUPERSCRIPT ALEF}]"  # vowels and lengthening
)
_HAN_OR_KANA = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HANGUL = r"\uac00-\ud7af"
_RUN = re.compile(
    rf"([{_HAN_OR_KANA}]+"  # Chinese and Japanese: "月產能"
    rf"|[{_HANGUL}]+)"  # Korean, whose particles are written behind the words
    rf"|[^{_HAN_OR_KANA}{_HANGUL}]+"  # the rest of a token: "HBM"
)
"""The runs of a token in scripts without spaces between words, and the runs between them."""
_ELISION = re.compile(
    r"(?:[cdjlmnst]|qu|dell|all|nell|sull|dall|un)'(?=\w)", re.IGNORECASE
)  # "l'usine", "dell'anno"
_ELIDING = frozenset({"fr", "it"})

_ACCENTED = frozenset({"de", "es", "fr", "it", "pt"})
"""Languages whose stemmers read accents: "dirigée" has the stem of "dirige", and "dirigee" has not."""

_SNOWBALL = {
    "ar": "arabic", "de": "german", "es": "spanish", "fr": "french", "it": "italian", "nl": "dutch", "pt": "portuguese",
    "ru": "russian",
}  # fmt: skip
"""Snowball's stemmer for each language; texts of other languages are stemmed as English, which changes few of their words."""

_thread_local = threading.local()
"""The stemmers of each thread: a PyStemmer object must not be shared between threads."""


def terms(text: str, language: str = "en") -> list[str]:
    """Return the terms of a text in order: words in lower case, without stop words, stemmed (Snowball).

    A hyphenated word gives one term per part, and `snake_case` gives its parts and itself. A number loses its commas and is split from the unit behind it. Chinese,
    Japanese and Korean, which have no spaces between words or write particles behind them, give each pair of neighbouring
    letters as a term.

    >>> terms("What is Anthropic's run-rate revenue in 2026?")
    ['anthrop', 'run', 'rate', 'revenu', '2026']
    >>> terms("$30B+ (up from $9 billion), 1,250.5 GW")
    ['30', 'billion', '9', 'billion', '1250.5', 'gw']
    >>> terms("40% of U.S. GPUs run GPT-5.5 or GPT-4o")
    ['40', 'percent', 'US', 'gpu', 'run', 'gpt', '5.5', 'gpt', '4o']
    >>> terms("Wie hoch sind die Verluste?", "de"), terms("le prix de l'usine", "fr"), terms("月產能", "zh")
    (['hoch', 'verlust'], ['prix', 'usin'], ['月產', '產能'])
    """
    return stem(words(text, language), language)


def words(text: str, language: str = "en") -> list[str]:
    """Return the words of a text in order: its terms before stemming.

    >>> words("What is Anthropic's run-rate revenue in 2026?")
    ["anthropic's", 'run', 'rate', 'revenue', '2026']
    """
    return [fold_case(token) for token in tokens(text, language)]


def fold_case(token: str) -> str:
    """Return a token in lower case, unless it is an acronym that would become a stop word.

    >>> fold_case("Chips"), fold_case("US")
    ('chips', 'US')
    """
    return token if token in _ACRONYMS else token.lower()


def tokens(text: str, language: str = "en") -> list[str]:
    """Return the tokens of a text in order: its words with the capitals that the text gives them.

    >>> tokens("What is Anthropic's run-rate revenue in 2026?")
    ["Anthropic's", 'run', 'rate', 'revenue', '2026']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text) if language in _ACCENTED else _without_accents(text)
    if text.isupper() and text.count(" ") > 2:  # in a text without lower case, capitals mark no acronyms
        text = text.lower()
    stop_words = _stop_words(language)
    found: list[str] = []
    for initials, number, unit, word in _TOKEN.findall(text):
        if number:
            found.append(number.replace(",", ""))
            if unit:
                found.append(_UNITS.get(unit.lower(), unit.lower()))
            continue
        token = word or initials.replace(".", "").upper()
        if _PLURAL_ACRONYM.fullmatch(token) and (language == "en" or token[:-1].isupper()):
            token = token[:-1]
        token = token.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        if language in _ELIDING:
            token = _ELISION.sub("", token, count=1)
        if _without_accents(fold_case(token)) not in stop_words:
            found += [token] if token.isascii() else _pairs(token)
    return found + _SNAKE_CASE.findall(text) if "_" in text else found


def _without_accents(text: str) -> str:
    """Return a text in its compatible form without accents, Arabic vowel signs and Arabic lengthening.

    >>> _without_accents("dirigée"), _without_accents("ＦＹ26")
    ('dirigee', 'FY26')
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _DIACRITICS.sub("", unicodedata.normalize("NFKD", text)))


def _pairs(token: str) -> list[str]:
    """Return a token with each run of letters of an unspaced script as the pairs of its neighbouring letters.

    >>> _pairs("HBM月產能"), _pairs("電"), _pairs("préis")
    (['HBM', '月產', '產能'], ['電'], ['préis'])
    """
    found: list[str] = []
    for match in _RUN.finditer(token):
        run, unspaced = match.group(), match[1]
        found += [run[i : i + 2] for i in range(max(len(run) - 1, 1))] if unspaced else [run]
    return found


def _stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language; the English stop words for a language without a list."""
    if language == "en":
        return STOP_WORDS
    from index.text.stop_words import STOP_WORDS as OTHERS

    return OTHERS.get(language, STOP_WORDS)


def stem(words: Sequence[str], language: str = "en") -> list[str]:
    """Return the term of each word that `words` returned.

    >>> stem(["anthropic's", "billions", "2026"])
    ['anthrop', 'billion', '2026']
    """
    if language not in _ACCENTED:
        words = [_without_accents(word) for word in words]
    stemmed: list[str] = _stemmer(_SNOWBALL.get(language, "english")).stemWords(words)
    return [_without_accents(word) for word in stemmed] if language in _ACCENTED else stemmed


def _stemmer(algorithm: str) -> Any:
    """Return the current thread's stemmer for a language, by Snowball's name."""
    stemmer = getattr(_thread_local, algorithm, None)
    if stemmer is None:
        import Stemmer

        stemmer = Stemmer.Stemmer(algorithm)
        setattr(_thread_local, algorithm, stemmer)
    return stemmer
