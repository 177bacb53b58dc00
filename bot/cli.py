"""The command `strata`: with what it shares (console) and what reads the journal (recalling), the only place that prints.

Results go to standard output, notes and progress to standard error. Exit codes: 0 done, 1 a fault that is told in one
line, 2 a wrong call, 3 the library does not answer, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot import recalling
from bot.console import ABSTAINED, as_text, located, note, paint, progress, tell, width
from bot.errors import BotFault
from index.errors import IndexFault

if TYPE_CHECKING:
    from bot.composing import Composition, Sentence
    from bot.library import Library
    from bot.settings import Settings
    from bot.types import Reply

STOPPED = 130


def main() -> None:
    """Run the command and exit."""
    try:
        status = cli.main(prog_name="strata", standalone_mode=False)
    except click.exceptions.Abort:
        note("stopped")
        status = STOPPED
    except ImportError as fault:
        if not isinstance(fault.__cause__ or fault.__context__, KeyboardInterrupt):
            raise
        note(
            "stopped"
        )  # a module written in C that is stopped while it loads calls that a failure of its own
        status = STOPPED
    except click.ClickException as fault:
        fault.show()
        status = fault.exit_code
    except (BotFault, IndexFault) as fault:
        note(f"strata: {fault}")
        status = 1
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # the reader has gone: let the exit be quiet
        status = 0
    sys.exit(status if isinstance(status, int) else 0)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="strata", prog_name="strata")
def cli() -> None:
    """Ask a library of documents; every answer is quoted word for word, with its sources, or not given."""


@cli.command()
@click.argument("question", required=False)
@click.option("--layer", "layers", multiple=True, help="Answer from this layer alone; may be repeated.")
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(1, 50), help="Passages to consider."
)
@click.option("--json", "as_json", is_flag=True, help="Print the reply as JSON.")
@click.option("--explain", is_flag=True, help="Print every score behind the reply.")
@located
def ask(
    settings: Settings, question: str | None, layers: tuple[str, ...], top: int, as_json: bool, explain: bool
) -> int:
    """Ask a QUESTION; `-` reads it from standard input, and without one a conversation begins.

    The index is built or brought up to date first where the documents have changed.
    """
    composing = Composing(settings)
    library = _ready(settings)
    _check_layers(library, layers)
    if question is None:
        _converse(library, layers, top, composing)
        return 0
    text = sys.stdin.read() if question == "-" else question
    outcome = library.outcome(text, layers, top=top)
    composition = composing(library, outcome.reply, aloud=not as_json)
    if as_json:
        import json

        from bot.rendering import as_json as form

        click.echo(json.dumps(form(outcome.reply, composition), ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(outcome.reply))
    if explain:
        from bot.explaining import explain as explained

        click.echo(f"\n{explained(outcome, composition)}")
    from bot.types import Abstention

    return ABSTAINED if isinstance(outcome.reply, Abstention) else 0


@cli.command()
@click.argument("question")
@click.option("--layer", "layers", multiple=True, help="Search this layer alone; may be repeated.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 100), help="Passages to list.")
@located
def search(settings: Settings, question: str, layers: tuple[str, ...], top: int) -> int:
    """List the passages nearest to a QUESTION, best first."""
    from bot.rendering import shown

    library = _ready(settings)
    _check_layers(library, layers)
    for hit in library.outcome(question, layers, top=top).hits:
        place = " › ".join((hit.document.title, *hit.passage.headings))
        lines = f"{hit.document.path}:{hit.passage.first_line}-{hit.passage.last_line}"
        click.echo(
            f"{hit.rank:>3}  {hit.score:.3f}  {click.style(shown(place), bold=True)}  {click.style(lines, dim=True)}"
        )
        click.echo(click.wrap_text(shown(hit.passage.text), width(), "     ", "     ") + "\n")
    return 0


@cli.command()
@click.option("--full", is_flag=True, help="Encode everything again.")
@click.option("--watch", is_flag=True, help="Stay, and rebuild after each change.")
@located
def build(settings: Settings, full: bool, watch: bool) -> int:
    """Bring the index up to date with the documents."""
    from bot import building

    with progress() as shown:
        report = building.build(settings, full=full, progress=shown)
    tell(report)
    if not watch:
        return 0
    from watchfiles import watch as changes

    note(f"watching {settings.content}; Ctrl-C stops")
    for _ in changes(settings.content, debounce=300, raise_interrupt=True):
        try:
            with progress() as shown:
                report = building.build(settings, progress=shown, wait=60.0)
            tell(report)
        except IndexFault as fault:
            note(f"strata: {fault}; the last good index goes on answering")
    return 0


@cli.command()
@click.option(
    "--fix", is_flag=True, help="Write the footnotes' texts from the front matter into the documents."
)
@click.option(
    "--sources",
    "only_sources",
    is_flag=True,
    help="Print the kinds of source that figures rest on, by document, instead of linting.",
)
@located
def check(settings: Settings, fix: bool, only_sources: bool) -> int:
    """Lint the documents: one `path:line: message` row a problem; exit code 1 where there is one."""
    from bot.checking import check as problems
    from bot.checking import fix as write_definitions

    if only_sources:
        from bot.checking import source_shares

        for shares in source_shares(settings.content):
            click.echo(shares)
        return 0
    if fix:
        for path in write_definitions(settings.content):
            note(f"wrote the footnotes of {path}")
    found = problems(settings)
    for problem in found:
        click.echo(problem)
    note(f"{len(found)} problem{'s' if len(found) != 1 else ''} in {settings.content}")
    return 1 if found else 0


@cli.command()
@located
def doctor(settings: Settings) -> int:
    """Say what is installed, which index serves, what is wrong and how to mend it."""
    from bot.diagnosing import diagnose

    findings = diagnose(settings)
    for finding in findings:
        mark = click.style("ok  ", fg="green") if finding.good else click.style("FAIL", fg="red", bold=True)
        click.echo(f"{mark}  {finding.what}: {finding.state}")
        if finding.mend:
            click.echo(f"      {finding.mend}")
    return 0 if all(finding.good for finding in findings) else 1


@cli.command(name="compile")
@click.argument("model", required=False)
@click.option("--reranker", is_flag=True, help="Compile the reranker, or a cross-encoder MODEL, instead.")
@located
def compile_(settings: Settings, model: str | None, reranker: bool) -> int:
    """Compile the encoder, or any sentence-transformers MODEL (a name or a folder), for use without torch."""
    from bot.building import compile_encoder, compile_reranker

    click.echo((compile_reranker if reranker else compile_encoder)(settings, model))
    return 0


@cli.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="Where the results go.")
@located
def run(settings: Settings, file: Any, out: Any) -> int:
    """Answer the questions of a JSON Lines FILE (`id`, `question`) in bulk, a JSON object a line."""
    import json

    from bot import bulk

    library = _ready(settings)
    questions = list(bulk.read_questions(file, file.name))
    with click.progressbar(length=len(questions), file=sys.stderr, label="answering") as bar:
        for result in bulk.run(library, questions):
            out.write(json.dumps(result, ensure_ascii=False) + "\n")
            bar.update(1)
    return 0


@cli.command(name="eval")
@click.argument("gold", required=False, type=click.Path(path_type=Path))
@click.option(
    "--half",
    default="all",
    show_default=True,
    type=click.Choice(["a", "b", "all"]),
    help="a is for choosing, b for reporting alone.",
)
@click.option(
    "--threshold", type=click.FloatRange(0, 1), help="Abstain below this confidence, not the default one."
)
@click.option(
    "--answering",
    default=0.92,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="Share of the answerable questions at which abstentions are compared.",
)
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap's drawings.")
@click.option(
    "--against", default="", metavar="GENERATION|REF", help="What changed since an older index or revision."
)
@click.option(
    "--without", multiple=True, metavar="PART", help="What a part is worth; may be repeated. `all`: each."
)
@click.option(
    "--calibrate",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Write calibration.yaml, which tells when to abstain so that this share of answers is wrong.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the measures and every question as JSON.")
@click.option(
    "--markdown", type=click.Path(path_type=Path), help="Write the tables into a Markdown file too."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Draw the curve and the calibration into a PNG file."
)
@located
def eval_(
    settings: Settings,
    gold: Path | None,
    as_json: bool,
    markdown: Path | None,
    out: Path | None,
    calibrate: float | None,
    **asked: Any,
) -> int:
    """Measure the replies to the GOLD questions: a file or a folder, by default the library's own."""
    import json

    from bot import calibrating
    from bot.evaluation import measuring, plotting
    from bot.rendering import shown

    if asked["against"] and asked["without"]:
        raise click.UsageError("--against and --without are two comparisons; ask for one")
    request = measuring.Request(gold or settings.gold_path(), **asked)
    if out is not None:
        plotting.check(out)
    if markdown is not None and not markdown.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {markdown.absolute().parent}", param_hint="--markdown")
    questions = measuring.questions(request)
    library = _ready(settings)
    asking = len(questions) * measuring.rounds(library, request)
    with click.progressbar(length=asking, file=sys.stderr, label="answering") as bar:
        measured = measuring.measure(library, questions, request, lambda: bar.update(1))
    if as_json:
        click.echo(json.dumps(measured.json(), ensure_ascii=False, indent=1))
    else:
        click.echo(shown(measured.text()))
    if calibrate is not None:
        found = measured.report.calibrated(calibrate)
        click.echo(f"{calibrating.write(settings.content, found)}: threshold {found.threshold:.2f}", err=True)
    if markdown is not None:
        markdown.write_text(measured.markdown(), encoding="utf-8")
    if out is not None:
        plotting.plot(measured.report, out)
    return 0


