"""The terms of a question in one language whose passages may be in another.

Names are the same in every language, but their stems are not: the English stem of "Anthropic" is "anthrop", the German stem is
"anthropic". So a word whose own stem is in no passage takes its English stem if a passage has that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.text.tokenizer import stem


def question_terms(words: Sequence[str], language: str, df: Callable[[str], int]) -> list[str]:
    """Return the term of each word of a question.

    Args:
        words: The words in lower case, without stop words.
        language: The ISO 639-1 code of the question's language.
        df: Returns the number of passages that have a term.

    >>> question_terms(["anthropic", "kosten"], "de", {"anthrop": 3, "kost": 1}.get)
    ['anthrop', 'kost']
    """
    own = stem(words, language)
    if language == "en":
        return own
    return [
        english if english != term and not df(term) and df(english) else term
        for term, english in zip(own, stem(words), strict=True)
    ]
