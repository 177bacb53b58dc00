"""The grade of one gold question: its places, compared with the retrieved passages and the reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bot.evaluation import statistics
from bot.evaluation.gold import Gold, GoldDocuments, Span
from bot.text.quantities import normal, quantities
from bot.types import Abstention
from index.text.tokenizer import terms

if TYPE_CHECKING:
    from bot.answer.confidence import Features
    from bot.answer.pipeline import Outcome
    from bot.types import Citation, Quote, Reply
    from index.types import Document, Passage

FIGURE = "figure"
"""The kind of question that any sentence with the same figure answers."""

PassageOf = Callable[[int], "Passage"]
"""A function from a row of the generation to its passage."""

Figure = tuple[Decimal, str]
"""A scaled value ("$1.5 billion" is 1.5e9) and its unit, as `bot.text.quantities` writes it, "year", or ""."""

_YEAR = re.compile(
    r"(?:19|20)\d\d"  # "2026"
    r"(?:[\s-](?:quarter|year|month|week|day)s?)?",  # with a period of it: "the July 2025 quarter"
    re.IGNORECASE,
)
_WORD = re.compile(r"\w[\w-]*")  # "Nvidia", "GB200-NVL72"


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ranks of the passages that hold a question's places, among the first ten hits."""

    first: int
    """The rank of the first such passage; 0 if there is no such passage."""
    recall1: float
    recall5: float
    recall10: float
    reciprocal: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A graded quotation: of a reply, or of the answer that an abstention withheld. A field is a key of the JSON form."""

    document: str
    heading: str
    text: str
    is_place: bool
    """True if the quotation has a sentence that answers the question."""
    is_entailing: bool
    """True if `is_place`, or if a figure is asked for and the quotation states the same figure."""
    is_verbatim: bool
    opens: bool
    """True if the citation links to an existing heading, and the quotation is under that heading."""
    numbers: int
    unsupported: int
    """The number of its figures that are neither in its passage nor in the passage's lead."""


@dataclass(frozen=True, slots=True)
class Record:
    """The graded reply to a gold question."""

    gold: Gold
    ranking: Ranking | None
    """None if the library does not answer the question, or the generation has none of its places."""
    confidence: float
    """The confidence of the answer; 0 if Strata abstains at every threshold."""
    threshold: float
    """The confidence below which Strata abstained."""
    reason: str
    """The reason of an abstention; empty for an answer."""
    shown: tuple[Shown, ...]
    """The quotations of the answer or, for an abstention, those that a threshold of 0 would have shown."""
    sentence1: float
    """The share of the question's parts that the answering sentence of the first quotation answers."""
    sentence3: float
    """The share of the question's parts that the excerpts of the first three quotations answer."""
    contrary: bool
    """True if the reply quotes a sentence that contradicts the premise of the question."""
    beside: tuple[Shown, ...]
    """The quotations of an abstention."""
    nearest: tuple[bool, ...]
    """For each nearest heading of an abstention, True if its link leads to the heading."""
    loose: int
    """The number of figures in the notes that are neither in the question nor in a quotation."""
    features: Features | None = None
    """The features of the answer or, for an abstention, of the answer that a threshold of 0 would have shown; None without one."""

    @property
    def is_answered(self) -> bool:
        """Return True if Strata answered."""
        return not self.reason

    @property
    def is_right(self) -> bool:
        """Return True if a quotation answers the question or a part of it."""
        return any(shown.is_entailing for shown in self.shown)


def grade(
    gold: Gold,
    documents: GoldDocuments,
    passage_of: PassageOf,
    outcome: Outcome,
    unbound: Outcome,
    threshold: float,
) -> Record:
    """Return the record of a question.

    Args:
        gold: The question.
        documents: The documents that the question quotes.
        passage_of: Returns the passage of a row of the generation.
        outcome: The reply, with its hits.
        unbound: The reply at a threshold of 0; the same as `outcome` if that is an answer.
        threshold: The confidence below which `outcome` is an abstention.
    """
    parts = [tuple(span for place in part for span in documents.spans(place)) for part in gold.parts]
    spans = tuple(span for part in parts for span in part)
    reply, full = outcome.reply, unbound.reply
    is_answer = not isinstance(full, Abstention)

    def shown(reply: Reply) -> tuple[Shown, ...]:
        return tuple(_shown(quote, reply, gold, spans, documents, passage_of) for quote in reply.quotes)

    quotes = full.quotes if is_answer else ()
    nearest = reply.nearest if isinstance(reply, Abstention) else ()
    return Record(
        gold=gold,
        ranking=_ranking([hit.row for hit in outcome.hits], parts) if spans else None,
        confidence=full.confidence if is_answer else 0.0,
        threshold=threshold,
        reason=reply.reason if isinstance(reply, Abstention) else "",
        shown=shown(full) if is_answer else (),
        # The first sentence alone, because the text around it could answer by chance.
        sentence1=_answered_share((replace(q, before="", after="") for q in quotes[:1]), parts),
        sentence3=_answered_share(quotes[:3], parts),
        contrary=any(
            span.is_quoted_by(quote)
            for place in gold.contrary
            for span in documents.spans(place)
            for quote in reply.quotes
        ),
        beside=shown(reply) if isinstance(reply, Abstention) else (),
        nearest=tuple(link_opens(c, documents.documents[c.document]) for c in nearest),
        loose=_loose_figures(reply),
        features=unbound.features if is_answer and full.confidence < 1 else None,  # a set is certain
    )