@cli.command()
@click.option(
    "--check", "only_check", is_flag=True, help="Verify token, intents, permissions and index; then exit."
)
@click.option("--verbose", is_flag=True, help="Log more.")
@located
def bot(settings: Settings, only_check: bool, verbose: bool) -> int:
    """Answer on Discord until stopped; see README, "Run it on Discord".

    Exit codes: 0 stopped by SIGTERM, 4 no usable token, 5 an intent is not allowed.
    """
    if not only_check:
        from bot.chat.running import run as run_bot

        return run_bot(settings, verbose=verbose)
    from bot.chat.verifying import check as verify

    found = verify(settings)
    for line in found.lines:
        click.echo(line)
    return found.status


for command in (recalling.gaps, recalling.journal, recalling.replay):
    cli.add_command(command)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a SHELL; see README."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "strata", "_STRATA_COMPLETE").source())
    return 0


def _ready(settings: Settings) -> Library:
    """The library, up to date; what had to be done is told."""
    from bot.library import ready

    with progress() as shown:
        opened = ready(settings, progress=shown)
    if opened.damage:
        note(f"strata: {opened.damage}; the index was built again from the documents")
    if opened.report is not None:
        tell(opened.report)
    if opened.fault:
        note(f"strata: {opened.fault}; the last good index answers")
    if warning := opened.library.generation.warning:
        note(f"strata: {warning}")
    return opened.library


