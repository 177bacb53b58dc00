"""A chart of a reply's table: bars for a ranking, a line for values over time. Only `draw` imports Matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from bot.corpus.figure_store import comparable
from bot.corpus.figures import period_of
from bot.errors import ChartError
from bot.text.quantities import normal, quantities
from index import install

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from bot.types import Reply, Table, TableRow

MIN_POINTS = 4
"""The fewest entries or dates that a chart is drawn for."""

MAX_ALT_CHARS = 1_000
"""Characters of the longest description; Discord takes 1,024."""

_BACKGROUND, _INK, _FAINT, _BAR = "#1e1f22", "#f2f3f5", "#4e5058", "#7aa2f7"
"""Discord's dark background, and colours with a contrast of at least 4.5 to 1 on it."""

_WIDTH, _ROW, _DPI = 6.0, 0.42, 160
"""Inches and dots per inch: 960 pixels wide, with letters that can be read on a phone."""

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
_WATTS = ((1e9, "GW"), (1e6, "MW"), (1e3, "kW"))


@dataclass(frozen=True, slots=True)
class Chart:
    """The entries of a chart: the name of each, its value, and the value as it is quoted."""

    kind: Literal["ranking", "series"]
    title: str
    names: tuple[str, ...]
    """The entities, or the dates of a series, in the order of the table."""
    values: tuple[float, ...]
    quoted: tuple[str, ...]
    unit: str
    """The unit of the values, which are scaled to it: "$ billion"."""

    @property
    def alt(self) -> str:
        """The chart in words, for people who cannot see it.

        >>> Chart("ranking", "revenue", ("Acme", "Bolt"), (3.0, 2.0), ("$3 billion", "$2 billion"), "$ billion").alt
        'Bar chart of revenue: Acme $3 billion; Bolt $2 billion.'
        """
        shape = "Bar chart" if self.kind == "ranking" else "Line chart"
        values = "; ".join(f"{name} {value}" for name, value in zip(self.names, self.quoted, strict=True))
        text = f"{shape} of {self.title}: {values}."
        return text if len(text) <= MAX_ALT_CHARS else f"{text[: MAX_ALT_CHARS - 1]}…"


def chart_of(reply: Reply) -> Chart | None:
    """Return the chart of a reply, or None if it has no table of at least four values in one unit."""
    table: Table | None = getattr(reply, "table", None)
    if table is None or len(table.rows) < MIN_POINTS:
        return None
    amounts = [_amount(row) for row in table.rows]
    units = {amount[1] for amount in amounts if amount is not None}
    if None in amounts or len(units) != 1:
        return None
    entities = [row.entity for row in table.rows]
    dates = [row.as_of for row in table.rows]
    values = [amount[0] for amount in amounts if amount is not None]
    quoted = tuple(f"{row.value} {row.unit}".strip() for row in table.rows)
    factor, unit = _scale(max(map(abs, values)), units.pop())
    scaled = tuple(value / factor for value in values)
    if len(set(entities)) == 1 and len(set(dates)) == len(dates) and all(dates):
        return Chart("series", f"{entities[0]}, {table.title}", tuple(dates), scaled, quoted, unit)
    if len(set(entities)) == len(entities):
        return Chart("ranking", table.title, tuple(entities), scaled, quoted, unit)
    return None


def is_available() -> bool:
    """Return whether charts can be drawn: the extra is installed."""
    return find_spec("matplotlib") is not None


def draw(chart: Chart) -> bytes:
    """Return a chart as a PNG picture on a dark background; raises ChartError if the extra is missing."""
    if not is_available():
        raise ChartError(f"a chart needs the extra [charts]; run: {install.command('charts')}")
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"font.size": 12, "text.color": _INK, "axes.labelcolor": _INK}):
        rows = len(chart.names) if chart.kind == "ranking" else 7
        figure = Figure(figsize=(_WIDTH, 1.2 + _ROW * rows), layout="constrained", facecolor=_BACKGROUND)
        axes = figure.subplots()
        axes.set_facecolor(_BACKGROUND)
        axes.tick_params(colors=_INK, length=0)
        for side in ("top", "right", "bottom", "left"):
            axes.spines[side].set_visible(False)
        figure.suptitle(_wrapped(chart.title), fontsize=13, color=_INK, x=0.02, ha="left")
        if chart.kind == "ranking":
            _draw_bars(axes, chart)
        else:
            _draw_line(axes, chart)
        picture = BytesIO()
        figure.savefig(picture, format="png", dpi=_DPI, facecolor=_BACKGROUND)
    return picture.getvalue()


