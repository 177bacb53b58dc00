"""A small library on a real disk, for the tests of what stands in front of the index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.corpus.corpus import Corpus
from bot.library import Library
from bot.settings.settings import Settings
from index.build.builder import build
from index.store.store import Store
from tests.bagofwords import BagOfWords

DOCUMENTS = {
    "models/anthropic.md": """---
title: Anthropic
layer: models
summary: A model company.
reviewed: 2026-01-05
review_by: 2026-02-04
aliases: [ANTH = Anthropic]
sources:
  - {id: post-2025-12, publisher: Anthropic, title: A post, url: "https://example.org/post", published: "2025-12"}
---
Anthropic trains and serves the Claude models.

## Revenue

Anthropic's revenue run rate was $9 billion at the end of December 2025.[^post-2025-12] It had doubled within a year.

| Month | Run rate |
| --- | --- |
| 2024-12 | $1 billion |
| 2025-12 | $9 billion |
""",
    "energy/turbines.md": """---
title: Gas turbines
layer: energy
---
## Orders

Turbine makers sold out their production slots through 2028.
""",
}


def write(content: Path, documents: Mapping[str, str] = DOCUMENTS) -> Path:
    """Write documents into a folder, and return the folder."""
    for path, text in documents.items():
        file = content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return content


def corpus(folder: Path, documents: Mapping[str, str], encoder: BagOfWords | None = None) -> Corpus:
    """Return what a library of these documents (a text by path) knows, built below a folder."""
    content = folder / "content"
    for path, text in documents.items():
        file = content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    store, encoder = Store(folder / "index"), encoder or BagOfWords()
    build(content, store, encoder)
    return Corpus(store.current(), encoder)


def opened(folder: Path, documents: Mapping[str, str] = DOCUMENTS, **settings: object) -> Library:
    """The library, built below a folder with an encoder that counts words."""
    content = write(folder / "content", documents)
    store, encoder = Store(folder / "index"), BagOfWords()
    build(content, store, encoder)
    return Library(
        Settings(content=content, index=folder / "index", **settings),  # type: ignore[arg-type]
        encoder,  # type: ignore[arg-type]
        store,
        store.current(),
    )
