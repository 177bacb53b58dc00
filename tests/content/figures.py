"""A comparison of the figures in the library's text with its front matter, its sources and each other.

Run `python -m tests.content.figures` to print the differences; the exit status is 1 if there are any.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from bot.text.periods import periods
from bot.text.quantities import measure, quantities
from index.documents import loader
from index.documents.folder import scan
from index.lint import FIGURE
from index.text.sentences import split
from index.text.tokenizer import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.text.quantities import Measure
    from index.documents.loader import Parsed
    from index.types import Block, Point, Series

CONTENT = Path(__file__).parents[2] / "content"

MAX_DIFFERENCE = 0.012
"""The relative difference up to which two amounts are taken for the same amount, stated differently."""

MIN_SHARED_TERMS = 0.6
"""The share of the terms of the shorter of two sentences that the longer repeats, if both state the same fact."""

_PERIOD_OF_METRIC = re.compile(
    r"\b(?:annual|quarterly"  # "annual revenue", "quarterly revenue"; a yearly cost is not the whole cost
    r"|quarter|year)\b"  # "revenue (quarter)", "revenue, quarter"
    r"|[(),]"
)
_REASONED = re.compile(
    r"\bderived\b"  # "about 13%, derived from ..."
    r"|\b(?:would|could|if)\b",  # a condition: "A gross margin below 80% would mean ..."
    re.IGNORECASE,
)
_AMOUNT = r"(?!(?:19|20)\d\d\b)[$€]?\d+(?:[.,]\d+)*"
"""A number, with or without a currency, but not a year: "$30", "12.5", "1,200"."""

_GROWTH = re.compile(
    r"(?:rose|grew|increased|up|fell|dropped|declined|down)\s(?:by\s)?(?:about\s|nearly\s|almost\s)?"
    r"(?P<percent>\d+(?:\.\d+)?)%[^.;%]{0,60}?"  # "rose by 20%"
    rf"(?:\bto\s(?:about\s)?(?P<to>{_AMOUNT})\D[^.;%]{{0,40}}?"  # "to $12 billion"
    rf"\bfrom\s(?:about\s)?(?P<from>{_AMOUNT})"  # "from $10 billion"
    rf"|\bfrom\s(?:about\s)?(?P<first>{_AMOUNT})\D[^.;%]{{0,40}}?"  # "from $10 billion"
    rf"\bto\s(?:about\s)?(?P<last>{_AMOUNT}))"  # "to $12 billion"
)
_FALL = re.compile(r"^(?:fell|dropped|declined|down)")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or a table row, with its place, the addresses of its sources and its quantities."""

    place: str
    """The path and line: "models/xai.md:120"."""
    text: str
    addresses: frozenset[str]
    amounts: frozenset[Measure]
    """Money, shares and energy, without signs."""
    periods: frozenset[str]

    @property
    def document(self) -> str:
        """The path of the document."""
        return self.place.rpartition(":")[0]


def documents() -> list[Parsed]:
    """Return the documents of the library, in order."""
    return [loader.read(CONTENT, file.path) for file in scan(CONTENT).files]


def differences(parsed: Sequence[Parsed]) -> Iterator[str]:
    """Yield one line for each figure that differs from its front matter, its source or another document."""
    yield from (line for document in parsed for line in unstated_points(document))
    yield from (line for document in parsed for line in unsupported_sentences(document))
    yield from (line for document in parsed for line in wrong_growth(document))
    yield from contradictory_points(parsed)
    yield from contradictory_statements([s for document in parsed for s in statements(document)])


def unstated_points(parsed: Parsed) -> Iterator[str]:
    """Yield a line for each point whose value, year and source are in no paragraph, list item or table row."""
    blocks = [block for section in parsed.sections for block in section.blocks]
    for number, series in enumerate(parsed.document.figures):
        for place, point in enumerate(series.points):
            stated = [block for block in blocks if _states(block, series, point)]
            cited = [block for block in stated if any(mark.source == point.source for mark in block.marks)]
            if not any(_is_dated(block, point) for block in cited):
                line = parsed.lines.get(f"figure {number} {place}", 1)
                problem = "no text cites" if stated and not cited else "no text dates" if cited else "no text"
                yield (
                    f"{parsed.document.path}:{line}: {series.entity}, {series.metric}, {point.as_of}: "
                    f"{problem} {point.value:g} {series.unit} ({point.source})"
                )


def _states(block: Block, series: Series, point: Point) -> bool:
    """Return whether a block has the value with its unit; the unit of a table cell is in the column's heading."""
    found = {(abs(quantity.value), quantity.unit) for quantity in quantities(block.text)}
    value, unit = measure(abs(point.value), series.unit)
    if block.kind == "row":
        return abs(point.value) in {float(number) for number, _ in found} or (value, unit) in found
    return (value, unit) in found if unit else value in {number for number, _ in found}


def _is_dated(block: Block, point: Point) -> bool:
    """Return whether a block or its lead has the year of a point; a fiscal year may end in the next one."""
    year = int(point.as_of[:4])
    text = f"{block.lead} {block.text}"
    return block.kind == "row" or any(str(stated) in text for stated in (year, year + 1))


