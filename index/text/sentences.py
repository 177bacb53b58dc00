"""Sentence boundaries: sentencex, with corrections for the language of markets.

In doubt, two sentences are kept together rather than one sentence cut in half, because a quotation that is too
long is still true.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from index.text.language import ENGLISH, language
from index.types import LEAD_SEPARATOR

WINDOW_CHARS = 20_000
"""The length of text that is split at once: the time of sentencex grows with the square of its quotation marks."""

MAX_PARENT_WORDS = 12
"""The words of a list item that is repeated with each item below it."""

# Abbreviations after which the sentence always continues, although sentencex ends it.
_ABBREVIATION_END = re.compile(
    r"(?:^|[\s(\[\"'\u201c\u2018])(?:[Aa]pprox|ca|[Cc]f|[Ee]\.g|[Ee]st|[Ii]\.e|[Vv]iz|[Vv]s)\.$"  # "(approx."
    # "Mr." and "see Fig.", but not after a number: "5 Mt." is a unit
    r"|(?:^|(?<!\d)[\s(\[\"'\u201c\u2018])(?:Eqs?|Figs?|Ft|Mr|Mrs|Ms|Mt|Nos|Sects?|Vols?|Wash)\.$"
)
# The same in other languages: "Nr. 5", "5 Mio. Euro", "M. Dupont", "Sra. López".
_ABBREVIATION_END_IN = {
    "de": re.compile(r"\b(?:Abb|Abs|Art|bzgl|bzw|ca|[dD]\. ?h|Dr|etc|evtl|ggf|inkl|Kap|max|min|Mio|Mrd|Nr|Prof|rd|S|sog|St|Str"
                     r"|Tsd|u\. ?a|[vV]gl|[zZ]\. ?B"
                     r"|(?:[aiI]m|Am|de[mnr]|Der|[dD]ie|[dD]as|vom|zum|bis) \d{1,2})\.$"),  # "im 3. Quartal"
    "es": re.compile(r"\b(?:aprox|art|Cía|Dra?|EE|etc|mill|núm|pág|[pP]\. ?ej|Sra?|Sres|Srta)\.$"),
    "fr": re.compile(r"\b(?:art|av|c\.-à-d|chap|Dr|env|etc|MM?|Mlle|Mme|n°|[pP]\. ?ex|Pr|p)\.$"),
}  # fmt: skip
# The number of what follows.
_ENUMERATOR_END = re.compile(
    r"(?:^|[:;,]\s)\(?(?:\d{1,2}"  # "Sites: 1."
    r"|[a-h]"  # "(a)"
    r"|[ivx]{1,4})[.)]$"  # "; iv."
)
_CLOCK_END = re.compile(r"\d [ap]\.m\.$")  # "at 5 p.m."
_TIME_ZONE = re.compile(
    r"(?:[ECMP]?[SD]?T"  # "ET", "EST", "PDT"
    r"|GMT"  # "GMT"
    r"|UTC"  # "UTC"
    r"|BST"  # "BST"
    r"|CES?T)\b"  # "CET", "CEST"
)
# A word in lower case continues the sentence, unless it is a name.
_LOWER_CASE_NAME = re.compile(
    r"[a-z]{1,3}(?:[A-Z]"  # "xAI", "iPhone", "vLLM"
    r"|\d"  # "o3"
    r"|-[a-z])"  # "gpt-oss"
)
_CLOSERS = re.compile(r"[)\]\u201d\u2019\"']+(?=\s|$)")  # '."', ".)"
# The ends of sentences that sentencex does not find.
_MISSED_END = re.compile(
    r"\u2026[)\]\u201d\"']*\s+(?=[A-Z\d$\u201c\"(])"  # "Sales fell… Then they rose."
    r"|[.!?\u2026][)\]]\s+(?=[A-Z\d$\u201c\"(])"  # "(Sales fell.) They then rose."
)
_BRACKETS = {"(": ")", "[": "]"}


def split(text: str) -> tuple[tuple[int, int], ...]:
    """Return the sentences of one line of text as spans, in order; together they have all words of the text.

    >>> text = "Up $30B (from $9B). U.S. vs. E.U., e.g. No. 1. xAI fell."
    >>> [text[start:end] for start, end in split(text)]
    ['Up $30B (from $9B).', 'U.S. vs. E.U., e.g. No. 1.', 'xAI fell.']
    """
    spans: list[tuple[int, int]] = []
    written_in = language(text) or ENGLISH
    for start, end in _trimmed_spans(text, _with_missed(text, _boundaries(text, written_in))):
        if spans and _continues(text[spans[-1][0] : spans[-1][1]], text[start:end], written_in):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)


def lead_in(text: str) -> str:
    """Return the last sentence of a paragraph if it ends with a colon, and so leads into a list; else "".

    >>> lead_in("Costs fall. Three things matter:")
    'Three things matter:'
    """
    if not text.endswith((":", "\N{FULLWIDTH COLON}")):
        return ""
    start, end = split(text)[-1]
    return text[start:end]


def list_lead(leads: Sequence[str], before: str) -> str:
    """Return the lead of a list's items: the sentence that leads into the list, or the items above it.

    An item of more than `MAX_PARENT_WORDS` words is not repeated with the items below it.

    Args:
        leads: The leads of the lists that are open, the innermost last.
        before: The paragraph or the item directly before the list; empty if there is none.

    >>> list_lead([], "Three things matter:"), list_lead([""], "Hardware"), list_lead(["Hardware ›"], "Racks")
    ('Three things matter:', 'Hardware ›', 'Hardware › Racks ›')
    """
    above = leads[-1] if leads else ""
    if introduction := lead_in(before):
        return introduction
    if leads and before and len(before.split()) <= MAX_PARENT_WORDS:
        return f"{above} {before} {LEAD_SEPARATOR}".lstrip()
    return above


def _boundaries(text: str, language: str) -> list[int]:
    """Return the offsets at which sentencex begins a sentence by the rules of a language, and the end of the text."""
    from sentencex import segment

    found = [0]
    at = 0
    while at < len(text):
        window = text[at : at + WINDOW_CHARS]
        if at + WINDOW_CHARS < len(text):
            cut = window.rfind(". ") + 2 if ". " in window else window.rfind(" ") + 1
            window = window[: cut or WINDOW_CHARS]
        for piece in segment(language, window):
            at += len(piece)
            found.append(at)
    return found


def _with_missed(text: str, boundaries: list[int]) -> list[int]:
    """Return the boundaries and those that sentencex missed."""
    found = boundaries[:1]
    for end in boundaries[1:]:
        for match in _MISSED_END.finditer(text, found[-1], end):
            start = found[-1]
            opener = text[start : start + 1]
            in_brackets = _BRACKETS.get(opener) == text[match.start() + 1]
            if match.end() < end and (match[0][0] == "\u2026" or in_brackets):
                found.append(match.end())
        found.append(end)
    return found


def _trimmed_spans(text: str, boundaries: list[int]) -> list[tuple[int, int]]:
    """Return the spans between boundaries without white space; closing quotes and brackets end the sentence before."""
    spans: list[tuple[int, int]] = []
    for at, end in pairwise(boundaries):
        start = at
        closer = _CLOSERS.match(text, start, end)
        if closer and spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], closer.end())
            start = closer.end()
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            start += len(piece) - len(piece.lstrip())
            spans.append((start, start + len(stripped)))
    return spans


def _continues(sentence: str, following: str, language: str) -> bool:
    """Return whether the following text belongs to the same sentence."""
    abbreviation = _ABBREVIATION_END_IN.get(language)
    if abbreviation and abbreviation.search(sentence):
        return True
    if _ABBREVIATION_END.search(sentence) or _ENUMERATOR_END.search(sentence):
        return True
    if _CLOCK_END.search(sentence) and _TIME_ZONE.match(following):
        return True
    return sentence.endswith(".") and following[0].islower() and not _LOWER_CASE_NAME.match(following)