def write(reply: Reply, file: Path) -> bool:
    """Write the chart of a reply into a PNG file; returns False if the reply has no values to draw.

    Raises ChartError if the extra is missing or the file cannot be written.
    """
    check(file)
    chart = chart_of(reply)
    if chart is None:
        return False
    try:
        file.write_bytes(draw(chart))
    except OSError as fault:
        raise ChartError(f"{file} cannot be written: {fault.strerror}") from None
    return True


def check(file: Path) -> None:
    """Raise ChartError if a chart cannot be drawn into a file."""
    if not is_available():
        raise ChartError(f"a chart needs the extra [charts]; run: {install.command('charts')}")
    if file.suffix.lower() != ".png":
        raise ChartError(f"{file}: the chart is a PNG file; use a name that ends in .png")
    if not file.absolute().parent.is_dir():
        raise ChartError(f"{file}: there is no folder {file.absolute().parent}; create it first")


def _draw_bars(axes: Axes, chart: Chart) -> None:
    """Draw a bar for each entry, the first at the top, with its value behind it."""
    places = range(len(chart.names))
    axes.barh(places, chart.values, color=_BAR, height=0.66)
    axes.set_yticks(places, [_short(name) for name in chart.names])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.axvline(0, color=_FAINT, linewidth=1)
    room = max(map(abs, chart.values)) or 1.0
    axes.set_xlim(min(0.0, *chart.values) - 0.02 * room, max(0.0, *chart.values) + 0.3 * room)
    for place, value in zip(places, chart.values, strict=True):
        axes.text(max(value, 0) + 0.02 * room, place, _number(value, chart.unit), va="center", color=_INK)


def _draw_line(axes: Axes, chart: Chart) -> None:
    """Draw the values at their dates, with the first, the last and the highest value written beside the point."""
    months = [period_of(name).months[-1] for name in chart.names]
    axes.plot(months, chart.values, "o-", color=_BAR, linewidth=2.5, markersize=6)
    axes.grid(axis="y", color=_FAINT, linewidth=0.6)
    axes.set_ylabel(chart.unit)
    axes.set_ylim(bottom=min(0.0, *chart.values), top=max(chart.values) * 1.15)
    step = max(1, -(-len(months) // 6))
    shown = list(range(len(months) - 1, -1, -step))[::-1]
    axes.set_xticks([months[place] for place in shown], [chart.names[place] for place in shown])
    highest = max(range(len(months)), key=lambda place: chart.values[place])
    for place in sorted({0, highest, len(months) - 1}):
        side = "left" if place == 0 else "right" if place == len(months) - 1 else "center"
        axes.annotate(
            _number(chart.values[place], chart.unit),
            (months[place], chart.values[place]),
            (0, 10),
            textcoords="offset points",
            ha=side,
        )
    axes.margins(x=0.1)


def _amount(row: TableRow) -> tuple[float, str] | None:
    """Return the value of a row in its base unit, or None if the row states no single value."""
    found = quantities(row.value)
    if not found:
        return None
    first = found[0]
    before = normal(row.value)[: first.start].lower()
    is_minus = first.value > 0 and any(
        word in before for word in ("minus", "-", "\N{MINUS SIGN}", "outflow", "negative")
    )
    value = float(-first.value if is_minus else first.value)
    number, unit = comparable(value, first.unit or row.unit)
    return float(number), unit


def _scale(largest: float, unit: str) -> tuple[float, str]:
    """Return the factor and the name of the unit that fit the largest value.

    >>> _scale(65e9, "$"), _scale(1.2e9, "w"), _scale(82, "%")
    ((1000000000.0, '$ billion'), (1000000000.0, 'GW'), (1.0, '%'))
    """
    for factor, name in _WATTS if unit == "w" else _SCALES:
        if largest >= factor and unit != "%":
            return factor, name if unit == "w" else f"{unit} {name}".strip()
    return 1.0, "W" if unit == "w" else unit


def _number(value: float, unit: str) -> str:
    """Return a value with its unit as a label: "$65 billion", "82 %"."""
    number = f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.0f}"
    number = number.replace("-", "\N{MINUS SIGN}")
    if unit[:1] in {"$", "€", "£", "¥"}:
        sign = "\N{MINUS SIGN}" if value < 0 else ""
        return f"{sign}{unit[0]}{number.lstrip(chr(0x2212))}{unit[1:]}"
    return f"{number} {unit}".strip()


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


def _wrapped(title: str) -> str:
    from textwrap import fill

    return fill(title, 52)
