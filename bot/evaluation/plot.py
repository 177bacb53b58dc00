"""The coverage curve and the calibration as a picture. Only this module imports Matplotlib."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import GoldError
from index import install

if TYPE_CHECKING:
    from bot.evaluation.report import Report

_INK, _BAND = "#1f4e79", "#9dbfdd"


def check(file: Path) -> None:
    """Raise GoldError if the picture cannot be drawn into a file."""
    if find_spec("matplotlib") is None:
        raise GoldError(f"a picture needs the extra [eval]; run: {install.command('eval')}")
    if file.suffix.lower() != ".png":
        raise GoldError(f"{file}: the picture is a PNG file; use a name that ends in .png")
    if not file.absolute().parent.is_dir():
        raise GoldError(f"{file}: there is no folder {file.absolute().parent}; create it first")


def plot(report: Report, file: Path) -> None:
    """Draw coverage against precision, and confidence against right answers, into a PNG file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    points, band = report.curve(), report.band()
    answered = [point.answered for point in points]
    left.fill_between(
        answered,
        [low for low, _ in band],
        [high for _, high in band],
        color=_BAND,
        alpha=0.5,
        linewidth=0,
        label="95 % interval",
    )
    left.plot(answered, [point.right for point in points], color=_INK, label="right answers")
    threshold = report.threshold
    at = [point for point in points if point.threshold >= threshold]
    if at:
        left.plot(at[-1].answered, at[-1].right, "o", color=_INK, label=f"threshold {threshold:g}")
    left.set(
        title="Coverage against precision",
        xlabel="share of the questions answered",
        ylabel="share of the answers that are right",
    )
    bins = [found for found in report.bins() if found.n]
    right.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1)
    right.plot([found.confidence for found in bins], [found.share for found in bins], "o-", color=_INK)
    for found in bins:
        right.annotate(
            str(found.n), (found.confidence, found.share), (4, 4), textcoords="offset points", fontsize=8
        )
    right.set(title="Calibration (number of questions)", xlabel="confidence", ylabel="share of right answers")
    left.legend(loc="best", fontsize=8)
    for axes in (left, right):
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.grid(alpha=0.3)
    figure.suptitle(report.title, fontsize=10)
    try:
        figure.savefig(file, dpi=120)
    except OSError as fault:
        raise GoldError(f"{file} cannot be written: {fault.strerror}") from None
