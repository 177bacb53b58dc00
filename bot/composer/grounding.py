"""Grounding: what a composed sentence may say, given the quotations that it cites.

Model output is never trusted: quotations and questions may carry instructions that a model follows. A sentence is shown only
if it has none of these faults:

    markers     cites no quotation, or a quotation that the answer lacks
    markup      has a link, mention, Markdown, a hidden or foreign character, or quoted words that the quotations lack
    numbers     has a quantity or a unit that the quotations lack
    names       has a name that the quotations lack, or a quantity that no quotation states of the name in front of it
    words       has more than a quarter of other words that the quotations lack, or "you" and "we" where they have neither
    direction   asserts a rise, a fall or a denial that the quotations lack, or drops a denial that each of them makes
    length      is too long, or has no words

The rules compare words, not meaning: they cannot detect an invented cause between two things that are both quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.text.lexicon import CALENDAR_WORDS, Pole, negations, poles_by_word
from bot.text.quantities import Quantity, normal, quantities
from index.text.sentences import split
from index.text.tokenizer import terms

Reason = Literal["markers", "markup", "numbers", "names", "words", "direction", "length"]

MIN_TERM_SHARE = 3 / 4
"""The smallest share of a sentence's terms that its quotations must have."""

_MOVEMENT_AXES = frozenset(["direction", "order", "amount", "level"])
"""Axes whose words may stand for each other: "rose to", "is higher than", "is above"."""

_PUNCTUATION = frozenset(" .,;:!?'\"()-%$€£¥&/+\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}\N{NO-BREAK SPACE}")
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_ADDRESS = re.compile(
    r"://"  # "https://example.org"
    r"|\b(?:https?|ftp|mailto|discord|tel|data|javascript):"  # "mailto:a@b"
    r"|[^\W_]\.[^\W\d_]{2,}",  # "example.org"
    re.IGNORECASE,
)
_LIST_ITEM = re.compile(r"[-+*>#]\s|\d+[.)]\s")  # "- item", "2. item"
_TOKEN = re.compile(r"[^\W_](?:[\w.&-]*[^\W_])?(?:'s|')?")  # "AT&T", "U.S", "Nvidia's"
_QUOTED = re.compile(r'"([^"]*)"')
_POSSESSIVE = re.compile(r"'s?$")
_PERSONS = frozenset(["i", "me", "my", "mine", "we", "us", "our", "ours", "you", "your", "yours"])
_OPENING_WORDS = """
a about according additionally after all also although among an and another as at based because before besides both but
by despite during each either even finally for from further furthermore given he her here his however if in instead into
it its later like meanwhile moreover most much nearly of on only or other others over overall per rather several she
similarly since so some such than that the their them then there these they this those though through thus to together
under unlike until up when where whereas which while who whose with within without yet
"""
_OPENERS = frozenset(_OPENING_WORDS.split())
"""Words that begin a sentence with a capital and name nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The reason why a sentence is not shown."""

    reason: Reason
    detail: str
    """The text at fault, as the model wrote it; shown by `--explain` only."""


def find_fault(text: str, quotations: Sequence[str], names: frozenset[str] = frozenset()) -> Fault | None:
    """Return the first fault of a sentence without markers, or None.

    Args:
        text: The sentence.
        quotations: The quotations that the sentence cites.
        names: Words of names, in lower case, that count as names even without a capital.

    >>> quotations = ["Nvidia's revenue rose to $30B in Q1 2026.", "AMD sells the MI400."]
    >>> find_fault("Revenue of Nvidia rose to $30 billion.", quotations)
    >>> find_fault("Revenue of Nvidia rose to $31 billion.", quotations)
    Fault(reason='numbers', detail='$31 billion')
    >>> find_fault("Revenue of AMD rose to $30 billion.", quotations)
    Fault(reason='names', detail='$30 billion of AMD')
    """
    folded_quotations = [folded(quotation) for quotation in quotations]
    sentence = folded(text)
    return (
        _character_fault(text, quotations)
        or _markup_fault(sentence, folded_quotations)
        or _number_fault(sentence, folded_quotations)
        or _name_fault(sentence, folded_quotations, names)
        or _word_fault(sentence, folded_quotations)
        or _direction_fault(sentence, folded_quotations)
    )


