"""The commands `ask` and `search`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.console import echo, json_text, note, paint, width
from bot.cli.options import ABSTAINED, QuestionCommand, located

if TYPE_CHECKING:
    from bot.answer.pipeline import Outcome
    from bot.cli.session import TerminalComposer
    from bot.composer.prompt import Composition
    from bot.library import Library
    from bot.settings.settings import Settings
    from bot.types import Citation, Reply


@click.command(cls=QuestionCommand, short_help="Ask a question, or start a conversation.")
@click.argument("question", nargs=-1)
@click.option(
    "--layer", "layers", multiple=True, metavar="LAYER", help="Answer from this layer only (repeatable)."
)
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(1, 50), help="Number of passages to consider."
)
@click.option("--json", "as_json", is_flag=True, help="Print the reply as JSON.")
@click.option(
    "--sources", "whole_sources", is_flag=True, help="Print each source with its title and address."
)
@click.option("--explain", "explains", is_flag=True, help="Print the scores behind the reply.")
@click.option(
    "--chart", type=click.Path(path_type=Path), help="Draw a ranking or a series into this file (PNG)."
)
@click.option("--save", "saves", is_flag=True, help="Save the reply for 'strata replay'.")
@located
def ask(settings: Settings, question: tuple[str, ...], layers: tuple[str, ...], **options: Any) -> int:
    """Ask a QUESTION, or start a conversation if none is given.

    The index is built first, or brought up to date if documents have changed. Exit code 3 means that the documents do
    not answer the question.

    \b
    Examples:
      strata ask What is HBM?
      strata ask "Why is capex rising?" --layer infrastructure
      strata ask "Rank the labs by revenue" --chart labs.png
      strata ask -- -5% growth: why?
      echo "What is HBM?" | strata ask -
    """  # noqa: D301  # \b is click's mark for text that is not wrapped
    from bot.cli.session import TerminalComposer, check_layers, open_library

    # Options are checked before the library is opened, which may build an index.
    asker = Asker(layers, TerminalComposer(settings), **options)
    if not question and (asker.as_json or asker.saves or asker.chart):
        option = "--json" if asker.as_json else "--save" if asker.saves else "--chart"
        raise click.UsageError(f"{option} needs a question")
    if asker.chart is not None:
        from bot import chart

        chart.check(asker.chart)
    library = open_library(settings)
    check_layers(library, layers)
    if not question:
        _converse(library, asker)
        return 0
    text = " ".join(question).strip()
    return asker.answer(library, sys.stdin.read() if text == "-" else text)


@click.command(cls=QuestionCommand, short_help="List the passages nearest to a question.")
@click.argument("question", nargs=-1, required=True)
@click.option(
    "--layer", "layers", multiple=True, metavar="LAYER", help="Search this layer only (repeatable)."
)
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(1, 100), help="Number of passages to list."
)
@located
def search(settings: Settings, question: tuple[str, ...], layers: tuple[str, ...], top: int) -> int:
    """List the passages nearest to a QUESTION, best first, with their scores and places."""
    from bot.cli.session import check_layers, open_library
    from bot.display import on_one_line, printable, wrap

    library = open_library(settings)
    check_layers(library, layers)
    columns = width(sys.stdout)
    for hit in library.outcome(" ".join(question).strip(), layers, top=top).hits:
        place = on_one_line(" › ".join((hit.document.title, *hit.passage.headings)))
        lines = on_one_line(f"{hit.document.path}:{hit.passage.first_line}-{hit.passage.last_line}")
        rank = f"{hit.rank:>3}  {hit.score:.3f}  "
        if len(rank) + len(place) + 2 + len(lines) <= columns:
            echo(f"{rank}{paint(place, 'strong')}  {paint(lines, 'faint')}")
        else:
            head = wrap(place, columns - len(rank)).replace("\n", "\n" + " " * len(rank))
            echo(f"{rank}{paint(head, 'strong')}\n{' ' * len(rank)}{paint(lines, 'faint')}")
        echo(wrap(printable(hit.passage.text), columns, "     ") + "\n")
    return 0


@dataclass(frozen=True, slots=True)
class Asker:
    """The options of `strata ask`, and the replies that they lead to."""

    layers: tuple[str, ...]
    composer: TerminalComposer
    top: int
    as_json: bool
    whole_sources: bool
    explains: bool
    saves: bool
    chart: Path | None = None

    def answer(self, library: Library, question: str) -> int:
        """Print the reply to a question. Returns the exit code."""
        outcome = library.outcome(question, self.layers, top=self.top)
        composition = self.composer(library, outcome.reply, prints=not self.as_json)
        reply = self._saved(library, outcome.reply)
        echo(self._json(reply, outcome, composition) if self.as_json else self.text(outcome, composition))
        if self.saves and not self.as_json:
            note(f"saved as {reply.id}; strata replay {reply.id} shows it again")
        if self.chart is not None:
            self._draw(reply, self.chart)
        from bot.types import Abstention

        return ABSTAINED if isinstance(reply, Abstention) else 0

    def text(self, outcome: Outcome, composition: Composition | None) -> str:
        """Return a reply as text for the terminal, with its scores if `explains` is set."""
        from bot.cli.output import terminal

        text = terminal(outcome.reply, width(sys.stdout), paint, whole_sources=self.whole_sources)
        if self.explains:
            from bot.cli.explanation import explain

            text += f"\n\n{explain(outcome, composition)}"
        return text

    def _draw(self, reply: Reply, file: Path) -> None:
        """Write the chart of a reply and report the file, or report that the reply has too few values for a chart (fewer than four)."""
        from bot import chart

        if chart.write(reply, file):
            note(f"the chart is in {file}")
        else:
            note(f"no chart: the reply has fewer than {chart.MIN_POINTS} values in one unit")

    def _saved(self, library: Library, reply: Reply) -> Reply:
        """Save the reply if `saves` is set. Returns it with its id, or without an id if it was not saved."""
        if not self.saves:
            # An id that nothing was saved under would only mislead.
            return replace(reply, id="")
        from bot.journal.replay import save

        return save(reply, library.settings.index_folder(), date.today(), self.layers)

    def _json(self, reply: Reply, outcome: Outcome, composition: Composition | None) -> str:
        from bot.cli.output import as_json

        form = as_json(reply, composition)
        if self.explains:
            from bot.cli.explanation import explanation

            form["explanation"] = explanation(outcome)
        return json_text(form, indent=2)


def _converse(library: Library, asker: Asker) -> None:
    from bot.cli.conversation import converse
    from bot.cli.output import whole_citations

    cited: tuple[Citation, ...] = ()

    def reply(question: str) -> str:
        nonlocal cited
        outcome = library.outcome(question, asker.layers, top=asker.top)
        cited = outcome.reply.citations
        return asker.text(outcome, asker.composer(library, outcome.reply, prints=True))

    def sources() -> str:
        return whole_citations(cited, width(sys.stdout), paint)

    if sys.stdin is not None and sys.stdin.isatty():
        note("Ask a question; `sources` shows all sources of the last reply; `exit` or Ctrl-D ends.")
    converse(reply, library.follow, library.settings.cache_folder() / "history", echo, sources)
