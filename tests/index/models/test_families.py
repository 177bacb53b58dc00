"""The prefixes of known families of encoders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from index.models import compiler
from index.models.bundle import Description
from index.models.encoder import load
from index.models.families import is_multilingual, prefixes
from tests.tinybert import bi_encoder


@pytest.fixture(scope="module")
def e5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small weights under the name of a multilingual model, without prompts of their own."""
    folder = tmp_path_factory.mktemp("model")
    named = folder / "multilingual-e5-small"
    shutil.copytree(bi_encoder(folder), named)
    file = named / "config_sentence_transformers.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**config, "prompts": {"query": "", "document": ""}}), encoding="utf-8")
    return named


def test_the_prefixes_of_a_family_are_compiled_in(e5: Path, tmp_path: Path) -> None:
    """Without them, an E5 model embeds questions and passages as it was never trained to."""
    folder = compiler.compile(str(e5), tmp_path, words=False)
    description = Description.read(folder)
    assert (description.query_prompt, description.document_prompt) == ("query: ", "passage: ")
    assert description.parity >= 0.9999
    encoder = load(folder)
    assert encoder.encode_question("capex rose") @ encoder.encode(["capex rose"])[0] < 0.999


def test_prefixes_of_the_settings_replace_those_of_the_family(e5: Path, tmp_path: Path) -> None:
    """A fine-tuned model may have been trained with others."""
    folder = compiler.compile(str(e5), tmp_path, prompts={"query": "what "}, words=False)
    description = Description.read(folder)
    assert (description.query_prompt, description.document_prompt) == ("what ", "")


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("intfloat/multilingual-e5-base", "query: "),
        ("/models/e5-small-v2/", "query: "),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: "),
        ("nomic-ai/nomic-embed-text-v1.5", "search_query: "),
        ("intfloat/multilingual-e5-large-instruct", ""),
        ("BAAI/bge-m3", ""),
        ("paraphrase-multilingual-MiniLM-L12-v2", ""),
        ("some/e500-small", ""),
    ],
)
def test_families_are_told_by_their_names(model: str, query: str) -> None:
    """Models of other families get no prefix."""
    assert prefixes(model).get("query", "") == query


@pytest.mark.parametrize(
    "model", ["sentence-transformers/LaBSE", "BAAI/bge-m3", "google/embeddinggemma-300m"]
)
def test_multilingual_models_without_the_word_in_their_name_are_known(model: str) -> None:
    """Replies in other languages get no remark with them."""
    assert is_multilingual(model)
    assert not is_multilingual("BAAI/bge-small-en-v1.5")
