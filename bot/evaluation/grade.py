"""One gold question held against what was retrieved and replied: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bot.evaluation import statistics
from bot.evaluation.figure_match import entails, figures
from bot.evaluation.gold import Gold
from bot.evaluation.gold_places import Shelf, Spot
from bot.types import Abstention

if TYPE_CHECKING:
    from bot.answer.pipeline import Outcome
    from bot.types import Citation, Quote, Reply
    from index.types import Document, Passage

FIGURE = "figure"
"""The kind of question that a sentence with the same figure answers, whatever else it says."""

PassageOf = Callable[[int], "Passage"]
"""The passage of a row."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the passages that hold a question's places were ranked, among the first ten."""

    first: int
    """The rank of the first of them; 0 where none is there."""
    recall1: float
    recall5: float
    recall10: float
    reciprocal: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A quotation that a reply shows, or that an abstention would have shown as an answer."""

    document: str
    heading: str
    text: str
    is_place: bool
    """It is a sentence that answers the question."""
    is_entailing: bool
    """It is one or, where a figure is asked for, says the figure that one says."""
    is_verbatim: bool
    opens: bool
    """The link of its citation leads to a heading that the document has, and it stands under that one."""
    numbers: int
    unsupported: int
    """How many of its figures stand neither in its passage nor in what the passage needs."""


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a gold question."""

    gold: Gold
    ranking: Ranking | None
    """None where the library does not answer, or the generation has none of the places."""
    confidence: float
    """Of the reply; 0 where Strata abstains at any threshold."""
    threshold: float
    """Below this confidence it abstained."""
    reason: str
    """Why it abstained; empty where it answered."""
    shown: tuple[Shown, ...]
    """What it quotes as an answer or, where it abstained, what it would have quoted but for the threshold."""
    sentence1: float
    """Share of the question's parts that the first of them answers."""
    sentence3: float
    contrary: bool
    """What was shown has a sentence that speaks against the question's premise."""
    beside: tuple[Shown, ...]
    """What it quotes beside an abstention."""
    nearest: tuple[bool, ...]
    """Of the nearest headings that an abstention names, whether the link leads there."""
    loose: int
    """Figures in its remarks that stand neither in the question nor in what it quotes."""

    @property
    def is_answered(self) -> bool:
        """Whether Strata answered."""
        return not self.reason

    @property
    def is_right(self) -> bool:
        """Whether what is shown answers the question, or a part of it."""
        return any(shown.is_entailing for shown in self.shown)


def grade(
    gold: Gold, shelf: Shelf, passage_of: PassageOf, outcome: Outcome, unbound: Outcome, threshold: float
) -> Record:
    """The record of a question.

    Args:
        gold: The question.
        shelf: Where its places stand.
        passage_of: The passage of a row of the generation.
        outcome: What was replied.
        unbound: What is replied where no confidence is too low. The same as `outcome` where that is an answer.
        threshold: Below which confidence `outcome` is an abstention.
    """
    parts = [tuple(spot for place in part for spot in shelf.spots(place)) for part in gold.parts]
    spots = tuple(spot for part in parts for spot in part)
    reply, full = outcome.reply, unbound.reply
    is_answer = not isinstance(full, Abstention)

    def shown(reply: Reply) -> tuple[Shown, ...]:
        return tuple(_shown(quote, reply, gold, spots, shelf, passage_of) for quote in reply.quotes)

    quotes = full.quotes if is_answer else ()
    return Record(
        gold=gold,
        ranking=_ranking([hit.row for hit in outcome.hits], parts) if spots else None,
        confidence=full.confidence if is_answer else 0.0,
        threshold=threshold,
        reason=reply.reason if isinstance(reply, Abstention) else "",
        shown=shown(full) if is_answer else (),
        sentence1=_answered(quotes[:1], parts),
        sentence3=_answered(quotes[:3], parts),
        contrary=any(
            spot.is_quoted_by(quote)
            for place in gold.contrary
            for spot in shelf.spots(place)
            for quote in reply.quotes
        ),
        beside=shown(reply) if isinstance(reply, Abstention) else (),
        nearest=tuple(opens(citation, shelf.documents[citation.document]) for citation in reply.nearest)
        if isinstance(reply, Abstention)
        else (),
        loose=_loose(reply),
    )


def _ranking(rows: list[int], parts: list[tuple[Spot, ...]]) -> Ranking:
    wanted = [{spot.row for spot in part} for part in parts]
    relevant = set().union(*wanted)
    reciprocal = statistics.reciprocal_rank(rows[:10], relevant)
    return Ranking(
        first=round(1 / reciprocal) if reciprocal else 0,
        recall1=statistics.recall(rows, wanted, 1),
        recall5=statistics.recall(rows, wanted, 5),
        recall10=statistics.recall(rows, wanted, 10),
        reciprocal=reciprocal,
        ndcg=statistics.ndcg(rows, relevant, 10),
    )


def _answered(quotes: Iterable[Quote], parts: list[tuple[Spot, ...]]) -> float:
    quoted = list(quotes)
    found = sum(any(spot.is_quoted_by(quote) for spot in part for quote in quoted) for part in parts)
    return found / len(parts) if parts else 0.0


def _shown(
    quote: Quote, reply: Reply, gold: Gold, spots: tuple[Spot, ...], shelf: Shelf, passage_of: PassageOf
) -> Shown:
    cited = next(citation for citation in reply.citations if citation.number == quote.citation)
    passage = passage_of(quote.row)
    context = " ".join((cited.title, *cited.headings, quote.lead))
    is_place = any(spot.is_quoted_by(quote) for spot in spots)
    written = figures(f"{quote.lead} {quote.text}")
    return Shown(
        document=cited.document,
        heading=cited.headings[-1] if cited.headings else "",
        text=quote.text,
        is_place=is_place,
        is_entailing=is_place
        or (gold.kind == FIGURE and any(entails(quote.text, context, p.sentence) for p in gold.places)),
        is_verbatim=passage.text[quote.start : quote.end] == quote.text
        and (quote.lead in passage.text or quote.lead in passage.lead),
        opens=opens(cited, shelf.documents[cited.document]) and passage.headings == cited.headings,
        numbers=len(written),
        unsupported=len(written - figures(f"{passage.lead} {passage.text}")),
    )


def opens(citation: Citation, document: Document) -> bool:
    """Whether the link of a citation leads to the file and to the anchor of the heading that it names."""
    address = urlsplit(citation.link)
    if not unquote(address.path).endswith(f"/{document.path}"):
        return False
    anchors = {heading.anchor for heading in document.headings if heading.path == citation.headings}
    return unquote(address.fragment) in (anchors if citation.headings else {"", *anchors})


def _loose(reply: Reply) -> int:
    """The figures of a reply's remarks that are neither asked for nor quoted."""
    said = [reply.question, *(f"{quote.lead} {quote.text}" for quote in reply.quotes)]
    if isinstance(reply, Abstention):
        remarks = [reply.message, *reply.notes]
        said += [citation.place for citation in reply.nearest]
    else:
        remarks = list(reply.notes)
    return len(figures(" ".join(remarks)) - figures(" ".join(said)))
