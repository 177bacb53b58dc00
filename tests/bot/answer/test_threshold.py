"""Calibration: the threshold for a tolerated share of wrong answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.confidence import Weights
from bot.answer.threshold import FILE_NAME, PUBLIC_POINTS, Calibration, read, threshold, write
from bot.errors import SettingsError
from bot.library import Library
from tests.bot.library import opened

SHARES = st.floats(0, 1, allow_nan=False)
CURVE = ((0.0, 0.4), (0.3, 0.3), (0.6, 0.1))


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1), SHARES)
def test_the_threshold_keeps_the_tolerance_if_any_confidence_does(
    points: list[tuple[float, float]], share: float
) -> None:
    """Otherwise the threshold has the smallest share of wrong answers."""
    found = threshold(points, share)
    wrong = min(value for confidence, value in points if confidence == found)
    assert wrong <= share or wrong == min(value for _, value in points)


def test_a_written_calibration_is_read_back(tmp_path: Path) -> None:
    """The file's own tolerance counts unless another tolerance is given."""
    assert write(tmp_path, Calibration(0.35, 249, CURVE)) == tmp_path / FILE_NAME
    assert read(tmp_path) == (0.3, Weights())
    assert read(tmp_path, 0.1) == (0.6, Weights())
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_fitted_weights_are_read_back(tmp_path: Path) -> None:
    """Weights that the file does not name are 0, not the defaults."""
    weights = Weights(0.0, 0.0, 0.0, 0.0, 0.0, cosine=2.5, margin=-0.125, bias=-5.75)
    write(tmp_path, Calibration(0.35, 249, CURVE, weights))
    assert read(tmp_path) == (0.3, weights)


def test_a_library_without_a_calibration_keeps_the_default_threshold(tmp_path: Path) -> None:
    """A given tolerance is looked up in the public points."""
    assert read(tmp_path) is None
    assert read(tmp_path / "none", 0.3) == (threshold(PUBLIC_POINTS, 0.3), Weights())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "tolerance: x\n",
        "tolerance: 2\nquestions: 1\nwrong: {0.1: 0.2}\n",
        "a: [\n",
        "tolerance: 0.1\nquestions: 1\nwrong: {}\n",
        "tolerance: 0.1\nquestions: 1\nweights: {colour: 1}\nwrong: {0.1: 0.2}\n",
        "tolerance: 0.1\nquestions: 1\nweights: [1]\nwrong: {0.1: 0.2}\n",
    ],
)
def test_an_invalid_file_raises_an_error_that_names_the_command(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(SettingsError, match=r"calibration\.yaml .*run: strata eval --calibrate"):
        read(tmp_path)


def test_a_library_abstains_by_its_calibration(tmp_path: Path) -> None:
    """The threshold changes when the library is next opened."""
    library = opened(tmp_path)
    assert library.policy.threshold == 0.45
    write(library.settings.content, Calibration(0.2, 10, CURVE))
    assert Library.open(library.settings, library.encoder).policy.threshold == 0.6
