"""Versions of documents: copies, and the same document of several years.

Two documents are versions of each other if they have nearly the same words, and the same title or file name, years and "copy"
aside, or a passage with the same words. The newest version is told by the date of its facts, else by the date or the number in its path.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from bot.text.periods import Period, periods
from index.types import visible

if TYPE_CHECKING:
    from index.store.generation import Generation
    from index.types import Document, Hit

MIN_SHARED = 0.8
"""The share of the distinct words of two texts that versions have in common."""
MIN_WORDS = 8
"""The fewest words of a passage that tells versions with different names."""
MAX_NAMED = 3
"""The most versions that a reply names."""

# Patterns are compiled when they are first used, because most questions find no versions.
_COPY = r"(?i:\bcopy of\b|\(copy\)|[ _-]copy\b|\((?:\d|copy \d)\)$|\bkopie\b)"  # "plan (copy)", "Copy of plan", "plan (1)"
_DATE = r"(?<!\d)((?:19|20)\d\d)(?:[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)"  # "2026-06", "20260614"
_NUMBER = r"(?i:\bv|[ _-]v|\bversion[ _-]?|\brev(?:ision)?[ _-]?)(\d+(?:\.\d+)*)"  # "plan_v2", "rev 3"
_STATE = r"(?i:\b(?:draft|final|old|new|updated|latest)\b)"  # "plan, final"

Age = tuple[tuple[int, ...], tuple[int, ...], bool]
"""The date, the number and whether the document is no copy; of two versions the greater age is newer."""


def age(document: Document) -> Age:
    """Return the sort key of a version, which is greatest for the newest.

    >>> from index.types import Document
    >>> new, old = Document("b", "2026/plan_v2.md", "Plan"), Document("a", "2026/plan (copy).md", "Plan")
    >>> age(new), age(new) > age(old)
    (((2026,), (2,), True), True)
    """
    path = str(PurePosixPath(document.path).with_suffix(""))
    dates = [tuple(int(part) for part in found if part) for found in re.findall(_DATE, path)]
    facts = document.facts_to or document.reviewed
    date = (facts.year, facts.month, facts.day) if facts else max(dates, default=())
    number = re.search(_NUMBER, path)
    return date, tuple(map(int, number[1].split("."))) if number else (), not re.search(_COPY, path)


def names(document: Document) -> frozenset[str]:
    """Return the title and the file name without what tells one version from another.

    >>> from index.types import Document
    >>> sorted(names(Document("a", "2024/handbook_v2 (copy).md", "Handbook 2024, draft")))
    ['handbook']
    """
    return frozenset(filter(None, map(_plain, (document.title, PurePosixPath(document.path).stem))))


def _plain(name: str) -> str:
    for pattern in (_COPY, _DATE, _NUMBER, _STATE):
        name = re.sub(pattern, " ", name)
    return " ".join(re.findall(r"[^\W_]+", name.lower()))


def are_alike(one: Collection[object], other: Collection[object]) -> bool:
    """Return whether two sets of terms have at least `MIN_SHARED` in common.

    >>> are_alike({1, 2, 3, 4, 5}, {1, 2, 3, 4, 6}), are_alike({1, 2}, {1, 3})
    (False, False)
    >>> are_alike(range(20), range(1, 21))
    True
    """
    one, other = frozenset(one), frozenset(other)
    return bool(one) and len(one & other) >= MIN_SHARED * len(one | other)


def versions(generation: Generation) -> list[tuple[Document, ...]]:
    """Return the groups of documents that are versions of one another, each with the newest first."""
    similar: defaultdict[str, dict[int, None]] = defaultdict(
        dict
    )  # places by name and by the text of passages
    for place, document in enumerate(generation.documents):
        for name in names(document):
            similar[name][place] = None
        for row in range(*generation.document_rows[place : place + 2].tolist()):
            text = generation.passage(row).text
            if text.count(" ") >= MIN_WORDS:
                similar[text][place] = None
    group_of: dict[int, set[int]] = {}
    for places in map(list, similar.values()):
        terms = {place: _terms(generation, place) for place in places} if len(places) > 1 else {}
        for place, other in _pairs(places):
            if are_alike(terms[place], terms[other]):
                merged = group_of.get(place, {place}) | group_of.get(other, {other})
                group_of.update(dict.fromkeys(merged, merged))
    groups = {min(group): group for group in group_of.values()}
    documents = generation.documents
    return [
        tuple(sorted((documents[place] for place in groups[first]), key=age, reverse=True))
        for first in sorted(groups)
    ]


def _pairs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of neighbours among documents of one name, and of each document and the first."""
    for number in range(1, len(places)):
        yield places[number - 1], places[number]
        if number > 1:
            yield places[0], places[number]


