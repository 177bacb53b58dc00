"""Words that look like names."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.text.numbers import CACHED_TEXTS

_NAME = re.compile(
    r"(?<![\w])(?:"
    r"[A-Z][\w&.-]*[\w]|[A-Z]"  # a capital first: "Nvidia", "AT&T", "X"
    r"|[a-z]+[A-Z]\w*"  # a capital inside: "xAI"
    r"|[A-Za-z]\w*\d\w*|\d\w*[A-Za-z]\w*"  # letters and digits: "v7", "3nm"
    r")"
)


@lru_cache(CACHED_TEXTS)
def names(text: str) -> tuple[str, ...]:
    """Return the words of a text that look like names, each once, in order.

    The first word counts only if its form shows that it is a name, since every sentence begins with a capital.

    >>> names("Does Google's TPU v7 beat the H100?")
    ('Google', 'TPU', 'v7', 'H100')
    """
    first = re.match(r"\W*(\w+)", text)
    start = first.start(1) if first else -1
    found = []
    for match in _NAME.finditer(text):
        word = match.group()
        is_plain = word.isalpha() and not any(c.isupper() for c in word[1:])
        if (match.start() == start and is_plain) or word == "I":
            continue
        found.append(word)
    return tuple(dict.fromkeys(found))
