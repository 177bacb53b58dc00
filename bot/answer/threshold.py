"""Calibration: the weights of the confidence, and the confidence below which Strata abstains for a tolerated share of wrong answers.

A library with gold questions can have a file `calibration.yaml` beside its documents, which `strata eval --calibrate` writes. It
reports the share of wrong answers on those questions and promises nothing for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.answer.confidence import Weights
from bot.errors import SettingsError

FILE_NAME = "calibration.yaml"

Point = tuple[float, float]
"""A confidence, and the share of wrong answers among the answers of at least that confidence."""

PUBLIC_POINTS: tuple[Point, ...] = (
    (0.0, 0.515), (0.2, 0.49), (0.3, 0.465), (0.4, 0.43), (0.45, 0.42), (0.5, 0.395), (0.55, 0.38), (0.6, 0.365),
    (0.65, 0.35), (0.7, 0.335), (0.75, 0.32), (0.8, 0.295), (0.85, 0.25), (0.9, 0.21),
)  # fmt: skip
"""The points for a library without a calibration: means of 1,010 questions of SQuAD 2 and 306 of ClapNQ, half without an answer.

An answer counts as wrong if none of its quotations overlaps a labelled span.
"""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The measured share of wrong answers at each confidence, and the tolerated share."""

    tolerance: float
    """The share of answers that may be wrong if the settings do not say: 0 to 1."""
    questions: int
    """The number of gold questions."""
    points: tuple[Point, ...]
    weights: Weights | None = None
    """The weights of the confidence, fitted to the gold questions; None for the default weights."""

    @property
    def threshold(self) -> float:
        """The confidence below which Strata abstains, for the calibration's own tolerance."""
        return threshold(self.points, self.tolerance)


def threshold(points: Sequence[Point], tolerance: float) -> float:
    """Return the lowest confidence with a tolerable share of wrong answers, else the confidence with the smallest share.

    >>> threshold([(0.0, 0.4), (0.3, 0.3), (0.6, 0.2), (0.9, 0.5)], 0.3), threshold([(0.0, 0.4), (0.5, 0.2)], 0.1)
    (0.3, 0.5)
    """
    fitting = [confidence for confidence, wrong in points if wrong <= tolerance]
    return min(fitting) if fitting else min(points, key=lambda point: point[1])[0]


def read(content: Path, tolerance: float = 0.0) -> tuple[float, Weights] | None:
    """Return the confidence below which Strata abstains from answering from a library, and the weights of the confidence.

    Returns None if the library has no calibration and no tolerance is given.

    Args:
        content: The library's folder.
        tolerance: The share of answers that may be wrong; 0 for the tolerance in the library's calibration.

    Raises:
        SettingsError: The file is not a calibration; the message names the file and the next step.
    """
    file = content / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return (threshold(PUBLIC_POINTS, tolerance), Weights()) if tolerance else None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read ({error}); run: strata eval --calibrate") from error
    found = _parse(text, file)
    return threshold(found.points, tolerance or found.tolerance), found.weights or Weights()


def _parse(text: str, file: Path) -> Calibration:
    import yaml

    try:
        raw: Any = yaml.safe_load(text)
        points = tuple((float(confidence), float(wrong)) for confidence, wrong in raw["wrong"].items())
        weights = {name: float(weight) for name, weight in raw.get("weights", {}).items()}
        found = Calibration(
            float(raw["tolerance"]),
            int(raw["questions"]),
            points,
            Weights(**dict.fromkeys(asdict(Weights()), 0.0) | weights) if weights else None,
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"{file} is not a valid calibration file; run: strata eval --calibrate"
        ) from error
    if not points or not all(
        0 <= number <= 1 for point in (*points, (found.tolerance, 0)) for number in point
    ):
        raise SettingsError(f"{file} has no points or a number outside 0 to 1; run: strata eval --calibrate")
    return found


def write(content: Path, calibration: Calibration) -> Path:
    """Write a library's calibration, and return the file; if that fails, raise WriteError and keep the old calibration."""
    from index.files import atomic_write

    file = content / FILE_NAME
    rows = "".join(f"  {confidence:.2f}: {wrong:.3f}\n" for confidence, wrong in calibration.points)
    text = (
        "# The share of wrong answers at each confidence, measured on the library's gold questions.\n"
        "# Written by: strata eval --calibrate\n"
        f"tolerance: {calibration.tolerance:g}  # the share of answers that may be wrong\n"
        f"questions: {calibration.questions}\n{_weights(calibration.weights)}wrong:\n{rows}"
    )
    atomic_write(file, text.encode())
    return file


def _weights(weights: Weights | None) -> str:
    """Return the weights other than 0 as lines of YAML."""
    if weights is None:
        return ""
    rows = "".join(f"  {name}: {value:.4g}\n" for name, value in asdict(weights).items() if value)
    return f"weights:  # of the features of a reply's first excerpt, in a logistic model of right answers\n{rows}"