def folded(text: str) -> str:
    """Return the lines of a text with one form for each figure, quotation mark and white space."""
    return "\n".join(" ".join(normal(line).translate(_STRAIGHT).split()) for line in text.split("\n"))


def _occurs(words: str, quotations: Iterable[str]) -> bool:
    """Return whether words occur in one of the quotations, in any case."""
    pattern = re.compile(rf"(?<!\w){re.escape(folded(words))}(?!\w)", re.IGNORECASE)
    return any(pattern.search(quotation) for quotation in quotations)


def _character_fault(text: str, quotations: Sequence[str]) -> Fault | None:
    for char in text:
        is_usual = (
            (char.isalpha() and unicodedata.name(char, "").startswith("LATIN"))
            or char in _PUNCTUATION
            or char.translate(_STRAIGHT) in "'\""
            or (char.isascii() and char.isdigit())
        )
        if not is_usual and not any(char in quotation for quotation in quotations):
            return Fault("markup", f"U+{ord(char):04X}")
    return None


def _markup_fault(text: str, quotations: Sequence[str]) -> Fault | None:
    if _LIST_ITEM.match(text):
        return Fault("markup", text[:10])
    for match in _ADDRESS.finditer(text):
        around = next(word for word in re.finditer(r"\S+", text) if word.end() >= match.end())
        address = around.group().strip(".,;:!?()\"'")
        if "://" in address or not _occurs(address, quotations):
            return Fault("markup", address[:40])
    for match in _QUOTED.finditer(text):
        if not any(folded(match[1]).casefold() in quotation.casefold() for quotation in quotations):
            return Fault("markup", match.group()[:80])
    return None


def _number_fault(text: str, quotations: Sequence[str]) -> Fault | None:
    known = {quantity.measure for quotation in quotations for quantity in quantities(quotation)}
    found = quantities(text)
    for quantity in found:
        if quantity.measure not in known:
            return Fault("numbers", _as_written(text, quantity))
    for token in _TOKEN.finditer(text):
        digits = [at for at in range(token.start(), token.end()) if text[at].isdigit()]
        is_read = all(any(q.start <= at < q.end for q in found) for at in digits)
        is_mixed = any(char.isalpha() for char in token.group()) and not _is_quantity(token.group())
        if digits and (not is_read or is_mixed) and not _occurs(token.group(), quotations):
            return Fault("numbers", token.group())
    return None


def _as_written(text: str, quantity: Quantity) -> str:
    """Return a quantity as the text has it, with the currency sign in front of it."""
    start = quantity.start - (text[quantity.start - 1 : quantity.start] in tuple("$€£¥"))
    return text[start : quantity.end].strip()


def _is_quantity(token: str) -> bool:
    """Return whether a word of digits and letters is one quantity and no name.

    >>> _is_quantity("30B"), _is_quantity("18-month"), _is_quantity("1e9"), _is_quantity("H100")
    (True, True, False, False)
    """
    found = quantities(token)
    return len(found) == 1 and found[0].start == 0 and found[0].end >= len(token.removesuffix("s"))


def _name_fault(text: str, quotations: Sequence[str], known: frozenset[str]) -> Fault | None:
    names = _names(text, quotations)
    for _, name in names:
        if not _occurs(name, quotations):
            return Fault("names", name)
    stems = {term for quotation in quotations for term in terms(quotation)}
    for match in _TOKEN.finditer(text):
        word = _POSSESSIVE.sub("", match.group())
        if word.lower() in known and not _occurs(word, quotations) and not set(terms(word)) <= stems:
            return Fault("names", word)
    for quantity in quantities(text):
        before = [name for start, name in names if start < quantity.start and not _is_date(name)]
        if before and not any(_states_of(before[-1], quantity, quotation) for quotation in quotations):
            return Fault("names", f"{_as_written(text, quantity)} of {before[-1]}")
    return None


