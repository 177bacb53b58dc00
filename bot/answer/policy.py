"""The policy of replies: weights, limits and switches."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.answer.confidence import Weights as ConfidenceWeights
from bot.answer.sentence_ranking import Weights as SentenceWeights
from bot.question.analysis import Steps
from index.search.fusion import Weights as RankingWeights


@dataclass(frozen=True, slots=True)
class Policy:
    """The parameters of a reply. Each switch and each weight can be set to nothing to measure its worth (`strata eval --without`)."""

    threshold: float = 0.45
    """The confidence below which Strata abstains."""
    closest: float = 0.6
    """The share of the threshold from which an abstention shows the excerpt that an answer would begin with."""
    sentences: int = 3
    """The most quotations in an answer."""
    margin: float = 3.0
    """How far below the best sentence's score a further quotation may lie.

    Chosen on half a of the gold questions (tests/benchmarks/README.md, "How many quotations").
    """
    nearest: int = 3
    """The headings that an abstention names."""
    question: Steps = field(default_factory=Steps)
    """The steps of query rewriting."""
    unknown_names: bool = True
    """Abstain if the question names something that no document mentions."""
    definitions: bool = True
    """Abstain if the question asks what a term is and no sentence defines it."""
    owners: bool = True
    """Abstain if the question is about a thing of an entity and all sentences are about others."""
    periods: bool = True
    """Abstain if the question names a period that none of the best sentences is about."""
    premises: bool = True
    """Abstain if the best sentences deny what the question takes for granted."""
    trends: bool = True
    """Abstain if the question asks why something rose or fell and the documents' figures never did."""
    newest: bool = True
    """Quote the newest value of the figures that the question means first, and a value that differs beside it."""
    introductions: bool = True
    """Answer a question about a document's subject with its introduction, and a question about a section with that section."""
    ranking: RankingWeights = field(default_factory=RankingWeights)
    selection: SentenceWeights = field(default_factory=SentenceWeights)
    confidence: ConfidenceWeights = field(default_factory=ConfidenceWeights)
