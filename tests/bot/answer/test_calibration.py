"""From tolerated errors to a threshold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.calibration import FILE_NAME, PUBLIC_POINTS, Calibration, read, threshold, write
from bot.errors import SettingsError
from bot.library import Library
from tests.bot.library import opened

SHARES = st.floats(0, 1, allow_nan=False)
CURVE = ((0.0, 0.4), (0.3, 0.3), (0.6, 0.1))


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1), SHARES)
def test_no_more_is_wrong_than_is_tolerated_where_that_can_be(
    points: list[tuple[float, float]], share: float
) -> None:
    """Else as little as can be."""
    found = threshold(points, share)
    wrong = min(value for confidence, value in points if confidence == found)
    assert wrong <= share or wrong == min(value for _, value in points)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The file's own tolerance counts unless another one is asked for."""
    assert write(tmp_path, Calibration(0.35, 249, CURVE)) == tmp_path / FILE_NAME
    assert read(tmp_path) == 0.3
    assert read(tmp_path, 0.1) == 0.6
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_library_without_one_keeps_the_policys_threshold(tmp_path: Path) -> None:
    """A tolerance that is asked for is looked up on the public curve."""
    assert read(tmp_path) is None
    assert read(tmp_path / "none", 0.3) == threshold(PUBLIC_POINTS, 0.3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "tolerance: x\n",
        "tolerance: 2\nquestions: 1\nwrong: {0.1: 0.2}\n",
        "a: [\n",
        "tolerance: 0.1\nquestions: 1\nwrong: {}\n",
    ],
)
def test_another_file_is_a_clear_error(tmp_path: Path, text: str) -> None:
    """It names the file and the command that writes it."""
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(SettingsError, match=r"calibration\.yaml .*run: strata eval --calibrate"):
        read(tmp_path)


def test_a_library_abstains_by_its_calibration(tmp_path: Path) -> None:
    """From the next time that it is opened."""
    library = opened(tmp_path)
    assert library.policy.threshold == 0.45
    write(library.settings.content, Calibration(0.2, 10, CURVE))
    assert Library.open(library.settings, library.encoder).policy.threshold == 0.6
