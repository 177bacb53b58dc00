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
_PLURAL_ACRONYM = re.compile(
    r"[A-Z]{2,}s"  # GPUs
    r"|[bcdfghjklmnpqrstvwxz]{2,}[aeiou]?s"  # gpus: Snowball keeps the "s" if no vowel precedes it
)

_DIACRITICS = re.compile("[\N{COMBINING GRAVE ACCENT}-\N{COMBINING LATIN SMALL LETTER X}]")

_thread_local = threading.local()
"""The stemmer of each thread: a PyStemmer object must not be shared between threads."""


def terms(text: str) -> list[str]:
    """Return the terms of a text in order: words in lower case, without stop words, stemmed (Snowball English).

    A hyphenated word gives one term per part. A number loses its commas and is split from the unit behind it.

    >>> terms("What is Anthropic's run-rate revenue in 2026?")
    ['anthrop', 'run', 'rate', 'revenu', '2026']
    >>> terms("$30B+ (up from $9 billion), 1,250.5 GW")
    ['30', 'billion', '9', 'billion', '1250.5', 'gw']
    >>> terms("40% of U.S. GPUs run GPT-5.5 or GPT-4o")
    ['40', 'percent', 'US', 'gpu', 'run', 'gpt', '5.5', 'gpt', '4o']
    """
    return stem(words(text))


def words(text: str) -> list[str]:
    """Return the words of a text in order: its terms before stemming.

    >>> words("What is Anthropic's run-rate revenue in 2026?")
    ["anthropic's", 'run', 'rate', 'revenue', '2026']
    """
    return [fold_case(token) for token in tokens(text)]


def fold_case(token: str) -> str:
    """Return a token in lower case, unless it is an acronym that would become a stop word.

    >>> fold_case("Chips"), fold_case("US")
    ('chips', 'US')
    """
    return token if token in _ACRONYMS else token.lower()


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in order: its words with the capitals that the text gives them.

    >>> tokens("What is Anthropic's run-rate revenue in 2026?")
    ["Anthropic's", 'run', 'rate', 'revenue', '2026']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKC", _DIACRITICS.sub("", text))
    if text.isupper() and text.count(" ") > 2:  # in a text without lower case, capitals mark no acronyms
        text = text.lower()
    found: list[str] = []
    for initials, number, unit, word in _TOKEN.findall(text):
        if number:
            found.append(number.replace(",", ""))
            if unit:
                found.append(_UNITS.get(unit.lower(), unit.lower()))
            continue
        token = word or initials.replace(".", "").upper()
        if _PLURAL_ACRONYM.fullmatch(token):
            token = token[:-1]
        token = token.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        if fold_case(token) not in STOP_WORDS:
            found.append(token)
    return found


def stem(words: Sequence[str]) -> list[str]:
    """Return the term of each word that `words` returned.

    >>> stem(["anthropic's", "billions", "2026"])
    ['anthrop', 'billion', '2026']
    """
    stemmed: list[str] = _stemmer().stemWords(words)
    return stemmed


def _stemmer() -> Any:
    """Return the stemmer of the current thread."""
    stemmer = getattr(_thread_local, "stemmer", None)
    if stemmer is None:
        import Stemmer

        stemmer = _thread_local.stemmer = Stemmer.Stemmer("english")
    return stemmer
