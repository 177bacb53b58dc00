"""A plan becomes a draft: rows are taken over where their text was encoded before, the rest is encoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from index.build.plan import Kept, Made
from index.encoded_text import passage_text, sentence_text
from index.search import bm25, related_words, vectors
from index.search.arrays import offsets_of
from index.store import records
from index.store.manifest import KEY_BYTES
from index.store.writer import Draft, Lines, Rows, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from index.build.plan import Plan
    from index.search.bm25 import Lexical
    from index.store.generation import Generation
    from index.types import Encoder, Matrix, Progress

_BLOCK = 1 << 14
"""Sentences whose rows are in memory at once while they are written."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A draft, and what it took."""

    draft: Draft
    reused: int
    """Passages whose rows were taken over."""
    removed: int
    """Passages of the generation before that are gone."""
    texts: int
    """Texts that were encoded, each once: of passages and of sentences, and single words."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one document adds to a generation."""

    document: bytes | memoryview
    passages: Sequence[bytes | memoryview]
    """Its passages' lines; one chunk may hold several."""
    lengths: NDArray[np.int64]
    """Bytes of each line."""
    counts: NDArray[np.int64]
    """Sentences of each passage."""
    passage_texts: range | Sequence[str]
    """What is encoded for its passages, or where their rows are in the generation before."""
    sentence_texts: range | Sequence[str]
    spoken: Sequence[frozenset[str]]
    """The terms of its sentences, in order; none where they are taken over."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where the row of each of n texts comes from."""

    keys: NDArray[np.uint8]
    """n x 16."""
    rows: NDArray[np.int64]
    """Its row in the generation before, or ~i for the ith new text."""


def assemble(
    plan: Plan,
    encoder: Encoder,
    previous: Generation | None,
    *,
    reuse: bool,
    commit: str = "",
    progress: Progress | None = None,
) -> Assembled:
    """The next generation, in memory.

    Args:
        plan: What it holds.
        encoder: Encodes what is new, in one call.
        previous: The generation before, if this encoder made it; the plan's `Kept` are of it.
        reuse: Whether the texts of other documents take over rows of it as well.
        commit: The git commit of the content.
        progress: Called after each batch.
    """
    pieces = [_kept(previous, part) if isinstance(part, Kept) else _made(part) for part in plan.parts]
    new: dict[str, int] = {}
    known = (previous.passage_keys, previous.sentence_keys) if previous is not None else (_NO_KEYS, _NO_KEYS)
    passages = _origin([piece.passage_texts for piece in pieces], known[0], new, reuse=reuse)
    counted = {place: Counter(bm25.terms(text)) for text, place in new.items()}
    sentences = _origin([piece.sentence_texts for piece in pieces], known[1], new, reuse=reuse)
    spoken, said = [terms for piece in pieces for terms in piece.spoken], _said(pieces)
    merged = bm25.merge(
        previous.lexical if previous is not None else bm25.EMPTY, passages.rows, counted, said, spoken
    )
    written = _written(plan, previous, reuse=reuse)
    word_rows = _word_rows(merged, related_words.forms(written), previous if reuse else None, new)
    encoded = _encode(encoder, list(new), progress)
    old_rows = previous.vectors.rows() if previous is not None else encoded[:0]
    old_sentences = previous.sentences if previous is not None else encoded[:0].astype(np.float16)
    nothing = np.zeros((1, encoder.id.dimension), np.float16)
    old_words = np.concatenate([nothing, previous.words.rows]) if previous is not None else nothing
    draft = Draft(
        encoder=encoder.id,
        content=plan.content,
        commit=commit,
        read_ns=plan.read_ns,
        files=plan.files,
        unlisted=plan.unlisted,
        documents=Lines(
            [piece.document for piece in pieces], offsets_of([len(piece.document) for piece in pieces])
        ),
        document_rows=offsets_of([len(piece.counts) for piece in pieces]),
        passages=Lines(
            [chunk for piece in pieces for chunk in piece.passages],
            offsets_of(np.concatenate([piece.lengths for piece in pieces])),
        ),
        passage_sentences=offsets_of(np.concatenate([piece.counts for piece in pieces])),
        passage_keys=passages.keys,
        sentence_keys=sentences.keys,
        vectors=vectors.build(
            _gather(passages.rows, old_rows, encoded), previous.vectors if previous is not None else None
        ),
        sentences=Rows(
            (len(sentences.rows), encoder.id.dimension), _blocks(sentences.rows, old_sentences, encoded)
        ),
        lexical=merged,
        words=related_words.build(written, _gather(word_rows, old_words, encoded)),
    )
    return Assembled(
        draft,
        reused=int((passages.rows >= 0).sum()),
        removed=int((~np.isin(_heads(known[0]), _heads(passages.keys))).sum()),
        texts=len(new),
    )


