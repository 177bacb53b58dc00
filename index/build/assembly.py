"""The assembly of a draft from a plan: embeddings of known texts are copied, new texts are encoded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.build import expected_questions
from index.build.origins import NO_KEYS, Origin, blocks, gather, origin_of, removed
from index.build.plan import ChunkedDocument, UnchangedDocument
from index.encoded_text import passage_text, sentence_text
from index.search import bm25, related_words, vectors
from index.search.arrays import offsets_of
from index.store import records
from index.store.writer import Draft, Lines, RowBlocks
from index.text import tokenizer
from index.text.language import ENGLISH, language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from index.build.embedding_file import EmbeddingFile
    from index.build.plan import Plan
    from index.search.bm25 import Lexical
    from index.store.generation import Generation
    from index.types import Encoder, Matrix, Passage, Progress


@dataclass(frozen=True, slots=True)
class Assembled:
    """A draft and the work that it took."""

    draft: Draft
    reused: int
    """Passages whose embeddings were copied, from the previous generation or from the embedding file."""
    removed: int
    """Passages of the previous generation that are not in the draft."""
    texts: int
    """Distinct texts that were encoded: passages, sentences, expected questions and single words."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part of a generation that comes from one document."""

    document: bytes | memoryview
    """The document's line."""
    passages: Sequence[bytes | memoryview]
    """The lines of the passages; a chunk may hold several."""
    lengths: NDArray[np.int64]
    """Bytes of each passage's line."""
    sentence_counts: NDArray[np.int64]
    """Sentences of each passage."""
    passage_texts: range | Sequence[str]
    """The encoded texts of new passages, or the rows of unchanged passages in the previous generation."""
    sentence_texts: range | Sequence[str]
    """The same for sentences."""
    sentence_terms: Sequence[frozenset[str]]
    """The terms of each new sentence and its lead; empty for an unchanged document."""


@dataclass(frozen=True, slots=True)
class _Origins:
    """The origin of every embedding of a draft, and what was derived on the way."""

    passages: Origin
    sentences: Origin
    questions: Origin
    """Of expected questions."""
    words: NDArray[np.int64]
    """The origin of each term's embedding (see `_word_rows`)."""
    lexical: Lexical
    word_counts: Counter[str]
    new: list[str]
    """The distinct texts to encode, by number."""


def assemble(
    plan: Plan,
    encoder: Encoder,
    previous: Generation | None,
    *,
    reuse: bool,
    embeddings: EmbeddingFile | None = None,
    progress: Progress | None = None,
) -> Assembled:
    """Return the draft of the next generation, without the git commit.

    Args:
        plan: The documents of the next generation.
        encoder: Encodes all new texts, in one call.
        previous: The previous generation, if this encoder made it; the plan's unchanged documents are in it.
        reuse: Whether changed documents may copy embeddings from the previous generation, too.
        embeddings: The embedding file of the library, from which new texts are copied, too.
        progress: Called after each batch.
    """
    pieces = [
        _unchanged(previous, part) if isinstance(part, UnchangedDocument) else _chunked(part)
        for part in plan.parts
    ]
    # All new texts are encoded in one call, because the encoder batches texts of similar length.
    origins = _origins(plan, pieces, previous, reuse=reuse)
    encoded, is_new = _embed(origins.new, encoder, embeddings, progress)
    draft = _draft(plan, encoder, previous, pieces, origins, encoded)
    return Assembled(
        draft,
        reused=int((~_is_encoded(origins.passages.rows, is_new)).sum()),
        removed=0 if previous is None else removed(previous.passage_keys, draft.passage_keys),
        texts=int(is_new.sum()),
    )


