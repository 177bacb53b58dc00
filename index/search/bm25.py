"""Words in common: BM25 and coverage over the same postings.

A text becomes terms (`terms`); a `Lexical` holds, for n passages and their sentences, which terms each has (so
that a question reads no text, and the next generation can take them over) and, turned round, which passages each
term is in (so that a question reads only those). Everything is a flat array, so that opening an index of any size
takes a millisecond.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from bisect import bisect_left
from collections import Counter
from functools import lru_cache
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from index.search.arrays import offsets_of, places

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

K1 = 1.2
B = 0.75
"""The usual constants of BM25 (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework")."""

_WORDS = """
a about above after again against all also am an and any are aren't as at be because been before
being below between both but by can can't cannot could couldn't did didn't do does doesn't doing
don't down during each few for from further had hadn't has hasn't have haven't having he her here
hers herself him himself his i if in into is isn't it its itself just let's me more most my myself
no nor not of off on once only or other ought our ours ourselves out over own same shan't she should
shouldn't so some such than that the their theirs them themselves then there these they this those
through to too under until up us very was wasn't we were weren't will with won't would wouldn't you
your yours yourself yourselves
what what's which who who's whom whose when where why how much many
eg ie please pls tell explain describe thanks hello hi hey afaik asap btw fyi iirc imho lol tldr
whats whos wheres hows thats theres heres theyd theyre theyve youre youve im ive id isnt arent wasnt werent
doesnt didnt dont havent hasnt hadnt cant couldnt wont wouldnt shouldnt
"""
STOP_WORDS = frozenset(_WORDS.split())
"""What says nothing about the subject: function words (also as they are typed in a hurry), and the words of asking."""

_ACRONYMS = frozenset({"US", "IT", "WHO"})
"""Acronyms that would be stop words if they were not written in capitals. They stay in capitals."""

_UNITS = {
    "b": "billion",
    "bn": "billion",
    "m": "million",
    "mn": "million",
    "t": "trillion",
    "tn": "trillion",
} | {
    "%": "percent",
    "e": "estimate",  # 2027E
}
"""What is written directly behind a number, and the word for it: "30B" gives the terms of "30 billion"."""

_APART = "k|x|nm|mm|w|kw|mw|gw|tw|kwh|mwh|gwh|twh|kb|mb|gb|tb|pb|hz|mhz|ghz|flops|tflops|pflops"
"""Units that are written directly behind a number or apart from it."""

_TOKEN = re.compile(
    r"((?:[^\W\d_]\.)+[^\W\d_](?![^\W_]))"  # initials: U.S.
    r"|(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*)"  # a number ...
    rf"({'|'.join(_UNITS)}|{_APART})?(?![^\W_])"  # ... and its unit
    r"|([^\W_]+(?:\.\d+)*(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)?)",  # a word
    re.IGNORECASE,
)
_PLURAL_ACRONYM = re.compile(r"[A-Z]{2,}s|[bcdfghjklmnpqrstvwxz]{2,}[aeiou]?s")
"""GPUs, and gpus: Snowball leaves the "s" where no vowel stands before it."""

_DIACRITICS = re.compile("[\N{COMBINING GRAVE ACCENT}-\N{COMBINING LATIN SMALL LETTER X}]")

_threads = threading.local()
"""A stemmer for each thread: PyStemmer's must not be shared."""


def terms(text: str) -> list[str]:
    """The terms of a text in order: folded, without stop words, stemmed (Snowball English).

    Hyphenated words give their parts; numbers lose their commas and are parted from the unit behind them.

    >>> terms("What is Anthropic's run-rate revenue in 2026?")
    ['anthrop', 'run', 'rate', 'revenu', '2026']
    >>> terms("$30B+ (up from $9 billion), 1,250.5 GW")
    ['30', 'billion', '9', 'billion', '1250.5', 'gw']
    >>> terms("40% of U.S. GPUs run GPT-5.5 or GPT-4o")
    ['40', 'percent', 'US', 'gpu', 'run', 'gpt', '5.5', 'gpt', '4o']
    """
    return stems(words(text))


def words(text: str) -> list[str]:
    """The same words before they are stemmed.

    >>> words("What is Anthropic's run-rate revenue in 2026?")
    ["anthropic's", 'run', 'rate', 'revenue', '2026']
    """
    return [folded(word) for word in written(text)]


def folded(word: str) -> str:
    """A word of `written` in small letters, unless it is an acronym that would be another word then.

    >>> folded("Chips"), folded("US")
    ('chips', 'US')
    """
    return word if word in _ACRONYMS else word.lower()


def written(text: str) -> list[str]:
    """The same words in the letters that the text writes them with.

    >>> written("What is Anthropic's run-rate revenue in 2026?")
    ["Anthropic's", 'run', 'rate', 'revenue', '2026']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKC", _DIACRITICS.sub("", text))
    if text.isupper() and text.count(" ") > 2:  # shouted: capitals say nothing
        text = text.lower()
    found: list[str] = []
    for initials, number, unit, word in _TOKEN.findall(text):
        if number:
            found.append(number.replace(",", ""))
            if unit:
                found.append(_UNITS.get(unit.lower(), unit.lower()))
            continue
        token = word or initials.replace(".", "").upper()
        if _PLURAL_ACRONYM.fullmatch(token):
            token = token[:-1]
        token = token.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        if folded(token) not in STOP_WORDS:
            found.append(token)
    return found


def stems(words: Sequence[str]) -> list[str]:
    """The term of each word, as `words` gives it.

    >>> stems(["anthropic's", "billions", "2026"])
    ['anthrop', 'billion', '2026']
    """
    stemmed: list[str] = _stemmer().stemWords(words)
    return stemmed


def _stemmer() -> Any:
    """This thread's stemmer."""
    stemmer = getattr(_threads, "stemmer", None)
    if stemmer is None:
        import Stemmer

        stemmer = _threads.stemmer = Stemmer.Stemmer("english")
    return stemmer


class Lexical:
    """The terms of n passages and of their sentences and, turned round, the passages of each term.

    Reads from several threads are safe.
    """

    __slots__ = ("_arrays", "_ends", "_id", "_impacts", "_passages", "_postings", "_vocabulary")

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Over `arrays`, as `arrays` of another one gave them; they may be memory-mapped."""
        self._arrays = dict(arrays)
        self._vocabulary = arrays["vocabulary"]
        self._ends = arrays["ends"]
        self._postings = arrays["postings"]
        self._passages = arrays["passages"]
        self._impacts = arrays["impacts"]
        self._id = _finder(self._vocabulary, self._ends)

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What to save: see `ARRAYS`."""
        return self._arrays

    @property
    def count(self) -> int:
        """How many passages there are."""
        return len(self._arrays["offsets"]) - 1

    @property
    def size(self) -> int:
        """How many terms there are."""
        return len(self._ends) - 1

    def term(self, id: int) -> str:
        """The term with this id; ids follow the order of the terms' bytes."""
        word: bytes = self._vocabulary[self._ends[id] : self._ends[id + 1]].tobytes()
        return word.decode()

    def terms_of(self, ids: NDArray[np.int64]) -> list[str]:
        """The terms with these ids; many at once are ten times as fast as `term` for each."""
        vocabulary = self._vocabulary.tobytes()
        spans = zip(self._ends[ids].tolist(), self._ends[ids + 1].tolist(), strict=True)
        return [vocabulary[start:stop].decode() for start, stop in spans]

    def id(self, term: str) -> int | None:
        """The id of a term; None where no passage and no sentence has it."""
        return self._id(term)

    def ids_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of the terms of these passages, one passage behind the other, and where each begins."""
        offsets = self._arrays["offsets"]
        return self._arrays["terms"][places(offsets, rows)], offsets_of(offsets[rows + 1] - offsets[rows])

    def df(self, term: str) -> int:
        """In how many passages the term stands."""
        start, stop = self._span(term)
        return stop - start

    def passages(self, term: str) -> NDArray[np.int32]:
        """The rows of the passages in which the term stands, ascending."""
        start, stop = self._span(term)
        rows: NDArray[np.int32] = self._passages[start:stop]
        return rows

    def idf(self, term: str) -> float:
        """How rare the term is: ln(1 + (n - df + 0.5) / (df + 0.5)), the more the rarer, never negative."""
        return idf(self.df(term), self.count)

    def scores(self, terms: Iterable[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """BM25 and coverage of each passage, n numbers each, in one pass over the postings.

        Coverage is the share of the question's distinct terms that stand in the passage, each weighed by its
        idf: 0 to 1, and 0 where the question has no terms. A term that no passage has counts with df 0.
        """
        bm25 = np.zeros(self.count, np.float32)
        coverage = np.zeros(self.count, np.float32)
        total = 0.0
        for term in dict.fromkeys(terms):
            start, stop = self._span(term)
            weight = idf(stop - start, self.count)
            total += weight
            if start < stop:
                rows = self._passages[start:stop]
                bm25[rows] += self._impacts[start:stop]
                coverage[rows] += np.float32(weight)
        if total:
            coverage /= np.float32(total)
        return bm25, np.minimum(coverage, np.float32(1.0), out=coverage)

    def bm25(self, terms: Iterable[str]) -> NDArray[np.float32]:
        """BM25 of each passage (k1 = 1.2, b = 0.75): n numbers, 0 where no term stands in it."""
        return self.scores(terms)[0]

    def coverage(self, terms: Iterable[str]) -> NDArray[np.float32]:
        """The share of the question that each passage has (see `scores`): n numbers from 0 to 1."""
        return self.scores(terms)[1]

    def shared(self, terms: Iterable[str], sentences: NDArray[np.int64]) -> list[frozenset[str]]:
        """Which of these terms stand in each of these sentences (by their place in the library), its lead included."""
        asked = {id: term for term in terms if (id := self._id(term)) is not None}
        offsets = self._arrays["sentence-offsets"]
        have = self._arrays["sentence-terms"][places(offsets, sentences)]
        owners = np.repeat(np.arange(len(sentences)), offsets[sentences + 1] - offsets[sentences])
        found: list[list[str]] = [[] for _ in sentences]
        wanted = np.zeros(self.size, np.bool_)
        wanted[list(asked)] = True
        common = wanted[have]
        for owner, id in zip(owners[common].tolist(), have[common].tolist(), strict=True):
            found[owner].append(asked[id])
        return [frozenset(here) for here in found]

    def coverage_of(self, question: Iterable[str], text: Iterable[str]) -> float:
        """The same share for any text, given the terms of both."""
        have = set(text)
        found = total = 0.0
        for term in dict.fromkeys(question):
            weight = self.idf(term)
            total += weight
            if term in have:
                found += weight
        return found / total if total else 0.0

    def _span(self, term: str) -> tuple[int, int]:
        """Where the term's postings begin and end: equal where no passage has it."""
        id = self._id(term)
        return (0, 0) if id is None else (int(self._postings[id]), int(self._postings[id + 1]))


def _finder(vocabulary: NDArray[np.uint8], ends: NDArray[np.int64]) -> Callable[[str], int | None]:
    """What finds the id of a term, or None, and remembers it: a question asks for each of its terms several times."""

    def word(id: int) -> bytes:
        return vocabulary[ends[id] : ends[id + 1]].tobytes()

    @lru_cache(_REMEMBERED)
    def find(term: str) -> int | None:
        wanted = term.encode()
        id = bisect_left(range(len(ends) - 1), wanted, key=word)
        return id if id < len(ends) - 1 and word(id) == wanted else None

    return find


_REMEMBERED = 1 << 14
"""Terms whose ids are remembered: about 2 MB."""

ARRAYS = {
    "offsets": np.int64,  # n + 1: where each passage's terms begin
    "terms": np.int32,  # term ids, ascending within a passage
    "counts": np.uint16,  # how often each stands there
    "sentence-offsets": np.int64,  # sentences + 1: where each sentence's terms begin
    "sentence-terms": np.int32,  # term ids, ascending within a sentence
    "vocabulary": np.uint8,  # the terms in UTF-8, sorted, one behind the other
    "ends": np.int64,  # terms + 1: where each begins in `vocabulary`
    "postings": np.int64,  # terms + 1: where each term's passages begin
    "passages": np.int32,  # rows, ascending within a term
    "impacts": np.float32,  # what the term adds to the passage's BM25
}
"""The arrays of a `Lexical` and their types."""

EMPTY = Lexical(
    {
        name: np.zeros(1 if name in ("offsets", "sentence-offsets", "ends", "postings") else 0, type_)
        for name, type_ in ARRAYS.items()
    }
)
"""The index of no passages."""


def idf(df: int, count: int) -> float:
    """How rare a term is that stands in `df` of `count` passages.

    >>> round(idf(0, 1000), 3), round(idf(1000, 1000), 4)
    (7.602, 0.0005)
    """
    return log(1 + (count - df + 0.5) / (df + 0.5))


def top(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The rows of the `k` highest scores above zero, the highest first, ties by row.

    >>> top(np.array([0.0, 2.0, 1.0, 2.0, 1.0], np.float32), 3).tolist()
    [1, 3, 2]
    """
    if k <= 0:
        return np.empty(0, np.int64)
    rows = np.flatnonzero(scores > 0)
    if k < len(rows):
        some = scores[rows]
        rows = rows[some >= np.partition(some, -k)[-k]]
    return rows[np.argsort(-scores[rows], kind="stable")][:k]


def build(texts: Iterable[str], sentences: Iterable[str] = ()) -> Lexical:
    """The index of these texts, one a passage, and of these sentences, each with its lead."""
    counted = {i: Counter(terms(text)) for i, text in enumerate(texts)}
    spoken = [set(terms(text)) for text in sentences]
    return merge(EMPTY, ~np.arange(len(counted)), counted, ~np.arange(len(spoken)), spoken)


def merge(
    previous: Lexical,
    rows: NDArray[np.int64],
    counted: Mapping[int, Mapping[str, int]],
    sentence_rows: NDArray[np.int64],
    spoken: Sequence[Collection[str]],
) -> Lexical:
    """The index of passages and sentences of which some are in `previous`.

    Args:
        previous: Where unchanged passages and sentences come from.
        rows: For each passage its row in `previous`, or ~i for `counted[i]`.
        counted: The terms of the new passages, with how often each stands there.
        sentence_rows: For each sentence its place in `previous`, or ~i for `spoken[i]`.
        spoken: The distinct terms of the new sentences.
    """
    known = np.flatnonzero(rows >= 0)
    fresh = np.flatnonzero(rows < 0)
    old = previous.arrays
    taken = places(old["offsets"], rows[known])
    taken_terms = old["terms"][taken]
    said = sentence_rows >= 0
    said_terms = old["sentence-terms"][places(old["sentence-offsets"], sentence_rows[said])]
    used = np.union1d(taken_terms, said_terms)
    used_terms = previous.terms_of(used)
    vocabulary = sorted(
        set(used_terms).union(*counted.values(), *spoken)
    )  # by code point, which is the order of UTF-8 too
    ids = {term: id for id, term in enumerate(vocabulary)}

    lengths = np.zeros(len(rows), np.int64)
    lengths[known] = np.diff(old["offsets"])[rows[known]]
    lengths[fresh] = [len(counted[i]) for i in ~rows[fresh]]
    offsets = offsets_of(lengths)
    term_ids = np.empty(offsets[-1], np.int32)
    counts = np.empty(offsets[-1], np.uint16)
    moved = np.zeros(int(used[-1]) + 1 if len(used) else 0, np.int32)
    moved[used] = [ids[term] for term in used_terms]
    there = places(offsets, known)
    term_ids[there] = moved[taken_terms]
    counts[there] = old["counts"][taken]
    for row, i in zip(fresh.tolist(), (~rows[fresh]).tolist(), strict=True):
        listed = sorted((ids[term], min(count, _MOST)) for term, count in counted[i].items())
        here = slice(offsets[row], offsets[row + 1])
        term_ids[here] = [id for id, _ in listed]
        counts[here] = [count for _, count in listed]

    sizes = np.zeros(len(sentence_rows), np.int64)
    sizes[said] = np.diff(old["sentence-offsets"])[sentence_rows[said]]
    sizes[~said] = [len(spoken[i]) for i in ~sentence_rows[~said]]
    starts = offsets_of(sizes)
    sentence_terms = np.empty(starts[-1], np.int32)
    sentence_terms[places(starts, np.flatnonzero(said))] = moved[said_terms]
    sentence_terms[places(starts, np.flatnonzero(~said))] = [
        id for i in ~sentence_rows[~said] for id in sorted(ids[term] for term in spoken[i])
    ]
    return _turn(
        {
            "offsets": offsets,
            "terms": term_ids,
            "counts": counts,
            "sentence-offsets": starts,
            "sentence-terms": sentence_terms,
        },
        [term.encode() for term in vocabulary],
    )


_MOST = int(np.iinfo(np.uint16).max)


def _turn(listed: Mapping[str, NDArray[Any]], vocabulary: list[bytes]) -> Lexical:
    """The whole index from the terms of each passage and sentence: postings, and what each adds to BM25."""
    offsets, term_ids, counts = listed["offsets"], listed["terms"], listed["counts"]
    count = len(offsets) - 1
    order = np.argsort(term_ids, kind="stable")
    passages = np.repeat(np.arange(count, dtype=np.int32), np.diff(offsets))[order]
    df = np.bincount(term_ids, minlength=len(vocabulary))
    sizes = np.bincount(passages, counts[order], minlength=count)
    relative = sizes / sizes.mean() if sizes.any() else sizes
    tf = counts[order].astype(np.float64)
    weights = np.log1p((count - df + 0.5) / (df + 0.5))
    impacts = np.repeat(weights, df) * tf * (K1 + 1) / (tf + K1 * (1 - B + B * relative[passages]))
    arrays: dict[str, NDArray[Any]] = {
        **listed,
        "vocabulary": np.frombuffer(b"".join(vocabulary), np.uint8),
        "ends": offsets_of([len(term) for term in vocabulary]),
        "postings": offsets_of(df),
        "passages": passages,
        "impacts": impacts.astype(np.float32),
    }
    return Lexical(arrays)
