"""What a composed sentence may say: only what the quotations that it cites bear. Pure.

What a language model writes is trusted in nothing: quotations may carry instructions that it follows, and a question
may, too. So a sentence is shown only where none of these faults is found:

    markers     it cites no quotation, or one that the answer does not have
    markup      a link, mention, markdown, hidden or foreign character, or words in quotation marks, that they do not have
    numbers     a quantity, or its unit, that they do not have
    names       a name that they do not have, or a quantity that stands in none of them with the name before it
    words       more than a quarter of other words that they do not have, or "you" and "we" where they say neither
    direction   it rises, falls or denies where they do not, or leaves out a denial that each of them makes
    length      it is too long, or has no words

These rules read words, not meaning: they cannot see a cause that was made up between two things that both are quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.text.quantities import Quantity, normal, quantities
from index.text.sentences import split
from index.text.tokenizer import terms

Reason = Literal["markers", "markup", "numbers", "names", "words", "direction", "length"]

SUPPORTED = 3 / 4
"""The least share of a sentence's terms that its quotations must have."""

_PLAIN = frozenset(" .,;:!?'\"()-%$€£¥&/+\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}\N{NO-BREAK SPACE}")
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_ADDRESS = re.compile(
    r"://|\b(?:https?|ftp|mailto|discord|tel|data|javascript):|[^\W_]\.[^\W\d_]{2,}", re.IGNORECASE
)
_LIST = re.compile(r"[-+*>#]\s|\d+[.)]\s")
_TOKEN = re.compile(r"[^\W_](?:[\w.&-]*[^\W_])?(?:'s|')?")
_QUOTED = re.compile(r'"([^"]*)"')
_PERSONS = """i me my mine we us our ours you your yours"""
_OPENERS = """
a about according additionally after all also although among an and another as at based because before besides both but by
despite during each either even finally for from further furthermore given he her here his however if in instead into it
its later like meanwhile moreover most much nearly of on only or other others over overall per rather several she similarly
since so some such than that the their them then there these they this those though through thus to together under unlike
until up when where whereas which while who whose with within without yet
"""
"""How a sentence may begin that names nothing."""
_CALENDAR = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
"""
_UP = """
rise rises rose risen rising grow grows grew grown growing growth increase increases increased increasing climb climbs
climbed climbing gain gains gained gaining surge surges surged surging jump jumps jumped jumping soar soars soared soaring
rally rallied boom booms boomed booming rocketed skyrocketed up upward higher highest more most expand expands expanded
expanding accelerate accelerates accelerated accelerating exceed exceeds exceeded exceeding beat beats above over improve
improves improved improving raise raises raised raising strengthen strengthens strengthened strong stronger
"""
_DOWN = """
fall falls fell fallen falling drop drops dropped dropping decline declines declined declining decrease decreases decreased
decreasing shrink shrinks shrank shrunk shrinking collapse collapses collapsed collapsing plunge plunges plunged plunging
plummet plummeted tumble tumbled slump slumped sink sinks sank sunk crash crashed down downward lower lowest less fewer
contracted contracting slow slows slowed slowing slower lose loses lost losing loss losses miss misses missed missing below
under least worsen worsens worsened weaken weakens weakened weak weaker cut cuts cutting reduce reduces reduced reducing
"""
_DENIED = """not no never nor neither none nothing without cannot hardly fail fails failed unlikely stop stops stopped"""
_DIRECTIONS = tuple(frozenset(words.split()) for words in (_UP, _DOWN, _DENIED))
_DENIALS = 2
_PERSON, _OPENER, _DATED = (frozenset(words.split()) for words in (_PERSONS, _OPENERS, _CALENDAR))


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a sentence is not shown."""

    reason: Reason
    detail: str
    """What it lacks, as the model wrote it; for `--explain` alone."""


def fault(text: str, spans: Sequence[str], names: frozenset[str] = frozenset()) -> Fault | None:
    """The first thing that a sentence without markers says and the quotations that it cites do not.

    `names` are words of names, in lower case, that count as names without their capitals, too.

    >>> spans = ["Nvidia's revenue rose to $30B in Q1 2026.", "AMD sells the MI400."]
    >>> fault("Revenue of Nvidia rose to $30 billion.", spans)
    >>> fault("Revenue of Nvidia rose to $31 billion.", spans)
    Fault(reason='numbers', detail='$31 billion')
    >>> fault("Revenue of AMD rose to $30 billion.", spans)
    Fault(reason='names', detail='$30 billion of AMD')
    """
    theirs = [folded(span) for span in spans]
    told = folded(text)
    return (
        _characters(text, spans)
        or _markup(told, theirs)
        or _numbers(told, theirs)
        or _names(told, theirs, names)
        or _words(told, theirs)
        or _directions(told, theirs)
    )


def folded(text: str) -> str:
    """The lines of a text with one form for each figure, quotation mark and white space."""
    return "\n".join(" ".join(normal(line).translate(_STRAIGHT).split()) for line in text.split("\n"))


def _stands(words: str, spans: Iterable[str]) -> bool:
    """Whether words stand in one of the spans as they are, but for capitals."""
    pattern = re.compile(rf"(?<!\w){re.escape(folded(words))}(?!\w)", re.IGNORECASE)
    return any(pattern.search(span) for span in spans)


def _characters(text: str, spans: Sequence[str]) -> Fault | None:
    for char in text:
        latin = char.isalpha() and unicodedata.name(char, "").startswith("LATIN")
        usual = (
            latin
            or char in _PLAIN
            or char.translate(_STRAIGHT) in "'\""
            or (char.isascii() and char.isdigit())
        )
        if not usual and not any(char in span for span in spans):
            return Fault("markup", f"U+{ord(char):04X}")
    return None


