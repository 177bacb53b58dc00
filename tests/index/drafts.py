"""Documents, drafts and libraries to test the index with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.build.assembly import assemble
from index.build.plan import Made, Plan
from index.types import Document, Passage, Sentence
from tests.bagofwords import BagOfWords

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from index.store.writer import Draft


def passage_of(document: str, *sentences: str) -> Passage:
    """A passage of these sentences, one a line."""
    text = " ".join(sentences)
    spans = []
    start = 0
    for line, sentence in enumerate(sentences, start=3):
        spans.append(Sentence(start, start + len(sentence), line))
        start += len(sentence) + 1
    return Passage(document, ("Part",), "part", 3, 2 + len(sentences), text, tuple(spans))


def made(id: str, *passages: tuple[str, ...]) -> Made:
    """A document of these passages, each given by its sentences."""
    document = Document(id, f"{id}.md", id.title(), sha256=id)
    return Made(document, tuple(passage_of(id, *sentences) for sentences in passages))


SOME = (
    made("chips", ("Accelerators are scarce.", "Nvidia sells most."), ("Memory is scarce as well.",)),
    made("energy", ("Power is the limit.", "A campus needs 1.2 GW.")),
)


def draft_of(parts: Iterable[Made] = SOME, dimension_of: BagOfWords | None = None) -> Draft:
    """A draft of these documents."""
    plan = Plan(0, (), tuple(parts), ())
    return assemble(plan, dimension_of or BagOfWords(), None, reuse=False).draft


def write_library(folder: Path, files: Mapping[str, str]) -> Path:
    """Files below a folder, which is made; each is given by its path and its text."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