def _is_encoded(rows: NDArray[np.int64], is_new: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which texts were encoded now, given their origins and which new texts the embedding file lacks."""
    encoded = rows < 0
    encoded[encoded] = is_new[~rows[encoded]]
    return encoded


def _origins(plan: Plan, pieces: Sequence[_Piece], previous: Generation | None, *, reuse: bool) -> _Origins:
    """Return where each embedding of the draft comes from, and the texts to encode."""
    new: dict[str, int] = {}
    known = (
        (previous.passage_keys, previous.sentence_keys, previous.question_keys)
        if previous is not None
        else (NO_KEYS,) * 3
    )
    passages = origin_of([piece.passage_texts for piece in pieces], known[0], new, reuse=reuse)
    merged = _lexical(pieces, passages, list(new), previous)  # so far, `new` has only texts of passages
    sentences = origin_of([piece.sentence_texts for piece in pieces], known[1], new, reuse=reuse)
    questions = origin_of(expected_questions.texts(plan.expected, previous), known[2], new, reuse=reuse)
    counts = _word_counts(plan, previous, reuse=reuse)
    words = _word_rows(merged, related_words.forms(counts), previous if reuse else None, new)
    return _Origins(passages, sentences, questions, words, merged, counts, list(new))


def _draft(
    plan: Plan,
    encoder: Encoder,
    previous: Generation | None,
    pieces: Sequence[_Piece],
    origins: _Origins,
    encoded: Matrix,
) -> Draft:
    """Return the draft without the content's commit.

    Args:
        plan: The documents.
        encoder: The encoder of all embeddings.
        previous: The generation that embeddings are copied from.
        pieces: The parts of the documents.
        origins: Where each embedding comes from.
        encoded: The embeddings of `origins.new`.
    """
    old_passages, old_sentences, old_words = _old_rows(previous, encoder.id.dimension)
    old_questions = previous.questions if previous is not None else old_sentences[:0]
    sentence_rows = origins.sentences.rows
    counts = [len(piece.sentence_counts) for piece in pieces]
    return Draft(
        encoder=encoder.id,
        content=plan.content,
        commit="",
        read_ns=plan.read_ns,
        files=plan.files,
        unlisted=plan.unlisted,
        documents=Lines(
            [piece.document for piece in pieces], offsets_of([len(piece.document) for piece in pieces])
        ),
        document_rows=offsets_of(counts),
        passages=Lines(
            [chunk for piece in pieces for chunk in piece.passages],
            offsets_of(np.concatenate([piece.lengths for piece in pieces])),
        ),
        passage_sentences=offsets_of(np.concatenate([piece.sentence_counts for piece in pieces])),
        passage_keys=origins.passages.keys,
        sentence_keys=origins.sentences.keys,
        vectors=vectors.build(
            gather(origins.passages.rows, old_passages, encoded),
            previous.vectors if previous is not None else None,
        ),
        sentences=RowBlocks(
            (len(sentence_rows), encoder.id.dimension), blocks(sentence_rows, old_sentences, encoded)
        ),
        lexical=origins.lexical,
        words=related_words.build(origins.word_counts, gather(origins.words, old_words, encoded)),
        expected=expected_questions.draft(
            plan.expected,
            previous,
            origins.questions.keys,
            gather(origins.questions.rows, old_questions, encoded),
            counts,
        ),
    )


def _old_rows(
    previous: Generation | None, dimension: int
) -> tuple[Matrix, NDArray[np.float16], NDArray[np.float16]]:
    """Return the embeddings of the previous generation: of passages, of sentences, and of words behind a row of zeros."""
    no_word = np.zeros((1, dimension), np.float16)
    if previous is None:
        return np.empty((0, dimension), np.float32), no_word[:0], no_word
    return previous.vectors.rows(), previous.sentences, np.concatenate([no_word, previous.words.rows])


def _unchanged(previous: Generation | None, part: UnchangedDocument) -> _Piece:
    """Return an unchanged document's part of the previous generation."""
    assert previous is not None, "an unchanged document is in the previous generation"
    first, stop = previous.document_rows[part.place : part.place + 2].tolist()
    starts = previous.passage_sentences[first : stop + 1]
    return _Piece(
        document=previous.document_lines.span(part.place, part.place + 1),
        passages=[previous.passage_lines.span(first, stop)],
        lengths=np.diff(previous.passage_lines.offsets[first : stop + 1]),
        sentence_counts=np.diff(starts),
        passage_texts=range(first, stop),
        sentence_texts=range(int(starts[0]), int(starts[-1])),
        sentence_terms=(),
    )


def _chunked(part: ChunkedDocument) -> _Piece:
    """Return the part of a new or changed document."""
    title = part.document.title
    lines = [records.passage_line(passage) for passage in part.passages]
    return _Piece(
        document=records.document_line(part.document),
        passages=lines,
        lengths=np.array([len(line) for line in lines], np.int64),
        sentence_counts=np.array([len(passage.sentences) for passage in part.passages], np.int64),
        passage_texts=[passage_text(title, passage) for passage in part.passages],
        sentence_texts=[
            sentence_text(title, passage, sentence)
            for passage in part.passages
            for sentence in passage.sentences
        ],
        sentence_terms=[
            terms
            for passage in part.passages
            for terms in _sentence_terms(passage, passage_text(title, passage))
        ],
    )


def _sentence_terms(passage: Passage, text: str) -> Iterator[frozenset[str]]:
    """Yield the terms of each sentence and its lead, stemmed in the language of the passage with this text."""
    written_in = language(text) or ENGLISH
    for sentence in passage.sentences:
        words = " ".join(filter(None, (sentence.lead, passage.quote(sentence))))
        yield frozenset(tokenizer.terms(words, written_in))


def _lexical(
    pieces: Sequence[_Piece], passages: Origin, new: Sequence[str], previous: Generation | None
) -> Lexical:
    """Return the lexical index of the draft.

    Args:
        pieces: The documents.
        passages: The origin of the passages.
        new: The texts of the new passages, by number.
        previous: The previous generation.
    """
    return bm25.merge(
        previous.lexical if previous is not None else bm25.EMPTY,
        passages.rows,
        {
            number: Counter(tokenizer.terms(text, language(text) or ENGLISH))
            for number, text in enumerate(new)
        },
        _sentence_origin(pieces),
        [terms for piece in pieces for terms in piece.sentence_terms],
    )


def _sentence_origin(pieces: Sequence[_Piece]) -> NDArray[np.int64]:
    """Return where the terms of each sentence come from: its row in the previous generation, or ~i for new sentence i.

    Unlike embeddings, terms are not found by the encoded text, because it does not show where the lead ends
    and the headings begin.
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


def _word_counts(plan: Plan, previous: Generation | None, *, reuse: bool) -> Counter[str]:
    """Return how often the passages have each word.

    With `reuse`, the counts of the previous generation are updated: minus its dropped documents, plus the new
    ones.
    """
    made = [part for part in plan.parts if isinstance(part, ChunkedDocument)]
    added = related_words.count(
        passage_text(part.document.title, passage) for part in made for passage in part.passages
    )
    if previous is None:
        return added
    kept = [part.place for part in plan.parts if isinstance(part, UnchangedDocument)]
    if not reuse:
        return added + _words_of(previous, kept)
    dropped = _words_of(previous, sorted(set(range(previous.manifest.documents)).difference(kept)))
    return previous.words.counted() + added - dropped


def _words_of(generation: Generation, documents: Iterable[int]) -> Counter[str]:
    """Return how often the passages of these documents have each word."""
    return related_words.count(
        passage_text(generation.document(place).title, generation.passage(row))
        for place in documents
        for row in range(*generation.document_rows[place : place + 2].tolist())
    )


def _word_rows(
    merged: Lexical, forms: Mapping[str, str], previous: Generation | None, new: dict[str, int]
) -> NDArray[np.int64]:
    """Return where the embedding of each term comes from, and add word forms without an embedding to `new`.

    The origin is 0 for a term without a word form, the term's id in the previous generation plus 1, or ~i for
    new text i.

    Args:
        merged: The lexical index of the draft.
        forms: The word form of each term that has one.
        previous: The generation whose embeddings are copied.
        new: The texts to encode, with their numbers.
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


def _embed(
    texts: Sequence[str], encoder: Encoder, embeddings: EmbeddingFile | None, progress: Progress | None
) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return the embeddings of the texts, and which of them were encoded because the embedding file lacks them."""
    rows, is_new = np.empty((len(texts), encoder.id.dimension), np.float32), np.ones(len(texts), np.bool_)
    if embeddings is not None:
        rows, known = embeddings.find(texts)
        is_new = ~known
    rows[is_new] = _encode(encoder, [text for text, new in zip(texts, is_new, strict=True) if new], progress)
    return rows, is_new


def _encode(encoder: Encoder, texts: Sequence[str], progress: Progress | None) -> Matrix:
    """Return the embeddings of the texts, and report the number of texts done."""
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