def _kept(previous: Generation | None, part: Kept) -> _Piece:
    """All that the generation before has of a document, as it is."""
    assert previous is not None, "what is kept is of a generation"
    first, stop = previous.document_rows[part.place : part.place + 2].tolist()
    starts = previous.passage_sentences[first : stop + 1]
    return _Piece(
        document=previous.document_lines.span(part.place, part.place + 1),
        passages=[previous.passage_lines.span(first, stop)],
        lengths=np.diff(previous.passage_lines.offsets[first : stop + 1]),
        counts=np.diff(starts),
        passage_texts=range(first, stop),
        sentence_texts=range(int(starts[0]), int(starts[-1])),
        spoken=(),
    )


def _made(part: Made) -> _Piece:
    """What is new of a document."""
    title = part.document.title
    lines = [records.passage_line(passage) for passage in part.passages]
    return _Piece(
        document=records.document_line(part.document),
        passages=lines,
        lengths=np.array([len(line) for line in lines], np.int64),
        counts=np.array([len(passage.sentences) for passage in part.passages], np.int64),
        passage_texts=[passage_text(title, passage) for passage in part.passages],
        sentence_texts=[
            sentence_text(title, passage, sentence)
            for passage in part.passages
            for sentence in passage.sentences
        ],
        spoken=[
            frozenset(bm25.terms(" ".join(filter(None, (sentence.lead, passage.quote(sentence))))))
            for passage in part.passages
            for sentence in passage.sentences
        ],
    )


def _said(pieces: Sequence[_Piece]) -> NDArray[np.int64]:
    """Where the terms of each sentence come from: its place in the generation before, or ~i for the ith that is new.

    Unlike rows they are not taken over by the text that is encoded: a lead and a heading look alike in it.
    """
    places = [np.empty(0, np.int64)]
    new = 0
    for piece in pieces:
        count = len(piece.sentence_texts)
        if isinstance(piece.sentence_texts, range):
            places.append(np.arange(piece.sentence_texts.start, piece.sentence_texts.stop))
        else:
            places.append(~np.arange(new, new + count))
            new += count
    return np.concatenate(places)


def _written(plan: Plan, previous: Generation | None, *, reuse: bool) -> Counter[str]:
    """How often the passages write each word.

    What the generation before counted is taken over, less its documents that are not kept, plus those that are made.
    """
    made = [part for part in plan.parts if isinstance(part, Made)]
    counted = related_words.count(
        passage_text(part.document.title, passage) for part in made for passage in part.passages
    )
    if previous is None:
        return counted
    kept = [part.place for part in plan.parts if isinstance(part, Kept)]
    if not reuse:
        return counted + _counted(previous, kept)
    gone = _counted(previous, sorted(set(range(previous.manifest.documents)).difference(kept)))
    return previous.words.counted() + counted - gone


def _counted(generation: Generation, documents: Iterable[int]) -> Counter[str]:
    """How often these documents of a generation write each word."""
    return related_words.count(
        passage_text(generation.document(place).title, generation.passage(row))
        for place in documents
        for row in range(*generation.document_rows[place : place + 2].tolist())
    )


