"""A question on several named things, and a message of several questions, taken apart: pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.answer.sentences import Candidate
from bot.corpus.gazetteer import Gazetteer

MOST = 3
"""Things, or questions, that are looked up one by one; of more no answer has a quotation for each."""

_JOINED = re.compile(
    r"\s*(?:,|/|&|\b(?:and|or|vs|versus|against|compared (?:with|to))\b\.?)[\s,]*", re.IGNORECASE
)
_ASKED = re.compile(r"([^.?!…]+)(\??)")
_POSSESSIVE = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s?$")


def parts(text: str, gazetteer: Gazetteer) -> tuple[tuple[str, str], ...]:
    r"""The first named things that stand side by side in a question, each with the question on it alone.

    Empty where no two do. A second clause ("..., and how fast does it grow?") is not taken apart: looked up on its
    own it found less on the gold questions than the whole question does.

    >>> names = Gazetteer(entity=re.compile(r"\b(?:Oracle|Microsoft)(?:'s)?", re.I))
    >>> parts("How do Microsoft's and Oracle's backlogs compare?", names)
    (('Microsoft', "How do Microsoft's backlogs compare?"), ('Oracle', "How do Oracle's backlogs compare?"))
    >>> parts("What does Oracle rent to Microsoft?", names)
    ()
    """
    found = list(gazetteer.entity.finditer(text))
    for place in range(len(found) - 1):
        row = [found[place]]
        for match in found[place + 1 :]:
            if not _JOINED.fullmatch(text[row[-1].end() : match.start()]):
                break
            row.append(match)
        if len(row) > MOST:
            break
        if len(row) > 1:
            before, behind = text[: row[0].start()], text[row[-1].end() :]
            return tuple((_POSSESSIVE.sub("", m.group()), f"{before}{m.group()}{behind}") for m in row)
    return ()


def questions(text: str, follow: Callable[[str, str], str]) -> tuple[str, ...]:
    """The questions of a message that asks two or three; empty otherwise.

    `follow` makes one and the one before it into one that stands alone.

    >>> questions("It grew, didn't it? And why? Thanks.", lambda question, before: question)
    ("It grew, didn't it?", 'And why?')
    """
    asked = [found.group().strip() for found in _ASKED.finditer(text) if found[2] and found[1].strip()]
    if not 1 < len(asked) <= MOST:
        return ()
    for place in range(1, len(asked)):
        asked[place] = follow(asked[place], asked[place - 1])
    return tuple(asked)


def names(candidate: Candidate, thing: str) -> bool:
    """Whether a sentence, its headings or its document's title name a thing."""
    return bool(
        re.search(rf"(?<!\w){re.escape(thing)}", f"{candidate.above} {candidate.text}", re.IGNORECASE)
    )
