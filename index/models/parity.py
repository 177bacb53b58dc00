"""The check that a compiled model gives the rows of its original: the texts, and how near is near enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import EncoderError

if TYPE_CHECKING:
    from index.models.encoder import CompiledEncoder
    from index.types import Matrix

MIN_COSINE = 0.9999
"""The lowest cosine to sentence-transformers' own rows that passes."""

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
"""Empty, short and long, numbers, other scripts, and marks that look like the model's own; each below 256 tokens."""

TOO_LONG = " ".join(PROBES) * 3
"""A question that is longer than most models read."""


def rows(encoder: CompiledEncoder) -> tuple[list[str], Matrix]:
    """Return the probes that the encoder reads whole, and its rows: of these as passages, then of these and `TOO_LONG` as questions."""
    import numpy as np

    passages = [text for text in PROBES if encoder.count(text) <= encoder.id.max_tokens]
    questions = [encoder.encode_question(text) for text in (*passages, TOO_LONG)]
    return passages, np.concatenate([encoder.encode(passages), questions])


def check(model: str, found: Matrix, expected: Matrix) -> float:
    """Return the lowest cosine between the rows of two matrices; raises EncoderError if it is below `MIN_COSINE`."""
    import numpy as np

    lowest = float(np.einsum("ij,ij->i", found, expected).min())
    if not lowest >= MIN_COSINE:  # so that NaN fails, too
        raise EncoderError(
            f"{model} was not compiled: a row has a cosine of {lowest:.6f} to sentence-transformers' own, "
            f"below {MIN_COSINE}; choose another model"
        )
    return lowest