def _terms(generation: Generation, place: int) -> list[int]:
    """Return the ids of the terms of a document."""
    first, stop = generation.document_rows[place : place + 2].tolist()
    ids: list[int] = generation.lexical.ids_of(np.arange(first, stop))[0].tolist()
    return ids


def newest_first(
    hits: Sequence[Hit], preferred: Collection[int] = ()
) -> tuple[list[Hit], dict[int, list[Hit]]]:
    """Return hits with one version of each passage, and the other versions by the row of the passage that stays.

    The version that stays takes the place of the best version.

    Args:
        hits: The passages, best first.
        preferred: The rows of passages that stay whatever their age, because the question names their year.
    """
    groups: list[list[Hit]] = []
    for hit in hits:
        group = next((group for group in groups if _is_version(group[0], hit)), None)
        if group is None:
            groups.append([hit])
        else:
            group.append(hit)
    kept: list[Hit] = []
    others: dict[int, list[Hit]] = {}
    for group in groups:
        ranked = sorted(group, key=lambda hit: age(hit.document), reverse=True)
        staying = [hit for hit in ranked if hit.row in preferred] or ranked[:1]
        kept += staying
        if len(ranked) > len(staying):
            others[staying[0].row] = [hit for hit in ranked if hit not in staying]
    return kept, others


def version_note(quoted: Iterable[tuple[str, int]], others: Mapping[int, Sequence[Hit]]) -> str:
    """Return the remark on other versions of what is quoted, or "" without other versions.

    Args:
        quoted: The sentences that are quoted, each with the row of its passage.
        others: The other versions of a passage, by row.
    """
    same: dict[str, None] = {}
    different: dict[str, None] = {}
    for text, row in quoted:
        for hit in others.get(row, ()):
            (same if text in hit.passage.text else different)[hit.document.path] = None
    listed = [f"other versions differ: {_listed([*different])}"] if different else []
    listed += (
        [f"also in {_listed([path for path in same if path not in different])}"]
        if same.keys() - different
        else []
    )
    return "; ".join(listed)


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - MAX_NAMED} more" if len(paths) > MAX_NAMED else ""
    return ", ".join(map(visible, paths[:MAX_NAMED])) + more


def document_periods(document: Document) -> tuple[Period, ...]:
    """Return the periods in a document's title and path: the year of "2024/handbook.md", the quarter of "Q2 2026 call".

    >>> from index.types import Document
    >>> [str(period) for period in document_periods(Document("a", "2024/handbook.md", "Handbook"))]
    ['2024']
    """
    path = re.sub(r"[/_.-]", " ", str(PurePosixPath(document.path).with_suffix("")))
    return periods(f"{document.title}. {path}")


def _is_version(one: Hit, other: Hit) -> bool:
    """Return whether two passages are the same passage of two versions of a document."""
    if one.document.id == other.document.id or one.passage.headings != other.passage.headings:
        return False
    if names(one.document).isdisjoint(names(other.document)):
        return one.passage.text == other.passage.text
    return are_alike(_words(one.passage.text), _words(other.passage.text))


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case, with its numbers made equal, in which versions differ."""
    return re.sub(r"\d[\d.,]*", "0", text.lower()).split()
