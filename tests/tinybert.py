"""A BERT small enough to be made in a test: random weights, a few words, real files."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

WORDS = [
    "power",
    "chips",
    "capex",
    "grid",
    "query",
    "passage",
    "what",
    "the",
    "of",
    ":",
    "rose",
    "s",
    "##s",
    "##t",
]
PROMPTS = {"query": "query: ", "document": "passage: "}
LICENSE = "---\nlicense: cc0-1.0\n---\n\nRandom.\n"


def transformer(
    folder: Path, *, layers: int, positions: int, labels: int = 0, seed: int = 1, typed: bool = True
) -> Path:
    """The folder of a transformer with its tokenizer; with `labels` it has a head that gives so many scores.

    Without `typed` its tokens have no types, as in RoBERTa.
    """
    pytest.importorskip("sentence_transformers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

        torch.manual_seed(seed)
        vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=48,
            max_position_embeddings=positions,
            initializer_range=0.5,
            num_labels=labels or 2,
        )
        made = folder / "transformer"
        (BertForSequenceClassification if labels else BertModel)(config).save_pretrained(made)
        (made / "vocab.txt").write_text("\n".join(vocabulary))
        names = ["input_ids", "attention_mask", *(["token_type_ids"] if typed else [])]
        tokenizer = BertTokenizerFast(
            str(made / "vocab.txt"), model_max_length=positions, model_input_names=names
        )
        tokenizer.save_pretrained(made)
    return made


def bi_encoder(folder: Path, seed: int = 1) -> Path:
    """A sentence-transformers model of one layer: first token, a dense layer, no normalisation, two prompts."""
    plain = transformer(folder, layers=1, positions=40, seed=seed)
    made = folder / "tiny"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer, models

        modules = [
            models.Transformer(str(plain), max_seq_length=24),
            models.Pooling(32, pooling_mode="cls"),
            models.Dense(32, 12),
        ]
        SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu").save(str(made))
    (made / "README.md").write_text(LICENSE)
    return made


def cross_encoder(folder: Path, *, typed: bool = True, labels: int = 1, seed: int = 1) -> Path:
    """A cross-encoder of two layers that reads 32 tokens; without `typed` its tokens have no types, as in RoBERTa."""
    plain = transformer(folder, layers=2, positions=32, labels=labels, seed=seed, typed=typed)
    made = folder / "cross"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import CrossEncoder

        CrossEncoder(str(plain), device="cpu").save_pretrained(str(made))
    (made / "README.md").write_text(LICENSE)
    return made
