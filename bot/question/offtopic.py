"""What a message says beside its question: greetings, excuses, stories. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

NEAR = 0.33
"""The cosine of a sentence and the nearest passage from which it is about something in the library.

With the default encoder and three libraries: of 22 asides, such as "English is not my first language so please bear with
me.", two reached it in one library and none in the others; 97, 98 and 99 in 100 questions did. Where an encoder's
cosines are higher throughout, nothing is left out.
"""
MOST = 8
"""Sentences of a message that are looked at; a longer one is a text, and stays whole."""

_END = re.compile(r"(?<=[.?!…;:])\s+")


def without_asides(text: str, nearest: Callable[[str], float], counts: Callable[[str], bool]) -> str:
    """A message without its sentences that are about nothing in the library; whole where no sentence is about anything.

    `nearest` tells the cosine of a sentence and the passage nearest to it, and `counts` which sentences stay whatever they
    are near to. One with a number stays too, for it may be the year that is meant.

    >>> near = {"Sorry, I am new here.": 0.2, "What limits HBM?": 0.6, "Thanks!": 0.1, "As of 2026.": 0.3}
    >>> without_asides("Sorry, I am new here. What limits HBM? As of 2026. Thanks!", near.__getitem__, lambda _: False)
    'What limits HBM? As of 2026.'
    """
    sentences = _END.split(text.strip())
    if not 1 < len(sentences) <= MOST:
        return text
    certain = {sentence for sentence in sentences if re.search(r"\d", sentence) or counts(sentence)}
    if certain.issuperset(sentences):
        return text  # without the encoder, which takes longer than all the rest of a reply
    near = {sentence for sentence in sentences if sentence not in certain and nearest(sentence) >= NEAR}
    if not near and all(nearest(sentence) < NEAR for sentence in certain):
        return text
    return " ".join(sentence for sentence in sentences if sentence in certain or sentence in near)
