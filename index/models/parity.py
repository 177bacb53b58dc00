"""The parity check: a compiled model must give the embeddings of its original for a set of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import EncoderError

if TYPE_CHECKING:
    from index.models.encoder import CompiledEncoder
    from index.types import Matrix

MIN_COSINE = 0.9999
"""The lowest cosine to sentence-transformers' embeddings that passes."""

PROBES = (
    "",
    "?",
    "Capex rose.",
    "What is Anthropic's annualised revenue run rate?",
    "$30B+ (up from $9B). U.S. vs. E.U., Q3 FY27, 3.5 GW, e.g. No. 1",
    "Größe, naïve café, \N{LATIN SMALL LIGATURE FI}ne print, e\N{COMBINING ACUTE ACCENT}, 半導體と電力, чипы, 🚀⚡",
    "Zero\N{ZERO WIDTH SPACE}width, no\N{NO-BREAK SPACE}break, tabs\tand\nnew lines",
    "UPPER CASE and lower case, <html> & [MASK] [SEP] <s> tokens",
    "Data centres need gigawatts of firm power by 2030, and grids take years to connect them. " * 5,
    "supercalifragilisticexpialidocious " * 10,
    "Training moves to where power is cheap; inference stays near people. " * 11,
)
"""Empty, short and long texts, numbers, other scripts and the model's special tokens; each below 256
tokens."""

TOO_LONG = " ".join(PROBES) * 3
"""A question that exceeds the token limit of most models."""


def rows(encoder: CompiledEncoder) -> tuple[list[str], Matrix]:
    """Return the probes within the token limit, and their embeddings as passages, then as questions with `TOO_LONG`."""
    import numpy as np

    passages = [text for text in PROBES if encoder.count(text) <= encoder.id.max_tokens]
    questions = [encoder.encode_question(text) for text in (*passages, TOO_LONG)]
    return passages, np.concatenate([encoder.encode(passages), questions])


def check(model: str, found: Matrix, expected: Matrix) -> float:
    """Return the lowest cosine between corresponding rows; raises EncoderError if it is below `MIN_COSINE`."""
    import numpy as np

    lowest = float(np.einsum("ij,ij->i", found, expected).min())
    if not lowest >= MIN_COSINE:  # so that NaN fails, too
        raise EncoderError(
            f"{model} was not compiled: a row has a cosine of {lowest:.6f} to sentence-transformers' own, "
            f"below {MIN_COSINE}; choose another model"
        )
    return lowest