def _converse(library: Library, layers: tuple[str, ...], top: int, composing: Composing) -> None:
    from bot.conversing import converse

    def told(question: str) -> str:
        reply = library.outcome(question, layers, top=top).reply
        composing(library, reply, aloud=True)
        return as_text(reply)

    note("Ask; `exit` or Ctrl-D ends.")
    converse(told, library.follow, library.settings.cache_folder() / "history", click.echo)


class Composing:
    """Has answers composed, if the settings name a composer; sentences are printed as they are verified."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError where the composer's key cannot be read or must not be sent."""
        from bot.composer import key

        self.composer = settings.composer
        self.key = key(self.composer) if self.composer.on else ""

    def __call__(self, library: Library, reply: Reply, *, aloud: bool) -> Composition | None:
        """What is made of an answer; None for an abstention and where there is no composer."""
        from bot.types import Answer

        if not self.composer.on or not isinstance(reply, Answer):
            return None
        import asyncio

        from bot import rendering
        from bot.composing import Evidence
        from bot.endpoint import compose

        async def show(sentence: Sentence) -> None:
            if aloud:
                click.echo(rendering.sentence(sentence, width()))

        evidence = Evidence.of(reply.quotes, library.gazetteer(library.generation).names)
        composition = asyncio.run(compose(reply.question, evidence, self.composer, self.key, show))
        if aloud:
            click.echo(paint(rendering.remark(composition), "faint") + "\n")
        return composition


def _check_layers(library: Library, layers: tuple[str, ...]) -> None:
    known = sorted({d.layer for d in library.generation.documents if d.layer}) if layers else []
    for layer in layers:
        if layer not in known:
            raise click.BadParameter(f"{layer!r}; the library has {', '.join(known)}", param_hint="--layer")


if __name__ == "__main__":
    main()
