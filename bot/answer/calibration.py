"""From the share of wrong answers that is tolerated to the confidence below which Strata abstains.

A library that has gold questions can have `calibration.yaml` beside its documents: what `strata eval --calibrate` found
on them. It promises nothing for other questions; it says what was so on these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import SettingsError

FILE = "calibration.yaml"

Point = tuple[float, float]
"""A confidence, and the share of the answers of at least that confidence that are wrong."""

PUBLIC: tuple[Point, ...] = (
    (0.0, 0.515), (0.2, 0.49), (0.3, 0.465), (0.4, 0.43), (0.45, 0.42), (0.5, 0.395), (0.55, 0.38), (0.6, 0.365),
    (0.65, 0.35), (0.7, 0.335), (0.75, 0.32), (0.8, 0.295), (0.85, 0.25), (0.9, 0.21),
)  # fmt: skip
"""The mean of 1,010 questions of SQuAD 2 and 306 of ClapNQ, half of which have no answer: an answer is wrong where no quotation
touches a span that answers."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How often answers were wrong at which confidence, and how often they may be."""

    tolerance: float
    """The share of answers that may be wrong where the settings name none: 0 to 1."""
    questions: int
    """How many gold questions were asked."""
    points: tuple[Point, ...]

    @property
    def threshold(self) -> float:
        """The confidence below which Strata abstains."""
        return threshold(self.points, self.tolerance)


def threshold(points: Sequence[Point], tolerance: float) -> float:
    """The lowest confidence at which no more answers were wrong than is tolerated; else where the fewest were.

    >>> threshold([(0.0, 0.4), (0.3, 0.3), (0.6, 0.2), (0.9, 0.5)], 0.3), threshold([(0.0, 0.4), (0.5, 0.2)], 0.1)
    (0.3, 0.5)
    """
    fitting = [confidence for confidence, wrong in points if wrong <= tolerance]
    return min(fitting) if fitting else min(points, key=lambda point: point[1])[0]


def read(content: Path, tolerance: float = 0.0) -> float | None:
    """The threshold of a library for a tolerance (0: the one that its calibration names).

    None where it has no calibration and none is asked for. Raises SettingsError that names the file and the next step
    where the file is not what `strata eval --calibrate` writes.
    """
    file = content / FILE
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return threshold(PUBLIC, tolerance) if tolerance else None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read ({error}); run: strata eval --calibrate") from error
    found = _parse(text, file)
    return threshold(found.points, tolerance or found.tolerance)


def _parse(text: str, file: Path) -> Calibration:
    import yaml

    try:
        raw: Any = yaml.safe_load(text)
        points = tuple((float(confidence), float(wrong)) for confidence, wrong in raw["wrong"].items())
        found = Calibration(float(raw["tolerance"]), int(raw["questions"]), points)
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(f"{file} is no calibration; run: strata eval --calibrate") from error
    if not points or not all(
        0 <= number <= 1 for point in (*points, (found.tolerance, 0)) for number in point
    ):
        raise SettingsError(f"{file} has a number outside of 0 to 1; run: strata eval --calibrate")
    return found


def write(content: Path, calibration: Calibration) -> Path:
    """Write a library's calibration and return its file; raises WriteError, and the old calibration stays."""
    from index.files import atomic_write

    file = content / FILE
    rows = "".join(f"  {confidence:.2f}: {wrong:.3f}\n" for confidence, wrong in calibration.points)
    text = (
        "# Which share of the answers was wrong at which confidence, on the library's gold questions.\n"
        "# Written by: strata eval --calibrate\n"
        f"tolerance: {calibration.tolerance:g}  # the share of answers that may be wrong\n"
        f"questions: {calibration.questions}\nwrong:\n{rows}"
    )
    atomic_write(file, text.encode())
    return file
