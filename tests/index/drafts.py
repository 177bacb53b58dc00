"""Documents, drafts and libraries for tests of the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.build.assembly import assemble
from index.build.plan import ChunkedDocument, Plan
from index.types import Document, Passage, Sentence
from tests.bagofwords import BagOfWords

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from index.store.writer import Draft


def passage_of(document: str, *sentences: str) -> Passage:
    """Return a passage with these sentences, one per line."""
    text = " ".join(sentences)
    spans = []
    start = 0
    for line, sentence in enumerate(sentences, start=3):
        spans.append(Sentence(start, start + len(sentence), line))
        start += len(sentence) + 1
    return Passage(document, ("Part",), "part", 3, 2 + len(sentences), text, tuple(spans))


def chunked(id: str, *passages: tuple[str, ...]) -> ChunkedDocument:
    """Return a document with these passages, each given by its sentences."""
    document = Document(id, f"{id}.md", id.title(), sha256=id)
    return ChunkedDocument(document, tuple(passage_of(id, *sentences) for sentences in passages))


SOME = (
    chunked("chips", ("Accelerators are scarce.", "Nvidia sells most."), ("Memory is scarce as well.",)),
    chunked("energy", ("Power is the limit.", "A campus needs 1.2 GW.")),
)


def draft_of(parts: Iterable[ChunkedDocument] = SOME, encoder: BagOfWords | None = None) -> Draft:
    """Return a draft with these documents."""
    plan = Plan(0, (), tuple(parts), ())
    return assemble(plan, encoder or BagOfWords(), None, reuse=False).draft


def write_library(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files, given by path and text, below a folder, and return the folder."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
