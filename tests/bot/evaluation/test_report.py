"""Reports on records with known measures."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.errors import GoldError
from bot.evaluation import plot
from bot.evaluation.report import Report
from tests.bot.evaluation.graded import SIX

REPORT = Report("made by hand", SIX, 0.75)


def test_the_tables_have_the_measures_by_kind_and_by_threshold() -> None:
    answerable, unanswerable = REPORT.answerable(), REPORT.unanswerable()
    assert [row[:2] for row in answerable.rows] == [("figure", "2"), ("date", "2")]
    assert answerable.rows[0][2] == "1.00 [1.00 1.00]"
    assert [row[0] for row in unanswerable.rows] == ["near miss", "false premise", "all"]
    assert [row[2][:4] for row in unanswerable.rows] == ["0.00", "1.00", "0.50"]
    assert "at the threshold 0.600" in unanswerable.note
    at = {row[0]: row[1:] for row in REPORT.thresholds().rows}
    assert [cell[:4] for cell in at["0.65"]] == ["0.50", "0.50", "0.33", "0.00"]  # a1, a2 and u1
    assert [cell[:4] for cell in at["0.50"]] == ["0.67", "0.75", "0.50", "0.33"]  # and a3


def test_the_json_form_is_strict_json_with_every_question() -> None:
    found = json.loads(json.dumps(REPORT.json(), allow_nan=False))
    assert found["measures"]["MRR"]["value"] == pytest.approx(1.75 / 4)
    assert found["kinds"]["near miss"]["measures"]["abstention recall"]["value"] == 0
    assert found["matched"] == {
        "answered": 0.75,
        "threshold": 0.6,
        "abstained": {
            "near miss": {"value": 0.0, "low": 0.0, "high": 0.0, "n": 1},
            "false premise": {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1},
        },
    }
    assert [(record["id"], record["answered"]) for record in found["records"]] == [
        ("a1", True), ("a2", True), ("a3", True), ("a4", False), ("u1", True), ("u2", False)
    ]  # fmt: skip


def test_every_table_is_as_wide_as_its_head_in_text_and_in_markdown() -> None:
    """Both forms have the title and the note."""
    for table in REPORT.tables():
        assert all(len(row) == len(table.head) for row in table.rows)
        for shown in (table.text(), table.markdown()):
            assert table.title in shown
            assert table.note in shown


def test_a_table_without_rows_is_left_out() -> None:
    titles = [table.title for table in Report("made by hand", SIX[:1], 0.92).tables()]
    assert titles[0].startswith("made by hand: 1 question, 1 of which the library answers")
    assert not any("does not answer" in title for title in titles)


def test_the_curve_and_its_band_have_the_same_points() -> None:
    """The last point answers every question, and half of the answers are right."""
    points, band = REPORT.curve(), REPORT.band()
    assert len(points) == len(band) == 6
    assert (points[-1].answered, points[-1].right) == (1.0, 0.5)
    assert all(low <= point.right <= high for point, (low, high) in zip(points, band, strict=True))


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs the extra [eval]")
def test_the_picture_is_a_png(tmp_path: Path) -> None:
    file = tmp_path / "curve.png"
    plot.check(file)
    plot.plot(REPORT, file)
    assert file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(GoldError, match=r"folder\.png cannot be written: Is a directory"):
        plot.plot(REPORT, tmp_path / "folder.png")


@pytest.mark.parametrize(
    ("name", "message"), [("curve.svg", "is a PNG file"), ("no/curve.png", "there is no folder")]
)
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_run(
    tmp_path: Path, name: str, message: str
) -> None:
    if find_spec("matplotlib") is None:
        message = "needs the extra"
    with pytest.raises(GoldError, match=message):
        plot.check(tmp_path / name)
