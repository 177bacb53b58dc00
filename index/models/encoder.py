"""Compiled encoders: text to unit rows on ONNX Runtime and `tokenizers` alone.

A compiled encoder is a folder that `index.models.compiler` wrote or `index.models.archive` installed:

    model.onnx        tokens to unit rows, in one graph, optimised
    model.onnx.data   its weights, which are mapped and not read: only what a question touches is in memory, and
                      processes share it
    tokenizer.json    text to tokens
    words.npy         the row of each whole word of the tokenizer, at its token's place, and 0 for other tokens; without
                      this table, such words are encoded when a question needs them
    manifest.json     what they are, their sizes and sha256
    verified.json     a note by `load` of the very files whose sha256 it has computed (see there)
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import EncoderError, WriteError
from index.files import atomic_write
from index.types import EncoderId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from index.types import Matrix, Vector

FORMAT = 1
DEFAULT = "all-MiniLM-L6-v2"
"""The model that is used where none is named."""

GRAPH = "model.onnx"
WEIGHTS = "model.onnx.data"
TOKENIZER = "tokenizer.json"
WORDS = "words.npy"
MANIFEST = "manifest.json"
VERIFIED = "verified.json"

BATCH_TOKENS = 1024
"""Padded tokens in a batch. Of 256 to 8,192, powers of two, 512 and 1,024 were the fastest on two cores, for passages
and for sentences, and 4,096 took 170 MiB more; tests/benchmarks/encode.py has the texts."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a compiled encoder is: its manifest."""

    format: int
    name: str
    dimension: int
    max_tokens: int
    pad: int
    """The token that fills a batch's shorter texts up."""
    query_prompt: str
    document_prompt: str
    weights: str
    """sha256 of the model's own weight file; of the lines "sha256  name" of all of them where they are several."""
    license: str
    """As the model's card names it, or empty."""
    created: str
    made_with: dict[str, str]
    """Package to version."""
    parity: float
    """The lowest cosine to sentence-transformers' rows on the probe set; of a reranker the greatest difference."""
    files: dict[str, tuple[int, str]]
    """File name to (bytes, sha256)."""
    kind: str = "encoder"
    """Or "reranker"."""

    @property
    def id(self) -> EncoderId:
        """The identity of the rows: encoders that share it give the same texts the same rows."""
        files = [self.files[name][1] for name in (GRAPH, WEIGHTS, TOKENIZER)]
        decisive = json.dumps([*files, self.query_prompt, self.document_prompt])
        return EncoderId(
            self.name, hashlib.sha256(decisive.encode()).hexdigest(), self.dimension, self.max_tokens
        )

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Description:
        """The manifest of a folder; raises EncoderError where there is none or it is no encoder's."""
        try:
            values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise EncoderError(f"{folder} holds no compiled encoder; run: strata compile") from None
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"{folder / MANIFEST} cannot be read ({error}); run: strata compile"
            ) from error
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise EncoderError(f"{folder} is not of this version of Strata; run: strata compile")
        try:
            values["files"] = {name: (int(size), str(sha)) for name, (size, sha) in values["files"].items()}
            description = cls(**values)
            numbers = (description.dimension, description.max_tokens, description.pad)
            texts = (
                description.name,
                description.query_prompt,
                description.document_prompt,
                description.kind,
            )
            sound = all(type(number) is int for number in numbers) and all(
                type(text) is str for text in texts
            )
            needed = {GRAPH, WEIGHTS, TOKENIZER}
            sound = sound and needed <= set(description.files) <= needed | {WORDS}
        except (KeyError, TypeError, ValueError, AttributeError):
            sound = False
        if not sound:
            raise EncoderError(f"{folder / MANIFEST} is damaged; run: strata compile")
        return description


