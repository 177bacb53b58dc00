"""The title of a table of figures and the remarks below it: definitions, fiscal years, absences, entries beyond the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bot.corpus.figure_store import basis_of

if TYPE_CHECKING:
    from bot.answer.figures.figure_entries import Entry
    from bot.corpus.figure_store import Figure


def title_of(entries: Sequence[Entry]) -> str:
    """Return the name of the metric with its unit: "revenue run rate (USD billion, annualized)"."""
    figure = entries[0].figure
    name = figure.metric_name.split("(")[0].split(",")[0].strip()
    unit = figure.unit
    has_basis = bool(basis_of(f"{name}, {unit}")) or not figure.kind[1]
    if has_basis:
        units = dict.fromkeys(
            entry.figure.unit for entry in entries if entry.figure.amount[1] != figure.amount[1]
        )
        return f"{name} ({'; '.join((unit, *units))})"
    bases = {entry.figure.kind[1] for entry in entries}
    return f"{name} ({unit}, by {bases.pop() if len(bases) == 1 else 'year'})"


def definitions(entries: Sequence[Entry]) -> Iterable[str]:
    """Yield a remark with the definitions of the entries' metrics if they differ."""
    if len({entry.figure.metric.qualifier for entry in entries}) < 2:
        return
    stated = {
        entry.entity: entry.figure.metric.qualifier for entry in entries if entry.figure.metric.qualifier
    }
    others = len(stated) < len({entry.entity for entry in entries})
    listed = [f"{entity}: {qualifier}" for entity, qualifier in stated.items()]
    yield f"definitions: {'; '.join([*listed, *(['the others: none stated'] if others else [])])}"


def currencies(entries: Sequence[Entry]) -> Iterable[str]:
    """Yield a remark that values of different currencies are not compared."""
    if len({entry.figure.amount[1] for entry in entries}) > 1:
        yield "the values are in different currencies; the order is by value within each"


def fiscal_years(entries: Sequence[Entry]) -> Iterable[str]:
    """Yield a remark that names the entries of a fiscal year if others are of a calendar year."""
    fiscal = [entry for entry in entries if entry.figure.metric.basis == "fiscal year"]
    if fiscal and len(fiscal) < len(entries):
        listed = (f"{entry.entity} (to {entry.figure.point.as_of})" for entry in fiscal)
        yield f"fiscal years: {', '.join(listed)}"


def missing(
    names: Sequence[str], entries: Sequence[Entry], found: Sequence[Figure], pool: Sequence[Figure]
) -> Iterable[str]:
    """Yield remarks that name the asked entities that the table lacks.

    Args:
        names: The entities that the question names.
        entries: The entries of the table.
        found: The figures that the question may mean.
        pool: The figures among them that can be compared.
    """
    shown = {entry.entity.lower() for entry in entries}
    other: dict[str, str] = {}
    unstated, absent = [], []
    for name in (name for name in names if name.lower() not in shown):
        figures = [one for one in found if name.lower() in one.names]
        if any(name.lower() in one.names for one in pool):
            unstated.append(name)
        elif figures:
            newest = max(figures, key=lambda one: one.month)
            other[name] = f"{name} ({newest.metric_name}, {newest.unit})"
        else:
            absent.append(name)
    if other:
        yield f"not comparable: {', '.join(other.values())}"
    if unstated:
        yield f"no sentence to quote: {', '.join(unstated)}"
    if absent:
        yield f"no figure: {', '.join(absent)}"


def beyond(entries: Sequence[Entry], *, is_one: bool) -> Iterable[str]:
    """Yield a remark that names the entries beyond the table, or those that the only entry was compared with."""
    if entries:
        names = ", ".join(entry.entity for entry in entries)
        yield f"compared with: {names}" if is_one else f"{len(entries)} more: {names}"