def _names(text: str, quotations: Sequence[str]) -> list[tuple[int, str]]:
    """Return the names of a text, which are runs of capitalised words, each with the offset where it begins."""
    names: list[tuple[int, str]] = []
    end, is_closed = -2, True
    for place, match in enumerate(_TOKEN.finditer(text)):
        word = match.group()
        if not any(char.isupper() for char in word) or (place == 0 and _is_opener(word, quotations)):
            is_closed = True
            continue
        bare = _POSSESSIVE.sub("", word)
        if not is_closed and text[end : match.start()] == " ":
            names[-1] = (names[-1][0], f"{names[-1][1]} {bare}")
        else:
            names.append((match.start(), bare))
        end, is_closed = match.end(), bare != word
    return names


def _is_opener(word: str, quotations: Sequence[str]) -> bool:
    """Return whether a sentence's first word has a capital only because it is the first."""
    if any(char.isupper() for char in word[1:]):
        return False
    lowered = re.compile(rf"(?<!\w){re.escape(word.lower())}(?!\w)")
    return word.lower() in _OPENERS or any(lowered.search(quotation) for quotation in quotations)


def _states_of(name: str, quantity: Quantity, quotation: str) -> bool:
    """Return whether a quotation has the quantity in a sentence with the name, or in a sentence without names."""
    if not _occurs(name, [quotation]):
        return False
    for line in quotation.split("\n"):
        for start, end in split(line):
            sentence = line[start:end]
            if quantity.measure in {other.measure for other in quantities(sentence)}:
                has_names = any(not _is_date(other) for _, other in _names(sentence, [quotation]))
                if not has_names or _occurs(name, [sentence]):
                    return True
    return False


def _is_date(name: str) -> bool:
    """Return whether a run of capitalised words consists of months and weekdays."""
    return set(name.lower().split()) <= CALENDAR_WORDS


def _word_fault(text: str, quotations: Sequence[str]) -> Fault | None:
    for match in _TOKEN.finditer(text):
        if match.group().lower() in _PERSONS and not _occurs(match.group(), quotations):
            return Fault("words", match.group())
    own = set(terms(text))
    lacking = own - {term for quotation in quotations for term in terms(quotation)}
    if len(own) - len(lacking) < MIN_TERM_SHARE * len(own) or not own:
        return Fault("words", ", ".join(sorted(lacking)))
    return None


def _direction_fault(text: str, quotations: Sequence[str]) -> Fault | None:
    known = poles_by_word("g")
    own, cited = _plain_words(text), [_plain_words(quotation) for quotation in quotations]
    cited_poles = {pole for words in cited for word in words for pole in known.get(word, ())}
    unsupported = [
        word for word in own if (poles := known.get(word)) and not _are_supported(poles, cited_poles)
    ]
    if unsupported:
        return Fault("direction", ", ".join(sorted(unsupported)))
    denied = own & negations("g")
    denials = [words & negations("g") for words in cited]
    if denied and not any(denials):
        return Fault("direction", ", ".join(sorted(denied)))
    if not denied and all(denials):
        return Fault("direction", "not")
    return None


def _are_supported(poles: frozenset[Pole], cited: set[Pole]) -> bool:
    """Return whether the quotations have one of a word's poles; a movement axis is supported by any movement axis.

    >>> _are_supported(frozenset({("level", 0)}), {("direction", 0)})
    True
    >>> _are_supported(frozenset({("level", 0)}), {("direction", 1)}), _are_supported(frozenset({("price", 0)}), {("level", 0)})
    (False, False)
    """
    sides = {side for axis, side in cited if axis in _MOVEMENT_AXES}
    return any(pole in cited or (pole[0] in _MOVEMENT_AXES and pole[1] in sides) for pole in poles)


def _plain_words(text: str) -> set[str]:
    """Return the words of a text in lower case, with "not" for each "n't"."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    return {
        part for word in words for part in (("not",) if word.endswith("n't") else (word, word.split("'")[0]))
    }