class CompiledEncoder:
    """An encoder on ONNX Runtime. Its tokenizer and its session load when each is first needed; thread-safe."""

    def __init__(self, folder: Path, description: Description, threads: int) -> None:
        self.folder = folder
        self.description = description
        self.threads = threads
        self.id = description.id
        self._loading_tokenizer = threading.Lock()
        self._loading_session = threading.Lock()
        self._tokenizer: Any = None
        self._session: Any = None
        self._words: Any = None

    def warm(self) -> None:
        """Begin to load the session in another thread, unless that has begun; returns at once.

        The session takes longer to load than the tokenizer, and both can load at a time. Modules are imported here and
        not there, for two threads that import at a time can meet a module half made.
        """
        if self._session is None and not self._loading_session.locked():
            import onnxruntime  # noqa: F401

            threading.Thread(target=self._try_session, name="encoder").start()

    def count(self, text: str) -> int:
        """How many tokens `encode` reads for this text, the document prompt and the model's own marks included."""
        return len(self._open_tokenizer().encode(self.description.document_prompt + text))

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Matrix:
        """Unit rows of passages or sentences, shape (n, dimension), in the order given.

        Texts of like length share a batch. `progress(n)` is called after each batch with the texts done in it.
        Raises EncoderError for a text above `max_tokens`: a passage is never cut in silence.
        """
        import numpy as np

        rows = np.empty((len(texts), self.id.dimension), np.float32)
        if not texts:
            return rows
        self.warm()
        prompt = self.description.document_prompt
        encoded = self._open_tokenizer().encode_batch_fast([prompt + text for text in texts])
        tokens = [one.ids for one in encoded]
        for text, ids in zip(texts, tokens, strict=True):
            if len(ids) > self.id.max_tokens:
                raise EncoderError(
                    f'a text has {len(ids)} tokens, and {self.id.name} reads {self.id.max_tokens}; split it: "{text[:60]}"'
                )
        for batch in batches([len(ids) for ids in tokens], BATCH_TOKENS):
            rows[batch] = self._run([tokens[position] for position in batch])
            if progress:
                progress(len(batch))
        return rows

    def encode_question(self, question: str) -> Vector:
        """The unit row of a question, with the model's prompt for queries; what it does not read of it is left out."""
        self.warm()
        tokenizer = self._open_tokenizer()
        # A terminal hands on bytes that are no text as lone surrogates, which no tokenizer takes.
        text = (self.description.query_prompt + question).encode(errors="replace").decode()
        encoded = tokenizer.encode(text)
        if len(encoded) > self.id.max_tokens:
            encoded = tokenizer.encode(text, add_special_tokens=False)
            encoded.truncate(self.id.max_tokens - tokenizer.num_special_tokens_to_add(is_pair=False))
            encoded = tokenizer.post_process(encoded)
        row: Vector = self._run([encoded.ids])[0]
        return row

    @property
    def has_word_rows(self) -> bool:
        """Return whether there is a table with the rows of the tokenizer's whole words."""
        return WORDS in self.description.files

    def is_word(self, text: str) -> bool:
        """Whether the tokenizer has this word whole: in BERT's way of writing, SentencePiece's or GPT's."""
        return self._token(text.lower()) is not None

    def word_rows(self, words: Sequence[str]) -> Matrix:
        """Return the rows of lower-case words, shape (n, dimension); 0 for words that the tokenizer splits.

        They are read from the table of words; without a table, they are encoded now.
        """
        import numpy as np

        rows = np.zeros((len(words), self.id.dimension), np.float32)
        whole = [
            place for place, word in enumerate(words) if _is_plain(word) and self._token(word) is not None
        ]
        if not self.has_word_rows:
            # Rounded as in the table, so that a table changes no score.
            rows[whole] = self.encode([words[place] for place in whole]).astype(np.float16)
            return rows
        if self._words is None:
            try:
                self._words = np.load(self.folder / WORDS, mmap_mode="r")
            except (OSError, ValueError) as error:
                raise unusable(self.folder / WORDS, error) from error
        for place in whole:
            token = self._token(words[place])
            if token is not None and token < len(self._words):
                rows[place] = self._words[token]
        return rows

    def whole_words(self) -> dict[str, int]:
        """The words of three or more small letters that the tokenizer has whole, and their tokens."""
        tokens = self._open_tokenizer().get_vocab()
        plain = {token.removeprefix("\u2581").removeprefix("\u0120") for token in tokens}
        words = sorted(filter(_is_plain, plain))
        return {word: token for word in words if (token := self._token(word)) is not None}

    def _token(self, word: str) -> int | None:
        known = self._open_tokenizer().token_to_id
        found = (known(mark + word) for mark in ("", "\u2581", "\u0120"))
        token: int | None = next((token for token in found if token is not None), None)
        return token

    def _run(self, tokens: Sequence[Sequence[int]]) -> Matrix:
        """Unit rows of token lists, padded to the longest."""
        import numpy as np

        session = self._open_session()
        ids = np.full((len(tokens), max(map(len, tokens))), self.description.pad, np.int64)
        mask = np.zeros_like(ids)
        for row, values in enumerate(tokens):
            ids[row, : len(values)] = values
            mask[row, : len(values)] = 1
        rows: Matrix = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return rows

    def _open_tokenizer(self) -> Any:
        with self._loading_tokenizer:
            if self._tokenizer is None:
                from tokenizers import Tokenizer

                try:
                    self._tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
                except Exception as error:  # tokenizers raises nothing narrower
                    raise unusable(self.folder / TOKENIZER, error) from error
            return self._tokenizer

    def _open_session(self) -> Any:
        with self._loading_session:
            if self._session is None:
                self._session = open_session(self.folder / GRAPH, self.threads)
            return self._session

    def _try_session(self) -> None:
        """Load the session; whoever needs it will meet the error."""
        with contextlib.suppress(EncoderError):
            self._open_session()


