"""The place where a document states a figure: the sentence or table row, and the value as it is written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answer.citations import Span
from bot.corpus.figures import period_of
from bot.text.periods import matches, periods
from bot.text.quantities import Quantity, measure, normal, quantities

if TYPE_CHECKING:
    from bot.corpus.corpus import Corpus
    from bot.corpus.figure_store import Figure, Place
    from index.types import Document, Passage, Sentence

_BEFORE_VALUE = re.compile(
    r"(?:(?:minus|negative|outflow of|deficit of)\s+|[-\N{MINUS SIGN}])?(?:US)?[$€£¥]?\s?\Z", re.IGNORECASE
)  # "minus $", "an outflow of $"
_MINUS = re.compile(r"minus|negative|outflow|deficit|[-\N{MINUS SIGN}]", re.IGNORECASE)
_RANGE = re.compile(
    r"\s*(?:to|and|or|[-\N{EN DASH}])\s*(?:US)?[$€£¥]?\s*", re.IGNORECASE
)  # "$25 to $30 billion"


@dataclass(frozen=True, slots=True)
class StatedFigure:
    """A figure with the span that states it."""

    figure: Figure
    span: Span
    value: str
    """The value, verbatim in the span: "$65 billion"."""
    has_unit: bool
    """True if the verbatim value includes its unit; a table cell has the unit in the header."""


def stated(figure: Figure, corpus: Corpus) -> StatedFigure | None:
    """Return the best place in the figure's document that states it, or None.

    The place must name the entity, in the text or above it, and name a term of the metric or cite the figure's source with
    the unit. A place that cites the source comes first, then a place that names the figure's period, then running text.
    """
    if figure.place is not None:
        return _at_place(figure, figure.place, corpus)
    best: tuple[tuple[bool, bool, bool, int], StatedFigure] | None = None
    entity_terms = [frozenset(corpus.terms(name)) for name in figure.names]
    for document, passage, row, sentence, introduction in _sentences(figure, corpus):
        text = passage.quote(sentence)
        found = _value_in(text, figure, is_row=sentence.kind == "row")
        if found is None:
            continue
        above = " ".join((document.title, *passage.headings, introduction, sentence.lead))
        terms = frozenset(corpus.terms(corpus.gazetteer.lengthened(f"{above} {text}")))
        shared = len(figure.metric.core & terms)
        is_cited = figure.point.source in sentence.sources
        if not any(names and names <= terms for names in entity_terms):
            continue
        _, has_unit = found
        if not (shared or (is_cited and has_unit)):
            continue
        key = (is_cited, _is_dated(f"{above} {text}", figure), sentence.kind != "row", shared)
        if best is None or key > best[0]:
            span = Span(document, passage, row, sentence.start, sentence.end, sentence.lead)
            best = key, StatedFigure(figure, span, *found)
    return best[1] if best else None


def _at_place(figure: Figure, place: Place, corpus: Corpus) -> StatedFigure | None:
    """Return a figure that was read from a table or a sentence with the span that it was read from."""
    generation = corpus.generation
    passage = generation.passage(place.row)
    for sentence in passage.sentences:
        if sentence.start == place.start:
            document = generation.document_of(place.row)
            span = Span(document, passage, place.row, sentence.start, sentence.end, sentence.lead)
            return StatedFigure(figure, span, place.value, place.has_unit)
    return None


def _sentences(figure: Figure, corpus: Corpus) -> Iterator[tuple[Document, Passage, int, Sentence, str]]:
    """Yield the sentences of the figure's document that have one of the value's digits, with their places.

    The last part is the sentence above the table for a table row, else "".
    """
    generation = corpus.generation
    place = next(n for n, one in enumerate(generation.documents) if one.id == figure.document)
    document = generation.document(place)
    digits = _digits(figure.point.value)
    for row in range(int(generation.document_rows[place]), int(generation.document_rows[place + 1])):
        passage = generation.passage(row)
        if not any(number in passage.text.replace(",", "") for number in digits):
            continue
        introduction = ""
        for sentence in passage.sentences:
            text = passage.quote(sentence)
            if any(number in text.replace(",", "") for number in digits):
                yield document, passage, row, sentence, introduction if sentence.kind == "row" else ""
            if sentence.kind != "row":
                introduction = text


def _digits(value: float) -> tuple[str, ...]:
    """Return the digits with which a value may be written, in its unit or in the next larger or smaller.

    >>> _digits(0.4), _digits(1049)
    (('0.4', '400', '0.0004'), ('1049', '1049000', '1.049'))
    """
    return tuple(f"{number:.10g}" for number in (abs(value), abs(value) * 1000, abs(value) / 1000))


def _value_in(text: str, figure: Figure, *, is_row: bool) -> tuple[str, bool] | None:
    """Return the figure's value as a text writes it, and whether its unit is written with it; None if it is not there."""
    plain = normal(text)
    if len(plain) != len(text):  # offsets would point elsewhere
        return None
    wanted, symbol = measure(figure.point.value, figure.unit)
    number, _ = measure(figure.point.value, "")
    found = quantities(text)
    for place, quantity in enumerate(found):
        if quantity.unit not in {symbol, ""}:
            continue
        before = _BEFORE_VALUE.search(plain[: quantity.start])
        start = before.start() if before else quantity.start
        sign = plain[start : quantity.start]
        value = -quantity.value if _MINUS.search(sign) and quantity.value > 0 else quantity.value
        shown = text[start : quantity.end].strip()
        if value == wanted and (quantity.unit == symbol):
            return shown, True
        if value == number and (is_row or _starts_range(plain, found, place)):
            return shown, False
    return None


def _starts_range(text: str, found: tuple[Quantity, ...], place: int) -> bool:
    """Return whether a quantity takes its unit from the quantity behind it: "$25 to $30 billion"."""
    if place + 1 == len(found):
        return False
    return bool(_RANGE.fullmatch(text[found[place].end : found[place + 1].start]))


def _is_dated(text: str, figure: Figure) -> bool:
    """Return whether a text names a period that the figure may be of."""
    named = periods(text)
    return any(matches(period_of(figure.point.as_of), period) for period in named)
