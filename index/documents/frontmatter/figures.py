"""The figures in the front matter of a document: series of values with dates and sources."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from index.documents.frontmatter.values import ValueReader, brief, is_date
from index.documents.yaml_nodes import Mapping, Scalar
from index.types import Point, Series

if TYPE_CHECKING:
    from index.documents.yaml_nodes import Node

SERIES_KEYS = ("entity", "metric", "unit", "points")
POINT_KEYS = ("as_of", "value", "source")

_NUMBER = re.compile(
    r"[-+]?(\d+(\.\d*)?"  # "30", "-4.5", "5."
    r"|\.\d+)"  # ".5"
    r"([eE][-+]?\d{1,3})?"  # the end of "1.5e9"
)
_PERIOD = re.compile(
    r"\d{4}-(Q[1-4]"  # "2026-Q3"
    r"|H[12])"  # "2026-H1"
)


def read_figures(reader: ValueReader, node: Node | None, sources: set[str]) -> tuple[Series, ...]:
    """Return the series of figures. `sources` are the ids that their points may name."""
    found = []
    for number, item in enumerate(reader.list(node, "figures")):
        values = reader.mapping(item, "a figure", SERIES_KEYS)
        if not isinstance(item, Mapping):
            continue
        entity, metric, unit = (reader.text(values.get(key), f"{key} of a figure") for key in SERIES_KEYS[:3])
        name = f'figure "{brief(f"{entity} {metric}".strip())}"'
        for key in SERIES_KEYS:
            if key not in values:
                reader.fault(item.line, f"{name} has no {key}; add {key}: ...")
        points = []
        for place, point in enumerate(reader.list(values.get("points"), "points")):
            reader.lines[f"figure {number} {place}"] = point.line
            points.append(_point(reader, point, name, sources))
        complete = tuple(point for point in points if point is not None)
        if "points" in values and not points:
            reader.fault(values["points"].line, f"{name} has no points; add one or delete the figure")
        reader.lines[f"figure {number}"] = item.line
        if entity and metric and complete:
            found.append(Series(entity, metric, unit, complete))
    return tuple(found)


def _point(reader: ValueReader, node: Node, name: str, sources: set[str]) -> Point | None:
    """Return one value of a series, or None if its date, value or source is invalid.

    Args:
        reader: Reads the values and collects the faults.
        node: The point.
        name: The name of the series, for faults.
        sources: The ids of the sources that the point may name.
    """
    values = reader.mapping(node, f"a point of {name}", POINT_KEYS)
    for key in POINT_KEYS if isinstance(node, Mapping) else ():
        if key not in values:
            reader.fault(node.line, f"a point of {name} has no {key}; add {key}: ...")
    form = "YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Qn or YYYY-Hn"
    as_of = reader.date_text(values.get("as_of"), f"a point of {name}", "as_of", _is_period, form)
    value = reader.text(values.get("value"), f"value of {name}")
    value_node = values.get("value")
    is_number = isinstance(value_node, Scalar) and value_node.plain and _NUMBER.fullmatch(value)
    if value and not (is_number and math.isfinite(float(value))):
        reader.fault(
            node.line, f'{name} has the value "{brief(value)}"; write a plain number, such as 1234.5'
        )
        value = ""
    source = reader.text(values.get("source"), f"source of {name}")
    if source and source not in sources:
        reader.fault(
            node.line,
            f'{name} names the source "{brief(source)}", which sources does not list; add it there',
        )
    return Point(as_of, float(value), source) if as_of and value and source in sources else None


def _is_period(text: str) -> bool:
    """Return whether a text is a date, a quarter or a half-year."""
    return bool(_PERIOD.fullmatch(text)) or is_date(text)
