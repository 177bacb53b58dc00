"""The figures that sentences state in a form that leaves no doubt: one entity, one metric, one value and one date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.corpus.columns import named_period, written
from bot.corpus.figure_store import (
    Figure,
    Place,
    Terms,
    comparable,
    entity_names,
    read_metric,
    status_of,
)
from bot.corpus.table_figures import basis_of_period
from bot.text.periods import MONTH, YEAR
from bot.text.quantities import normal, quantities
from index.text.tokenizer import STOP_WORDS
from index.types import Point

if TYPE_CHECKING:
    from index.store.generation import Generation
    from index.types import Document, Sentence

_ENTITY = r"(?P<entity>[A-Z][\w&.-]*(?: [A-Z][\w&.-]*)*)"
_METRIC = r"(?P<metric>[a-z][a-z -]*?)"
_AT = (
    r"(?:was|were|is|stood at|reached|came to|amounted to|totall?ed|hit"
    r"|(?:rose|grew|fell|climbed|increased|declined|dropped) to)"
)
_HAD = r"(?:had|has|reported|posted|booked|recorded|generated|earned|made)"
_FORMS = tuple(
    re.compile(rf"\A(?:@,? )?(?:{form}) (?:about |around |nearly |roughly )?#(?:,? @)?\.?\Z")
    for form in (
        rf"(?:[Tt]he )?{_METRIC} (?:of|at) (?:the )?{_ENTITY}(?: @)? {_AT}",  # "The revenue of Acme was $3 billion in 2025."
        rf"{_ENTITY}['\N{{RIGHT SINGLE QUOTATION MARK}}]s? {_METRIC}(?: @)? {_AT}",  # "Acme's revenue reached $3 billion in 2025."
        rf"{_ENTITY} {_HAD} (?:an? )?{_METRIC} of",  # "In 2025 Acme had revenue of $3 billion."
    )
)
"""The forms of a sentence, with @ for its date and # for its value."""

_DATE = re.compile(
    r"\b(?:(?:in|at|for|by|during|as of) )?(?:the )?(?:end of )?"
    rf"(?:(?:(?:first|second|third|fourth) (?:quarter|half)(?: of)?|quarter (?:to|ended|ending)|Q[1-4]|H[12]) )?"
    rf"(?:{MONTH} (?:\d{{1,2}},? )?)?{YEAR}\b",
    re.IGNORECASE,
)  # "at the end of December 2025", "in the second quarter of 2026"
_MINUS = re.compile(r"minus|[-\N{MINUS SIGN}]", re.IGNORECASE)
_SIGN = re.compile(r"(?:minus |[-\N{MINUS SIGN}])?(?:US)?[$€£¥]?\Z", re.IGNORECASE)


def sentence_figures(generation: Generation, place: int, terms: Terms) -> Iterator[Figure]:
    """Yield the figures that the sentences of a document state.

    Args:
        generation: The generation.
        place: The place of the document in it.
        terms: A function from a text to its terms.
    """
    document = generation.document(place)
    first, last = generation.document_rows[place : place + 2]
    for row in range(int(first), int(last)):
        passage = generation.passage(row)
        for sentence in passage.sentences:
            if sentence.kind != "row" and (found := _read(passage.quote(sentence))):
                yield _figure(found, document, Place(row, sentence.start, found.shown, True), sentence, terms)


@dataclass(frozen=True, slots=True)
class _Statement:
    """The parts of a sentence that states a figure."""

    entity: str
    metric: str
    shown: str
    """The value, verbatim."""
    amount: float
    unit: str
    date: str
    date_text: str


def _read(text: str) -> _Statement | None:
    period, dates = named_period(text), list(_DATE.finditer(text))
    if period is None or period.fiscal or len(dates) != 1:
        return None
    if len(normal(text)) != len(text):  # offsets would point elsewhere
        return None
    (date,) = dates
    values = [q for q in quantities(text) if not date.start() <= q.start < date.end()]
    if len(values) != 1 or not values[0].unit:
        return None
    (value,) = values
    sign = _SIGN.search(text, 0, value.start)
    start = sign.start() if sign else value.start
    plain = text
    for first, last, mark in sorted([(date.start(), date.end(), "@"), (start, value.end, "#")], reverse=True):
        plain = f"{plain[:first]}{mark}{plain[last:]}"
    found = next(filter(None, (form.match(plain.strip()) for form in _FORMS)), None)
    if found is None or found["entity"].lower() in STOP_WORDS:
        return None
    shown = text[start : value.end]
    is_minus = value.value > 0 and bool(_MINUS.match(shown))
    amount = float(-value.value if is_minus else value.value)
    return _Statement(
        found["entity"], found["metric"], shown, amount, value.unit, written(period), date.group()
    )


def _figure(found: _Statement, document: Document, place: Place, sentence: Sentence, terms: Terms) -> Figure:
    basis = basis_of_period(found.metric, found.date, found.date_text)
    name = f"{found.metric} ({basis})" if basis else found.metric
    metric = read_metric(name, found.unit, terms)
    published = {source.id: source.published for source in document.sources}
    source = max(sentence.sources, key=lambda source: published.get(source, ""), default="")
    point = Point(found.date, found.amount, source)
    return Figure(
        found.entity,
        entity_names(found.entity),
        name,
        metric,
        found.unit,
        point,
        status_of(metric, point, published.get(source, "")),
        comparable(found.amount, found.unit),
        document.id,
        place,
    )
