"""The table with the embeddings of the tokenizer's whole words, so that questions need not encode single words."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING

from index.models import encoder
from index.models.bundle import WORDS, hashed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from index.models.bundle import Description

    Progress = Callable[[int, int], object]
    """Called with the number of words encoded so far and the number of words to encode."""

MAX_WORDS = 40_000
"""Words in the table: those with the lowest token ids, which are the most frequent. BERT's vocabulary has
21,361 whole words, which take 20 s to encode."""


def add_words(folder: Path, description: Description, progress: Progress | None = None) -> Description:
    """Add the table to a compiled encoder and its manifest, and return the new manifest.

    The table has the embedding of each word in half precision, in the row of the word's token id.
    """
    import numpy as np

    compiled = encoder.load(folder)
    tokens = sorted(compiled.whole_words().items(), key=itemgetter(1))[:MAX_WORDS]
    rows = np.zeros((max((token for _, token in tokens), default=-1) + 1, compiled.id.dimension), np.float16)
    done = 0

    def count(batch: int) -> None:
        nonlocal done
        done += batch
        if progress is not None:
            progress(done, len(tokens))

    if tokens:
        count(0)
        rows[[token for _, token in tokens]] = compiled.encode([word for word, _ in tokens], count)
    np.save(folder / WORDS, rows)
    description = replace(description, files=description.files | hashed(folder, WORDS))
    description.write(folder)
    return description
