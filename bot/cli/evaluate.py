"""The commands `run` and `eval`, which ask many questions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.console import echo, json_text, note
from bot.cli.options import located
from bot.cli.session import open_library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings.settings import Settings


@click.command(short_help="Answer many questions from a JSON Lines file.")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option(
    "--out",
    type=click.File("w", encoding="utf-8"),
    default="-",
    help="Results file  [default: standard output]",
)
@located
def run(settings: Settings, file: Any, out: Any) -> int:
    """Answer the questions of a JSON Lines FILE and write one JSON object per line.

    \b
    Each line of FILE has an id and a question:
      {"id": "1", "question": "What is HBM?"}
    """  # noqa: D301  # \b is click's mark for text that is not wrapped
    from bot.cli import bulk

    questions = list(bulk.read_questions(file, file.name))
    library = open_library(settings)
    with click.progressbar(length=len(questions), file=sys.stderr, label="answering") as bar:
        for result in bulk.run(library, questions):
            out.write(json_text(result) + "\n")
            bar.update(1)
    return 0


@click.command(name="eval", short_help="Measure the replies to gold questions.")
@click.argument("gold", required=False, type=click.Path(path_type=Path))
@click.option(
    "--half",
    default="all",
    show_default=True,
    type=click.Choice(["a", "b", "all"]),
    help="Half of the questions: a to choose parameters, b to report.",
)
@click.option("--threshold", type=click.FloatRange(0, 1), help="Abstain below this confidence.")
@click.option(
    "--answering",
    default=0.92,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="Share of answerable questions at which abstentions are compared.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**32 - 1),
    help="Seed of the bootstrap intervals.",
)
@click.option(
    "--against", default="", metavar="GENERATION|REF", help="Compare with an older index or a git revision."
)
@click.option(
    "--without",
    multiple=True,
    metavar="PART",
    help="Leave a part out (repeatable); 'all' leaves out each in turn.",
)
@click.option(
    "--calibrate",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Write calibration.yaml with the threshold at which this share of answers is wrong.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the measures and every question as JSON.")
@click.option(
    "--markdown", type=click.Path(path_type=Path), help="Write the tables to a Markdown file as well."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Draw the coverage and calibration curves (PNG)."
)
@located
def eval_(
    settings: Settings,
    gold: Path | None,
    as_json: bool,
    markdown: Path | None,
    out: Path | None,
    calibrate: float | None,
    **options: Any,
) -> int:
    """Measure the replies to GOLD questions: a file or a folder, by default the library's own.

    \b
    Examples:
      strata eval --half b
      strata eval tests/gold/sets
      strata eval --against main --markdown changes.md
      strata eval --without ranking.dense
    """  # noqa: D301  # \b is click's mark for text that is not wrapped
    from bot.answer import calibration
    from bot.evaluation import plot, runner, sets
    from bot.formats import printable

    if gold is not None and (files := sets.set_files(gold)):
        echo(_grade_sets(settings, files, as_json=as_json))
        return 0
    if options["against"] and options["without"]:
        raise click.UsageError("--against and --without are two comparisons; choose one of them")
    request = runner.Request(gold or settings.gold_path(), **options)
    if out is not None:
        plot.check(out)
    if markdown is not None and not markdown.absolute().parent.is_dir():
        raise click.BadParameter(
            f"there is no folder {markdown.absolute().parent}; create it first", param_hint="--markdown"
        )
    questions = runner.questions(request)
    library = open_library(settings)
    asked = len(questions) * runner.count_runs(library, request)
    with click.progressbar(length=asked, file=sys.stderr, label="answering") as bar:
        result = runner.evaluate(library, questions, request, lambda: bar.update(1))
    echo(json_text(result.json(), indent=1) if as_json else printable(result.text()))
    if calibrate is not None:
        found = result.report.calibrated(calibrate)
        note(f"{calibration.write(settings.content, found)}: threshold {found.threshold:.2f}")
    if markdown is not None:
        markdown.write_text(result.markdown(), encoding="utf-8")
    if out is not None:
        plot.plot(result.report, out)
    return 0


def _grade_sets(settings: Settings, files: Sequence[Path], *, as_json: bool) -> str:
    """Return the report on questions that ask for sets, as text or as JSON."""
    from bot.evaluation import sets
    from bot.formats import printable

    questions = [question for file in files for question in sets.read(file)]
    library = open_library(settings)
    with click.progressbar(length=len(questions), file=sys.stderr, label="answering") as bar:
        report = sets.evaluate(library, questions, lambda: bar.update(1))
    return json_text(report.json(), indent=1) if as_json else printable(report.text())
