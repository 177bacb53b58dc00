"""The command `strata`.

Results go to standard output, notes and progress to standard error. Exit codes: 0 done, 1 failed (one line says why),
2 wrong usage, 3 the library does not answer, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.commands import cache, journal
from bot.cli.commands.ask import ask, search
from bot.cli.commands.evaluate import eval_, run
from bot.cli.commands.questions import questions, summary
from bot.cli.commands.tune import tune
from bot.cli.console import (
    MAX_PROBLEMS,
    activity,
    colour,
    configure_streams,
    echo,
    note,
    one_line,
    paint,
    passed_over,
    report_build,
    warn,
)
from bot.cli.failures import exit_code
from bot.cli.options import located
from index.errors import IndexFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings.settings import Settings
    from bot.types import Check


def main() -> None:
    """Run the command and exit with its status."""
    configure_streams()
    sys.exit(exit_code(cli, "strata"))


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="'strata COMMAND --help' shows the options of a command. STRATA_DEBUG=1 prints tracebacks.",
)
@click.version_option(package_name="strata-qa", prog_name="strata")
@click.pass_context
def cli(context: click.Context) -> None:
    """Answer questions from a folder of documents.

    Every sentence of an answer is quoted word for word, with its source. If the documents do not answer a question,
    Strata says so.
    """
    context.color = colour()


@cli.command(short_help="Set up a folder of documents.")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> int:
    """Look at FOLDER, write strata.yaml for it here, build the index and suggest questions.

    A strata.yaml that exists is never changed.
    """
    from bot.cli.commands.init import run as set_up

    return set_up(folder)


@cli.command(short_help="Build the index, or bring it up to date.")
@click.option("--full", is_flag=True, help="Encode all documents again.")
@click.option("--watch", is_flag=True, help="Keep running and rebuild after each change.")
@click.option("--embeddings", "saves_embeddings", is_flag=True, help="Also write the embedding file.")
@located
def build(settings: Settings, full: bool, watch: bool, saves_embeddings: bool) -> int:
    """Build the index, or bring it up to date: only documents that changed are encoded again.

    --embeddings writes embeddings.npz beside the documents. Commit the file, and a new machine builds the index in
    seconds: it encodes only what changed since.
    """
    _build(settings, full=full)
    if saves_embeddings:
        from bot.build import write_embeddings

        file = write_embeddings(settings)
        note(one_line(f"wrote {file} ({file.stat().st_size / 1e6:.1f} MB)"))
    if not watch:
        return 0
    from bot.watch import MISSING, changes

    note(f"watching {settings.content}; Ctrl-C stops")
    for change in changes(settings.content):
        if change == MISSING:
            warn(f"{settings.content} is gone; waiting for it to come back")
            continue
        try:
            # Another `strata ask` may be building; a change must not be lost because of that.
            _build(settings, is_quiet=True, wait=60.0)
        except IndexFault as fault:
            warn(f"{fault}; the last good index goes on answering")
    return 0


def _build(settings: Settings, *, full: bool = False, is_quiet: bool = False, wait: float = 0.0) -> None:
    """Build the index and report what was done. With `is_quiet`, print nothing if nothing changed."""
    from bot import build as building
    from bot.cli.session import require_content

    require_content(settings)
    with activity("reading the documents") as shown:
        report = building.build(settings, full=full, progress=shown.show, note=shown.begin, wait=wait)
    if not (is_quiet and report.unchanged):
        report_build(report)


@cli.command(short_help="Check the documents for problems.")
@click.option("--fix", is_flag=True, help="Write footnote texts from the front matter.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option("--sources", "only_sources", is_flag=True, help="Print the shares of source kinds instead.")
@located
def check(settings: Settings, fix: bool, strict: bool, only_sources: bool) -> int:
    """Check the documents and print one line per problem, as `path:line: message`.

    An error keeps a file out of the index and gives exit code 1. A warning is anything else that should be corrected;
    with --strict, warnings are errors. --sources prints, for each document, the kinds of source that its figures rest
    on.
    """
    from bot.cli.session import require_folder
    from bot.lint import check as problems
    from bot.lint import fix as write_definitions
    from index.documents.folder import scan

    require_folder(settings)
    if only_sources:
        from bot.lint import source_shares

        for shares in source_shares(settings.content):
            echo(one_line(str(shares)))
        return 0
    if fix:
        for path in write_definitions(settings.content):
            note(f"wrote the footnotes of {path}")
    found = problems(settings)
    for problem in found:
        level = "error" if problem.fatal or strict else "warning"
        echo(one_line(str(replace(problem, message=f"{level}: {problem.message}"))))
    listing = scan(settings.content)
    for path in listing.others[:MAX_PROBLEMS]:
        note(one_line(f"passed over: {path}"))
    if listing.passed_over:
        note(passed_over(listing.passed_over))
    if listing.ignored:
        note(f"ignored by .strataignore or .gitignore: {listing.ignored}")
    if questions_left := summary(settings):
        note(questions_left)
    errors = len(found) if strict else sum(problem.fatal for problem in found)
    warnings = len(found) - errors
    note(
        f"{errors} error{'s' if errors != 1 else ''} and {warnings} warning{'s' if warnings != 1 else ''} "
        f"in {settings.content}"
    )
    return 1 if errors else 0


@cli.command(short_help="Check the installation and show how to fix it.")
@located
def doctor(settings: Settings) -> int:
    """Check the installation, the encoder and the index, and say how to fix what is wrong."""
    from bot.cli.commands.doctor import diagnose

    checks = diagnose(settings)
    _show_checks(checks)
    return 0 if all(check.ok for check in checks) else 1


def _show_checks(checks: Sequence[Check]) -> None:
    for check in checks:
        mark = paint("ok  ", "good") if check.ok else paint("FAIL", "bad")
        echo(f"{mark}  {one_line(f'{check.name}: {check.message}')}")
        if check.fix:
            echo(f"      fix: {one_line(check.fix)}")


@cli.command(name="compile", short_help="Compile an encoder for use without torch.")
@click.argument("model", required=False)
@click.option("--reranker", is_flag=True, help="Compile a reranker (cross-encoder) instead.")
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the compiled encoder to FILE.",
)
@click.option(
    "--import", "source", type=click.Path(path_type=Path), metavar="FILE", help="Install the encoder in FILE."
)
@located
def compile_(
    settings: Settings, model: str | None, reranker: bool, target: Path | None, source: Path | None
) -> int:
    """Compile the encoder of the settings, or any sentence-transformers MODEL (a name or a folder).

    A compiled model needs no torch. The first build compiles the encoder by itself. To move a compiled encoder to a
    machine that cannot compile it, use --export FILE here and --import FILE there.
    """
    from bot import build as building

    if sum((reranker, target is not None, source is not None)) > 1:
        raise click.UsageError("--reranker, --export and --import exclude each other")
    if source is not None and model is not None:
        raise click.UsageError("--import takes the model's name from FILE; leave MODEL out")
    if source is not None:
        echo(one_line(str(building.import_encoder(settings, source))))
    elif target is not None:
        building.export_encoder(settings, target, model)
        echo(one_line(str(target)))
    else:
        what = model or (settings.reranker if reranker else settings.encoder)
        with activity(f"compiling {what}") as shown:
            if reranker:
                folder = building.compile_reranker(settings, model)
            else:
                folder = building.compile_encoder(settings, model, progress=shown.show)
        echo(one_line(str(folder)))
    return 0


@cli.command(short_help="Run the Discord bot.")
@click.option("--check", "only_check", is_flag=True, help="Check token, permissions and index, then exit.")
@click.option("--verbose", is_flag=True, help="Log more.")
@located
def bot(settings: Settings, only_check: bool, verbose: bool) -> int:
    """Run the Discord bot until it is stopped; see README, "Run it on Discord".

    Exit codes: 0 stopped by SIGTERM, 4 no usable token, 5 a gateway intent is not allowed.
    """
    if not only_check:
        from bot.discord.app import run as run_bot

        return run_bot(settings, verbose=verbose)
    from bot.discord.preflight import preflight

    found = preflight(settings)
    _show_checks(found.checks)
    if found.invitation:
        echo(f"invite: {one_line(found.invitation)}")
    return found.exit_code


@cli.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a SHELL.

    \b
    Example, for ~/.bashrc:
      eval "$(strata completion bash)"
    """  # noqa: D301  # \b is click's mark for text that is not wrapped
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "strata", "_STRATA_COMPLETE").source())
    return 0


for command in (
    ask,
    search,
    run,
    eval_,
    cache.cache,
    journal.gaps,
    journal.journal,
    journal.replay,
    questions,
    tune,
):
    cli.add_command(command)
