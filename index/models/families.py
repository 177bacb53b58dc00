"""Facts about families of encoders that follow from their names: prefixes, and whether they read many languages.

Many models name their prefixes in the model card alone, where sentence-transformers does not find them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PREFIXES: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...] = (
    (
        # intfloat/multilingual-e5-small, e5-base-v2; the instruct models have prompts of their own
        re.compile(r"(?:^|[/-])e5-(?:small|base|large)(?!.*instruct)"),
        {"query": "query: ", "document": "passage: "},
    ),
    (
        re.compile(r"(?:^|/)bge-(?:small|base|large)-en"),  # BAAI/bge-small-en-v1.5
        {"query": "Represent this sentence for searching relevant passages: "},
    ),
    (
        re.compile(r"(?:^|/)bge-(?:small|base|large)-zh"),  # BAAI/bge-small-zh-v1.5
        {"query": "为这个句子生成表示以用于检索相关文章："},
    ),
    (
        re.compile(r"(?:^|/)nomic-embed-text"),  # nomic-ai/nomic-embed-text-v1.5
        {"query": "search_query: ", "document": "search_document: "},
    ),
)

MULTILINGUAL_ENCODERS = (
    "multilingual",  # intfloat/multilingual-e5-small, paraphrase-multilingual-MiniLM-L12-v2
    "labse",
    "bge-m3",
    "arctic-embed-l-v2",
    "arctic-embed-m-v2",
    "embeddinggemma",
    "qwen3-embedding",
    "jina-embeddings-v3",
    "distiluse-base-multi",
)
"""Parts of the names, in lower case, of encoders that read many languages."""


def prefixes(model: str) -> dict[str, str]:
    """Return the prefixes for "query" and "document" that the family of a model was trained with; empty if none is known.

    Args:
        model: The name of the model, or the folder with its weights.

    >>> prefixes("intfloat/multilingual-e5-small")
    {'query': 'query: ', 'document': 'passage: '}
    >>> prefixes("all-MiniLM-L6-v2"), prefixes("intfloat/multilingual-e5-large-instruct")
    ({}, {})
    """
    name = model.lower().rstrip("/")
    return next((dict(found) for family, found in _PREFIXES if family.search(name)), {})


def is_multilingual(encoder: str) -> bool:
    """Return whether an encoder reads many languages, by its name.

    >>> is_multilingual("intfloat/multilingual-e5-small"), is_multilingual("all-MiniLM-L6-v2")
    (True, False)
    """
    return any(part in encoder.lower() for part in MULTILINGUAL_ENCODERS)