def _markup(text: str, spans: Sequence[str]) -> Fault | None:
    if _LIST.match(text):
        return Fault("markup", text[:10])
    for match in _ADDRESS.finditer(text):
        word = (
            next(w for w in re.finditer(r"\S+", text) if w.end() >= match.end()).group().strip(".,;:!?()\"'")
        )
        if "://" in word or not _stands(word, spans):
            return Fault("markup", word[:40])
    for match in _QUOTED.finditer(text):
        if not any(folded(match[1]).casefold() in span.casefold() for span in spans):
            return Fault("markup", match.group()[:80])
    return None


def _numbers(text: str, spans: Sequence[str]) -> Fault | None:
    known = {quantity.measure for span in spans for quantity in quantities(span)}
    found = quantities(text)
    for quantity in found:
        if quantity.measure not in known:
            return Fault("numbers", _shown(text, quantity))
    for token in _TOKEN.finditer(text):
        digits = [at for at in range(token.start(), token.end()) if text[at].isdigit()]
        covered = all(any(q.start <= at < q.end for q in found) for at in digits)
        mixed = any(char.isalpha() for char in token.group()) and not _is_measured(token.group())
        if digits and (not covered or mixed) and not _stands(token.group(), spans):
            return Fault("numbers", token.group())
    return None


def _shown(text: str, quantity: Quantity) -> str:
    start = quantity.start - (text[quantity.start - 1 : quantity.start] in tuple("$€£¥"))
    return text[start : quantity.end].strip()


def _is_measured(token: str) -> bool:
    """Whether a word of digits and letters is one quantity: "30B", "3.5GW", "18-month".

    >>> _is_measured("30B"), _is_measured("18-month"), _is_measured("1e9"), _is_measured("H100")
    (True, True, False, False)
    """
    found = quantities(token)
    return len(found) == 1 and found[0].start == 0 and found[0].end >= len(token.removesuffix("s"))


def _runs(text: str, spans: Sequence[str]) -> list[tuple[int, str]]:
    """The names of a text and where they begin: runs of words with a capital."""
    runs: list[tuple[int, str]] = []
    end, closed = -2, True
    for place, match in enumerate(_TOKEN.finditer(text)):
        word = match.group()
        if not any(char.isupper() for char in word) or (place == 0 and _opens(word, spans)):
            closed = True
            continue
        bare = re.sub(r"'s?$", "", word)
        if not closed and text[end : match.start()] == " ":
            runs[-1] = (runs[-1][0], f"{runs[-1][1]} {bare}")
        else:
            runs.append((match.start(), bare))
        end, closed = match.end(), bare != word
    return runs


def _opens(word: str, spans: Sequence[str]) -> bool:
    """Whether a sentence's first word has its capital from its place alone."""
    if any(char.isupper() for char in word[1:]):
        return False
    return word.lower() in _OPENER or any(
        re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", span) for span in spans
    )


def _names(text: str, spans: Sequence[str], known: frozenset[str]) -> Fault | None:
    runs = _runs(text, spans)
    for _, run in runs:
        if not _stands(run, spans):
            return Fault("names", run)
    stems = {term for span in spans for term in terms(span)}
    for match in _TOKEN.finditer(text):
        word = re.sub(r"'s?$", "", match.group())
        if word.lower() in known and not _stands(word, spans) and not set(terms(word)) <= stems:
            return Fault("names", word)
    subjects = [(at, run) for at, run in runs if not _is_dated(run)]
    for quantity in quantities(text):
        before = [run for at, run in subjects if at < quantity.start]
        if before and not any(_together(before[-1], quantity, span) for span in spans):
            return Fault("names", f"{_shown(text, quantity)} of {before[-1]}")
    return None


def _together(name: str, quantity: Quantity, span: str) -> bool:
    """Whether a quotation has the quantity in a sentence with the name, or in one without names."""
    if not _stands(name, [span]):
        return False
    for line in span.split("\n"):
        for start, end in split(line):
            sentence = line[start:end]
            if quantity.measure in {q.measure for q in quantities(sentence)}:
                others = [run for _, run in _runs(sentence, [span]) if not _is_dated(run)]
                if not others or _stands(name, [sentence]):
                    return True
    return False


def _is_dated(run: str) -> bool:
    return set(run.lower().split()) <= _DATED


def _words(text: str, spans: Sequence[str]) -> Fault | None:
    for match in _TOKEN.finditer(text):
        if match.group().lower() in _PERSON and not _stands(match.group(), spans):
            return Fault("words", match.group())
    own = set(terms(text))
    lacking = own - {term for span in spans for term in terms(span)}
    if len(own) - len(lacking) < SUPPORTED * len(own) or not own:
        return Fault("words", ", ".join(sorted(lacking)))
    return None


def _directions(text: str, spans: Sequence[str]) -> Fault | None:
    own = _plain_words(text)
    theirs = [_plain_words(span) for span in spans]
    for group, words in enumerate(_DIRECTIONS):
        said = own & words
        if said and not any(span & words for span in theirs):
            return Fault("direction", ", ".join(sorted(said)))
        if group == _DENIALS and not said and all(span & words for span in theirs):
            return Fault("direction", "not")
    return None


def _plain_words(text: str) -> set[str]:
    """The words of a text in lower case, with "not" for each "n't"."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    return {
        part for word in words for part in (("not",) if word.endswith("n't") else (word, word.split("'")[0]))
    }
