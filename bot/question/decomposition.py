"""Query decomposition: entities side by side, and messages of several questions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.question.followup import follow

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.corpus.gazetteer import Gazetteer

MAX_PARTS = 3
"""Entities, or questions, that are looked up one by one; an answer has no room for a quotation on each of more."""

_JOIN = re.compile(  # ", ", " / ", " and ", " vs. ", " compared with "
    r"\s*(?:,|/|&|\b(?:and|or|vs|versus|against|compared (?:with|to))\b\.?)[\s,]*", re.IGNORECASE
)
_SENTENCE = re.compile(r"([^.?!…]+)(\??)")
_POSSESSIVE = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s?$")


def split_entities(text: str, gazetteer: Gazetteer) -> tuple[tuple[str, str], ...]:
    r"""Return the first entities that stand side by side in a question, each with the question about it alone.

    Empty if no two entities stand side by side, or more than `MAX_PARTS`.

    >>> from bot.corpus.gazetteer import Gazetteer
    >>> names = Gazetteer(entity=re.compile(r"\b(?:Oracle|Microsoft)(?:'s)?", re.I))
    >>> split_entities("How do Microsoft's and Oracle's backlogs compare?", names)
    (('Microsoft', "How do Microsoft's backlogs compare?"), ('Oracle', "How do Oracle's backlogs compare?"))
    >>> split_entities("What does Oracle rent to Microsoft?", names)
    ()
    """
    found = list(gazetteer.entity.finditer(text))
    for place in range(len(found) - 1):
        row = [found[place]]
        for match in found[place + 1 :]:
            if not _JOIN.fullmatch(text[row[-1].end() : match.start()]):
                break
            row.append(match)
        if len(row) > MAX_PARTS:
            break
        if len(row) > 1:
            before, behind = text[: row[0].start()], text[row[-1].end() :]
            return tuple((_POSSESSIVE.sub("", m.group()), f"{before}{m.group()}{behind}") for m in row)
    return ()


def split_questions(text: str, corpus: Corpus) -> tuple[str, ...]:
    """Return the two or three questions of a message, each made to stand alone; empty for any other number."""
    asked = [found.group().strip() for found in _SENTENCE.finditer(text) if found[2] and found[1].strip()]
    if not 1 < len(asked) <= MAX_PARTS:
        return ()
    for place in range(1, len(asked)):
        asked[place] = follow(asked[place], asked[place - 1], corpus)
    return tuple(asked)
