"""Charts of rankings and series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot import chart
from bot.errors import ChartError
from bot.types import Answer, Table, TableRow

VALUES = ("$65 billion", "$50 billion", "$400 million", "minus $2 billion")


def reply(*rows: TableRow) -> Answer:
    """Return an answer with a table of these rows."""
    return Answer("A-1", "rank", "g", 1.0, (), (), (), Table("revenue", rows))


RANKING = reply(
    *(
        TableRow(name, value, "", "2026", "reported", 1)
        for name, value in zip(("Acme", "Bolt", "Crux", "Dyne"), VALUES, strict=True)
    )
)
SERIES = reply(*(TableRow("Acme", str(n), "USD billion", f"2026-Q{n}", "reported", 1) for n in range(1, 5)))


def test_a_ranking_is_drawn_in_one_unit_and_described_in_its_own_words() -> None:
    drawn = chart.chart_of(RANKING)
    assert drawn is not None
    assert (drawn.kind, drawn.unit, drawn.values) == ("ranking", "$ billion", (65.0, 50.0, 0.4, -2.0))
    assert drawn.alt == (
        "Bar chart of revenue: Acme $65 billion; Bolt $50 billion; Crux $400 million; Dyne minus $2 billion."
    )


def test_a_series_is_drawn_over_its_dates() -> None:
    drawn = chart.chart_of(SERIES)
    assert drawn is not None
    assert (drawn.kind, drawn.names) == ("series", ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"))


def test_no_chart_of_three_rows_of_two_units_or_of_an_entity_with_two_values() -> None:
    rows = RANKING.table.rows if RANKING.table else ()
    assert chart.chart_of(reply(*rows[:3])) is None
    assert chart.chart_of(reply(*rows[:3], replace(rows[3], value="5 GW"))) is None
    assert chart.chart_of(reply(*rows, replace(rows[0], value="$70 billion"))) is None
    assert chart.chart_of(replace(RANKING, table=None)) is None


@pytest.mark.skipif(not chart.is_available(), reason="needs the extra [charts]")
@pytest.mark.parametrize("shown", [RANKING, SERIES])
def test_a_chart_is_written_as_a_png_file(tmp_path: Path, shown: Answer) -> None:
    file = tmp_path / "chart.png"
    assert chart.write(shown, file)
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(not chart.is_available(), reason="needs the extra [charts]")
def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ChartError, match=r"ends in \.png"):
        chart.check(tmp_path / "chart.jpg")
    with pytest.raises(ChartError, match="there is no folder"):
        chart.check(tmp_path / "none" / "chart.png")
