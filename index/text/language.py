"""The language of a text, from its script and its function words.

Questions have few words, for which statistical detectors of letter sequences guess wrong often and load slowly. A question
almost always has function words ("wie", "quel", "cuánto"), and they cost one dictionary lookup each.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache, lru_cache

ENGLISH = "en"

NAMES = {
    "ar": "Arabic", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pt": "Portuguese", "ru": "Russian",
    "th": "Thai", "zh": "Chinese",
}  # fmt: skip
"""The languages that are told apart, by ISO 639-1 code. Other languages of the Latin script are undetermined."""

_SCRIPTS = {
    "ja": re.compile(
        r"[\u3040-\u30ff]"
    ),  # hiragana and katakana: before the Han characters that Japanese shares
    "zh": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"),
    "ko": re.compile(r"[\u1100-\u11ff\uac00-\ud7af]"),
    "ar": re.compile(r"[\u0620-\u064a\u0671-\u06d3]"),
    "he": re.compile(r"[\u05d0-\u05ea]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
"""The letters of each language that has a script of its own."""

_DENSE = frozenset({"ja", "zh", "ko", "th"})
"""Languages in which a letter says about as much as `_LETTERS_PER_DENSE_LETTER` Latin letters."""
_LETTERS_PER_DENSE_LETTER = 3
_MIN_KANA_SHARE = 0.1
"""A Han text with a smaller share of kana is Chinese with a Japanese name."""

_LATIN_WORD = re.compile(r"[^\W\d_]+")
_SPELLED = {
    "de": re.compile(r"[äöüß]", re.IGNORECASE),
    "es": re.compile(r"[ñ¿¡]", re.IGNORECASE),
    "fr": re.compile(
        r"[êœùç]|\b[ldnsjcm]['\u2019]|\bqu['\u2019]", re.IGNORECASE
    ),  # "être", "l'usine", "qu'elle"
    "pt": re.compile(r"[ãõ]|\w[ç]", re.IGNORECASE),
}
"""Spellings that speak for a language about as much as a function word; an English text may have them in names."""

MAX_CHARS = 4_000
"""Characters at the beginning of a text that decide on its language."""
MIN_MARGIN = 1.0
"""The score by which a language other than English must lead English: a lone "die" or "la" is not enough."""
MIN_SHARE = 0.15
"""The least score per word of a text in another language than English: an English text has foreign words in its names."""
_WORDS_IN_ENGLISH_TEXTS = """
ad ai con d de del der eu ge hat l man men n non op per plus pour s son uber van via von
"""
_IN_ENGLISH_TEXTS = frozenset(_WORDS_IN_ENGLISH_TEXTS.split())
"""Function words of other languages that English texts have as words, names or initials.

Like the words that a language shares with English, they only count beside other words of the language.
"""


@lru_cache(4096)
def language(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, or "" if the text does not show it.

    >>> language("Wie hoch ist der Umsatz von Nvidia?"), language("What is the revenue of Nvidia?"), language("Nvidia revenue")
    ('de', 'en', '')
    >>> language("英伟达的毛利率是多少？"), language("エヌビディアの売上はいくらですか？"), language("ما هي قدرة المحطة؟")
    ('zh', 'ja', 'ar')
    """
    text = text[:MAX_CHARS]
    if text.isascii():
        return _latin_language(text)
    return _script_language(text) or _latin_language(text)


def _script_language(text: str) -> str:
    """Return the language whose script most of the letters have, or "" if most letters are Latin."""
    counts = {name: len(script.findall(text)) for name, script in _SCRIPTS.items()}
    if counts["ja"] >= _MIN_KANA_SHARE * (counts["ja"] + counts["zh"]) and counts["ja"]:
        counts["ja"] += counts.pop("zh")
    else:
        counts["zh"] += counts.pop("ja")
    weights = {
        name: count * (_LETTERS_PER_DENSE_LETTER if name in _DENSE else 1) for name, count in counts.items()
    }
    best = max(weights, key=weights.__getitem__)
    latin = sum(c.isalpha() for c in text) - sum(counts.values())
    return best if weights[best] > latin else ""


def _latin_language(text: str) -> str:
    """Return the language that most function words of a text in Latin letters belong to, or ""."""
    scores: defaultdict[str, float] = defaultdict(float)
    beside: defaultdict[str, float] = defaultdict(float)
    lexicon = _languages_by_word()
    words = _LATIN_WORD.findall(text if text.isascii() else without_diacritics(text))
    for word in map(str.lower, words):
        weights = lexicon.get(word, {})
        is_evidence = ENGLISH not in weights and word not in _IN_ENGLISH_TEXTS
        for name, weight in weights.items():
            (scores if is_evidence or name == ENGLISH else beside)[name] += weight
    for name in [*scores]:
        scores[name] += beside[name]
    if not text.isascii() or "'" in text:
        for name, spelling in _SPELLED.items():
            scores[name] += min(len(spelling.findall(text)), 2) if scores[name] or name != "fr" else 0
    if not scores:
        return ""
    english = scores.pop(ENGLISH, 0.0)
    second, (score, best) = sorted(
        [(0.0, ""), (0.0, ""), *((score, name) for name, score in scores.items())]
    )[-2:]
    if score >= max(english + MIN_MARGIN, MIN_SHARE * len(words)) and score > second[0]:
        return best
    return ENGLISH if english > score else ""


@cache
def _languages_by_word() -> dict[str, dict[str, float]]:
    """Return the languages of each function word, with the weight of the word for each: a word of few languages weighs more."""
    from index.text.stop_words import STOP_WORDS
    from index.text.tokenizer import STOP_WORDS as ENGLISH_WORDS

    lists = {ENGLISH: ENGLISH_WORDS, **STOP_WORDS}
    counts = Counter(word for words in lists.values() for word in words)
    found: dict[str, dict[str, float]] = {}
    for name, words in lists.items():
        for word in words:
            found.setdefault(word, {})[name] = 1.0 if counts[word] == 1 else 0.5
    return found


def without_diacritics(text: str) -> str:
    """Return a text of Latin letters without their accents.

    >>> without_diacritics("für être señal")
    'fur etre senal'
    """
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