def _ranking(rows: list[int], parts: list[tuple[Span, ...]]) -> Ranking:
    wanted = [{span.row for span in part} for part in parts]
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


def _answered_share(quotes: Iterable[Quote], parts: list[tuple[Span, ...]]) -> float:
    """Return the share of the parts that a quotation answers; 0 without parts."""
    quoted = list(quotes)
    found = sum(any(span.is_quoted_by(quote) for span in part for quote in quoted) for part in parts)
    return found / len(parts) if parts else 0.0


def _shown(
    quote: Quote,
    reply: Reply,
    gold: Gold,
    spans: tuple[Span, ...],
    documents: GoldDocuments,
    passage_of: PassageOf,
) -> Shown:
    """Return a graded quotation. `spans` are those of the question's places."""
    cited = next(citation for citation in reply.citations if citation.number == quote.citation)
    passage = passage_of(quote.row)
    context = " ".join((cited.title, *cited.headings, quote.lead))
    is_place = any(span.is_quoted_by(quote) for span in spans)
    quoted = figures(f"{quote.lead} {quote.excerpt}")
    return Shown(
        document=cited.document,
        heading=cited.headings[-1] if cited.headings else "",
        text=quote.text,
        is_place=is_place,
        is_entailing=is_place
        or (gold.kind == FIGURE and any(entails(quote.excerpt, context, p.sentence) for p in gold.places)),
        # Compared by offset, so that a sentence from elsewhere with the same words does not pass.
        is_verbatim=passage.text[quote.excerpt_start : quote.excerpt_end] == quote.excerpt
        and (quote.lead in passage.text or quote.lead in passage.lead),
        opens=link_opens(cited, documents.documents[cited.document]) and passage.headings == cited.headings,
        numbers=len(quoted),
        unsupported=len(quoted - figures(f"{passage.lead} {passage.text}")),
    )


def link_opens(citation: Citation, document: Document) -> bool:
    """Return True if the link of a citation leads to the document's file and to the anchor of the cited heading."""
    address = urlsplit(citation.link)
    # Only the end of the path is compared: the base URL differs between deployments.
    if not unquote(address.path).endswith(f"/{document.path}"):
        return False
    anchors = {heading.anchor for heading in document.headings if heading.path == citation.headings}
    return unquote(address.fragment) in (anchors if citation.headings else {"", *anchors})


def _loose_figures(reply: Reply) -> int:
    """Return the number of figures in a reply's notes that are neither in the question nor in a quotation."""
    known = [reply.question, *(f"{quote.lead} {quote.text}" for quote in reply.quotes)]
    notes = list(reply.notes)
    if isinstance(reply, Abstention):
        notes.insert(0, reply.message)
        known += [citation.place for citation in reply.nearest]
    return len(figures(" ".join(notes)) - figures(" ".join(known)))


def figures(text: str) -> frozenset[Figure]:
    """Return the figures of a text that are written in digits.

    >>> sorted((str(value), unit) for value, unit in figures("$1.5bn in 2026, up 92% on 1,577 GW"))
    [('1500000000', '$'), ('1577', 'gw'), ('2026', 'year'), ('92', '%')]
    """
    plain = normal(text)
    return frozenset(
        (found.value, "year" if _YEAR.fullmatch(plain[found.start : found.end]) else found.unit)
        for found in quantities(plain)
        if plain[found.start].isdigit()
    )


def entails(quotation: str, context: str, gold: str) -> bool:
    """Return True if a quotation has every figure and year of a gold sentence, and it or its context every name.

    The test is strict: a quotation that gives the figure with fewer details than the gold sentence does not count, and a
    gold sentence without a figure other than years is never entailed.

    Args:
        quotation: The quoted text.
        context: The title, the headings and the table header of the quotation.
        gold: The gold sentence.

    >>> gold = "Nvidia booked a $4.5 billion charge in the quarter ended April 2025."
    >>> entails("Its charge in April 2025 was $4.5bn.", "Nvidia", gold), entails("It lost $4.5bn in April.", "Nvidia", gold)
    (True, False)
    """
    wanted = figures(gold)
    if all(unit == "year" for _, unit in wanted) or not wanted <= figures(quotation):
        return False
    words = {word.lower() for word in _WORD.findall(f"{context} {quotation}")}
    return all(name.lower() in words for name in _names(gold))


def _names(text: str) -> list[str]:
    """Return the capitalised words of a text, without stop words."""
    return [word for word in _WORD.findall(text) if word[0].isupper() and terms(word)]