def _word_rows(
    merged: Lexical, forms: Mapping[str, str], previous: Generation | None, new: dict[str, int]
) -> NDArray[np.int64]:
    """Where the row of each term's written form comes from; forms that have no row yet are added to `new`.

    0 where the term has no form, its id in the generation before plus 1, or ~i for the ith new text.
    """
    terms = merged.terms_of(np.arange(merged.size))
    known: dict[str, int] = {}
    if previous is not None:
        before = previous.lexical.terms_of(np.arange(previous.lexical.size))
        ids = {term: id for id, term in enumerate(before, start=1)}
        known = {form: ids[term] for term, form in related_words.forms(previous.words.counted()).items()}
    rows = [
        0 if form is None else known[form] if form in known else ~new.setdefault(form, len(new))
        for form in map(forms.get, terms)
    ]
    return np.array(rows, np.int64)


_NO_KEYS = np.empty((0, KEY_BYTES), np.uint8)


def _origin(
    parts: Sequence[range | Sequence[str]], known: NDArray[np.uint8], new: dict[str, int], *, reuse: bool
) -> _Origin:
    """Where the rows of the texts come from; texts that have none are added to `new`, with their place."""
    texts = [text for part in parts if not isinstance(part, range) for text in part]
    keys = [key(text) for text in texts]
    found = _find(known, set(keys)) if reuse else {}
    rows = [
        found[key] if key in found else ~new.setdefault(text, len(new))
        for text, key in zip(texts, keys, strict=True)
    ]
    text_keys = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, KEY_BYTES)
    text_rows = np.array(rows, np.int64)
    all_keys, all_rows = [_NO_KEYS], [text_rows[:0]]
    done = 0
    for part in parts:
        if isinstance(part, range):
            all_keys.append(known[part.start : part.stop])
            all_rows.append(np.arange(part.start, part.stop))
        else:
            all_keys.append(text_keys[done : done + len(part)])
            all_rows.append(text_rows[done : done + len(part)])
            done += len(part)
    return _Origin(np.concatenate(all_keys), np.concatenate(all_rows))


def _find(known: NDArray[np.uint8], wanted: set[bytes]) -> dict[bytes, int]:
    """The row of each wanted key that is among `known`, n x 16: the first, where there are several.

    >>> known = np.array([list(b"a" * 16), list(b"b" * 16)], np.uint8)
    >>> _find(known, {b"b" * 16, b"c" * 16})
    {b'bbbbbbbbbbbbbbbb': 1}
    """
    if not len(known) or not wanted:
        return {}
    heads = _heads(known)
    sought = np.unique(np.frombuffer(b"".join(key[:8] for key in wanted), np.uint64))
    places = np.minimum(np.searchsorted(sought, heads), len(sought) - 1)
    found: dict[bytes, int] = {}
    for row in np.flatnonzero(sought[places] == heads).tolist():
        key = known[row].tobytes()
        if key in wanted:
            found.setdefault(key, row)
    return found


def _heads(keys: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The first half of each key: a number."""
    heads: NDArray[np.uint64] = np.ascontiguousarray(keys[:, :8]).view(np.uint64).ravel()
    return heads


def _encode(encoder: Encoder, texts: Sequence[str], progress: Progress | None) -> Matrix:
    """The rows of the texts, with the progress counted up."""
    if not texts:
        return np.empty((0, encoder.id.dimension), np.float32)
    done = 0

    def count(batch: int) -> None:
        nonlocal done
        done += batch
        if progress is not None:
            progress(done, len(texts))

    count(0)
    return encoder.encode(texts, count)


def _gather(rows: NDArray[np.int64], old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
    """The rows of `old` and, for ~i, of `new`, in the type of `old`."""
    gathered = np.empty((len(rows), old.shape[1]), old.dtype)
    taken = rows >= 0
    gathered[taken] = old[rows[taken]]
    gathered[~taken] = new[~rows[~taken]]
    return gathered


def _blocks(rows: NDArray[np.int64], old: NDArray[np.float16], new: Matrix) -> Iterator[NDArray[np.float16]]:
    """The same a block at a time, so that the sentences of a large library are never all in memory."""
    for start in range(0, len(rows), _BLOCK):
        yield _gather(rows[start : start + _BLOCK], old, new)