def unsupported_sentences(parsed: Parsed) -> Iterator[str]:
    """Yield a line for each sentence with a figure that has no source, no derivation and no point."""
    points = {
        measure(abs(point.value), series.unit)
        for series in parsed.document.figures
        for point in series.points
    }
    for block in (block for section in parsed.sections for block in section.blocks):
        if block.kind not in {"prose", "item"}:
            continue
        for start, end in split(block.text):
            text = block.text[start:end]
            if not FIGURE.search(text) or _REASONED.search(text):
                continue
            is_cited = any(start < mark.offset <= end + 1 for mark in block.marks)
            stated = {(abs(quantity.value), quantity.unit) for quantity in quantities(text)}
            if not is_cited and not stated & points:
                yield f"{parsed.document.path}:{block.first_line}: cite a source: {text}"


def wrong_growth(parsed: Parsed) -> Iterator[str]:
    """Yield a line for each sentence whose percentage differs from its two amounts by more than rounding."""
    for block in (block for section in parsed.sections for block in section.blocks):
        for match in _GROWTH.finditer(block.text):
            least, most = _growth(match["from"] or match["first"], match["to"] or match["last"])
            stated = float(match["percent"]) * (-1 if _FALL.match(match[0]) else 1)
            slack = _half_step(match["percent"])
            if not least - slack <= stated <= most + slack:
                place = f"{parsed.document.path}:{block.first_line}"
                yield f"{place}: {least:.1f}% to {most:.1f}%, not {stated:g}%: {match[0]}"


def _growth(first: str, last: str) -> tuple[float, float]:
    """Return the least and the greatest growth, in percent, between two rounded amounts."""
    low, high = _number(first) - _half_step(first), _number(first) + _half_step(first)
    end, slack = _number(last), _half_step(last)
    return ((end - slack) / high - 1) * 100, ((end + slack) / max(low, 1e-9) - 1) * 100


def _number(text: str) -> float:
    return float(text.strip("$€").replace(",", ""))


def _half_step(text: str) -> float:
    """Return half of the last digit's unit, the most that rounding can change: 0.05 for "12.5"."""
    return 10.0 ** -len(text.partition(".")[2]) / 2


def contradictory_points(parsed: Iterable[Parsed]) -> Iterator[str]:
    """Yield a line for each two points of one entity, metric and date with different values."""
    found: dict[tuple[str, str, str, str], dict[Measure, str]] = defaultdict(dict)
    for document in parsed:
        for series in document.document.figures:
            metric = " ".join(sorted(_PERIOD_OF_METRIC.sub(" ", series.metric.lower()).split()))
            for point in series.points:
                amount = measure(point.value, series.unit)
                key = (series.entity.lower(), metric, amount[1], point.as_of)
                found[key].setdefault(amount, document.document.path)
    for (entity, metric, _, as_of), by_amount in found.items():
        if len(by_amount) > 1:
            stated = " and ".join(f"{amount[0]:f} in {path}" for amount, path in by_amount.items())
            yield f"{entity}, {metric}, {as_of}: {stated}"


def statements(parsed: Parsed) -> Iterator[Statement]:
    """Yield the sentences and rows of a document that have a source and an amount."""
    addresses = {source.id: source.url for source in parsed.document.sources}
    for block in (block for section in parsed.sections for block in section.blocks):
        for start, end in [(0, len(block.text))] if block.kind == "row" else split(block.text):
            text = block.text[start:end]
            cited = frozenset(
                addresses.get(mark.source, "") for mark in block.marks if start < mark.offset <= end + 1
            )
            amounts = frozenset(
                (abs(quantity.value), quantity.unit)
                for quantity in quantities(text)
                if quantity.unit in {"$", "€", "%", "gw", "mw", "twh"}
            )
            if cited and amounts:
                place = f"{parsed.document.path}:{block.first_line}"
                yield Statement(place, text, cited, amounts, frozenset(map(str, periods(text))))


def contradictory_statements(found: Sequence[Statement]) -> Iterator[str]:
    """Yield a line for each two sentences of different documents that state one fact with different amounts."""
    by_address: dict[str, list[Statement]] = defaultdict(list)
    for statement in found:
        for address in statement.addresses:
            by_address[address].append(statement)
    pairs = {pair for group in by_address.values() for pair in combinations(group, 2)}
    for one, other in sorted(pairs, key=lambda pair: (pair[0].place, pair[1].place)):
        if (
            one.document == other.document
            or one.periods != other.periods
            or not _is_one_fact(one.text, other.text)
        ):
            continue
        for left in one.amounts - other.amounts:
            for right in other.amounts - one.amounts:
                if left[1] == right[1] and _is_near(left, right) and not _is_rounded(left, right):
                    yield f"{one.place}: {left[0]:f} {left[1]}, but {other.place}: {right[0]:f} {right[1]}"


def _is_one_fact(one: str, other: str) -> bool:
    left, right = set(terms(one)), set(terms(other))
    return len(left & right) >= MIN_SHARED_TERMS * min(len(left), len(right))


def _is_near(one: Measure, other: Measure) -> bool:
    return abs(one[0] - other[0]) <= MAX_DIFFERENCE * float(max(one[0], other[0]))


def _is_rounded(one: Measure, other: Measure) -> bool:
    """Return whether one value is the other, rounded: 2.6 and 2.561, but not 2.55 and 2.561."""
    digits = [len(f"{amount[0]:f}".replace(".", "").strip("0")) for amount in (one, other)]
    fewest = min(digits)
    return f"{float(one[0]):.{fewest - 1}e}" == f"{float(other[0]):.{fewest - 1}e}"


def main() -> int:
    """Print the differences and return 1 if there are any."""
    found = list(differences(documents()))
    print(*found, sep="\n")
    print(f"{len(found)} differences", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
