"""The command `questions`: the expected questions of the library and how well their sections are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.console import echo, note, one_line
from bot.cli.options import located
from bot.cli.session import open_library

if TYPE_CHECKING:
    from bot.settings.settings import Settings


@click.command(short_help="List the expected questions with their ranks.")
@click.argument("document", default="")
@click.option("--missed", is_flag=True, help="List only questions whose nearest section is another one.")
@located
def questions(settings: Settings, document: str, missed: bool) -> int:
    """List the expected questions of DOCUMENT, or of all documents, with the rank of their section.

    The rank counts the sections that are as near to the question by meaning alone. Sections without expected questions are
    named on standard error.
    """
    from bot.evaluation.expected_questions import ranked, uncovered

    generation = open_library(settings).generation
    if document and all(document not in (found.id, found.path) for found in generation.documents):
        raise click.BadParameter(f"there is no document {document!r}", param_hint="DOCUMENT")
    ids = {known.path: known.id for known in generation.documents}
    found = list(ranked(generation, document))
    for question in found:
        if not missed or question.rank > 1:
            nearest = f"  (nearest: {question.nearest})" if question.rank > 1 else ""
            echo(one_line(f"{question.path}:{question.line}: {question.rank:>3}  {question.text}{nearest}"))
    for path, line, heading in uncovered(generation):
        if document in ("", path, ids[path]):
            note(one_line(f'{path}:{line}: the section "{heading}" has no expected questions'))
    first = sum(question.rank == 1 for question in found)
    note(f"{len(found)} expected questions, {first} of them nearest to their own section")
    return 0