def _is_plain(word: str) -> bool:
    """Return whether a word has three or more letters, all in lower case: only such words have rows."""
    return len(word) >= 3 and word.isalpha() and word.islower()


def load(folder: Path, *, threads: int | None = None) -> CompiledEncoder:
    """The compiled encoder in a folder, its manifest, sizes and hashes checked.

    `threads` are those that one call may use; the cores that this process may use where it is None.
    Raises EncoderError where the folder is missing, damaged or of another version.

    Hashing a graph of 90 MB takes longer than the rest of a short run. So the sha256 of a file is computed once, and
    then noted in the folder with the file's size, inode and time of change: any write to the file makes the note stale.
    Where the note cannot be written, the files are hashed on every load.
    """
    description = verified(folder, "encoder")
    return CompiledEncoder(folder, description, threads or cores())


def verified(folder: Path, kind: str) -> Description:
    """The manifest of a folder of this kind, after its files were checked; raises EncoderError as `load` does."""
    description = Description.read(folder)
    if description.kind != kind:
        raise EncoderError(f"{folder} holds a compiled {description.kind}; a compiled {kind} is needed")
    _verify(folder, description)
    return description


def find(model: str, home: Path) -> Path | None:
    """The folder of the newest compiled encoder of a model, a name or a folder; None where there is none to load."""
    found: list[tuple[str, Path]] = []
    for folder in folders(model, home):
        with contextlib.suppress(EncoderError):
            description = Description.read(folder)
            if description.name == named(model):
                found.append((description.created, folder))
    return max(found)[1] if found else None


def folders(model: str, home: Path) -> list[Path]:
    """All folders below home that were made for a model, whatever their format and state."""
    pattern = re.compile(re.escape(key(model)) + r"\.[0-9a-f]{12}")
    return [path for path in home.glob("*") if pattern.fullmatch(path.name)]


def cores() -> int:
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def named(model: str) -> str:
    """What a model is called: the last part of a folder's path, or a name without sentence-transformers' own prefix.

    >>> named("sentence-transformers/all-MiniLM-L6-v2"), named("BAAI/bge-small-en-v1.5")
    ('all-MiniLM-L6-v2', 'BAAI/bge-small-en-v1.5')
    """
    name = model.removeprefix("sentence-transformers/")
    return Path(model).resolve().name if is_folder(model) else name


def is_folder(model: str) -> bool:
    """Whether the model is a folder of weights; the default model's name never is."""
    return model != DEFAULT and Path(model).is_dir()


def key(model: str) -> str:
    """What the name of a model's compiled folder begins with; a folder of weights is told apart by its whole path.

    >>> key("BAAI/bge-small-en-v1.5")
    'BAAI--bge-small-en-v1.5'
    """
    stem = re.sub(r"[^A-Za-z0-9._-]", "-", named(model).replace("/", "--"))
    if not is_folder(model):
        return stem
    return f"{stem}-{hashlib.sha256(os.fsencode(Path(model).resolve())).hexdigest()[:8]}"


def batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Positions of texts, longest first, in batches of at most `tokens` tokens, padding counted (or of one text).

    >>> list(batches([3, 9, 4, 3], 10))
    [[1], [2, 0], [3]]
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > tokens:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def open_session(graph: Path, threads: int) -> Any:
    """An ONNX Runtime session of a graph that was optimised when it was compiled."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait in a loop gain half a millisecond a question, and take the cores from every other process.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no narrower root
        raise unusable(graph, error) from error


def unusable(path: Path, error: Exception) -> EncoderError:
    """The error for a file that tokenizers or ONNX Runtime do not take."""
    reason = " ".join(str(error).split())[:200]
    return EncoderError(
        f"{path} cannot be loaded by the version installed here ({reason}); run: strata compile"
    )


def _verify(folder: Path, description: Description) -> None:
    """Raise EncoderError for a file that is not the one that was compiled."""
    try:
        verified = json.loads((folder / VERIFIED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        verified = {}
    if not isinstance(verified, dict):
        verified = {}
    notes = {}
    for name, (size, sha) in description.files.items():
        path = folder / name
        try:
            status = path.stat()
            notes[name] = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, sha]
            sound = status.st_size == size and (notes[name] == verified.get(name) or sha256(path) == sha)
        except OSError as error:
            raise EncoderError(f"{path} cannot be read ({error.strerror}); run: strata compile") from error
        if not sound:
            raise EncoderError(f"{path} is damaged; run: strata compile")
    if notes != verified:
        _note(folder, notes)


def _note(folder: Path, notes: dict[str, list[object]]) -> None:
    """Write verified.json; without it, in a read-only folder or on a full disk, the files are hashed each time."""
    with contextlib.suppress(WriteError):
        atomic_write(folder / VERIFIED, json.dumps(notes).encode(), 0o600)


def sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
